//! What several desks do on one matter together: the scene, calls that belong together, what is split off, a lead that
//! is called back, each side's own forms and numbers.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        clock::Move,
        kinds::{Channel, Class, Flag, Form, Priority, Topic},
    },
    Lead, Sealed,
};
use crate::{
    area::Place,
    id::{Agency, IncidentId, MatterCode, ReportId, SeatId},
    reason::Reason,
};

/// The police said whether others may enter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SceneDeclared {
    /// Others may enter; until then they stay outside.
    pub safe: bool,
}

/// A report that opened an incident of its own and belongs to this one. Its words stay where they were told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkedReport {
    /// The report.
    pub id: ReportId,
    /// Which system or desk told us.
    pub source: String,
    /// The number it has there, which it keeps.
    pub reference: String,
    /// How it came in.
    pub channel: Channel,
    /// Keyed digest of its content, 32 hex digits.
    pub digest: String,
    /// Who owes its reporter an answer; none where nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Agency>,
}

/// Reports of another incident belong to this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportsLinked {
    /// The incident they had opened.
    pub from: IncidentId,
    /// The reports.
    pub reports: Vec<LinkedReport>,
    /// Clocks that begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// This incident goes on as part of another one (合并 / 关联主警单).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Merged {
    /// The main incident.
    pub into: IncidentId,
    /// Why.
    pub reason: Reason,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// A second matter in it became an incident of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Split {
    /// The new incident.
    pub into: IncidentId,
    /// What the second matter is.
    pub category: MatterCode,
    /// Why.
    pub reason: Reason,
}

/// This incident was split off another one: it begins accepted, and its reporters are the other one's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SplitOff {
    /// The incident it was a part of.
    pub from: IncidentId,
    /// Where, as far as it may be said.
    pub place: Place,
    /// How far it may be seen.
    pub class: Class,
    /// Words that call for care.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub flags: BTreeSet<Flag>,
    /// What the matter is.
    pub category: MatterCode,
    /// 1 (life) to 4 (routine).
    pub priority: Priority,
    /// Who answers for it.
    pub lead: Lead,
    /// Why.
    pub reason: Reason,
    /// Clocks that begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// Who had handed the lead over and kept watch took it back, as an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recalled {
    /// Who leads again.
    pub agency: Agency,
    /// The seat that took it.
    pub seat: SeatId,
    /// Why.
    pub reason: Reason,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The category at feedback was corrected; the one at intake stays beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryCorrected {
    /// The category at feedback; statistics use it.
    pub category: MatterCode,
}

/// Somebody added words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Noted {
    /// What kind of words.
    pub topic: Topic,
    /// The words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
}

/// An agency's own form got its number there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Numbered {
    /// Whose form.
    pub agency: Agency,
    /// Which form.
    pub form: Form,
    /// Its number there; ours never takes its place.
    pub number: String,
    /// The part it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u16>,
}
