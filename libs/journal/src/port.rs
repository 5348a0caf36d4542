//! What every journal promises, whichever way it keeps the facts.
//!
//! One order for a whole district, positions dense from 1; a decision is in as a whole or not at all;
//! an append answers only when its facts are on disk. `conformance` holds back-ends to this.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::record::Draft;
use crate::subject::Subject;

pub use futures::stream::BoxStream;

/// A fact's number in the journal, dense from 1; 0 means nothing.
pub type Position = u64;

/// Most facts of one decision, the same on every back-end.
pub const MAX_FACTS: usize = 500;
/// Most bytes of one decision's records together, the same on every back-end.
pub const MAX_DECISION_BYTES: usize = 8 << 20;

/// A fact that is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub position: Position,
    /// The record's exact bytes. They share a large read buffer: copy what you keep for long.
    pub bytes: Bytes,
}

/// How far a journal has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tip {
    /// The last fact's number; 0 in an empty journal.
    pub position: Position,
    /// When it was recorded, in milliseconds of Unix time.
    pub time_ms: i64,
}

/// The facts a decision adds to one subject.
#[derive(Debug, Clone)]
pub struct Write {
    /// What they are about.
    pub subject: Subject,
    /// The position of the subject's last fact the decision was made on; 0 for none.
    pub expected: Position,
    /// The facts, in order.
    pub facts: Vec<Draft>,
}

/// What one command led to: all of it goes in, or none.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The command's id.
    pub command: String,
    /// One write a subject.
    pub writes: Vec<Write>,
}

/// Where a decision's facts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The first fact's position.
    pub first: Position,
    /// The last fact's position.
    pub last: Position,
    /// This very decision was there already; nothing was added.
    pub repeated: bool,
}

/// A decision that no journal would take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// No fact at all, or a write without one.
    #[error("command {command} writes nothing: a decision needs at least one fact a subject")]
    Empty {
        /// The command's id.
        command: String,
    },
    /// One subject in two writes.
    #[error("command {command} writes {subject} twice: put its facts into one write")]
    SameSubject {
        /// The command's id.
        command: String,
        /// The subject.
        subject: Subject,
    },
    /// A draft about something else than its write.
    #[error("record {id} is about {found}, its write is about {subject}")]
    OtherSubject {
        /// The record's id.
        id: String,
        /// The draft's subject.
        found: Subject,
        /// The write's subject.
        subject: Subject,
    },
    /// An id that is not `<command>.<n>` counted over the decision.
    #[error("record id {id:?} should be {wanted:?}: the command's id, a dot, and the fact's number in the decision")]
    Id {
        /// The draft's id.
        id: String,
        /// What it should be.
        wanted: String,
    },
    /// A version that does not continue its subject's.
    #[error("record {id} says version {found} of {subject}, the next is {wanted}")]
    Version {
        /// The record's id.
        id: String,
        /// The subject.
        subject: Subject,
        /// The draft's version.
        found: u64,
        /// What it should be.
        wanted: u64,
    },
    /// Opened for reading beside the writer.
    #[error("the journal is open for reading only: send commands to the process that writes it")]
    ReadOnly,
}

/// Why an append has no positions to tell.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// Someone wrote first. Nothing was kept.
    #[error("{subject} has moved on to position {last}: look again and decide again")]
    Conflict {
        /// The first subject whose expectation was stale.
        subject: Subject,
        /// The position of its last fact.
        last: Position,
    },
    /// More facts or bytes than one decision may have. Nothing was kept.
    #[error("the decision has {facts} facts and {bytes} bytes, {MAX_FACTS} and {limit} are allowed: split it")]
    TooLarge {
        /// Its facts.
        facts: usize,
        /// Its bytes.
        bytes: usize,
        /// The bytes allowed here.
        limit: usize,
    },
    /// A decision no journal would take. Nothing was kept; asking again does not help.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The queue is full. Nothing was kept.
    #[error("the journal's queue is full: try again in {} ms", retry_after.as_millis())]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// No answer from the disk or the broker: the decision may be in or not. Ask again with the same command.
    #[error("the journal cannot say whether the decision is in: ask again with the same command")]
    Unknown(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// The facts were copied to another journal, which is written now. Nothing was kept.
    #[error("this journal has moved to {to}: write there")]
    Moved {
        /// Where to.
        to: String,
    },
    /// The journal was closed. Nothing was kept.
    #[error("the journal is closed")]
    Closed,
}

/// Why facts could not be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// What is on disk is not what was written.
    #[error("{file} is damaged at byte {offset}: {what}; restore the file from a copy")]
    Damaged {
        /// The file's name.
        file: String,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// The disk or the broker did not answer.
    #[error("cannot read {what}")]
    Io {
        /// What was to be read.
        what: String,
        /// Why not.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
}

/// All facts of a district, in one order.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Adds a decision's facts, all or none over all its subjects; answers when they are on disk.
    ///
    /// A decision that is already in at exactly these expectations is answered with its first positions.
    ///
    /// # Errors
    /// [`AppendError`]; every variant but `Unknown` promises that nothing was kept.
    async fn append(&self, decision: Decision) -> Result<Appended, AppendError>;

    /// The facts of one subject from its `from_version`-th on, in order.
    ///
    /// # Errors
    /// [`ReadError`] when what is there cannot be read.
    async fn read(&self, subject: &Subject, from_version: u64) -> Result<Vec<Entry>, ReadError>;

    /// Every fact from position `from` on without a gap, first those that are in, then those that come.
    ///
    /// Batches are contiguous, not empty, and of [`BATCH`] entries at most. The stream ends only when the
    /// journal is closed, or after its first error.
    fn follow(&self, from: Position) -> BoxStream<'static, Result<Vec<Entry>, ReadError>>;

    /// The last fact that is on disk.
    ///
    /// # Errors
    /// [`ReadError`] when the journal is closed or does not answer.
    async fn head(&self) -> Result<Tip, ReadError>;
}

/// Most entries of one batch of [`Journal::follow`].
pub const BATCH: usize = 2048;

impl Decision {
    /// Checks what can be told without looking at the journal: something is written, no subject twice,
    /// drafts belong to their writes, ids are `<command>.<n>`, versions are consecutive, sizes fit.
    ///
    /// # Errors
    /// [`AppendError::Invalid`] or [`AppendError::TooLarge`].
    pub fn check(&self, limit: usize) -> Result<(), AppendError> {
        let facts = self.writes.iter().map(|write| write.facts.len()).sum();
        let bytes = self.writes.iter().flat_map(|write| &write.facts).map(|draft| draft.len() + 4).sum();
        let limit = limit.min(MAX_DECISION_BYTES);
        if facts > MAX_FACTS || bytes > limit {
            return Err(AppendError::TooLarge { facts, bytes, limit });
        }
        if facts == 0 || self.writes.iter().any(|write| write.facts.is_empty()) {
            return Err(Invalid::Empty { command: self.command.clone() }.into());
        }
        let mut subjects: Vec<_> = self.writes.iter().map(|write| &write.subject).collect();
        subjects.sort_unstable();
        if let Some(twice) = subjects.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Invalid::SameSubject { command: self.command.clone(), subject: twice[0].clone() }.into());
        }
        let mut number = 0;
        for write in &self.writes {
            for (nth, draft) in write.facts.iter().enumerate() {
                number += 1;
                self.check_draft(write, draft, number)?;
                let wanted = write.facts[0].version() + nth as u64;
                if draft.version() != wanted {
                    return Err(wrong_version(draft, wanted));
                }
            }
        }
        Ok(())
    }

    fn check_draft(&self, write: &Write, draft: &Draft, number: usize) -> Result<(), AppendError> {
        if draft.subject() != &write.subject {
            let (found, subject) = (draft.subject().clone(), write.subject.clone());
            return Err(Invalid::OtherSubject { id: draft.id().to_owned(), found, subject }.into());
        }
        let nth = draft.id().strip_prefix(&*self.command).and_then(|rest| rest.strip_prefix('.'));
        if nth.is_none_or(|nth| nth.starts_with(['0', '+']) || nth.parse() != Ok(number)) {
            return Err(Invalid::Id { id: draft.id().to_owned(), wanted: format!("{}.{number}", self.command) }.into());
        }
        Ok(())
    }
}

pub(crate) fn wrong_version(draft: &Draft, wanted: u64) -> AppendError {
    let (id, subject) = (draft.id().to_owned(), draft.subject().clone());
    Invalid::Version { id, subject, found: draft.version(), wanted }.into()
}
