//! The grid platform: what patrols find, and what only the grid does with it.

mod finds;
mod script;
#[cfg(test)]
mod tests;

pub(super) use finds::hour;
