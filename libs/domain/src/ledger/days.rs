//! What each agency held on one day: the ledgers of all incidents, summed.
//!
//! A day is the district's calendar day, from 0:00 to 24:00 at +08:00; every agency's day has its 24 hours, the police's
//! and everybody else's. Day by day the sums add up to the whole ledgers.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Axis, Duty, Ledger, Turn, between};
use crate::{
    fact::Stamp,
    id::Agency,
    incident::Fact,
    time::{DAY_MS, Time},
};

/// How far the district's day begins ahead of UTC's, in milliseconds.
const OFFSET_MS: i64 = 8 * 3_600_000;

/// One day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// The calendar day, `2026-07-08`.
    pub day: String,
    /// Its first instant.
    pub from: Time,
    /// The first instant of the next.
    pub to: Time,
    /// Incidents that were led in it.
    pub incidents: u64,
    /// All the time that they were led in it, in milliseconds: the sum of all agencies' `lead_milliseconds`.
    pub led_milliseconds: u64,
    /// Each agency that held a duty or let one bounce.
    pub agencies: BTreeMap<Agency, Sum>,
}

/// What one agency held on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Incidents of which it held a duty.
    pub incidents: u64,
    /// How long it led, over all incidents.
    pub lead_milliseconds: u64,
    /// How long it owned parts.
    pub part_milliseconds: u64,
    /// How long it owed answers.
    pub answer_milliseconds: u64,
    /// Duties that it gave back.
    pub returned: u64,
    /// Offers that it did not answer in time.
    pub lapsed: u64,
    /// Duties that it offered once more.
    pub offered_again: u64,
}

impl Day {
    /// The district's calendar day in which `at` lies, with nothing in it yet.
    #[must_use]
    pub fn of(at: Time) -> Self {
        let start = at.day() * DAY_MS - OFFSET_MS;
        let (from, to) = (Time::from_ms(start), Time::from_ms(start + DAY_MS));
        Self { day: from.date(), from, to, incidents: 0, led_milliseconds: 0, agencies: BTreeMap::new() }
    }

    /// How much of a stretch lies in this day, in milliseconds.
    fn within(&self, from: Time, to: Time) -> u64 {
        between(from.max(self.from), to.min(self.to).max(from.max(self.from)))
    }

    /// Adds one incident.
    pub fn add(&mut self, ledger: &Ledger) {
        let mut held: BTreeMap<&Agency, Sum> = BTreeMap::new();
        let mut led = 0;
        for span in &ledger.spans {
            let Some(holder) = &span.holder else { continue };
            let milliseconds = self.within(span.from, span.to);
            if milliseconds == 0 {
                continue;
            }
            let sum = held.entry(&holder.agency).or_default();
            sum.incidents = 1;
            match span.duty {
                Duty::Lead => {
                    sum.lead_milliseconds += milliseconds;
                    led += milliseconds;
                }
                Duty::Part(_) => sum.part_milliseconds += milliseconds,
                Duty::Answer(_) => sum.answer_milliseconds += milliseconds,
            }
        }
        for bounce in ledger.bounces.iter().filter(|bounce| self.from <= bounce.at && bounce.at < self.to) {
            let sum = held.entry(&bounce.agency).or_default();
            match bounce.turn {
                Turn::Returned => sum.returned += 1,
                Turn::Lapsed => sum.lapsed += 1,
                Turn::OfferedAgain => sum.offered_again += 1,
            }
        }
        self.incidents += u64::from(led > 0);
        self.led_milliseconds += led;
        for (agency, sum) in held {
            self.agencies.entry(agency.clone()).or_default().take(&sum);
        }
    }
}

impl Sum {
    fn take(&mut self, more: &Self) {
        let Self { incidents, lead_milliseconds, part_milliseconds, answer_milliseconds, returned, lapsed, offered_again } = more;
        self.incidents += incidents;
        self.lead_milliseconds += lead_milliseconds;
        self.part_milliseconds += part_milliseconds;
        self.answer_milliseconds += answer_milliseconds;
        self.returned += returned;
        self.lapsed += lapsed;
        self.offered_again += offered_again;
    }
}

/// How far one incident's time goes: enough to know whether a day has to look into it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Life {
    axis: Axis,
    history: bool,
    from: Option<Time>,
    /// When it came to rest last; none while it has not.
    rest: Option<Time>,
}

impl Life {
    /// Takes in one fact of it, in order.
    pub fn apply(&mut self, fact: &Fact, stamp: &Stamp) {
        if let Fact::Received(first) = fact {
            self.history = first.history;
        }
        self.history &= !matches!(fact, Fact::Reopened(_));
        let at = self.axis.at(self.history, stamp);
        self.from.get_or_insert(at);
        let ends = matches!(
            fact,
            Fact::Answered(_)
                | Fact::SelfHandled(_)
                | Fact::Declined(_)
                | Fact::Merged(_)
                | Fact::Withdrawn(_)
                | Fact::Voided(_)
                | Fact::Closed(_)
                | Fact::HistoryRecorded(_)
        );
        if ends {
            self.rest = Some(at);
        } else if matches!(fact, Fact::Reopened(_)) {
            self.rest = None;
        }
    }

    /// Could something of it lie in this day? A life that was taken up again counts as one.
    #[must_use]
    pub fn touches(&self, day: &Day) -> bool {
        self.from.is_some_and(|from| from < day.to) && self.rest.is_none_or(|rest| rest >= day.from)
    }
}
