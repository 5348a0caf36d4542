//! The embedded journal: append-only segment files of one process, readers beside it.
//!
//! A decision is one checksummed frame; decisions that wait together share one write and one `fdatasync`.
//! Read on in [`disk`] (what is asked of a disk), `open` (what is believed and what is cut), `writer`
//! (how a group gets to disk), `follow`. [`sim`] is a disk that forgets what was not synced.

use std::error::Error as _;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use tokio::sync::{oneshot, watch};

use self::disk::{Disk, RealDisk};
use self::frame::HEAD;
use self::group::Append;
use self::keeper::Keeper;
use self::open::{Mode, Opened};
use self::state::{Shared, locked};
use self::tail::Tail;
use self::writer::{Job, Writer};
use crate::first::{self, FirstError};
use crate::port::{AppendError, Appended, Decision, Entry, Invalid, Journal, Position, ReadError, Tip};
use crate::subject::{Subject, is_token};
use crate::subjects::Key;

mod active;
pub mod disk;
pub(crate) mod fill;
mod follow;
mod frame;
mod group;
mod index;
mod keeper;
mod lock;
mod moved;
mod open;
mod read;
mod sealed;
pub mod sim;
mod state;
mod tail;
mod writer;

pub use lock::{Lock, hold, writer};
pub use moved::moved;
pub use state::Broken;

/// The file that every journal begins with.
pub(crate) const FIRST_SEGMENT: &str = "00000000000000000001.seg";

/// Tells the time, in milliseconds of Unix time.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How to open a journal for writing.
#[derive(Clone)]
pub struct Options {
    /// Whose facts these are: small letters, digits, hyphens.
    pub district: String,
    /// The journal's own name, written into position 1 of a new one; one that is there keeps its own.
    pub journal_id: String,
    /// Stamps the records.
    pub clock: Clock,
    /// Bytes of one segment file; 64 MiB unless said otherwise. Tests take less.
    pub segment_bytes: u64,
    /// Decisions that may wait; one more is told `Busy`.
    pub queue: usize,
    /// The highest position any snapshot, index or checkpoint names; less than that is damage.
    pub floor: Position,
}

impl Options {
    /// The usual sizes.
    #[must_use]
    pub fn new(district: &str, journal_id: &str, clock: Clock) -> Self {
        let (district, journal_id) = (district.to_owned(), journal_id.to_owned());
        Self { district, journal_id, clock, segment_bytes: 64 << 20, queue: 4096, floor: 0 }
    }
}

/// Why a journal does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes it.
    #[error("the journal is being written by process {pid}: stop it, or open for reading")]
    Locked {
        /// Its process id, as it noted it.
        pid: String,
    },
    /// What is on disk is not what was written.
    #[error("{file} is damaged at byte {offset}: {what}; restore the file from a copy")]
    Damaged {
        /// The file's name.
        file: String,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// Another district's.
    #[error("this is journal {found}, not one of district {wanted}: check the data directory and the district")]
    Other {
        /// `<district>/<id>` as found.
        found: String,
        /// The district asked for.
        wanted: String,
    },
    /// There is none to read.
    #[error("there is no journal here: check the data directory")]
    Absent,
    /// An option that cannot be.
    #[error("option {name}: {what}")]
    Option {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// The first record could not be made.
    #[error("cannot write the journal's first record")]
    First(#[from] FirstError),
    /// The disk did not answer.
    #[error("cannot {what}")]
    Io {
        /// What was tried, or the file.
        what: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// A journal in segment files.
pub struct Embedded {
    shared: Arc<Shared>,
    role: Role,
    limit: usize,
    lock: Mutex<Option<lock::Lock>>,
}

/// What becomes of a journal without facts.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// It gets its position 1.
    Begin,
    /// It stays empty.
    Empty,
}

enum Role {
    Writer { queue: Mutex<Option<SyncSender<Job>>>, thread: Mutex<Option<JoinHandle<()>>> },
    Reader { tail: Arc<Mutex<Option<Tail>>>, stop: Mutex<Option<Sender<()>>>, thread: Mutex<Option<JoinHandle<()>>> },
}

impl Embedded {
    /// Opens a directory for writing; makes the journal if there is none.
    ///
    /// Blocks for the disk: call it before the work starts.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let disk = RealDisk::writing(dir).map_err(open::failed(&dir.display().to_string()))?;
        match lock::hold(dir).map_err(open::failed("take the journal's lock"))? {
            Ok(lock) => Self::start(Arc::new(disk), options, Some(lock), Start::Begin),
            Err(pid) => Err(OpenError::Locked { pid }),
        }
    }

    /// Opens a directory for records that come from elsewhere, position 1 too; makes the first segment if there is none.
    pub(crate) fn open_to_fill(dir: &Path, options: Options) -> Result<Self, OpenError> {
        let disk = RealDisk::writing(dir).map_err(open::failed(&dir.display().to_string()))?;
        match lock::hold(dir).map_err(open::failed("take the journal's lock"))? {
            Ok(lock) => Self::start(Arc::new(disk), options, Some(lock), Start::Empty),
            Err(pid) => Err(OpenError::Locked { pid }),
        }
    }

    /// Opens any disk for writing; the caller sees to it that no one else does.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_on(disk: Arc<dyn Disk>, options: Options) -> Result<Self, OpenError> {
        Self::start(disk, options, None, Start::Begin)
    }

    /// Opens a directory for reading, beside a writer or without one; appends are refused.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn read_only(dir: &Path) -> Result<Self, OpenError> {
        if !dir.is_dir() {
            return Err(OpenError::Absent);
        }
        Self::read_only_on(Arc::new(RealDisk::reading(dir)))
    }

    /// Opens any disk for reading.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn read_only_on(disk: Arc<dyn Disk>) -> Result<Self, OpenError> {
        let opened = open::open(&*disk, Mode::Read)?;
        let (tip, shared) = share(disk, opened);
        let tail = Arc::new(Mutex::new(Some(Tail { shared: Arc::clone(&shared), tip, lost: OnceLock::new() })));
        let (stop, stopped) = channel();
        let work = {
            let tail = Arc::clone(&tail);
            move || tail::run(&tail, &stopped)
        };
        let thread = Mutex::new(Some(spawn("journal-reader", work)?));
        let role = Role::Reader { tail, stop: Mutex::new(Some(stop)), thread };
        Ok(Self { shared, role, limit: 0, lock: Mutex::new(None) })
    }

    fn start(disk: Arc<dyn Disk>, options: Options, lock: Option<lock::Lock>, start: Start) -> Result<Self, OpenError> {
        let first = check(&options)?;
        let Options { district, journal_id: _, clock, segment_bytes, queue, floor } = options;
        let opened = open::open(&*disk, Mode::Write { segment_bytes, floor })?;
        let moved = moved::read(&*disk).map_err(open::failed("read the moved note"))?;
        let file = Arc::clone(&opened.state.file);
        let (tip, shared) = share(disk, opened);
        let (queue, jobs) = sync_channel(queue.max(1));
        let keeper = Keeper::start(Arc::clone(&shared), segment_bytes).map_err(open::failed("start a thread"))?;
        let writer = Writer {
            shared: Arc::clone(&shared),
            tip,
            keeper,
            clock,
            file,
            segment_bytes,
            moved,
            answered: 0,
            linger: Duration::ZERO,
        };
        let thread = Mutex::new(Some(spawn("journal-writer", move || writer.run(&jobs))?));
        let role = Role::Writer { queue: Mutex::new(Some(queue)), thread };
        let limit = usize::try_from(segment_bytes).unwrap_or(usize::MAX) - HEAD;
        let journal = Self { shared, role, limit, lock: Mutex::new(lock) };
        match (journal.shared.durable(), start) {
            (0, Start::Begin) => {
                let waiting = journal.submit(first)?;
                waiting.blocking()?;
            }
            (0, Start::Empty) => return Ok(journal),
            _ => {}
        }
        journal.belongs_to(&district)?;
        Ok(journal)
    }

    /// Compares the district of position 1 with the one asked for: facts of two districts never meet in one journal.
    fn belongs_to(&self, district: &str) -> Result<(), OpenError> {
        let name = state::segment_name(1);
        let file = self.shared.file(1).map_err(FirstError::from)?;
        let (bytes, frame) = read::frame_at(&*file, &name, 0).map_err(FirstError::from)?;
        let range = frame.records(&bytes).next().ok_or(FirstError::Strange)?;
        let first = first::read(&bytes[range])?;
        if first.district == district {
            return Ok(());
        }
        Err(OpenError::Other { found: format!("{}/{}", first.district, first.id), wanted: district.to_owned() })
    }

    /// Notes that the facts were copied to `to`: from now on, and after any restart, appends are refused.
    ///
    /// # Errors
    /// What the disk says; the journal may then have moved or not, and takes no facts until it is opened again.
    pub async fn mark_moved(&self, to: &str) -> std::io::Result<()> {
        let closed = || std::io::Error::other("the journal is closed or open for reading only");
        let (reply, answer) = oneshot::channel();
        self.job(Job::Moved { to: to.to_owned(), reply }).await.ok_or_else(closed)?;
        answer.await.map_err(|_| closed())?
    }

    /// How many index files were there but not whole, at opening or since; each was made again.
    #[must_use]
    pub fn damaged_indexes(&self) -> usize {
        self.shared.damaged_indexes.load(Ordering::Relaxed)
    }

    /// Why nothing more is written until the journal is opened again, if a write or a sync has failed: every
    /// append is answered with [`AppendError::Unknown`] then. For health checks: it waits for no one.
    #[must_use]
    pub fn broken(&self) -> Option<String> {
        self.shared.broken.get().map(|broken| match broken.source() {
            Some(source) => format!("{broken}: {source}"),
            None => broken.to_string(),
        })
    }

    /// Stops taking decisions, brings those that wait to disk, ends the threads, gives the lock back.
    /// Dropping does the same.
    pub fn close(&self) {
        let thread = match &self.role {
            Role::Writer { queue, thread } => {
                locked(queue).take();
                thread
            }
            Role::Reader { stop, thread, .. } => {
                locked(stop).take();
                thread
            }
        };
        if let Some(thread) = locked(thread).take() {
            let _ = thread.join();
        }
        locked(&self.lock).take();
    }

    fn submit(&self, decision: Decision) -> Result<Waiting, AppendError> {
        let Role::Writer { queue, .. } = &self.role else { return Err(Invalid::ReadOnly.into()) };
        decision.check(self.limit)?;
        let keys = decision.writes.iter().map(|write| Key::of(write.subject.as_str())).collect();
        let (reply, answer) = oneshot::channel();
        let queue = locked(queue).clone().ok_or(AppendError::Closed)?;
        let groups = self.shared.groups.load(Ordering::Relaxed);
        match queue.try_send(Job::Append(Append { decision, keys, groups, reply })) {
            Ok(()) => Ok(Waiting(answer)),
            Err(TrySendError::Full(_)) => Err(AppendError::Busy { retry_after: Duration::from_millis(20) }),
            Err(TrySendError::Disconnected(_)) => Err(AppendError::Closed),
        }
    }

    /// Lets a reader look for what was written since.
    async fn catch_up(&self) -> Result<(), ReadError> {
        let Role::Reader { tail, .. } = &self.role else { return Ok(()) };
        let tail = Arc::clone(tail);
        blocking(move || locked(&tail).as_ref().map_or(Err(ReadError::Closed), Tail::catch_up)).await
    }
}

struct Waiting(oneshot::Receiver<Result<Appended, AppendError>>);

impl Waiting {
    /// For the first record only: opening is no async work, and may happen inside a runtime.
    fn blocking(mut self) -> Result<Appended, FirstError> {
        loop {
            match self.0.try_recv() {
                Ok(answer) => return Ok(answer?),
                Err(oneshot::error::TryRecvError::Empty) => std::thread::sleep(Duration::from_micros(200)),
                Err(oneshot::error::TryRecvError::Closed) => return Err(gone().into()),
            }
        }
    }
}

fn gone() -> AppendError {
    AppendError::Unknown(Arc::new(std::io::Error::other("the journal's writer has ended")))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, ReadError> + Send + 'static) -> Result<T, ReadError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| state::io("the journal", std::io::Error::other(error)))?
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(open::failed("start a thread"))
}

fn share(disk: Arc<dyn Disk>, opened: Opened) -> (watch::Sender<Tip>, Arc<Shared>) {
    let Opened { state, damaged_indexes } = opened;
    let position = state.active.next() - 1;
    let (tip, watching) = watch::channel(Tip { position, time_ms: state.active.time_ms });
    (tip, Arc::new(Shared::new(disk, state, damaged_indexes, watching)))
}

/// Checks the options and makes the journal's first decision.
fn check(options: &Options) -> Result<Decision, OpenError> {
    let wrong = |name, what: &str| OpenError::Option { name, what: what.to_owned() };
    if !is_token(&options.district) {
        return Err(wrong("district", "small letters, digits and hyphens"));
    }
    if !(1024..=1 << 30).contains(&options.segment_bytes) {
        return Err(wrong("segment_bytes", "between 1 KiB and 1 GiB"));
    }
    Ok(first::decision(&options.district, &options.journal_id)?)
}

impl From<AppendError> for OpenError {
    fn from(error: AppendError) -> Self {
        Self::First(error.into())
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.close();
    }
}

#[async_trait]
impl Journal for Embedded {
    async fn append(&self, decision: Decision) -> Result<Appended, AppendError> {
        let waiting = self.submit(decision)?;
        waiting.0.await.unwrap_or_else(|_| Err(gone()))
    }

    async fn read(&self, subject: &Subject, from_version: u64) -> Result<Vec<Entry>, ReadError> {
        self.catch_up().await?;
        let (shared, subject) = (Arc::clone(&self.shared), subject.clone());
        blocking(move || read::subject(&shared, &subject, from_version)).await
    }

    fn follow(&self, from: Position) -> BoxStream<'static, Result<Vec<Entry>, ReadError>> {
        follow::follow(Arc::clone(&self.shared), from)
    }

    async fn head(&self) -> Result<Tip, ReadError> {
        self.catch_up().await?;
        Ok(*self.shared.tip.borrow())
    }
}

#[cfg(test)]
mod tests;
