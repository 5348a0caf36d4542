//! Kept pictures: snapshots of the fold, and how far what goes out has come.
//!
//! The only home of sled, and no sled type leaves it. Nothing here is the only copy of anything: a
//! picture that is missing, damaged or of another shape is simply not given, and its owner folds again
//! from the journal. A wrong picture is never given. Calls block; an async caller uses `spawn_blocking`.
//!
//! Read [`Store`] first, then `picture` (what a picture looks like inside sled), then `writer`.

mod disk;
mod error;
mod picture;
mod store;
#[cfg(test)]
mod tests;
mod writer;

pub use error::StoreError;
pub use store::Store;
