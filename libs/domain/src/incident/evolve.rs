//! Folds one fact into an incident. Total on purpose: what was once written must still fold, so nothing here
//! fails and no rule is checked. Rules live in [`super::decide`]; what several facts do alike is in [`change`].

mod change;
mod leave;
mod tiers;

use super::{
    facts::{Fact, Lead},
    kinds::{HandoverKind, HandoverStatus, OnLapse, PartStatus, Stage, UnitStage},
    pieces::{Followup, FormNumber, Handover, Reopening},
    state::Incident,
};
use crate::{
    fact::{self, Stamp},
    id::Agency,
};
use change::*;

/// Folds in `fact`. A fact already seen (its version is not the next) changes nothing, so following may repeat.
pub fn evolve(incident: &mut Incident, fact: &Fact, stamp: &Stamp) {
    if stamp.version <= incident.version {
        return;
    }
    incident.version = stamp.version;
    incident.position = stamp.position;
    fact::remember(&mut incident.commands, stamp);
    apply(incident, fact, stamp);
    tiers::follow(incident, fact, stamp);
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
            incident.place = incident.place.within(incident.class);
            clocks(incident, &fact.clocks);
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
        Fact::VerificationAsked(fact) => {
            incident.stage = Stage::Verifying;
            incident.looking = Some(fact.agency.clone());
            clocks(incident, &fact.clocks);
        }
        Fact::Verified(fact) => {
            incident.verified = Some(fact.found);
            incident.looking = None;
            clocks(incident, &fact.clocks);
        }
        Fact::Declined(fact) => {
            clocks(incident, &fact.clocks);
            end(incident, Stage::Declined, stamp);
        }
        Fact::Accepted(fact) => {
            incident.stage = Stage::Accepted;
            untimed(incident, Stage::Accepted, stamp);
            incident.category = Some(fact.category.clone());
            incident.priority = Some(fact.priority);
            incident.place = fact.place.unwrap_or(incident.place).within(incident.class);
            incident.looking = None;
            // Only a seat of the leading agency accepts: from now on it answers for the incident.
            if let Some(lead) = &mut incident.lead {
                lead.seat = seat_of(stamp);
            }
            clocks(incident, &fact.clocks);
        }
        Fact::Routed(fact) => {
            if incident.history && incident.stage < Stage::Accepted {
                incident.missing.push(Stage::Accepted);
            }
            incident.stage = Stage::Routed;
            untimed(incident, Stage::Routed, stamp);
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
                task: fact.task.clone(),
                item: None,
                on_lapse: OnLapse::Raise,
                returnable: false,
                delivered: None,
                returned_at: None,
                missing: untold_at_issue(incident, stamp),
            });
            if let Some(old) = fact.instead_of {
                handover(incident, old, |order| order.status = HandoverStatus::Withdrawn);
            }
            part(incident, fact.part, |part| {
                part.status = part.status.max(PartStatus::Ordered);
                part.unit = Some(fact.unit.clone());
            });
            clocks(incident, &fact.clocks);
        }
        Fact::OrderDelivered(fact) => {
            delivered(incident, fact.order, stamp);
            told(incident, Some(fact.order), UnitStage::Delivered, stamp);
            clocks(incident, &fact.clocks);
        }
        Fact::OrderSigned(fact) => {
            let on = handover(incident, fact.order, |order| order.status = HandoverStatus::Signed);
            told(incident, Some(fact.order), UnitStage::Signed, stamp);
            at_work(incident, on, PartStatus::Signed, stamp);
            clocks(incident, &fact.clocks);
        }
        Fact::OrderCannot(fact) => {
            let on = handover(incident, fact.order, |order| order.status = HandoverStatus::Cannot);
            // Another unit may still be on it; then its progress stands.
            let other = incident.orders(on.unwrap_or(0)).next_back().and_then(|order| order.unit.clone());
            part(incident, on.unwrap_or(0), |part| {
                if other.is_none() {
                    part.status = PartStatus::Owned;
                }
                part.unit = other;
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
                task: None,
                item: fact.item.clone(),
                on_lapse: fact.on_lapse,
                returnable: fact.returnable,
                delivered: None,
                returned_at: None,
                missing: Vec::new(),
            });
            part(incident, fact.part.unwrap_or(0), |part| {
                if part.status == PartStatus::Returned {
                    part.status = PartStatus::Offered;
                }
            });
        }
        Fact::TransferDelivered(fact) => {
            delivered(incident, fact.transfer, stamp);
            clocks(incident, &fact.clocks);
        }
        Fact::TransferAccepted(fact) => {
            handover(incident, fact.transfer, |transfer| transfer.status = HandoverStatus::Accepted);
            keep_watch(incident, fact.transfer);
            take_over(incident, fact.transfer, Some(&fact.seat));
            clocks(incident, &fact.clocks);
        }
        Fact::TransferReturned(fact) => {
            let on = handover(incident, fact.transfer, |transfer| {
                transfer.status = HandoverStatus::Returned;
                transfer.returned_at = Some(fact.at);
            });
            match on {
                Some(on) => part(incident, on, |part| {
                    part.status = PartStatus::Returned;
                    part.returns += 1;
                }),
                None => incident.lead_returns += 1,
            }
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
            if let Some(number) = fact.part {
                end_orders(incident, number, HandoverStatus::Withdrawn);
                part(incident, number, |part| {
                    part.agency = fact.agency.clone();
                    part.seat = None;
                    part.unit = None;
                    part.designated = true;
                    part.status = PartStatus::Owned;
                });
                works(incident);
            }
            if fact.lead {
                incident.lead = Some(Lead { agency: fact.agency.clone(), area: fact.area, seat: None });
                incident.lead_designated = true;
            }
            clocks(incident, &fact.clocks);
        }
        Fact::UnitEnRoute(fact) => {
            at_work(incident, Some(fact.part), PartStatus::EnRoute, stamp);
            told(incident, fact.order, UnitStage::EnRoute, stamp);
        }
        Fact::UnitOnScene(fact) => {
            told(incident, fact.order, UnitStage::OnScene, stamp);
            at_work(incident, Some(fact.part), PartStatus::OnScene, stamp);
            clocks(incident, &fact.clocks);
        }
        Fact::PartFinished(fact) => {
            if incident.history && incident.stage == Stage::Routed {
                incident.missing.push(Stage::Handling);
            }
            part(incident, fact.part, |part| {
                part.status = PartStatus::Finished;
                part.finished_by = seat_of(stamp);
                part.worked.extend(seat_of(stamp));
            });
            end_orders(incident, fact.part, HandoverStatus::Signed);
            if fact.category.is_some() {
                incident.category_feedback.clone_from(&fact.category);
            }
            works(incident);
            clocks(incident, &fact.clocks);
        }
        Fact::PartReleased(fact) => {
            part(incident, fact.part, |part| part.status = PartStatus::Released);
            end_orders(incident, fact.part, HandoverStatus::Signed);
            clocks(incident, &fact.clocks);
        }
        Fact::Done(fact) => {
            incident.stage = Stage::Done;
            incident.checked = false;
            clocks(incident, &fact.clocks);
        }
        Fact::CheckAsked(fact) => {
            incident.stage = Stage::Checking;
            incident.looking = Some(fact.agency.clone());
            clocks(incident, &fact.clocks);
        }
        Fact::Checked(fact) => {
            incident.looking = None;
            incident.checked = fact.passed;
            incident.stage = if fact.passed { Stage::Done } else { Stage::Handling };
            for &back in &fact.back {
                end_orders(incident, back, HandoverStatus::Withdrawn);
                part(incident, back, |part| {
                    part.status = PartStatus::Owned;
                    part.unit = None;
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
        Fact::ReopenAsked(fact) => {
            incident.reopen = Some(Reopening { report: fact.report, asked_by: stamp.actor.to_string() });
            clocks(incident, &fact.clocks);
        }
        Fact::Reopened(fact) => {
            incident.stage = Stage::Accepted;
            incident.ended = None;
            incident.reopen = None;
            incident.checked = false;
            incident.scene = None;
            incident.rounds = fact.round;
            incident.lead_returns = 0;
            incident.lead_designated = false;
            // From now on it lives: its timers fire like any other's.
            incident.history = false;
            for report in &mut incident.reports {
                report.told = None;
                report.followup = Followup::default();
            }
            clocks(incident, &fact.clocks);
        }
        Fact::ReopenRefused(fact) => {
            incident.reopen = None;
            clocks(incident, &fact.clocks);
        }
        Fact::ClockBreached(fact) => {
            incident.breaches += 1;
            if let Some(clock) = incident.clocks.iter_mut().find(|clock| clock.id == fact.clock) {
                clock.breached = true;
            }
        }
        Fact::ExtensionAsked(fact) => leave::extension_asked(incident, fact),
        Fact::SuspensionAsked(fact) => leave::suspension_asked(incident, fact),
        Fact::AppealAsked(fact) => leave::appeal_asked(incident, fact),
        Fact::RequestEndorsed(fact) => leave::endorsed(incident, fact),
        Fact::RequestRefused(fact) => leave::settled(incident, fact.request),
        Fact::ClockExtended(fact) => leave::extended(incident, fact),
        Fact::Suspended(fact) => leave::suspended(incident, fact, stamp),
        Fact::Resumed(fact) => leave::resumed(incident, fact),
        Fact::ClockExempted(fact) => leave::exempted(incident, fact),
        Fact::DesignationLifted(fact) => leave::lifted(incident, fact),
        Fact::ReporterContacted(fact) => clocks(incident, &fact.clocks),
        Fact::FeedbackGiven(fact) => {
            part(incident, fact.part, |part| part.worked.extend(seat_of(stamp)));
            clocks(incident, &fact.clocks);
        }
        Fact::SceneDeclared(fact) => incident.scene = Some(fact.safe),
        Fact::ReportsLinked(fact) => {
            incident.reports.extend(fact.reports.iter().map(|report| linked(fact.from, report)));
            clocks(incident, &fact.clocks);
        }
        Fact::Merged(fact) => {
            incident.into = Some(fact.into);
            clocks(incident, &fact.clocks);
            end(incident, Stage::Merged, stamp);
        }
        Fact::Split(fact) => incident.children.push(fact.into),
        Fact::SplitOff(fact) => split_off(incident, fact, stamp),
        Fact::Recalled(fact) => {
            for transfer in incident.handovers.iter_mut().filter(|known| known.lead && known.open()) {
                transfer.status = HandoverStatus::Withdrawn;
            }
            incident.watch.retain(|agency| *agency != fact.agency);
            incident.lead = Some(Lead { agency: fact.agency.clone(), area: None, seat: Some(fact.seat.clone()) });
            clocks(incident, &fact.clocks);
        }
        Fact::CategoryCorrected(fact) => incident.category_feedback = Some(fact.category.clone()),
        Fact::Noted(_) => {}
        Fact::Numbered(fact) => incident.numbers.push(FormNumber {
            agency: fact.agency.clone(),
            form: fact.form,
            number: fact.number.clone(),
            part: fact.part,
        }),
        Fact::InformedUpward(fact) => tiers::kept(incident, &fact.clocks).informed += 1,
        Fact::Escalated(fact) => tiers::wait(incident, fact.offer, fact.from, fact.to, &fact.clocks),
        Fact::HandedDown(fact) => tiers::wait(incident, fact.offer, fact.from, fact.to, &fact.clocks),
        Fact::TierTaken(fact) => tiers::taken(incident, fact),
        Fact::TierReturned(fact) => tiers::kept(incident, &fact.clocks).waiting = None,
        Fact::SupervisionOpened(fact) => tiers::supervised(incident, fact, stamp),
        Fact::SupervisionReplied(fact) => tiers::replied(incident, fact),
        Fact::SupervisionStruck(fact) => tiers::struck(incident, fact),
        Fact::Summoned(fact) => tiers::summoned(incident, fact),
        Fact::SummonsArrived(fact) => tiers::arrived(incident, fact, stamp),
        Fact::Reminded(fact) => tiers::reminded(incident, fact),
        Fact::SupervisorAdded(fact) => tiers::overseen(incident, fact),
        Fact::ConferenceStarted(fact) => tiers::conferring(incident, fact, stamp),
        Fact::ConferenceEnded(fact) => tiers::conferred(incident, fact.conference, stamp),
        Fact::ResourceAsked(fact) => tiers::asked(incident, fact),
        Fact::ResourceGranted(fact) => tiers::answered(incident, fact.request, fact.quantity, &fact.clocks),
        Fact::ResourceRefused(fact) => tiers::answered(incident, fact.request, 0, &fact.clocks),
        Fact::Claimed(fact) => tiers::claimed(incident, fact, stamp),
        Fact::ClaimReleased(_) => tiers::kept(incident, &[]).claim = None,
        Fact::HistoryRecorded(fact) => {
            incident.missing.clone_from(&fact.missing);
            for report in &mut incident.reports {
                report.told = fact.answered;
            }
            clocks(incident, &fact.clocks);
            end(incident, Stage::Closed, stamp);
        }
        // Who takes somebody away has set out; whether it was on scene is not said by this.
        Fact::UnitProgressed(fact) => at_work(incident, Some(fact.part), PartStatus::EnRoute, stamp),
        Fact::UnitRecorded(fact) => {
            handover(incident, fact.order, |order| {
                order.status = HandoverStatus::Recorded;
                order.missing.clone_from(&fact.missing);
            });
        }
        Fact::PriorityChanged(fact) => incident.priority = Some(fact.priority),
    }
}
