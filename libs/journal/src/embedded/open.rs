//! Opening: which segments are there, what each says, and where the last one really ends.
//!
//! Sealed segments are believed by their index, made again where it is missing or damaged. The last one is
//! scanned. A tail that a power cut tore is cut off; anything else that is wrong is damage, refused with
//! file and offset, and nothing is changed. Nothing is believed only because it can be read: see `repair`
//! and `settled`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::OpenError;
use super::active::Active;
use super::disk::{Disk, DiskFile, SyncPoint, write_whole, write_zeros};
use super::frame::{self, Found, Frame};
use super::sealed::{Lists, Sealed, load_index, publish_index};
use super::state::{State, segment_name};
use super::writer::LONGEST_GROUP;
use crate::header::header;
use crate::port::Position;
use crate::subjects::{Key, Subjects};

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
    let Names { mut segments, indexed } = names(disk)?;
    if segments.is_empty() {
        let Mode::Write { segment_bytes, floor } = mode else { return Err(OpenError::Absent) };
        if floor > 0 {
            return Err(damaged(&segment_name(1), 0, format!("it is missing, and position {floor} was known")));
        }
        if indexed > 0 {
            return Err(damaged(&segment_name(1), 0, "it is missing, and an index file is there".to_owned()));
        }
        begin(disk, segment_bytes).map_err(failed("make the first segment"))?;
        segments.push(1);
    }
    if let Mode::Write { .. } = mode {
        // Before an index is written: its name must not outlive the next segment's.
        disk.sync_dir(SyncPoint::RecoveredDir).map_err(failed("sync the directory"))?;
    }
    let mut opening = Opening { mode, indexed, ..Opening::reading(disk) };
    let mut time_ms = 0;
    for pair in segments.windows(2) {
        time_ms = opening.sealed(pair[0], pair[1], time_ms)?;
    }
    let last = segments[segments.len() - 1];
    if segments[0] != 1 {
        return Err(damaged(&segment_name(1), 0, "it is missing".to_owned()));
    }
    opening.last(last, time_ms)
}

/// Walks the last of these finished segments (first position, the next one's) whatever its index says.
/// Changes nothing.
pub(crate) fn walk_again(disk: &dyn Disk, segments: &[(Position, Position)]) -> Result<Active, OpenError> {
    let mut opening = Opening::reading(disk);
    let Some((&(first, next), before)) = segments.split_last() else { return Err(OpenError::Absent) };
    let mut time_ms = 0;
    for &(first, next) in before {
        time_ms = opening.sealed(first, next, time_ms)?;
    }
    let name = segment_name(first);
    let file = disk.open(&name).map_err(failed(&name))?;
    opening.finished(&name, &*file, Active::new(first, time_ms), next)
}

/// What a directory's names tell.
#[derive(PartialEq, Eq)]
struct Names {
    /// Every segment's first position, in order.
    segments: Vec<Position>,
    /// The first position of the newest segment that has an index file; 0 for none.
    indexed: Position,
}

impl Names {
    /// An index file gets its name only after that of the segment behind its own is safe, at [`SyncPoint::Roll`]
    /// or [`SyncPoint::RecoveredDir`]: whatever crash there was, the last segment has none.
    fn lack_a_segment(&self) -> bool {
        self.indexed > 0 && self.segments.last().is_none_or(|&last| last <= self.indexed)
    }
}

/// Looks again while a segment seems to be missing: a directory is not read in one instant, so beside a writer
/// an index may be seen and the segment that was there before it not. A look that starts later sees both.
fn names(disk: &dyn Disk) -> Result<Names, OpenError> {
    let mut seen = look(disk)?;
    while seen.lack_a_segment() {
        let again = look(disk)?;
        if again == seen {
            break;
        }
        seen = again;
    }
    Ok(seen)
}

fn look(disk: &dyn Disk) -> Result<Names, OpenError> {
    let names = disk.list().map_err(failed("list the directory"))?;
    let numbered = |ending| {
        let digits = names.iter().filter_map(move |name| name.strip_suffix(ending).filter(|digits| digits.len() == 20));
        digits.filter_map(|digits| digits.parse().ok())
    };
    let mut segments: Vec<Position> = numbered(".seg").collect();
    segments.sort_unstable();
    Ok(Names { segments, indexed: numbered(".idx").max().unwrap_or(0) })
}

fn begin(disk: &dyn Disk, segment_bytes: u64) -> io::Result<()> {
    disk.create(SPARE, segment_bytes)?;
    disk.rename(SPARE, &segment_name(1))
}

struct Opening<'a> {
    disk: &'a dyn Disk,
    mode: Mode,
    indexed: Position,
    sealed: Vec<Sealed>,
    subjects: Subjects,
    damaged_indexes: usize,
}

impl<'a> Opening<'a> {
    fn reading(disk: &'a dyn Disk) -> Self {
        Self { disk, mode: Mode::Read, indexed: 0, sealed: Vec::new(), subjects: Subjects::default(), damaged_indexes: 0 }
    }

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
        let active = Arc::new(self.finished(&name, &*file, Active::new(first, before_ms), next)?);
        let (time_ms, mut sealed) = (active.time_ms, Sealed::of(Arc::clone(&active)));
        if matches!(self.mode, Mode::Write { .. }) {
            sealed.lists = publish_index(self.disk, active);
        }
        self.sealed.push(sealed);
        Ok(time_ms)
    }

    /// Walks a segment that must be whole up to the next one.
    fn finished(&mut self, name: &str, file: &dyn DiskFile, active: Active, next: Position) -> Result<Active, OpenError> {
        let bytes = whole(file).map_err(failed(name))?;
        let Walked { active, end, .. } = self.walk(name, &bytes, active)?;
        if let End::Bad(at) = end {
            return Err(damaged(name, at as u64, "no frame here, and the segment was finished".to_owned()));
        }
        if active.next() != next {
            let what = format!("it ends at position {}, the next segment starts at {next}", active.next() - 1);
            return Err(damaged(name, active.end, what));
        }
        Ok(active)
    }

    fn last(mut self, first: Position, before_ms: i64) -> Result<Opened, OpenError> {
        let name = segment_name(first);
        let file = self.disk.open(&name).map_err(failed(&name))?;
        let mut bytes = match self.mode {
            Mode::Write { .. } => whole(&*file),
            Mode::Read => settled(&*file, first),
        }
        .map_err(failed(&name))?;
        let mut walked = self.walk(&name, &bytes, Active::new(first, before_ms))?;
        if let (End::Bad(at), Mode::Read) = (walked.end, self.mode) {
            // The writer may be at it just now: look once more before calling anything damage.
            if frame::proof_of_damage(&bytes, at, walked.active.next()).is_some() {
                bytes = whole(&*file).map_err(failed(&name))?;
                walked = self.walk(&name, &bytes, walked.active)?;
            }
        }
        let next = walked.active.next();
        if let End::Bad(at) = walked.end
            && let Some(proof) = frame::proof_of_damage(&bytes, at, next)
        {
            let what = format!("no frame here, but a later one at byte {proof}: position {next} was written and is lost");
            return Err(damaged(&name, at as u64, what));
        }
        if self.indexed >= first {
            let next = load_index(self.disk, first).ok().flatten().map_or(next, |(summary, _)| summary.last + 1);
            return Err(damaged(&segment_name(next), 0, format!("it is missing, and {name} was finished before it")));
        }
        if let Mode::Write { segment_bytes, floor } = self.mode {
            if next <= floor {
                let what = format!("the journal ends at position {}, but position {floor} was known", next - 1);
                return Err(damaged(&name, walked.active.end, what));
            }
            repair(&*file, &bytes, &walked, segment_bytes).map_err(failed(&name))?;
        } else {
            file.sync_data(SyncPoint::Reader).map_err(failed(&name))?;
        }
        let durable_end = walked.active.end;
        let state = State { sealed: self.sealed, active: walked.active, file, subjects: self.subjects, durable_end };
        Ok(Opened { state, damaged_indexes: self.damaged_indexes })
    }

    /// Takes in every whole frame in order, from the segment's known end on; tells how that ended.
    fn walk(&mut self, name: &str, bytes: &[u8], mut active: Active) -> Result<Walked, OpenError> {
        let mut at = usize::try_from(active.end).unwrap_or(usize::MAX);
        let mut group = at;
        let end = loop {
            match frame::find(bytes, at) {
                Found::Frame(frame) if frame.first == active.next() => {
                    take_in(bytes, &frame, &mut active, &mut self.subjects).map_err(|what| damaged(name, at as u64, what))?;
                    (at, group) = (frame.range.end, frame.group());
                    active.end = at as u64;
                }
                Found::Nothing if bytes[at..].iter().all(|&b| b == 0) => break End::Clean,
                Found::Frame(_) | Found::Nothing | Found::Bad | Found::Short(_) => break End::Bad(at),
            }
        };
        Ok(Walked { active, group, end })
    }
}

/// How far a segment's frames follow on each other.
struct Walked {
    active: Active,
    /// Where the last group starts.
    group: usize,
    end: End,
}

#[derive(Debug, Clone, Copy)]
enum End {
    Clean,
    Bad(usize),
}

/// Zeroes what is cut, fills the file up, and makes all that is believed outlive a power cut.
///
/// A sync alone would not do. When one fails, Linux keeps the bytes in memory and takes them for written: a
/// process that starts afterwards reads them, and its own sync has nothing left to write. So whatever may be
/// in memory only is written again. That is the last group, for a group is written only when the one before
/// is safe; and the zeros an earlier opening put behind it, for what they are to hide is no longer than a group.
fn repair(file: &dyn DiskFile, bytes: &[u8], walked: &Walked, segment_bytes: u64) -> io::Result<()> {
    let (group, end) = (walked.group, usize::try_from(walked.active.end).unwrap_or(usize::MAX));
    write_whole(file, group as u64, &bytes[group..end])?;
    let torn = bytes[end..].iter().rposition(|&b| b != 0).map_or(end, |last| end + last + 1);
    if torn > end {
        tracing::warn!(bytes = torn - end, offset = end, "cutting off a torn tail");
    }
    let zeroed = torn.max(bytes.len().min(end.saturating_add(LONGEST_GROUP)));
    write_zeros(file, end as u64, zeroed as u64)?;
    write_zeros(file, bytes.len() as u64, segment_bytes)?;
    file.sync_data(SyncPoint::Recovered)
}

/// Reads a segment that may be being written, the last group in it from the disk itself: of all that is in
/// memory only that may never have got there, for the reason [`repair`] gives, and a reader cannot write it
/// again. What is written from now on the caller's next sync makes safe, or tells that it is not.
fn settled(file: &dyn DiskFile, first: Position) -> io::Result<Vec<u8>> {
    let mut bytes = whole(file)?;
    let group = frame::last_group(&bytes, first);
    file.sync_data(SyncPoint::Reader)?;
    file.forget(group as u64)?;
    bytes.truncate(group);
    let rest = usize::try_from(file.size()?).unwrap_or(usize::MAX).saturating_sub(group);
    file.read_at(group as u64, rest, &mut bytes)?;
    Ok(bytes)
}

fn whole(file: &dyn DiskFile) -> io::Result<Vec<u8>> {
    let len = usize::try_from(file.size()?).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(len);
    file.read_at(0, len, &mut bytes)?;
    Ok(bytes)
}

/// Notes every record of a frame that lies at its own offset in its segment.
pub(crate) fn take_in(bytes: &[u8], frame: &Frame, active: &mut Active, subjects: &mut Subjects) -> Result<(), String> {
    let offset = u32::try_from(active.end).map_err(|_| "the segment is too long".to_owned())?;
    for (position, range) in (frame.first..).zip(frame.records(bytes)) {
        let header = header(&bytes[range]).map_err(|error| format!("position {position}: {error}"))?;
        let version = u32::try_from(header.version).map_err(|_| format!("position {position}: version too large"))?;
        let key = Key::of(header.subject);
        active.add(key, offset, version, subjects.get(key).position);
        subjects.set(key, crate::subjects::Last { position, version });
        active.time_ms = active.time_ms.max(header.time_ms().unwrap_or(active.time_ms));
    }
    Ok(())
}

pub(crate) fn damaged(file: &str, offset: u64, what: String) -> OpenError {
    OpenError::Damaged { file: file.to_owned(), offset, what }
}

pub(crate) fn failed(what: &str) -> impl FnOnce(io::Error) -> OpenError {
    let what = what.to_owned();
    move |source| OpenError::Io { what, source }
}
