//! Folds one fact into an incident. Total on purpose: what was once written must still fold, so nothing here
//! fails and no rule is checked. Rules live in [`super::decide`].

use super::{
    clock::{Clock, Move},
    facts::{Fact, Lead, PartAsked, Received, Report},
    kinds::{Basis, HandoverKind, HandoverStatus, OnLapse, PartStatus, Stage},
    state::{Followup, Handover, Incident, Part, Reopening, ReportState},
};
use crate::{
    fact::{self, Stamp},
    id::{Agency, SeatId},
};

/// Folds in `fact`. A fact already seen (its version is not the next) changes nothing, so following may repeat.
pub fn evolve(incident: &mut Incident, fact: &Fact, stamp: &Stamp) {
    if stamp.version <= incident.version {
        return;
    }
    incident.version = stamp.version;
    incident.position = stamp.position;
    fact::remember(&mut incident.commands, stamp);
    apply(incident, fact, stamp);
}

fn apply(incident: &mut Incident, fact: &Fact, stamp: &Stamp) {
    match fact {
        Fact::Received(fact) => received(incident, fact, stamp),
        Fact::Supplemented(fact) => {
            if let Some(report) = incident.reports.iter_mut().find(|report| report.id == fact.report) {
                report.digest.clone_from(&fact.digest);
            }
            for term in &fact.terms {
                if !incident.terms.contains(term) {
                    incident.terms.push(term.clone());
                }
            }
        }
        Fact::Raised(fact) => {
            incident.flags.extend(&fact.flags);
            incident.class = fact.class.map_or(incident.class, |class| class.max(incident.class));
        }
        Fact::Answered(fact) => {
            incident.category.clone_from(&fact.category);
            for report in &mut incident.reports {
                report.told = report.answer.is_some().then(|| stamp.occurred());
            }
            clocks(incident, &fact.clocks);
            end(incident, Stage::Closed, stamp);
        }
        Fact::SelfHandled(fact) => {
            incident.category = Some(fact.category.clone());
            clocks(incident, &fact.clocks);
            end(incident, Stage::Closed, stamp);
        }
        Fact::VerificationAsked(_) => incident.stage = Stage::Verifying,
        Fact::Verified(fact) => incident.verified = Some(fact.found),
        Fact::Declined(fact) => {
            clocks(incident, &fact.clocks);
            end(incident, Stage::Declined, stamp);
        }
        Fact::Accepted(fact) => {
            incident.stage = Stage::Accepted;
            incident.category = Some(fact.category.clone());
            incident.priority = Some(fact.priority);
            incident.place = fact.place.unwrap_or(incident.place);
            clocks(incident, &fact.clocks);
        }
        Fact::Routed(fact) => {
            incident.stage = Stage::Routed;
            for part in &fact.parts {
                add_part(incident, part);
            }
            clocks(incident, &fact.clocks);
        }
        Fact::PartAdded(fact) => {
            add_part(incident, &fact.part);
            clocks(incident, &fact.clocks);
        }
        Fact::OrderIssued(fact) => {
            let agency = incident.part(fact.part).map_or_else(Agency::grid, |part| part.agency.clone());
            incident.handovers.push(Handover {
                id: fact.order,
                kind: HandoverKind::Order,
                status: HandoverStatus::Issued,
                part: Some(fact.part),
                lead: false,
                from: agency.clone(),
                to: agency,
                unit: Some(fact.unit.clone()),
                on_lapse: OnLapse::Raise,
                returnable: false,
                returned_at: None,
            });
            part(incident, fact.part, |part| {
                part.status = PartStatus::Ordered;
                part.unit = Some(fact.unit.clone());
            });
        }
        Fact::OrderDelivered(fact) => {
            handover(incident, fact.order, |order| order.status = HandoverStatus::Delivered);
            clocks(incident, &fact.clocks);
        }
        Fact::OrderSigned(fact) => {
            let on = handover(incident, fact.order, |order| order.status = HandoverStatus::Signed);
            at_work(incident, on, PartStatus::Signed);
            clocks(incident, &fact.clocks);
        }
        Fact::OrderCannot(fact) => {
            let on = handover(incident, fact.order, |order| order.status = HandoverStatus::Cannot);
            part(incident, on.unwrap_or(0), |part| {
                part.status = PartStatus::Owned;
                part.unit = None;
            });
            clocks(incident, &fact.clocks);
        }
        Fact::TransferOffered(fact) => {
            incident.handovers.push(Handover {
                id: fact.transfer,
                kind: HandoverKind::Transfer,
                status: HandoverStatus::Offered,
                part: fact.part,
                lead: fact.lead,
                from: fact.from.clone(),
                to: fact.to.clone(),
                unit: None,
                on_lapse: fact.on_lapse,
                returnable: fact.returnable,
                returned_at: None,
            });
            part(incident, fact.part.unwrap_or(0), |part| {
                if part.status == PartStatus::Returned {
                    part.status = PartStatus::Offered;
                }
            });
        }
        Fact::TransferDelivered(fact) => {
            handover(incident, fact.transfer, |transfer| transfer.status = HandoverStatus::Delivered);
            clocks(incident, &fact.clocks);
        }
        Fact::TransferAccepted(fact) => {
            handover(incident, fact.transfer, |transfer| transfer.status = HandoverStatus::Accepted);
            take_over(incident, fact.transfer, Some(&fact.seat));
            clocks(incident, &fact.clocks);
        }
        Fact::TransferReturned(fact) => {
            let on = handover(incident, fact.transfer, |transfer| {
                transfer.status = HandoverStatus::Returned;
                transfer.returned_at = Some(fact.at);
            });
            part(incident, on.unwrap_or(0), |part| {
                part.status = PartStatus::Returned;
                part.returns += 1;
            });
            clocks(incident, &fact.clocks);
        }
        Fact::TransferLapsed(fact) => {
            let on = handover(incident, fact.transfer, |transfer| transfer.status = HandoverStatus::Lapsed);
            match fact.effect {
                OnLapse::Keep => keep(incident, fact.transfer),
                OnLapse::Deemed => take_over(incident, fact.transfer, None),
                OnLapse::Raise => {
                    part(incident, on.unwrap_or(0), |part| part.status = PartStatus::Returned);
                }
            }
            clocks(incident, &fact.clocks);
        }
        Fact::TransferWithdrawn(fact) => {
            handover(incident, fact.transfer, |transfer| transfer.status = HandoverStatus::Withdrawn);
            keep(incident, fact.transfer);
            clocks(incident, &fact.clocks);
        }
        Fact::Designated(fact) => {
            part(incident, fact.part, |part| {
                part.agency = fact.agency.clone();
                part.seat = None;
                part.unit = None;
                part.designated = true;
                part.status = PartStatus::Owned;
            });
            if fact.lead {
                incident.lead = Some(Lead { agency: fact.agency.clone(), seat: None });
            }
            incident.stage = Stage::Handling;
            clocks(incident, &fact.clocks);
        }
        Fact::UnitEnRoute(fact) => at_work(incident, Some(fact.part), PartStatus::EnRoute),
        Fact::UnitOnScene(fact) => {
            at_work(incident, Some(fact.part), PartStatus::OnScene);
            clocks(incident, &fact.clocks);
        }
        Fact::PartFinished(fact) => {
            let seat = stamp.actor.split_once('/').and_then(|(_, seat)| seat.parse().ok());
            part(incident, fact.part, |part| {
                part.status = PartStatus::Finished;
                part.finished_by = seat;
            });
            if fact.category.is_some() {
                incident.category_feedback.clone_from(&fact.category);
            }
            if incident.stage == Stage::Routed {
                incident.stage = Stage::Handling;
            }
            clocks(incident, &fact.clocks);
        }
        Fact::PartReleased(fact) => {
            part(incident, fact.part, |part| part.status = PartStatus::Released);
            clocks(incident, &fact.clocks);
        }
        Fact::Done(_) => {
            incident.stage = Stage::Done;
            incident.checked = false;
        }
        Fact::CheckAsked(fact) => {
            incident.stage = Stage::Checking;
            clocks(incident, &fact.clocks);
        }
        Fact::Checked(fact) => {
            incident.checked = fact.passed;
            incident.stage = if fact.passed { Stage::Done } else { Stage::Handling };
            for &back in &fact.back {
                part(incident, back, |part| {
                    part.status = PartStatus::Owned;
                    part.finished_by = None;
                });
            }
            clocks(incident, &fact.clocks);
        }
        Fact::ReporterTold(fact) => {
            if let Some(report) = incident.reports.iter_mut().find(|report| report.id == fact.report) {
                report.told = Some(stamp.occurred());
            }
            if incident.reports.iter().all(|report| report.answer.is_none() || report.told.is_some()) {
                incident.stage = Stage::Followup;
            }
            clocks(incident, &fact.clocks);
        }
        Fact::FollowedUp(fact) => {
            if let Some(report) = incident.reports.iter_mut().find(|report| report.id == fact.report) {
                report.followup = Followup {
                    tries: report.followup.tries + 1,
                    reached: fact.reached,
                    solved: fact.solved,
                    satisfaction: fact.satisfaction,
                };
            }
            clocks(incident, &fact.clocks);
        }
        Fact::Closed(fact) => {
            clocks(incident, &fact.clocks);
            end(incident, Stage::Closed, stamp);
        }
        Fact::Withdrawn(fact) => {
            clocks(incident, &fact.clocks);
            end(incident, Stage::Withdrawn, stamp);
        }
        Fact::VoidAsked(fact) => incident.void_asked = Some((fact.seat.clone(), fact.until)),
        Fact::Voided(fact) => {
            clocks(incident, &fact.clocks);
            end(incident, Stage::Void, stamp);
        }
        Fact::ReopenAsked(fact) => incident.reopen = Some(Reopening { report: fact.report, asked_by: stamp.actor.clone() }),
        Fact::Reopened(fact) => {
            incident.stage = Stage::Accepted;
            incident.ended = None;
            incident.reopen = None;
            incident.checked = false;
            incident.rounds = fact.round;
            for report in &mut incident.reports {
                report.told = None;
                report.followup = Followup::default();
            }
            clocks(incident, &fact.clocks);
        }
        Fact::ReopenRefused(_) => incident.reopen = None,
        Fact::ClockBreached(fact) => {
            incident.breaches += 1;
            if let Some(clock) = incident.clocks.iter_mut().find(|clock| clock.id == fact.clock) {
                clock.breached = true;
            }
        }
        Fact::HistoryRecorded(fact) => {
            incident.missing.clone_from(&fact.missing);
            for report in &mut incident.reports {
                report.told = fact.answered;
            }
            clocks(incident, &fact.clocks);
            end(incident, Stage::Closed, stamp);
        }
    }
}

fn received(incident: &mut Incident, fact: &Received, stamp: &Stamp) {
    incident.stage = Stage::Received;
    incident.received = stamp.time;
    incident.occurred = stamp.occurred();
    incident.history = fact.history;
    incident.place = fact.place;
    incident.class = fact.class;
    incident.flags.clone_from(&fact.flags);
    incident.terms.clone_from(&fact.terms);
    incident.lead = Some(fact.lead.clone());
    incident.reports.push(report(&fact.report));
    if stamp.basis == Basis::Import && stamp.occurred.is_none() {
        incident.missing.push(Stage::Received);
    }
    clocks(incident, &fact.clocks);
}

fn report(report: &Report) -> ReportState {
    ReportState {
        id: report.id,
        source: report.source.clone(),
        reference: report.reference.clone(),
        channel: report.channel,
        digest: report.digest.clone(),
        answer: report.answer.clone(),
        told: None,
        followup: Followup::default(),
    }
}

fn end(incident: &mut Incident, stage: Stage, stamp: &Stamp) {
    incident.stage = stage;
    incident.ended = Some(stamp.time);
    incident.reopen = None;
}

fn add_part(incident: &mut Incident, asked: &PartAsked) {
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
        finished_by: None,
    });
}

fn part(incident: &mut Incident, number: u16, change: impl FnOnce(&mut Part)) {
    if let Some(part) = incident.parts.iter_mut().find(|part| part.id == number) {
        change(part);
    }
}

/// Changes a hand-over and says which part it is about.
fn handover(incident: &mut Incident, number: u16, change: impl FnOnce(&mut Handover)) -> Option<u16> {
    let handover = incident.handovers.iter_mut().find(|handover| handover.id == number)?;
    change(handover);
    handover.part
}

fn at_work(incident: &mut Incident, on: Option<u16>, status: PartStatus) {
    part(incident, on.unwrap_or(0), |part| part.status = status);
    incident.stage = Stage::Handling;
}

/// The receiver of a transfer owns what was offered. A lead moves only to a person's seat, never by a lapse.
fn take_over(incident: &mut Incident, number: u16, seat: Option<&SeatId>) {
    let Some(transfer) = incident.handover(number) else { return };
    let (to, on, lead) = (transfer.to.clone(), transfer.part, transfer.lead);
    part(incident, on.unwrap_or(0), |part| {
        part.agency = to.clone();
        part.seat = seat.cloned();
        part.unit = None;
        part.status = PartStatus::Owned;
    });
    if on.is_some() && incident.stage == Stage::Routed {
        incident.stage = Stage::Handling;
    }
    if let (true, Some(seat)) = (lead, seat) {
        incident.lead = Some(Lead { agency: to, seat: Some(seat.clone()) });
    }
}

/// The sender of a transfer keeps what it offered.
fn keep(incident: &mut Incident, number: u16) {
    let Some(transfer) = incident.handover(number) else { return };
    let (from, on) = (transfer.from.clone(), transfer.part);
    part(incident, on.unwrap_or(0), |part| {
        if part.status == PartStatus::Offered {
            part.agency = from;
            part.status = PartStatus::Owned;
        }
    });
}

fn clocks(incident: &mut Incident, moves: &[Move]) {
    for step in moves {
        match step {
            Move::Start(clock) => start(incident, clock),
            Move::Stop(id) => incident.clocks.retain(|running| running.id != *id),
        }
    }
}

fn start(incident: &mut Incident, clock: &Clock) {
    incident.clocks.retain(|running| running.id != clock.id);
    incident.clocks.push(clock.clone());
    match incident.clock_versions.iter_mut().find(|(id, _)| *id == clock.id) {
        Some((_, version)) => *version = clock.version,
        None => incident.clock_versions.push((clock.id, clock.version)),
    }
}
