//! Bytes back from the segments: whole stretches for followers, single frames for one subject.
//!
//! Every frame's checksum is verified on the way, every position compared with what was asked for.

use bytes::Bytes;

use super::disk::DiskFile;
use super::frame::{self, Found, Frame};
use super::state::{Shared, damaged, io, locked, segment_name};
use crate::header::header;
use crate::port::{BATCH, Entry, Position, ReadError};
use crate::subject::Subject;
use crate::subjects::Key;

/// Bytes of one big read: it and what is decoded of it stay in a processor's cache, and a rebuild holds few of them.
const STRETCH: usize = 1 << 20;
/// Bytes first read of a frame of unknown length.
const GUESS: usize = 2048;

/// Where a follower is in the files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor {
    /// The position wanted next.
    pub(crate) next: Position,
    /// Segment and offset to read on from, once known.
    pub(crate) at: Option<(Position, u64)>,
}

/// Reads a stretch of facts from the cursor on and moves it; at least one fact, all of them durable.
pub(crate) fn stretch(shared: &Shared, cursor: &mut Cursor) -> Result<Vec<Vec<Entry>>, ReadError> {
    let (mut first, mut end, mark) = locked(&shared.state).place(cursor.next);
    let mut offset = match cursor.at {
        Some((segment, offset)) if segment == first => offset,
        _ => u64::from(mark),
    };
    if offset >= end {
        (first, end, offset) = (cursor.next, locked(&shared.state).place(cursor.next).1, 0);
    }
    let file = shared.file(first)?;
    let name = segment_name(first);
    let mut batches = vec![Vec::new()];
    let mut len = STRETCH;
    while batches[0].is_empty() {
        let room = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = Vec::with_capacity(len.min(room));
        file.read_at(offset, len.min(room), &mut bytes).map_err(|source| io(&name, source))?;
        let bytes = Bytes::from(bytes);
        let mut at = 0;
        len = STRETCH;
        loop {
            let frame = match frame::find(&bytes, at) {
                Found::Frame(frame) => frame,
                Found::Short(wanted) if at + wanted <= room => {
                    len = len.max(wanted);
                    break;
                }
                // The end, or a bad spot behind sound facts: those first, the next call names the spot.
                _ if at > 0 && (at == room || !batches[0].is_empty()) => break,
                _ => return Err(damaged(&name, offset + at as u64, "a frame that was whole is no longer")),
            };
            at = frame.range.end;
            collect(&bytes, &frame, cursor, &mut batches, &name)?;
        }
        offset += at as u64;
        if at == room && batches[0].is_empty() {
            return Err(damaged(&name, offset, &format!("position {} is not in it", cursor.next)));
        }
    }
    cursor.at = Some((first, offset));
    batches.retain(|batch| !batch.is_empty());
    Ok(batches)
}

fn collect(bytes: &Bytes, frame: &Frame, cursor: &mut Cursor, batches: &mut Vec<Vec<Entry>>, name: &str) -> Result<(), ReadError> {
    if frame.first > cursor.next {
        return Err(damaged(name, frame.range.start as u64, &format!("position {} is missing", cursor.next)));
    }
    for (position, range) in (frame.first..).zip(frame.records(bytes)) {
        if position < cursor.next {
            continue;
        }
        if batches.last().is_none_or(|batch| batch.len() >= BATCH) {
            batches.push(Vec::new());
        }
        if let Some(batch) = batches.last_mut() {
            batch.push(Entry { position, bytes: bytes.slice(range) });
        }
        cursor.next = position + 1;
    }
    Ok(())
}

/// Reads the frame at an offset.
pub(crate) fn frame_at(file: &dyn DiskFile, name: &str, offset: u32) -> Result<(Bytes, Frame), ReadError> {
    let mut len = GUESS;
    for _ in 0..3 {
        let mut bytes = Vec::with_capacity(len);
        file.read_at(u64::from(offset), len, &mut bytes).map_err(|source| io(name, source))?;
        match frame::find(&bytes, 0) {
            Found::Frame(frame) => return Ok((bytes.into(), frame)),
            Found::Short(wanted) if wanted > len => len = wanted,
            Found::Short(_) | Found::Nothing | Found::Bad => break,
        }
    }
    Err(damaged(name, u64::from(offset), "a frame that was whole is no longer"))
}

/// A subject's durable facts from a version on, oldest first.
pub(crate) fn subject(shared: &Shared, subject: &Subject, from_version: u64) -> Result<Vec<Entry>, ReadError> {
    let durable = shared.durable();
    let mut spots = shared.trace(Key::of(subject.as_str()), from_version.max(1))?;
    spots.retain(|&(position, _)| position <= durable);
    spots.reverse();
    let mut entries = Vec::with_capacity(spots.len());
    let mut open: Option<(Position, std::sync::Arc<dyn DiskFile>)> = None;
    let mut last: Option<(Position, u32, Bytes, Frame)> = None;
    for (position, offset) in spots {
        let segment = locked(&shared.state).place(position).0;
        if open.as_ref().is_none_or(|(first, _)| *first != segment) {
            open = Some((segment, shared.file(segment)?));
        }
        let Some((_, file)) = &open else { continue };
        let name = segment_name(segment);
        if last.as_ref().is_none_or(|&(first, at, ..)| (first, at) != (segment, offset)) {
            let (bytes, frame) = frame_at(&**file, &name, offset)?;
            last = Some((segment, offset, bytes, frame));
        }
        let Some((.., bytes, frame)) = &last else { continue };
        let place = position.checked_sub(frame.first).and_then(|nth| usize::try_from(nth).ok());
        let range = place.and_then(|nth| frame.records(bytes).nth(nth));
        let Some(range) = range else {
            return Err(damaged(&name, u64::from(offset), &format!("position {position} is not where the index says")));
        };
        let record = bytes.slice(range);
        // Another subject of the same hash would show here; it is skipped like any other's facts.
        if header(&record).is_ok_and(|header| header.subject == subject.as_str()) {
            entries.push(Entry { position, bytes: record });
        }
    }
    Ok(entries)
}
