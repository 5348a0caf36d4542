//! What is left of a running clock in its own kind of time, and when it is due with so much left: for pauses and extensions.
//!
//! Hours-kinds are measured by the millisecond, running on or within working hours. Days-kinds count the days that are
//! still to come, at the time of day at which the clock is due: three work days stay three work days, whenever it goes on.

use super::{Calendar, DAY_MS, MINUTE_MS, midnight};
use crate::{
    incident::{
        Clock,
        kinds::{ClockDue as Due, ClockKind, ClockStart as Start},
    },
    time::Time,
};

/// How a clock's own time runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// Without a break.
    Running,
    /// Within working hours.
    Worked,
    /// By days: of work or all.
    Days { work: bool },
}

impl Calendar {
    /// What is left at `at`, 0 where it is due: milliseconds of a kind of hours, days still to come of a kind of days.
    #[must_use]
    pub fn left(&self, clock: &Clock, at: Time) -> u64 {
        if at >= clock.due {
            return 0;
        }
        let left = match measure(clock) {
            Measure::Running => clock.due.ms() - at.ms(),
            Measure::Worked => self.worked_between(at.ms(), clock.due.ms()),
            Measure::Days { work } => {
                let (last, of_day) = day_and_time(clock);
                let counts = |day: &i64| (!work || self.works(*day)) && midnight(*day) + of_day > at.ms();
                i64::try_from((at.day()..=last).filter(counts).count()).unwrap_or(i64::MAX)
            }
        };
        u64::try_from(left).unwrap_or(0)
    }

    /// When the clock is due if `left` of it is left at `from`; never before `from`.
    #[must_use]
    pub fn after(&self, clock: &Clock, from: Time, left: u64) -> Time {
        let left = i64::try_from(left).unwrap_or(i64::MAX);
        if left == 0 {
            return from;
        }
        Time::from_ms(match measure(clock) {
            Measure::Running => from.ms().saturating_add(left),
            Measure::Worked => self.worked(from.ms(), left),
            Measure::Days { work } => {
                let (_, of_day) = day_and_time(clock);
                // The day before may still have its time of day to come: 24:00 of it is the first instant of this one.
                let mut day = from.day() - 1;
                let mut left = left;
                loop {
                    left -= i64::from((!work || self.works(day)) && midnight(day) + of_day > from.ms());
                    if left == 0 {
                        break midnight(day) + of_day;
                    }
                    day += 1;
                }
            }
        })
    }

    /// When the clock is due with `more` of its own unit on top; later than it is now, by its own conventions.
    #[must_use]
    pub fn extended(&self, clock: &Clock, more: u32) -> Time {
        let (due, more) = (clock.due.ms(), i64::from(more));
        let raw = match clock.kind {
            ClockKind::UrgentHours | ClockKind::Given => due + more * MINUTE_MS,
            ClockKind::WorkHours => self.worked(due, more * MINUTE_MS),
            ClockKind::WorkDays if clock.begins == Start::AtOnce => {
                self.worked(due, more * self.hours.iter().map(|(open, close)| close - open).sum::<i64>())
            }
            ClockKind::WorkDays | ClockKind::CalendarDays => {
                return self.after(clock, clock.due, u64::try_from(more).unwrap_or(0));
            }
        };
        Time::from_ms(self.falls(raw, clock.falls_due, true))
    }

    /// Working time between two instants, in milliseconds.
    fn worked_between(&self, from: i64, to: i64) -> i64 {
        let (first, last) = (Time::from_ms(from).day(), Time::from_ms(to).day());
        let of_day = |day: i64| {
            let within = |(open, close): &(i64, i64)| (to.min(midnight(day) + close) - from.max(midnight(day) + open)).max(0);
            self.hours.iter().map(within).sum::<i64>()
        };
        (first..=last).filter(|day| self.works(*day)).map(of_day).sum()
    }
}

fn measure(clock: &Clock) -> Measure {
    match (clock.kind, clock.begins, clock.falls_due) {
        (ClockKind::UrgentHours | ClockKind::Given, ..) => Measure::Running,
        (ClockKind::WorkHours, _, Due::SameTime | Due::EndOfWork) | (ClockKind::WorkDays, Start::AtOnce, Due::SameTime) => {
            Measure::Worked
        }
        (ClockKind::WorkHours, _, Due::Midnight) | (ClockKind::WorkDays, ..) => Measure::Days { work: true },
        (ClockKind::CalendarDays, ..) => Measure::Days { work: false },
    }
}

/// The day on which a clock by days is due, and its time of day: 24:00 belongs to the day that ends then.
fn day_and_time(clock: &Clock) -> (i64, i64) {
    let whole = clock.falls_due == Due::Midnight;
    let day = Time::from_ms(clock.due.ms() - i64::from(whole)).day();
    debug_assert!(clock.due.ms() - midnight(day) <= DAY_MS, "a time of day lies within a day");
    (day, clock.due.ms() - midnight(day))
}
