//! Makes large journals: whole lives decided by the rules, as many decisions at once as the journal's queue takes.
//!
//! Nothing is invented: each decision comes out of [`domain::incident::decide`] and goes in through
//! [`Journal::append`], one frame a decision, as in daily work. Only the clock is turned by hand: nine tenths of the
//! lives are over more than a week before the last fact, so they are cold; one tenth stands open.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
};

use anyhow::{Context as _, bail};
use domain::{
    fact::{Stamp, command_key},
    incident::{Basis, Context, Incident, Sealed, decide, evolve},
    seat::Actor,
    time::{DAY_MS, Time},
};
use futures::future::join_all;
use journal::{Decision, Write};
use runtime::{Clock, Ports, execute::drafts, fold};

use super::life::{DECISIONS, Life, Step, actors};

/// Lives that are led side by side, step by step.
const ABREAST: u64 = 200;
/// Decisions that may wait for the disk.
const QUEUE: usize = 4096;
/// Days over which the lives that have ended are spread.
const PAST_DAYS: i64 = 90;

/// A journal that was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    /// Its facts.
    pub(crate) facts: u64,
    /// Its incidents that have ended.
    pub(crate) closed: u64,
    /// Its incidents that stand open.
    pub(crate) open: u64,
    /// Bytes of a record on average.
    pub(crate) record_bytes: f64,
}

/// Makes a journal of about `facts` facts in `dir`; a tenth as many incidents.
///
/// # Errors
/// The disk does not answer, or the rules refuse, which they should not.
pub(crate) async fn make(dir: &Path, facts: u64) -> anyhow::Result<Made> {
    let now = Clock::system().now();
    let time = Arc::new(AtomicI64::new(now.ms() - (PAST_DAYS + 8) * DAY_MS));
    let clock = Clock::from_fn({
        let time = time.clone();
        move || time.load(Ordering::Relaxed)
    });
    let ports = super::ports(dir, clock, QUEUE)?;
    let (closed, open) = (facts * 9 / 100, facts / 100);
    let (give, chunks) = sync_channel(4);
    let making = {
        let ports = ports.clone();
        tokio::task::spawn_blocking(move || {
            let mut lives = Lives { ports, actors: actors(), next: 2, bytes: 0, give };
            let past = now.plus_seconds(-(PAST_DAYS + 8) * 86_400);
            lives.lead(0..closed, past, PAST_DAYS, Life::until_over)?;
            lives.lead(closed..closed + open, now.plus_seconds(-6 * 86_400), 6, Life::until_open)?;
            Ok::<_, anyhow::Error>((lives.next - 1, lives.bytes))
        })
    };
    let mut expected = 2;
    while let Ok(Chunk { at, decisions }) = chunks.recv() {
        time.store(at.ms(), Ordering::Relaxed);
        // Submitted in this order, so each position is known before it is given.
        for appended in join_all(decisions.into_iter().map(|decision| ports.journal.append(decision))).await {
            let appended = appended.context("write the benchmark's facts")?;
            if appended.first != expected {
                bail!("a decision went in at {}, {expected} was foreseen", appended.first);
            }
            expected = appended.last + 1;
        }
    }
    let (last, bytes) = making.await.context("make the benchmark's facts")??;
    let made = last - 1;
    Ok(Made { facts: last, closed, open, record_bytes: bytes as f64 / made as f64 })
}

/// Decisions that go in together, at one instant.
struct Chunk {
    at: Time,
    decisions: Vec<Decision>,
}

struct Lives {
    ports: Ports,
    actors: [Actor; 5],
    next: u64,
    bytes: usize,
    give: SyncSender<Chunk>,
}

impl Life {
    /// How many decisions the `number`-th life has that is over: five of 32 were answered in the call.
    const fn until_over(number: u64) -> (usize, bool) {
        if number % 32 < 5 { (2, true) } else { (DECISIONS, false) }
    }

    /// How many decisions the `number`-th life has that stands open: one to nine.
    const fn until_open(number: u64) -> (usize, bool) {
        ((number % 9) as usize + 1, false)
    }
}

impl Lives {
    fn lead(
        &mut self,
        numbers: std::ops::Range<u64>,
        from: Time,
        days: i64,
        until: fn(u64) -> (usize, bool),
    ) -> anyhow::Result<()> {
        let (first, many) = (numbers.start, numbers.end - numbers.start);
        for begin in numbers.step_by(ABREAST as usize) {
            let begun = i64::try_from(begin - first).unwrap_or(i64::MAX);
            let at = from.plus_seconds(days * 86_400 * begun / i64::try_from(many.max(1)).unwrap_or(i64::MAX));
            let mut led: Vec<Led> =
                (begin..(begin + ABREAST).min(first + many)).map(|number| Led::new(number, until(number))).collect();
            let mut decisions = Vec::new();
            for n in 0..DECISIONS {
                for one in led.iter_mut().filter(|one| n < one.until) {
                    decisions.push(self.decided(one, n, at)?);
                }
            }
            if self.give.send(Chunk { at, decisions }).is_err() {
                // Whoever writes has stopped, and says why.
                return Ok(());
            }
        }
        Ok(())
    }

    fn decided(&mut self, led: &mut Led, n: usize, at: Time) -> anyhow::Result<Decision> {
        let step = led.step(n);
        let ask = step.ask(&led.life, &self.actors);
        let subject = fold::subject(led.life.id);
        let policies = self.ports.policies();
        let context = Context { at, occurred: None, basis: Basis::Seat, actor: &ask.actor, book: policies.as_ref() };
        let facts = decide(&led.incident, &step.command, &context).context("lead a life by the rules")?;
        let drafts =
            drafts(&self.ports, &ask, &subject, led.incident.version, facts.iter().map(|fact| (fact.kind(), fact.data())))?;
        let expected = led.incident.position;
        for fact in &facts {
            let stamp = Stamp {
                position: self.next,
                version: led.incident.version + 1,
                time: at,
                occurred: None,
                basis: Basis::Seat,
                actor: ask.actor.text().as_str().into(),
                command: command_key(ask.command.as_str()),
                digest: ask.digest,
            };
            evolve(&mut led.incident, fact, &stamp);
            self.next += 1;
        }
        self.bytes += drafts.iter().map(journal::Draft::len).sum::<usize>();
        Ok(Decision { command: ask.command.to_string(), writes: vec![Write { subject, expected, facts: drafts }] })
    }
}

/// A life on its way.
struct Led {
    life: Life,
    incident: Incident,
    until: usize,
    answered: bool,
}

impl Led {
    fn new(number: u64, (until, answered): (usize, bool)) -> Self {
        let life = Life::new("bench", number);
        let incident = Incident::new(life.id, super::DISTRICT.parse().expect("six digits"));
        Self { life, incident, until, answered }
    }

    fn step(&self, n: usize) -> Step {
        match n {
            0 => self.life.receive(vec![sealed("text", &self.life)]),
            1 if self.answered => Life::answered(),
            _ => self.life.follow(n, if n == 7 { vec![sealed("answer", &self.life)] } else { Vec::new() }),
        }
    }
}

/// A box of the usual size that nobody can open: what is in it does not matter here.
fn sealed(field: &str, life: &Life) -> Sealed {
    let words = if field == "text" { Life::WORDS } else { Life::TOLD };
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = life.id.as_u128() as u64 | 1;
    let mut letter = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        char::from(letters[(state >> 58) as usize])
    };
    let data = (0..(words.len() + 40).div_ceil(3) * 4).map(|_| letter()).collect();
    Sealed { field: field.to_owned(), key: format!("2026-07-08/police/{}", life.report), data }
}

/// The facts of one whole life, with their kinds: what single appends write.
pub(crate) fn facts(ports: &Ports) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut led = Led::new(0, (DECISIONS, false));
    let (at, actors) = (ports.clock.now(), actors());
    let mut all = Vec::new();
    for n in 0..DECISIONS {
        let step = led.step(n);
        let ask = step.ask(&led.life, &actors);
        let policies = ports.policies();
        let context = Context { at, occurred: None, basis: Basis::Seat, actor: &ask.actor, book: policies.as_ref() };
        for fact in decide(&led.incident, &step.command, &context).context("lead a life by the rules")? {
            let (version, actor) = (led.incident.version + 1, ask.actor.text().as_str().into());
            let position = u64::from(version);
            let stamp = Stamp {
                position,
                version,
                time: at,
                occurred: None,
                basis: Basis::Seat,
                actor,
                command: position.into(),
                digest: 0,
            };
            evolve(&mut led.incident, &fact, &stamp);
            all.push((fact.kind(), fact.data()));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
