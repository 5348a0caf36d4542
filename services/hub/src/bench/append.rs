//! Durable appends through the public trait: one writer and sixteen, single facts and groups of a hundred.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use domain::{id::IncidentId, incident::Basis};
use journal::{Decision, Write};
use runtime::{Ask, Clock, Ports, execute::drafts, fold};

use super::{
    life::actors,
    making,
    meter::{Meter, Spent, Times, micros},
    row::{Row, Target},
};

/// Writers and facts a decision of each row, and how many times the bare rate its facts should reach.
const SHAPES: [(u64, usize, Option<f64>); 4] = [(1, 1, None), (16, 1, Some(8.0)), (1, 100, Some(25.0)), (16, 100, Some(60.0))];

/// One shape's outcome.
pub(crate) struct Outcome {
    writers: u64,
    group: usize,
    times_bare: Option<f64>,
    facts_per_second: f64,
    spent: Spent,
    times: Option<Times>,
    record_bytes: f64,
}

impl Outcome {
    /// The row, beside what the disk and sled do.
    pub(crate) fn row(self, bare: f64, sled: f64) -> Row {
        let writers = if self.writers == 1 { "1 writer".to_owned() } else { format!("{} writers", self.writers) };
        let group = if self.group == 1 { "single facts".to_owned() } else { format!("groups of {}", self.group) };
        let value = self.facts_per_second;
        Row {
            name: format!("append, {writers}, {group}"),
            value,
            unit: "facts/s",
            target: self.times_bare.map(|times| Target::AtLeast(times * bare)),
            against: format!(
                "{:.2} × bare{}, {:.1} × sled",
                value / bare,
                self.times_bare.map(|times| format!(" (≥ {times})")).unwrap_or_default(),
                value / sled
            ),
            spent: self.spent,
            times: self.times,
            record_bytes: Some(self.record_bytes),
        }
    }
}

/// Measures all shapes, one after the other, in one journal.
pub(crate) async fn measured(dir: &Path, long: Duration) -> anyhow::Result<Vec<Outcome>> {
    let ports = super::ports(dir, Clock::system(), 4096)?;
    let facts = Arc::new(making::facts(&ports)?);
    let mut outcomes = Vec::new();
    for (nth, (writers, group, times_bare)) in (0..).zip(SHAPES) {
        let meter = Meter::start()?;
        let (micros, bytes) = write(&ports, &facts, Writers { first: nth * 1000, number: writers, group }, long).await?;
        let written = micros.len() * group;
        let facts_per_second = written as f64 / meter.elapsed().as_secs_f64();
        let (spent, times) = (meter.spent()?, Times::of(micros));
        outcomes.push(Outcome {
            writers,
            group,
            times_bare,
            facts_per_second,
            spent,
            times,
            record_bytes: bytes as f64 / written as f64,
        });
    }
    Ok(outcomes)
}

/// Writers side by side, each about an incident of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writers {
    /// The number of the first; no two writers of one journal have the same.
    pub(super) first: u64,
    /// How many they are.
    pub(super) number: u64,
    /// Facts of a decision.
    pub(super) group: usize,
}

/// Writes for so long; microseconds of each answer, and bytes written.
pub(super) async fn write(
    ports: &Ports,
    facts: &Arc<Vec<(&'static str, String)>>,
    writers: Writers,
    long: Duration,
) -> anyhow::Result<(Vec<u32>, usize)> {
    let until = Instant::now() + long;
    let tasks = (0..writers.number).map(|nth| {
        let writer = Writer { ports: ports.clone(), facts: facts.clone(), group: writers.group, number: writers.first + nth };
        tokio::spawn(writer.write(until))
    });
    let (mut micros, mut bytes) = (Vec::new(), 0);
    for task in tasks.collect::<Vec<_>>() {
        let (some, more) = task.await.context("a writer broke")??;
        micros.extend(some);
        bytes += more;
    }
    Ok((micros, bytes))
}

struct Writer {
    ports: Ports,
    facts: Arc<Vec<(&'static str, String)>>,
    group: usize,
    number: u64,
}

impl Writer {
    /// Writes decisions about its own incident, each when the one before is on disk.
    async fn write(self, until: Instant) -> anyhow::Result<(Vec<u32>, usize)> {
        let subject = fold::subject(IncidentId::from_u128(u128::from(self.number) + 1));
        let actor = actors()[0].clone();
        let (mut micros_each, mut bytes, mut expected, mut version) = (Vec::new(), 0, 0, 0_u32);
        for n in 0_u64.. {
            if Instant::now() >= until {
                break;
            }
            let command = format!("bench/{}/{n}", self.number).parse().context("name a command")?;
            let (actor, basis) = (actor.clone(), Basis::Seat);
            let ask = Ask { command, digest: u128::from(n), actor, occurred: None, basis, traceparent: None, service: "intake" };
            let begun = Instant::now();
            let from = version as usize % self.facts.len();
            let some = self.facts.iter().cycle().skip(from).take(self.group).cloned();
            let drafts = drafts(&self.ports, &ask, &subject, version, some)?;
            bytes += drafts.iter().map(journal::Draft::len).sum::<usize>();
            let writes = vec![Write { subject: subject.clone(), expected, facts: drafts }];
            let appended = self.ports.journal.append(Decision { command: ask.command.to_string(), writes }).await?;
            micros_each.push(micros(begun));
            expected = appended.last;
            version += u32::try_from(self.group)?;
        }
        Ok((micros_each, bytes))
    }
}
