//! One instant, in milliseconds. Written for people in the district's own time, +08:00.
//!
//! Knows no clock and no zone database: the district has had one offset since 1991.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil, tz::Offset};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The district's offset from UTC.
pub const OFFSET: Offset = jiff::tz::offset(8);
const OFFSET_MS: i64 = 8 * 3_600_000;
/// Milliseconds of a calendar day.
pub const DAY_MS: i64 = 86_400_000;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

/// A text that is no instant.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a time: write it like 2026-07-08T19:02:20.000+08:00")]
pub struct BadTime(pub String);

impl Time {
    /// From milliseconds since 1970 in UTC.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970 in UTC.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Later by `seconds`.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * 1000)
    }

    /// From the district's wall clock.
    ///
    /// # Errors
    /// [`BadTime`] outside the years that can be written.
    pub fn from_civil(at: civil::DateTime) -> Result<Self, BadTime> {
        OFFSET.to_timestamp(at).map(|t| Self(t.as_millisecond())).map_err(|_| BadTime(at.to_string()))
    }

    /// The district's wall clock at this instant.
    #[must_use]
    pub fn civil(self) -> civil::DateTime {
        OFFSET.to_datetime(Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX }))
    }

    /// Days since 1970-01-01 on the district's calendar.
    #[must_use]
    pub const fn day(self) -> i64 {
        (self.0 + OFFSET_MS).div_euclid(DAY_MS)
    }

    /// The calendar day, `2026-07-08`.
    #[must_use]
    pub fn date(self) -> String {
        self.civil().date().to_string()
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil();
        let (date, time) = (at.date(), at.time());
        let Ok(year) = u32::try_from(date.year()) else { return write!(f, "{at}+08:00") };
        let mut text = *b"0000-00-00T00:00:00.000+08:00";
        let mut put = |at: std::ops::Range<usize>, mut number: u32| {
            for digit in text[at].iter_mut().rev() {
                *digit += (number % 10) as u8;
                number /= 10;
            }
        };
        put(0..4, year);
        for (at, number) in [(5, date.month()), (8, date.day()), (11, time.hour()), (14, time.minute()), (17, time.second())] {
            put(at..at + 2, number.unsigned_abs().into());
        }
        put(20..23, time.millisecond().unsigned_abs().into());
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Time {
    type Err = BadTime;
    fn from_str(text: &str) -> Result<Self, BadTime> {
        if let Some(ms) = own_layout(text.as_bytes()) {
            return Ok(Self(ms));
        }
        text.parse::<Timestamp>().map(|t| Self(t.as_millisecond())).map_err(|_| BadTime(text.to_owned()))
    }
}

/// The 29 bytes that [`Time`] itself writes: a rebuild reads several in each fact, so this road is short.
fn own_layout(b: &[u8]) -> Option<i64> {
    let number = |from: usize, to: usize| {
        b[from..to].iter().try_fold(0_i64, |n, c| c.is_ascii_digit().then(|| n * 10 + i64::from(c - b'0')))
    };
    let shaped =
        b.len() == 29 && (b[4], b[7], b[10], b[13], b[16], b[19]) == (b'-', b'-', b'T', b':', b':', b'.') && &b[23..] == b"+08:00";
    if !shaped {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let valid = (1..=12).contains(&month) && (1..=28).contains(&day) && hour < 24 && minute < 60 && second < 60;
    // The last days of a month depend on the year; the library knows them.
    let days = if valid { days_from_civil(year, month, day) } else { return None };
    Some(((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + number(20, 23)? - OFFSET_MS)
}

/// Days since 1970-01-01 (Howard Hinnant, chrono-compatible low-level date algorithms).
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// Text where people read it, milliseconds where only the hub does: in snapshots and under digests.
impl Serialize for Time {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { to.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() { crate::text::parsed(from) } else { i64::deserialize(from).map(Self) }
    }
}

impl JsonSchema for Time {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back_to_the_millisecond(ms in 0_i64..253_402_214_400_000) {
            let text = Time(ms).to_string();
            prop_assert_eq!(text.parse(), Ok(Time(ms)));
            prop_assert_eq!(text.parse::<Timestamp>().map(|t| t.as_millisecond()).ok(), Some(ms));
        }
    }

    #[test]
    fn a_day_that_does_not_exist_is_no_time() {
        for wrong in
            ["2026-02-30T00:00:00.000+08:00", "2026-13-01T00:00:00.000+08:00", "2026-01-01", "", "2026-01-01T24:00:00.000+08:00"]
        {
            assert!(wrong.parse::<Time>().is_err(), "{wrong}");
        }
    }
}
