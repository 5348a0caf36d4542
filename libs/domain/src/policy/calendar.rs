//! The four kinds of time: when is a promise due? Over a table of holidays and made-up work days.
//!
//! Whole milliseconds, no time zone table. Source of the rules: practice-rules §4.2, with its worked example as a test.

use serde::Deserialize;

use super::header::{File, Header, PolicyError};
use crate::{
    incident::kinds::{ClockDue as Due, ClockKind, ClockStart as Start},
    time::{DAY_MS, Time},
};

const MINUTE_MS: i64 = 60_000;

/// The start and due conventions of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conventions {
    /// From when it counts.
    pub start: Start,
    /// At which moment it is due.
    pub due: Due,
}

/// Work days and working hours.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// What the file says of itself.
    pub header: Header,
    /// Days that differ from their weekday, in order: day since 1970 and whether it is worked.
    exceptions: Vec<(i64, bool)>,
    /// The work day's intervals, milliseconds from midnight, in order.
    hours: Vec<(i64, i64)>,
}

#[derive(Deserialize)]
struct Body {
    hours: Vec<(String, String)>,
    year: Vec<Year>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    year: i16,
    holidays: Vec<String>,
    workdays: Vec<String>,
}

impl Calendar {
    pub(crate) fn read(file: File<'_>) -> Result<Self, PolicyError> {
        let (header, body): (_, Body) = file.parse()?;
        let mut exceptions = Vec::new();
        for year in &body.year {
            for (days, worked) in [(&year.holidays, false), (&year.workdays, true)] {
                for day in days {
                    let date: jiff::civil::Date = day.parse().map_err(|_| file.wrong(day, "is not a day; write 2026-10-01"))?;
                    if date.year() != year.year {
                        return Err(file.wrong(day, format!("stands under the year {}", year.year)));
                    }
                    let at = Time::from_civil(date.at(0, 0, 0, 0))
                        .map_err(|_| file.wrong(day, "lies outside the years that can be written"))?;
                    exceptions.push((at.day(), worked));
                }
            }
        }
        exceptions.sort_unstable();
        if let Some(pair) = exceptions.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let day = Time::from_ms(pair[0].0 * DAY_MS).date();
            return Err(file.wrong(day, "is listed twice"));
        }
        let mut hours: Vec<(i64, i64)> = Vec::new();
        for (open, close) in &body.hours {
            let bad = || file.wrong("hours", "give intervals like [\"08:00\", \"12:00\"], in order and apart");
            let interval = (of_day(open).ok_or_else(bad)?, of_day(close).ok_or_else(bad)?);
            if interval.0 >= interval.1 || hours.last().is_some_and(|last| last.1 > interval.0) {
                return Err(bad());
            }
            hours.push(interval);
        }
        if hours.is_empty() {
            return Err(file.wrong("hours", "give at least one interval"));
        }
        Ok(Self { header, exceptions, hours })
    }

    /// A calendar that stands in a text of a test's own.
    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Result<Self, PolicyError> {
        Self::read(File { name: "calendar.toml", text })
    }

    /// Is `day` (since 1970, district calendar) worked? Beyond the table, weekdays decide.
    #[must_use]
    pub fn works(&self, day: i64) -> bool {
        match self.exceptions.binary_search_by_key(&day, |(known, _)| *known) {
            Ok(found) => self.exceptions[found].1,
            // 1970-01-01 was a Thursday: 0 is Monday.
            Err(_) => (day + 3).rem_euclid(7) < 5,
        }
    }

    /// Does the table know the year of `at`? Beyond it, holidays are not taken into account.
    #[must_use]
    pub fn knows(&self, at: Time) -> bool {
        let year = |day: i64| Time::from_ms(day * DAY_MS).civil().year();
        let first_last = self.exceptions.first().zip(self.exceptions.last());
        first_last.is_some_and(|(first, last)| (year(first.0)..=year(last.0)).contains(&at.civil().year()))
    }

    /// Is the instant within working hours?
    #[must_use]
    pub fn working(&self, at: Time) -> bool {
        let of_day = at.ms() - midnight(at.day());
        self.works(at.day()) && self.hours.iter().any(|(open, close)| (*open..*close).contains(&of_day))
    }

    /// When `amount` from `start` is used up: minutes for hours-kinds, days for days-kinds. Never before `start`,
    /// never earlier for a larger amount. The cost grows with the days crossed; limits are bounded where they are read.
    ///
    /// - urgent hours run on; work hours run within working hours only.
    /// - a work day counted at once is one day's working time, run within working hours; counted from the next day it is
    ///   the n-th work day after the start's day, at the start's time of day.
    /// - calendar days: the n-th day after the start's day. The first day never counts, so both starts agree, and at once
    ///   and at the same time means n × 24 hours.
    #[must_use]
    pub fn due(&self, kind: ClockKind, amount: u32, start: Time, conventions: Conventions) -> Time {
        let amount = i64::from(amount);
        let next_day = conventions.start == Start::NextDay;
        let raw = match kind {
            ClockKind::UrgentHours => (if next_day { midnight(start.day() + 1) } else { start.ms() }) + amount * MINUTE_MS,
            ClockKind::WorkHours => self.worked(if next_day { midnight(start.day() + 1) } else { start.ms() }, amount * MINUTE_MS),
            ClockKind::WorkDays if next_day => {
                let day = self.nth_work_day(start.day(), amount);
                midnight(day) + (start.ms() - midnight(start.day()))
            }
            ClockKind::WorkDays => {
                self.worked(start.ms(), amount * self.hours.iter().map(|(open, close)| close - open).sum::<i64>())
            }
            ClockKind::CalendarDays => start.ms() + amount * DAY_MS,
            // Whoever names a moment has nothing to count; no policy holds such a row.
            ClockKind::Given => start.ms(),
        };
        Time::from_ms(self.falls(raw, conventions.due, amount > 0 && !by_days(kind)).max(start.ms()))
    }

    /// The moment of the convention at or after `raw`.
    fn falls(&self, raw: i64, due: Due, used_up: bool) -> i64 {
        let day = Time::from_ms(raw).day();
        match due {
            Due::SameTime => raw,
            Due::EndOfWork => raw.max(midnight(day) + self.hours.last().map_or(0, |(_, close)| *close)),
            // Hours used up exactly at midnight are due then, not a day later; a counted day always ends at its own midnight.
            Due::Midnight if raw == midnight(day) && used_up => raw,
            Due::Midnight => midnight(day + 1),
        }
    }

    /// The first instant at which `left` milliseconds of working time have passed since `from`.
    fn worked(&self, from: i64, mut left: i64) -> i64 {
        let mut at = from;
        let mut day = Time::from_ms(from).day();
        while left > 0 {
            if self.works(day) {
                for (open, close) in &self.hours {
                    let (open, close) = (midnight(day) + open, midnight(day) + close);
                    let begin = at.max(open);
                    if begin >= close {
                        continue;
                    }
                    if left <= close - begin {
                        return begin + left;
                    }
                    left -= close - begin;
                    at = close;
                }
            }
            day += 1;
        }
        at
    }

    fn nth_work_day(&self, mut day: i64, mut left: i64) -> i64 {
        while left > 0 {
            day += 1;
            left -= i64::from(self.works(day));
        }
        day
    }
}

/// Is the amount a number of days?
#[must_use]
pub const fn by_days(kind: ClockKind) -> bool {
    match kind {
        ClockKind::WorkDays | ClockKind::CalendarDays => true,
        ClockKind::UrgentHours | ClockKind::WorkHours | ClockKind::Given => false,
    }
}

/// The instant at which a district day begins.
const fn midnight(day: i64) -> i64 {
    day * DAY_MS - 8 * 60 * MINUTE_MS
}

/// `08:30` as milliseconds from midnight; `24:00` is the day's end.
fn of_day(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':').filter(|_| text.len() == 5)?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    let minutes = hour * 60 + minute;
    ((0..60).contains(&minute) && (0..=1440).contains(&minutes)).then_some(minutes * MINUTE_MS)
}

mod left;
#[cfg(test)]
mod tests;
