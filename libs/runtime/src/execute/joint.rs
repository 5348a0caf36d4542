//! One decision over several subjects: an incident and the one it goes on within, a parent and what is split off it, a
//! partner's frame and the incident it is about. All of it is in, or none.

use std::sync::Arc;

use domain::{
    board::Board,
    fact::{Stamp, command_key},
    id::IncidentId,
    incident::{Command, Context, Fact, Incident, Refusal, evolve},
    time::Time,
};
use journal::{AppendError, Decision, Position, Subject, Write};

use super::{ATTEMPTS, Ask, Error, caught_up, decided, drafts_from, now, outcome};
use crate::{fold, metrics::Appending, ports::Ports, trace::work::Work};

/// What is asked of which of the incidents, in order; each is decided on what those before it led to.
pub type Steps = Vec<(usize, Command)>;

/// Facts of another kind in the same decision.
#[derive(Debug, Clone)]
pub struct Beside {
    /// What they are about.
    pub subject: Subject,
    /// Its version before.
    pub version: u32,
    /// Position of its last fact; 0 for none.
    pub expected: Position,
    /// Their types and data.
    pub facts: Vec<(&'static str, String)>,
}

/// What became of a decision over several subjects.
#[derive(Debug, Clone)]
pub struct Done {
    /// Position of its last fact; where nothing had to be written, of the last that any of the incidents has.
    pub position: Position,
    /// It was known already: nothing was written.
    pub repeated: bool,
    /// How many facts the incidents got, the first time.
    pub facts: usize,
    /// The incidents as they stand.
    pub incidents: Vec<Arc<Incident>>,
    /// When it was recorded.
    pub time: Time,
}

/// Carries out `steps` on the incidents `ids`, with what `beside` adds. The steps may depend on how the incidents stand;
/// they are asked for anew when others wrote first. `beside` is told whether the incidents get any fact.
///
/// # Errors
/// [`Error::Refused`] where the rules refuse any of the steps: nothing is written. Anything else broke and may be asked
/// again with the same command id.
pub async fn execute_all(
    ports: &Ports,
    ids: &[IncidentId],
    ask: &Ask,
    steps: impl Fn(&[Arc<Incident>]) -> Result<Steps, Refusal> + Send + Sync,
    beside: impl Fn(&Board, bool) -> Option<Beside> + Send + Sync,
) -> Result<Done, Error> {
    let key = command_key(ask.command.as_str());
    let mut newest = false;
    for _ in 0..ATTEMPTS {
        let incidents = look(ports, ids).await?;
        if let Some(known) = incidents.iter().find_map(|incident| incident.answered(key)) {
            if known.digest != ask.digest {
                return Err(Refusal::CommandReused { command: ask.command.to_string() }.into());
            }
            let (position, facts, time) = (known.position, usize::try_from(known.count).unwrap_or(usize::MAX), known.time);
            return Ok(Done { position, repeated: true, facts, incidents, time });
        }
        let at = now(ports);
        let facts = match steps(&incidents).and_then(|steps| all_decided(ports, ask, at, &incidents, &steps)) {
            Ok(facts) => facts,
            // Another process may have written what makes it right, a moment ago.
            Err(_) if !newest => {
                caught_up(ports).await?;
                newest = true;
                continue;
            }
            Err(refusal) => return Err(refusal.into()),
        };
        let total = facts.iter().map(Vec::len).sum();
        let beside = ports.fold.look(|board| beside(board, total > 0));
        let Some(decision) = decision(ports, ask, &incidents, &facts, beside)? else {
            let position = incidents.iter().map(|incident| incident.position).max().unwrap_or_default();
            return Ok(Done { position, repeated: false, facts: 0, incidents, time: at });
        };
        let written = decision.writes.iter().map(|write| write.facts.len()).sum();
        let measured = Appending::begin(written);
        let appended = ports.journal.append(decision).await;
        measured.answered(outcome(&appended));
        match appended {
            Ok(appended) => {
                ports.fold.reached(appended.last).await?;
                let incidents = look(ports, ids).await?;
                return Ok(Done { position: appended.last, repeated: appended.repeated, facts: total, incidents, time: at });
            }
            Err(AppendError::Conflict { last, .. }) => ports.fold.reached(last).await?,
            Err(AppendError::Busy { retry_after }) => return Err(Error::Busy { retry_after }),
            Err(error) => return Err(Error::Journal(error)),
        }
    }
    Err(Error::Contended { subject: ids.first().map_or_else(|| ask.command.to_string(), |id| fold::subject(*id).to_string()) })
}

async fn look(ports: &Ports, ids: &[IncidentId]) -> Result<Vec<Arc<Incident>>, Error> {
    let mut incidents = Vec::with_capacity(ids.len());
    for id in ids {
        incidents.push(ports.fold.incident(*id).await?);
    }
    Ok(incidents)
}

/// Decides each step on what those before it led to; the facts of each incident.
fn all_decided(
    ports: &Ports,
    ask: &Ask,
    at: Time,
    incidents: &[Arc<Incident>],
    steps: &[(usize, Command)],
) -> Result<Vec<Vec<Fact>>, Refusal> {
    let policies = ports.policies();
    let context = Context { at, occurred: ask.occurred, basis: ask.basis, actor: &ask.actor, book: policies.as_ref() };
    let mut scratch: Vec<Arc<Incident>> = incidents.to_vec();
    let mut all = vec![Vec::new(); incidents.len()];
    for (nth, command) in steps {
        let facts = decided(&scratch[*nth], command, &context)?;
        let incident = Arc::make_mut(&mut scratch[*nth]);
        for fact in &facts {
            let stamp = Stamp {
                position: incident.position,
                version: incident.version + 1,
                time: at,
                occurred: ask.occurred,
                basis: ask.basis,
                actor: ask.actor.text().into(),
                command: command_key(ask.command.as_str()),
                digest: ask.digest,
            };
            evolve(incident, fact, &stamp);
        }
        all[*nth].extend(facts);
    }
    Ok(all)
}

/// All the facts as one decision; none where there is nothing to write.
fn decision(
    ports: &Ports,
    ask: &Ask,
    incidents: &[Arc<Incident>],
    facts: &[Vec<Fact>],
    beside: Option<Beside>,
) -> Result<Option<Decision>, Error> {
    let (mut writes, mut first) = (Vec::new(), 1);
    for (incident, facts) in incidents.iter().zip(facts).filter(|(_, facts)| !facts.is_empty()) {
        let subject = fold::subject(incident.id);
        let work = Work::publish(&ports.district, &subject);
        let _within = work.enter();
        let named = facts.iter().map(|fact| (fact.kind(), fact.data()));
        let drafts = drafts_from(ports, ask, &subject, incident.version, first, named)?;
        first += drafts.len() as u64;
        writes.push(Write { subject, expected: incident.position, facts: drafts });
    }
    if let Some(Beside { subject, version, expected, facts }) = beside {
        let drafts = drafts_from(ports, ask, &subject, version, first, facts.into_iter())?;
        writes.push(Write { subject, expected, facts: drafts });
    }
    Ok((!writes.is_empty()).then(|| Decision { command: ask.command.to_string(), writes }))
}
