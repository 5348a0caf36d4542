//! What an incident keeps of requests for time, for the wire.

use domain::incident::{Appealed, Incident, Pending, Wanted};
use wire::v1;

use super::{number_of, to_reason, to_when};

/// Adds suspension, exemptions and waiting requests to the picture of an incident.
pub(super) fn view(view: &mut v1::Incident, incident: &Incident) {
    view.suspension = incident.suspended().map(|suspension| v1::SuspensionView {
        version: suspension.version,
        since: Some(to_when(suspension.since)),
        until: Some(to_when(suspension.until)),
        clocks: suspension.paused.iter().map(|paused| paused.clock.id.to_string()).collect(),
    });
    let exempt = incident.exemptions().iter().map(|exemption| v1::ExemptionView {
        clock: exemption.clock.to_string(),
        version: exemption.version,
        agency: exemption.agency.to_string(),
        reason: Some(to_reason(&exemption.reason)),
    });
    view.exemptions = exempt.collect();
    let pending = incident.leaves.iter().flat_map(|leaves| &leaves.pending);
    view.requests = pending.map(request).collect();
}

fn request(pending: &Pending) -> v1::RequestView {
    let mut view = v1::RequestView {
        request: pending.number.into(),
        kind: number_of::<v1::RequestKind>(pending.wanted.kind().word()),
        agency: pending.agency.to_string(),
        seat: pending.seat.to_string(),
        reason: Some(to_reason(&pending.reason)),
        endorsed_by: pending.endorsed.as_ref().map(ToString::to_string).unwrap_or_default(),
        ..v1::RequestView::default()
    };
    match &pending.wanted {
        Wanted::Extension { clock, version, amount } => {
            (view.clock, view.version, view.amount) = (clock.to_string(), *version, *amount);
        }
        Wanted::Suspension { days } => view.amount = *days,
        Wanted::Appeal(Appealed::Lateness { clock, version }) => {
            (view.clock, view.version) = (clock.to_string(), *version);
        }
        Wanted::Appeal(Appealed::Designation { part }) => view.part = part.unwrap_or(0).into(),
    }
    view
}
