//! The segment being written, as it is known in memory: which fact lies where, and what came before it.
//!
//! Facts of one subject form a chain backwards, so that a subject is read by touching only its own
//! frames. When the segment is sealed the same knowledge is written down by [`super::index`].

use crate::port::Position;
use crate::subjects::{Key, KeyMap};

/// Bytes between two noted frames; following from anywhere reads at most so much in vain.
pub(crate) const MARK_EVERY: u32 = 256 << 10;

/// What is known of a segment.
#[derive(Debug)]
pub(crate) struct Active {
    /// The position its first fact has or will have.
    pub(crate) first: Position,
    /// Bytes of frames so far.
    pub(crate) end: u64,
    /// When the last fact up to here was recorded.
    pub(crate) time_ms: i64,
    /// Every fact, by its place in the segment.
    pub(crate) facts: Vec<FactAt>,
    /// Every subject in it.
    pub(crate) chains: KeyMap<Chain>,
    /// Frames to start reading at: (fact's place, offset).
    pub(crate) marks: Vec<(u32, u32)>,
}

/// One fact's place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FactAt {
    /// Where its frame starts.
    pub(crate) offset: u32,
    /// Place of the subject's fact before it in this segment, plus one; 0 for none.
    pub(crate) prev: u32,
    pub(crate) version: u32,
}

/// One subject in the segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    /// Its last position in earlier segments; 0 for none.
    pub(crate) before: Position,
    /// Place of its last fact here, plus one.
    pub(crate) last: u32,
}

/// A fact's position and where its frame starts.
pub(crate) type Spot = (Position, u32);

impl Active {
    pub(crate) fn new(first: Position, time_ms: i64) -> Self {
        Self { first, end: 0, time_ms, facts: Vec::new(), chains: KeyMap::default(), marks: Vec::new() }
    }

    /// The position the next fact gets.
    pub(crate) fn next(&self) -> Position {
        self.first + self.facts.len() as u64
    }

    /// Notes a fact whose frame starts at `offset`; `before` is its subject's last position so far.
    pub(crate) fn add(&mut self, key: Key, offset: u32, version: u32, before: Position) {
        let place = self.facts.len() as u32;
        if self.marks.last().is_none_or(|&(_, at)| offset >= at + MARK_EVERY) {
            self.marks.push((place, offset));
        }
        let chain = self.chains.entry(key).or_insert(Chain { before, last: 0 });
        self.facts.push(FactAt { offset, prev: chain.last, version });
        chain.last = place + 1;
    }

    /// A subject's facts here with versions from `from_version` on, newest first, and its last position in
    /// earlier segments if older versions may be wanted (else 0).
    pub(crate) fn trace(&self, key: Key, from_version: u64) -> (Vec<Spot>, Position) {
        let Some(chain) = self.chains.get(&key) else { return (Vec::new(), 0) };
        let mut spots = Vec::new();
        let mut next = chain.last;
        while next > 0 {
            let fact = &self.facts[next as usize - 1];
            if u64::from(fact.version) < from_version {
                return (spots, 0);
            }
            spots.push((self.first + u64::from(next) - 1, fact.offset));
            next = fact.prev;
        }
        (spots, chain.before)
    }
}

/// Where to start reading for the fact at `place`.
pub(crate) fn mark_before(marks: &[(u32, u32)], place: u64) -> u32 {
    let after = marks.partition_point(|&(at, _)| u64::from(at) <= place);
    after.checked_sub(1).map_or(0, |at| marks[at].1)
}
