//! Folds what goes up, down and sideways.

use super::{
    super::{
        clock::Move,
        facts::{
            Claimed, ConferenceStarted, Fact, Lead, Reminded, ResourceAsked, Summoned, SummonsArrived, SupervisionOpened,
            SupervisionReplied, SupervisionStruck, SupervisorAdded, TierTaken,
        },
        state::Incident,
        tiers::{Call, Claim, Conference, Overseer, ResourceRequest, Supervision, TierMove, Tiers},
    },
    change::{clocks, seat_of},
};
use crate::{area::AreaCode, fact::Stamp};

/// What is kept of it, once the fact's clocks have moved.
pub(super) fn kept<'a>(incident: &'a mut Incident, moves: &[Move]) -> &'a mut Tiers {
    clocks(incident, moves);
    incident.tiers.get_or_insert_default()
}

pub(super) fn wait(incident: &mut Incident, offer: u16, from: AreaCode, to: AreaCode, moves: &[Move]) {
    let tiers = kept(incident, moves);
    tiers.offers = offer;
    tiers.waiting = Some(TierMove { offer, from, to });
}

/// The lead moves within its agency, to the seat of the person who took it.
pub(super) fn taken(incident: &mut Incident, fact: &TierTaken) {
    kept(incident, &fact.clocks).waiting = None;
    if let Some(lead) = &mut incident.lead {
        *lead = Lead { agency: lead.agency.clone(), area: Some(fact.area), seat: Some(fact.seat.clone()) };
    }
}

pub(super) fn supervised(incident: &mut Incident, fact: &SupervisionOpened, stamp: &Stamp) {
    kept(incident, &fact.clocks).supervisions.push(Supervision {
        id: fact.supervision,
        level: fact.level,
        from: fact.from.clone(),
        agency: fact.agency.clone(),
        by: seat_of(stamp),
        replied: None,
        struck: false,
    });
}

pub(super) fn replied(incident: &mut Incident, fact: &SupervisionReplied) {
    let mut all = kept(incident, &fact.clocks).supervisions.iter_mut();
    if let Some(known) = all.find(|known| known.id == fact.supervision) {
        known.replied = Some(fact.seat.clone());
    }
}

pub(super) fn struck(incident: &mut Incident, fact: &SupervisionStruck) {
    let mut all = kept(incident, &fact.clocks).supervisions.iter_mut();
    if let Some(known) = all.find(|known| known.id == fact.supervision) {
        known.struck = true;
    }
}

pub(super) fn summoned(incident: &mut Incident, fact: &Summoned) {
    let tiers = kept(incident, &fact.clocks);
    tiers.summonses = fact.summons;
    tiers.calls.extend(fact.calls.iter().map(|called| Call {
        id: called.call,
        summons: fact.summons,
        agency: called.agency.clone(),
        area: fact.area,
        by: fact.by,
        from: fact.from.clone(),
        arrived: None,
    }));
}

pub(super) fn arrived(incident: &mut Incident, fact: &SummonsArrived, stamp: &Stamp) {
    let mut all = kept(incident, &fact.clocks).calls.iter_mut();
    if let Some(call) = all.find(|call| call.id == fact.call) {
        call.arrived = Some(stamp.occurred());
    }
}

pub(super) fn reminded(incident: &mut Incident, fact: &Reminded) {
    let reminders = &mut kept(incident, &[]).reminders;
    match reminders.iter_mut().find(|(agency, _)| *agency == fact.agency) {
        Some((_, times)) => *times = fact.times,
        None => reminders.push((fact.agency.clone(), fact.times)),
    }
}

pub(super) fn overseen(incident: &mut Incident, fact: &SupervisorAdded) {
    let overseer = Overseer { agency: fact.agency.clone(), area: fact.area, clock: fact.clock, version: fact.version };
    kept(incident, &[]).overseers.push(overseer);
}

pub(super) fn conferring(incident: &mut Incident, fact: &ConferenceStarted, stamp: &Stamp) {
    let report = fact.report.and_then(|id| incident.report(id)).map(|(number, _)| number);
    let (id, parties, started) = (fact.conference, fact.parties.clone(), stamp.occurred());
    kept(incident, &[]).conferences.push(Conference { id, parties, report, started, ended: None });
}

pub(super) fn conferred(incident: &mut Incident, conference: u16, stamp: &Stamp) {
    let mut all = kept(incident, &[]).conferences.iter_mut();
    if let Some(known) = all.find(|known| known.id == conference) {
        known.ended = Some(stamp.occurred());
    }
}

pub(super) fn asked(incident: &mut Incident, fact: &ResourceAsked) {
    kept(incident, &fact.clocks).requests.push(ResourceRequest {
        id: fact.request,
        from: fact.from.clone(),
        agency: fact.agency.clone(),
        what: fact.what.clone(),
        quantity: fact.quantity,
        granted: None,
    });
}

pub(super) fn answered(incident: &mut Incident, request: u16, quantity: u16, moves: &[Move]) {
    let mut all = kept(incident, moves).requests.iter_mut();
    if let Some(known) = all.find(|known| known.id == request) {
        known.granted = Some(quantity);
    }
}

pub(super) fn claimed(incident: &mut Incident, fact: &Claimed, stamp: &Stamp) {
    let tiers = kept(incident, &[]);
    let since = tiers.claimed(stamp.time).filter(|claim| claim.seat == fact.seat).map_or(stamp.time, |claim| claim.since);
    tiers.claim = Some(Claim { seat: fact.seat.clone(), since, until: fact.until, minutes: fact.minutes });
}

/// What any other fact changes here: an act of the seat that claimed it renews the claim; an offer between tiers is void
/// once another agency leads; at the end nothing waits.
pub(super) fn follow(incident: &mut Incident, fact: &Fact, stamp: &Stamp) {
    if incident.tiers.is_none() {
        return;
    }
    let void = incident.stage.ended() || lead_moved(incident, fact);
    let ended = incident.stage.ended();
    let Some(tiers) = &mut incident.tiers else { return };
    if void {
        tiers.waiting = None;
    }
    if ended {
        tiers.claim = None;
    }
    let by = stamp.actor.split_once('/').filter(|(kind, _)| *kind != "machine").map_or("", |(_, seat)| seat);
    if let Some(claim) = &mut tiers.claim
        && claim.seat.as_str() == by
        && stamp.time <= claim.until
    {
        claim.until = claim.until.max(claim.lasts_from(stamp.time));
    }
}

/// Did this fact give the lead to another agency?
fn lead_moved(incident: &Incident, fact: &Fact) -> bool {
    if let Fact::TransferAccepted(accepted) = fact {
        return incident.handover(accepted.transfer).is_some_and(|transfer| transfer.lead);
    }
    matches!(fact, Fact::Designated(designated) if designated.lead) || matches!(fact, Fact::Recalled(_))
}
