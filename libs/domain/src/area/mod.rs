//! Areas of a district: codes, names, grids. Finds the area of a point, or of a name in a text.
//!
//! Whole numbers only: a point is degrees × 10⁷. Knows no address and keeps no text.

mod code;
mod datum;
mod draw;
mod geometry;
mod names;
mod table;

pub use code::{AreaCode, BadCode, Level, Place};
pub use draw::{Drawing, Undrawable};
pub use geometry::Point;
pub use names::Named;
pub use table::{Area, AreaKind, Areas};
