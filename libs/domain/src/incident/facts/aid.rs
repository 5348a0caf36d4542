//! Help at once: conference calls, and what other agencies are asked for. The lead stays with each of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{super::clock::Move, Sealed};
use crate::{
    id::{Agency, MatterCode, ReportId},
    reason::Reason,
};

/// A conference call began (三方通话).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConferenceStarted {
    /// Its number, from 1.
    pub conference: u16,
    /// Who is on it, the desk that began it first.
    pub parties: Vec<Agency>,
    /// The reporter who is on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportId>,
    /// Why.
    pub reason: Reason,
}

/// It ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConferenceEnded {
    /// Its number.
    pub conference: u16,
    /// What came of it.
    pub outcome: Reason,
    /// Words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
}

/// Another agency was asked for what is lacking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceAsked {
    /// Its number, from 1.
    pub request: u16,
    /// Who asks.
    pub from: Agency,
    /// Who is asked.
    pub agency: Agency,
    /// What for, as a code.
    pub what: MatterCode,
    /// How many.
    pub quantity: u16,
    /// Why.
    pub reason: Reason,
    /// Clocks that begin: until when it is answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// It gives some, or all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceGranted {
    /// The request.
    pub request: u16,
    /// How many.
    pub quantity: u16,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// It cannot: a lawful answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceRefused {
    /// The request.
    pub request: u16,
    /// Why.
    pub reason: Reason,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}
