//! What can go wrong in the store.

use std::io;

/// Why the store did not do what was asked. The journal has everything; a store that fails may be deleted.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the store open.
    #[error("store {path} is in use by another process; stop that one first")]
    InUse {
        /// The directory.
        path: String,
    },
    /// The disk refused.
    #[error("cannot {what} in the store")]
    Disk {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The store broke while it was open.
    #[error("the store was damaged while it was open ({detail}); restart, and it is built anew")]
    Damaged {
        /// What was seen.
        detail: String,
    },
    /// A picture may not go back.
    #[error("picture {name} is kept at {kept} and cannot go back to {asked}; replace it instead")]
    Backwards {
        /// The picture.
        name: String,
        /// Where it stands.
        kept: u64,
        /// What was asked.
        asked: u64,
    },
    /// A key too long to be one.
    #[error("a key of {bytes} bytes is too long for picture {name}; keep it to {most}")]
    LongKey {
        /// The picture.
        name: String,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// The writer thread ended.
    #[error("the store's writer has stopped after an earlier failure; restart the process")]
    Stopped,
}

impl From<sled::Error> for StoreError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(source) => Self::Disk { what: "read or write", source },
            other => Self::Damaged { detail: other.to_string() },
        }
    }
}
