//! Promises one writer can see.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::{Harness, append, decision, draft, follow_to, is_conflict, open, subject};
use crate::header;
use crate::port::{AppendError, Appended, Decision, Invalid, MAX_FACTS, Write};
use crate::record::{DraftError, MAX_RECORD_BYTES};
use crate::subject::Subject;

/// Position 1 is `journal.opened`, written once.
pub async fn the_journal_starts_by_saying_what_it_is(harness: &dyn Harness) {
    let journal = open(harness).await;
    harness.close(journal).await;
    let journal = open(harness).await;
    assert_eq!(journal.head().await.expect("a head").position, 1);
    let first = follow_to(&*journal, 1, 1).await.remove(0);
    let first = header(&first.bytes).expect("a record");
    assert_eq!((first.kind, first.version), ("journal.opened", 1));
    assert!(first.subject.starts_with("journal/"), "{}", first.subject);
}

/// Positions have no gaps and versions count 1, 2, 3 for each subject, over a restart too.
pub async fn positions_are_dense_and_versions_count(harness: &dyn Harness) {
    let (a, b) = (subject("a"), subject("b"));
    let journal = open(harness).await;
    assert_eq!(append(&*journal, "c1", &[(&a, 0, 1, 2)]).await, Appended { first: 2, last: 3, repeated: false });
    assert_eq!(append(&*journal, "c2", &[(&b, 0, 1, 1)]).await, Appended { first: 4, last: 4, repeated: false });
    harness.close(journal).await;
    let journal = open(harness).await;
    assert_eq!(append(&*journal, "c3", &[(&a, 3, 3, 1)]).await, Appended { first: 5, last: 5, repeated: false });
    let facts = journal.read(&a, 1).await.expect("readable");
    let seen: Vec<_> = facts.iter().map(|fact| (fact.position, header(&fact.bytes).expect("a record").version)).collect();
    assert_eq!(seen, [(2, 1), (3, 2), (5, 3)]);
    assert_eq!(journal.read(&a, 3).await.expect("readable"), facts[2..]);
    assert!(journal.read(&a, 4).await.expect("readable").is_empty());
    assert!(journal.read(&subject("none"), 1).await.expect("readable").is_empty());
}

/// Several subjects in one decision: all in, next to each other, or none.
pub async fn a_decision_is_atomic_over_its_subjects(harness: &dyn Harness) {
    let (a, b, c) = (subject("a"), subject("b"), subject("c"));
    let journal = open(harness).await;
    let both = append(&*journal, "c1", &[(&a, 0, 1, 2), (&b, 0, 1, 1)]).await;
    assert_eq!((both.first, both.last), (2, 4));
    let stale = journal.append(decision("c2", &[(&c, 0, 1, 1), (&a, 3, 3, 1), (&b, 2, 2, 1)])).await;
    assert!(is_conflict(&stale, &b, 4), "got {stale:?}");
    assert!(journal.read(&c, 1).await.expect("readable").is_empty(), "all or nothing");
    assert_eq!(journal.head().await.expect("a head").position, 4);
    assert_eq!(append(&*journal, "c3", &[(&c, 0, 1, 1), (&a, 3, 3, 1), (&b, 4, 2, 1)]).await.first, 5);
}

/// A writer who decided on stale history is turned away, and nothing they wrote is kept.
pub async fn a_stale_writer_is_told_the_last_position_and_nothing_is_kept(harness: &dyn Harness) {
    let a = subject("a");
    let journal = open(harness).await;
    append(&*journal, "c1", &[(&a, 0, 1, 3)]).await;
    for expected in [0, 2, 3, 9] {
        let stale = journal.append(decision("c2", &[(&a, expected, 2, 1)])).await;
        assert!(is_conflict(&stale, &a, 4), "expected {expected}, got {stale:?}");
    }
    harness.close(journal).await;
    let journal = open(harness).await;
    let stale = journal.append(decision("c2", &[(&a, 0, 1, 1)])).await;
    assert!(is_conflict(&stale, &a, 4), "got {stale:?}");
    assert_eq!(journal.head().await.expect("a head").position, 4);
    assert_eq!(journal.read(&a, 1).await.expect("readable").len(), 3);
}

/// The same decision again changes nothing and is answered as the first time, for ever.
pub async fn a_repeated_command_is_answered_with_its_first_positions(harness: &dyn Harness) {
    let (a, b) = (subject("a"), subject("b"));
    let journal = open(harness).await;
    append(&*journal, "c0", &[(&b, 0, 1, 1)]).await;
    let again = decision("c1", &[(&a, 0, 1, 2), (&b, 2, 2, 1)]);
    let first = journal.append(again.clone()).await.expect("written");
    assert_eq!(journal.append(again.clone()).await.expect("known"), Appended { repeated: true, ..first });
    append(&*journal, "c2", &[(&a, 4, 3, 1), (&b, 5, 3, 1)]).await;
    harness.close(journal).await;
    let journal = open(harness).await;
    assert_eq!(journal.append(again).await.expect("known"), Appended { repeated: true, ..first });
    assert_eq!(journal.head().await.expect("a head").position, 7);
    // The same command with other subjects, more facts or another expectation is not the same decision.
    let other = journal.append(decision("c1", &[(&a, 0, 1, 2)])).await;
    assert!(is_conflict(&other, &a, 6), "got {other:?}");
    let other = journal.append(decision("c1", &[(&a, 0, 1, 2), (&b, 2, 2, 2)])).await;
    assert!(is_conflict(&other, &a, 6), "got {other:?}");
    let other = journal.append(decision("c1", &[(&a, 0, 1, 2), (&b, 0, 1, 1)])).await;
    assert!(is_conflict(&other, &a, 6), "got {other:?}");
}

/// What makes no sense is refused as such, and leaves nothing.
pub async fn decisions_no_journal_takes_are_refused(harness: &dyn Harness) {
    let (a, b) = (subject("a"), subject("b"));
    let journal = open(harness).await;
    let write = |subject: &Subject, facts| Write { subject: subject.clone(), expected: 0, facts };
    let one = |n, subject, version| draft("c", n, subject, version, "1");
    let wrong = [
        (vec![], "nothing"),
        (vec![write(&a, vec![])], "a write of nothing"),
        (vec![write(&a, vec![one(1, &a, 1)]), write(&a, vec![one(2, &a, 2)])], "a subject twice"),
        (vec![write(&a, vec![one(1, &b, 1)])], "a fact of another subject"),
        (vec![write(&a, vec![one(2, &a, 1)])], "an id that does not start at 1"),
        (vec![write(&a, vec![draft("d", 1, &a, 1, "1")])], "an id of another command"),
        (vec![write(&a, vec![one(1, &a, 2)])], "a version ahead"),
        (vec![write(&a, vec![one(1, &a, 1), one(2, &a, 3)])], "a version left out"),
    ];
    for (writes, what) in wrong {
        let answer = journal.append(Decision { command: "c".to_owned(), writes }).await;
        assert!(matches!(answer, Err(AppendError::Invalid(_))), "{what}: {answer:?}");
    }
    let answer = journal.append(decision("c", &[(&a, 0, 2, 1)])).await;
    assert!(matches!(answer, Err(AppendError::Invalid(Invalid::Version { wanted: 1, found: 2, .. }))), "{answer:?}");
    let many = journal.append(decision("c", &[(&a, 0, 1, MAX_FACTS as u64 + 1)])).await;
    assert!(matches!(many, Err(AppendError::TooLarge { .. })), "{many:?}");
    assert_eq!(journal.head().await.expect("a head").position, 1);
}

/// Records keep their exact bytes, from one byte of data to the longest record; a longer one is refused.
pub async fn records_from_one_byte_of_data_to_the_limit(harness: &dyn Harness) {
    let a = subject("a");
    let journal = open(harness).await;
    let bare = draft("big", 1, &a, 2, "\"\"").len();
    let long = format!("\"{}\"", "x".repeat(MAX_RECORD_BYTES - bare));
    let facts = [("small", 1, 0, "1"), ("big", 2, 2, long.as_str())];
    for (command, version, expected, data) in facts {
        let facts = vec![draft(command, 1, &a, version, data)];
        let writes = vec![Write { subject: a.clone(), expected, facts }];
        journal.append(Decision { command: command.to_owned(), writes }).await.expect("fits");
    }
    // A byte more makes no draft, so no journal is ever asked to keep it.
    let longer = format!("\"{}\"", "x".repeat(MAX_RECORD_BYTES + 1 - bare));
    let beyond = super::try_draft("big", 1, &a, 4, &longer).expect_err("a byte too long");
    assert!(matches!(beyond, DraftError::TooLarge { bytes, .. } if bytes == MAX_RECORD_BYTES + 1), "{beyond}");
    harness.close(journal).await;
    let journal = open(harness).await;
    let facts = journal.read(&a, 1).await.expect("readable");
    assert_eq!(header(&facts[0].bytes).expect("a record").data, "1");
    assert_eq!(facts[1].bytes.len(), MAX_RECORD_BYTES);
    assert_eq!(header(&facts[1].bytes).expect("a record").data, long);
    assert_eq!(follow_to(&*journal, 2, 3).await, facts);
}

/// Recorded time never runs backwards, though the clock does, and not over a restart either.
pub async fn time_never_runs_backwards(harness: &dyn Harness) {
    let a = subject("a");
    let now = Arc::new(AtomicI64::new(2_000_000));
    let clock = || {
        let now = Arc::clone(&now);
        let clock: super::Clock = Arc::new(move || now.load(Ordering::SeqCst));
        clock
    };
    let journal = harness.open(clock(), 64).await;
    append(&*journal, "c1", &[(&a, 0, 1, 1)]).await;
    now.store(5_000_000, Ordering::SeqCst);
    append(&*journal, "c2", &[(&a, 2, 2, 1)]).await;
    now.store(1_000_000, Ordering::SeqCst);
    append(&*journal, "c3", &[(&a, 3, 3, 1)]).await;
    harness.close(journal).await;
    let journal = harness.open(clock(), 64).await;
    append(&*journal, "c4", &[(&a, 4, 4, 1)]).await;
    assert_eq!(journal.head().await.expect("a head").time_ms, 5_000_000);
    let facts = journal.read(&a, 1).await.expect("readable");
    let times: Vec<_> = facts.iter().map(|fact| header(&fact.bytes).expect("a record").time_ms().expect("a time")).collect();
    assert_eq!(times, [2_000_000, 5_000_000, 5_000_000, 5_000_000]);
}
