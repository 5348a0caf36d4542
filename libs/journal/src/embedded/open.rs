//! Opening: which segments are there, what each says, and where the last one really ends.
//!
//! Sealed segments are believed by their index, made again where it is missing or damaged. The last one is
//! scanned. A tail that a power cut tore is cut off; anything else that is wrong is damage, refused with
//! file and offset, and nothing is changed.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::OpenError;
use super::active::Active;
use super::disk::{Disk, DiskFile, SyncPoint, write_whole, write_zeros};
use super::frame::{self, Found, Frame};
use super::index;
use super::state::{Lists, Sealed, State, index_name, load_index, segment_name};
use super::subjects::{Key, Subjects};
use crate::header::header;
use crate::port::Position;

/// Name of the segment made ready for later.
pub(crate) const SPARE: &str = "spare.seg";

/// How to open.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mode {
    /// Repair the tail, fill up the last segment to so many bytes.
    Write { segment_bytes: u64, floor: Position },
    /// Change nothing.
    Read,
}

/// What opening found.
pub(crate) struct Opened {
    pub(crate) state: State,
    /// Index files that were there but not whole.
    pub(crate) damaged_indexes: usize,
}

/// Opens what is in the directory; makes the first segment where there is none and we may write.
pub(crate) fn open(disk: &dyn Disk, mode: Mode) -> Result<Opened, OpenError> {
    let mut firsts = segments(disk)?;
    if firsts.is_empty() {
        let Mode::Write { segment_bytes, floor } = mode else { return Err(OpenError::Absent) };
        if floor > 0 {
            return Err(damaged(&segment_name(1), 0, format!("it is missing, and position {floor} was known")));
        }
        begin(disk, segment_bytes).map_err(failed("make the first segment"))?;
        firsts.push(1);
    }
    let mut opening = Opening { disk, mode, sealed: Vec::new(), subjects: Subjects::default(), damaged_indexes: 0 };
    let mut time_ms = 0;
    for pair in firsts.windows(2) {
        time_ms = opening.sealed(pair[0], pair[1], time_ms)?;
    }
    let last = firsts[firsts.len() - 1];
    if firsts[0] != 1 {
        return Err(damaged(&segment_name(1), 0, "it is missing".to_owned()));
    }
    opening.last(last, time_ms)
}

fn segments(disk: &dyn Disk) -> Result<Vec<Position>, OpenError> {
    let names = disk.list().map_err(failed("list the directory"))?;
    let mut firsts: Vec<Position> =
        names.iter().filter_map(|name| name.strip_suffix(".seg").filter(|digits| digits.len() == 20)?.parse().ok()).collect();
    firsts.sort_unstable();
    Ok(firsts)
}

fn begin(disk: &dyn Disk, segment_bytes: u64) -> io::Result<()> {
    disk.create(SPARE, segment_bytes)?;
    disk.rename(SPARE, &segment_name(1))
}

struct Opening<'a> {
    disk: &'a dyn Disk,
    mode: Mode,
    sealed: Vec<Sealed>,
    subjects: Subjects,
    damaged_indexes: usize,
}

impl Opening<'_> {
    /// Takes a sealed segment in; tells when its last fact was recorded.
    fn sealed(&mut self, first: Position, next: Position, before_ms: i64) -> Result<i64, OpenError> {
        let name = segment_name(first);
        let file = self.disk.open(&name).map_err(failed(&name))?;
        match load_index(self.disk, first) {
            Ok(Some((summary, heads))) if summary.last + 1 == next => {
                if file.size().map_err(failed(&name))? < summary.bytes {
                    return Err(damaged(&name, summary.bytes, "the file is shorter than its index says".to_owned()));
                }
                let subjects = summary.subjects(&heads);
                self.subjects.reserve(subjects.len() / 2);
                for (key, last) in subjects {
                    self.subjects.set(key, last);
                }
                let (time_ms, marks) = (summary.time_ms, summary.marks(&heads).into());
                let (last, bytes) = (summary.last, summary.bytes);
                let lists = Lists::File(Arc::new(summary), Arc::new(AtomicBool::new(false)));
                self.sealed.push(Sealed { first, last, bytes, marks, lists });
                return Ok(time_ms);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(_) | Err(_) => self.damaged_indexes += 1,
        }
        let bytes = whole(&*file).map_err(failed(&name))?;
        let (active, end) = self.walk(&name, &bytes, Active::new(first, before_ms))?;
        if let End::Bad(at) = end {
            return Err(damaged(&name, at as u64, "no frame here, and the segment was finished".to_owned()));
        }
        if active.next() != next {
            let what = format!("it ends at position {}, the next segment starts at {next}", active.next() - 1);
            return Err(damaged(&name, active.end, what));
        }
        let (time_ms, active) = (active.time_ms, Arc::new(active));
        let mut sealed = Sealed::of(Arc::clone(&active));
        if matches!(self.mode, Mode::Write { .. }) {
            let bytes = index::encode(&active);
            if let Some(lists) = publish_index(self.disk, first, &bytes).map_err(failed(&index_name(first)))? {
                sealed.lists = lists;
            }
        }
        self.sealed.push(sealed);
        Ok(time_ms)
    }

    fn last(mut self, first: Position, before_ms: i64) -> Result<Opened, OpenError> {
        let name = segment_name(first);
        let file = self.disk.open(&name).map_err(failed(&name))?;
        let mut bytes = whole(&*file).map_err(failed(&name))?;
        let (mut active, mut end) = self.walk(&name, &bytes, Active::new(first, before_ms))?;
        if let (End::Bad(at), Mode::Read) = (end, self.mode) {
            // The writer may be at it just now: look once more before calling anything damage.
            if frame::proof_of_damage(&bytes, at, active.next()).is_some() {
                bytes = whole(&*file).map_err(failed(&name))?;
                (active, end) = self.walk(&name, &bytes, active)?;
            }
        }
        let next = active.next();
        if let End::Bad(at) = end
            && let Some(proof) = frame::proof_of_damage(&bytes, at, next)
        {
            let what = format!("no frame here, but a later one at byte {proof}: position {next} was written and is lost");
            return Err(damaged(&name, at as u64, what));
        }
        if let Mode::Write { segment_bytes, floor } = self.mode {
            if next <= floor {
                let what = format!("the journal ends at position {}, but position {floor} was known", next - 1);
                return Err(damaged(&name, active.end, what));
            }
            self.repair(&*file, &bytes, active.end, segment_bytes).map_err(failed(&name))?;
        } else {
            file.sync_data(SyncPoint::Reader).map_err(failed(&name))?;
        }
        let durable_end = active.end;
        let state = State { sealed: self.sealed, active, file, subjects: self.subjects, durable_end };
        Ok(Opened { state, damaged_indexes: self.damaged_indexes })
    }

    /// Zeroes what is cut, fills the file up, and makes all that is believed outlive a power cut.
    fn repair(&self, file: &dyn DiskFile, bytes: &[u8], end: u64, segment_bytes: u64) -> io::Result<()> {
        let from = usize::try_from(end).unwrap_or(usize::MAX);
        if let Some(last) = bytes[from..].iter().rposition(|&b| b != 0) {
            tracing::warn!(bytes = last + 1, offset = end, "cutting off a torn tail");
            write_zeros(file, end, end + last as u64 + 1)?;
        }
        write_zeros(file, bytes.len() as u64, segment_bytes)?;
        file.sync_data(SyncPoint::Recovered)?;
        self.disk.sync_dir(SyncPoint::RecoveredDir)
    }

    /// Takes in every whole frame in order, from the segment's known end on; tells how that ended.
    fn walk(&mut self, name: &str, bytes: &[u8], mut active: Active) -> Result<(Active, End), OpenError> {
        let mut at = usize::try_from(active.end).unwrap_or(usize::MAX);
        loop {
            match frame::find(bytes, at) {
                Found::Frame(frame) if frame.first == active.next() => {
                    self.frame(name, bytes, &frame, &mut active)?;
                    at = frame.range.end;
                    active.end = at as u64;
                }
                Found::Nothing if bytes[at..].iter().all(|&b| b == 0) => return Ok((active, End::Clean)),
                Found::Frame(_) | Found::Nothing | Found::Bad | Found::Short(_) => return Ok((active, End::Bad(at))),
            }
        }
    }

    fn frame(&mut self, name: &str, bytes: &[u8], frame: &Frame, active: &mut Active) -> Result<(), OpenError> {
        take_in(bytes, frame, active, &mut self.subjects).map_err(|what| damaged(name, frame.range.start as u64, what))
    }
}

/// Notes every record of a frame that lies at its own offset in its segment.
pub(crate) fn take_in(bytes: &[u8], frame: &Frame, active: &mut Active, subjects: &mut Subjects) -> Result<(), String> {
    let offset = u32::try_from(active.end).map_err(|_| "the segment is too long".to_owned())?;
    for (position, range) in (frame.first..).zip(frame.records(bytes)) {
        let header = header(&bytes[range]).map_err(|error| format!("position {position}: {error}"))?;
        let version = u32::try_from(header.version).map_err(|_| format!("position {position}: version too large"))?;
        let key = Key::of(header.subject);
        active.add(key, offset, version, subjects.get(key).position);
        subjects.set(key, super::subjects::Last { position, version });
        active.time_ms = active.time_ms.max(header.time_ms().unwrap_or(active.time_ms));
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum End {
    Clean,
    Bad(usize),
}

fn whole(file: &dyn DiskFile) -> io::Result<Vec<u8>> {
    let len = usize::try_from(file.size()?).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(len);
    file.read_at(0, len, &mut bytes)?;
    Ok(bytes)
}

/// Writes an index file; it gets its name only when its bytes are on disk. The name itself may be lost in a
/// power cut: then the index is made again.
pub(crate) fn publish_index(disk: &dyn Disk, first: Position, bytes: &[u8]) -> io::Result<Option<Lists>> {
    let name = index_name(first);
    let draft = format!("{name}.new");
    let file = disk.create(&draft, 0)?;
    write_whole(&*file, 0, bytes)?;
    file.sync_data(SyncPoint::Index)?;
    disk.rename(&draft, &name)?;
    Ok(index::summary(bytes).map(|summary| Lists::File(Arc::new(summary), Arc::new(AtomicBool::new(true)))))
}

pub(crate) fn damaged(file: &str, offset: u64, what: String) -> OpenError {
    OpenError::Damaged { file: file.to_owned(), offset, what }
}

pub(crate) fn failed(what: &str) -> impl FnOnce(io::Error) -> OpenError {
    let what = what.to_owned();
    move |source| OpenError::Io { what, source }
}
