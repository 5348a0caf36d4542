//! What goes up, down and sideways, for a viewer who sees the incident whole.

use domain::incident::{Call, Claim, Conference, Overseer, ResourceRequest, Supervision, Tiers};
use wire::v1;

use super::to_when;

pub(super) fn view(tiers: &Tiers) -> v1::TiersView {
    v1::TiersView {
        offered_to: tiers.waiting.as_ref().map(|waiting| waiting.to.to_string()).unwrap_or_default(),
        informed: tiers.informed.into(),
        supervisions: tiers.supervisions.iter().map(supervision).collect(),
        calls: tiers.calls.iter().map(call).collect(),
        reminders: tiers.reminders.iter().map(|(agency, times)| (agency.to_string(), (*times).into())).collect(),
        overseers: tiers.overseers.iter().map(overseer).collect(),
        conferences: tiers.conferences.iter().map(conference).collect(),
        requests: tiers.requests.iter().map(request).collect(),
        claim: tiers.claim.as_ref().map(claim),
    }
}

fn text<T: std::fmt::Display>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn supervision(of: &Supervision) -> v1::SupervisionView {
    v1::SupervisionView {
        supervision: of.id.into(),
        level: of.level.into(),
        from: of.from.to_string(),
        agency: of.agency.to_string(),
        by: text(of.by.as_ref()),
        replied: text(of.replied.as_ref()),
        struck: of.struck,
    }
}

fn call(call: &Call) -> v1::CallView {
    v1::CallView {
        call: call.id.into(),
        summons: call.summons.into(),
        agency: call.agency.to_string(),
        from: call.from.to_string(),
        area: call.area.to_string(),
        by: Some(to_when(call.by)),
        arrived: call.arrived.map(to_when),
    }
}

fn overseer(of: &Overseer) -> v1::OverseerView {
    v1::OverseerView { agency: of.agency.to_string(), area: of.area.to_string(), clock: of.clock.to_string() }
}

fn conference(of: &Conference) -> v1::ConferenceView {
    v1::ConferenceView {
        conference: of.id.into(),
        parties: of.parties.iter().map(ToString::to_string).collect(),
        report: of.report.unwrap_or(0).into(),
        started: Some(to_when(of.started)),
        ended: of.ended.map(to_when),
    }
}

fn request(of: &ResourceRequest) -> v1::HelpView {
    v1::HelpView {
        request: of.id.into(),
        from: of.from.to_string(),
        agency: of.agency.to_string(),
        what: of.what.to_string(),
        quantity: of.quantity.into(),
        granted: of.granted.map(Into::into),
    }
}

fn claim(claim: &Claim) -> v1::ClaimView {
    v1::ClaimView { seat: claim.seat.to_string(), since: Some(to_when(claim.since)), until: Some(to_when(claim.until)) }
}
