//! The journal in a NATS JetStream stream: one stream a district, a fact's position is its sequence there.
//!
//! Nothing but facts lies in the stream, and nothing is ever taken out, so positions are dense. Decisions that wait
//! together go out as one atomic batch; each subject's first message carries the position it was decided on. Read on in
//! `open` (what the server has to promise), `writer` (how decisions get in), `settle` (what happened, when no answer
//! came), `read` and `follow`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use async_nats::connection::State;
use async_nats::jetstream::stream::Stream;
use async_trait::async_trait;
use futures::stream::BoxStream;
use tokio::sync::{mpsc, oneshot, watch};

use crate::port::{AppendError, Appended, Decision, Entry, Invalid, Journal, Position, ReadError, Tip};
use crate::subject::Subject;

mod access;
pub mod bare;
mod bucket;
pub(crate) mod fill;
mod follow;
pub mod health;
mod keyring;
mod leader;
mod monitor;
mod open;
mod read;
pub(crate) mod seal;
mod send;
mod settle;
mod writer;

pub(crate) use access::shown;
pub use access::{Access, AccessError, Tls};
pub use bucket::{Bucket, BucketError, Put, Value};
pub use keyring::BucketKeyring;
pub use open::{OpenError, Options};

use writer::Append;

/// The oldest server that keeps what is promised here: wildcard expectations in batches, syncs of compacted blocks.
pub const OLDEST_SERVER: (u64, u64, u64) = (2, 14, 6);

/// How long an answer of the server is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

/// A journal in a stream.
pub struct JetStream {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Append>,
    closed: watch::Sender<bool>,
    start: Start,
}

/// What appends, reads and followers share.
pub(crate) struct Shared {
    pub(crate) client: async_nats::Client,
    pub(crate) stream: Stream,
    pub(crate) name: String,
    pub(crate) district: String,
    pub(crate) closed: watch::Receiver<bool>,
    /// The latest time of a record that is known here: none is written with an earlier one.
    pub(crate) latest_ms: AtomicI64,
    /// Addresses that prove what the servers promise; none where loss is accepted.
    pub(crate) monitors: Option<Vec<String>>,
    /// How often the connection was lost: what was asked before is not answered after.
    pub(crate) lost: watch::Receiver<u64>,
    /// The stream's end was asked for, and nobody who leads answered; an answer to anything ends it.
    pub(crate) unheard: AtomicBool,
    /// What the server last said that this user may not do: it answers nothing else then.
    pub(crate) denied: watch::Receiver<String>,
}

/// What becomes of a stream without facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// It gets its position 1; it is made where there is none.
    Begin,
    /// It stays empty; it is made where there is none.
    Empty,
    /// It is no journal, and none is made.
    Found,
    /// The same, and what is there is only looked at, safe or not.
    Look,
}

impl Shared {
    /// Where facts about this travel.
    pub(crate) fn nats(&self, subject: &Subject) -> String {
        subject.nats(&self.district)
    }

    /// Does one server keep the stream? Then its answers never go back.
    fn alone(&self) -> bool {
        self.stream.cached_info().config.num_replicas <= 1
    }

    /// Waits for an answer of the server, as long as one can come.
    pub(crate) async fn answer<T>(&self, call: impl Future<Output = T>) -> std::io::Result<T> {
        let mut lost = self.lost.clone();
        lost.mark_unchanged();
        tokio::select! {
            answer = call => Ok(answer),
            _ = lost.changed() => Err(std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the connection to the server was lost")),
            () = tokio::time::sleep(PATIENCE) => Err(std::io::ErrorKind::TimedOut.into()),
        }
    }
}

impl JetStream {
    /// Connects, and makes the stream where there is none.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        Self::attach(options, Start::Begin).await
    }

    /// Connects to look at what is there, beside whoever writes it.
    ///
    /// # Errors
    /// [`OpenError::Absent`] where there is none.
    pub async fn read_only(options: Options) -> Result<Self, OpenError> {
        Self::attach(options, Start::Look).await
    }

    /// Connects to a stream, with or without facts.
    pub(crate) async fn attach(options: Options, start: Start) -> Result<Self, OpenError> {
        let (queue, jobs) = mpsc::channel(options.queue.max(1));
        let (closed, closing) = watch::channel(false);
        let (clock, id) = (Arc::clone(&options.clock), options.journal_id.clone());
        let (losing, lost) = watch::channel(0);
        let (denying, denied) = watch::channel(String::new());
        let (client, stream) = open::connect(&options, start, losing, denying).await?;
        let name = stream.cached_info().config.name.clone();
        let shared = Arc::new(Shared {
            client,
            stream,
            name,
            district: options.district,
            closed: closing,
            latest_ms: AtomicI64::new(i64::MIN),
            monitors: (!options.accept_loss).then_some(options.monitors),
            lost,
            unheard: AtomicBool::new(false),
            denied,
        });
        tokio::spawn(writer::run(writer::Writer::new(Arc::clone(&shared), clock), jobs));
        let journal = Self { shared, queue, closed, start };
        let found = leader::end(&journal.shared, options.floor).await?;
        if found < options.floor {
            return Err(OpenError::Lost { stream: journal.shared.name.clone(), found, floor: options.floor });
        }
        match (found, start) {
            (0, Start::Begin) => open::begin(&journal, &id).await?,
            (0, Start::Empty) => return Ok(journal),
            _ => {}
        }
        open::belongs_to(&journal.shared).await?;
        Ok(journal)
    }

    /// Is this the very stream that the other one is, under whatever address?
    pub(crate) fn is(&self, other: &Self) -> bool {
        let stream = |journal: &Self| (journal.shared.name.clone(), journal.shared.stream.cached_info().created);
        stream(self) == stream(other)
    }

    /// The servers do not answer right now: the connection is not there, or what was asked last had no answer. For health
    /// checks: it waits for no one.
    #[must_use]
    pub fn away(&self) -> bool {
        self.shared.client.connection_state() != State::Connected || self.shared.unheard.load(Ordering::Relaxed)
    }

    /// Takes no more; followers end.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }
}

impl Drop for JetStream {
    fn drop(&mut self) {
        self.close();
    }
}

#[async_trait]
impl Journal for JetStream {
    async fn append(&self, decision: Decision) -> Result<Appended, AppendError> {
        if *self.shared.closed.borrow() {
            return Err(AppendError::Closed);
        }
        if self.start == Start::Look {
            return Err(Invalid::ReadOnly.into());
        }
        decision.check(usize::MAX)?;
        let (reply, answer) = oneshot::channel();
        let until = Instant::now() + writer::LAST_PATIENCE;
        match self.queue.try_send(Append { decision, until, reply }) {
            Ok(()) => answer.await.unwrap_or(Err(AppendError::Closed)),
            Err(mpsc::error::TrySendError::Full(_)) => Err(AppendError::Busy { retry_after: Duration::from_millis(20) }),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(AppendError::Closed),
        }
    }

    async fn read(&self, subject: &Subject, from_version: u64) -> Result<Vec<Entry>, ReadError> {
        read::subject(&self.shared, subject, from_version).await
    }

    fn follow(&self, from: Position) -> BoxStream<'static, Result<Vec<Entry>, ReadError>> {
        follow::follow(Arc::clone(&self.shared), from.max(1))
    }

    async fn head(&self) -> Result<Tip, ReadError> {
        read::head(&self.shared).await
    }
}

#[cfg(test)]
pub(crate) mod tests;
