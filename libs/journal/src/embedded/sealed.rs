//! A segment that gets no more facts, and where its facts are to be found by subject.
//!
//! Its index file answers for it. Nothing in that file is the only copy of anything: one that is missing, cut
//! short or not what was written is made again from its segment, by [`super::open`] when the journal opens,
//! by [`Shared::mend`] when a read finds out. Meanwhile memory answers.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::OpenError;
use super::active::{Active, Spot};
use super::disk::{Disk, SyncPoint, write_whole};
use super::index::{self, Summary};
use super::open;
use super::state::{Shared, damaged, io as unreadable, locked};
use crate::port::{Position, ReadError};
use crate::subjects::Key;

pub(crate) fn index_name(first: Position) -> String {
    format!("{first:020}.idx")
}

/// A segment that gets no more facts.
#[derive(Clone)]
pub(crate) struct Sealed {
    pub(crate) first: Position,
    pub(crate) last: Position,
    pub(crate) bytes: u64,
    pub(crate) marks: Arc<[(u32, u32)]>,
    pub(crate) lists: Lists,
}

/// Where a sealed segment's facts by subject are to be found.
#[derive(Clone)]
pub(crate) enum Lists {
    /// In memory, until the index file is written.
    Here(Arc<Active>),
    /// In the index file; the flag tells that its second checksum was verified.
    File(Arc<Summary>, Arc<AtomicBool>),
}

impl Lists {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Here(this), Self::Here(that)) => Arc::ptr_eq(this, that),
            (Self::File(this, _), Self::File(that, _)) => Arc::ptr_eq(this, that),
            (Self::Here(_), Self::File(..)) | (Self::File(..), Self::Here(_)) => false,
        }
    }
}

impl Sealed {
    pub(crate) fn of(active: Arc<Active>) -> Self {
        let (first, last, bytes) = (active.first, active.next() - 1, active.end);
        Self { first, last, bytes, marks: active.marks.as_slice().into(), lists: Lists::Here(active) }
    }

    /// The subject's facts in this segment with versions from `from_version` on, newest first, and its last
    /// position before. `newest` is the version of its last fact here. Fails if the index file does not tell.
    pub(crate) fn trace(&self, disk: &dyn Disk, key: Key, newest: u64, from_version: u64) -> io::Result<(Vec<Spot>, Position)> {
        let (summary, verified) = match &self.lists {
            Lists::Here(active) => return Ok(active.trace(key, from_version)),
            Lists::File(summary, verified) => (summary, verified),
        };
        let file = disk.open(&index_name(self.first))?;
        let get = |(at, len): (u64, usize)| -> io::Result<Vec<u8>> {
            let mut into = Vec::with_capacity(len);
            file.read_at(at, len, &mut into)?;
            if into.len() == len { Ok(into) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
        };
        if !verified.load(Ordering::Relaxed) {
            if !summary.lists_hold(&get(summary.lists())?) {
                return Err(misfit("its lists are not what was written"));
            }
            verified.store(true, Ordering::Relaxed);
        }
        let (mut low, mut high) = (0, summary.len());
        while low < high {
            let middle = low.midpoint(high);
            match Key::from_bytes(&get(summary.head(middle))?).cmp(&key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let place = summary.facts(&get(summary.list(middle))?);
                    let (before, at, len) = place.ok_or_else(|| misfit("a list lies outside"))?;
                    let mut spots = summary.spots(&get((at, len))?);
                    let oldest = (newest + 1).saturating_sub(spots.len() as u64);
                    let skip = usize::try_from(from_version.saturating_sub(oldest)).unwrap_or(usize::MAX);
                    spots.drain(..skip.min(spots.len()));
                    spots.reverse();
                    return Ok((spots, if oldest > from_version { before } else { 0 }));
                }
            }
        }
        Err(misfit("a subject of its segment is not in it"))
    }
}

fn misfit(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl Shared {
    /// Walks a segment whose index does not tell, answers from memory from now on, and has the index written
    /// again if this journal may write. One at a time: who comes second finds it done.
    pub(crate) fn mend(&self, found: &Sealed, why: &io::Error) -> Result<Sealed, ReadError> {
        let _turn = locked(&self.mending);
        let segments: Vec<_> = {
            let state = locked(&self.state);
            let nth = state.sealed.partition_point(|sealed| sealed.first < found.first);
            let now = &state.sealed[nth];
            if !now.lists.is(&found.lists) {
                return Ok(now.clone());
            }
            state.sealed[..=nth].iter().map(|sealed| (sealed.first, sealed.last + 1)).collect()
        };
        let file = index_name(found.first);
        tracing::warn!(file, %why, "an index file is damaged: it is made again from its segment");
        let active = Arc::new(open::walk_again(&*self.disk, &segments).map_err(|error| match error {
            OpenError::Damaged { file, offset, what } => damaged(&file, offset, &what),
            OpenError::Io { what, source } => unreadable(&what, source),
            other @ (OpenError::Locked { .. }
            | OpenError::Other { .. }
            | OpenError::Absent
            | OpenError::Option { .. }
            | OpenError::First(_)) => unreadable(&file, io::Error::other(other)),
        })?);
        let mended = Sealed::of(Arc::clone(&active));
        self.put_lists(found.first, mended.lists.clone());
        self.damaged_indexes.fetch_add(1, Ordering::Relaxed);
        if let Some(keeper) = &*locked(&self.keeper) {
            // A keeper that is gone writes nothing: the next opening does.
            let _ = keeper.send(super::keeper::Task::Index(active));
        }
        Ok(mended)
    }

    /// Tells where a sealed segment's lists are from now on.
    pub(crate) fn put_lists(&self, first: Position, lists: Lists) {
        let mut state = locked(&self.state);
        if let Some(sealed) = state.sealed.iter_mut().find(|sealed| sealed.first == first) {
            sealed.lists = lists;
        }
    }
}

/// Reads an index file's summary and heads, if it is whole.
pub(crate) fn load_index(disk: &dyn Disk, first: Position) -> io::Result<Option<(Summary, Vec<u8>)>> {
    let file = disk.open(&index_name(first))?;
    let mut header = Vec::new();
    file.read_at(0, index::HEADER_BYTES, &mut header)?;
    let Some(summary) = index::summary(&header).filter(|summary| summary.first == first) else { return Ok(None) };
    let (at, len) = summary.heads();
    if file.size()? != summary.lists().0 + summary.lists().1 as u64 {
        return Ok(None);
    }
    let mut heads = Vec::with_capacity(len);
    file.read_at(at, len, &mut heads)?;
    Ok(summary.heads_hold(&heads).then_some((summary, heads)))
}

/// Writes a finished segment's index file and tells where its lists are from now on. The caller has seen to
/// it that the name of the segment that follows outlives a power cut: an index file proves that one was there.
pub(crate) fn publish_index(disk: &dyn Disk, active: Arc<Active>) -> Lists {
    match write_index(disk, active.first, &index::encode(&active)) {
        Ok(Some(summary)) => Lists::File(Arc::new(summary), Arc::new(AtomicBool::new(true))),
        Ok(None) => Lists::Here(active),
        // Nothing is lost: it stays in memory and the next opening makes it again.
        Err(error) => {
            tracing::warn!(segment = active.first, %error, "index not written");
            Lists::Here(active)
        }
    }
}

/// The file gets its name only when its bytes are on disk. The name itself may be lost in a power cut: then
/// the index is made again.
fn write_index(disk: &dyn Disk, first: Position, bytes: &[u8]) -> io::Result<Option<Summary>> {
    let name = index_name(first);
    let draft = format!("{name}.new");
    let file = disk.create(&draft, 0)?;
    write_whole(&*file, 0, bytes)?;
    file.sync_data(SyncPoint::Index)?;
    disk.rename(&draft, &name)?;
    Ok(index::summary(bytes))
}
