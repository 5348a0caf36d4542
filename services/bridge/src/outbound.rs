//! Which fact tells a partner what. Pure: the same fact on the same incident gives the same frame, whenever it is made.
//!
//! A partner hears of incidents that it has to do with, and of nothing else; never of its own words again, except for the
//! numbers that the hub gives to its orders and offers. Words are added by [`super::words`], as far as it may read them.

use domain::{
    fact::Stamp,
    id::{Agency, MatterCode},
    incident::{self, Fact, HandoverKind, Incident},
    reason::Reason,
};
use runtime::convert::{number_of, to_item, to_reason, to_when};
use wire::v1::{self, partner_frame as frame, partner_frame::Body};

use crate::partner::Partner;

/// What to tell, and which words go with it.
pub(crate) struct Told {
    pub(crate) body: Body,
    pub(crate) words: Words,
}

/// Words that a frame may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// None.
    No,
    /// All reports of the incident: it was handed over.
    Reports,
    /// What stands sealed in the fact itself.
    OfFact,
}

/// Does the partner take part in what this fact is about?
pub(crate) fn concerns(partner: Partner, before: &Incident, after: &Incident) -> bool {
    let agency = partner.agency();
    let takes_part = |incident: &Incident| incident.agencies().any(|involved| *involved == agency);
    !after.history && (takes_part(after) || takes_part(before))
}

/// Did the partner itself cause the fact?
pub(crate) fn its_own(partner: Partner, stamp: &Stamp) -> bool {
    let who = stamp.actor.split_once('/').map_or("", |(_, who)| who);
    who == partner.name() || who.strip_prefix(partner.name()).is_some_and(|rest| rest.starts_with('.'))
}

fn told(body: Body) -> Option<Told> {
    Some(Told { body, words: Words::No })
}

fn with(words: Words, body: Body) -> Option<Told> {
    Some(Told { body, words })
}

fn why(reason: &Reason) -> Option<v1::Reason> {
    Some(to_reason(reason))
}

fn code(code: Option<&MatterCode>) -> String {
    code.map(ToString::to_string).unwrap_or_default()
}

/// What the partner is told of `fact`; nothing where it is no news to it. `own` says that the partner caused it.
pub(crate) fn tell(partner: Partner, after: &Incident, fact: &Fact, own: bool) -> Option<Told> {
    let agency = partner.agency();
    let moved = || told(Body::Moved(frame::Moved { stage: number_of::<v1::Stage>(after.stage.word()) }));
    match fact {
        // The numbers that the hub gives to what a partner began are news to it, too.
        Fact::TransferOffered(fact) if fact.to == agency || fact.from == agency => offered(after, fact, &agency, own),
        Fact::OrderIssued(fact) if of_part(after, fact.part, &agency) => issued(fact, own),
        _ if own => None,
        Fact::Received(fact) => with(Words::Reports, Body::Report(report(&fact.report.source, &fact.report.reference))),
        Fact::Supplemented(fact) => {
            let known = after.report(fact.report).map(|(_, report)| (report.source.clone(), report.reference.clone()));
            let (source, reference) = known.unwrap_or_default();
            with(Words::OfFact, Body::Supplement(frame::Supplement { source, reference, text: String::new() }))
        }
        Fact::Raised(fact) => {
            let flags = fact.flags.iter().map(|flag| number_of::<v1::Flag>(flag.word())).collect();
            let class = fact.class.map_or(0, |class| number_of::<v1::Class>(class.word()));
            told(Body::Alert(frame::Alert { flags, class }))
        }
        Fact::Accepted(fact) => {
            let (category, priority) = (fact.category.to_string(), fact.priority.number().into());
            told(Body::Accepted(frame::Accepted { category, priority }))
        }
        Fact::SplitOff(fact) => {
            let (category, priority) = (fact.category.to_string(), fact.priority.number().into());
            told(Body::Accepted(frame::Accepted { category, priority }))
        }
        Fact::VerificationAsked(fact) if fact.agency == agency => told(Body::Look(frame::Look { check: false })),
        Fact::CheckAsked(fact) if fact.agency == agency => told(Body::Look(frame::Look { check: true })),
        Fact::Checked(fact) => told(Body::Checked(frame::Checked { passed: fact.passed, reason: why(&fact.reason) })),
        Fact::UnitEnRoute(fact) => progress(v1::ProgressStep::EnRoute, fact.part, fact.order, &fact.unit),
        Fact::UnitOnScene(fact) => progress(v1::ProgressStep::OnScene, fact.part, fact.order, &fact.unit),
        Fact::SceneDeclared(fact) => {
            let step = if fact.safe { v1::ProgressStep::SceneSafe } else { v1::ProgressStep::SceneUnsafe };
            told(Body::Progress(frame::Progress { step: step.into(), ..frame::Progress::default() }))
        }
        Fact::PartFinished(fact) => {
            let outcome = fact.outcome.map_or(0, |outcome| number_of::<v1::Outcome>(outcome.word()));
            let (part, category) = (fact.part.into(), code(fact.category.as_ref()));
            with(Words::OfFact, Body::Finished(frame::Finished { part, category, outcome, words: String::new() }))
        }
        Fact::Designated(fact) => told(Body::Designated(frame::Designated {
            part: fact.part.unwrap_or(0).into(),
            agency: fact.agency.to_string(),
            lead: fact.lead,
            reason: why(&fact.reason),
        })),
        Fact::Recalled(fact) => {
            told(Body::Recalled(frame::Recalled { agency: fact.agency.to_string(), reason: why(&fact.reason) }))
        }
        Fact::CategoryCorrected(fact) => {
            told(Body::CategoryCorrected(frame::CategoryCorrected { category: fact.category.to_string() }))
        }
        Fact::Noted(fact) => with(Words::OfFact, note(fact.topic)),
        Fact::ReportsLinked(fact) => {
            let (from, into) = (fact.from.to_string(), String::new());
            told(Body::Linked(frame::Linked { from, into, reason: None }))
        }
        Fact::Merged(fact) => {
            let (from, into) = (String::new(), fact.into.to_string());
            told(Body::Linked(frame::Linked { from, into, reason: why(&fact.reason) }))
        }
        Fact::Split(fact) => {
            let (into, category) = (fact.into.to_string(), fact.category.to_string());
            told(Body::Split(frame::Split { into, category, priority: 0, reason: why(&fact.reason) }))
        }
        Fact::Withdrawn(fact) => told(Body::Withdrawn(frame::Withdrawn { reason: why(&fact.reason) })),
        Fact::Closed(_) => told(Body::Closed(frame::Closed {})),
        Fact::ReporterTold(fact) => {
            let (source, reference) = its_report(partner, after, fact.report)?;
            with(Words::OfFact, Body::Told(frame::Told { source, reference, words: String::new() }))
        }
        Fact::FollowedUp(fact) => {
            let (source, reference) = its_report(partner, after, fact.report)?;
            with(
                Words::OfFact,
                Body::FollowUpDone(frame::FollowUpDone {
                    source,
                    reference,
                    reached: fact.reached,
                    contacted: fact.contacted,
                    solved: fact.solved,
                    satisfaction: fact.satisfaction.map_or(0, |level| number_of::<v1::Satisfaction>(level.word())),
                    words: String::new(),
                }),
            )
        }
        Fact::TransferDelivered(fact) => step(after, fact.transfer, &agency, v1::TransferStep::Delivered, None),
        Fact::TransferAccepted(fact) => step(after, fact.transfer, &agency, v1::TransferStep::Accepted, None),
        Fact::TransferReturned(fact) => step(after, fact.transfer, &agency, v1::TransferStep::Returned, Some(&fact.reason)),
        Fact::TransferLapsed(fact) => step(after, fact.transfer, &agency, v1::TransferStep::Lapsed, None),
        Fact::TransferWithdrawn(fact) => step(after, fact.transfer, &agency, v1::TransferStep::Withdrawn, Some(&fact.reason)),
        Fact::Answered(_)
        | Fact::SelfHandled(_)
        | Fact::Declined(_)
        | Fact::Routed(_)
        | Fact::Done(_)
        | Fact::Voided(_)
        | Fact::Reopened(_) => moved(),
        Fact::VerificationAsked(_)
        | Fact::CheckAsked(_)
        | Fact::TransferOffered(_)
        | Fact::OrderIssued(_)
        | Fact::Verified(_)
        | Fact::PartAdded(_)
        | Fact::OrderDelivered(_)
        | Fact::OrderSigned(_)
        | Fact::OrderCannot(_)
        | Fact::PartReleased(_)
        | Fact::VoidAsked(_)
        | Fact::ReopenAsked(_)
        | Fact::ReopenRefused(_)
        | Fact::ClockBreached(_)
        | Fact::ExtensionAsked(_)
        | Fact::SuspensionAsked(_)
        | Fact::AppealAsked(_)
        | Fact::RequestEndorsed(_)
        | Fact::RequestRefused(_)
        | Fact::ClockExtended(_)
        | Fact::Suspended(_)
        | Fact::Resumed(_)
        | Fact::ClockExempted(_)
        | Fact::DesignationLifted(_)
        | Fact::ReporterContacted(_)
        | Fact::FeedbackGiven(_)
        | Fact::Numbered(_)
        | Fact::UnitProgressed(_)
        | Fact::UnitRecorded(_)
        | Fact::PriorityChanged(_)
        | Fact::HistoryRecorded(_) => None,
        // Tiers, supervision and claims are matters of one command line. Conferences, requests for help and summonses have
        // no frame in this version of the language: desks join them by the hub's own seats.
        Fact::InformedUpward(_)
        | Fact::Escalated(_)
        | Fact::HandedDown(_)
        | Fact::TierTaken(_)
        | Fact::TierReturned(_)
        | Fact::SupervisionOpened(_)
        | Fact::SupervisionReplied(_)
        | Fact::SupervisionStruck(_)
        | Fact::Summoned(_)
        | Fact::SummonsArrived(_)
        | Fact::Reminded(_)
        | Fact::SupervisorAdded(_)
        | Fact::ConferenceStarted(_)
        | Fact::ConferenceEnded(_)
        | Fact::ResourceAsked(_)
        | Fact::ResourceGranted(_)
        | Fact::ResourceRefused(_)
        | Fact::Claimed(_)
        | Fact::ClaimReleased(_) => None,
    }
}

fn of_part(incident: &Incident, part: u16, agency: &Agency) -> bool {
    incident.part(part).is_some_and(|part| part.agency == *agency)
}

fn offered(after: &Incident, fact: &incident::TransferOffered, agency: &Agency, own: bool) -> Option<Told> {
    let task = fact.part.and_then(|part| after.part(part)).and_then(|part| part.task.as_ref());
    let body = Body::Transfer(frame::Transfer {
        step: v1::TransferStep::Offered.into(),
        transfer: fact.transfer.into(),
        part: fact.part.unwrap_or(0).into(),
        lead: fact.lead,
        from: fact.from.to_string(),
        to: fact.to.to_string(),
        reason: why(&fact.reason),
        task: code(task),
        ..frame::Transfer::default()
    });
    with(if fact.to == *agency && !own { Words::Reports } else { Words::No }, body)
}

fn issued(fact: &incident::OrderIssued, own: bool) -> Option<Told> {
    let body = Body::Order(frame::Order {
        step: v1::OrderStep::Issued.into(),
        order: fact.order.into(),
        part: fact.part.into(),
        unit: fact.unit.to_string(),
        task: code(fact.task.as_ref()),
        ..frame::Order::default()
    });
    with(if own { Words::No } else { Words::Reports }, body)
}

/// A step of a transfer that the partner sent or receives.
fn step(after: &Incident, number: u16, agency: &Agency, step: v1::TransferStep, reason: Option<&Reason>) -> Option<Told> {
    let transfer = after.handover(number).filter(|known| known.kind == HandoverKind::Transfer)?;
    if transfer.from != *agency && transfer.to != *agency {
        return None;
    }
    told(Body::Transfer(frame::Transfer {
        step: step.into(),
        transfer: number.into(),
        part: transfer.part.unwrap_or(0).into(),
        lead: transfer.lead,
        from: transfer.from.to_string(),
        to: transfer.to.to_string(),
        reason: reason.map(to_reason),
        ..frame::Transfer::default()
    }))
}

fn progress(step: v1::ProgressStep, part: u16, order: Option<u16>, unit: &domain::id::UnitId) -> Option<Told> {
    let (step, part, order) = (step.into(), part.into(), order.unwrap_or(0).into());
    told(Body::Progress(frame::Progress { step, part, order, unit: unit.to_string() }))
}

fn note(topic: incident::Topic) -> Body {
    match topic {
        incident::Topic::Note => Body::Note(frame::Note { words: String::new() }),
        incident::Topic::FormAmended => Body::FormAmended(frame::FormAmended { words: String::new() }),
    }
}

pub(crate) fn report(source: &str, reference: &str) -> frame::Report {
    frame::Report { source: source.to_owned(), reference: reference.to_owned(), ..frame::Report::default() }
}

/// Source and reference of a report that came from the partner: its reporter is the partner's to answer.
fn its_report(partner: Partner, after: &Incident, report: domain::id::ReportId) -> Option<(String, String)> {
    let (_, report) = after.report(report)?;
    (report.source == partner.name()).then(|| (report.source.clone(), report.reference.clone()))
}

/// The frame around what is told: whose incident, how it stands, when and by whom.
pub(crate) fn frame_of(partner: Partner, after: &Incident, stamp: &Stamp, body: Body) -> v1::PartnerFrame {
    let agency = partner.agency();
    let transfers = after.handovers.iter().rev().filter(|known| known.from == agency || known.to == agency);
    v1::PartnerFrame {
        number: stamp.position,
        previous: 0,
        incident_id: after.id.to_string(),
        numbers: numbers(partner, after),
        occurred: Some(to_when(stamp.occurred())),
        basis: number_of::<v1::Basis>(stamp.basis.word()),
        person: match stamp.actor.split_once('/') {
            Some(("machine", _)) | None => String::new(),
            Some((_, who)) => who.to_owned(),
        },
        item: transfers.filter_map(|known| known.item.as_ref()).next().map(to_item),
        situation: Some(situation(&agency, after)),
        body: Some(body),
    }
}

/// The partner's own numbers for it: of its reports and of its forms.
fn numbers(partner: Partner, after: &Incident) -> Vec<v1::FormNumber> {
    let of_reports = after.reports.iter().filter(|report| report.source == partner.name());
    let intake =
        of_reports.map(|report| v1::FormNumber { form: v1::Form::Intake.into(), number: report.reference.clone(), part: 0 });
    let of_forms = after.numbers.iter().filter(|kept| kept.agency == partner.agency()).map(|kept| v1::FormNumber {
        form: number_of::<v1::Form>(kept.form.word()),
        number: kept.number.clone(),
        part: kept.part.unwrap_or(0).into(),
    });
    intake.chain(of_forms).collect()
}

/// How the incident stands, as far as that agency may know.
pub(crate) fn situation(agency: &Agency, after: &Incident) -> v1::Situation {
    let own = after.parts.iter().rev().find(|part| part.agency == *agency);
    v1::Situation {
        stage: number_of::<v1::Stage>(after.stage.word()),
        // Rules keep a place no deeper than its class allows.
        area: after.place.within(after.class).area.to_string(),
        priority: after.priority.map_or(0, |priority| priority.number().into()),
        class: number_of::<v1::Class>(after.class.word()),
        lead: after.lead_agency().map(ToString::to_string).unwrap_or_default(),
        flags: after.flags.iter().map(|flag| number_of::<v1::Flag>(flag.word())).collect(),
        scene_safe: after.scene,
        stay_outside: after.barred(agency),
        category: code(after.counted_category()),
        part: own.map_or(0, |part| part.id.into()),
    }
}
