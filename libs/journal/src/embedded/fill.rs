//! Records that were written elsewhere, taken as they are: how a copy gets in.
//!
//! Nothing is stamped or decided. Each record is looked at all the same, so that positions, versions and indexes are what
//! they would be had the facts been decided here.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::frame::HEAD;
use super::group::Group;
use super::state::{Broken, locked};
use super::writer::{GROUP_BYTES, Job, Writer};
use super::{Embedded, Role, moved};
use crate::header::{Header, header};
use crate::port::Position;
use crate::subjects::Key;

/// Decisions as records, and the position of the first.
pub(crate) struct Fill {
    pub(crate) first: Position,
    pub(crate) decisions: Vec<Vec<Bytes>>,
    pub(crate) reply: oneshot::Sender<Result<(), FillError>>,
}

/// Why finished records are not taken.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum FillError {
    #[error("the journal ends before position {next}, not before {first}")]
    Place { next: Position, first: Position },
    #[error("position {position}: {what}")]
    Record { position: Position, what: String },
    #[error("the decision at position {position} takes {bytes} bytes, a segment has {limit}")]
    TooLarge { position: Position, bytes: usize, limit: u64 },
    #[error(transparent)]
    Broken(Arc<Broken>),
    #[error("the journal is closed or open for reading only")]
    Closed,
}

impl Embedded {
    /// Takes whole decisions as they were written elsewhere; answers when they are on disk. An error may leave some of the
    /// first of them in.
    pub(crate) async fn fill(&self, first: Position, decisions: Vec<Vec<Bytes>>) -> Result<(), FillError> {
        let (reply, answer) = oneshot::channel();
        self.job(Job::Fill(Fill { first, decisions, reply })).await.ok_or(FillError::Closed)?;
        answer.await.unwrap_or(Err(FillError::Closed))
    }

    /// Where the facts went, if they did.
    ///
    /// # Errors
    /// What the disk says.
    pub fn moved(&self) -> std::io::Result<Option<String>> {
        moved::read(&*self.shared.disk)
    }

    /// Takes the note back: the facts have come home, and are written here again.
    pub(crate) async fn unmark_moved(&self) -> std::io::Result<()> {
        let closed = || std::io::Error::other("the journal is closed or open for reading only");
        let (reply, answer) = oneshot::channel();
        self.job(Job::Home { reply }).await.ok_or_else(closed)?;
        answer.await.map_err(|_| closed())?
    }

    /// Waits for room in the queue, off the async threads; none where nothing is written.
    pub(super) async fn job(&self, job: Job) -> Option<()> {
        let Role::Writer { queue, .. } = &self.role else { return None };
        let queue = locked(queue).clone()?;
        let sent = tokio::task::spawn_blocking(move || queue.send(job).is_ok()).await;
        sent.unwrap_or(false).then_some(())
    }
}

impl Writer {
    pub(super) fn fill(&mut self, fill: Fill) {
        let done = self.filled(fill.first, &fill.decisions);
        // Who no longer listens looks at the end of the journal.
        let _ = fill.reply.send(done);
    }

    fn filled(&mut self, first: Position, decisions: &[Vec<Bytes>]) -> Result<(), FillError> {
        let next = locked(&self.shared.state).active.next();
        if first != next {
            return Err(FillError::Place { next, first });
        }
        let mut rest = decisions;
        while !rest.is_empty() {
            self.whole()?;
            if self.end() + bytes_of(&rest[0]) as u64 > self.segment_bytes
                && self.end() > 0
                && let Err(error) = self.roll()
            {
                return Err(FillError::Broken(self.stop("begin a new segment", error)));
            }
            let mut group = self.start();
            // A record tells its own time: the clock is not asked.
            group.time_ms = locked(&self.shared.state).active.time_ms;
            let mut wrong = None;
            while let Some((decision, behind)) = rest.split_first() {
                let bytes = bytes_of(decision);
                let full = group.bytes.len() + bytes > GROUP_BYTES || group.end() + bytes as u64 > self.segment_bytes;
                if full && !group.bytes.is_empty() {
                    break;
                }
                if let Err(error) = self.put(decision, bytes, &mut group) {
                    wrong = Some(error);
                    break;
                }
                rest = behind;
            }
            // What came before a wrong one is sound, and known to the state already.
            self.commit(group);
            if let Some(error) = wrong {
                return Err(error);
            }
        }
        self.whole()
    }

    fn whole(&self) -> Result<(), FillError> {
        self.broken().map_or(Ok(()), |broken| Err(FillError::Broken(broken)))
    }

    /// Puts one decision into the group, if every record of it is one.
    fn put(&self, decision: &[Bytes], bytes: usize, group: &mut Group) -> Result<(), FillError> {
        let first = group.next();
        if group.end() + bytes as u64 > self.segment_bytes {
            return Err(FillError::TooLarge { position: first, bytes, limit: self.segment_bytes });
        }
        let mut facts: Vec<(Key, u32)> = Vec::with_capacity(decision.len());
        let mut state = locked(&self.shared.state);
        for (position, record) in (first..).zip(decision) {
            let wrong = |what: String| FillError::Record { position, what };
            let header = header(record).map_err(|error| wrong(error.to_string()))?;
            let key = Key::of(header.subject);
            let before = facts.iter().rev().find(|(other, _)| *other == key);
            let before = before.map_or_else(|| state.subjects.get(key).version, |(_, version)| *version);
            facts.push((key, follows(&header, before).map_err(wrong)?));
            group.time_ms = group.time_ms.max(header.time_ms().unwrap_or(group.time_ms));
        }
        let offset = u32::try_from(group.end()).unwrap_or(u32::MAX);
        group.push_records(decision);
        for (key, version) in facts {
            state.apply(key, offset, version);
        }
        Ok(())
    }
}

/// The version a record has to have behind another.
fn follows(header: &Header<'_>, before: u32) -> Result<u32, String> {
    let version = u32::try_from(header.version).ok().filter(|&version| u64::from(version) == u64::from(before) + 1);
    version
        .ok_or_else(|| format!("it says version {} of {}, the next is {}", header.version, header.subject, u64::from(before) + 1))
}

fn bytes_of(decision: &[Bytes]) -> usize {
    HEAD + decision.iter().map(|record| record.len() + 4).sum::<usize>()
}
