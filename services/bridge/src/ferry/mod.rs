//! Frames as files, where only files may cross: signed, numbered batches in an in and an out folder.
//!
//! Both sides use this code as it is: what one writes, the other reads by the very same rules. It knows no partner and
//! no rule; what a frame means is said elsewhere.

mod batch;
mod carry;
mod folder;
mod number;
#[cfg(test)]
mod tests;

pub use batch::{BadBatch, BadKey, Signer, Verifier};
pub use carry::{Dock, DockError};
pub(crate) use carry::{Ferry, open};
pub use folder::{Folder, MOST_BYTES, file_name};
pub use number::Numbers;

/// Most frames in one batch.
pub const MOST_FRAMES: usize = 200;
