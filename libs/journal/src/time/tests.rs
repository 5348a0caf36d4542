//! Our calendar against a well-known one.

use super::{MAX_MS, MIN_MS, format, parse, text};
use proptest::prelude::*;

#[test]
fn a_known_instant_reads_as_people_write_it() {
    let ms = 1_783_508_540_123;
    assert_eq!(text(ms), "2026-07-08T19:02:20.123+08:00");
    assert_eq!(parse("2026-07-08T19:02:20.123+08:00"), Some(ms));
    assert_eq!(text(i64::MAX), "9999-12-31T23:59:59.999+08:00");
    assert_eq!(text(i64::MIN), "1970-01-01T00:00:00.000+08:00");
}

#[test]
fn what_is_no_instant_is_refused() {
    for wrong in [
        "",
        "2026-07-08T19:02:20.123Z",
        "2026-07-08T19:02:20+08:00",
        "2026-02-29T00:00:00.000+08:00",
        "2100-02-29T00:00:00.000+08:00",
        "2026-13-01T00:00:00.000+08:00",
        "2026-00-01T00:00:00.000+08:00",
        "2026-01-00T00:00:00.000+08:00",
        "2026-01-01T24:00:00.000+08:00",
        "2026-01-01T00:60:00.000+08:00",
        "2026-01-01T00:00:60.000+08:00",
        "1969-12-31T23:59:59.999+08:00",
        "2026-01-01T00:00:00.000+09:00",
        "2026-01-01 00:00:00.000+08:00",
        "+026-01-01T00:00:00.000+08:00",
    ] {
        assert_eq!(parse(wrong), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn every_instant_is_written_as_jiff_writes_it_and_read_back(ms in MIN_MS..=MAX_MS) {
        let written = text(ms);
        let theirs = jiff::Timestamp::from_millisecond(ms).expect("in range");
        let theirs = theirs.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
        prop_assert_eq!(&written, &theirs.strftime("%Y-%m-%dT%H:%M:%S.%3f%:z").to_string());
        prop_assert_eq!(parse(&written), Some(ms));
        prop_assert_eq!(written.as_bytes(), &format(ms)[..]);
    }

    #[test]
    fn what_reads_is_what_would_be_written(wrong in "[0-9]{4}-[0-3][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{3}\\+08:00") {
        if let Some(ms) = parse(&wrong) {
            prop_assert_eq!(text(ms), wrong);
        } else {
            prop_assert!(wrong.parse::<jiff::Timestamp>().is_err() || wrong.starts_with("196") || wrong.as_str() < "1970" || &wrong[17..19] == "60");
        }
    }
}
