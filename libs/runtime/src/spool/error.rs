//! What can go wrong with what is kept here.

use std::time::Duration;

use journal::{AppendError, DraftError, OpenError, ReadError};

/// Why a report could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// No room.
    #[error("{waiting} reports wait on this process' own disk, and there is no room for more until the journal's servers are back")]
    Full {
        /// Reports that wait.
        waiting: usize,
        /// When to try again.
        retry_after: Duration,
    },
    /// It does not go into a record.
    #[error("the report cannot be written down")]
    Draft(#[from] DraftError),
    /// The disk did not take it.
    #[error("the report could not be kept on this process' own disk")]
    Append(#[source] AppendError),
    /// The spool does not open.
    #[error("open the reports that were kept in {dir}")]
    Open {
        /// The directory.
        dir: String,
        /// Why not.
        #[source]
        source: OpenError,
    },
    /// What is kept does not read.
    #[error("read the reports that were kept in {dir}")]
    Read {
        /// The directory.
        dir: String,
        /// Why not.
        #[source]
        source: ReadError,
    },
    /// What is kept is not what was written.
    #[error("{dir} holds a record that is no kept report ({what}): move the directory aside, and tell who keeps the hub")]
    Strange {
        /// The directory.
        dir: String,
        /// What is wrong with it.
        what: String,
    },
    /// The disk refused.
    #[error("cannot {what} {dir}")]
    Disk {
        /// What was tried.
        what: &'static str,
        /// The directory.
        dir: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}
