//! From the first word to the parts: what opens an incident and settles who does what.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        clock::Move,
        kinds::{Class, Flag, Priority},
    },
    Lead, Report, Sealed,
};
use crate::{
    area::{AreaCode, Place},
    id::{Agency, MatterCode, ReportId, UnitId},
    reason::Reason,
};

/// A report opened this incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Received {
    /// The report.
    pub report: Report,
    /// Where, as far as it may be said.
    pub place: Place,
    /// How far it may be seen.
    pub class: Class,
    /// Words that call for care.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub flags: BTreeSet<Flag>,
    /// Words of our own vocabulary found in the text: all that may be read of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<String>,
    /// As the source gave it or the words suggest it: sorts the queue until a person settles it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Who answers for it from now on.
    pub lead: Lead,
    /// Comes from a file of past matters: no reaction, notice or timer touches it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub history: bool,
    /// Why this place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Clocks that begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// A known report came again with other content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Supplemented {
    /// The report.
    pub report: ReportId,
    /// Digest of the new content.
    pub digest: String,
    /// The new words.
    pub sealed: Vec<Sealed>,
    /// Words of our own vocabulary found in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<String>,
}

/// Flags were added or the class was raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Raised {
    /// Flags that were added.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub flags: BTreeSet<Flag>,
    /// The higher class, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// Why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// Answered in the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    /// What kind of answer.
    pub reason: Reason,
    /// The category, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<MatterCode>,
    /// The answer's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// Fixed on patrol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SelfHandled {
    /// By whom.
    pub unit: UnitId,
    /// What kind of matter.
    pub category: MatterCode,
    /// What was done, in a person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Keyed digests of photos and other proof: the same proof used twice shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// Somebody was asked to look before acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerificationAsked {
    /// Whose people look.
    pub agency: Agency,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// What was found on site before acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    /// The matter is there.
    pub found: bool,
    /// Who looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Why it counts as found or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// Not taken on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Declined {
    /// Why.
    pub reason: Reason,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// Taken on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Accepted {
    /// Category at intake.
    pub category: MatterCode,
    /// 1 (life) to 4 (routine).
    pub priority: Priority,
    /// A better place, where triage found one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Why, and whether a person confirmed or overrode the proposal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// One part as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartAsked {
    /// Its number within the incident, from 1.
    pub part: u16,
    /// Which agency is asked.
    pub agency: Agency,
    /// Which desk of that agency, where it has several; the district's where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaCode>,
    /// The incident cannot close before it ended.
    pub mandatory: bool,
    /// What is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<MatterCode>,
    /// Already owned by that agency, which leads; otherwise a transfer offers it.
    pub owned: bool,
}

/// Parts were settled and sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Routed {
    /// The parts.
    pub parts: Vec<PartAsked>,
    /// Why these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// One more agency was asked for a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartAdded {
    /// The part.
    pub part: PartAsked,
    /// Why.
    pub reason: Reason,
    /// Clocks that begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}
