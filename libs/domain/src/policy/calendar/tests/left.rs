//! Pauses and extensions: what is left, in the clock's own kind of time, held against a walk minute by minute that knows
//! nothing of the calendar's own sums.

use super::*;
use crate::incident::{Clock, ClockId, ClockName};

fn clock(kind: ClockKind, amount: u32, start: Time, conventions: Conventions) -> Clock {
    Clock {
        id: ClockId::incident(ClockName::Total),
        version: 1,
        kind,
        amount,
        begins: conventions.start,
        falls_due: conventions.due,
        start,
        due: calendar().due(kind, amount, start, conventions),
        breached: false,
    }
}

/// Holidays and made-up days as the file lists them under two words, read line by line and by nothing of our reader.
fn is_worked(day: &str, weekday: jiff::civil::Weekday) -> bool {
    static LISTED: LazyLock<std::collections::BTreeMap<&str, bool>> = LazyLock::new(|| {
        let (mut listed, mut worked) = (std::collections::BTreeMap::new(), false);
        for line in SAMPLE[0].1.lines() {
            worked = line.starts_with("workdays") || worked && !line.starts_with("holidays");
            // Every other piece between quotes is a day.
            listed.extend(line.split('"').skip(1).step_by(2).map(|day| (day, worked)));
        }
        listed
    });
    let weekend = matches!(weekday, jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
    LISTED.get(day).copied().unwrap_or(!weekend)
}

/// Is the minute that begins at `ms` within working hours?
fn minute_worked(ms: i64) -> bool {
    let civil = Time::from_ms(ms).civil();
    let minute = i64::from(civil.hour()) * 60 + i64::from(civil.minute());
    let open = (480..720).contains(&minute) || (840..1080).contains(&minute);
    open && is_worked(&civil.date().to_string(), civil.date().weekday())
}

/// What is left, minute by minute: minutes that run, or times of day that are passed on the way.
fn slow_left(clock: &Clock, at: Time) -> u64 {
    let by_days = match clock.kind {
        ClockKind::CalendarDays => true,
        ClockKind::WorkDays => !(clock.begins == Start::AtOnce && clock.falls_due == Due::SameTime),
        ClockKind::WorkHours => clock.falls_due == Due::Midnight,
        ClockKind::UrgentHours | ClockKind::Given => false,
    };
    let minutes = (at.ms() / MINUTE_MS)..(clock.due.ms() / MINUTE_MS);
    if !by_days {
        let runs = |minute: &i64| clock.kind == ClockKind::UrgentHours || minute_worked(minute * MINUTE_MS);
        return u64::try_from(minutes.filter(runs).count()).expect("few") * 60_000;
    }
    // Passing the end of a minute at the due time of day, on a day that counts.
    let due = Time::from_ms(clock.due.ms() - MINUTE_MS).civil();
    let of_day = (due.hour(), due.minute());
    let passes = |minute: &i64| {
        let civil = Time::from_ms(minute * MINUTE_MS).civil();
        let counts = clock.kind == ClockKind::CalendarDays || is_worked(&civil.date().to_string(), civil.date().weekday());
        counts && (civil.hour(), civil.minute()) == of_day
    };
    u64::try_from(minutes.filter(passes).count()).expect("few")
}

/// Whole minutes between 2018 and the end of 2027, the turn of each year among them.
fn any_minute() -> impl Strategy<Value = Time> {
    let first = 1_514_736_000_000 / MINUTE_MS;
    let turn = (0_i64..10, -2_000_i64..2_000).prop_map(|(year, by)| {
        let days = [0, 365, 730, 1096, 1461, 1826, 2191, 2557, 2922, 3287];
        days[usize::try_from(year).expect("small")] * 1_440 + by.max(-year * 1_440)
    });
    prop_oneof![3 => 0_i64..5_200_000, 1 => turn].prop_map(move |minute| Time::from_ms((first + minute) * MINUTE_MS))
}

fn any_clock() -> impl Strategy<Value = Clock> {
    (any_case(), any_minute(), 1_u32..9, 1_u32..2_500).prop_map(|((kind, _, conventions), start, days, minutes)| {
        // Not at midnight sharp: that is the end of one day and the beginning of the next, and both are right.
        let start = if (start.ms() + 8 * 3_600_000) % DAY_MS == 0 { start.plus_seconds(60) } else { start };
        clock(kind, if by_days(kind) { days } else { minutes }, start, conventions)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn due_times_of_all_kinds_and_conventions_agree_with_the_walk_ten_thousand_times(clock in any_clock()) {
        let by = by(clock.begins, clock.falls_due);
        prop_assert!(clock.due >= clock.start);
        prop_assert_eq!(clock.due, reference(calendar(), clock.kind, clock.amount, clock.start, by));
        prop_assert!(calendar().due(clock.kind, clock.amount + 1, clock.start, by) >= clock.due);
    }

    #[test]
    fn a_pause_keeps_what_is_left_and_a_pause_of_no_time_changes_nothing(
        clock in any_clock(), through in 0_u32..1_000, away in 0_i64..400_000
    ) {
        let calendar = calendar();
        let span = (clock.due.ms() - clock.start.ms()) / MINUTE_MS;
        let at = Time::from_ms(clock.start.ms() + span * i64::from(through) / 1_000 * MINUTE_MS);
        prop_assume!(at < clock.due);
        let left = calendar.left(&clock, at);
        prop_assert_eq!(calendar.after(&clock, at, left), clock.due, "{:?} at {}", clock, at);
        let again = at.plus_seconds(away * 60);
        let due = calendar.after(&clock, again, left);
        prop_assert!(due >= again, "never before it goes on");
        let goes_on = Clock { due, ..clock.clone() };
        prop_assert_eq!(calendar.left(&goes_on, again), left, "{:?} at {} again {}", clock, at, again);
        prop_assert!(calendar.after(&clock, again, left + 1) >= due, "more left is never due earlier");
    }

    #[test]
    fn more_time_is_later_and_for_days_and_plain_hours_the_same_as_asked_at_first(clock in any_clock(), more in 1_u32..9) {
        let calendar = calendar();
        let longer = calendar.extended(&clock, more);
        prop_assert!(longer > clock.due || clock.falls_due != Due::SameTime && longer == clock.due, "{:?} by {}", clock, more);
        prop_assert!(calendar.extended(&clock, more + 1) >= longer);
        if by_days(clock.kind) || clock.falls_due == Due::SameTime {
            let at_first = calendar.due(clock.kind, clock.amount + more, clock.start, by(clock.begins, clock.falls_due));
            prop_assert_eq!(longer, at_first, "{:?} by {}", clock, more);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_left_agrees_with_a_walk_minute_by_minute(clock in any_clock(), through in 0_u32..1_000) {
        let span = (clock.due.ms() - clock.start.ms()) / MINUTE_MS;
        let at = Time::from_ms(clock.start.ms() + span * i64::from(through) / 1_000 * MINUTE_MS);
        prop_assume!(at < clock.due);
        prop_assert_eq!(calendar().left(&clock, at), slow_left(&clock, at), "{:?} at {}", clock, at);
    }
}

#[test]
fn three_work_days_stay_three_over_a_holiday_and_over_the_turn_of_the_year() {
    let calendar = calendar();
    // Due Wednesday 2026-07-15 24:00; set aside on Friday evening.
    let week = clock(ClockKind::WorkDays, 5, at("2026-07-08T09:00"), by(Start::NextDay, Due::Midnight));
    assert_eq!(week.due, at("2026-07-16T00:00"));
    let left = calendar.left(&week, at("2026-07-10T20:00"));
    assert_eq!(left, 4, "Friday, Monday, Tuesday and Wednesday end");
    assert_eq!(calendar.after(&week, at("2026-09-30T10:00"), left), at("2026-10-11T00:00"), "30 September, 8, 9 and 10 October");
    assert_eq!(calendar.after(&week, at("2025-12-31T10:00"), left), at("2026-01-07T00:00"), "31 December, 4, 5 and 6 January");
    // Two hours left at noon go on after lunch, and on the next work day.
    let hours = clock(ClockKind::WorkHours, 240, at("2026-07-10T10:00"), by(Start::AtOnce, Due::SameTime));
    assert_eq!(calendar.left(&hours, at("2026-07-10T12:30")), 2 * 3_600_000);
    assert_eq!(calendar.after(&hours, at("2026-07-10T17:00"), 2 * 3_600_000), at("2026-07-13T09:00"));
}
