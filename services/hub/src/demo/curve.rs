//! How many reports come in which hour of the day: about 440 matters and 140 police calls a day, as the pattern
//! district has them (practice-rules §1: nine matters in ten are city management).

/// One stream of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stream {
    /// 110 报警.
    Police,
    /// 12345 来电.
    Hotline,
    /// 网格巡查.
    Patrol,
    /// 群众上报.
    Public,
}

/// Share of each hour, 0 to 23, in thousandths of its own day (the sum need not be 1000).
type Hours = [u32; 24];

/// Evenings and late afternoons; bars and quarrels keep it up past midnight.
const POLICE: Hours = [26, 20, 15, 12, 10, 12, 20, 34, 46, 52, 54, 52, 48, 46, 48, 50, 54, 60, 62, 60, 58, 56, 48, 36];
/// Follows office hours, a smaller hump after supper.
const HOTLINE: Hours = [5, 3, 2, 2, 2, 4, 12, 30, 74, 98, 96, 78, 46, 56, 86, 90, 80, 60, 42, 40, 36, 28, 18, 10];
/// Two rounds a day and a short one in the evening.
const PATROL: Hours = [0, 0, 0, 0, 0, 2, 18, 60, 118, 130, 112, 64, 20, 34, 100, 112, 92, 52, 30, 28, 18, 8, 2, 0];
/// On the way to work, at noon, on the way home.
const PUBLIC: Hours = [6, 4, 2, 2, 3, 10, 34, 76, 72, 54, 50, 54, 56, 44, 42, 44, 54, 74, 82, 78, 66, 50, 28, 15];

impl Stream {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Police, Self::Hotline, Self::Patrol, Self::Public];

    /// How the stream is called as a source of reports.
    pub(crate) const fn source(self) -> &'static str {
        match self {
            Self::Police => "police110",
            Self::Hotline => "hotline12345",
            Self::Patrol => "patrol",
            Self::Public => "public",
        }
    }

    /// Reports on an ordinary day.
    pub(crate) const fn a_day(self) -> f64 {
        match self {
            Self::Police => 140.0,
            Self::Hotline => 110.0,
            Self::Patrol => 230.0,
            Self::Public => 100.0,
        }
    }

    const fn hours(self) -> &'static Hours {
        match self {
            Self::Police => &POLICE,
            Self::Hotline => &HOTLINE,
            Self::Patrol => &PATROL,
            Self::Public => &PUBLIC,
        }
    }

    /// Reports to be expected in this hour of the day, 0 to 23.
    pub(crate) fn in_hour(self, hour: usize) -> f64 {
        let whole: u32 = self.hours().iter().sum();
        self.a_day() * f64::from(self.hours()[hour % 24]) / f64::from(whole)
    }
}
