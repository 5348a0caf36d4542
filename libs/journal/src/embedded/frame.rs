//! The bytes of one decision in a segment.
//!
//! `len u32, crc32c u32, first position u64, count u32, back u32`, then `count` times `len u32, bytes`;
//! little-endian. `len` counts what follows the checksum, which covers just that. `back` is the distance
//! in bytes to the first frame of the group this one was synced with: a whole frame behind a torn one
//! is the same power cut's doing if it belongs to the same group, and damage if it does not.

use std::ops::Range;

use crate::port::Position;

/// Bytes before the first record's length.
pub(crate) const HEAD: usize = 24;

const CHECKED_FROM: usize = 8;

/// A frame whose checksum holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The first record's position.
    pub(crate) first: Position,
    /// How many records.
    pub(crate) count: u32,
    /// Bytes from the group's first frame to this one.
    pub(crate) back: u32,
    /// Where it lies in the bytes it was found in.
    pub(crate) range: Range<usize>,
}

/// What is found at a place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Frame(Frame),
    /// It may be a frame; so many bytes from its start are needed to tell.
    Short(usize),
    /// No frame was ever written here.
    Nothing,
    /// Bytes that are no frame.
    Bad,
}

impl Frame {
    /// Where each record lies in the bytes the frame was found in.
    pub(crate) fn records(&self, bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
        let mut at = self.range.start + HEAD;
        (0..self.count).map(move |_| {
            let from = at + 4;
            at = from + u32_at(bytes, at) as usize;
            from..at
        })
    }

    /// Where its group's first frame starts, in the bytes it was found in.
    pub(crate) fn group(&self) -> usize {
        self.range.start.saturating_sub(self.back as usize)
    }

    /// The last record's position.
    pub(crate) fn last(&self) -> Position {
        self.first + u64::from(self.count) - 1
    }
}

/// Starts a frame at the end of `out`; records follow by [`push`], then [`finish`].
pub(crate) fn start(out: &mut Vec<u8>, first: Position, count: u32, back: u32) -> usize {
    let at = out.len();
    out.extend_from_slice(&[0; CHECKED_FROM]);
    out.extend_from_slice(&first.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&back.to_le_bytes());
    at
}

/// Adds a record; tells where it went.
pub(crate) fn push(out: &mut Vec<u8>, len: usize, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
    out.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes());
    let from = out.len();
    write(out);
    debug_assert_eq!(out.len(), from + len, "a record is as long as it said");
    from..out.len()
}

/// Puts length and checksum in front.
pub(crate) fn finish(out: &mut [u8], at: usize) {
    let len = u32::try_from(out.len() - at - CHECKED_FROM).unwrap_or(u32::MAX);
    let crc = crc32c::crc32c(&out[at + CHECKED_FROM..]);
    out[at..at + 4].copy_from_slice(&len.to_le_bytes());
    out[at + 4..at + 8].copy_from_slice(&crc.to_le_bytes());
}

/// Looks for a frame at `at`.
pub(crate) fn find(bytes: &[u8], at: usize) -> Found {
    let Some(head) = bytes.get(at..at + HEAD) else {
        let rest = bytes.get(at..).unwrap_or_default();
        return if rest.iter().all(|&b| b == 0) { Found::Nothing } else { Found::Short(HEAD) };
    };
    let len = u32_at(head, 0) as usize;
    if len == 0 {
        return if head.iter().all(|&b| b == 0) { Found::Nothing } else { Found::Bad };
    }
    let count = u32_at(head, 16);
    if len < HEAD - CHECKED_FROM + 5 || count == 0 {
        return Found::Bad;
    }
    let range = at..at + CHECKED_FROM + len;
    let Some(checked) = bytes.get(at + CHECKED_FROM..range.end) else { return Found::Short(range.len()) };
    if crc32c::crc32c(checked) != u32_at(head, 4) {
        return Found::Bad;
    }
    let frame = Frame { first: u64_at(head, 8), count, back: u32_at(head, 20), range };
    if lengths_fit(bytes, &frame) { Found::Frame(frame) } else { Found::Bad }
}

/// Where the last group of a segment starts, as far as its frames follow on each other.
pub(crate) fn last_group(bytes: &[u8], mut next: Position) -> usize {
    let (mut at, mut group) = (0, 0);
    while let Found::Frame(frame) = find(bytes, at)
        && frame.first == next
    {
        group = frame.group();
        (at, next) = (frame.range.end, frame.last() + 1);
    }
    group
}

fn lengths_fit(bytes: &[u8], frame: &Frame) -> bool {
    let mut at = frame.range.start + HEAD;
    for _ in 0..frame.count {
        if at + 4 > frame.range.end {
            return false;
        }
        at += 4 + u32_at(bytes, at) as usize;
    }
    at == frame.range.end
}

/// Looks behind a bad spot for a whole frame that cannot be of the same group: it proves that the
/// spot was once on disk as written. `next` is the position the bad frame would have had.
pub(crate) fn proof_of_damage(bytes: &[u8], bad: usize, next: Position) -> Option<usize> {
    (bad + 1..bytes.len().saturating_sub(HEAD)).find(|&at| {
        // Cheap looks first; the checksum is only reckoned where a position makes sense.
        let first = u64_at(bytes, at + 8);
        first > next.saturating_sub(1)
            && first - next <= bytes.len() as u64
            && matches!(find(bytes, at), Found::Frame(frame) if (frame.back as usize) < at - bad)
    })
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].iter().rev().fold(0, |value, &b| value << 8 | u32::from(b))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8].iter().rev().fold(0, |value, &b| value << 8 | u64::from(b))
}

#[cfg(test)]
mod tests;
