//! What a scripted seat does next with an incident: a function of its state and the seed, of nothing else.
//!
//! Pending work is therefore found on the board and kept nowhere: a demo that starts again goes on where it was.
//! Whether a step is allowed is decided by the hub's rules; one that they refuse is counted by the driver.

mod ending;
mod opening;
mod pace;
mod parts;

use domain::{
    id::Agency,
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
        Stage::Received | Stage::Verifying | Stage::Accepted => at.opening(&mut wishes),
        Stage::Routed | Stage::Handling => {
            at.second_thoughts(&mut wishes);
            at.parts(&mut wishes);
        }
        Stage::Done | Stage::Checking | Stage::Followup | Stage::Closed => at.ending(&mut wishes),
        Stage::New | Stage::Declined | Stage::Merged | Stage::Withdrawn | Stage::Void => {}
    }
    wishes.into_iter().min_by_key(|step| step.due)
}

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
