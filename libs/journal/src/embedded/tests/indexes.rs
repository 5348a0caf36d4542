//! Index files: nothing in them is the only copy of anything, whatever happens to them and whenever.

use std::sync::Arc;

use super::{fill, options, subject};
use crate::embedded::disk::{Disk, SyncPoint};
use crate::embedded::sim::{Fault, SimDisk};
use crate::embedded::{Embedded, Options};
use crate::port::{Entry, Journal};

const FACTS: u64 = 120;

fn small() -> Options {
    Options { segment_bytes: 8 << 10, ..options() }
}

fn opened(disk: &SimDisk) -> Embedded {
    Embedded::open_on(Arc::new(disk.clone()), small()).expect("opens")
}

fn reading(disk: &SimDisk) -> Embedded {
    Embedded::read_only_on(Arc::new(disk.clone())).expect("opens for reading")
}

async fn by_subject(journal: &Embedded) -> Vec<Vec<Entry>> {
    let mut facts = Vec::new();
    for nth in 0..10 {
        facts.push(journal.read(&subject(nth), 1).await.expect("readable"));
    }
    facts
}

/// A journal of some segments, the facts in it, and one index in their midst.
async fn written() -> (SimDisk, Vec<Vec<Entry>>, String) {
    let disk = SimDisk::new();
    let journal = opened(&disk);
    fill(&journal, 0, FACTS).await;
    let facts = by_subject(&journal).await;
    drop(journal);
    let mut indexes: Vec<_> = disk.list().expect("listed").into_iter().filter(|name| name.ends_with(".idx")).collect();
    indexes.sort();
    assert!(indexes.len() > 4, "only {indexes:?}");
    (disk, facts, indexes.swap_remove(2))
}

/// Ways to lose an index: any byte of it, its end, what is behind it, all of it.
fn damages(whole: &[u8]) -> Vec<Option<Vec<u8>>> {
    let spoiled = (0..whole.len()).map(|at| {
        let mut bytes = whole.to_vec();
        bytes[at] ^= 0x55;
        Some(bytes)
    });
    let short = (0..whole.len()).step_by(9).map(|len| Some(whole[..len].to_vec()));
    let long = Some([whole, b"more"].concat());
    spoiled.chain(short).chain([long, None]).collect()
}

fn put(disk: &SimDisk, name: &str, bytes: Option<&[u8]>) {
    disk.remove(name).expect("it was there");
    if let Some(bytes) = bytes {
        let file = disk.create(name, 0).expect("made");
        file.write_at(0, bytes).expect("written");
    }
}

#[tokio::test]
async fn an_index_damaged_anywhere_before_the_journal_opens_is_made_again() {
    let (disk, facts, name) = written().await;
    let whole = disk.bytes(&name).expect("there");
    for (nth, damage) in damages(&whole).into_iter().enumerate() {
        put(&disk, &name, damage.as_deref());
        let reader = reading(&disk);
        assert!(by_subject(&reader).await == facts, "damage {nth}: a reader tells other facts");
        drop(reader);
        assert!(disk.bytes(&name) == damage, "damage {nth}: a reader changes nothing");
        let journal = opened(&disk);
        assert!(by_subject(&journal).await == facts, "damage {nth}: other facts");
        assert_eq!(journal.damaged_indexes(), usize::from(damage.is_some()), "damage {nth}");
        drop(journal);
        assert!(disk.bytes(&name).as_ref() == Some(&whole), "damage {nth}: not made again");
    }
}

#[tokio::test]
async fn an_index_damaged_anywhere_before_it_is_first_read_is_made_again() {
    let (disk, facts, name) = written().await;
    let whole = disk.bytes(&name).expect("there");
    let mut seen = 0;
    for (nth, damage) in damages(&whole).into_iter().enumerate() {
        let (journal, reader) = (opened(&disk), reading(&disk));
        put(&disk, &name, damage.as_deref());
        assert!(by_subject(&reader).await == facts, "damage {nth}: a reader tells other facts");
        assert!(disk.bytes(&name) == damage, "damage {nth}: a reader changes nothing");
        assert!(by_subject(&journal).await == facts, "damage {nth}: other facts");
        assert!(by_subject(&journal).await == facts, "damage {nth}: other facts the second time");
        seen += journal.damaged_indexes();
        assert_eq!(journal.damaged_indexes(), reader.damaged_indexes(), "damage {nth}");
        drop((reader, journal));
        // The fixed header is only read when the journal opens.
        drop(opened(&disk));
        assert!(disk.bytes(&name).as_ref() == Some(&whole), "damage {nth}: not made again");
    }
    assert!(seen > whole.len() / 2, "only {seen} damages were seen by a read");
}

#[tokio::test]
async fn an_index_that_shrinks_after_it_was_read_is_made_again() {
    let (disk, facts, name) = written().await;
    let whole = disk.bytes(&name).expect("there");
    for len in [0, 10, 70, 200, whole.len() - 1] {
        let journal = opened(&disk);
        assert!(by_subject(&journal).await == facts);
        put(&disk, &name, Some(&whole[..len]));
        assert!(by_subject(&journal).await == facts, "{len} bytes left: other facts");
        drop(journal);
        assert!(disk.bytes(&name).as_ref() == Some(&whole), "{len} bytes left: not made again");
    }
}

#[tokio::test]
async fn readers_that_find_the_same_damage_together_have_the_index_made_again_once() {
    let (disk, facts, name) = written().await;
    let whole = disk.bytes(&name).expect("there");
    let journal = opened(&disk);
    put(&disk, &name, Some(&whole[..whole.len() - 1]));
    let together = futures::future::join_all((0..10).map(|_| by_subject(&journal))).await;
    assert!(together.iter().all(|told| *told == facts));
    assert_eq!(journal.damaged_indexes(), 1);
}

#[tokio::test]
async fn a_damaged_index_is_answered_for_but_not_written_by_a_journal_that_is_broken_or_closed() {
    for closed in [false, true] {
        let (disk, facts, name) = written().await;
        let whole = disk.bytes(&name).expect("there");
        let journal = opened(&disk);
        if closed {
            journal.close();
        } else {
            disk.fail(Fault::Sync(SyncPoint::Group));
            let unknown = journal.append(super::decision("b", &subject(77), 0, 1, 1)).await;
            assert!(unknown.is_err(), "{unknown:?}");
        }
        put(&disk, &name, Some(&whole[..whole.len() - 1]));
        let changes = disk.changes();
        assert!(by_subject(&journal).await == facts);
        drop(journal);
        assert_eq!(disk.changes(), changes, "closed: {closed}: it wrote");
    }
}

#[tokio::test]
async fn an_index_that_cannot_be_written_keeps_no_journal_from_opening() {
    for fault in [Fault::Sync(SyncPoint::Index), Fault::Full, Fault::Short] {
        let (disk, facts, name) = written().await;
        let whole = disk.bytes(&name).expect("there");
        put(&disk, &name, None);
        disk.fail(fault);
        let journal = opened(&disk);
        assert!(by_subject(&journal).await == facts, "{fault:?}");
        drop(journal);
        assert_eq!(disk.bytes(&name), None, "{fault:?}");
        drop(opened(&disk));
        assert!(disk.bytes(&name).as_ref() == Some(&whole), "{fault:?}");
    }
}
