//! What a scripted seat does next with an incident: a function of its state and the seed, of nothing else.
//!
//! Pending work is therefore found on the board and kept nowhere: a demo that starts again goes on where it was.
//! Whether a step is allowed is decided by the hub's rules; one that they refuse is counted by the driver.

mod ending;
mod leave;
mod opening;
mod pace;
mod parts;
mod tiers;

use domain::{
    id::{Agency, AgencyKind},
    incident::{Incident, Stage},
    policy::Calendar,
    seat::Role,
    time::Time,
};
use wire::v1::{self, feedback_act_request, intake_act_request, triage_act_request};

pub(crate) use ending::ask_reopen_id;
pub(crate) use opening::{opened, routed};
use pace::Pace;

/// One thing that one seat will do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// What it is called in command ids.
    pub(crate) name: &'static str,
    /// Whose seat.
    pub(crate) agency: Agency,
    /// Which seat of that agency.
    pub(crate) role: Role,
    /// When.
    pub(crate) due: Time,
    /// What.
    pub(crate) act: Act,
}

/// What is done, as it goes over the road.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    /// Looks at the proposal and begins: answers, accepts, hands over ([`opened`]).
    Open,
    /// Looks at the proposal and settles the parts ([`routed`]).
    Route,
    /// A command of intake.
    Intake(intake_act_request::Action),
    /// A command of triage.
    Triage(triage_act_request::Action),
    /// A command of feedback.
    Feedback(feedback_act_request::Action),
}

/// The next step, if anything is left to do.
pub(crate) fn next(incident: &Incident, calendar: &Calendar, seed: u64) -> Option<Step> {
    if incident.history {
        return None;
    }
    let lead = incident.lead_agency()?.clone();
    let pace = Pace::new(incident, calendar, seed);
    let at = On { incident, pace, lead };
    let mut wishes = Vec::new();
    match incident.stage {
        Stage::New | Stage::Declined | Stage::Merged | Stage::Withdrawn | Stage::Void => {}
        _ => at.leave(&mut wishes),
    }
    match incident.stage {
        // Set aside: nobody works on it.
        _ if incident.suspended().is_some() => {}
        Stage::Received | Stage::Verifying | Stage::Accepted => at.opening(&mut wishes),
        Stage::Routed | Stage::Handling => {
            at.second_thoughts(&mut wishes);
            at.parts(&mut wishes);
        }
        Stage::Done | Stage::Checking | Stage::Followup | Stage::Closed => at.ending(&mut wishes),
        Stage::New | Stage::Declined | Stage::Merged | Stage::Withdrawn | Stage::Void => {}
    }
    if !incident.stage.ended() {
        at.beside(&mut wishes);
    }
    wishes.into_iter().filter(|step| !by_partner(incident, step)).min_by_key(|step| step.due)
}

/// Is this the work of a partner's system and its people? The 110 does all of the police's; the grid platform what it
/// reported or took over, and all that workers do.
fn by_partner(incident: &Incident, step: &Step) -> bool {
    let from_platform = |seat: &Option<domain::id::SeatId>| seat.as_ref().is_some_and(|seat| seat.as_str().starts_with(PLATFORM));
    match step.agency.kind() {
        AgencyKind::Police => true,
        AgencyKind::Grid => {
            let field = matches!(step.role, Role::Handler | Role::Checker);
            let reported = incident.reports.first().is_some_and(|report| report.source == PLATFORM);
            let leads = incident.lead.as_ref().is_some_and(|lead| lead.agency == Agency::grid() && from_platform(&lead.seat));
            let has_part = incident.parts.iter().any(|part| part.agency == Agency::grid() && from_platform(&part.seat));
            let offered = incident.handovers.iter().any(|offer| offer.open() && offer.to == Agency::grid());
            field || reported || leads || has_part || offered
        }
        AgencyKind::Hotline | AgencyKind::Department | AgencyKind::Organisation => false,
    }
}

/// The grid platform's name, with which its people's begin, too.
const PLATFORM: &str = "gridplatform";

/// One incident as its seats look at it.
struct On<'a> {
    incident: &'a Incident,
    pace: Pace<'a>,
    lead: Agency,
}

/// A reason without arguments.
fn why(code: &str) -> Option<v1::Reason> {
    Some(v1::Reason { code: code.to_owned(), ..v1::Reason::default() })
}
