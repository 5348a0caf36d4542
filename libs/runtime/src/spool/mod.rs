//! Reports on this process' own disk while the journal's servers are away: kept at once, delivered later, each once.
//!
//! The spool is a small journal of segment files of its own: what intake acknowledges as kept locally is on disk, sealed as
//! it will be in the journal. Once the servers are back the reports are carried out in their order under the ids their
//! commands had from the start, so one whose first try had landed after all is not taken twice. While anything waits, new
//! reports go behind it.

mod deliver;
mod error;
mod files;
mod look;
mod record;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{
    fact::command_key,
    id::IncidentId,
    incident::{Command, Context, Incident, NewReport, Refusal, decide},
};
use journal::{AppendError, Journal as _, embedded::Embedded};
use tokio::sync::{Notify, RwLock};

use crate::{
    clock::Clock,
    execute::{Answer, Ask, Error, execute},
    ports::Ports,
};
pub use deliver::deliver;
pub use error::SpoolError;
use files::{begin, numbers, read, remove};
pub use look::waiting;
use record::{Kept, Line};

/// How long the journal may take over a report before it is kept here.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// Bytes of a record, about.
const TYPICAL: u64 = 1_024;
/// With nothing waiting and so much written, the files are begun anew.
const RENEW: u64 = 4 << 20;
/// When a sender is told to come back while the spool is full.
const COME_BACK: Duration = Duration::from_secs(5);

/// How a spool is kept.
pub struct SpoolOptions {
    /// Its directory.
    pub dir: PathBuf,
    /// The district's six digits.
    pub district: String,
    /// The time.
    pub clock: Clock,
    /// Bytes of reports that may wait; one more is refused.
    pub most: usize,
    /// Are the journal's servers away, as far as this process can tell without asking?
    pub away: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// What became of a report.
#[derive(Debug)]
pub enum Taken {
    /// It is in the journal.
    In(Answer),
    /// It is on this process' own disk.
    Kept {
        /// The incident, or another report under its reference, was known before.
        supplement: bool,
        /// This very report was kept before.
        repeated: bool,
    },
}

/// See the module.
pub struct Spool {
    options: SpoolOptions,
    /// Where reports are written now. Whoever writes reads this; whoever begins new files writes it.
    now: RwLock<Generation>,
    state: Mutex<State>,
    /// Something waits.
    woken: Notify,
    written: AtomicU64,
    refused: AtomicUsize,
    /// Where the journal went: nothing more is kept then.
    moved: OnceLock<String>,
}

/// One directory of segment files; begun anew when the last one grew long.
#[derive(Clone)]
struct Generation {
    number: u64,
    files: Arc<Embedded>,
}

#[derive(Default)]
struct State {
    waiting: BTreeMap<u64, Waiting>,
    /// By command: asked again, a report is not kept twice.
    commands: HashMap<String, u64>,
    bytes: usize,
    next: u64,
}

/// A report that is not delivered yet.
#[derive(Clone)]
struct Waiting {
    kept: Arc<Kept>,
    bytes: usize,
    position: u64,
    files: Arc<Embedded>,
    /// See [`Spool::stuck`].
    stuck: bool,
}

/// Takes a report in: into the journal, or where that does not answer, onto this process' own disk.
///
/// # Errors
/// As [`execute`]; [`Error::Spool`] where the report could not be kept here either.
pub async fn take(ports: &Ports, id: IncidentId, ask: &Ask, new: NewReport) -> Result<Taken, Error> {
    let Some(spool) = &ports.spool else {
        return execute(ports, id, ask, &Command::Receive { new: Box::new(new) }).await.map(Taken::In);
    };
    let known =
        ports.fold.look(|board| board.incident(id).map(|incident| incident.answered(command_key(ask.command.as_str())).is_some()));
    let command = Command::Receive { new: Box::new(new.clone()) };
    // Behind what waits, for reports stay in order; but what the board knows was taken long ago.
    if known == Some(true) || (spool.idle() && !(spool.options.away)()) {
        match tokio::time::timeout(PATIENCE, execute(ports, id, ask, &command)).await {
            Ok(Err(error)) if away(&error) => tracing::warn!(%error, "the journal does not answer: the report is kept here"),
            Ok(answered) => return answered.map(Taken::In),
            Err(_) => tracing::warn!("the journal does not answer in time: the report is kept here"),
        }
    }
    if let Some(to) = spool.moved.get() {
        return Err(Error::Journal(AppendError::Moved { to: to.clone() }));
    }
    // What the rules would refuse is refused now: what is acknowledged here has to go in later.
    may(ports, id, ask, &command)?;
    let kept = Kept::new(id, ask, ports.clock.now(), new);
    let (spool, known) = (Arc::clone(spool), known.is_some());
    // A caller that goes away in the middle leaves no report that is on disk and waits nowhere.
    let keeping = tokio::spawn(async move { spool.keep(kept, known).await });
    let kept = keeping.await.unwrap_or_else(|_| Err(SpoolError::Append(AppendError::Closed)));
    Ok(kept?)
}

/// Would the rules take this on what is known here?
fn may(ports: &Ports, id: IncidentId, ask: &Ask, command: &Command) -> Result<(), Refusal> {
    let (incident, district) = ports.fold.look(|board| (board.incident(id).cloned(), board.district()));
    let incident = incident.unwrap_or_else(|| Arc::new(Incident::new(id, district)));
    let at = ports.clock.now();
    let policies = ports.policies();
    let context = Context { at, occurred: ask.occurred, basis: ask.basis, actor: &ask.actor, book: policies.as_ref() };
    decide(&incident, command, &context).map(|_| ())
}

/// Is this an error of a journal that is away? One that says no is there.
fn away(error: &Error) -> bool {
    match error {
        Error::Journal(AppendError::Unknown(_) | AppendError::Closed) | Error::Fold(_) => true,
        Error::Refused(_)
        | Error::Contended { .. }
        | Error::Busy { .. }
        | Error::Draft(_)
        | Error::Spool(_)
        | Error::Journal(
            AppendError::Conflict { .. }
            | AppendError::TooLarge { .. }
            | AppendError::Invalid(_)
            | AppendError::Busy { .. }
            | AppendError::Moved { .. },
        ) => false,
    }
}

impl Spool {
    /// Opens the spool and reads what still waits in it.
    ///
    /// # Errors
    /// [`SpoolError`] where the directory cannot be had, or what is kept does not read.
    pub async fn open(options: SpoolOptions) -> Result<Arc<Self>, SpoolError> {
        let numbers = numbers(&options.dir)?;
        let newest = numbers.last().copied().unwrap_or(1);
        let mut state = State { next: 1, ..State::default() };
        let mut now = None;
        for number in numbers.iter().copied().filter(|&number| number != newest).chain([newest]) {
            let generation = begin(&options, number)?;
            let before = state.waiting.len();
            read(&options.dir, &generation.files, &mut state).await?;
            if number == newest {
                now = Some(generation);
            } else if state.waiting.len() == before {
                generation.files.close();
                remove(&options.dir, number)?;
            }
        }
        let now = now.expect("the newest is always opened");
        let waiting = state.waiting.len();
        if waiting > 0 {
            tracing::warn!(waiting, "reports wait on this process' own disk; they are delivered first");
        }
        let (state, mut now) = (Mutex::new(state), RwLock::new(now));
        // What was written before is not counted over again for each short life: one long enough begins anew once.
        let written = now.get_mut().files.head().await.map_or(0, |tip| tip.position * TYPICAL);
        let (woken, written, refused) = (Notify::new(), AtomicU64::new(written), AtomicUsize::new(0));
        let moved = OnceLock::new();
        Ok(Arc::new(Self { options, now, state, woken, written, refused, moved }))
    }

    /// How many reports wait here.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Bytes of the reports that wait here, and how many may.
    #[must_use]
    pub fn bytes(&self) -> (usize, usize) {
        (self.state().bytes, self.options.most)
    }

    /// Is there no room for one more report of the largest size?
    #[must_use]
    pub fn full(&self) -> bool {
        self.state().bytes + journal::MAX_RECORD_BYTES > self.options.most
    }

    /// Why nothing can be kept until the process is started anew, if so.
    #[must_use]
    pub fn broken(&self) -> Option<String> {
        if let Some(to) = self.moved.get() {
            return Some(format!("the journal has moved to {to}"));
        }
        // Whoever begins new files looks by itself.
        self.now.try_read().ok().and_then(|now| now.files.broken())
    }

    fn moved(&self, to: String) {
        // The first note stands.
        let _ = self.moved.set(to);
    }

    /// Does nothing wait that will go out by itself?
    fn idle(&self) -> bool {
        self.first(1).is_empty()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps one report; it is on disk once this returns.
    async fn keep(&self, kept: Kept, known: bool) -> Result<Taken, SpoolError> {
        let supplement = {
            let state = self.state();
            if let Some(number) = state.commands.get(kept.command()) {
                // The same id with other content is another report: it goes behind the first as a supplement.
                if state.waiting.get(number).is_some_and(|waiting| waiting.kept.digest() == kept.digest()) {
                    return Ok(Taken::Kept { supplement: false, repeated: true });
                }
            }
            known || state.waiting.values().any(|waiting| waiting.kept.incident() == kept.incident())
        };
        let now = self.now.read().await;
        let (number, line) = self.reserve(&kept)?;
        let bytes = line.bytes();
        let appended = now.files.append(line.into_decision()).await;
        let position = match appended {
            Ok(appended) => appended.last,
            Err(error) => {
                // It may be on disk all the same; then it is delivered, and asked again it is known.
                self.state().bytes -= bytes;
                return Err(SpoolError::Append(error));
            }
        };
        self.written.fetch_add(bytes as u64, Ordering::Relaxed);
        let mut state = self.state();
        state.commands.insert(kept.command().to_owned(), number);
        state
            .waiting
            .insert(number, Waiting { kept: Arc::new(kept), bytes, position, files: Arc::clone(&now.files), stuck: false });
        drop(state);
        self.woken.notify_one();
        Ok(Taken::Kept { supplement, repeated: false })
    }

    /// A number and room for a report.
    fn reserve(&self, kept: &Kept) -> Result<(u64, Line), SpoolError> {
        let mut state = self.state();
        let number = state.next;
        let line = kept.line(number)?;
        if state.bytes + line.bytes() > self.options.most {
            let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::error!(waiting = state.waiting.len(), refused, "no room for more reports: one was refused");
            return Err(SpoolError::Full { waiting: state.waiting.len(), retry_after: COME_BACK });
        }
        state.next += 1;
        state.bytes += line.bytes();
        Ok((number, line))
    }

    /// What waits longest, one report an incident.
    fn first(&self, most: usize) -> Vec<(u64, Waiting)> {
        let state = self.state();
        let mut incidents = std::collections::HashSet::new();
        // One that is stuck holds up what follows about its own matter, and nothing else.
        let first = state.waiting.iter().filter(|(_, waiting)| incidents.insert(waiting.kept.incident()) && !waiting.stuck);
        first.take(most).map(|(number, waiting)| (*number, waiting.clone())).collect()
    }

    /// It cannot go out as it is: it stays on disk, and is tried again when the process starts anew.
    fn stuck(&self, number: u64) {
        if let Some(waiting) = self.state().waiting.get_mut(&number) {
            waiting.stuck = true;
        }
    }

    /// Notes that reports were delivered; then they wait no more.
    async fn settle(&self, delivered: Vec<(u64, Waiting)>) -> Result<(), SpoolError> {
        let notes = delivered.iter().map(|(number, waiting)| {
            let line = record::delivered(*number, waiting.position);
            async move { waiting.files.append(line?.into_decision()).await.map(|_| ()).map_err(SpoolError::Append) }
        });
        let noted = futures::future::join_all(notes).await;
        let mut state = self.state();
        for (number, waiting) in delivered {
            state.waiting.remove(&number);
            state.bytes -= waiting.bytes;
            if state.commands.get(waiting.kept.command()) == Some(&number) {
                state.commands.remove(waiting.kept.command());
            }
        }
        // They are in the journal all the same: delivered again after a restart, they are known there.
        noted.into_iter().collect()
    }

    /// Begins new files where nothing waits and the old ones grew long.
    async fn renew(&self) -> Result<(), SpoolError> {
        if self.waiting() > 0 || self.written.load(Ordering::Relaxed) < RENEW {
            return Ok(());
        }
        let mut now = self.now.write().await;
        if self.waiting() > 0 {
            return Ok(());
        }
        let next = begin(&self.options, now.number + 1)?;
        let old = std::mem::replace(&mut *now, next);
        self.written.store(0, Ordering::Relaxed);
        old.files.close();
        remove(&self.options.dir, old.number)
    }

    /// Ends the writing; what waits is there at the next start.
    pub async fn close(&self) {
        self.now.read().await.files.close();
    }
}
