//! The times that files of messages hold: wall clock of the district, without a zone.

use domain::time::Time;

/// Reads `2020/1/6 12:09:38`, `2020-01-06 12:09:38`, without seconds, or the date alone; `.` and `T` separate as well.
#[must_use]
pub fn read(text: &str) -> Option<Time> {
    let text = text.trim();
    let (date, clock) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let separator = ['/', '-', '.'].into_iter().find(|&c| date.contains(c))?;
    let [year, month, day] = numbers(date, separator, 4)?[..] else { return None };
    let clock = match clock.trim() {
        "" => vec![0, 0, 0],
        clock => numbers(clock, ':', 2)?,
    };
    let (hour, minute, second) = match clock[..] {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    if year < 1970 {
        return None;
    }
    let small = |number: u16| u8::try_from(number).ok();
    let text = format!(
        "{year:04}-{:02}-{:02}T{:02}:{:02}:{:02}.000+08:00",
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?
    );
    // A day or hour that does not exist is none of the time's own.
    (hour < 24 && minute < 60 && second < 60).then(|| text.parse().ok()).flatten()
}

/// Whole numbers of at most `digits` digits between separators.
fn numbers(text: &str, separator: char, digits: usize) -> Option<Vec<u16>> {
    let number = |part: &str| {
        let plain = (1..=digits).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if plain { part.parse().ok() } else { None }
    };
    text.split(separator).map(number).collect()
}

/// What a text looks like, without saying it: digits as 9, letters as a, all other writing as 字; at most 24 characters.
#[must_use]
pub fn shape(text: &str) -> String {
    let drawn = |c: char| match c {
        '0'..='9' => '9',
        'a'..='z' | 'A'..='Z' => 'a',
        ' ' | '/' | '-' | ':' | '.' => c,
        _ => '字',
    };
    let mut out: String = text.trim().chars().take(24).map(drawn).collect();
    if text.trim().chars().nth(24).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests;
