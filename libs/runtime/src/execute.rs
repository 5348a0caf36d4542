//! The one write path: look at the live board, decide, append, look again on conflict, answer once folded.
//!
//! Asking twice with one command id changes nothing: the first answer comes again, from any replica, after any restart.

mod joint;

use std::{fmt::Write as _, sync::Arc, time::Duration};

use domain::{
    access,
    fact::{Accepted, command_key},
    id::{CommandId, IncidentId, SeatId},
    incident::{Basis, Command, Context, Fact, Incident, Refusal, Stage, decide},
    policy::adopted,
    seat::{self, Actor},
    time::Time,
};
use journal::{AppendError, Appended, Decision, Draft, DraftError, Envelope, Position, Subject, Write};
use serde_json::value::RawValue;

use crate::{
    fold::{self, FoldError},
    metrics::Appending,
    ports::Ports,
    spool::SpoolError,
    trace::{self, work::Work},
};

pub use joint::{Beside, Done, Steps, execute_all};

/// How often a command is decided again before its caller is asked to come back.
const ATTEMPTS: u32 = 32;

/// Who asks for what, beside the command itself.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The command's id, given once by the caller.
    pub command: CommandId,
    /// Keyed digest of the request that carried it.
    pub digest: u128,
    /// Who asks.
    pub actor: Actor,
    /// When it occurred, where that is known and another time.
    pub occurred: Option<Time>,
    /// How that time is known.
    pub basis: Basis,
    /// The W3C trace in which it was asked, where it is not carried out within that call.
    pub traceparent: Option<String>,
    /// The service that answers: names the record's source.
    pub service: &'static str,
}

/// What became of a command.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Position of its last fact; of the subject's last, where nothing had to be written.
    pub position: Position,
    /// The subject's version there.
    pub version: u32,
    /// The command was known: this is its first answer again.
    pub repeated: bool,
    /// How many facts it wrote, the first time.
    pub facts: usize,
    /// The stage the incident stands in now.
    pub stage: Stage,
    /// When its facts were recorded.
    pub time: Time,
}

/// What went wrong while carrying out a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules said no. Tell the caller; do not retry.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Others kept writing first. The caller may try again.
    #[error("{subject} changed {ATTEMPTS} times while deciding: try again")]
    Contended {
        /// What it was about.
        subject: String,
    },
    /// The queue is full.
    #[error("the journal's queue is full: try again in {} ms", retry_after.as_millis())]
    Busy {
        /// When.
        retry_after: Duration,
    },
    /// The live board is behind or stopped.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The fact cannot be written as asked.
    #[error("write the fact down")]
    Draft(#[from] DraftError),
    /// The journal did not answer; the facts may be in or not. Ask again with the same command id.
    #[error("the journal did not answer: ask again with the same command id")]
    Journal(#[source] AppendError),
    /// The report could not be kept on this process' own disk either.
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

/// Carries out `command` on incident `id`.
///
/// # Errors
/// [`Error::Refused`] where the rules say no; anything else broke and may be asked again with the same command id.
pub async fn execute(ports: &Ports, id: IncidentId, ask: &Ask, command: &Command) -> Result<Answer, Error> {
    let subject = fold::subject(id);
    let work = Work::command(ask, command.kind().word(), &subject, ports.fold.last_span(&subject));
    let answer = work.within(carry_out(ports, id, &subject, ask, command)).await;
    work.answered(&answer);
    answer
}

async fn carry_out(ports: &Ports, id: IncidentId, subject: &Subject, ask: &Ask, command: &Command) -> Result<Answer, Error> {
    let key = command_key(ask.command.as_str());
    let mut newest = false;
    for _ in 0..ATTEMPTS {
        let incident = ports.fold.incident(id).await?;
        if let Some(known) = incident.answered(key) {
            let stage = stage_after(ports, &incident, known).await?;
            return known_answer(known, ask, stage, true);
        }
        let policies = ports.policies();
        let context =
            Context { at: now(ports), occurred: ask.occurred, basis: ask.basis, actor: &ask.actor, book: policies.as_ref() };
        let facts = match decided(&incident, command, &context) {
            Ok(facts) => facts,
            // Another process may have written what makes it right, a moment ago.
            Err(_) if !newest => {
                caught_up(ports).await?;
                newest = true;
                continue;
            }
            Err(refusal) => return Err(refusal.into()),
        };
        if facts.is_empty() {
            let (position, version, stage) = (incident.position, incident.version, incident.stage);
            return Ok(Answer { position, version, repeated: false, facts: 0, stage, time: context.at });
        }
        let facts = facts.iter().map(|fact| (fact.kind(), fact.data()));
        if let Some(appended) = append(ports, ask, subject, incident.version, incident.position, facts).await? {
            let after = ports.fold.incident(id).await?;
            let known = after.answered(key).expect("the fold has come past the facts of this command");
            let stage = stage_after(ports, &after, known).await?;
            // Another replica, or another call, may have brought the very same decision in a moment before.
            return known_answer(known, ask, stage, appended.repeated);
        }
    }
    Err(Error::Contended { subject: subject.to_string() })
}

/// Waits until this process has folded all that is in the journal now. A command that the rules refuse, or whose incident is
/// not known here, is looked at again after that: other processes write the same journal.
///
/// # Errors
/// [`Error::Journal`] where the journal does not say how far it goes; [`Error::Fold`] where the board is behind or stopped.
pub async fn caught_up(ports: &Ports) -> Result<(), Error> {
    let tip = ports.journal.head().await.map_err(|error| Error::Journal(AppendError::Unknown(Arc::new(error))))?;
    Ok(ports.fold.reached(tip.position).await?)
}

fn decided(incident: &Incident, command: &Command, context: &Context<'_>) -> Result<Vec<Fact>, Refusal> {
    let work = Work::decide();
    let decided = decide(incident, command, context);
    match &decided {
        Ok(facts) => work.say("hub.facts", i64::try_from(facts.len()).unwrap_or(i64::MAX)),
        Err(refusal) => work.say("hub.refusal", refusal.code()),
    }
    decided
}

/// Now, never before the journal's own time.
fn now(ports: &Ports) -> Time {
    ports.clock.now().max(ports.fold.look(domain::board::Board::time))
}

/// Where the incident stood after a command it has accepted: the first answer says it, so a repeated one does.
async fn stage_after(ports: &Ports, incident: &Incident, known: &Accepted) -> Result<Stage, Error> {
    let next = known.version + known.count;
    if incident.version < next {
        return Ok(incident.stage);
    }
    let district = ports.fold.look(domain::board::Board::district);
    Ok(fold::refold_before(ports.journal.as_ref(), district, incident.id, next).await?.stage)
}

fn known_answer(known: &Accepted, ask: &Ask, stage: Stage, repeated: bool) -> Result<Answer, Error> {
    if known.digest != ask.digest {
        return Err(Refusal::CommandReused { command: ask.command.to_string() }.into());
    }
    Ok(Answer {
        position: known.position,
        version: known.version + known.count - 1,
        repeated,
        facts: usize::try_from(known.count).unwrap_or(usize::MAX),
        stage,
        time: known.time,
    })
}

/// What a command's facts look like on their way into the journal, from the subject's `version` on.
///
/// # Errors
/// [`Error::Draft`] where a fact cannot be written down.
pub fn drafts(
    ports: &Ports,
    ask: &Ask,
    subject: &Subject,
    version: u32,
    facts: impl Iterator<Item = (&'static str, String)>,
) -> Result<Vec<Draft>, Error> {
    drafts_from(ports, ask, subject, version, 1, facts)
}

/// As [`drafts`], where facts of other subjects come first in the decision: `first` is the number of the first one here.
fn drafts_from(
    ports: &Ports,
    ask: &Ask,
    subject: &Subject,
    version: u32,
    first: u64,
    facts: impl Iterator<Item = (&'static str, String)>,
) -> Result<Vec<Draft>, Error> {
    let source = format!("hub/{}/{}", ports.district, ask.service);
    let actor = ask.actor.text();
    let digest = format!("{:032x}", ask.digest);
    let occurred = ask.occurred.map(|time| time.to_string());
    let policies = ports.policies();
    let policy = policies.versions();
    // A record names the work that writes it, which knows its caller; the caller's own words stand in where there is none.
    let traceparent = trace::current().or_else(|| ask.traceparent.clone());
    let mut id = String::with_capacity(ask.command.as_str().len() + 4);
    (0_u64..)
        .zip(facts)
        .map(|(n, (kind, data))| {
            id.clear();
            let _ = write!(id, "{}.{}", ask.command, first + n);
            let data = RawValue::from_string(data).expect("a fact's data is JSON");
            let draft = Draft::new(&Envelope {
                id: &id,
                source: &source,
                kind,
                subject,
                actor: &actor,
                command: ask.command.as_str(),
                digest: &digest,
                version: u64::from(version) + n + 1,
                occurred: occurred.as_deref(),
                basis: ask.basis.word(),
                policy,
                traceparent: traceparent.as_deref(),
                data: &data,
            });
            draft.map_err(Error::from)
        })
        .collect()
}

/// Appends and waits until this process has folded it. `None` means that others wrote first and are folded now.
async fn append(
    ports: &Ports,
    ask: &Ask,
    subject: &Subject,
    version: u32,
    expected: Position,
    facts: impl Iterator<Item = (&'static str, String)>,
) -> Result<Option<Appended>, Error> {
    let work = Work::publish(&ports.district, subject);
    let facts = {
        let _within = work.enter();
        drafts(ports, ask, subject, version, facts)?
    };
    let measured = Appending::begin(facts.len());
    work.say("messaging.batch.message_count", i64::try_from(facts.len()).unwrap_or(i64::MAX));
    let writes = vec![Write { subject: subject.clone(), expected, facts }];
    let appended = ports.journal.append(Decision { command: ask.command.to_string(), writes }).await;
    let outcome = outcome(&appended);
    measured.answered(outcome);
    work.say("hub.outcome", outcome);
    // That others wrote first is not yet a failure.
    if !matches!(appended, Ok(_) | Err(AppendError::Conflict { .. })) {
        work.failed(outcome);
    }
    drop(work);
    match appended {
        Ok(appended) => {
            ports.fold.reached(appended.last).await?;
            Ok(Some(appended))
        }
        Err(AppendError::Conflict { last, .. }) => {
            ports.fold.reached(last).await?;
            Ok(None)
        }
        Err(AppendError::Busy { retry_after }) => Err(Error::Busy { retry_after }),
        Err(error) => Err(Error::Journal(error)),
    }
}

/// What became of an append, in a word.
const fn outcome(appended: &Result<Appended, AppendError>) -> &'static str {
    match appended {
        Ok(Appended { repeated: true, .. }) => "repeated",
        Ok(_) => "written",
        Err(AppendError::Conflict { .. }) => "conflict",
        Err(AppendError::TooLarge { .. }) => "too_large",
        Err(AppendError::Invalid(_)) => "invalid",
        Err(AppendError::Busy { .. }) => "busy",
        Err(AppendError::Unknown(_)) => "unknown",
        Err(AppendError::Moved { .. }) => "moved",
        Err(AppendError::Closed) => "closed",
    }
}

/// Writes a fact about a seat.
///
/// # Errors
/// As [`execute`].
pub async fn write_seat(ports: &Ports, id: &SeatId, ask: &Ask, fact: &seat::Fact) -> Result<Answer, Error> {
    let subject = Subject::of("seat", id.as_str()).expect("a seat's name is a subject's id");
    let look = |board: &domain::board::Board| board.seat(id).map_or((0, 0), |kept| (kept.version, kept.position));
    let known = |board: &domain::board::Board, key: u128| {
        board.seat(id).and_then(|kept| kept.commands.iter().find(|known| known.command == key).cloned())
    };
    write(ports, ask, &subject, fact.kind(), &fact.data(), look, known).await
}

/// Writes a fact about a policy.
///
/// # Errors
/// As [`execute`].
pub async fn write_policy(ports: &Ports, name: &str, ask: &Ask, fact: &adopted::Fact) -> Result<Answer, Error> {
    let subject = Subject::of("policy", name).expect("a policy's name is a subject's id");
    let look = |board: &domain::board::Board| board.policy(name).map_or((0, 0), |kept| (kept.version, kept.position));
    let known = |board: &domain::board::Board, key: u128| {
        board.policy(name).and_then(|kept| kept.commands.iter().find(|known| known.command == key).cloned())
    };
    write(ports, ask, &subject, fact.kind(), &fact.data(), look, known).await
}

/// Writes a look at sealed data.
///
/// # Errors
/// As [`execute`].
pub async fn write_access(ports: &Ports, id: IncidentId, ask: &Ask, fact: &access::Fact) -> Result<Answer, Error> {
    let name = id.to_string();
    let subject = Subject::of("access", &name).expect("a UUID in text is a subject's id");
    let look = |board: &domain::board::Board| board.looks(&name).map_or((0, 0), |looks| (looks.version, looks.position));
    let known = |board: &domain::board::Board, key: u128| {
        board.looks(&name).and_then(|looks| looks.commands.iter().find(|known| known.command == key).cloned())
    };
    write(ports, ask, &subject, fact.kind(), &fact.data(), look, known).await
}

async fn write(
    ports: &Ports,
    ask: &Ask,
    subject: &Subject,
    kind: &'static str,
    data: &str,
    look: impl Fn(&domain::board::Board) -> (u32, Position),
    known: impl Fn(&domain::board::Board, u128) -> Option<Accepted>,
) -> Result<Answer, Error> {
    let work = Work::command(ask, kind, subject, ports.fold.last_span(subject));
    let key = command_key(ask.command.as_str());
    let writing = async {
        for _ in 0..ATTEMPTS {
            // One look at both: a fact of this command folded in between would be written a second time.
            let (known_before, (version, expected)) = ports.fold.look(|board| (known(board, key), look(board)));
            if let Some(known) = known_before {
                return known_answer(&known, ask, Stage::New, true);
            }
            let fact = std::iter::once((kind, data.to_owned()));
            if let Some(appended) = append(ports, ask, subject, version, expected, fact).await? {
                let known = ports.fold.look(|board| known(board, key)).expect("the fold has come past the fact of this command");
                return known_answer(&known, ask, Stage::New, appended.repeated);
            }
        }
        Err(Error::Contended { subject: subject.to_string() })
    };
    let answer = work.within(writing).await;
    work.answered(&answer);
    answer
}
