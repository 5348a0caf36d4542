//! What only files of past matters tell: a unit's way beyond our own steps, its end, another priority.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::kinds::{Priority, UnitStage};
use crate::{id::UnitId, reason::Reason};

/// A unit of a past matter went on in a way that has no fact of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitProgressed {
    /// For which part.
    pub part: u16,
    /// By which order.
    pub order: u16,
    /// Which unit.
    pub unit: UnitId,
    /// What it came to.
    pub step: UnitStage,
}

/// A unit's past order was recorded to its end. It occurred when the unit was free again, where the file says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitRecorded {
    /// For which part.
    pub part: u16,
    /// By which order.
    pub order: u16,
    /// Which unit.
    pub unit: UnitId,
    /// Stages of this order of which the file gives no time.
    pub missing: Vec<UnitStage>,
}

/// A past matter got another priority than at first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PriorityChanged {
    /// The priority before; none where nobody had settled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Priority>,
    /// 1 (life) to 4 (routine).
    pub priority: Priority,
    /// What the file says of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
}
