//! Points and rings in whole numbers. A point on an edge lies on one side of it only, so rings that share their
//! edges exactly share no point.

use serde::Deserialize;

use super::code::AreaCode;
use crate::policy::header::{File, PolicyError};

/// A point, degrees × 10⁷ in the district's own datum (CGCS2000). Sealed wherever it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// East.
    pub lon_e7: i64,
    /// North.
    pub lat_e7: i64,
}

/// Rings of the district and of its grids.
#[derive(Debug)]
pub(super) struct Geometry {
    outline: Vec<Ring>,
    grids: Vec<(AreaCode, Ring)>,
}

#[derive(Debug)]
struct Ring {
    corners: Vec<(i64, i64)>,
    low: (i64, i64),
    high: (i64, i64),
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    outline: Vec<Vec<(i64, i64)>>,
    #[serde(default)]
    grid: Vec<Grid>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grid {
    code: AreaCode,
    ring: Vec<(i64, i64)>,
}

impl Geometry {
    pub(super) fn read(file: File<'_>, known: impl Fn(AreaCode) -> bool) -> Result<Self, PolicyError> {
        let (_, body): (_, Body) = file.parse()?;
        let ring = |corners, row: &str| {
            Ring::new(corners).ok_or_else(|| file.wrong(row, "give three corners or more, each within ±1,800,000,000"))
        };
        let outline = body.outline.into_iter().map(|corners| ring(corners, "outline")).collect::<Result<_, _>>()?;
        let mut grids = Vec::new();
        for Grid { code, ring: corners } in body.grid {
            if !known(code) {
                return Err(file.wrong(code.to_string(), "is not a grid of the table of areas"));
            }
            grids.push((code, ring(corners, &code.to_string())?));
        }
        Ok(Self { outline, grids })
    }

    pub(super) fn grid_at(&self, point: Point) -> Option<AreaCode> {
        self.grids.iter().find(|(_, ring)| ring.holds(point)).map(|(code, _)| *code)
    }

    pub(super) fn within(&self, point: Point) -> Option<bool> {
        (!self.outline.is_empty()).then(|| self.outline.iter().any(|ring| ring.holds(point)))
    }
}

impl Ring {
    fn new(corners: Vec<(i64, i64)>) -> Option<Self> {
        const MOST: i64 = 1_800_000_000;
        // Not by `abs`: the least number there is has none.
        let on_earth = |number: &i64| (-MOST..=MOST).contains(number);
        if corners.len() < 3 || !corners.iter().all(|(x, y)| on_earth(x) && on_earth(y)) {
            return None;
        }
        let fold = |pick: fn(i64, i64) -> i64| corners.iter().copied().reduce(|a, b| (pick(a.0, b.0), pick(a.1, b.1)));
        let (low, high) = (fold(Ord::min)?, fold(Ord::max)?);
        Some(Self { corners, low, high })
    }

    /// Counts the edges east of the point; an edge owns its lower end and not its upper one.
    fn holds(&self, Point { lon_e7: x, lat_e7: y }: Point) -> bool {
        if x < self.low.0 || x > self.high.0 || y < self.low.1 || y > self.high.1 {
            return false;
        }
        let last = self.corners.len() - 1;
        let mut inside = false;
        for nth in 0..=last {
            let (a, b) = (self.corners[nth], self.corners[if nth == last { 0 } else { nth + 1 }]);
            if (a.1 > y) == (b.1 > y) {
                continue;
            }
            let (low, high) = if a.1 < b.1 { (a, b) } else { (b, a) };
            // Is the point strictly west of the edge? Products of whole numbers, so the answer is exact for both neighbours.
            let wide = i128::from;
            inside ^=
                (wide(x) - wide(low.0)) * (wide(high.1) - wide(low.1)) < (wide(high.0) - wide(low.0)) * (wide(y) - wide(low.1));
        }
        inside
    }
}

#[cfg(test)]
mod tests;
