//! Facts in one order: what a journal promises, and the places that keep the promise.
//!
//! [`Journal`] is four calls: append, read, follow, head. [`Draft`] is a fact on its way in,
//! [`Entry`] a fact that is in, [`header`](fn@header) looks at one without copying. [`Embedded`] keeps the facts
//! in segment files of one process, [`JetStream`] in a stream of a NATS server or cluster; [`copy`]
//! moves them from one to the other. [`mod@conformance`] is the promise as tests; every back-end runs all of it.
//!
//! This crate knows no fact by name: what `data` means is the rules' business. Read [`port`] first.

pub mod conformance;
pub mod copy;
pub mod embedded;
mod first;
pub mod header;
pub mod jetstream;
pub mod port;
pub mod record;
pub mod subject;
mod subjects;
pub mod time;

pub use embedded::{Clock, Embedded, OpenError, Options};
pub use first::FirstError;
pub use header::{Header, RecordError, header, peek};
pub use jetstream::JetStream;
pub use port::{AppendError, Appended, BoxStream, Decision, Entry, Invalid, Journal, Position, ReadError, Tip, Write};
pub use record::{Draft, DraftError, Envelope, MAX_RECORD_BYTES};
pub use subject::{Subject, SubjectError};
