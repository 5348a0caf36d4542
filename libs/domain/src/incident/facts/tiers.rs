//! Between the tiers of one command line: informed upward, offered up, handed down, taken or given back by a person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{super::clock::Move, Sealed};
use crate::{area::AreaCode, id::SeatId, reason::Reason};

/// The upper tier was informed (上报); the owner stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InformedUpward {
    /// By the desk of this area.
    pub from: AreaCode,
    /// To the desk of this one; none above the district, where it goes to the city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<AreaCode>,
    /// First, further or final report, and of what.
    pub reason: Reason,
    /// Words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The lead was offered to the next tier up (提级).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Escalated {
    /// Its number among the offers between tiers, from 1.
    pub offer: u16,
    /// From the desk of this area.
    pub from: AreaCode,
    /// To the desk of this one.
    pub to: AreaCode,
    /// Why.
    pub reason: Reason,
    /// Words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The lead was handed to a lower tier (交办), to be signed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HandedDown {
    /// Its number among the offers between tiers, from 1.
    pub offer: u16,
    /// From the desk of this area.
    pub from: AreaCode,
    /// To the desk of this one.
    pub to: AreaCode,
    /// Why.
    pub reason: Reason,
    /// Clocks that begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// A person of the other tier took the lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TierTaken {
    /// The offer.
    pub offer: u16,
    /// The desk that leads from now on.
    pub area: AreaCode,
    /// Its seat.
    pub seat: SeatId,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The other tier gave it back; the lead never left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TierReturned {
    /// The offer.
    pub offer: u16,
    /// Why.
    pub reason: Reason,
    /// Words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}
