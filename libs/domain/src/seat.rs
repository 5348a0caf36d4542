//! Seats: who may act. A seat is an agency's work place in an area with roles, never a person's name.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    area::AreaCode,
    id::{Agency, SeatId},
    time::Time,
};

/// The reader's language; Chinese first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// zh-CN.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// Picks the text in this language.
    #[must_use]
    pub const fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// What a seat is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 接警席: takes reports in.
    CallTaker,
    /// 派警席: accepts, routes, orders.
    Dispatcher,
    /// 值班长: designates, decides what is contested.
    DutyChief,
    /// 处置: a unit's terminal.
    Handler,
    /// 核查: checks on site.
    Checker,
    /// 回访: asks the reporters.
    FollowUp,
    /// 督查: supervises.
    Supervisor,
    /// 审计: reads everything that is not sealed.
    Auditor,
    /// 系统管理: sets seats up and keeps keys; decides nothing about an incident, as none of the three administrators (三员) does.
    Administrator,
    /// 安全管理: gives seats new tokens and takes seats out of use.
    SecurityAdministrator,
    /// 审计管理: reads what the other two did.
    AuditAdministrator,
}

impl Role {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::CallTaker,
        Self::Dispatcher,
        Self::DutyChief,
        Self::Handler,
        Self::Checker,
        Self::FollowUp,
        Self::Supervisor,
        Self::Auditor,
        Self::Administrator,
        Self::SecurityAdministrator,
        Self::AuditAdministrator,
    ];

    /// One of the three administrators: their powers stay apart, and none of them handles matters.
    #[must_use]
    pub const fn is_administrator(self) -> bool {
        matches!(self, Self::Administrator | Self::SecurityAdministrator | Self::AuditAdministrator)
    }

    /// The word in files, facts and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CallTaker => "call_taker",
            Self::Dispatcher => "dispatcher",
            Self::DutyChief => "duty_chief",
            Self::Handler => "handler",
            Self::Checker => "checker",
            Self::FollowUp => "follow_up",
            Self::Supervisor => "supervisor",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
            Self::SecurityAdministrator => "security_administrator",
            Self::AuditAdministrator => "audit_administrator",
        }
    }

    /// The role that is called so.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.word() == word)
    }
}

/// One seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Seat {
    /// Its name.
    pub id: SeatId,
    /// Whose seat it is.
    pub agency: Agency,
    /// The area it works for; it sees what lies within.
    pub area: AreaCode,
    /// What it is there for.
    pub roles: BTreeSet<Role>,
    /// Decides by script (demo, import); every fact it causes says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub scripted: bool,
}

impl Seat {
    /// Does the seat have this role?
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Is it there for nothing but the keeping of the hub?
    #[must_use]
    pub fn administers_only(&self) -> bool {
        self.roles.iter().all(|role| role.is_administrator())
    }

    /// May one seat have these roles together? An administrator's stands alone.
    #[must_use]
    pub fn apart(&self) -> bool {
        self.roles.len() < 2 || !self.roles.iter().any(|role| role.is_administrator())
    }
}

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person at a seat (or a script in its place).
    Seat(Seat),
    /// A rule or timer of the hub; it may remind, deliver and count, but never judge.
    Machine(&'static str),
}

impl Actor {
    /// How facts name the actor: `seat/…`, `script/…` or `machine/…`.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Seat(seat) if seat.scripted => format!("script/{}", seat.id),
            Self::Seat(seat) => format!("seat/{}", seat.id),
            Self::Machine(rule) => format!("machine/{rule}"),
        }
    }

    /// The seat, if a person acts.
    #[must_use]
    pub const fn seat(&self) -> Option<&Seat> {
        match self {
            Self::Seat(seat) => Some(seat),
            Self::Machine(_) => None,
        }
    }
}

crate::fact::shapes! {
    /// One fact about one seat.
    Fact {
        /// A seat was set up, or set up anew with another token.
        "seat.added" Added,
        /// A seat was taken out of use; its token no longer opens anything.
        "seat.locked" Locked,
        /// A seat got another token; the one before opens nothing from then on.
        "seat.reset" Reset,
    }
}

/// A seat was set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Added {
    /// The seat.
    pub seat: Seat,
    /// SHA-256 of its 256-bit random token, in hex; the token itself is shown once and kept nowhere.
    pub token_sha256: String,
}

/// A seat was taken out of use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Locked {}

/// A seat got another token. Whether it is in use stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reset {
    /// SHA-256 of its new 256-bit random token, in hex; the token itself is shown once and kept nowhere.
    pub token_sha256: String,
}

/// A seat as folded from its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Facts folded so far.
    pub version: u32,
    /// Position of the last.
    pub position: u64,
    /// The seat.
    pub seat: Seat,
    /// SHA-256 of its token, hex.
    pub token_sha256: String,
    /// Since when it is out of use.
    pub locked: Option<Time>,
    /// Commands it accepted.
    #[serde(with = "crate::fact::commands")]
    pub commands: Vec<crate::fact::Accepted>,
}
