//! A group: the decisions that go to disk in one write and one sync, and the answers that wait for it.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::frame::{self, HEAD};
use crate::port::{AppendError, Appended, Decision, Entry, Position};
use crate::subjects::Key;
use crate::time;

/// A decision in the queue.
pub(crate) struct Append {
    pub(crate) decision: Decision,
    /// The subjects' hashes, in the order of the writes.
    pub(crate) keys: Vec<Key>,
    /// Groups that had been answered when it was asked.
    pub(crate) groups: u64,
    pub(crate) reply: Reply,
}

pub(crate) type Reply = oneshot::Sender<Result<Appended, AppendError>>;

/// What gathers while the last group is on its way to disk.
pub(crate) struct Group {
    /// Where in the segment it goes.
    pub(crate) base: u64,
    /// Its frames.
    pub(crate) bytes: Vec<u8>,
    pub(crate) first: Position,
    pub(crate) time_ms: i64,
    time_text: [u8; time::WIDTH],
    records: Vec<Range<usize>>,
    pub(crate) answers: Vec<(Reply, Result<Appended, AppendError>)>,
    /// How many of them were asked before the last group was answered.
    pub(crate) waited: usize,
}

impl Group {
    pub(crate) fn new(base: u64, first: Position, time_ms: i64) -> Self {
        let (bytes, records, answers) = (Vec::new(), Vec::new(), Vec::new());
        Self { base, bytes, first, time_ms, time_text: time::format(time_ms), records, answers, waited: 0 }
    }

    /// The position the next fact gets.
    pub(crate) fn next(&self) -> Position {
        self.first + self.records.len() as u64
    }

    /// Where in the segment the next frame goes.
    pub(crate) fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    /// Adds a decision's frame.
    pub(crate) fn push(&mut self, decision: &Decision) -> Appended {
        let first = self.next();
        let facts = || decision.writes.iter().flat_map(|write| &write.facts);
        let back = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        let at = frame::start(&mut self.bytes, first, facts().count() as u32, back);
        for draft in facts() {
            let range = frame::push(&mut self.bytes, draft.len(), |out| draft.write_to(out, &self.time_text));
            self.records.push(range);
        }
        frame::finish(&mut self.bytes, at);
        Appended { first, last: self.next() - 1, repeated: false }
    }

    /// Adds the frame of a decision that was written elsewhere.
    pub(crate) fn push_records(&mut self, decision: &[Bytes]) {
        let (first, back) = (self.next(), u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        let at = frame::start(&mut self.bytes, first, decision.len() as u32, back);
        for record in decision {
            let range = frame::push(&mut self.bytes, record.len(), |out| out.extend_from_slice(record));
            self.records.push(range);
        }
        frame::finish(&mut self.bytes, at);
    }

    /// Its records, as followers get them, once they are on disk.
    pub(crate) fn entries(bytes: Vec<u8>, first: Position, records: Vec<Range<usize>>) -> Arc<[Entry]> {
        let bytes = Bytes::from(bytes);
        (first..).zip(records).map(|(position, range)| Entry { position, bytes: bytes.slice(range) }).collect()
    }

    pub(crate) fn take_entries(&mut self) -> Arc<[Entry]> {
        Self::entries(std::mem::take(&mut self.bytes), self.first, std::mem::take(&mut self.records))
    }
}

/// Bytes of a decision's frame.
pub(crate) fn frame_bytes(decision: &Decision) -> usize {
    let facts = decision.writes.iter().flat_map(|write| &write.facts);
    HEAD + facts.map(|draft| draft.len() + 4).sum::<usize>()
}
