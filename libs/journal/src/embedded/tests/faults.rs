//! Disks that fail: what the journal does at once, and what is left when it is opened again.
//!
//! A failed sync of the simulated disk brings some sectors to disk and not others, by dice that the number
//! of changes so far decides. [`shaken`] gives disks that differ in nothing else.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{clock, decision, fill, options, subject};
use crate::embedded::disk::{Disk, DiskFile, SyncPoint};
use crate::embedded::group::Group;
use crate::embedded::sim::{Fault, SimDisk};
use crate::embedded::state::{locked, segment_name};
use crate::embedded::{Embedded, Options};
use crate::port::{AppendError, Journal};

fn opened(disk: &SimDisk) -> Embedded {
    Embedded::open_on(Arc::new(disk.clone()), options()).expect("opens")
}

fn shaken() -> impl Iterator<Item = SimDisk> {
    (0..40).map(|nth| {
        let disk = SimDisk::new();
        for _ in 0..nth {
            disk.sync_dir(SyncPoint::RecoveredDir).expect("synced");
        }
        disk
    })
}

/// Everything is refused from now on, the reason can be asked for, and nothing is written.
async fn stopped(journal: &Embedded, disk: &SimDisk, what: &str) {
    let broken = journal.broken().expect("a reason");
    assert!(broken.contains(what), "{broken}");
    let changes = disk.changes();
    let later = journal.append(decision("later", &subject(77), 0, 1, 1)).await;
    assert!(matches!(later, Err(AppendError::Unknown(_))), "{later:?}");
    assert!(journal.mark_moved("elsewhere").await.is_err(), "moved after the failure");
    assert_eq!(disk.changes(), changes, "something was written after the failure");
}

#[tokio::test]
async fn a_failed_sync_a_full_disk_and_a_short_write_stop_the_journal_for_good() {
    for fault in [Fault::Sync(SyncPoint::Group), Fault::Full, Fault::Short] {
        let disk = SimDisk::new();
        let journal = opened(&disk);
        journal.append(decision("a", &subject(1), 0, 1, 1)).await.expect("written");
        assert_eq!(journal.broken(), None);
        disk.fail(fault);
        let unknown = journal.append(decision("b", &subject(2), 0, 1, 1)).await;
        assert!(matches!(unknown, Err(AppendError::Unknown(_))), "{fault:?}: {unknown:?}");
        stopped(&journal, &disk, "it could not bring decisions to disk: ").await;
        assert_eq!(journal.head().await.expect("a head").position, 2);
        assert!(journal.read(&subject(2), 1).await.expect("readable").is_empty());
    }
}

#[tokio::test]
async fn a_segment_whose_name_is_not_synced_stops_the_journal_and_gets_no_facts() {
    let disk = SimDisk::new();
    let journal = opened(&disk);
    disk.fail(Fault::Sync(SyncPoint::Roll));
    let mut last = 1;
    for nth in 0..100 {
        match journal.append(decision(&format!("c{nth}"), &subject(nth), 0, 1, 5)).await {
            Ok(appended) if journal.broken().is_none() => last = appended.last,
            Ok(appended) => panic!("{appended:?} after the failure"),
            Err(error) => assert!(matches!(error, AppendError::Unknown(_)), "{error:?}"),
        }
    }
    stopped(&journal, &disk, "it could not begin a new segment: the sync failed").await;
    assert_eq!(journal.head().await.expect("a head").position, last);
    drop(journal);
    let next = disk.bytes(&segment_name(last + 1)).expect("the name is there");
    assert!(next.iter().all(|&b| b == 0), "facts in a segment whose name may be lost");
    disk.kill();
    let journal = opened(&disk);
    assert_eq!(fill(&journal, 1000, 1).await, last + 1);
    drop(journal);
    disk.power_cut(1);
    assert_eq!(opened(&disk).head().await.expect("a head").position, last + 1);
}

#[tokio::test]
async fn no_index_outlives_the_name_of_the_segment_behind_its_own() {
    for (nth, seed) in (1..10).flat_map(|nth| (0..20).map(move |seed| (nth, seed))) {
        let disk = SimDisk::new();
        let journal = opened(&disk);
        disk.fail(Fault::Sync(SyncPoint::Roll));
        let mut last = 1;
        for nth in 0..50 {
            if let Ok(appended) = journal.append(decision(&format!("c{nth}"), &subject(nth), 0, 1, 9)).await {
                last = appended.last;
            }
        }
        assert!(journal.broken().is_some(), "the segment is not full");
        drop(journal);
        disk.kill();
        // Opening finds a finished segment without an index, and is cut off.
        disk.stop_at(nth);
        drop(Embedded::open_on(Arc::new(disk.clone()), options()));
        disk.power_cut(seed);
        assert_eq!(opened(&disk).head().await.expect("a head").position, last, "{nth}, {seed}");
    }
}

#[tokio::test]
async fn a_move_that_cannot_be_noted_stops_the_journal_for_good() {
    let faults = [Fault::Sync(SyncPoint::Moved), Fault::Sync(SyncPoint::MovedDir), Fault::Full, Fault::Short];
    for (nth, fault) in (0..).zip(faults) {
        let disk = SimDisk::new();
        let journal = opened(&disk);
        journal.append(decision("a", &subject(1), 0, 1, 1)).await.expect("written");
        disk.fail(fault);
        assert!(journal.mark_moved("elsewhere").await.is_err(), "{fault:?}");
        stopped(&journal, &disk, "it could not note that it has moved: ").await;
        drop(journal);
        disk.power_cut(nth);
        let journal = opened(&disk);
        assert_eq!(journal.head().await.expect("a head").position, 2);
        let after = journal.append(decision("b", &subject(2), 0, 1, 1)).await;
        assert!(matches!(after, Ok(_) | Err(AppendError::Moved { .. })), "{fault:?}: {after:?}");
    }
}

#[tokio::test]
async fn what_an_opening_journal_believes_outlives_a_power_cut_though_its_sync_had_failed() {
    for (nth, disk) in (0..).zip(shaken()) {
        let journal = opened(&disk);
        fill(&journal, 0, 3).await;
        disk.fail(Fault::Sync(SyncPoint::Group));
        let unknown = journal.append(decision("b", &subject(20), 0, 1, 9)).await;
        assert!(matches!(unknown, Err(AppendError::Unknown(_))), "{unknown:?}");
        drop(journal);
        disk.kill();
        let journal = opened(&disk);
        let again = journal.append(decision("b", &subject(20), 0, 1, 9)).await.expect("it is known now");
        assert!(again.repeated, "memory holds it whole");
        drop(journal);
        disk.power_cut(nth);
        assert_eq!(opened(&disk).head().await.expect("a head").position, again.last, "disk {nth}");
    }
}

#[tokio::test]
async fn a_cut_tail_does_not_come_back_though_the_sync_of_its_zeros_had_failed() {
    for (nth, disk) in (0..).zip(shaken()) {
        let journal = opened(&disk);
        let last = fill(&journal, 0, 3).await;
        let end = locked(&journal.shared.state).active.end;
        drop(journal);
        // What a power cut may leave of a group of two: the first torn, the second whole.
        let mut group = Group::new(end, last + 1, 1_783_508_541_000);
        group.push(&decision("x", &subject(21), 0, 1, 1));
        let second = group.bytes.len();
        group.push(&decision("y", &subject(22), 0, 1, 1));
        group.bytes[second / 2..second].fill(0);
        let file = disk.open(&segment_name(1)).expect("opens");
        file.write_at(end, &group.bytes).expect("written");
        file.sync_data(SyncPoint::Group).expect("synced");
        disk.kill();
        disk.fail(Fault::Sync(SyncPoint::Recovered));
        assert!(Embedded::open_on(Arc::new(disk.clone()), options()).is_err(), "opens though the sync failed");
        disk.kill();
        let journal = opened(&disk);
        // As long as the torn one, and about the whole one's subject.
        journal.append(decision("z", &subject(22), 0, 1, 1)).await.expect("nothing is there");
        drop(journal);
        disk.power_cut(nth);
        let journal = opened(&disk);
        assert_eq!(journal.read(&subject(22), 1).await.expect("readable").len(), 1, "disk {nth}");
        assert_eq!(journal.head().await.expect("a head").position, last + 1, "disk {nth}");
    }
}

#[tokio::test]
async fn a_reader_tells_of_nothing_that_only_memory_holds_whenever_it_was_opened() {
    #[derive(Debug)]
    enum Reader {
        OpenedBefore,
        OpenedAfter,
        /// It comes to the segment only after the sync failed.
        RolledAfter,
    }
    for case in [Reader::OpenedBefore, Reader::OpenedAfter, Reader::RolledAfter] {
        for (nth, disk) in (0..).zip(shaken()) {
            let journal = opened(&disk);
            let read = || Embedded::read_only_on(Arc::new(disk.clone())).expect("opens for reading");
            fill(&journal, 0, 3).await;
            let early = match case {
                Reader::OpenedBefore | Reader::RolledAfter => Some(read()),
                Reader::OpenedAfter => None,
            };
            if let Reader::RolledAfter = case {
                for nth in 0..30 {
                    journal.append(decision(&format!("c{nth}"), &subject(30 + nth), 0, 1, 9)).await.expect("written");
                }
                assert!(locked(&journal.shared.state).active.first > 1, "still in the first segment");
            }
            disk.fail(Fault::Sync(SyncPoint::Group));
            let unknown = journal.append(decision("b", &subject(20), 0, 1, 9)).await;
            assert!(matches!(unknown, Err(AppendError::Unknown(_))), "{unknown:?}");
            let reader = early.unwrap_or_else(read);
            // Once its own sync has failed it goes on saying so.
            let told = reader.head().await;
            let again = reader.head().await;
            assert_eq!(told.is_err(), again.is_err(), "{case:?}, disk {nth}: {told:?}, then {again:?}");
            drop((reader, journal));
            disk.power_cut(nth);
            let left = opened(&disk).head().await.expect("a head").position;
            let told = told.map_or(0, |tip| tip.position);
            assert!(told <= left, "{case:?}, disk {nth}: told of {told}, only {left} are left");
        }
    }
}

/// A disk whose group syncs wait to be let go.
struct Slow {
    disk: SimDisk,
    gate: Arc<Gate>,
}

struct Gate {
    waits: Mutex<Sender<()>>,
    go: Mutex<Receiver<()>>,
}

struct SlowFile {
    file: Arc<dyn DiskFile>,
    gate: Arc<Gate>,
}

impl Slow {
    fn file(&self, file: io::Result<Arc<dyn DiskFile>>) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(SlowFile { file: file?, gate: Arc::clone(&self.gate) }))
    }
}

impl Disk for Slow {
    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.file(self.disk.open(name))
    }

    fn create(&self, name: &str, zeros: u64) -> io::Result<Arc<dyn DiskFile>> {
        self.file(self.disk.create(name, zeros))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn sync_dir(&self, point: SyncPoint) -> io::Result<()> {
        self.disk.sync_dir(point)
    }
}

impl DiskFile for SlowFile {
    fn size(&self) -> io::Result<u64> {
        self.file.size()
    }

    fn read_at(&self, at: u64, len: usize, into: &mut Vec<u8>) -> io::Result<()> {
        self.file.read_at(at, len, into)
    }

    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_at(at, bytes)
    }

    fn sync_data(&self, point: SyncPoint) -> io::Result<()> {
        if point == SyncPoint::Group {
            locked(&self.gate.waits).send(()).map_err(io::Error::other)?;
            locked(&self.gate.go).recv().map_err(io::Error::other)?;
        }
        self.file.sync_data(point)
    }

    fn forget(&self, from: u64) -> io::Result<()> {
        self.file.forget(from)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_the_journal_is_broken_can_be_asked_while_the_disk_does_not_answer() {
    let (disk, (waits, waiting), (go, gate)) = (SimDisk::new(), channel(), channel());
    let gate = Arc::new(Gate { waits: Mutex::new(waits), go: Mutex::new(gate) });
    go.send(()).expect("the first record may be synced");
    let journal = Arc::new(Embedded::open_on(Arc::new(Slow { disk: disk.clone(), gate }), options()).expect("opens"));
    waiting.recv().expect("it was");
    disk.fail(Fault::Sync(SyncPoint::Group));
    let append = {
        let journal = Arc::clone(&journal);
        tokio::spawn(async move { journal.append(decision("a", &subject(1), 0, 1, 1)).await })
    };
    waiting.recv().expect("a sync that hangs");
    // The handle is being closed meanwhile, and waits for the disk too.
    let close = {
        let journal = Arc::clone(&journal);
        std::thread::spawn(move || journal.close())
    };
    std::thread::sleep(Duration::from_millis(20));
    let (told, answer) = channel();
    let asked = Arc::clone(&journal);
    std::thread::spawn(move || told.send(asked.broken()));
    assert_eq!(answer.recv_timeout(Duration::from_secs(5)).expect("an answer at once"), None);
    go.send(()).expect("let go");
    let unknown = append.await.expect("no panic");
    assert!(matches!(unknown, Err(AppendError::Unknown(_))), "{unknown:?}");
    close.join().expect("closed");
    assert_eq!(
        journal.broken().as_deref(),
        Some("the journal stopped writing: it could not bring decisions to disk: the sync failed")
    );
}

#[tokio::test]
async fn a_writer_whose_thread_is_gone_says_that_it_is_broken() {
    let (now, calls) = (clock(), Mutex::new(0));
    let failing = Arc::new(move || {
        *locked(&calls) += 1;
        assert!(*locked(&calls) < 2, "a clock that fails");
        now()
    });
    let journal = Embedded::open_on(Arc::new(SimDisk::new()), Options { clock: failing, ..options() }).expect("opens");
    assert_eq!(journal.broken(), None);
    let unknown = journal.append(decision("a", &subject(1), 0, 1, 1)).await;
    assert!(matches!(unknown, Err(AppendError::Unknown(_))), "{unknown:?}");
    // Waits for the thread's end.
    journal.close();
    assert!(journal.broken().is_some_and(|broken| broken.contains("panicked")), "{:?}", journal.broken());
}
