//! Which upper desk looks on when a clock ran out: a function of the board.
//!
//! The holder of a clock sits in a tier: that of the desk that took the lead, or of the seat. The desk of the same agency
//! in the area above it is added as a supervisor; above the district there is none.

use domain::{
    area::AreaCode,
    board::Board,
    id::{Agency, IncidentId, SeatId},
    incident::{ClockId, Command, Incident, clock::On},
};

/// Clocks that ran out under a lower tier, and of which the upper desk has not been told.
pub(super) fn unseen(board: &Board) -> Vec<(IncidentId, Command)> {
    let live = board.incidents().filter(|incident| !incident.stage.ended() && !incident.history);
    let of = |incident: &Incident| {
        let late = incident.clocks.iter().filter(|clock| clock.breached);
        late.filter_map(|clock| upper_desk(board, incident.id, clock.id).map(|command| (incident.id, command))).collect::<Vec<_>>()
    };
    live.flat_map(|incident| of(incident)).collect()
}

/// The desk above the holder of this clock, if it ran out and that desk does not look on yet.
pub(super) fn upper_desk(board: &Board, incident: IncidentId, clock: ClockId) -> Option<Command> {
    let incident = board.incident(incident)?;
    let running = incident.clock(clock).filter(|clock| clock.breached)?;
    let mut known = incident.tiers.iter().flat_map(|tiers| &tiers.overseers);
    if known.any(|known| known.clock == clock && known.version == running.version) {
        return None;
    }
    let (agency, tier) = holder(board, incident, clock)?;
    Some(Command::Oversee { clock, version: running.version, agency, area: tier.parent()? })
}

/// Whose promise it was, and the area of that desk; none where no seat of theirs has taken anything yet.
fn holder(board: &Board, incident: &Incident, clock: ClockId) -> Option<(Agency, AreaCode)> {
    let seated = |seat: Option<&SeatId>| seat.and_then(|id| board.seat(id)).map(|kept| kept.seat.area);
    let lead = || {
        let lead = incident.lead.as_ref()?;
        Some((lead.agency.clone(), lead.area.or_else(|| seated(lead.seat.as_ref()))?))
    };
    match clock.on {
        On::Part(number) => {
            let part = incident.part(number)?;
            Some((part.agency.clone(), seated(part.seat.as_ref())?))
        }
        On::Tier(_) => {
            // Who was offered the lead and did not answer.
            let waiting = incident.tiers.as_ref()?.waiting.as_ref()?;
            Some((incident.lead_agency()?.clone(), waiting.to))
        }
        On::Incident | On::Report(_) => lead(),
        // What another agency owes is not the lead's lateness; its own desk has no tier here.
        On::Handover(_) | On::Supervision(_) | On::Call(_) | On::Request(_) => None,
    }
}
