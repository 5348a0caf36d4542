//! One incident's whole life as its seats lead it: what the loop asks for and what large journals are made of.
//!
//! A call to 110 about noise and a broken lamp. The police desk takes it in, accepts and routes it; its own part is
//! its own at once, the grid's is offered, delivered and accepted; both are finished; the reporter is told and
//! asked; it is closed. Ten decisions, twelve facts.

use std::collections::BTreeSet;

use domain::{
    area::Place,
    fact::command_key,
    id::{Agency, IncidentId, ReportId},
    incident::{Basis, Channel, Class, Command, NewPart, NewReport, Priority, Promised, Report, Satisfaction, Sealed},
    reason::{Reason, ReasonCode},
    seat::{Actor, Role, Seat},
};
use runtime::Ask;

/// Decisions of a whole life.
pub(crate) const DECISIONS: usize = 10;
/// Communities that the lives are spread over.
const AREAS: [&str; 4] = ["320111002001", "320111003002", "320111004001", "320111005003"];

/// Who leads a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// The 110 desk: takes in, accepts, routes, tells, closes.
    PoliceDesk,
    /// A patrol.
    PoliceUnit,
    /// The grid desk.
    GridDesk,
    /// A grid worker.
    GridUnit,
    /// Asks the reporters.
    FollowUp,
}

impl Who {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [Self::PoliceDesk, Self::PoliceUnit, Self::GridDesk, Self::GridUnit, Self::FollowUp];

    /// The seat; scripted, and its facts say so.
    pub(crate) fn seat(self) -> Seat {
        let (id, agency, roles): (_, _, &[Role]) = match self {
            Self::PoliceDesk => ("bench-110-desk", Agency::police(), &[Role::CallTaker, Role::Dispatcher]),
            Self::PoliceUnit => ("bench-110-patrol", Agency::police(), &[Role::Handler]),
            Self::GridDesk => ("bench-grid-desk", Agency::grid(), &[Role::Dispatcher]),
            Self::GridUnit => ("bench-grid-worker", Agency::grid(), &[Role::Handler]),
            Self::FollowUp => ("bench-110-followup", Agency::police(), &[Role::FollowUp]),
        };
        Seat {
            id: id.parse().expect("a plain name"),
            agency,
            area: super::DISTRICT.parse().expect("six digits"),
            roles: roles.iter().copied().collect(),
            scripted: true,
        }
    }
}

/// One decision of a life.
pub(crate) struct Step {
    /// Who decides.
    pub(crate) who: Who,
    /// Which service is asked.
    pub(crate) service: &'static str,
    /// What is asked.
    pub(crate) command: Command,
}

impl Step {
    /// The request as the services hand it to the rules.
    pub(crate) fn ask(&self, life: &Life, actors: &[Actor; 5]) -> Ask {
        // Two parts are finished in a life: each by its own command.
        let part = if let Command::Finish { part, .. } = &self.command { format!("-{part}") } else { String::new() };
        let command = format!("{}/{}/{}{part}", Life::SOURCE, life.reference, self.command.kind());
        Ask {
            digest: command_key(&command),
            command: command.parse().expect("a plain name"),
            actor: actors[self.who as usize].clone(),
            occurred: None,
            basis: Basis::Seat,
            traceparent: None,
            service: self.service,
        }
    }
}

/// The actors of [`Who::ALL`], in its order.
pub(crate) fn actors() -> [Actor; 5] {
    Who::ALL.map(|who| Actor::Seat(who.seat()))
}

/// One incident that is to be led through its life.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    /// The incident.
    pub(crate) id: IncidentId,
    /// Its report.
    pub(crate) report: ReportId,
    /// The report's number at its source.
    pub(crate) reference: String,
    number: u64,
}

impl Life {
    /// The source that all reports come from.
    pub(crate) const SOURCE: &'static str = "police110";
    /// What the caller says.
    pub(crate) const WORDS: &'static str = "楼下烧烤店半夜大声喧哗，门口路灯也坏了好几天，老人孩子没法休息，希望尽快有人来看看。";
    /// What the reporter is told.
    pub(crate) const TOLD: &'static str = "民警已到场劝离，路灯由网格员报修并已恢复照明。";
    /// The matter.
    pub(crate) const CATEGORY: &'static str = "police/noise";

    /// The `number`-th life of a run.
    pub(crate) fn new(run: &str, number: u64) -> Self {
        let reference = format!("{run}-{number:08}");
        let (id, report) = (IncidentId::opened_by(Self::SOURCE, &reference), ReportId::of(Self::SOURCE, &reference));
        Self { id, report, reference, number }
    }

    /// Where it lies.
    pub(crate) fn area(&self) -> &'static str {
        AREAS[usize::try_from(self.number % 4).unwrap_or_default()]
    }

    /// The first decision: the report, with its words sealed.
    pub(crate) fn receive(&self, sealed: Vec<Sealed>) -> Step {
        let report = Report {
            id: self.report,
            source: Self::SOURCE.to_owned(),
            reference: self.reference.clone(),
            channel: Channel::Phone,
            digest: format!("{:032x}", self.id.as_u128()),
            answer: Some(Agency::police()),
            sealed,
        };
        let new = NewReport {
            report,
            place: Place { area: self.area().parse().expect("twelve digits") },
            class: Class::N,
            flags: BTreeSet::new(),
            terms: vec!["喧哗".to_owned(), "路灯".to_owned()],
            priority: None,
            lead: Agency::police(),
            history: false,
            promised: Promised::ByPolicy,
            reasons: vec![Reason::new(ReasonCode::TriageAreaGiven, [("area", self.area())])],
        };
        step(Who::PoliceDesk, "intake", Command::Receive { new: Box::new(new) })
    }

    /// The short end: answered in the call.
    pub(crate) fn answered() -> Step {
        let reason = Reason::new(ReasonCode::AnswerGuidance, []);
        step(Who::PoliceDesk, "intake", Command::Answer { reason, category: None, sealed: Vec::new() })
    }

    /// Decision `n` of the life, from 1 to nine: all that follows the report. `told` are the answer's sealed words.
    pub(crate) fn follow(&self, n: usize, told: Vec<Sealed>) -> Step {
        let category = || Self::CATEGORY.parse().expect("a plain name");
        let part = |agency: Agency| NewPart { agency, mandatory: true, task: None };
        let confirmed = || vec![Reason::new(ReasonCode::SeatConfirm, [])];
        let finish = |part| Command::Finish { part, category: None, outcome: None, sealed: Vec::new() };
        match n {
            1 => {
                let priority = Priority::try_from(3).expect("a priority");
                step(
                    Who::PoliceDesk,
                    "triage",
                    Command::Accept { category: category(), priority, place: None, reasons: confirmed() },
                )
            }
            2 => {
                let parts = vec![part(Agency::police()), part(Agency::grid())];
                step(Who::PoliceDesk, "triage", Command::Route { category: None, priority: None, parts, reasons: confirmed() })
            }
            3 => step(Who::GridDesk, "triage", Command::DeliverTransfer { transfer: 1 }),
            4 => step(Who::GridDesk, "triage", Command::AcceptTransfer { transfer: 1 }),
            5 => step(Who::PoliceUnit, "triage", finish(1)),
            6 => step(Who::GridUnit, "triage", finish(2)),
            7 => step(Who::PoliceDesk, "feedback", Command::Tell { report: self.report, sealed: told }),
            8 => {
                let (solved, satisfaction) = (Some(true), Some(Satisfaction::Satisfied));
                let asked = Command::FollowUp {
                    report: self.report,
                    reached: true,
                    contacted: Some(true),
                    solved,
                    satisfaction,
                    sealed: Vec::new(),
                };
                step(Who::FollowUp, "feedback", asked)
            }
            _ => step(Who::PoliceDesk, "feedback", Command::Close {}),
        }
    }
}

const fn step(who: Who, service: &'static str, command: Command) -> Step {
    Step { who, service, command }
}
