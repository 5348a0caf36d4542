//! Times on the wire, as milliseconds since 1970-01-01T00:00:00Z: the grain the hub keeps.

use prost_types::Timestamp;

/// A time on the wire from milliseconds since 1970 in UTC.
#[must_use]
pub fn timestamp(ms: i64) -> Timestamp {
    let nanos = i32::try_from(ms.rem_euclid(1000) * 1_000_000).expect("less than a second in nanoseconds fits");
    Timestamp { seconds: ms.div_euclid(1000), nanos }
}

/// Milliseconds since 1970 in UTC, finer parts cut off; none where the message is no valid time:
/// outside the years 1 to 9999, or its nanoseconds outside one second.
#[must_use]
pub fn millis(time: &Timestamp) -> Option<i64> {
    const YEAR_1: i64 = -62_135_596_800;
    const YEAR_10000: i64 = 253_402_300_800;
    let valid = (YEAR_1..YEAR_10000).contains(&time.seconds) && (0..1_000_000_000).contains(&time.nanos);
    valid.then(|| time.seconds * 1000 + i64::from(time.nanos / 1_000_000))
}
