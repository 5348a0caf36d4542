//! The one task that writes: gathers what waits, sends it as one message or one atomic batch, answers.
//!
//! One batch is under way at a time, so what comes meanwhile waits together. A refused batch is halved until the
//! decision that others overtook stands alone; it is told so, and the rest goes in.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::{ErrorCode, response::Response};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout_at;

use super::send::{self, EXPECTED, Message, TRACEPARENT, overtaken};
use super::{Shared, read, seal, settle};
use crate::embedded::Clock;
use crate::header::header;
use crate::port::{AppendError, Appended, Decision, MAX_FACTS, Position, wrong_version};
use crate::subject::Subject;

/// A group waits at most so long for those who were answered with the last one.
const LINGER: Duration = Duration::from_millis(2);
/// Decisions that are looked through for those that can go out together.
const MOST_WAITING: usize = 4 * MAX_FACTS;
/// How long after a decision came it is asked what happened to it, before that stays unknown: less than a caller waits, so
/// callers hear the cause.
pub(super) const LAST_PATIENCE: Duration = Duration::from_secs(6);
/// What a decision gets in any case, however long it has waited.
const A_LOOK: Duration = Duration::from_secs(1);
/// Most bytes that go out together.
const BATCH_BYTES: usize = 4 << 20;
/// Subjects whose last version is kept at hand.
const AT_HAND: usize = 200_000;

/// A decision in the queue.
pub(super) struct Append {
    pub(super) decision: Decision,
    /// Until then it is answered.
    pub(super) until: Instant,
    pub(super) reply: oneshot::Sender<Result<Appended, AppendError>>,
}

/// The writer's own things.
pub(super) struct Writer {
    shared: Arc<Shared>,
    clock: Clock,
    /// Last position and version of subjects written lately.
    known: HashMap<Subject, (Position, u64)>,
    batches: u64,
    name: String,
}

/// Why a group did not go in.
enum Refused {
    /// A subject has moved on: nothing of the group was kept.
    Overtaken,
    /// The facts went elsewhere before it came: nothing of it was kept.
    Moved(String),
    /// No answer, or one that says nothing of the facts.
    Unknown(Arc<dyn std::error::Error + Send + Sync>),
}

/// Works until the last handle is gone.
pub(super) async fn run(mut writer: Writer, mut jobs: mpsc::Receiver<Append>) {
    let (mut waiting, mut answered) = (VecDeque::new(), 0);
    loop {
        if waiting.is_empty() {
            let Some(append) = jobs.recv().await else { return };
            waiting.push_back(append);
        }
        // Whoever was answered last is about to ask again. Going on without them would make two batches of what is one.
        let until = tokio::time::Instant::now() + LINGER;
        while waiting.len() < MOST_WAITING {
            if let Ok(append) = jobs.try_recv() {
                waiting.push_back(append);
            } else if waiting.len() >= answered {
                break;
            } else {
                match tokio::time::timeout_at(until, jobs.recv()).await {
                    Ok(Some(append)) => waiting.push_back(append),
                    Ok(None) | Err(_) => break,
                }
            }
        }
        let group = gather(&mut waiting);
        answered = group.len();
        writer.take(group).await;
    }
}

/// The first that wait, as many as go out together; at most one of a subject.
fn gather(waiting: &mut VecDeque<Append>) -> Vec<Append> {
    let (mut group, mut later) = (Vec::new(), VecDeque::new());
    let (mut subjects, mut facts, mut bytes) = (BTreeSet::new(), 0, 0);
    while let Some(append) = waiting.pop_front() {
        let drafts = || append.decision.writes.iter().flat_map(|write| &write.facts);
        let (more, weight) = (drafts().count(), drafts().map(|draft| draft.len() + 512).sum::<usize>());
        let free = append.decision.writes.iter().all(|write| !subjects.contains(&write.subject));
        let fits = group.is_empty() || (facts + more <= MAX_FACTS && bytes + weight <= BATCH_BYTES);
        if free && fits {
            subjects.extend(append.decision.writes.iter().map(|write| write.subject.clone()));
            (facts, bytes) = (facts + more, bytes + weight);
            group.push(append);
        } else {
            later.push_back(append);
            if !fits {
                break;
            }
        }
    }
    later.append(waiting);
    *waiting = later;
    group
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, clock: Clock) -> Self {
        let name = shared.client.new_inbox().replace("_INBOX.", "");
        Self { shared, clock, known: HashMap::new(), batches: 0, name }
    }

    /// Brings a group in, and answers each.
    async fn take(&mut self, group: Vec<Append>) {
        let mut sound = Vec::with_capacity(group.len());
        for append in group {
            match timeout_at(append.until.into(), self.versions_fit(&append.decision)).await {
                Ok(Ok(())) => sound.push(append),
                Ok(Err(error)) => answer(append, Err(error)),
                Err(_) => answer(append, Err(AppendError::Unknown(Arc::new(std::io::Error::from(std::io::ErrorKind::TimedOut))))),
            }
        }
        let mut groups = vec![sound];
        while let Some(mut group) = groups.pop().filter(|group| !group.is_empty()) {
            match self.send_until(&group).await {
                Ok(first) => self.went_in(group, first),
                Err(Refused::Overtaken) if group.len() > 1 => {
                    let half = group.split_off(group.len() / 2);
                    groups.extend([half, group]);
                }
                Err(Refused::Moved(to)) => {
                    for append in group {
                        answer(append, Err(AppendError::Moved { to: to.clone() }));
                    }
                }
                Err(refused) => {
                    for append in group {
                        self.settle(append, &refused).await;
                    }
                }
            }
        }
    }

    /// Versions continue those of the subject as the decision saw it; what it saw is looked up where it is not at hand.
    async fn versions_fit(&mut self, decision: &Decision) -> Result<(), AppendError> {
        for write in &decision.writes {
            let version = match (write.expected, self.known.get(&write.subject)) {
                (0, _) => 0,
                (expected, Some((position, version))) if *position == expected => *version,
                (expected, _) => {
                    let seen = read::at(&self.shared, expected).await.map_err(|error| AppendError::Unknown(Arc::new(error)))?;
                    let seen = seen.filter(|kept| kept.subject == self.shared.nats(&write.subject));
                    match seen.as_ref().and_then(|kept| header(&kept.payload).ok()) {
                        Some(header) => header.version,
                        // Nothing of this subject stands there: the server will say the same.
                        None => continue,
                    }
                }
            };
            if write.facts[0].version() != version + 1 {
                return match settle::look(&self.shared, decision).await {
                    // It is in already: the server refuses it, and then it gets its first answer.
                    Ok(settle::Found::Ours(_)) => Ok(()),
                    Ok(settle::Found::Overtaken { subject, last }) => Err(AppendError::Conflict { subject, last }),
                    Ok(settle::Found::Nothing) | Err(_) => Err(wrong_version(&write.facts[0], version + 1)),
                };
            }
        }
        Ok(())
    }

    /// Sends a group; those that have waited long do not wait for a silent server as well.
    async fn send_until(&mut self, group: &[Append]) -> Result<Position, Refused> {
        let soon = Instant::now() + A_LOOK;
        let until = group.iter().map(|append| append.until).min().map_or(soon, |until| until.max(soon));
        let late = |_| Err(Refused::Unknown(Arc::new(std::io::Error::from(std::io::ErrorKind::TimedOut))));
        timeout_at(until.into(), self.send(group)).await.unwrap_or_else(late)
    }

    /// Sends a group; the position of its first fact.
    async fn send(&mut self, group: &[Append]) -> Result<Position, Refused> {
        let now = (self.clock)();
        let time_ms = self.shared.latest_ms.fetch_max(now, Ordering::Relaxed).max(now);
        self.batches += 1;
        let writes = group.iter().flat_map(|append| &append.decision.writes);
        let facts = writes.flat_map(|write| write.facts.iter().enumerate().map(move |(nth, draft)| (write, nth, draft)));
        let messages: Vec<Message> = facts
            .map(|(write, nth, draft)| {
                let mut headers = HeaderMap::new();
                if nth == 0 {
                    headers.insert(EXPECTED, write.expected.to_string());
                }
                if let Some(traceparent) = draft.traceparent() {
                    headers.insert(TRACEPARENT, traceparent);
                }
                (self.shared.nats(&write.subject), headers, draft.clone().stamp(time_ms))
            })
            .collect();
        let count = messages.len() as u64;
        let id = format!("{}-{}", self.name, self.batches);
        let sent = self.shared.answer(send::publish(&self.shared.client, &id, messages)).await;
        let unknown = |error: std::io::Error| Refused::Unknown(Arc::new(error));
        match sent.map_err(unknown)? {
            Ok(Response::Ok(ack)) if count == 1 || ack.batch_size == Some(count) => Ok(ack.sequence + 1 - count),
            Ok(Response::Ok(ack)) => Err(unknown(std::io::Error::other(format!("{count} facts were sent, the answer is {ack:?}")))),
            Ok(Response::Err { error }) if overtaken(error.error_code()) => Err(Refused::Overtaken),
            Ok(Response::Err { error }) if error.error_code() == ErrorCode::STREAM_SEALED => Err(self.moved().await),
            Ok(Response::Err { error }) => Err(Refused::Unknown(Arc::new(error))),
            Err(error) => Err(unknown(error)),
        }
    }

    /// The stream takes nothing more: it says itself where to go on, if it can be asked.
    async fn moved(&self) -> Refused {
        match seal::moved(&self.shared).await {
            Ok(to) => Refused::Moved(to.unwrap_or_else(|| seal::ELSEWHERE.to_owned())),
            Err(_) => Refused::Moved(seal::ELSEWHERE.to_owned()),
        }
    }

    fn went_in(&mut self, group: Vec<Append>, first: Position) {
        self.shared.unheard.store(false, Ordering::Relaxed);
        let mut next = first;
        for append in group {
            let begun = next;
            for write in &append.decision.writes {
                next += write.facts.len() as u64;
                let version = write.facts[0].version() + write.facts.len() as u64 - 1;
                self.note(write.subject.clone(), next - 1, version);
            }
            answer(append, Ok(Appended { first: begun, last: next - 1, repeated: false }));
        }
    }

    fn note(&mut self, subject: Subject, position: Position, version: u64) {
        if self.known.len() >= AT_HAND {
            self.known.clear();
        }
        self.known.insert(subject, (position, version));
    }

    /// One decision whose fate is not known, or that was overtaken: what is in the stream says which. Sent again only
    /// where nothing of its subjects stands behind what it was decided on.
    async fn settle(&mut self, append: Append, refused: &Refused) {
        let (mut again, overtaken) = (false, matches!(refused, Refused::Overtaken));
        let mut why: Arc<dyn std::error::Error + Send + Sync> = match refused {
            Refused::Unknown(error) => Arc::clone(error),
            Refused::Overtaken | Refused::Moved(_) => {
                Arc::new(std::io::Error::other("nothing of its subjects has changed, and it is refused"))
            }
        };
        let until = if overtaken { append.until.max(Instant::now() + A_LOOK) } else { append.until };
        while Instant::now() < until {
            let looked = timeout_at(until.into(), settle::look(&self.shared, &append.decision)).await;
            let Ok(looked) = looked else { break };
            match looked {
                Ok(settle::Found::Ours(appended)) => {
                    // Sent by this very call, or by one before it whose answer was lost.
                    let repeated = overtaken && !again;
                    return answer(append, Ok(Appended { repeated, ..appended }));
                }
                Ok(settle::Found::Overtaken { subject, last }) => {
                    return answer(append, Err(AppendError::Conflict { subject, last }));
                }
                Ok(settle::Found::Nothing) => {
                    again = true;
                    let one = std::slice::from_ref(&append);
                    match self.send_until(one).await {
                        Ok(first) => return self.went_in(vec![append], first),
                        Err(Refused::Overtaken) => {}
                        Err(Refused::Moved(to)) => return answer(append, Err(AppendError::Moved { to })),
                        Err(Refused::Unknown(error)) => why = error,
                    }
                }
                Err(error) => why = Arc::new(error),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.shared.unheard.store(true, Ordering::Relaxed);
        answer(append, Err(AppendError::Unknown(why)));
    }
}

fn answer(append: Append, answer: Result<Appended, AppendError>) {
    // Who no longer listens asks again with the same command.
    let _ = append.reply.send(answer);
}
