//! The times that files hold: a wall clock without a zone, taken as the district's own.
//!
//! Which layout a file uses is known by its columns, never guessed from a cell: `1/2/17` is two different days.

use domain::time::Time;

/// How a file writes its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `2020/1/6 12:09:38`: see [`read`].
    YearFirst,
    /// `01/31/2017 11:47:55 PM`, `1/31/17 23:47`: see [`month_first`].
    MonthFirst,
}

impl Layout {
    /// Reads one; none where it is no time.
    #[must_use]
    pub fn read(self, text: &str) -> Option<Time> {
        match self {
            Self::YearFirst => read(text),
            Self::MonthFirst => month_first(text),
        }
    }

    /// What a time looks like.
    #[must_use]
    pub const fn examples(self) -> [&'static str; 2] {
        match self {
            Self::YearFirst => ["2020/1/6 12:09:38", "2020-01-06 12:09:38"],
            Self::MonthFirst => ["01/31/2017 11:47:55 PM", "1/31/17 23:47"],
        }
    }
}

/// Reads `2020/1/6 12:09:38`, `2020-01-06 12:09:38`, without seconds, or the date alone; `.` and `T` separate as well.
#[must_use]
pub fn read(text: &str) -> Option<Time> {
    let text = text.trim();
    let (date, clock) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let separator = ['/', '-', '.'].into_iter().find(|&c| date.contains(c))?;
    let [year, month, day] = numbers(date, separator, 4)?[..] else { return None };
    let clock = match clock.trim() {
        "" => [0, 0, 0],
        clock => of_day(clock)?,
    };
    at([year, month, day], clock)
}

/// Reads `01/31/2017 11:47:55 PM` and `1/31/17 23:47`, with or without seconds and half of the day. Years of two digits are
/// those from 2000 on.
#[must_use]
pub fn month_first(text: &str) -> Option<Time> {
    let mut words = text.split_whitespace();
    let (date, clock, half) = (words.next()?, words.next()?, words.next());
    let [month, day, year] = numbers(date, '/', 4)?[..] else { return None };
    let year = match date.rsplit('/').next()?.len() {
        2 => 2000 + year,
        4 => year,
        _ => return None,
    };
    let [hour, minute, second] = of_day(clock)?;
    let hour = match (half, hour) {
        (None, hour) => hour,
        (Some("AM"), 12) => 0,
        (Some("AM"), 1..12) | (Some("PM"), 12) => hour,
        (Some("PM"), 1..12) => hour + 12,
        (Some(_), _) => return None,
    };
    if words.next().is_some() { None } else { at([year, month, day], [hour, minute, second]) }
}

/// Hours, minutes and, where there are some, seconds.
fn of_day(clock: &str) -> Option<[u16; 3]> {
    match numbers(clock, ':', 2)?[..] {
        [hour, minute] => Some([hour, minute, 0]),
        [hour, minute, second] => Some([hour, minute, second]),
        _ => None,
    }
}

fn at([year, month, day]: [u16; 3], [hour, minute, second]: [u16; 3]) -> Option<Time> {
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
