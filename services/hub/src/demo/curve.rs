//! How many reports come in which hour of the day: about 440 matters and 140 police calls a day, as the pattern
//! district has them (practice-rules §1: nine matters in ten are city management).

use bridge::simulator::curve::{self, Hours};

/// One stream of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stream {
    /// 12345 来电.
    Hotline,
    /// 群众上报.
    Public,
}

/// Follows office hours, a smaller hump after supper.
const HOTLINE: Hours = [5, 3, 2, 2, 2, 4, 12, 30, 74, 98, 96, 78, 46, 56, 86, 90, 80, 60, 42, 40, 36, 28, 18, 10];
/// On the way to work, at noon, on the way home.
const PUBLIC: Hours = [6, 4, 2, 2, 3, 10, 34, 76, 72, 54, 50, 54, 56, 44, 42, 44, 54, 74, 82, 78, 66, 50, 28, 15];

impl Stream {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Hotline, Self::Public];

    /// How the stream is called as a source of reports.
    pub(crate) const fn source(self) -> &'static str {
        match self {
            Self::Hotline => "hotline12345",
            Self::Public => "public",
        }
    }

    /// Reports on an ordinary day.
    pub(crate) const fn a_day(self) -> f64 {
        match self {
            Self::Hotline => 110.0,
            Self::Public => 30.0,
        }
    }

    const fn hours(self) -> &'static Hours {
        match self {
            Self::Hotline => &HOTLINE,
            Self::Public => &PUBLIC,
        }
    }

    /// Reports to be expected in this hour of the day, 0 to 23.
    pub(crate) fn in_hour(self, hour: usize) -> f64 {
        curve::in_hour(self.a_day(), self.hours(), hour)
    }
}
