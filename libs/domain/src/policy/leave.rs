//! Leave of a promise: how often and how much an extension, a suspension and an appeal may ask for, and with which reasons.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::header::{File, Header, PolicyError};
use crate::{incident::kinds::ClockName, reason::ReasonCode};

/// Longer than this is a slip of the pen: ten years.
const MOST_DAYS: u32 = 3_660;

/// The rules in force.
#[derive(Debug, Clone)]
pub struct Leave {
    /// What the file says of itself.
    pub header: Header,
    /// More time before a clock runs out (延期).
    pub extension: Extension,
    /// A time in which nothing is promised (挂账).
    pub suspension: Suspension,
    /// Against a lateness, or a designation (申诉).
    pub appeal: Appeal,
    /// Reasons for which a request may be refused.
    pub refusals: BTreeSet<ReasonCode>,
    /// A clock with at most this share of its time left is shown as near its due time, in percent.
    pub warn_percent: u32,
}

/// Extensions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// How often one clock.
    pub most: u32,
    /// How much at a time, in percent of what the clock has.
    pub percent: u32,
    /// Which clocks.
    pub clocks: BTreeSet<ClockName>,
    /// Reasons that may be given.
    pub reasons: BTreeSet<ReasonCode>,
}

/// Suspensions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// How often one incident.
    pub most: u32,
    /// How long at a time, in calendar days.
    pub days: u32,
    /// Reasons that may be given.
    pub reasons: BTreeSet<ReasonCode>,
}

/// Appeals.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appeal {
    /// Until when after the lateness, in calendar days.
    pub days: u32,
    /// Reasons that may be given.
    pub reasons: BTreeSet<ReasonCode>,
}

#[derive(Deserialize)]
struct Body {
    extension: Extension,
    suspension: Suspension,
    appeal: Appeal,
    refusals: BTreeSet<ReasonCode>,
    warn_percent: u32,
}

impl Leave {
    pub(crate) fn read(file: File<'_>) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let Body { extension, suspension, appeal, refusals, warn_percent } = body;
        let within = |row: &str, value: u32, most: u32| {
            if (1..=most).contains(&value) { Ok(()) } else { Err(file.wrong(row, format!("{value}: give 1 to {most}"))) }
        };
        within("extension.most", extension.most, 100)?;
        within("extension.percent", extension.percent, 1_000)?;
        within("suspension.most", suspension.most, 100)?;
        within("suspension.days", suspension.days, MOST_DAYS)?;
        within("appeal.days", appeal.days, MOST_DAYS)?;
        within("warn_percent", warn_percent, 99)?;
        // Signing, arriving and accepting are acts of a moment; the bound of a suspension is no promise.
        let long = [ClockName::Handle, ClockName::Answer, ClockName::Total, ClockName::Feedback, ClockName::Check];
        if let Some(clock) = extension.clocks.iter().find(|clock| !long.contains(clock)) {
            return Err(file.wrong("extension.clocks", format!("{clock} is never extended")));
        }
        let lists = [
            ("extension", "extend.", &extension.reasons),
            ("suspension", "suspend.", &suspension.reasons),
            ("appeal", "appeal.", &appeal.reasons),
            ("refusals", "request.", &refusals),
        ];
        for (row, family, list) in lists {
            if list.is_empty() {
                return Err(file.wrong(row, "list at least one reason"));
            }
            if let Some(other) = list.iter().find(|reason| !reason.code().starts_with(family)) {
                return Err(file.wrong(row, format!("{} is no reason for this: they begin with {family}", other.code())));
            }
        }
        Ok(Self { header, extension, suspension, appeal, refusals, warn_percent })
    }

    /// Rules that stand in a text of a test's own.
    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Result<Self, PolicyError> {
        Self::read(File { name: "leave.toml", text })
    }
}
