//! Which seat works on it: for the others to see, a bar to nobody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{id::SeatId, reason::Reason, time::Time};

/// A seat works on it. Each of its acts renews this; without one it ends by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claimed {
    /// Which seat.
    pub seat: SeatId,
    /// How long it lasts after each of the seat's acts.
    pub minutes: u32,
    /// Until when, if the seat does nothing more.
    pub until: Time,
    /// The seat it was taken over from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<SeatId>,
    /// Why it was taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// The seat let it go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimReleased {
    /// Which seat.
    pub seat: SeatId,
}
