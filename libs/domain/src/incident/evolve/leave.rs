//! Folds requests for time, suspensions and exemptions.

use super::{
    super::{
        facts::{
            AppealAsked, ClockExempted, ClockExtended, DesignationLifted, ExtensionAsked, RequestEndorsed, Resumed, Suspended,
            SuspensionAsked,
        },
        kinds::{HandoverStatus, PartStatus},
        leave::{Exemption, Leaves, Pending, Suspension, Wanted},
        state::Incident,
    },
    clocks, end_orders, part,
};
use crate::fact::Stamp;

fn leaves(incident: &mut Incident) -> &mut Leaves {
    incident.leaves.get_or_insert_default()
}

fn ask(incident: &mut Incident, request: Pending) {
    let leaves = leaves(incident);
    leaves.asked = request.number;
    leaves.pending.push(request);
}

pub(super) fn extension_asked(incident: &mut Incident, fact: &ExtensionAsked) {
    let wanted = Wanted::Extension { clock: fact.clock, version: fact.version, amount: fact.amount };
    let (agency, seat, reason) = (fact.agency.clone(), fact.seat.clone(), fact.reason.clone());
    ask(incident, Pending { number: fact.request, agency, seat, wanted, reason, endorsed: None });
}

pub(super) fn suspension_asked(incident: &mut Incident, fact: &SuspensionAsked) {
    let wanted = Wanted::Suspension { days: fact.days };
    let (agency, seat, reason) = (fact.agency.clone(), fact.seat.clone(), fact.reason.clone());
    ask(incident, Pending { number: fact.request, agency, seat, wanted, reason, endorsed: None });
}

pub(super) fn appeal_asked(incident: &mut Incident, fact: &AppealAsked) {
    let wanted = Wanted::Appeal(fact.against.clone());
    let (agency, seat, reason) = (fact.agency.clone(), fact.seat.clone(), fact.reason.clone());
    ask(incident, Pending { number: fact.request, agency, seat, wanted, reason, endorsed: None });
}

pub(super) fn endorsed(incident: &mut Incident, fact: &RequestEndorsed) {
    if let Some(request) = leaves(incident).pending.iter_mut().find(|request| request.number == fact.request) {
        request.endorsed = Some(fact.seat.clone());
    }
}

/// A request that was decided waits no longer.
pub(super) fn settled(incident: &mut Incident, request: u16) {
    leaves(incident).pending.retain(|known| known.number != request);
}

pub(super) fn extended(incident: &mut Incident, fact: &ClockExtended) {
    settled(incident, fact.request);
    let extended = &mut leaves(incident).extended;
    match extended.iter_mut().find(|(clock, _)| *clock == fact.clock) {
        Some((_, times)) => *times += 1,
        None => extended.push((fact.clock, 1)),
    }
    clocks(incident, &fact.clocks);
}

pub(super) fn suspended(incident: &mut Incident, fact: &Suspended, stamp: &Stamp) {
    settled(incident, fact.request);
    clocks(incident, &fact.clocks);
    let version = incident.clock(Incident::SUSPENSION).map_or(0, |clock| clock.version);
    let (since, until, paused) = (stamp.occurred(), fact.until, fact.paused.clone());
    leaves(incident).suspended = Some(Suspension { version, since, until, paused });
}

pub(super) fn resumed(incident: &mut Incident, fact: &Resumed) {
    leaves(incident).suspended = None;
    clocks(incident, &fact.clocks);
}

pub(super) fn exempted(incident: &mut Incident, fact: &ClockExempted) {
    settled(incident, fact.request);
    let (agency, reason) = (fact.agency.clone(), fact.reason.clone());
    leaves(incident).exemptions.push(Exemption { clock: fact.clock, version: fact.version, agency, reason });
}

/// The part lies with the lead, as one that came back, until the duty chief designates anew.
pub(super) fn lifted(incident: &mut Incident, fact: &DesignationLifted) {
    settled(incident, fact.request);
    match fact.part {
        Some(number) => {
            end_orders(incident, number, HandoverStatus::Withdrawn);
            part(incident, number, |part| {
                part.designated = false;
                part.status = PartStatus::Returned;
                part.seat = None;
                part.unit = None;
                // Offering it round once more is over: it is designated.
                part.returns = part.returns.max(2);
            });
        }
        None => incident.lead_designated = false,
    }
    clocks(incident, &fact.clocks);
}

/// With the incident's life end a suspension and what was asked for the work ahead; a lateness is still judged.
pub(super) fn ended(incident: &mut Incident) {
    if let Some(leaves) = &mut incident.leaves {
        leaves.suspended = None;
        leaves.pending.retain(|request| matches!(&request.wanted, Wanted::Appeal(super::super::facts::Appealed::Lateness { .. })));
    }
}
