//! The log over gRPC, served by every process: head, follow, read, board, digest. Every read is answered for its viewer.
//!
//! A frame names the range of positions it covers: what a viewer may not see is left out, and the viewer can
//! still prove that nothing else is missing. Ledgers of duties are in [`duties`], rates in [`stats`].

mod duties;
mod stats;

use std::{collections::HashMap, pin::Pin, sync::Arc};

use domain::{
    board::{Board, Counts, Outline},
    id::IncidentId,
    view::{Sight, Viewer},
};
use futures::{Stream, StreamExt};
use journal::{Entry, Subject};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};
use wire::v1::{self, audit_server::Audit, board_request::At};

use crate::{
    convert,
    fold::{self, FoldError},
    identity::{Caller, hex},
    ports::Ports,
    status,
};

/// Bytes of records in one frame or answer: below what a client takes by default (4 MiB).
const FRAME_BYTES: usize = 1 << 20;
/// Boards of the past that are folded at once; each may fold the whole journal.
const PAST_BOARDS: usize = 2;

/// The service.
#[derive(Clone)]
pub struct Service {
    ports: Ports,
    past: Arc<Semaphore>,
    rates: stats::Kept,
}

impl Service {
    /// Over these ports.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports, past: Arc::new(Semaphore::new(PAST_BOARDS)), rates: stats::Kept::default() }
    }

    async fn reached(&self, position: u64) -> Result<(), Status> {
        self.ports.fold.reached(position).await.map_err(|error| status::behind(&error))
    }

    async fn counts(&self, viewer: &Viewer, at: Option<At>) -> Result<Counts, Status> {
        let Some(at) = at else { return Ok(self.ports.fold.look(|board| seen_counts(board, viewer))) };
        // Who may see what is decided by today's rights, on the picture of then.
        let (to, until) = match at {
            At::Position(position) => (position.min(self.ports.fold.position()), None),
            At::Time(time) => (self.ports.fold.position(), convert::when("time", Some(time))?),
        };
        let _turn =
            self.past.try_acquire().map_err(|_| status::busy("boards of the past are being folded for others: try again"))?;
        let blank = Board::new(self.ports.fold.look(Board::district));
        let board = fold::fold_to(self.ports.journal.as_ref(), blank, to, until).await;
        let past = board.map_err(|error| status::behind(&error))?;
        Ok(self.ports.fold.look(|now| seen_then(&past, now, viewer)))
    }
}

/// The counts a viewer may see.
fn seen_counts(board: &Board, viewer: &Viewer) -> Counts {
    if viewer.sees_all() {
        return board.counts();
    }
    board.counts_of(|incident| viewer.sight(incident) > Sight::Nothing, |outline| viewer.sight_of(outline) > Sight::Nothing)
}

/// The counts of a board of the past that a viewer may see today: what was raised to class S since is hidden then, too.
fn seen_then(past: &Board, now: &Board, viewer: &Viewer) -> Counts {
    if viewer.sees_all() {
        return past.counts();
    }
    let seen = |outline: &Outline| viewer.sight_of(outline) > Sight::Nothing;
    past.counts_of(|incident| now.outline_of(incident.id).is_some_and(|outline| seen(&outline)), seen)
}

/// Which of these entries may this viewer read?
async fn seen(ports: &Ports, viewer: &Viewer, entries: Vec<Entry>) -> Result<Vec<v1::Fact>, FoldError> {
    let mut facts = Vec::with_capacity(entries.len());
    // Each incident is looked at once a batch: a cold one is folded anew for that.
    let mut sights = HashMap::<IncidentId, bool>::new();
    for entry in entries {
        let subject = journal::header(&entry.bytes).map(|header| header.subject.to_owned()).unwrap_or_default();
        let visible = match subject.split_once('/') {
            Some(("incident", _)) if viewer.sees_all() => true,
            Some(("incident", id)) => match id.parse() {
                Ok(id) => match sights.get(&id) {
                    Some(visible) => *visible,
                    None => {
                        let visible = viewer.sight(&*ports.fold.incident(id).await?) == Sight::Whole;
                        sights.insert(id, visible);
                        visible
                    }
                },
                Err(_) => false,
            },
            // What everybody is judged by.
            Some(("policy", _)) => true,
            _ => viewer.sees_keeping(),
        };
        if visible {
            facts.push(v1::Fact { position: entry.position, record: entry.bytes });
        }
    }
    Ok(facts)
}

/// Cuts a batch where a frame would grow too large; each piece is contiguous.
fn pieces(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut pieces: Vec<Vec<Entry>> = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        let fits = bytes + entry.bytes.len() <= FRAME_BYTES;
        match pieces.last_mut().filter(|_| fits) {
            Some(piece) => {
                bytes += entry.bytes.len();
                piece.push(entry);
            }
            None => {
                bytes = entry.bytes.len();
                pieces.push(vec![entry]);
            }
        }
    }
    pieces
}

#[tonic::async_trait]
impl Audit for Service {
    async fn head(&self, request: Request<v1::HeadRequest>) -> Result<Response<v1::HeadAnswer>, Status> {
        Caller::of(&request)?;
        self.reached(request.get_ref().at_least).await?;
        let answer = self.ports.fold.look(|board| v1::HeadAnswer {
            position: board.position(),
            time: Some(convert::to_when(board.time())),
            district: board.district().to_string(),
            journal_id: board.ledger().map(|(id, _)| id.clone()).unwrap_or_default(),
        });
        Ok(Response::new(answer))
    }

    type FollowStream = Pin<Box<dyn Stream<Item = Result<v1::Frame, Status>> + Send>>;

    async fn follow(&self, request: Request<v1::FollowRequest>) -> Result<Response<Self::FollowStream>, Status> {
        let caller = Caller::of(&request)?;
        let v1::FollowRequest { from, until } = request.into_inner();
        let ports = self.ports.clone();
        let until = if until == 0 { u64::MAX } else { until };
        if from.max(1) > until {
            return Ok(Response::new(Box::pin(futures::stream::empty())));
        }
        let batches = self.ports.journal.follow(from.max(1)).flat_map(|batch| {
            let pieces: Vec<Result<Vec<Entry>, journal::ReadError>> = match batch {
                Ok(entries) => pieces(entries).into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            };
            futures::stream::iter(pieces)
        });
        let frames = batches.then(move |batch| {
            let (ports, caller) = (ports.clone(), caller.clone());
            async move {
                // A seat that was locked, moved, or given another token since it began to follow is let in anew or not at all. The
                // board has to know what this very batch says of it: no other may come. One that stands still knows nothing new.
                if let Some(last) = batch.as_ref().ok().and_then(|entries| entries.last()) {
                    let _ = ports.fold.reached(last.position).await;
                }
                caller.still(&ports)?;
                frame(&ports, &caller.viewer, batch, until).await
            }
        });
        // The stream ends with the frame that covers `until`, or with the first error; it does not wait for what comes after.
        let frames = futures::stream::unfold(Some(Box::pin(frames)), move |frames| async move {
            let mut frames = frames?;
            let frame = frames.next().await?;
            let over = frame.as_ref().map_or(true, |frame| frame.to_position >= until);
            Some((frame, (!over).then_some(frames)))
        });
        Ok(Response::new(Box::pin(frames)))
    }

    async fn read(&self, request: Request<v1::ReadRequest>) -> Result<Response<v1::ReadAnswer>, Status> {
        let viewer = Caller::of(&request)?.viewer;
        let v1::ReadRequest { subject, from_version, at_least } = request.into_inner();
        self.reached(at_least).await?;
        let subject = Subject::new(&subject)
            .map_err(|_| status::bad_field("subject", "请填写主题，如 incident/<编号>", "give a subject like incident/<id>"))?;
        let entries = self.ports.journal.read(&subject, from_version.max(1).into()).await;
        let entries = entries.map_err(|error| status::unreadable(&error))?;
        let mut pieces = pieces(entries).into_iter();
        let first = pieces.next().unwrap_or_default();
        let rest = pieces.next().and_then(|piece| journal::header(&piece[0].bytes).ok().map(|header| header.version));
        let next_version = rest.and_then(|version| u32::try_from(version).ok()).unwrap_or(0);
        let facts = seen(&self.ports, &viewer, first).await.map_err(|error| status::behind(&error))?;
        Ok(Response::new(v1::ReadAnswer { facts, position: self.ports.fold.position(), next_version }))
    }

    async fn board(&self, request: Request<v1::BoardRequest>) -> Result<Response<v1::BoardAnswer>, Status> {
        let viewer = Caller::of(&request)?.viewer;
        let v1::BoardRequest { at_least, at } = request.into_inner();
        self.reached(at_least).await?;
        Ok(Response::new(board_answer(self.counts(&viewer, at).await?)))
    }

    async fn digest(&self, request: Request<v1::DigestRequest>) -> Result<Response<v1::DigestAnswer>, Status> {
        Caller::of(&request)?;
        self.reached(request.get_ref().at_least).await?;
        let fold = self.ports.fold.clone();
        // A copy shares the incidents: the live board goes on while this one is hashed.
        let answered = tokio::task::spawn_blocking(move || {
            let board = fold.look(Board::clone);
            v1::DigestAnswer { position: board.position(), digest: hex(&board.digest()) }
        });
        Ok(Response::new(answered.await.map_err(|error| Status::internal(error.to_string()))?))
    }

    async fn ledger(&self, request: Request<v1::DutyLedgerRequest>) -> Result<Response<v1::DutyLedgerAnswer>, Status> {
        let viewer = Caller::of(&request)?.viewer;
        self.reached(request.get_ref().at_least).await?;
        Ok(Response::new(duties::ledger(&self.ports, &viewer, request.into_inner()).await?))
    }

    async fn stats(&self, request: Request<v1::StatsRequest>) -> Result<Response<v1::StatsAnswer>, Status> {
        let viewer = Caller::of(&request)?.viewer;
        self.reached(request.get_ref().at_least).await?;
        Ok(Response::new(stats::stats(&self.ports, &self.rates, &viewer, request.into_inner()).await?))
    }
}

async fn frame(
    ports: &Ports,
    viewer: &Viewer,
    batch: Result<Vec<Entry>, journal::ReadError>,
    until: u64,
) -> Result<v1::Frame, Status> {
    let mut entries = batch.map_err(|error| status::unreadable(&error))?;
    entries.retain(|entry| entry.position <= until);
    let range = entries.first().zip(entries.last()).map(|(first, last)| (first.position, last.position));
    let (from_position, to_position) = range.expect("a batch is not empty and begins at or before `until`");
    // What a viewer may see is read off the live board, so the board has to be there first.
    let facts = match ports.fold.reached(to_position).await {
        Ok(()) => seen(ports, viewer, entries).await,
        Err(error) => Err(error),
    };
    Ok(v1::Frame { from_position, to_position, facts: facts.map_err(|error| status::behind(&error))? })
}

fn board_answer(counts: Counts) -> v1::BoardAnswer {
    v1::BoardAnswer {
        position: counts.position,
        at: Some(convert::to_when(counts.at)),
        incidents: counts.incidents,
        open: counts.open,
        by_stage: counts.by_stage.into_iter().collect(),
        by_agency: counts.by_agency.into_iter().collect(),
        by_priority: counts.by_priority.into_iter().collect(),
        overdue: counts.overdue,
    }
}
