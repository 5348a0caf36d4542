//! Small changes that facts have in common: parts, hand-overs, clocks, the end of a life.

use std::collections::BTreeSet;

use super::super::{
    clock::{Clock, Move},
    facts::{Lead, LinkedReport, PartAsked, Received, Report, SplitOff},
    kinds::{Basis, HandoverKind, HandoverStatus, PartStatus, Stage, UnitStage},
    pieces::{Followup, Handover, Part, ReportState},
    state::Incident,
};
use crate::{
    fact::Stamp,
    id::{IncidentId, SeatId},
};

pub(super) fn received(incident: &mut Incident, fact: &Received, stamp: &Stamp) {
    incident.stage = Stage::Received;
    incident.received = stamp.time;
    incident.occurred = stamp.occurred();
    incident.history = fact.history;
    incident.class = fact.class;
    incident.place = fact.place.within(fact.class);
    incident.flags.clone_from(&fact.flags);
    incident.terms.clone_from(&fact.terms);
    incident.suggested = fact.priority;
    incident.first = Some(fact.lead.agency.clone());
    incident.lead = Some(fact.lead.clone());
    incident.reports.push(report(&fact.report));
    untimed(incident, Stage::Received, stamp);
    clocks(incident, &fact.clocks);
}

/// A stage of a past matter of which the file gives no time is named as missing, whoever settled it since.
pub(super) fn untimed(incident: &mut Incident, stage: Stage, stamp: &Stamp) {
    if incident.history && no_time(stamp) {
        incident.missing.push(stage);
    }
}

fn no_time(stamp: &Stamp) -> bool {
    stamp.basis == Basis::Import && stamp.occurred.is_none()
}

/// What is to be told of a past order: all that any order goes through. Nothing of an order of today.
pub(super) fn untold_at_issue(incident: &Incident, stamp: &Stamp) -> Vec<UnitStage> {
    use UnitStage::{Delivered, EnRoute, Issued, OnScene, Signed};
    if !incident.history {
        return Vec::new();
    }
    let issued = no_time(stamp).then_some(Issued);
    issued.into_iter().chain([Delivered, Signed, EnRoute, OnScene]).collect()
}

/// A file gives the time of this stage of an order.
pub(super) fn told(incident: &mut Incident, order: Option<u16>, stage: UnitStage, stamp: &Stamp) {
    if !no_time(stamp) {
        handover(incident, order.unwrap_or(0), |order| order.missing.retain(|missing| *missing != stage));
    }
}

pub(super) fn report(report: &Report) -> ReportState {
    ReportState {
        id: report.id,
        source: report.source.clone(),
        reference: report.reference.clone(),
        channel: report.channel,
        digest: report.digest.clone(),
        answer: report.answer.clone(),
        from: None,
        told: None,
        followup: Followup::default(),
    }
}

/// A report that had opened an incident of its own.
pub(super) fn linked(from: IncidentId, report: &LinkedReport) -> ReportState {
    ReportState {
        id: report.id,
        source: report.source.clone(),
        reference: report.reference.clone(),
        channel: report.channel,
        digest: report.digest.clone(),
        answer: report.answer.clone(),
        from: Some(from),
        told: None,
        followup: Followup::default(),
    }
}

/// What was split off begins accepted: category, priority and lead are settled, and there is no reporter of its own.
pub(super) fn split_off(incident: &mut Incident, fact: &SplitOff, stamp: &Stamp) {
    incident.stage = Stage::Accepted;
    incident.received = stamp.time;
    incident.occurred = stamp.occurred();
    incident.class = fact.class;
    incident.place = fact.place.within(fact.class);
    incident.flags.clone_from(&fact.flags);
    incident.category = Some(fact.category.clone());
    incident.priority = Some(fact.priority);
    incident.first = Some(fact.lead.agency.clone());
    incident.lead = Some(fact.lead.clone());
    incident.parent = Some(fact.from);
    clocks(incident, &fact.clocks);
}

/// Who hands the lead over looks on until the end.
pub(super) fn keep_watch(incident: &mut Incident, number: u16) {
    let Some(transfer) = incident.handover(number).filter(|transfer| transfer.lead) else { return };
    let (from, to) = (transfer.from.clone(), transfer.to.clone());
    incident.watch.retain(|agency| *agency != to && *agency != from);
    incident.watch.push(from);
}

pub(super) fn end(incident: &mut Incident, stage: Stage, stamp: &Stamp) {
    incident.stage = stage;
    incident.ended = Some(stamp.time);
    incident.reopen = None;
    incident.looking = None;
    super::leave::ended(incident);
    for handover in incident.handovers.iter_mut().filter(|handover| handover.open()) {
        handover.status = HandoverStatus::Withdrawn;
    }
}

pub(super) fn add_part(incident: &mut Incident, asked: &PartAsked) {
    incident.parts.push(Part {
        id: asked.part,
        agency: asked.agency.clone(),
        seat: None,
        mandatory: asked.mandatory,
        task: asked.task.clone(),
        status: if asked.owned { PartStatus::Owned } else { PartStatus::Offered },
        unit: None,
        returns: 0,
        designated: false,
        round: incident.rounds,
        finished_by: None,
        worked: BTreeSet::new(),
    });
}

pub(super) fn part(incident: &mut Incident, number: u16, change: impl FnOnce(&mut Part)) {
    if let Some(part) = incident.parts.iter_mut().find(|part| part.id == number) {
        change(part);
    }
}

/// Changes a hand-over and says which part it is about.
pub(super) fn handover(incident: &mut Incident, number: u16, change: impl FnOnce(&mut Handover)) -> Option<u16> {
    let handover = incident.handovers.iter_mut().find(|handover| handover.id == number)?;
    change(handover);
    handover.part
}

pub(super) fn delivered(incident: &mut Incident, number: u16, stamp: &Stamp) {
    handover(incident, number, |handover| {
        handover.status = HandoverStatus::Delivered;
        handover.delivered = Some(stamp.occurred());
    });
}

pub(super) fn seat_of(stamp: &Stamp) -> Option<SeatId> {
    stamp.actor.split_once('/').and_then(|(_, seat)| seat.parse().ok())
}

/// A unit of several may be behind the others: a part's progress never goes back.
pub(super) fn at_work(incident: &mut Incident, on: Option<u16>, status: PartStatus, stamp: &Stamp) {
    part(incident, on.unwrap_or(0), |part| {
        part.status = part.status.max(status);
        part.worked.extend(seat_of(stamp));
    });
    works(incident);
}

/// The first work on any part; assisting parts may go on after all is done, and change nothing of that.
pub(super) fn works(incident: &mut Incident) {
    if incident.stage == Stage::Routed {
        incident.stage = Stage::Handling;
    }
}

/// Orders bind the units of the agency that has the part, and only while it works on it. What was signed stays signed
/// where the work came to its end, and binds nobody where the part went elsewhere.
pub(super) fn end_orders(incident: &mut Incident, part: u16, signed: HandoverStatus) {
    let of_part = incident.handovers.iter_mut().filter(|order| order.kind == HandoverKind::Order && order.part == Some(part));
    for order in of_part {
        if order.open() {
            order.status = HandoverStatus::Withdrawn;
        } else if order.status == HandoverStatus::Signed {
            order.status = signed;
        }
    }
}

/// The receiver of a transfer owns what was offered. A lead moves only to a person's seat, never by a lapse.
pub(super) fn take_over(incident: &mut Incident, number: u16, seat: Option<&SeatId>) {
    let Some(transfer) = incident.handover(number) else { return };
    let (to, on, lead) = (transfer.to.clone(), transfer.part, transfer.lead);
    end_orders(incident, on.unwrap_or(0), HandoverStatus::Withdrawn);
    part(incident, on.unwrap_or(0), |part| {
        part.agency = to.clone();
        part.seat = seat.cloned();
        part.unit = None;
        part.status = PartStatus::Owned;
    });
    if on.is_some() {
        works(incident);
    }
    if let (true, Some(seat)) = (lead, seat) {
        incident.lead = Some(Lead { agency: to, area: None, seat: Some(seat.clone()) });
    }
}

/// The sender of a transfer keeps what it offered; what had come back before it was offered anew lies returned again.
pub(super) fn keep(incident: &mut Incident, number: u16) {
    let Some(transfer) = incident.handover(number) else { return };
    let (from, on) = (transfer.from.clone(), transfer.part);
    part(incident, on.unwrap_or(0), |part| {
        if part.status == PartStatus::Offered && part.returns == 0 {
            part.agency = from;
            part.status = PartStatus::Owned;
        } else if part.status == PartStatus::Offered {
            part.status = PartStatus::Returned;
        }
    });
}

pub(super) fn clocks(incident: &mut Incident, moves: &[Move]) {
    for step in moves {
        match step {
            Move::Start(clock) => start(incident, clock),
            Move::Stop(id) => incident.clocks.retain(|running| running.id != *id),
        }
    }
}

pub(super) fn start(incident: &mut Incident, clock: &Clock) {
    incident.clocks.retain(|running| running.id != clock.id);
    incident.clocks.push(clock.clone());
    match incident.clock_versions.iter_mut().find(|(id, _)| *id == clock.id) {
        Some((_, version)) => *version = clock.version,
        None => incident.clock_versions.push((clock.id, clock.version)),
    }
}
