//! What a journal knows of its files: sealed segments, the one being written, every subject's end.
//!
//! One mutex guards it, held for look-ups and never for a disk's answer. What is applied here may not be
//! on disk yet; [`Shared::durable`] says how far readers may go.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::watch;

use super::active::{Active, Spot, mark_before};
use super::disk::{Disk, DiskFile};
use super::keeper::Task;
use super::sealed::{Sealed, index_name};
use crate::port::{BATCH, Entry, Position, ReadError, Tip};
use crate::subjects::{Key, Last, Subjects};

/// Most bytes of records kept at hand for followers that are nearly up to date.
const RING_BYTES: usize = 8 << 20;

pub(crate) fn segment_name(first: Position) -> String {
    format!("{first:020}.seg")
}

/// Shared by the handle, the writer and every follower.
pub(crate) struct Shared {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) state: Mutex<State>,
    pub(crate) ring: Mutex<Ring>,
    pub(crate) tip: watch::Receiver<Tip>,
    /// Groups answered so far.
    pub(crate) groups: AtomicU64,
    /// Set once, when nothing more is written.
    pub(crate) broken: OnceLock<Arc<Broken>>,
    /// Index files that were there but not whole, so far.
    pub(crate) damaged_indexes: AtomicUsize,
    /// Held by the one who makes an index again, as long as the disk takes for it.
    pub(crate) mending: Mutex<()>,
    /// Who writes index files; no one for a reader and after the end.
    pub(crate) keeper: Mutex<Option<Sender<Task>>>,
}

/// Why nothing more is written: the disk is full, or failing.
#[derive(Debug, thiserror::Error)]
#[error("the journal stopped writing: it could not {what}")]
pub struct Broken {
    /// What was tried.
    pub(crate) what: &'static str,
    #[source]
    pub(crate) source: std::io::Error,
}

/// Everything known of the files.
pub(crate) struct State {
    pub(crate) sealed: Vec<Sealed>,
    pub(crate) active: Active,
    pub(crate) file: Arc<dyn DiskFile>,
    pub(crate) subjects: Subjects,
    /// Bytes of the active segment that are on disk for good.
    pub(crate) durable_end: u64,
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A holder that panicked left whole values behind: every change under these locks is one assignment deep.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// Notes a fact that was just written or found.
    pub(crate) fn apply(&mut self, key: Key, offset: u32, version: u32) {
        let position = self.active.next();
        let before = self.subjects.get(key).position;
        self.active.add(key, offset, version, before);
        self.subjects.set(key, Last { position, version });
    }

    /// The segment a position is in: its first position, the bytes that may be read, where to start.
    pub(crate) fn place(&self, position: Position) -> (Position, u64, u32) {
        if position >= self.active.first {
            let start = mark_before(&self.active.marks, position - self.active.first);
            return (self.active.first, self.durable_end, start);
        }
        let nth = self.sealed.partition_point(|segment| segment.first <= position).saturating_sub(1);
        let segment = &self.sealed[nth];
        (segment.first, segment.bytes, mark_before(&segment.marks, position - segment.first))
    }

    /// The file of a segment when it is the one being written.
    pub(crate) fn open_file(&self, first: Position) -> Option<Arc<dyn DiskFile>> {
        (first == self.active.first).then(|| Arc::clone(&self.file))
    }
}

impl Shared {
    /// Knows the files, and has no one yet to write any.
    pub(crate) fn new(disk: Arc<dyn Disk>, state: State, damaged_indexes: usize, tip: watch::Receiver<Tip>) -> Self {
        Self {
            disk,
            state: Mutex::new(state),
            ring: Mutex::default(),
            tip,
            groups: AtomicU64::new(0),
            broken: OnceLock::new(),
            damaged_indexes: AtomicUsize::new(damaged_indexes),
            mending: Mutex::default(),
            keeper: Mutex::default(),
        }
    }

    /// Positions that are on disk for good.
    pub(crate) fn durable(&self) -> Position {
        self.tip.borrow().position
    }

    /// A subject's facts with versions from `from_version` on, newest first; also those not yet durable.
    pub(crate) fn trace(&self, key: Key, from_version: u64) -> Result<Vec<Spot>, ReadError> {
        let (mut spots, mut before, last) = {
            let state = locked(&self.state);
            let last = state.subjects.get(key);
            let (spots, before) = state.active.trace(key, from_version);
            let before = if last.position < state.active.first { last.position } else { before };
            (spots, before, last)
        };
        while before > 0 {
            let newest = u64::from(last.version).saturating_sub(spots.len() as u64);
            if newest < from_version {
                break;
            }
            let segment = {
                let state = locked(&self.state);
                let nth = state.sealed.partition_point(|segment| segment.first <= before);
                nth.checked_sub(1).map(|nth| state.sealed[nth].clone())
            };
            let Some(segment) = segment else { break };
            let (more, earlier) = match segment.trace(&*self.disk, key, newest, from_version) {
                Ok(found) => found,
                Err(why) => {
                    let mended = self.mend(&segment, &why)?.trace(&*self.disk, key, newest, from_version);
                    mended.map_err(|source| io(&index_name(segment.first), source))?
                }
            };
            spots.extend(more);
            before = if earlier < segment.first { earlier } else { 0 };
        }
        Ok(spots)
    }

    /// Where one fact of a subject lies.
    pub(crate) fn spot(&self, key: Key, version: u64) -> Result<Option<Spot>, ReadError> {
        if version == 0 || version > u64::from(locked(&self.state).subjects.get(key).version) {
            return Ok(None);
        }
        Ok(self.trace(key, version)?.pop())
    }

    pub(crate) fn file(&self, first: Position) -> Result<Arc<dyn DiskFile>, ReadError> {
        if let Some(file) = locked(&self.state).open_file(first) {
            return Ok(file);
        }
        let name = segment_name(first);
        self.disk.open(&name).map_err(|source| io(&name, source))
    }
}

/// The newest entries, for followers that are nearly up to date.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    groups: VecDeque<Arc<[Entry]>>,
    bytes: usize,
}

impl Ring {
    pub(crate) fn push(&mut self, group: Arc<[Entry]>) {
        self.bytes += weight(&group);
        self.groups.push_back(group);
        while self.bytes > RING_BYTES && self.groups.len() > 1 {
            self.bytes -= self.groups.pop_front().as_deref().map_or(0, weight);
        }
    }

    /// A batch from `position` on, if it is at hand.
    pub(crate) fn from(&self, position: Position) -> Option<Vec<Entry>> {
        let at = self.groups.partition_point(|group| group[0].position <= position).checked_sub(1)?;
        let skip = usize::try_from(position - self.groups[at][0].position).ok()?;
        let batch: Vec<_> = self.groups.range(at..).flat_map(|group| group.iter()).skip(skip).take(BATCH).cloned().collect();
        (!batch.is_empty()).then_some(batch)
    }
}

fn weight(group: &[Entry]) -> usize {
    group.iter().map(|entry| entry.bytes.len() + size_of::<Entry>()).sum()
}

pub(crate) fn damaged(file: &str, offset: u64, what: &str) -> ReadError {
    ReadError::Damaged { file: file.to_owned(), offset, what: what.to_owned() }
}

pub(crate) fn io(what: &str, source: std::io::Error) -> ReadError {
    ReadError::Io { what: what.to_owned(), source: Arc::new(source) }
}
