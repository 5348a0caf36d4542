//! A disk that forgets what was not synced, for tests of this crate and of those that build on it.
//!
//! Every file has the bytes a power cut leaves for sure and, on top, writes that were not synced yet. A cut
//! takes those apart into sectors of 512 bytes: each is kept, dropped or torn on its own. Names that were not
//! synced are kept or dropped on their own too. A killed process, other than a cut, loses nothing.
//! The same seed does the same. Faults can be asked for: see [`SimDisk::fail`].
//!
//! A sync of a file that fails does what Linux does: some of what waited is on disk, the rest never will be
//! unless it is written again, and until a cut everyone reads it as if all were well. Names are not lost
//! that way: a file system that cannot write its own log takes no more changes.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::disk::{Disk, DiskFile, SyncPoint};
use super::state::locked;

const SECTOR: usize = 512;

/// A simulated disk; clones are the same disk.
#[derive(Clone, Default)]
pub struct SimDisk(Arc<Mutex<Inner>>);

/// A fault to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A sync says no. Bytes it was to make safe no later sync makes safe; names stay unsafe until the next.
    Sync(SyncPoint),
    /// A write says that the disk is full; nothing went in.
    Full,
    /// A write puts in half of what it was given.
    Short,
}

#[derive(Default)]
struct Inner {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    safe_names: BTreeMap<String, usize>,
    unsafe_names: Vec<NameChange>,
    /// Handles of earlier lives of the machine do nothing.
    life: u64,
    changes: u64,
    stop_at: Option<u64>,
    stopped: bool,
    ignored: Option<SyncPoint>,
    faults: Vec<Fault>,
}

#[derive(Default)]
struct Inode {
    /// What a process reads.
    live: Vec<u8>,
    /// What is on disk.
    safe: Vec<u8>,
    /// Writes on their way from the one to the other.
    pending: Vec<(usize, Vec<u8>)>,
    /// Syncs that failed.
    failures: u64,
}

enum NameChange {
    Set(String, usize),
    Move(String, String, usize),
    Gone(String),
}

impl SimDisk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the machine at the `nth` change from now on (1 is the next one); that one may still be half done.
    pub fn stop_at(&self, nth: u64) {
        let mut inner = locked(&self.0);
        inner.stop_at = Some(inner.changes + nth);
    }

    /// Whether the machine has stopped.
    #[must_use]
    pub fn stopped(&self) -> bool {
        locked(&self.0).stopped
    }

    /// Takes one sync away: it says yes and does nothing.
    pub fn ignore(&self, point: SyncPoint) {
        locked(&self.0).ignored = Some(point);
    }

    /// Makes the next fitting call fail.
    pub fn fail(&self, fault: Fault) {
        locked(&self.0).faults.push(fault);
    }

    /// Changes asked for so far: writes, syncs, names.
    #[must_use]
    pub fn changes(&self) -> u64 {
        locked(&self.0).changes
    }

    /// The process is gone, the machine is not: nothing is lost, nothing more is safe.
    pub fn kill(&self) {
        locked(&self.0).revive();
    }

    /// The power fails and comes back.
    pub fn power_cut(&self, seed: u64) {
        let mut inner = locked(&self.0);
        let mut dice = Dice(seed);
        let keep = dice.keep();
        let mut names = std::mem::take(&mut inner.safe_names);
        for change in std::mem::take(&mut inner.unsafe_names) {
            if dice.percent(keep) {
                change.apply(&mut names);
            }
        }
        (inner.safe_names, inner.names) = (names.clone(), names);
        for inode in &mut inner.inodes {
            inode.settle(&mut dice, keep);
            inode.live.clone_from(&inode.safe);
        }
        inner.revive();
    }

    /// A file's bytes as a process sees them.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let inner = locked(&self.0);
        inner.names.get(name).map(|&inode| inner.inodes[inode].live.clone())
    }

    fn file(&self, inner: &Inner, inode: usize) -> Arc<dyn DiskFile> {
        let seen = AtomicU64::new(inner.inodes[inode].failures);
        Arc::new(SimFile { disk: self.clone(), inode, life: inner.life, seen })
    }
}

impl Inner {
    fn revive(&mut self) {
        self.life += 1;
        self.stop_at = None;
        self.stopped = false;
        self.faults.clear();
    }

    fn alive(&self) -> io::Result<()> {
        if self.stopped { Err(io::Error::other("the machine has stopped")) } else { Ok(()) }
    }

    /// Counts a change; `true` if the machine stops at this one.
    fn change(&mut self) -> io::Result<bool> {
        self.alive()?;
        self.changes += 1;
        self.stopped = self.stop_at.is_some_and(|at| self.changes >= at);
        Ok(self.stopped)
    }

    fn fault(&mut self, fault: Fault) -> bool {
        let at = self.faults.iter().position(|&waiting| waiting == fault);
        at.map(|at| self.faults.remove(at)).is_some()
    }

    fn rename(&mut self, change: NameChange) -> io::Result<()> {
        let stops = self.change()?;
        change.apply(&mut self.names);
        self.unsafe_names.push(change);
        if stops { self.alive() } else { Ok(()) }
    }

    fn inode(&self, name: &str) -> io::Result<usize> {
        self.alive()?;
        self.names.get(name).copied().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, name.to_owned()))
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Set(name, inode) => {
                names.insert(name.clone(), *inode);
            }
            Self::Move(from, to, inode) => {
                if names.get(from) == Some(inode) {
                    names.remove(from);
                }
                names.insert(to.clone(), *inode);
            }
            Self::Gone(name) => {
                names.remove(name);
            }
        }
    }
}

impl Inode {
    fn put(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
        if bytes.len() < at + new.len() {
            bytes.resize(at + new.len(), 0);
        }
        bytes[at..at + new.len()].copy_from_slice(new);
    }

    fn write(&mut self, at: usize, bytes: &[u8]) {
        Self::put(&mut self.live, at, bytes);
        self.pending.push((at, bytes.to_vec()));
    }

    fn sync(&mut self) {
        for (at, bytes) in std::mem::take(&mut self.pending) {
            Self::put(&mut self.safe, at, &bytes);
        }
    }

    /// Some of what is pending gets to the disk, the rest never does.
    fn settle(&mut self, dice: &mut Dice, keep: u64) {
        for (at, bytes) in std::mem::take(&mut self.pending) {
            let mut from = 0;
            while from < bytes.len() {
                let to = bytes.len().min(from + SECTOR - (at + from) % SECTOR);
                if dice.percent(keep) {
                    Self::put(&mut self.safe, at + from, &bytes[from..to]);
                } else if dice.percent(30) {
                    let torn = from + dice.below((to - from) as u64) as usize;
                    Self::put(&mut self.safe, at + from, &bytes[from..torn]);
                }
                from = to;
            }
        }
    }

    /// What memory holds from a byte on is what the disk has, and what is still on its way there.
    fn forget(&mut self, from: usize) {
        let mut fresh = self.safe.clone();
        for (at, bytes) in &self.pending {
            Self::put(&mut fresh, *at, bytes);
        }
        fresh.resize(self.live.len(), 0);
        let from = from.min(fresh.len());
        self.live[from..].copy_from_slice(&fresh[from..]);
    }
}

impl Disk for SimDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        let inner = locked(&self.0);
        inner.alive()?;
        Ok(inner.names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let inner = locked(&self.0);
        let inode = inner.inode(name)?;
        Ok(self.file(&inner, inode))
    }

    fn create(&self, name: &str, zeros: u64) -> io::Result<Arc<dyn DiskFile>> {
        let mut inner = locked(&self.0);
        let inode = inner.inodes.len();
        let mut new = Inode::default();
        new.write(0, &vec![0; usize::try_from(zeros).unwrap_or(usize::MAX)]);
        inner.inodes.push(new);
        inner.rename(NameChange::Set(name.to_owned(), inode))?;
        Ok(self.file(&inner, inode))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut inner = locked(&self.0);
        let inode = inner.inode(from)?;
        inner.rename(NameChange::Move(from.to_owned(), to.to_owned(), inode))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut inner = locked(&self.0);
        inner.inode(name)?;
        inner.rename(NameChange::Gone(name.to_owned()))
    }

    fn sync_dir(&self, point: SyncPoint) -> io::Result<()> {
        let mut inner = locked(&self.0);
        if inner.change()? {
            return inner.alive();
        }
        if inner.fault(Fault::Sync(point)) {
            return Err(io::Error::other("the sync failed"));
        }
        if inner.ignored != Some(point) {
            inner.unsafe_names.clear();
            inner.safe_names = inner.names.clone();
        }
        Ok(())
    }
}

struct SimFile {
    disk: SimDisk,
    inode: usize,
    life: u64,
    /// Failures this handle has told of, or that were over when it was opened. Linux tells every handle once.
    seen: AtomicU64,
}

impl SimFile {
    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> io::Result<T>) -> io::Result<T> {
        let mut inner = locked(&self.disk.0);
        if inner.life != self.life {
            return Err(io::Error::other("a handle of an earlier life"));
        }
        inner.alive()?;
        work(&mut inner)
    }
}

impl DiskFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        self.with(|inner| Ok(inner.inodes[self.inode].live.len() as u64))
    }

    fn read_at(&self, at: u64, len: usize, into: &mut Vec<u8>) -> io::Result<()> {
        self.with(|inner| {
            let live = &inner.inodes[self.inode].live;
            let from = usize::try_from(at).unwrap_or(usize::MAX).min(live.len());
            into.extend_from_slice(&live[from..from.saturating_add(len).min(live.len())]);
            Ok(())
        })
    }

    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<usize> {
        self.with(|inner| {
            let stops = inner.change()?;
            if inner.fault(Fault::Full) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let len = if stops || inner.fault(Fault::Short) { bytes.len() / 2 } else { bytes.len() };
            inner.inodes[self.inode].write(usize::try_from(at).unwrap_or(usize::MAX), &bytes[..len]);
            inner.alive().map(|()| len)
        })
    }

    fn sync_data(&self, point: SyncPoint) -> io::Result<()> {
        self.with(|inner| {
            if inner.change()? {
                return inner.alive();
            }
            let (fails, ignored) = (inner.fault(Fault::Sync(point)), inner.ignored == Some(point));
            let mut dice = Dice(inner.changes);
            let keep = dice.keep();
            let inode = &mut inner.inodes[self.inode];
            if fails {
                inode.settle(&mut dice, keep);
                inode.failures += 1;
            } else if !ignored {
                inode.sync();
            }
            let told = self.seen.swap(inode.failures, Ordering::Relaxed);
            if told == inode.failures { Ok(()) } else { Err(io::Error::other("the sync failed")) }
        })
    }

    fn forget(&self, from: u64) -> io::Result<()> {
        self.with(|inner| {
            inner.inodes[self.inode].forget(usize::try_from(from).unwrap_or(usize::MAX));
            Ok(())
        })
    }
}

/// A small generator (splitmix64): tests need repeatable chance, not good chance.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "dice never end")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// How many in a hundred of the unsynced sectors survive: from none to all.
    fn keep(&mut self) -> u64 {
        [0, 15, 50, 85, 100][(self.next() % 5) as usize]
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, so_many: u64) -> bool {
        self.below(100) < so_many
    }
}
