//! Partners: the systems of other agencies that the bridge speaks to. What came from them and what they hold of ours is
//! on record, frame by frame: both sides can lay their ledgers beside each other.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fact::Stamp,
    id::{Agency, IncidentId},
    time::Time,
};

crate::fact::shapes! {
    /// One fact about the link to one partner.
    Fact {
        /// The partner is there, and frames go both ways.
        "partner.connected" Connected,
        /// Nothing goes either way any more.
        "partner.cut" Cut,
        /// A frame of the partner's came in, once, and what became of it.
        "partner.received" Received,
        /// Frames of ours left and are not committed yet.
        "partner.sent" Sent,
        /// The partner has our frames up to a number on its disk.
        "partner.committed" Committed,
    }
}

/// How frames travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// A connection that the partner holds.
    Stream,
    /// Signed files in an in and an out folder.
    Ferry,
}

impl Transport {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Ferry => "ferry",
        }
    }
}

/// Why a link is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The connection ended.
    Closed,
    /// Nothing was heard for too long.
    Silent,
    /// The hub itself stopped.
    Stopped,
}

impl Why {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Silent => "silent",
            Self::Stopped => "stopped",
        }
    }
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It became facts.
    Taken,
    /// All it says was so already.
    Known,
    /// The rules said no.
    Refused,
    /// It says what cannot be: an unknown code, another district.
    Wrong,
}

impl Outcome {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Known => "known",
            Self::Refused => "refused",
            Self::Wrong => "wrong",
        }
    }
}

/// The partner is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Connected {
    /// How frames travel.
    pub transport: Transport,
}

/// Nothing goes either way any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cut {
    /// Why.
    pub why: Why,
}

/// A frame came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Received {
    /// The number the partner gave it.
    pub number: u64,
    /// SHA-256 of the frame's bytes, hex.
    pub digest: String,
    /// Which kind of frame.
    pub frame: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was refused or is wrong: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The code's arguments by name; never personal data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
    /// The incident it is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
}

/// Frames left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sent {
    /// The last frame's number.
    pub number: u64,
    /// The file it left in, where frames travel as files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u64>,
}

/// The partner has frames on its disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Committed {
    /// The last frame's number.
    pub number: u64,
}

/// A link as folded from its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Facts folded so far.
    pub version: u32,
    /// Position of the last.
    pub position: u64,
    /// Whose system.
    pub agency: Agency,
    /// How frames travel; none before the first connection.
    pub transport: Option<Transport>,
    /// Frames go both ways; else why they do not.
    pub cut: Option<Why>,
    /// Since when it is as it is.
    pub since: Time,
    /// The last number received from the partner.
    pub received: u64,
    /// When that was.
    pub received_at: Option<Time>,
    /// Frames taken.
    pub taken: u64,
    /// Frames that said nothing new.
    pub known: u64,
    /// Frames that the rules refused.
    pub refused: u64,
    /// Frames that say what cannot be.
    pub wrong: u64,
    /// The last number of ours that is known to have left.
    pub sent: u64,
    /// The last file it left in.
    pub batch: u64,
    /// The last number of ours that the partner holds.
    pub committed: u64,
}

impl Kept {
    /// A link of which nothing is known yet.
    #[must_use]
    pub fn new(agency: Agency) -> Self {
        Self {
            version: 0,
            position: 0,
            agency,
            transport: None,
            cut: Some(Why::Closed),
            since: Time::default(),
            received: 0,
            received_at: None,
            taken: 0,
            known: 0,
            refused: 0,
            wrong: 0,
            sent: 0,
            batch: 0,
            committed: 0,
        }
    }

    /// Folds in one fact. One already seen changes nothing.
    pub(crate) fn apply(&mut self, fact: &Fact, stamp: &Stamp) {
        if stamp.version <= self.version {
            return;
        }
        self.version = stamp.version;
        self.position = stamp.position;
        match fact {
            Fact::Connected(fact) => {
                self.transport = Some(fact.transport);
                self.cut = None;
                self.since = stamp.time;
            }
            Fact::Cut(fact) => {
                self.cut = Some(fact.why);
                self.since = stamp.occurred();
            }
            Fact::Received(fact) => {
                self.received = fact.number;
                self.received_at = Some(stamp.time);
                match fact.outcome {
                    Outcome::Taken => self.taken += 1,
                    Outcome::Known => self.known += 1,
                    Outcome::Refused => self.refused += 1,
                    Outcome::Wrong => self.wrong += 1,
                }
            }
            Fact::Sent(fact) => {
                self.sent = self.sent.max(fact.number);
                self.batch = fact.batch.unwrap_or(self.batch);
            }
            Fact::Committed(fact) => {
                self.committed = self.committed.max(fact.number);
                self.sent = self.sent.max(fact.number);
            }
        }
    }
}
