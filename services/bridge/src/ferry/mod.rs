//! Frames as files, where only files may cross: signed, numbered batches in an in and an out folder.
//!
//! Both sides use this code as it is: what one writes, the other reads by the very same rules. It knows no partner and
//! no rule; what a frame means is said elsewhere.

mod batch;
mod folder;
#[cfg(test)]
mod tests;

pub use batch::{BadBatch, BadKey, Signer, Verifier};
pub use folder::{Folder, MOST_BYTES, file_name};

/// Most frames in one batch.
pub const MOST_FRAMES: usize = 200;
