//! Ends and what comes after them: closed, withdrawn, void, reopened, late, recorded from a file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        clock::{ClockId, Move},
        kinds::Stage,
    },
    Sealed,
};
use crate::{
    id::{ReportId, SeatId},
    reason::Reason,
    time::Time,
};

/// The lead closed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Closed {
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The reporter took it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Withdrawn {
    /// Whose reporter took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportId>,
    /// Why.
    pub reason: Reason,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// One person says that it should never have been here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoidAsked {
    /// Who.
    pub seat: SeatId,
    /// Why.
    pub reason: Reason,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// The second person has until then.
    pub until: Time,
}

/// A second person agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Voided {
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// Somebody asks to take it up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReopenAsked {
    /// The report whose reporter asks; none when somebody of the hub does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportId>,
    /// Why.
    pub reason: Reason,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// Taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reopened {
    /// How often it has been, this time included.
    pub round: u16,
    /// Clocks that begin, with higher versions than any before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// Not taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReopenRefused {
    /// Why.
    pub reason: Reason,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// A promise was not kept in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockBreached {
    /// Which clock.
    pub clock: ClockId,
    /// Its version when it ran out.
    pub version: u32,
    /// When it was due.
    pub due: Time,
}

/// A past life was recorded from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryRecorded {
    /// Stages that it must have passed and of which the file tells nothing.
    pub missing: Vec<Stage>,
    /// The answer the reporter got.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// When the reporter was answered; none where the file does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Time>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}
