//! Handling and its proof: units, parts, checks, telling and asking the reporters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        clock::Move,
        kinds::{Outcome, Satisfaction},
    },
    Sealed,
};
use crate::{
    id::{Agency, MatterCode, ReportId, UnitId},
    reason::Reason,
};

/// A unit set out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitEnRoute {
    /// For which part.
    pub part: u16,
    /// By which order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<u16>,
    /// Which unit.
    pub unit: UnitId,
}

/// A unit arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitOnScene {
    /// For which part.
    pub part: u16,
    /// By which order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<u16>,
    /// Which unit.
    pub unit: UnitId,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// A part's owner reported its work done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartFinished {
    /// The part.
    pub part: u16,
    /// The category at feedback; statistics use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<MatterCode>,
    /// How it came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Keyed digests of photos and other proof: the same proof used twice shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// What was done, in a person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The lead let an assisting part go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartReleased {
    /// The part.
    pub part: u16,
    /// Why.
    pub reason: Reason,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// All mandatory parts are done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// Somebody else was asked to check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckAsked {
    /// Whose people check.
    pub agency: Agency,
    /// Clocks that begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// In order.
    pub passed: bool,
    /// Why.
    pub reason: Reason,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Keyed digests of photos and other proof.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// Parts that go back to their owners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub back: Vec<u16>,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// A reporter was told the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReporterTold {
    /// The report.
    pub report: ReportId,
    /// The answer's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// A reporter was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FollowedUp {
    /// The report.
    pub report: ReportId,
    /// The reporter was reached.
    pub reached: bool,
    /// Was the reporter contacted in time while it was handled? The reporter's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacted: Option<bool>,
    /// Why it was not reached, or why the reporter is unhappy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Is it solved? The reporter's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solved: Option<bool>,
    /// How satisfied? The reporter's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfaction: Option<Satisfaction>,
    /// Words of the reporter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}
