//! Leave of a promise: extensions, suspensions, appeals, each asked for, agreed to at two levels or refused; and what
//! keeps the promises of a first contact and a first feedback.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::clock::{ClockId, Move, Paused},
    Sealed,
};
use crate::{
    id::{Agency, ReportId, SeatId},
    reason::Reason,
    time::Time,
};

/// What an appeal is against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Appealed {
    /// A lateness on record.
    Lateness {
        /// Of which clock.
        clock: ClockId,
        /// Of which version.
        version: u32,
    },
    /// A designation.
    Designation {
        /// Of which part; of the lead where none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        part: Option<u16>,
    },
}

/// More time was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExtensionAsked {
    /// The request's number within the incident, from 1.
    pub request: u16,
    /// Who asks.
    pub agency: Agency,
    /// By which seat.
    pub seat: SeatId,
    /// On which clock.
    pub clock: ClockId,
    /// Its version.
    pub version: u32,
    /// How much more, in the clock's own unit.
    pub amount: u32,
    /// Why.
    pub reason: Reason,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
}

/// It was asked to set the incident aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SuspensionAsked {
    /// The request's number within the incident, from 1.
    pub request: u16,
    /// Who asks.
    pub agency: Agency,
    /// By which seat.
    pub seat: SeatId,
    /// For how long, in calendar days.
    pub days: u32,
    /// Why.
    pub reason: Reason,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
}

/// Somebody appealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppealAsked {
    /// The request's number within the incident, from 1.
    pub request: u16,
    /// Who asks.
    pub agency: Agency,
    /// By which seat.
    pub seat: SeatId,
    /// Against what.
    pub against: Appealed,
    /// Why.
    pub reason: Reason,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
}

/// The first level agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestEndorsed {
    /// To which request.
    pub request: u16,
    /// Which seat.
    pub seat: SeatId,
}

/// A request was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestRefused {
    /// Which.
    pub request: u16,
    /// By which seat.
    pub seat: SeatId,
    /// Why.
    pub reason: Reason,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
}

/// A clock has a new due time, and every reporter who is owed an answer was told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockExtended {
    /// By which request.
    pub request: u16,
    /// Which clock.
    pub clock: ClockId,
    /// Its version before.
    pub version: u32,
    /// When it is due now.
    pub due: Time,
    /// Reports whose reporters were told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<ReportId>,
    /// What they were told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// The clock under its new version.
    pub clocks: Vec<Move>,
}

/// Set aside for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suspended {
    /// By which request.
    pub request: u16,
    /// It goes on by itself then.
    pub until: Time,
    /// Clocks that stand still, and what is left of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paused: Vec<Paused>,
    /// The same clocks stopped, and the clock of the bound.
    pub clocks: Vec<Move>,
}

/// Taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resumed {
    /// The version of the suspension's clock.
    pub version: u32,
    /// From when its clocks go on.
    pub at: Time,
    /// The clocks under new versions, due by what was left.
    pub clocks: Vec<Move>,
}

/// A lateness stays on record, and does not count against its holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockExempted {
    /// By which request.
    pub request: u16,
    /// Which clock was late.
    pub clock: ClockId,
    /// In which version.
    pub version: u32,
    /// Whose lateness.
    pub agency: Agency,
    /// Why.
    pub reason: Reason,
}

/// A designation no longer holds; the duty chief designates anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DesignationLifted {
    /// By which request.
    pub request: u16,
    /// Of which part; of the lead where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u16>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// A reporter was contacted about the handling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReporterContacted {
    /// Whose.
    pub report: ReportId,
    /// What was said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// A part's owner said how the work goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedbackGiven {
    /// The part.
    pub part: u16,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}
