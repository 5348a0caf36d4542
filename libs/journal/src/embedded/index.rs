//! A sealed segment's index file: subject → last position and version, and where its facts lie.
//!
//! Header, then the *heads* (all an opening journal loads), then the *lists* (looked at when a subject is
//! read). Both halves have their checksum; a damaged or missing index is made again from its segment,
//! so nothing here is the only copy of anything. Little-endian; hashes big-endian to sort as bytes.

use super::active::{Active, Spot};
use super::frame::{u32_at, u64_at};
use crate::port::Position;
use crate::subjects::{Key, Last};

const MAGIC: &[u8; 8] = b"LQINDEX1";
const HEADER: usize = 64;
const HEAD: usize = 24;
const MARK: usize = 8;
const LIST: usize = 12;
const FACT: usize = 8;

/// What an index says of its segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    /// The segment's first position.
    pub(crate) first: Position,
    /// Its last position.
    pub(crate) last: Position,
    /// When the last fact was recorded.
    pub(crate) time_ms: i64,
    /// Bytes of frames.
    pub(crate) bytes: u64,
    subjects: usize,
    marks: usize,
    heads_crc: u32,
    lists_crc: u32,
}

/// Writes an index down.
pub(crate) fn encode(active: &Active) -> Vec<u8> {
    let mut keys: Vec<_> = active.chains.iter().map(|(key, chain)| (*key, *chain)).collect();
    keys.sort_unstable_by_key(|(key, _)| *key);
    let (mut heads, mut lists, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    let mut listed = 0_u32;
    for (key, chain) in &keys {
        let version = active.facts[chain.last as usize - 1].version;
        heads.extend_from_slice(&key.to_bytes());
        put(&mut heads, &[chain.last - 1, version]);
        lists.extend_from_slice(&chain.before.to_le_bytes());
        put(&mut lists, &[listed]);
        let from = facts.len();
        let mut next = chain.last;
        while next > 0 {
            let fact = &active.facts[next as usize - 1];
            facts.push((next - 1, fact.offset));
            next = fact.prev;
        }
        facts[from..].reverse();
        listed = facts.len() as u32;
    }
    for &(place, offset) in &active.marks {
        put(&mut heads, &[place, offset]);
    }
    for (place, offset) in facts {
        put(&mut lists, &[place, offset]);
    }
    let mut out = Vec::with_capacity(HEADER + heads.len() + lists.len());
    out.extend_from_slice(MAGIC);
    for value in [active.first, active.next() - 1, active.time_ms as u64, active.end] {
        out.extend_from_slice(&value.to_le_bytes());
    }
    put(&mut out, &[keys.len() as u32, active.marks.len() as u32, crc32c::crc32c(&heads), crc32c::crc32c(&lists), 0]);
    let crc = crc32c::crc32c(&out);
    put(&mut out, &[crc]);
    out.extend_from_slice(&heads);
    out.extend_from_slice(&lists);
    out
}

fn put(out: &mut Vec<u8>, values: &[u32]) {
    for value in values {
        out.extend_from_slice(&value.to_le_bytes());
    }
}

/// Bytes of the fixed header.
pub(crate) const HEADER_BYTES: usize = HEADER;

/// Reads the header.
pub(crate) fn summary(bytes: &[u8]) -> Option<Summary> {
    let header = bytes.get(..HEADER)?;
    if !header.starts_with(MAGIC) || crc32c::crc32c(&header[..HEADER - 4]) != u32_at(header, HEADER - 4) {
        return None;
    }
    Some(Summary {
        first: u64_at(header, 8),
        last: u64_at(header, 16),
        time_ms: u64_at(header, 24) as i64,
        bytes: u64_at(header, 32),
        subjects: u32_at(header, 40) as usize,
        marks: u32_at(header, 44) as usize,
        heads_crc: u32_at(header, 48),
        lists_crc: u32_at(header, 52),
    })
}

impl Summary {
    /// Where the heads lie: offset and length.
    pub(crate) fn heads(&self) -> (u64, usize) {
        (HEADER as u64, self.subjects * HEAD + self.marks * MARK)
    }

    /// Where the lists lie: offset and length.
    pub(crate) fn lists(&self) -> (u64, usize) {
        let (at, len) = self.heads();
        let facts = usize::try_from(self.last + 1 - self.first).unwrap_or(usize::MAX);
        (at + len as u64, self.subjects * LIST + facts * FACT)
    }

    pub(crate) fn heads_hold(&self, heads: &[u8]) -> bool {
        heads.len() == self.heads().1 && crc32c::crc32c(heads) == self.heads_crc
    }

    pub(crate) fn lists_hold(&self, lists: &[u8]) -> bool {
        lists.len() == self.lists().1 && crc32c::crc32c(lists) == self.lists_crc
    }

    /// Every subject with where it stood at the segment's end.
    pub(crate) fn subjects(&self, heads: &[u8]) -> impl ExactSizeIterator<Item = (Key, Last)> {
        heads[..self.subjects * HEAD].chunks_exact(HEAD).map(|head| {
            let position = self.first + u64::from(u32_at(head, 16));
            (Key::from_bytes(head), Last { position, version: u32_at(head, 20) })
        })
    }

    /// Frames to start reading at.
    pub(crate) fn marks(&self, heads: &[u8]) -> Vec<(u32, u32)> {
        heads[self.subjects * HEAD..].chunks_exact(MARK).map(|mark| (u32_at(mark, 0), u32_at(mark, 4))).collect()
    }

    /// How many subjects.
    pub(crate) fn len(&self) -> usize {
        self.subjects
    }

    /// Where the `nth` head lies, and its length.
    pub(crate) fn head(&self, nth: usize) -> (u64, usize) {
        ((HEADER + nth * HEAD) as u64, HEAD)
    }

    /// Where the `nth` subject's list entry lies: its own and the next one's, if any.
    pub(crate) fn list(&self, nth: usize) -> (u64, usize) {
        let len = if nth + 1 < self.subjects { LIST * 2 } else { LIST };
        (self.lists().0 + (nth * LIST) as u64, len)
    }

    /// Reads what [`Self::list`] points at: the subject's last position before this segment, and where its
    /// facts are listed (offset and length), if that is inside the lists.
    pub(crate) fn facts(&self, list: &[u8]) -> Option<(Position, u64, usize)> {
        let all = usize::try_from(self.last + 1 - self.first).unwrap_or(usize::MAX);
        let from = u32_at(list, 8) as usize;
        let to = if list.len() > LIST { u32_at(list, LIST + 8) as usize } else { all };
        let at = self.lists().0 + (self.subjects * LIST + from * FACT) as u64;
        (from <= to && to <= all).then(|| (u64_at(list, 0), at, (to - from) * FACT))
    }

    /// Reads a list of facts, oldest first.
    pub(crate) fn spots(&self, facts: &[u8]) -> Vec<Spot> {
        facts.chunks_exact(FACT).map(|fact| (self.first + u64::from(u32_at(fact, 0)), u32_at(fact, 4))).collect()
    }
}
