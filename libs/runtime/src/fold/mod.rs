//! The one live board of a process: follows the journal, gap-free, and answers what it knows.
//!
//! Writers wait here until their own facts are folded ([`Fold::reached`]); readers look under a short lock. A fact
//! of an unknown type stops the fold for good: the process is not ready and says why. Nothing is skipped.

mod cooling;
mod decode;
mod live;
mod offline;
mod pass;
mod snapshot;
mod waiting;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard},
    time::Duration,
};

use domain::{
    area::AreaCode,
    board::{Board, Frozen, IsCold},
    fact::Fact,
    id::IncidentId,
    incident::{self, Incident},
};
use futures::StreamExt;
use journal::{Journal, Position, Subject, Tip};
use opentelemetry::trace::SpanContext;
use tokio_util::sync::CancellationToken;

use crate::{metrics::metrics, trace};

use cooling::Cooling;
pub use decode::{Decoded, decode};
pub use offline::{fold_to, refold};
pub use pass::pass;
pub use snapshot::{load, save, schemas};
use waiting::Waiting;

/// How long a caller waits for the fold before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(2);

/// From so many facts on, work on them is given to another thread.
const ASIDE: usize = 64;

/// Stretches that are decoded at once, ahead of the fold: enough for a few processors, and few enough to hold.
const AHEAD: usize = 4;

/// The live board of one process.
#[derive(Clone)]
pub struct Fold(Arc<Shared>);

struct Shared {
    board: RwLock<Board>,
    waiting: Waiting,
    last: live::Last,
    saved: Mutex<Saved>,
    /// The journal's end as it was seen last; nobody looks where nothing is measured.
    head: Mutex<Option<Tip>>,
    journal: Arc<dyn Journal>,
    district: AreaCode,
}

/// What the next snapshot has to know beside the board: entries behind `position` changed since the last one.
#[derive(Debug)]
struct Saved {
    /// Up to here the last snapshot goes.
    position: Position,
    /// What went cold since.
    cooled: BTreeSet<IncidentId>,
}

/// Why the live board cannot answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FoldError {
    /// It has not come that far; try again.
    #[error("the live board has not reached position {wanted} yet: try again")]
    Behind {
        /// The position asked for.
        wanted: Position,
    },
    /// It stopped, for a reason that only a newer program or an operator mends.
    #[error("the live board stopped at position {position}: {reason}")]
    Stopped {
        /// The position of the fact it could not fold.
        position: Position,
        /// Why.
        reason: String,
    },
    /// A cold incident could not be read anew.
    #[error("read the facts of {subject} anew")]
    Read {
        /// Whose facts.
        subject: String,
        /// Why not.
        #[source]
        source: journal::ReadError,
    },
}

impl Fold {
    /// A board to be followed from where `board` stands; run [`follow`](Self::follow) to keep it live.
    #[must_use]
    pub fn new(journal: Arc<dyn Journal>, board: Board) -> Self {
        let district = board.district();
        let position = board.position();
        let saved = Mutex::new(Saved { position, cooled: BTreeSet::new() });
        let (waiting, last, head) = (Waiting::at(position), live::Last::default(), Mutex::default());
        Self(Arc::new(Shared { board: RwLock::new(board), waiting, last, saved, head, journal, district }))
    }

    /// Looks at the board. Keep it short: the fold waits meanwhile.
    pub fn look<T>(&self, see: impl FnOnce(&Board) -> T) -> T {
        see(&self.0.board.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Position of the last fact folded in.
    #[must_use]
    pub fn position(&self) -> Position {
        self.0.waiting.position()
    }

    /// Waits until `position` is folded in, for two seconds at most.
    ///
    /// # Errors
    /// [`FoldError::Behind`] after that; [`FoldError::Stopped`] at once where it will never be.
    pub async fn reached(&self, position: Position) -> Result<(), FoldError> {
        self.0.waiting.reached(position, PATIENCE).await
    }

    /// Is the board live? `None` while it is; else why not.
    #[must_use]
    pub fn stopped(&self) -> Option<FoldError> {
        self.0.waiting.stopped()
    }

    /// The incident as it stands: warm from memory, cold folded anew, unknown as a blank one.
    ///
    /// # Errors
    /// [`FoldError::Read`] where a cold one's facts cannot be read.
    pub async fn incident(&self, id: IncidentId) -> Result<Arc<Incident>, FoldError> {
        enum Known {
            Warm(Arc<Incident>),
            Cold,
            No,
        }
        let known = self.look(|board| match (board.incident(id), board.cold(id)) {
            (Some(incident), _) => Known::Warm(Arc::clone(incident)),
            (None, Some(_)) => Known::Cold,
            (None, None) => Known::No,
        });
        match known {
            Known::Warm(incident) => Ok(incident),
            Known::Cold => refold(self.0.journal.as_ref(), self.0.district, id).await.map(Arc::new),
            Known::No => Ok(Arc::new(Incident::new(id, self.0.district))),
        }
    }

    /// Follows the journal until `stop`. Runs once a process.
    pub async fn follow(self, stop: CancellationToken) {
        let opened = self.watched(&stop).await;
        let district = self.0.district.to_string();
        let batches = self.0.journal.follow(self.position() + 1);
        // Decoding is most of the work of a rebuild: it goes on while what came before is folded.
        let decoded = batches.map(|batch| async {
            let entries = batch?;
            let told = live::Batch::of(&entries, opened);
            if entries.len() < ASIDE { Ok((told, decode(&entries))) } else { Ok((told, decode::decode_aside(entries).await)) }
        });
        let mut decoded = std::pin::pin!(decoded.buffered(AHEAD));
        let mut cooling = Cooling::default();
        loop {
            let next = tokio::select! {
                () = stop.cancelled() => return,
                frozen = cooling.done() => {
                    self.freeze(frozen);
                    continue;
                }
                next = decoded.next() => next,
            };
            match next {
                Some(Ok((told, batch))) => {
                    let applied = self.apply(batch).await;
                    cooling.start(self.write().take_ripe());
                    if let Some(told) = told.filter(|_| applied.is_ok()) {
                        told.folded(&district, &self.0.last);
                    }
                    if let Err(error) = applied {
                        tracing::error!(%error, "fold stopped");
                        self.0.waiting.stop(error);
                        return;
                    }
                }
                Some(Err(error)) => {
                    let error: journal::ReadError = error;
                    let position = self.position() + 1;
                    tracing::error!(%error, position, "fold stopped");
                    self.0.waiting.stop(FoldError::Stopped { position, reason: error.to_string() });
                    return;
                }
                None => return,
            }
        }
    }

    /// The journal's end as it was seen last, every two seconds; nothing where nothing is measured.
    #[must_use]
    pub fn head(&self) -> Option<Tip> {
        *self.0.head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sees(&self, head: Tip) {
        *self.0.head.lock().unwrap_or_else(PoisonError::into_inner) = Some(head);
    }

    /// Where somebody wants to know how far the board is behind, that is measured from now on. The journal's end as it
    /// is now: what comes after it is live.
    async fn watched(&self, stop: &CancellationToken) -> Position {
        if metrics().is_none() {
            return 0;
        }
        tokio::spawn(live::watch_lag(self.clone(), stop.clone()));
        self.0.journal.head().await.map_or(0, |head| head.position)
    }

    /// The span that wrote the last fact of `subject`, where it came in lately and spans are made.
    pub(crate) fn last_span(&self, subject: &Subject) -> Option<SpanContext> {
        if trace::on() { self.0.last.of(subject) } else { None }
    }

    fn freeze(&self, frozen: Vec<Frozen>) {
        let mut board = self.write();
        board.freeze(frozen);
        // Under the board's lock: a snapshot sees both or neither.
        self.saved().cooled.extend(board.take_cooled());
    }

    fn write(&self) -> RwLockWriteGuard<'_, Board> {
        self.0.board.write().unwrap_or_else(PoisonError::into_inner)
    }

    async fn apply(&self, batch: Decoded) -> Result<(), FoldError> {
        let Decoded { facts, broken } = batch;
        let wanted = self.position() + 1;
        if let Some((_, stamp)) = facts.first().filter(|(_, stamp)| stamp.position != wanted) {
            let reason = format!("position {} came in the place of {wanted}", stamp.position);
            return Err(FoldError::Stopped { position: wanted, reason });
        }
        let mut rest = facts.as_slice();
        while let Err(IsCold(id)) = self.apply_until_cold(&mut rest) {
            let incident = refold_before(self.0.journal.as_ref(), self.0.district, id, rest[0].1.version).await?;
            self.write().thaw(Arc::new(incident));
        }
        if let Some((_, stamp)) = facts.last() {
            self.0.waiting.advance(stamp.position);
        }
        if facts.len() >= ASIDE {
            // Giving back what another thread allocated takes as long as a third of the folding.
            drop(tokio::task::spawn_blocking(move || drop(facts)));
        }
        broken.map_or(Ok(()), |(position, reason)| Err(FoldError::Stopped { position, reason }))
    }

    /// Folds facts in until one is about a cold incident; that one has to be thawed first.
    fn apply_until_cold(&self, rest: &mut &[(Fact, domain::fact::Stamp)]) -> Result<(), IsCold> {
        let mut board = self.write();
        let mut applied = Ok(());
        while let Some(((fact, stamp), after)) = rest.split_first() {
            applied = board.apply(fact, stamp);
            if applied.is_err() {
                break;
            }
            *rest = after;
        }
        applied
    }

    /// Facts folded since the last snapshot.
    #[must_use]
    pub fn unsaved(&self) -> u64 {
        self.position().saturating_sub(self.saved().position)
    }

    fn saved(&self) -> MutexGuard<'_, Saved> {
        self.0.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The incident as its facts before `version` make it.
///
/// # Errors
/// [`FoldError`] where they cannot be read.
pub(crate) async fn refold_before(
    journal: &dyn Journal,
    district: AreaCode,
    id: IncidentId,
    version: u32,
) -> Result<Incident, FoldError> {
    let mut incident = Incident::new(id, district);
    for (fact, stamp) in facts_of(journal, id).await? {
        if stamp.version < version {
            incident::evolve(&mut incident, &fact, &stamp);
        }
    }
    Ok(incident)
}

/// All facts of one incident, in order.
///
/// # Errors
/// [`FoldError`] where they cannot be read.
pub async fn facts_of(journal: &dyn Journal, id: IncidentId) -> Result<Vec<(incident::Fact, domain::fact::Stamp)>, FoldError> {
    let subject = subject(id);
    let read = |source| FoldError::Read { subject: subject.to_string(), source };
    let entries = journal.read(&subject, 1).await.map_err(read)?;
    let Decoded { facts, broken } = decode(&entries);
    if let Some((position, reason)) = broken {
        return Err(FoldError::Stopped { position, reason });
    }
    let of_incident = facts.into_iter().filter_map(|(fact, stamp)| match fact {
        Fact::Incident(_, fact) => Some((fact, stamp)),
        Fact::Seat(..) | Fact::Access(..) | Fact::Partner(..) | Fact::Policy(..) | Fact::Journal(_) => None,
    });
    Ok(of_incident.collect())
}

/// The subject of an incident's facts.
#[must_use]
pub fn subject(id: IncidentId) -> Subject {
    Subject::of("incident", &id.to_string()).expect("a UUID in text is a subject's id")
}
