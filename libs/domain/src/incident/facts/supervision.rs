//! Supervisions, summonses, reminders, upper desks that look on. The owner stays with each of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::clock::{ClockId, Move},
    Sealed,
};
use crate::{area::AreaCode, id::Agency, id::SeatId, reason::Reason, time::Time};

/// A supervision was opened (督办).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupervisionOpened {
    /// Its number, from 1.
    pub supervision: u16,
    /// 1 to 3; 1 is the strictest.
    pub level: u8,
    /// Whose desk opened it.
    pub from: Agency,
    /// Who has to reply.
    pub agency: Agency,
    /// Why.
    pub reason: Reason,
    /// Clocks that begin: when the reply is due.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// Somebody replied to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupervisionReplied {
    /// Its number.
    pub supervision: u16,
    /// Who replied.
    pub seat: SeatId,
    /// The reply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// It was struck off (销号), by a supervisor who did not reply to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupervisionStruck {
    /// Its number.
    pub supervision: u16,
    /// Why.
    pub reason: Reason,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// One agency of a summons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Called {
    /// The call's number, from 1 over all summonses of the incident.
    pub call: u16,
    /// Who is called.
    pub agency: Agency,
}

/// Agencies were called to a place (吹哨); each has a clock of its own until it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summoned {
    /// Its number, from 1.
    pub summons: u16,
    /// Who is called.
    pub calls: Vec<Called>,
    /// Whose desk calls.
    pub from: Agency,
    /// Where to.
    pub area: AreaCode,
    /// Until when.
    pub by: Time,
    /// Why.
    pub reason: Reason,
    /// Clocks that begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// One of them is there. Late is late: the breach rides ahead of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SummonsArrived {
    /// The call.
    pub call: u16,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// An agency's seat was reminded (催办).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reminded {
    /// Whom.
    pub agency: Agency,
    /// For the how manieth time.
    pub times: u16,
    /// Why.
    pub reason: Reason,
}

/// The upper desk looks on, because a clock ran out below it. The lead stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupervisorAdded {
    /// The clock.
    pub clock: ClockId,
    /// Its version.
    pub version: u32,
    /// Whose desk.
    pub agency: Agency,
    /// Of which tier.
    pub area: AreaCode,
    /// Why.
    pub reason: Reason,
}
