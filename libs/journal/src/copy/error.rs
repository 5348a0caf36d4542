//! Why a journal is not moved, or not yet.

use std::sync::Arc;

use crate::port::{Position, ReadError};

/// What a disk or a server said.
type Failure = Arc<dyn std::error::Error + Send + Sync>;

/// Why a journal is not moved, or not yet.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CopyError {
    /// A place that does not open.
    #[error("cannot open {place}")]
    Open {
        /// Which.
        place: String,
        /// Why not.
        #[source]
        source: Failure,
    },
    /// Nothing to move.
    #[error("there is no journal at {place}: check the directory or the address, and the district")]
    Absent {
        /// Where.
        place: String,
    },
    /// From somewhere to the same place.
    #[error("{place} is named twice: a journal is moved from one place to another")]
    Same {
        /// Which.
        place: String,
    },
    /// Two districts.
    #[error("the source is of district {from}, the target of district {to}: facts of two districts never meet in one journal")]
    District {
        /// The source's.
        from: String,
        /// The target's.
        to: String,
    },
    /// The target is another journal, or was written by itself.
    #[error(
        "position {position} of {to} is not what {from} has there, nothing was copied: choose an empty place, or this journal's own copy"
    )]
    Differs {
        /// The first that differs.
        position: Position,
        /// The source.
        from: String,
        /// The target.
        to: String,
    },
    /// The target holds more.
    #[error("{to} goes on to position {there}, {from} ends at {end}: is it the other way round, or was a fact lost?")]
    Longer {
        /// The source.
        from: String,
        /// Where it ends.
        end: Position,
        /// The target.
        to: String,
        /// Where that ends.
        there: Position,
    },
    /// The facts went elsewhere before.
    #[error("{place} has moved to {to}: copy from there; a copy that was begun is only ever gone on with to that place")]
    Moved {
        /// Which.
        place: String,
        /// Where its facts went.
        to: String,
    },
    /// A stream that takes nothing more.
    #[error("{place} is sealed for ever, its facts went to {to}: choose another place, or have an administrator delete the stream")]
    Sealed {
        /// Which.
        place: String,
        /// Where its facts went.
        to: String,
    },
    /// Somebody writes into the target.
    #[error(
        "somebody else writes to {place}, and has written position {position}: stop the hub there, empty the place, run it again"
    )]
    Overtaken {
        /// The target.
        place: String,
        /// What they wrote.
        position: Position,
    },
    /// A record that the target cannot hold.
    #[error("position {position} is no record that can be copied: {what}")]
    Record {
        /// Where.
        position: Position,
        /// What is wrong with it.
        what: String,
    },
    /// A decision that goes into no segment.
    #[error("the decision at position {position} takes {bytes} bytes, a segment of {place} has {limit}: make segments larger")]
    TooLarge {
        /// The target.
        place: String,
        /// Where it begins.
        position: Position,
        /// Its bytes.
        bytes: usize,
        /// The segment's.
        limit: u64,
    },
    /// Not this user.
    #[error(
        "{place} cannot be sealed by this user: run the copy with an administrator's user of the account, in the address or the options"
    )]
    Rights {
        /// The stream's place.
        place: String,
    },
    /// The source could not be marked.
    #[error("{place} cannot be marked moved, and may be written still: run the copy again, it goes on where it stopped")]
    Mark {
        /// The source, or the target that is not yet free.
        place: String,
        /// Why not.
        #[source]
        source: Failure,
    },
    /// What is there cannot be read.
    #[error("cannot read {place}: run the copy again when it can be, it goes on where it stopped")]
    Read {
        /// Which.
        place: String,
        /// Why not.
        #[source]
        source: ReadError,
    },
    /// The target did not take it, or did not say so.
    #[error("cannot write to {place}: run the copy again when that is mended, it goes on where it stopped")]
    Write {
        /// The target.
        place: String,
        /// Why not.
        #[source]
        source: Failure,
    },
}
