//! Instants as the record writes them: `2026-07-08T19:02:20.123+08:00`, always 29 bytes.
//!
//! The district lives at +08:00 all year, so no zone database is asked; years 1970 to 9999.

/// Length of a written instant, in bytes.
pub const WIDTH: usize = 29;
/// The first instant that can be written, in milliseconds of Unix time: 1970-01-01 at +08:00.
pub const MIN_MS: i64 = -OFFSET_MS;
/// The last instant that can be written, in milliseconds of Unix time: the end of 9999 at +08:00.
pub const MAX_MS: i64 = 253_402_300_799_999 - OFFSET_MS;

const OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Writes an instant. What lies outside 1970 to 9999 is written as the nearest instant inside.
#[must_use]
pub fn format(ms: i64) -> [u8; WIDTH] {
    let local = ms.clamp(MIN_MS, MAX_MS) + OFFSET_MS;
    let (days, rest) = (local / DAY_MS, local % DAY_MS);
    let (year, month, day) = date(days);
    let mut out = *b"0000-00-00T00:00:00.000+08:00";
    put(&mut out[0..4], year);
    put(&mut out[5..7], month);
    put(&mut out[8..10], day);
    put(&mut out[11..13], rest / 3_600_000);
    put(&mut out[14..16], rest / 60_000 % 60);
    put(&mut out[17..19], rest / 1000 % 60);
    put(&mut out[20..23], rest % 1000);
    out
}

/// Writes an instant as text.
#[must_use]
pub fn text(ms: i64) -> String {
    String::from_utf8_lossy(&format(ms)).into_owned()
}

/// Reads what [`format()`] writes, in milliseconds of Unix time; anything else is `None`.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let bytes: &[u8; WIDTH] = text.as_bytes().try_into().ok()?;
    let fixed = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.')];
    if fixed.iter().any(|&(at, mark)| bytes[at] != mark) || &bytes[23..] != b"+08:00" {
        return None;
    }
    let (year, month, day) = (get(&bytes[0..4])?, get(&bytes[5..7])?, get(&bytes[8..10])?);
    let (hour, minute) = (get(&bytes[11..13])?, get(&bytes[14..16])?);
    let (second, milli) = (get(&bytes[17..19])?, get(&bytes[20..23])?);
    let in_range = year >= 1970 && (1..=12).contains(&month) && day >= 1 && hour < 24 && minute < 60 && second < 60;
    if !in_range || day > days_in(year, month) {
        return None;
    }
    let of_day = ((hour * 60 + minute) * 60 + second) * 1000 + milli;
    Some(days_since_1970(year, month, day) * DAY_MS + of_day - OFFSET_MS)
}

fn put(out: &mut [u8], mut value: i64) {
    for byte in out.iter_mut().rev() {
        *byte = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

fn get(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |value, &b| b.is_ascii_digit().then(|| value * 10 + i64::from(b - b'0')))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

// Both ways by Howard Hinnant's civil calendar: years start in March, eras last 400 years.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year / 400, year % 400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests;
