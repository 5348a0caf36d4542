//! The embedded journal on a real disk: what only this back-end promises.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::StreamExt;
use serde_json::value::RawValue;

use super::{Clock, Embedded, OpenError, Options};
use crate::port::{AppendError, Decision, Invalid, Journal, Position, Write};
use crate::record::{Draft, Envelope};
use crate::subject::Subject;

mod damage;
mod faults;
mod indexes;
mod power;
mod promises;

fn clock() -> Clock {
    let now = AtomicI64::new(1_783_508_540_123);
    Arc::new(move || now.fetch_add(1, Ordering::Relaxed))
}

fn options() -> Options {
    Options { segment_bytes: 64 << 10, ..Options::new("pukou", "main", clock()) }
}

fn subject(nth: u64) -> Subject {
    Subject::new(&format!("incident/{nth}")).expect("a subject")
}

/// One decision of one write.
fn decision(command: &str, subject: &Subject, expected: Position, version: u64, facts: u64) -> Decision {
    decision_from(command, 0, subject, expected, version, facts)
}

/// The same, its ids counted on from `number`.
fn decision_from(command: &str, number: u64, subject: &Subject, expected: Position, version: u64, facts: u64) -> Decision {
    let data = RawValue::from_string(r#"{"words":"……"}"#.to_owned()).expect("valid JSON");
    let facts = (0..facts)
        .map(|nth| {
            Draft::new(&Envelope {
                id: &format!("{command}.{}", number + nth + 1),
                source: "hub/pukou/test",
                kind: "incident.received",
                subject,
                actor: "seat/1",
                command,
                digest: "00112233445566778899aabbccddeeff",
                version: version + nth,
                occurred: None,
                basis: "seat",
                policy: "p1",
                traceparent: None,
                data: &data,
            })
            .expect("a draft")
        })
        .collect();
    Decision { command: command.to_owned(), writes: vec![Write { subject: subject.clone(), expected, facts }] }
}

/// Writes `count` facts about ten subjects, one after the other; gives the last position.
async fn fill(journal: &Embedded, from: u64, count: u64) -> Position {
    let mut last = 0;
    for nth in from..from + count {
        let subject = subject(nth % 10);
        let known = journal.read(&subject, 1).await.expect("readable");
        let expected = known.last().map_or(0, |entry| entry.position);
        let appended = journal.append(decision(&format!("c{nth}"), &subject, expected, known.len() as u64 + 1, 1)).await;
        last = appended.expect("written").last;
    }
    last
}

async fn all(journal: &Embedded) -> Vec<String> {
    let tip = journal.head().await.expect("a head").position;
    let mut follow = journal.follow(1);
    let mut records = Vec::new();
    while (records.len() as u64) < tip {
        for entry in follow.next().await.expect("not the end").expect("readable") {
            assert_eq!(entry.position, records.len() as u64 + 1);
            records.push(String::from_utf8(entry.bytes.to_vec()).expect("text"));
        }
    }
    records
}

#[tokio::test]
async fn facts_outlive_the_process_over_many_segments_and_so_do_the_indexes() {
    let dir = tempfile::tempdir().expect("a directory");
    let journal = Embedded::open(dir.path(), options()).expect("opens");
    let last = fill(&journal, 0, 600).await;
    assert_eq!(last, 601);
    let before = all(&journal).await;
    drop(journal);
    let segments = std::fs::read_dir(dir.path()).expect("listed").count();
    assert!(segments > 6, "only {segments} files");
    let journal = Embedded::open(dir.path(), options()).expect("opens again");
    assert_eq!(all(&journal).await, before);
    for nth in 0..10 {
        let facts = journal.read(&subject(nth), 1).await.expect("readable");
        assert_eq!(facts.len(), 60);
        let tail = journal.read(&subject(nth), 58).await.expect("readable");
        assert_eq!(tail, facts[57..]);
        assert_eq!(journal.read(&subject(nth), 1 + nth).await.expect("readable"), facts[nth as usize..]);
    }
    assert_eq!(fill(&journal, 600, 5).await, 606);
}

#[tokio::test]
async fn a_second_writer_is_told_the_first_ones_pid() {
    let dir = tempfile::tempdir().expect("a directory");
    let _first = Embedded::open(dir.path(), options()).expect("opens");
    let second = Embedded::open(dir.path(), options()).err();
    assert!(matches!(second, Some(OpenError::Locked { ref pid }) if *pid == std::process::id().to_string()), "{second:?}");
}

#[tokio::test]
async fn another_journals_directory_is_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(Embedded::open(dir.path(), options()).expect("opens"));
    let other = Embedded::open(dir.path(), Options { district: "gulou".to_owned(), ..options() }).err();
    assert!(matches!(other, Some(OpenError::Other { .. })), "{other:?}");
}

#[tokio::test]
async fn a_journal_keeps_its_own_name_whatever_name_a_new_one_would_get() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(Embedded::open(dir.path(), options()).expect("opens"));
    let again = Embedded::open(dir.path(), Options { journal_id: "another".to_owned(), ..options() }).expect("opens again");
    assert_eq!(again.head().await.expect("a head").position, 1, "no second first fact");
}

#[tokio::test]
async fn a_reader_beside_the_writer_sees_everything_and_writes_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    assert!(matches!(Embedded::read_only(&dir.path().join("none")), Err(OpenError::Absent)));
    let writer = Embedded::open(dir.path(), options()).expect("opens");
    fill(&writer, 0, 50).await;
    let reader = Embedded::read_only(dir.path()).expect("opens for reading");
    let mut follow = reader.follow(1);
    fill(&writer, 50, 400).await;
    let mut seen = 0;
    while seen < 451 {
        for entry in follow.next().await.expect("not the end").expect("readable") {
            seen += 1;
            assert_eq!(entry.position, seen);
        }
    }
    assert_eq!(reader.head().await.expect("a head"), writer.head().await.expect("a head"));
    assert_eq!(reader.read(&subject(3), 1).await.expect("readable"), writer.read(&subject(3), 1).await.expect("readable"));
    let refused = reader.append(decision("r", &subject(77), 0, 1, 1)).await;
    assert!(matches!(refused, Err(AppendError::Invalid(Invalid::ReadOnly))), "{refused:?}");
}

#[tokio::test]
async fn a_moved_journal_refuses_to_write_also_after_a_restart() {
    let dir = tempfile::tempdir().expect("a directory");
    let journal = Embedded::open(dir.path(), options()).expect("opens");
    fill(&journal, 0, 3).await;
    journal.mark_moved("nats://there").await.expect("noted");
    let refused = journal.append(decision("m", &subject(77), 0, 1, 1)).await;
    assert!(matches!(refused, Err(AppendError::Moved { ref to }) if to == "nats://there"), "{refused:?}");
    journal.close();
    let again = Embedded::open(dir.path(), options()).expect("opens again");
    let refused = again.append(decision("m", &subject(77), 0, 1, 1)).await;
    assert!(matches!(refused, Err(AppendError::Moved { ref to }) if to == "nats://there"), "{refused:?}");
    assert_eq!(again.head().await.expect("a head").position, 4);
    let closed = journal.append(decision("m", &subject(77), 0, 1, 1)).await;
    assert!(matches!(closed, Err(AppendError::Closed)), "{closed:?}");
}
