//! Who holds each duty of an incident as it stands.

use std::collections::BTreeMap;

use super::{Duty, Holder, Seats};
use crate::{
    area::AreaCode,
    id::{Agency, SeatId},
    incident::{Fact, Incident, OnLapse, Part, PartStatus, TransferLapsed},
};

/// Looks up who holds what; keeps the desks that facts name and the incident does not.
pub(super) struct Holders<'a> {
    district: AreaCode,
    seats: &'a Seats,
    /// The desk of each transfer's receiver, where one is named.
    offered: BTreeMap<u16, AreaCode>,
    /// The desk of each part's owner, where one is named.
    parts: BTreeMap<u16, AreaCode>,
}

impl<'a> Holders<'a> {
    pub(super) fn new(district: AreaCode, seats: &'a Seats) -> Self {
        Self { district, seats, offered: BTreeMap::new(), parts: BTreeMap::new() }
    }

    /// Keeps the desks that this fact names. `before` is the incident without it.
    pub(super) fn learn(&mut self, before: &Incident, fact: &Fact) {
        if let Fact::Routed(routed) = fact {
            self.parts.extend(routed.parts.iter().filter_map(|part| Some((part.part, part.area?))));
        }
        if let Fact::PartAdded(added) = fact {
            self.parts.extend(added.part.area.map(|area| (added.part.part, area)));
        }
        if let Fact::TransferOffered(offer) = fact {
            self.offered.extend(offer.area.map(|area| (offer.transfer, area)));
        }
        let deemed = |lapse: &&TransferLapsed| lapse.effect == OnLapse::Deemed;
        let accepted = if let Fact::TransferAccepted(taken) = fact { Some(taken.transfer) } else { None };
        let lapsed = if let Fact::TransferLapsed(lapse) = fact { Some(lapse).filter(deemed) } else { None };
        let taken = accepted.or(lapsed.map(|lapse| lapse.transfer));
        if let Some((transfer, part)) = taken.and_then(|number| Some((number, before.handover(number)?.part?))) {
            self.moved(part, self.offered.get(&transfer).copied());
        }
        if let Fact::Designated(designated) = fact
            && let Some(part) = designated.part
        {
            self.moved(part, designated.area);
        }
    }

    fn moved(&mut self, part: u16, to: Option<AreaCode>) {
        match to {
            Some(area) => self.parts.insert(part, area),
            None => self.parts.remove(&part),
        };
    }

    /// Every duty that ever was, and who holds it now.
    pub(super) fn of(&self, incident: &Incident, position: u64) -> Vec<(Duty, Option<Holder>)> {
        let over = incident.stage.ended();
        let lead = || {
            let lead = incident.lead.as_ref().filter(|_| !over)?;
            Some(self.holder(&lead.agency, lead.seat.as_ref(), lead.area, position))
        };
        let part = |part: &Part| match part.status {
            PartStatus::Offered | PartStatus::Returned => lead(),
            PartStatus::Finished | PartStatus::Released => None,
            PartStatus::Owned | PartStatus::Ordered | PartStatus::Signed | PartStatus::EnRoute | PartStatus::OnScene => {
                // What the leading agency routed to itself is done at the seat that leads.
                let leads = incident.lead.as_ref().filter(|lead| lead.agency == part.agency);
                let seat = part.seat.as_ref().or_else(|| leads.and_then(|lead| lead.seat.as_ref()));
                let desk = self.parts.get(&part.id).copied().or_else(|| leads.and_then(|lead| lead.area));
                Some(self.holder(&part.agency, seat, desk, position))
            }
        };
        let mut all = vec![(Duty::Lead, lead())];
        all.extend(incident.parts.iter().map(|asked| (Duty::Part(asked.id), part(asked).filter(|_| !over))));
        all.extend(incident.reports.iter().map(|report| {
            let owed = report.answer.as_ref().filter(|_| report.told.is_none() && !over);
            (Duty::Answer(report.id), owed.map(|agency| self.holder(agency, None, None, position)))
        }));
        all
    }

    fn holder(&self, agency: &Agency, seat: Option<&SeatId>, desk: Option<AreaCode>, position: u64) -> Holder {
        let area = seat.and_then(|seat| self.seats.area(seat, position)).or(desk).unwrap_or(self.district);
        Holder { agency: agency.clone(), seat: seat.cloned(), area, tier: area.level() }
    }
}
