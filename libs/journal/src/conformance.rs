//! What every journal promises, as tests: each function is one promise, run against a back-end through a
//! [`Harness`]. `journal::conformance!(make)` makes one test of each.
//!
//! For tests only: a broken promise panics.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use serde_json::value::RawValue;

use crate::port::{AppendError, Appended, Decision, Entry, Journal, Position, Write};
use crate::record::{Draft, DraftError, Envelope};
use crate::subject::Subject;

mod damage;
mod many;
mod one;

pub use damage::{a_damaged_middle_is_refused_and_not_read_over, a_torn_tail_costs_nothing_that_was_acknowledged};
pub use many::{
    a_full_queue_says_busy, follow_is_gap_free_while_others_write, follow_starts_anywhere, writers_on_many_subjects_all_get_in,
    writers_on_one_subject_take_turns,
};
pub use one::{
    a_decision_is_atomic_over_its_subjects, a_repeated_command_is_answered_with_its_first_positions,
    a_stale_writer_is_told_the_last_position_and_nothing_is_kept, decisions_no_journal_takes_are_refused,
    positions_are_dense_and_versions_count, records_from_one_byte_of_data_to_the_limit, the_journal_starts_by_saying_what_it_is,
    time_never_runs_backwards,
};

/// Tells the time, in milliseconds of Unix time.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A back-end under test, with one store of its own.
#[async_trait]
pub trait Harness: Send + Sync {
    /// Opens the store, the first time or again; the handle before was closed.
    async fn open(&self, clock: Clock, queue: usize) -> Arc<dyn Journal>;
    /// Closes a handle.
    async fn close(&self, journal: Arc<dyn Journal>);
    /// Opens the closed store again, as [`open`](Self::open); why not, where it does not. Somebody was told of position `floor`.
    async fn reopen(&self, clock: Clock, queue: usize, floor: Position) -> Result<Arc<dyn Journal>, String>;
    /// Damages what the closed store has on its disk.
    async fn spoil(&self, what: Spoil);
}

/// What a disk can do to what lies on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoil {
    /// Behind the last decision stands the beginning of another that a power cut tore.
    Tail,
    /// A byte of an early decision, behind which others stand, is another.
    Middle,
}

/// Makes one test of every promise; `$make` gives a fresh [`Harness`].
#[macro_export]
macro_rules! conformance {
    ($make:expr) => {
        $crate::conformance!($make;
            the_journal_starts_by_saying_what_it_is,
            positions_are_dense_and_versions_count,
            a_decision_is_atomic_over_its_subjects,
            a_stale_writer_is_told_the_last_position_and_nothing_is_kept,
            a_repeated_command_is_answered_with_its_first_positions,
            decisions_no_journal_takes_are_refused,
            records_from_one_byte_of_data_to_the_limit,
            time_never_runs_backwards,
            follow_is_gap_free_while_others_write,
            follow_starts_anywhere,
            writers_on_one_subject_take_turns,
            writers_on_many_subjects_all_get_in,
            a_full_queue_says_busy,
            a_torn_tail_costs_nothing_that_was_acknowledged,
            a_damaged_middle_is_refused_and_not_read_over
        );
    };
    ($make:expr; $($promise:ident),+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                $crate::conformance::$promise(&$make).await;
            }
        )+
    };
}

/// A clock that stands still.
fn still() -> Clock {
    Arc::new(|| 1_783_508_540_123)
}

/// Opens with the usual queue.
async fn open(harness: &dyn Harness) -> Arc<dyn Journal> {
    harness.open(still(), 4096).await
}

pub(crate) fn subject(id: impl std::fmt::Display) -> Subject {
    Subject::new(&format!("incident/{id}")).expect("a subject")
}

/// One fact; `number` is its place in the decision.
pub(crate) fn draft(command: &str, number: usize, subject: &Subject, version: u64, data: &str) -> Draft {
    try_draft(command, number, subject, version, data).expect("a draft")
}

/// The first fact about a subject, by somebody who is traced; `id` is the record's.
#[cfg(test)]
pub(crate) fn traced(id: &str, subject: &Subject, traceparent: &str) -> Draft {
    let data = RawValue::from_string("{}".to_owned()).expect("valid JSON");
    let command = id.rsplit_once('.').expect("a number").0;
    let traceparent = Some(traceparent);
    Draft::new(&Envelope { id, traceparent, ..envelope(command, subject, 1, &data) }).expect("a draft")
}

fn try_draft(command: &str, number: usize, subject: &Subject, version: u64, data: &str) -> Result<Draft, DraftError> {
    let data = RawValue::from_string(data.to_owned()).expect("valid JSON");
    let id = &format!("{command}.{number}");
    Draft::new(&Envelope { id, ..envelope(command, subject, version, &data) })
}

fn envelope<'a>(command: &'a str, subject: &'a Subject, version: u64, data: &'a RawValue) -> Envelope<'a> {
    Envelope {
        id: command,
        source: "hub/pukou/conformance",
        kind: "incident.noted",
        subject,
        actor: "seat/1",
        command,
        digest: "00112233445566778899aabbccddeeff",
        version,
        occurred: None,
        basis: "seat",
        policy: "none",
        traceparent: None,
        data,
    }
}

/// A decision: of each subject its expected position, the next version and how many facts.
pub(crate) fn decision(command: &str, writes: &[(&Subject, Position, u64, u64)]) -> Decision {
    let mut number = 0;
    let mut write = |&(subject, expected, version, facts): &(&Subject, Position, u64, u64)| {
        let mut one = |nth| {
            number += 1;
            draft(command, number, subject, version + nth, r#"{"words":"……"}"#)
        };
        Write { subject: subject.clone(), expected, facts: (0..facts).map(&mut one).collect() }
    };
    let writes = writes.iter().map(&mut write).collect();
    Decision { command: command.to_owned(), writes }
}

async fn append(journal: &dyn Journal, command: &str, writes: &[(&Subject, Position, u64, u64)]) -> Appended {
    journal.append(decision(command, writes)).await.expect("nothing speaks against this decision")
}

/// Follows until `last` is seen; checks density on the way.
async fn follow_to(journal: &dyn Journal, from: Position, last: Position) -> Vec<Entry> {
    let mut stream = journal.follow(from);
    let mut seen: Vec<Entry> = Vec::new();
    while seen.last().is_none_or(|entry| entry.position < last) {
        let batch = stream.next().await.expect("never ends while open").expect("readable");
        assert!((1..=crate::port::BATCH).contains(&batch.len()), "a batch of {}", batch.len());
        for entry in batch {
            assert_eq!(entry.position, from.max(1) + seen.len() as u64, "a gap");
            seen.push(entry);
        }
    }
    seen
}

fn is_conflict(answer: &Result<Appended, AppendError>, about: &Subject, at: Position) -> bool {
    matches!(answer, Err(AppendError::Conflict { subject, last }) if subject == about && *last == at)
}
