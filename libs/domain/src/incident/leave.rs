//! What an incident keeps of requests for time: what waits for a decision, what is set aside, which lateness is exempt.

use serde::{Deserialize, Serialize};

use super::{
    clock::{ClockId, On, Paused},
    facts::Appealed,
    kinds::{Class, ClockName, RequestKind},
    state::Incident,
};
use crate::{
    id::{Agency, SeatId},
    reason::Reason,
    time::Time,
};

/// All that was asked for and granted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaves {
    /// How many requests there ever were; the next one's number follows.
    pub asked: u16,
    /// Requests that wait for a decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// Clocks that were extended, and how often.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extended: Vec<(ClockId, u32)>,
    /// It is set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Suspension>,
    /// Latenesses that do not count against their holders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exemptions: Vec<Exemption>,
}

/// A request that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its number, from 1.
    pub number: u16,
    /// Who asks.
    pub agency: Agency,
    /// By which seat.
    pub seat: SeatId,
    /// What.
    pub wanted: Wanted,
    /// Why.
    pub reason: Reason,
    /// The seat of the first level that agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endorsed: Option<SeatId>,
}

/// What a request is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// More time on a clock.
    Extension {
        /// Which.
        clock: ClockId,
        /// Its version when it was asked.
        version: u32,
        /// How much more, in its own unit.
        amount: u32,
    },
    /// To set it aside.
    Suspension {
        /// For how many calendar days.
        days: u32,
    },
    /// To be right against a lateness or a designation.
    Appeal(Appealed),
}

/// A time in which nothing is promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// The version of its clock.
    pub version: u32,
    /// Since when.
    pub since: Time,
    /// Until when.
    pub until: Time,
    /// What stands still.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paused: Vec<Paused>,
}

/// A lateness that was judged not to be its holder's fault; it stays on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    /// Of which clock.
    pub clock: ClockId,
    /// Of which version.
    pub version: u32,
    /// Whose.
    pub agency: Agency,
    /// Why.
    pub reason: Reason,
}

impl Wanted {
    /// In one word.
    #[must_use]
    pub const fn kind(&self) -> RequestKind {
        match self {
            Self::Extension { .. } => RequestKind::Extension,
            Self::Suspension { .. } => RequestKind::Suspension,
            Self::Appeal(Appealed::Lateness { .. }) => RequestKind::Appeal,
            Self::Appeal(Appealed::Designation { .. }) => RequestKind::Designation,
        }
    }

    /// Are both for the same thing? Only one of them waits at a time.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Extension { clock, .. }, Self::Extension { clock: other, .. }) => clock == other,
            (Self::Suspension { .. }, Self::Suspension { .. }) => true,
            (Self::Appeal(one), Self::Appeal(other)) => one == other,
            (Self::Extension { .. } | Self::Suspension { .. } | Self::Appeal(_), _) => false,
        }
    }
}

impl Incident {
    /// The clock of a suspension's bound.
    pub const SUSPENSION: ClockId = ClockId::incident(ClockName::Suspension);

    /// A request that waits.
    #[must_use]
    pub fn request(&self, number: u16) -> Option<&Pending> {
        self.leaves.as_ref()?.pending.iter().find(|request| request.number == number)
    }

    /// It is set aside.
    #[must_use]
    pub fn suspended(&self) -> Option<&Suspension> {
        self.leaves.as_ref()?.suspended.as_ref()
    }

    /// Latenesses that do not count against their holders.
    #[must_use]
    pub fn exemptions(&self) -> &[Exemption] {
        self.leaves.as_ref().map_or(&[], |leaves| &leaves.exemptions)
    }

    /// The joint centre, while it has to decide on a request: its seats see the incident for that time, partners hear nothing of
    /// it. A matter of class S is decided by who has to do with it.
    #[must_use]
    pub fn decides(&self) -> Option<&Agency> {
        static CENTRE: std::sync::LazyLock<Agency> = std::sync::LazyLock::new(Agency::grid);
        let leaves = self.leaves.as_ref().filter(|_| self.class != Class::S)?;
        leaves.pending.iter().any(|request| request.endorsed.is_some()).then_some(&*CENTRE)
    }

    /// Whose promise a clock is now.
    #[must_use]
    pub fn holder(&self, clock: ClockId) -> Option<&Agency> {
        match clock.on {
            On::Incident => self.lead_agency(),
            On::Part(part) => self.part(part).map(|part| &part.agency),
            On::Handover(number) => self.handover(number).map(|handover| &handover.to),
            On::Report(nth) => self.reports.get(usize::from(nth).checked_sub(1)?)?.answer.as_ref(),
            On::Tier(_) => self.lead_agency(),
            On::Supervision(number) => self.tiers.as_ref()?.supervision(number).map(|of| &of.agency),
            On::Call(number) => self.tiers.as_ref()?.call(number).map(|of| &of.agency),
            On::Request(number) => self.tiers.as_ref()?.request(number).map(|of| &of.agency),
        }
    }

    /// A matter whose promises nobody moves: of the police, or of priority 1 or 2 (rule 6).
    #[must_use]
    pub fn never_waits(&self) -> bool {
        self.of_police() || self.matter().priority.is_some_and(super::kinds::Priority::emergency)
    }
}
