//! Deciding on requests at two levels by two persons, neither of whom asked; what is set aside, and how it goes on.

use super::{
    super::{
        clock::{Clock, Move, Paused},
        command::{Command, Kind},
        context::Context,
        facts::{
            Appealed, ClockExempted, ClockExtended, DesignationLifted, Fact, Raised, RequestEndorsed, RequestRefused, Resumed,
            Sealed, Suspended,
        },
        kinds::{ClockDue, ClockKind, ClockStart, Flag},
        leave::{Pending, Suspension, Wanted},
        refusal::Refusal,
        state::Incident,
    },
    Facts, On,
    leave::{listed, worded},
};
use crate::{
    id::{AgencyKind, ReportId},
    reason::Reason,
    seat::{Role, Seat},
    time::{DAY_MS, Time},
};

/// Commands that move the work. They wait while it is set aside; all else (words, alerts, ends, appeals) goes on.
const WORK: &[Kind] = &[
    Kind::Route,
    Kind::AddPart,
    Kind::IssueOrder,
    Kind::DeliverOrder,
    Kind::SignOrder,
    Kind::CannotOrder,
    Kind::OfferTransfer,
    Kind::DeliverTransfer,
    Kind::AcceptTransfer,
    Kind::ReturnTransfer,
    Kind::LapseTransfer,
    Kind::WithdrawTransfer,
    Kind::Designate,
    Kind::EnRoute,
    Kind::OnScene,
    Kind::Finish,
    Kind::Release,
    Kind::GiveFeedback,
    Kind::AskExtension,
    Kind::AskSuspension,
];

/// What is set aside is not worked on: somebody resumes it first.
pub(super) fn awake(incident: &Incident, command: &Command) -> Result<(), Refusal> {
    match incident.suspended() {
        Some(suspension) if WORK.contains(&command.kind()) => Err(Refusal::IsSuspended { until: suspension.until }),
        _ => Ok(()),
    }
}

/// Danger that is told of while a matter is set aside makes it one of the police: it goes on at once.
pub(super) fn woken(incident: &Incident, context: &Context<'_>, facts: &[Fact]) -> Option<Fact> {
    let suspension = incident.suspended()?;
    let dangerous = |raised: &Raised| Flag::DANGER.iter().any(|flag| raised.flags.contains(flag));
    let danger = facts.iter().any(|fact| matches!(fact, Fact::Raised(raised) if dangerous(raised)));
    danger.then(|| On { incident, context }.resumed(suspension).into())
}

impl<'a> On<'a> {
    /// Agreed to by the asking agency's own desk, as another person than who asked.
    pub(super) fn endorse(self, number: u16) -> Facts {
        let request = self.waiting(number)?;
        let seat = self.seat(Kind::EndorseRequest)?;
        if request.endorsed.is_some() {
            return Err(Refusal::AlreadyEndorsed { request: number });
        }
        if request.seat == seat.id {
            return Err(Refusal::SamePerson {});
        }
        Ok(vec![RequestEndorsed { request: number, seat: seat.id.clone() }.into()])
    }

    pub(super) fn grant(self, number: u16, told: &[ReportId], sealed: &[Sealed]) -> Facts {
        let request = self.waiting(number)?;
        let seat = self.seat(Kind::GrantRequest)?;
        let first = request.endorsed.as_ref().ok_or(Refusal::NotEndorsed { request: number })?;
        if request.seat == seat.id || *first == seat.id {
            return Err(Refusal::SamePerson {});
        }
        above(request, seat)?;
        match &request.wanted {
            Wanted::Extension { clock, version, amount } => {
                self.may_wait()?;
                self.all_told(told, sealed)?;
                let (now, due) = self.extensible(*clock, *amount)?;
                if now != *version {
                    return Err(Refusal::ClockStale { clock: clock.to_string(), version: *version, now });
                }
                let running = self.incident.clock(*clock).ok_or_else(|| Refusal::ClockUnknown { clock: clock.to_string() })?;
                let longer = Clock {
                    version: self.incident.next_clock_version(*clock),
                    amount: running.amount + amount,
                    due,
                    ..running.clone()
                };
                let extended = ClockExtended {
                    request: number,
                    clock: *clock,
                    version: *version,
                    due,
                    told: told.to_vec(),
                    sealed: sealed.to_vec(),
                    clocks: vec![Move::Start(longer)],
                };
                Ok(vec![extended.into()])
            }
            Wanted::Suspension { days } => {
                self.suspendable(*days)?;
                Ok(vec![self.set_aside(number, *days).into()])
            }
            Wanted::Appeal(against) => {
                self.appealable(against)?;
                Ok(vec![self.upheld(request, against)?])
            }
        }
    }

    /// Every reporter who still waits for an answer is told the new date, in words, in the same act.
    fn all_told(self, told: &[ReportId], sealed: &[Sealed]) -> Result<(), Refusal> {
        for report in told {
            let (_, known) = self.report(*report)?;
            if known.answer.is_none() {
                return Err(Refusal::NoAnswerOwed {});
            }
        }
        let waits = |report: &super::ReportState| report.answer.is_some() && report.told.is_none();
        let mut untold = (1..).zip(&self.incident.reports).filter(|(_, report)| waits(report) && !told.contains(&report.id));
        if let Some((report, _)) = untold.next() {
            return Err(Refusal::ReporterUntold { report });
        }
        if told.is_empty() { Ok(()) } else { worded(sealed) }
    }

    /// All promises that have not run out stand still, the whole life's too. What ran out stays late.
    fn set_aside(self, request: u16, days: u32) -> Suspended {
        let (at, calendar) = (self.context.when(), self.context.book.calendar());
        let until = Time::from_ms(at.ms() + i64::from(days) * DAY_MS);
        let running = self.incident.clocks.iter().filter(|clock| !clock.breached && clock.due > at);
        let paused: Vec<Paused> = running.map(|clock| Paused { left: calendar.left(clock, at), clock: clock.clone() }).collect();
        let bound = Clock {
            id: Incident::SUSPENSION,
            version: self.incident.next_clock_version(Incident::SUSPENSION),
            kind: ClockKind::Given,
            amount: 0,
            begins: ClockStart::AtOnce,
            falls_due: ClockDue::SameTime,
            start: at,
            due: until,
            breached: false,
        };
        let clocks = paused.iter().map(|paused| Move::Stop(paused.clock.id)).chain([Move::Start(bound)]).collect();
        Suspended { request, until, paused, clocks }
    }

    fn upheld(self, request: &Pending, against: &Appealed) -> Result<Fact, Refusal> {
        Ok(match *against {
            Appealed::Lateness { clock, version } => ClockExempted {
                request: request.number,
                clock,
                version,
                agency: request.agency.clone(),
                reason: request.reason.clone(),
            }
            .into(),
            Appealed::Designation { part: Some(part) } => {
                if let Some(open) = self.open_transfer(part) {
                    return Err(Refusal::OfferOpen { transfer: open.id });
                }
                let clocks = self.part_clocks(part);
                DesignationLifted { request: request.number, part: Some(part), clocks }.into()
            }
            Appealed::Designation { part: None } => {
                DesignationLifted { request: request.number, part: None, clocks: Vec::new() }.into()
            }
        })
    }

    /// Refused by the asking agency's own desk before it agreed, or by who may grant it; never by who asked.
    pub(super) fn refuse_request(self, number: u16, reason: &Reason, sealed: &[Sealed]) -> Facts {
        listed(reason, &self.context.book.leave().refusals)?;
        let request = self.waiting(number)?;
        let seat = self.seat(Kind::RefuseRequest)?;
        if request.seat == seat.id || request.endorsed.as_ref() == Some(&seat.id) {
            return Err(Refusal::SamePerson {});
        }
        let own_desk = request.endorsed.is_none()
            && request.agency == seat.agency
            && (seat.has(Role::Dispatcher) || seat.has(Role::DutyChief));
        if !own_desk {
            if !seat.has(Role::DutyChief) && !seat.has(Role::Supervisor) {
                return Err(Refusal::NotYourAgency { needed: request.agency.to_string(), agency: seat.agency.to_string() });
            }
            above(request, seat)?;
        }
        let refused = RequestRefused { request: number, seat: seat.id.clone(), reason: reason.clone(), sealed: sealed.to_vec() };
        Ok(vec![refused.into()])
    }

    fn waiting(self, request: u16) -> Result<&'a Pending, Refusal> {
        if self.incident.history {
            return Err(Refusal::HistoryStill {});
        }
        self.incident.request(request).ok_or(Refusal::NoRequest { request })
    }

    /// A person takes it up at any time; the hub by itself at the bound, and no old timer of it.
    pub(super) fn resume(self, version: u32) -> Facts {
        let suspension = self.incident.suspended().ok_or(Refusal::NotSuspended {})?;
        if suspension.version != version {
            return Err(Refusal::SuspensionStale { version, now: suspension.version });
        }
        if self.context.actor.seat().is_none() && self.context.at < suspension.until {
            return Err(Refusal::SuspensionEarly { until: suspension.until });
        }
        Ok(vec![self.resumed(suspension).into()])
    }

    /// The clocks go on with what was left, from now; from the bound where that has passed, however late it is noticed.
    fn resumed(self, suspension: &Suspension) -> Resumed {
        let at = self.context.when().min(suspension.until).max(suspension.since);
        let calendar = self.context.book.calendar();
        let goes_on = |paused: &Paused| {
            let version = self.incident.next_clock_version(paused.clock.id);
            Move::Start(Clock { version, due: calendar.after(&paused.clock, at, paused.left), ..paused.clock.clone() })
        };
        let clocks = std::iter::once(Move::Stop(Incident::SUSPENSION)).chain(suspension.paused.iter().map(goes_on)).collect();
        Resumed { version: suspension.version, at, clocks }
    }
}

/// The second level stands above the agency that asks: only the joint centre settles what it asked for itself. A
/// designation is the duty chief's own decision, so a supervisor who is none reviews it.
fn above(request: &Pending, seat: &Seat) -> Result<(), Refusal> {
    if matches!(request.wanted, Wanted::Appeal(Appealed::Designation { .. })) && seat.has(Role::DutyChief) {
        return Err(Refusal::AppealDecider {});
    }
    if request.agency == seat.agency && seat.agency.kind() != AgencyKind::Grid {
        return Err(Refusal::NotAbove { agency: seat.agency.to_string() });
    }
    Ok(())
}
