//! Due times: the worked example of practice, properties, and a slow reference that walks minute by minute.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::policy::SAMPLE;

mod left;

fn calendar() -> &'static Calendar {
    static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| {
        let (name, text) = SAMPLE[0];
        Calendar::read(File { name, text }).expect("the sample is readable")
    });
    &CALENDAR
}

fn at(text: &str) -> Time {
    format!("{text}:00.000+08:00").parse().expect("a time")
}

const fn by(start: Start, due: Due) -> Conventions {
    Conventions { start, due }
}

#[test]
fn five_work_days_over_the_national_holiday_are_due_as_the_practice_page_says() {
    let (calendar, start) = (calendar(), at("2026-09-30T16:30"));
    let due = |conventions| calendar.due(ClockKind::WorkDays, 5, start, conventions);
    assert_eq!(due(by(Start::NextDay, Due::Midnight)), at("2026-10-14T00:00"), "13 October 24:00");
    assert_eq!(due(by(Start::AtOnce, Due::SameTime)), at("2026-10-13T16:30"), "five days of eight hours");
    assert_eq!(due(by(Start::NextDay, Due::EndOfWork)), at("2026-10-13T18:00"));
    assert_eq!(due(by(Start::NextDay, Due::SameTime)), at("2026-10-13T16:30"));
}

#[test]
fn each_kind_of_time_counts_what_it_says() {
    let calendar = calendar();
    let friday = at("2026-07-10T17:30");
    let now = by(Start::AtOnce, Due::SameTime);
    assert_eq!(calendar.due(ClockKind::UrgentHours, 90, friday, now), at("2026-07-10T19:00"), "runs on at night");
    assert_eq!(calendar.due(ClockKind::WorkHours, 30, friday, now), at("2026-07-10T18:00"), "ends with the day, not on Monday");
    assert_eq!(calendar.due(ClockKind::WorkHours, 31, friday, now), at("2026-07-13T08:01"), "goes on after the weekend");
    assert_eq!(calendar.due(ClockKind::WorkHours, 60, at("2026-07-10T11:30"), now), at("2026-07-10T14:30"), "rests at noon");
    assert_eq!(calendar.due(ClockKind::CalendarDays, 2, friday, now), at("2026-07-12T17:30"), "weekends count");
    assert_eq!(
        calendar.due(ClockKind::WorkDays, 1, at("2026-07-11T10:00"), by(Start::NextDay, Due::Midnight)),
        at("2026-07-14T00:00")
    );
    assert_eq!(calendar.due(ClockKind::UrgentHours, 60, friday, by(Start::NextDay, Due::SameTime)), at("2026-07-11T01:00"));
}

#[test]
fn a_made_up_work_day_is_worked_and_a_holiday_is_not() {
    let calendar = calendar();
    assert!(calendar.works(at("2026-10-10T09:00").day()), "a worked Saturday");
    assert!(!calendar.works(at("2026-10-05T09:00").day()), "a free Monday");
    assert!(calendar.working(at("2026-10-10T08:00")) && !calendar.working(at("2026-10-10T12:00")));
    assert!(calendar.knows(at("2018-01-01T00:00")) && !calendar.knows(at("2027-01-01T00:00")));
}

#[test]
fn a_calendar_that_cannot_be_is_refused_with_its_row() {
    let head = "name='calendar'\nversion='1'\nvalid_from='2026-01-01'\nsource='x'\nsample=true\n";
    let read =
        |body: &str| Calendar::read(File { name: "c.toml", text: &format!("{head}{body}") }).expect_err("refused").to_string();
    let year = |days: &str| format!("hours=[['08:00','12:00']]\n[[year]]\nyear=2026\nholidays=[{days}]\nworkdays=[]\n");
    assert!(read(&year("'2026-02-30'")).contains("2026-02-30"));
    assert!(read(&year("'2025-02-03'")).contains("stands under the year 2026"));
    assert!(read(&year("'2026-02-03','2026-02-03'")).contains("twice"));
    assert!(read("hours=[['12:00','08:00']]\nyear=[]\n").contains("hours"));
    assert!(read("hours=[]\nyear=[]\n").contains("at least one"));
    assert!(read("\nhours=3\n").starts_with("c.toml, line 7:"), "names the line");
}

/// Walks minute by minute and asks of each whether it is worked: slow, and too simple to be wrong in the same way.
fn reference(calendar: &Calendar, kind: ClockKind, amount: u32, start: Time, conventions: Conventions) -> Time {
    let start_of_day = |ms: i64| (ms + 8 * 3_600_000).div_euclid(DAY_MS) * DAY_MS - 8 * 3_600_000;
    let (mut at, mut left) = (start.ms(), i64::from(amount) * MINUTE_MS);
    if conventions.start == Start::NextDay && matches!(kind, ClockKind::WorkHours | ClockKind::UrgentHours) {
        at = start_of_day(at) + DAY_MS;
    }
    if kind == ClockKind::WorkDays && conventions.start == Start::AtOnce {
        left = i64::from(amount) * 8 * 60 * MINUTE_MS;
    }
    let counts_days = matches!(kind, ClockKind::WorkDays | ClockKind::CalendarDays);
    let stepwise = kind == ClockKind::CalendarDays || kind == ClockKind::WorkDays && conventions.start == Start::NextDay;
    if stepwise {
        let mut days = amount;
        while days > 0 {
            at += DAY_MS;
            if kind == ClockKind::CalendarDays || calendar.works(Time::from_ms(at).day()) {
                days -= 1;
            }
        }
    } else {
        while left > 0 {
            let next = (at.div_euclid(MINUTE_MS) + 1) * MINUTE_MS;
            if kind == ClockKind::UrgentHours || calendar.working(Time::from_ms(at)) {
                let step = left.min(next - at);
                left -= step;
                at += step;
            } else {
                at = next;
            }
        }
    }
    let day = start_of_day(at);
    Time::from_ms(match conventions.due {
        Due::SameTime => at,
        Due::EndOfWork => at.max(day + 18 * 3_600_000),
        Due::Midnight if at == day && amount > 0 && !counts_days => at,
        Due::Midnight => day + DAY_MS,
    })
}

fn any_case() -> impl Strategy<Value = (ClockKind, i64, Conventions)> {
    let conventions = (
        prop_oneof![Just(Start::AtOnce), Just(Start::NextDay)],
        prop_oneof![Just(Due::SameTime), Just(Due::EndOfWork), Just(Due::Midnight)],
    );
    // 2018-01-01 to the end of 2027, beyond the table too.
    (prop::sample::select(&ClockKind::ALL[..4]), 1_514_736_000_000_i64..1_830_268_800_000, conventions)
        .prop_map(|(kind, ms, (start, due))| (kind, ms, by(start, due)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn due_times_agree_with_a_walk_minute_by_minute((kind, ms, conventions) in any_case(), days in 0_u32..8, minutes in 0_u32..3_000) {
        let calendar = calendar();
        let amount = if matches!(kind, ClockKind::WorkDays | ClockKind::CalendarDays) { days } else { minutes };
        let start = Time::from_ms(ms);
        prop_assert_eq!(calendar.due(kind, amount, start, conventions), reference(calendar, kind, amount, start, conventions));
    }

    #[test]
    fn due_is_never_before_the_start_and_never_earlier_for_more((kind, ms, conventions) in any_case(), amount in 0_u32..400) {
        let calendar = calendar();
        let start = Time::from_ms(ms);
        let due = calendar.due(kind, amount, start, conventions);
        prop_assert!(due >= start);
        prop_assert!(calendar.due(kind, amount + 1, start, conventions) >= due);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "reads the table that it is held against; the rules read none")]
fn the_calendar_holds_the_days_of_the_notices_and_no_others() {
    let path = format!("{}/../../../shared/data/calendar-cn-2018-2026.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("lay the shared data beside the tree as shared/data"));
    let day = |text: &str| at(&format!("{text}T00:00")).day();
    let mut listed: Vec<(i64, bool)> = Vec::new();
    for line in text.lines().skip(1) {
        let (date, rest) = line.split_once(',').expect("date,kind,name");
        let worked = match rest.split(',').next() {
            Some("workday") => true,
            Some("holiday") => false,
            other => panic!("{other:?} on {date}"),
        };
        listed.push((day(date), worked));
    }
    listed.sort_unstable();
    assert!(listed.len() > 200, "{}", listed.len());
    assert_eq!(calendar().exceptions, listed);
}
