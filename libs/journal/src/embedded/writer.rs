//! The one thread that writes: gathers what is queued, checks it, writes and syncs it, then answers.
//!
//! After the first write or sync that fails, of whatever kind, nothing more is written: what is on disk is no
//! longer known, and whoever asks is told so.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use super::active::Active;
use super::disk::{DiskFile, SyncPoint, write_whole};
use super::fill::Fill;
use super::frame::{self, Found, HEAD};
use super::group::{Append, Group, frame_bytes};
use super::keeper::Keeper;
use super::open::SPARE;
use super::read::frame_at;
use super::sealed::Sealed;
use super::state::{Broken, Shared, locked, segment_name};
use super::{Clock, moved};
use crate::header::header;
use crate::port::{AppendError, Appended, Decision, MAX_DECISION_BYTES, Position, ReadError, Tip, wrong_version};

/// Bytes of a group that get no further decision; one that is larger by itself is a group of its own.
pub(super) const GROUP_BYTES: usize = 8 << 20;

/// A group waits for others at most so long, and never longer than the disk took for the last one.
const LINGER: Duration = Duration::from_millis(1);

/// No group is longer.
pub(crate) const LONGEST_GROUP: usize = HEAD + if GROUP_BYTES > MAX_DECISION_BYTES { GROUP_BYTES } else { MAX_DECISION_BYTES };

/// What the writer is asked.
pub(crate) enum Job {
    Append(Append),
    /// Note that the journal has moved; nothing is written after the answer.
    Moved {
        to: String,
        reply: oneshot::Sender<io::Result<()>>,
    },
    /// Take that note back.
    Home {
        reply: oneshot::Sender<io::Result<()>>,
    },
    /// Records that were written elsewhere.
    Fill(Fill),
}

/// The writer's own things.
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) tip: watch::Sender<Tip>,
    pub(crate) keeper: Keeper,
    pub(crate) clock: Clock,
    pub(crate) file: Arc<dyn DiskFile>,
    pub(crate) segment_bytes: u64,
    pub(crate) moved: Option<String>,
    /// Decisions answered with the last group.
    pub(crate) answered: usize,
    /// How long a group waits for those that are about to come.
    pub(crate) linger: Duration,
}

impl Writer {
    /// Works until the last handle is gone.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        let mut kept = None;
        while let Some(job) = kept.take().or_else(|| jobs.recv().ok()) {
            match job {
                Job::Moved { to, reply } => {
                    let done = self.mark_moved(to);
                    let _ = reply.send(done);
                }
                Job::Home { reply } => {
                    let done = moved::remove(&*self.shared.disk).map(|()| self.moved = None);
                    let _ = reply.send(done);
                }
                Job::Fill(fill) => self.fill(fill),
                Job::Append(append) => kept = self.group(append, jobs),
            }
        }
    }

    /// Gathers a group from `append` on and brings it to disk; gives back the first job that must wait.
    fn group(&mut self, append: Append, jobs: &Receiver<Job>) -> Option<Job> {
        if self.end() + frame_bytes(&append.decision) as u64 > self.segment_bytes
            && self.broken().is_none()
            && let Err(error) = self.roll()
        {
            self.stop("begin a new segment", error);
        }
        let mut group = self.start();
        let mut kept = self.take(append, &mut group);
        let until = Instant::now() + self.linger;
        while kept.is_none() {
            kept = match jobs.try_recv() {
                Ok(Job::Append(append)) => self.take(append, &mut group),
                Ok(other) => Some(other),
                // Whoever was answered last is about to ask again. Going on without them would make two groups, and two
                // syncs, of what is one by waiting less than a sync takes.
                Err(_) if group.answers.len() < group.waited + self.answered && Instant::now() < until => {
                    std::thread::yield_now();
                    None
                }
                Err(_) => break,
            };
        }
        self.answered = group.answers.len();
        self.commit(group);
        kept
    }

    pub(super) fn end(&self) -> u64 {
        locked(&self.shared.state).active.end
    }

    pub(super) fn start(&self) -> Group {
        let state = locked(&self.shared.state);
        Group::new(state.active.end, state.active.next(), (self.clock)().max(state.active.time_ms))
    }

    /// Puts a decision into the group, or its answer; gives it back if it must wait for the next group.
    fn take(&self, append: Append, group: &mut Group) -> Option<Job> {
        let room = usize::try_from(self.segment_bytes.saturating_sub(group.end())).unwrap_or(usize::MAX);
        let bytes = frame_bytes(&append.decision);
        let full = bytes > room || (!group.bytes.is_empty() && group.bytes.len() + bytes > GROUP_BYTES);
        if full && self.broken().is_none() {
            return Some(Job::Append(append));
        }
        let answer = self.decide(&append, group);
        group.waited += usize::from(append.groups < self.shared.groups.load(Relaxed));
        group.answers.push((append.reply, answer));
        None
    }

    fn decide(&self, append: &Append, group: &mut Group) -> Result<Appended, AppendError> {
        if let Some(broken) = self.broken() {
            return Err(AppendError::Unknown(broken));
        }
        if let Some(to) = &self.moved {
            return Err(AppendError::Moved { to: to.clone() });
        }
        let decision = &append.decision;
        let mut state = locked(&self.shared.state);
        for (write, &key) in decision.writes.iter().zip(&append.keys) {
            let last = state.subjects.get(key);
            if last.position != write.expected {
                drop(state);
                return match self.repeated(append, group) {
                    Ok(Some(appended)) => Ok(appended),
                    Ok(None) => Err(AppendError::Conflict { subject: write.subject.clone(), last: last.position }),
                    Err(error) => Err(AppendError::Unknown(Arc::new(error))),
                };
            }
            let wanted = u64::from(last.version) + 1;
            let draft = &write.facts[0];
            let highest = wanted - 1 + write.facts.len() as u64;
            if draft.version() != wanted || highest > u64::from(u32::MAX) {
                return Err(wrong_version(draft, wanted));
            }
        }
        let offset = u32::try_from(group.end()).unwrap_or(u32::MAX);
        let appended = group.push(decision);
        for (write, &key) in decision.writes.iter().zip(&append.keys) {
            for draft in &write.facts {
                // Checked above to fit.
                state.apply(key, offset, draft.version() as u32);
            }
        }
        Ok(appended)
    }

    /// Whether this very decision is in already, at exactly its expectations.
    fn repeated(&self, append: &Append, group: &Group) -> Result<Option<Appended>, ReadError> {
        let Decision { command, writes } = &append.decision;
        let Some((first, offset)) = self.shared.spot(append.keys[0], writes[0].facts[0].version())? else {
            return Ok(None);
        };
        let mut next = first;
        for (write, &key) in writes.iter().zip(&append.keys) {
            let version = write.facts[0].version();
            let before = self.shared.spot(key, version - 1)?.map_or(0, |(position, _)| position);
            let at = self.shared.spot(key, version)?.map(|(position, _)| position);
            if before != write.expected || at != Some(next) {
                return Ok(None);
            }
            next += write.facts.len() as u64;
        }
        let (bytes, frame) = self.frame(first, offset, group)?;
        let wanted = writes.iter().map(|write| write.facts.len()).sum::<usize>();
        let same = frame.first == first && frame.count as usize == wanted && {
            frame.records(&bytes).zip(1..).all(|(range, number): (_, u32)| {
                header(&bytes[range]).is_ok_and(|header| header.id == format!("{command}.{number}"))
            })
        };
        Ok(same.then(|| Appended { first, last: frame.last(), repeated: true }))
    }

    fn frame(&self, position: Position, offset: u32, group: &Group) -> Result<(bytes::Bytes, frame::Frame), ReadError> {
        let segment = locked(&self.shared.state).place(position).0;
        if position >= group.first {
            let at = usize::try_from(u64::from(offset) - group.base).unwrap_or(usize::MAX);
            if let Found::Frame(mut frame) = frame::find(&group.bytes, at) {
                let bytes = bytes::Bytes::copy_from_slice(&group.bytes[frame.range.clone()]);
                frame.range = 0..bytes.len();
                return Ok((bytes, frame));
            }
        }
        frame_at(&*self.shared.file(segment)?, &segment_name(segment), offset)
    }

    /// Brings a group to disk, tells followers, then answers.
    pub(super) fn commit(&mut self, mut group: Group) {
        if !group.bytes.is_empty() {
            let begun = Instant::now();
            let written = write_whole(&*self.file, group.base, &group.bytes);
            if let Err(error) = written.and_then(|()| self.file.sync_data(SyncPoint::Group)) {
                self.stop("bring decisions to disk", error);
            } else {
                self.linger = begun.elapsed().min(LINGER);
                self.publish(&mut group);
            }
        }
        self.shared.groups.fetch_add(1, Relaxed);
        for (reply, answer) in group.answers {
            let answer = match self.broken() {
                // Even a refusal may rest on facts that are not on disk now.
                Some(broken) => Err(AppendError::Unknown(broken)),
                None => answer,
            };
            // Who no longer listens asks again with the same command.
            let _ = reply.send(answer);
        }
    }

    fn publish(&mut self, group: &mut Group) {
        let (end, tip) = (group.end(), Tip { position: group.next() - 1, time_ms: group.time_ms });
        {
            let mut state = locked(&self.shared.state);
            state.active.end = end;
            state.active.time_ms = group.time_ms;
            state.durable_end = end;
        }
        locked(&self.shared.ring).push(group.take_entries());
        self.tip.send_replace(tip);
        // Early: at full speed a segment lasts less time than the next one takes to be made.
        if end > self.segment_bytes / 8 {
            self.keeper.prepare();
        }
    }

    /// Finishes the segment and goes on in the next.
    pub(super) fn roll(&mut self) -> io::Result<()> {
        let file = self.keeper.spare()?;
        let next = locked(&self.shared.state).active.next();
        self.shared.disk.rename(SPARE, &segment_name(next))?;
        self.shared.disk.sync_dir(SyncPoint::Roll)?;
        let mut state = locked(&self.shared.state);
        let fresh = Active::new(next, state.active.time_ms);
        let full = Arc::new(std::mem::replace(&mut state.active, fresh));
        state.sealed.push(Sealed::of(Arc::clone(&full)));
        (state.file, state.durable_end) = (Arc::clone(&file), 0);
        drop(state);
        self.file = file;
        self.keeper.index(full);
        Ok(())
    }

    fn mark_moved(&mut self, to: String) -> io::Result<()> {
        if let Some(broken) = self.broken() {
            return Err(io::Error::other(broken));
        }
        match moved::write(&*self.shared.disk, &to) {
            Ok(()) => {
                self.moved = Some(to);
                Ok(())
            }
            // The note may be there after a restart: a fact that is answered now would not be where the others went.
            Err(error) => Err(io::Error::new(error.kind(), self.stop("note that it has moved", error))),
        }
    }

    pub(super) fn broken(&self) -> Option<Arc<Broken>> {
        self.shared.broken.get().cloned()
    }

    /// Sees to it that nothing more is written.
    pub(super) fn stop(&self, what: &'static str, source: io::Error) -> Arc<Broken> {
        tracing::error!(error = %source, "the journal stops writing, what is on disk is no longer known: it could not {what}");
        Arc::clone(self.shared.broken.get_or_init(|| Arc::new(Broken { what, source })))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.stop("go on", io::Error::other("its thread panicked"));
        }
    }
}
