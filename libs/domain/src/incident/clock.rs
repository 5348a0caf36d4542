//! Clocks of an incident: a promise with a due time. Each carries its own version, so an old timer never fires twice.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kinds::{ClockDue, ClockKind, ClockName, ClockStart};
use crate::{
    id::{BadName, IncidentId},
    text::as_text,
    time::Time,
};

/// What a clock is kept on: `total`, `handle/p1`, `sign/h3`, `answer/r1`, `sign/t1`, `reply/s1`, `arrive/c2`, `sign/q1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String")]
pub struct ClockId {
    /// Which promise.
    pub name: ClockName,
    /// On what.
    pub on: On,
}

/// The thing a clock is kept on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum On {
    /// The whole incident.
    Incident,
    /// One part.
    Part(u16),
    /// One hand-over.
    Handover(u16),
    /// One report, counted from 1.
    Report(u16),
    /// One offer between tiers.
    Tier(u16),
    /// One supervision.
    Supervision(u16),
    /// One call of a summons.
    Call(u16),
    /// One request for what is lacking.
    Request(u16),
}

/// A running clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Clock {
    /// Which one.
    pub id: ClockId,
    /// Counts every start, pause and change of this clock, from 1.
    pub version: u32,
    /// In which kind of time it counts.
    pub kind: ClockKind,
    /// How much of it: minutes for hours-kinds, days for days-kinds.
    pub amount: u32,
    /// From when it counts.
    pub begins: ClockStart,
    /// At which moment it falls due.
    pub falls_due: ClockDue,
    /// When it began, as occurred.
    pub start: Time,
    /// When the promise is due.
    pub due: Time,
    /// The fact of lateness has been recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub breached: bool,
}

/// A clock that stands still, and what is left of it in its own kind of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Paused {
    /// As it ran.
    pub clock: Clock,
    /// What is left: milliseconds for hours-kinds, times of day that are still to come for days-kinds.
    pub left: u64,
}

/// How a fact moves a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// Starts it, or gives it a new due time.
    Start(Clock),
    /// Stops it: the promise was kept, or is no longer owed.
    Stop(ClockId),
}

impl ClockId {
    /// A clock on the whole incident.
    #[must_use]
    pub const fn incident(name: ClockName) -> Self {
        Self { name, on: On::Incident }
    }

    /// Is it a promise, which can be broken? The bound of a suspension is none.
    #[must_use]
    pub fn promise(&self) -> bool {
        self.name != ClockName::Suspension
    }

    /// The id of the command with which the hub records, by itself, that a version of this clock ran out.
    #[must_use]
    pub fn timer(&self, incident: IncidentId, version: u32) -> String {
        format!("clock/{incident}/{self}/{version}")
    }

    /// A clock on a part.
    #[must_use]
    pub const fn part(name: ClockName, part: u16) -> Self {
        Self { name, on: On::Part(part) }
    }

    /// A clock on a hand-over.
    #[must_use]
    pub const fn handover(name: ClockName, handover: u16) -> Self {
        Self { name, on: On::Handover(handover) }
    }

    /// A clock on an offer between tiers.
    #[must_use]
    pub const fn tier(name: ClockName, offer: u16) -> Self {
        Self { name, on: On::Tier(offer) }
    }

    /// A clock on a supervision.
    #[must_use]
    pub const fn supervision(name: ClockName, supervision: u16) -> Self {
        Self { name, on: On::Supervision(supervision) }
    }

    /// A clock on one call of a summons.
    #[must_use]
    pub const fn call(name: ClockName, call: u16) -> Self {
        Self { name, on: On::Call(call) }
    }

    /// A clock on a request for what is lacking.
    #[must_use]
    pub const fn request(name: ClockName, request: u16) -> Self {
        Self { name, on: On::Request(request) }
    }

    /// A clock on the n-th report.
    #[must_use]
    pub const fn report(name: ClockName, nth: u16) -> Self {
        Self { name, on: On::Report(nth) }
    }
}

impl fmt::Display for ClockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.on {
            On::Incident => write!(f, "{}", self.name),
            On::Part(n) => write!(f, "{}/p{n}", self.name),
            On::Handover(n) => write!(f, "{}/h{n}", self.name),
            On::Report(n) => write!(f, "{}/r{n}", self.name),
            On::Tier(n) => write!(f, "{}/t{n}", self.name),
            On::Supervision(n) => write!(f, "{}/s{n}", self.name),
            On::Call(n) => write!(f, "{}/c{n}", self.name),
            On::Request(n) => write!(f, "{}/q{n}", self.name),
        }
    }
}

impl FromStr for ClockId {
    type Err = BadName;
    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = || BadName { what: "clock", text: text.to_owned() };
        let (name, on) = match text.split_once('/') {
            None => (text, On::Incident),
            Some((name, on)) => {
                let number = on.get(1..).and_then(|n| n.parse().ok()).ok_or_else(bad)?;
                match on.as_bytes()[0] {
                    b'p' => (name, On::Part(number)),
                    b'h' => (name, On::Handover(number)),
                    b'r' => (name, On::Report(number)),
                    b't' => (name, On::Tier(number)),
                    b's' => (name, On::Supervision(number)),
                    b'c' => (name, On::Call(number)),
                    b'q' => (name, On::Request(number)),
                    _ => return Err(bad()),
                }
            }
        };
        Ok(Self { name: ClockName::from_word(name).ok_or_else(bad)?, on })
    }
}

as_text!(ClockId);
