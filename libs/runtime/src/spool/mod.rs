//! Reports on this process' own disk while the journal's servers are away: kept at once, delivered later, each once.
//!
//! The spool is a small journal of segment files of its own: what intake acknowledges as kept locally is on disk, sealed as
//! it will be in the journal. Once the servers are back the reports are carried out in their order under the ids their
//! commands had from the start, so one whose first try had landed after all is not taken twice. While anything waits, new
//! reports go behind it.

mod deliver;
mod look;
mod record;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{
    fact::command_key,
    id::IncidentId,
    incident::{Command, Context, Incident, NewReport, Refusal, decide},
};
use futures::StreamExt as _;
use journal::{
    AppendError, DraftError, Journal as _, OpenError, ReadError,
    embedded::{Embedded, Options},
};
use tokio::sync::{Notify, RwLock};

use crate::{
    clock::Clock,
    execute::{Answer, Ask, Error, execute},
    ports::Ports,
};
pub use deliver::deliver;
pub use look::waiting;
use record::{Kept, Line};

/// How long the journal may take over a report before it is kept here.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// Bytes of one segment file.
const SEGMENT: u64 = 4 << 20;
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

/// Why a report could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// No room.
    #[error("{waiting} reports wait on this process' own disk, and there is no room for more until the journal's servers are back")]
    Full {
        /// Reports that wait.
        waiting: usize,
        /// When to try again.
        retry_after: Duration,
    },
    /// It does not go into a record.
    #[error("the report cannot be written down")]
    Draft(#[from] DraftError),
    /// The disk did not take it.
    #[error("the report could not be kept on this process' own disk")]
    Append(#[source] AppendError),
    /// The spool does not open.
    #[error("open the reports that were kept in {dir}")]
    Open {
        /// The directory.
        dir: String,
        /// Why not.
        #[source]
        source: OpenError,
    },
    /// What is kept does not read.
    #[error("read the reports that were kept in {dir}")]
    Read {
        /// The directory.
        dir: String,
        /// Why not.
        #[source]
        source: ReadError,
    },
    /// What is kept is not what was written.
    #[error("{dir} holds a record that is no kept report ({what}): move the directory aside, and tell who keeps the hub")]
    Strange {
        /// The directory.
        dir: String,
        /// What is wrong with it.
        what: String,
    },
    /// The disk refused.
    #[error("cannot {what} {dir}")]
    Disk {
        /// What was tried.
        what: &'static str,
        /// The directory.
        dir: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
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
    let context = Context { at, occurred: ask.occurred, basis: ask.basis, actor: &ask.actor, book: ports.book() };
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
        let (state, now) = (Mutex::new(state), RwLock::new(now));
        let (woken, written, refused) = (Notify::new(), AtomicU64::new(0), AtomicUsize::new(0));
        Ok(Arc::new(Self { options, now, state, woken, written, refused }))
    }

    /// How many reports wait here.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Is there no room for one more report of the largest size?
    #[must_use]
    pub fn full(&self) -> bool {
        self.state().bytes + journal::MAX_RECORD_BYTES > self.options.most
    }

    /// Does nothing wait that will go out by itself?
    fn idle(&self) -> bool {
        self.state().waiting.values().all(|waiting| waiting.stuck)
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
            async move { waiting.files.append(line?.into_decision()).await.map_err(SpoolError::Append) }
        });
        futures::future::try_join_all(notes).await?;
        let mut state = self.state();
        for (number, waiting) in delivered {
            state.waiting.remove(&number);
            state.bytes -= waiting.bytes;
            if state.commands.get(waiting.kept.command()) == Some(&number) {
                state.commands.remove(waiting.kept.command());
            }
        }
        Ok(())
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

fn begin(options: &SpoolOptions, number: u64) -> Result<Generation, SpoolError> {
    let dir = options.dir.join(number.to_string());
    let disk = |what| {
        let dir = dir.display().to_string();
        move |source| SpoolError::Disk { what, dir, source }
    };
    fs::create_dir_all(&dir).map_err(disk("make"))?;
    fs::File::open(&options.dir).and_then(|dir| dir.sync_all()).map_err(disk("sync"))?;
    let mut journal = Options::new(&options.district, &format!("spool-{number}"), options.clock.source());
    journal.segment_bytes = SEGMENT;
    let files = Embedded::open(&dir, journal);
    let files = files.map_err(|source| SpoolError::Open { dir: dir.display().to_string(), source })?;
    Ok(Generation { number, files: Arc::new(files) })
}

fn remove(dir: &Path, number: u64) -> Result<(), SpoolError> {
    let dir = dir.join(number.to_string());
    fs::remove_dir_all(&dir).map_err(|source| SpoolError::Disk { what: "remove", dir: dir.display().to_string(), source })
}

/// The generations that are there, the oldest first.
fn numbers(dir: &Path) -> Result<Vec<u64>, SpoolError> {
    let failed = |what| move |source| SpoolError::Disk { what, dir: dir.display().to_string(), source };
    fs::create_dir_all(dir).map_err(failed("make"))?;
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed("list"))? {
        let name = entry.map_err(failed("list"))?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Reads what waits in these files.
async fn read(dir: &Path, files: &Arc<Embedded>, state: &mut State) -> Result<(), SpoolError> {
    let failed = |source| SpoolError::Read { dir: dir.display().to_string(), source };
    let end = files.head().await.map_err(failed)?.position;
    let mut batches = files.follow(1);
    let mut at = 0;
    while at < end {
        let Some(batch) = batches.next().await else { break };
        for entry in batch.map_err(failed)? {
            at = entry.position;
            let strange = |what: String| SpoolError::Strange { dir: dir.display().to_string(), what };
            match record::read(&entry.bytes).map_err(strange)? {
                record::Read::Opened => {}
                record::Read::Kept(number, kept) => {
                    let bytes = entry.bytes.len();
                    state.next = state.next.max(number + 1);
                    state.bytes += bytes;
                    state.commands.insert(kept.command().to_owned(), number);
                    let files = Arc::clone(files);
                    state
                        .waiting
                        .insert(number, Waiting { kept: Arc::from(kept), bytes, position: entry.position, files, stuck: false });
                }
                record::Read::Delivered(number) => {
                    if let Some(waiting) = state.waiting.remove(&number) {
                        state.bytes -= waiting.bytes;
                        state.commands.remove(waiting.kept.command());
                    }
                }
            }
        }
    }
    Ok(())
}
