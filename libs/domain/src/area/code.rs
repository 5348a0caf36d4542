//! Area codes: district 6 digits, subdistrict 9, community 12, grid 15. A code's parent is its prefix.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{incident::kinds::Class, text::as_text};

/// One area code; its length tells its level. Kept as a number: ordered, small, cheap to copy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^([0-9]{6}|[0-9]{9}|[0-9]{12}|[0-9]{15})$"))]
pub struct AreaCode(u64);

/// The four levels of areas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// 区, 6 digits.
    District,
    /// 街道, 9 digits.
    Subdistrict,
    /// 社区 or 村, 12 digits.
    Community,
    /// 网格, 15 digits.
    Grid,
}

/// A text that is no area code.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not an area code: give 6, 9, 12 or 15 digits that do not begin with 0")]
pub struct BadCode(pub String);

impl AreaCode {
    /// How deep the area lies.
    #[must_use]
    pub fn level(self) -> Level {
        match self.0 {
            0..1_000_000 => Level::District,
            1_000_000..1_000_000_000 => Level::Subdistrict,
            1_000_000_000..1_000_000_000_000 => Level::Community,
            _ => Level::Grid,
        }
    }

    /// The area that holds this one; none above the district.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        (self.level() > Level::District).then_some(Self(self.0 / 1000))
    }

    /// The `number`-th area directly within this one, 1 to 999.
    #[must_use]
    pub(crate) fn child(self, number: u32) -> Self {
        debug_assert!((1..=999).contains(&number) && self.level() < Level::Grid, "{self} has no child {number}");
        Self(self.0 * 1000 + u64::from(number))
    }

    /// The code cut to `level`; itself where it is not deeper.
    #[must_use]
    pub fn at(self, level: Level) -> Self {
        let mut code = self;
        while code.level() > level {
            code = Self(code.0 / 1000);
        }
        code
    }

    /// Is `other` this area or within it?
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        other.level() >= self.level() && other.at(self.level()) == self
    }
}

impl FromStr for AreaCode {
    type Err = BadCode;
    fn from_str(text: &str) -> Result<Self, BadCode> {
        let shaped = matches!(text.len(), 6 | 9 | 12 | 15) && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(code) if shaped => Ok(Self(code)),
            _ => Err(BadCode(text.to_owned())),
        }
    }
}

as_text!(AreaCode);

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Where a matter lies, as far as it may be said in the clear: never an address, never a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The deepest area known: district when nothing better is, grid at best.
    pub area: AreaCode,
}

impl Place {
    /// The same place, no closer than its class allows: the grid may be said of class N alone (practice-rules §5.1).
    #[must_use]
    pub fn within(self, class: Class) -> Self {
        let too_close = class > Class::N && self.area.level() > Level::Community;
        if too_close { Self { area: self.area.at(Level::Community) } } else { self }
    }

    /// The subdistrict, where known.
    #[must_use]
    pub fn subdistrict(self) -> Option<AreaCode> {
        (self.area.level() >= Level::Subdistrict).then(|| self.area.at(Level::Subdistrict))
    }

    /// The community, where known.
    #[must_use]
    pub fn community(self) -> Option<AreaCode> {
        (self.area.level() >= Level::Community).then(|| self.area.at(Level::Community))
    }

    /// The grid, where known.
    #[must_use]
    pub fn grid(self) -> Option<AreaCode> {
        (self.area.level() == Level::Grid).then_some(self.area)
    }
}
