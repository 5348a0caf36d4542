//! Draws a district's grids into its outline by a fixed rule, in whole numbers only: the same outline and table give
//! the same rings on every machine. A stand-in until the district's own polygons are loaded.
//!
//! The rule. The outline is shared out among the subdistricts, each piece among its communities, each of those among
//! its grids. To share a piece among several areas, their list (in order of code) is split in two where the numbers of
//! grids come closest to half; the piece is cut across its longer side so that the surfaces stand as the grids do; the
//! first half gets the west or the south. What has no grid gets no room.
//!
//! A cut runs along a whole number. Where it meets a slanted edge the meeting point is rounded once, both sides get it,
//! and it becomes a corner of the outline too; so the rings together are the outline, exactly. Because the new corners
//! change the surface by a hair, the drawing is done again on the new outline until no corner is new: drawn from its
//! own outline, a drawing comes out the same. A piece in two parts is one ring that runs along the cut between them.

use std::fmt::Write as _;

use super::{
    code::{AreaCode, Level},
    table::Areas,
};

/// A corner, degrees × 10⁷: east, north.
type Corner = (i64, i64);

/// The outline and the ring of every grid, as a geometry file holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// The district's outline, with a corner wherever a cut meets it.
    pub outline: Vec<Corner>,
    /// The grids, in order of code.
    pub grids: Vec<(AreaCode, Vec<Corner>)>,
}

/// An outline into which the grids cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undrawable {
    /// No surface, a corner that is nowhere on earth, or nothing to draw.
    #[error("give an outline of three corners or more around some land, each within ±1,800,000,000, and a table with grids")]
    Nothing,
    /// Not even a strip one unit wide is left.
    #[error("the outline is too small: there is no room for {0}")]
    NoRoom(AreaCode),
    /// The corners went on changing.
    #[error("the cuts did not come to rest in {ROUNDS} rounds: give an outline of fewer or rounder corners")]
    Restless,
}

/// Drawings tried before giving up; a few are enough.
const ROUNDS: u32 = 20;
/// A degree of longitude is 17/20 of one of latitude at 32° north: only for telling which side is longer.
const NARROWER: (i64, i64) = (17, 20);

impl Drawing {
    /// Draws the grids of `areas` into an outline: one ring that does not cross itself, its first corner not repeated.
    ///
    /// # Errors
    /// There is nothing to draw, or no room for it.
    pub fn of(outline: &[Corner], areas: &Areas) -> Result<Self, Undrawable> {
        let mut outline = outline.to_vec();
        let grids: Vec<AreaCode> = areas.grids().collect();
        let nowhere = outline.iter().any(|(x, y)| x.unsigned_abs().max(y.unsigned_abs()) > 1_800_000_000);
        if grids.is_empty() || nowhere || surface(&outline) == 0 {
            return Err(Undrawable::Nothing);
        }
        for _ in 0..ROUNDS {
            let mut round = Round { grids: &grids, drawn: Vec::new(), met: Vec::new() };
            round.share_within(outline.clone(), areas.district())?;
            if round.met.is_empty() {
                return Ok(Self { outline, grids: round.drawn });
            }
            for Met { from, to, at } in round.met {
                insert(&mut outline, from, to, at);
            }
        }
        Err(Undrawable::Restless)
    }

    /// The rows of a geometry file, below its head: the outline, then one grid a line.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = format!("outline = [{}]\n\ngrid = [\n", ring(&self.outline));
        for (code, corners) in &self.grids {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{{code=\"{code}\",ring={}}},", ring(corners));
        }
        text.push_str("]\n");
        text
    }
}

fn ring(corners: &[Corner]) -> String {
    let pairs: Vec<String> = corners.iter().map(|(x, y)| format!("[{x},{y}]")).collect();
    format!("[{}]", pairs.join(","))
}

/// One drawing of all cuts.
struct Round<'a> {
    grids: &'a [AreaCode],
    drawn: Vec<(AreaCode, Vec<Corner>)>,
    met: Vec<Met>,
}

/// A cut met a slanted edge: always one of the outline, or a part of one.
struct Met {
    from: Corner,
    to: Corner,
    at: Corner,
}

/// An area and its number of grids.
type Share = (AreaCode, u32);

impl Round<'_> {
    /// The areas one level below that have grids, in order of code.
    fn within(&self, area: AreaCode) -> Vec<Share> {
        let mut shares: Vec<Share> = Vec::new();
        for grid in self.grids.iter().filter(|grid| area.contains(**grid)) {
            let mut child = *grid;
            while let Some(parent) = child.parent().filter(|parent| *parent != area) {
                child = parent;
            }
            match shares.last_mut() {
                Some((last, count)) if *last == child => *count += 1,
                _ => shares.push((child, 1)),
            }
        }
        shares
    }

    fn share_within(&mut self, piece: Vec<Corner>, area: AreaCode) -> Result<(), Undrawable> {
        let shares = self.within(area);
        self.share(piece, &shares)
    }

    fn share(&mut self, piece: Vec<Corner>, shares: &[Share]) -> Result<(), Undrawable> {
        match shares {
            [] => Ok(()),
            [(grid, _)] if grid.level() == Level::Grid => {
                self.drawn.push((*grid, piece));
                Ok(())
            }
            [(area, _)] => self.share_within(piece, *area),
            [(first_area, _), ..] => {
                let (first, second) = halves(shares);
                let cut = Cut::by_share(&piece, total(first), total(second)).ok_or(Undrawable::NoRoom(*first_area))?;
                let Sides { low, high, met } = cut.sides(&piece);
                self.met.extend(met);
                self.share(tidy(low), first)?;
                self.share(tidy(high), second)
            }
        }
    }
}

fn total(shares: &[Share]) -> u32 {
    shares.iter().map(|(_, count)| count).sum()
}

/// Splits a list of two or more where the counts come closest to half; the earlier place where two are as good.
fn halves(shares: &[Share]) -> (&[Share], &[Share]) {
    let all = total(shares);
    let best = (1..shares.len()).min_by_key(|&nth| (2 * total(&shares[..nth])).abs_diff(all));
    shares.split_at(best.unwrap_or(1))
}

/// A straight cut across one axis.
#[derive(Clone, Copy)]
struct Cut {
    /// From south to north (`x` is fixed), or from west to east.
    upright: bool,
    at: i64,
}

/// The two sides of a cut piece.
struct Sides {
    low: Vec<Corner>,
    high: Vec<Corner>,
    met: Vec<Met>,
}

impl Cut {
    /// The cut across the longer side that gives the low side `first` parts of `first + second`: the lowest that gives
    /// no less. None where one side would be left without surface.
    fn by_share(piece: &[Corner], first: u32, second: u32) -> Option<Self> {
        let bounds = |pick: fn(&Corner) -> i64| Some((piece.iter().map(pick).min()?, piece.iter().map(pick).max()?));
        let ((west, east), (south, north)) = (bounds(|corner| corner.0)?, bounds(|corner| corner.1)?);
        let upright = (east - west) * NARROWER.0 >= (north - south) * NARROWER.1;
        let whole = surface(piece);
        let enough =
            |at: i64| surface(&Self { upright, at }.sides(piece).low) * i128::from(first + second) >= whole * i128::from(first);
        let (mut less, mut enough_at) = if upright { (west, east) } else { (south, north) };
        while enough_at - less > 1 {
            let middle = less + (enough_at - less) / 2;
            if enough(middle) {
                enough_at = middle;
            } else {
                less = middle;
            }
        }
        let cut = Self { upright, at: enough_at };
        let Sides { low, high, .. } = cut.sides(piece);
        (surface(&low) > 0 && surface(&high) > 0).then_some(cut)
    }

    /// Cuts a ring in two; a corner on the line belongs to both sides.
    fn sides(self, piece: &[Corner]) -> Sides {
        let mut sides = Sides { low: Vec::new(), high: Vec::new(), met: Vec::new() };
        let Some(last) = piece.last() else { return sides };
        let place = |corner: Corner| if self.upright { corner.0 } else { corner.1 };
        let mut from = *last;
        for &to in piece {
            if place(from).min(place(to)) < self.at && self.at < place(from).max(place(to)) {
                let at = self.meet(from, to);
                sides.low.push(at);
                sides.high.push(at);
                if from.0 != to.0 && from.1 != to.1 {
                    sides.met.push(Met { from, to, at });
                }
            }
            if place(to) <= self.at {
                sides.low.push(to);
            }
            if place(to) >= self.at {
                sides.high.push(to);
            }
            from = to;
        }
        sides
    }

    /// Where the cut meets an edge that it crosses, rounded to the nearest whole number, a half upwards.
    fn meet(self, one: Corner, other: Corner) -> Corner {
        let turn = |(x, y): Corner| if self.upright { (x, y) } else { (y, x) };
        let (a, b) = (turn(one.min(other)), turn(one.max(other)));
        let (run, rise, way) = (i128::from(b.0 - a.0), i128::from(b.1 - a.1), i128::from(self.at - a.0));
        let up = (2 * rise * way * run.signum() + run.abs()).div_euclid(2 * run.abs());
        // Between the two ends, so it fits.
        turn((self.at, a.1 + i64::try_from(up).unwrap_or_default()))
    }
}

/// Twice the surface of a ring, in square units.
fn surface(corners: &[Corner]) -> i128 {
    let Some(last) = corners.last() else { return 0 };
    let wide = |(x, y): Corner| (i128::from(x), i128::from(y));
    let mut sum = 0;
    let mut from = wide(*last);
    for to in corners.iter().map(|corner| wide(*corner)) {
        sum += from.0 * to.1 - to.0 * from.1;
        from = to;
    }
    sum.abs()
}

/// Takes away corners that say nothing: repeated ones, and middle ones of three in one row, upright or level. What the
/// ring holds stays exactly the same.
fn tidy(mut corners: Vec<Corner>) -> Vec<Corner> {
    let mut nth = 0;
    let mut kept_in_a_row = 0;
    while corners.len() > 2 && kept_in_a_row < corners.len() {
        let count = corners.len();
        nth %= count;
        let (a, b, c) = (corners[(nth + count - 1) % count], corners[nth], corners[(nth + 1) % count]);
        if a == b || (a.0 == b.0 && b.0 == c.0) || (a.1 == b.1 && b.1 == c.1) {
            corners.remove(nth);
            nth += count - 2;
            kept_in_a_row = 0;
        } else {
            nth += 1;
            kept_in_a_row += 1;
        }
    }
    corners
}

/// Makes `at` a corner of the edge `from`–`to`.
fn insert(outline: &mut Vec<Corner>, from: Corner, to: Corner, at: Corner) {
    let count = outline.len();
    if let Some(nth) = (0..count).find(|&nth| outline[nth] == from && outline[(nth + 1) % count] == to) {
        outline.insert(nth + 1, at);
    }
}

#[cfg(test)]
mod tests;
