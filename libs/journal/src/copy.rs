//! Moving a journal: its records, byte for byte, from one back-end to the other or to one of the same kind.
//!
//! The target is empty, or holds what the source begins with; so a copy that was stopped anywhere is run again, and goes on.
//! At the end the source is marked moved and refuses to write, and only then may the target be written: at no time can both.
//! Until then a target in files is marked, too; one in a stream notices whoever writes in between, and the copy ends.
//! Promised are the records' bytes, positions, and decisions that stay whole; not how back-ends keep them.
//!
//! A stream is sealed by its server, which only an administrator's user may ask for. Facts that are appended to it while it is
//! copied are in the copy: what came before the seal is copied after it.

use std::collections::VecDeque;
use std::time::Duration;

use futures::StreamExt;

use self::decisions::Decisions;
pub use self::error::CopyError;
use self::place::Opened;
pub use self::place::Place;
use crate::port::{BoxStream, Entry, Position, ReadError};

mod decisions;
mod error;
mod place;

/// So many facts are left for the time in which nobody can write: fewer than are written in a moment.
const FEW: u64 = 2_000;
/// A source that is written faster than it can be copied is stopped all the same, after so many turns.
const TURNS: usize = 20;

/// So long after the source takes no more, replicas may still be bringing in what it took before.
const AFTERMATH: Duration = Duration::from_millis(200);
/// Comparing is told of each time so many facts are compared.
const TOLD_EVERY: u64 = 2_000;

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it does.
    pub stage: Stage,
    /// The last position that it is done with.
    pub position: Position,
    /// Where the source ended when last looked at.
    pub end: Position,
}

/// What a copy does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Compares what is in the target already.
    Comparing,
    /// Brings over what is not.
    Copying,
    /// The source takes no more; brings over what came meanwhile.
    Closing,
}

/// What a copy did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The last position, in both.
    pub position: Position,
    /// Facts that came over now.
    pub copied_now: u64,
    /// Facts that were there already, and were compared.
    pub compared: u64,
    /// Where the source now says that the facts are.
    pub to: String,
}

/// Moves all facts; afterwards the source refuses to write, and the target may be written.
///
/// `progress` is called after each group of decisions. It should not take long.
///
/// # Errors
/// [`CopyError`]. Nothing of what is in the source or in the target is ever changed; it may be run again.
pub async fn copy(from: Place, to: Place, mut progress: impl FnMut(Progress) + Send) -> Result<Copied, CopyError> {
    place::fit(&from, &to)?;
    let from = Opened::source(from).await?;
    let to = Opened::target(to).await?;
    from.may_go_to(&to).await?;
    to.may_take_from(&from).await?;
    let (there, end) = (to.end().await?, from.end().await?);
    if there > end {
        return Err(CopyError::Longer { from: from.name, end, to: to.name, there });
    }
    compare(&from, &to, there, &mut |position| progress(Progress { stage: Stage::Comparing, position, end })).await?;
    // Before the work, not after it.
    from.may_leave().await?;
    to.hold(&from).await?;
    let (mut done, mut end) = (there, end);
    for _ in 0..TURNS {
        bring(&from, &to, done, end, &mut |position| progress(Progress { stage: Stage::Copying, position, end })).await?;
        done = end;
        end = from.end().await?;
        if end - done <= FEW {
            break;
        }
    }
    from.leave(&to).await?;
    loop {
        end = from.end().await?;
        bring(&from, &to, done, end, &mut |position| progress(Progress { stage: Stage::Closing, position, end })).await?;
        done = end;
        tokio::time::sleep(AFTERMATH).await;
        if from.end().await? == end {
            break;
        }
    }
    let reached = to.end().await?;
    if reached != end {
        return Err(CopyError::Overtaken { place: to.name, position: end + 1 });
    }
    to.release().await?;
    Ok(Copied { position: end, copied_now: end - there, compared: there, to: to.name })
}

/// Reads both up to a position and names the first that differs.
async fn compare(from: &Opened, to: &Opened, end: Position, progress: &mut (dyn FnMut(Position) + Send)) -> Result<(), CopyError> {
    let (mut these, mut those) = (Reading::new(from, 1), Reading::new(to, 1));
    for position in 1..=end {
        let (this, that) = (these.next().await?, those.next().await?);
        if this.bytes != that.bytes {
            return Err(CopyError::Differs { position, from: from.name.clone(), to: to.name.clone() });
        }
        if position.is_multiple_of(TOLD_EVERY) || position == end {
            progress(position);
        }
    }
    Ok(())
}

/// Brings over what is behind `done`, up to `end`.
async fn bring(
    from: &Opened,
    to: &Opened,
    done: Position,
    end: Position,
    progress: &mut (dyn FnMut(Position) + Send),
) -> Result<(), CopyError> {
    if done == end {
        return Ok(());
    }
    let (mut reading, mut decisions) = (Reading::new(from, done + 1), Decisions::new(to.limits()));
    for position in done + 1..=end {
        let full = decisions.add(reading.next().await?)?;
        let rest = (position == end).then(|| decisions.rest());
        for group in full.into_iter().chain(rest) {
            let last = group.iter().flatten().last().map(|entry| entry.position);
            to.fill(group).await?;
            if let Some(last) = last {
                progress(last);
            }
        }
    }
    Ok(())
}

/// One place's facts, one after the other.
struct Reading<'a> {
    place: &'a Opened,
    stream: BoxStream<'static, Result<Vec<Entry>, ReadError>>,
    waiting: VecDeque<Entry>,
}

impl<'a> Reading<'a> {
    fn new(place: &'a Opened, from: Position) -> Self {
        Self { place, stream: place.journal().follow(from), waiting: VecDeque::new() }
    }

    async fn next(&mut self) -> Result<Entry, CopyError> {
        loop {
            if let Some(entry) = self.waiting.pop_front() {
                return Ok(entry);
            }
            let batch = self.stream.next().await.unwrap_or(Err(ReadError::Closed));
            self.waiting.extend(batch.map_err(|source| CopyError::Read { place: self.place.name.clone(), source })?);
        }
    }
}

#[cfg(test)]
mod tests;
