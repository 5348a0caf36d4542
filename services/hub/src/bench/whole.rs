//! The whole loop through [`runtime::execute`]: many incidents at once, each led from report to closing.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use domain::{id::Agency, incident::Sealed, seat::Actor};
use runtime::{Clock, Ports, execute, sealing};

use super::{
    life::{DECISIONS, Life, actors},
    meter::{Meter, Spent, Times, micros},
    row::{Row, Target},
};
use crate::process::Process;

/// Incidents that are led at once. Fewer leave the disk waiting, more only wait longer.
const ABREAST: usize = 512;

/// What a loop brought.
pub(crate) struct Outcome {
    pub(crate) incidents: u64,
    pub(crate) decisions: u64,
    pub(crate) facts: u64,
    pub(crate) seconds: f64,
    pub(crate) spent: Spent,
    pub(crate) times: Option<Times>,
    pub(crate) record_bytes: Option<f64>,
    /// Incidents led at once.
    pub(crate) abreast: usize,
}

impl Outcome {
    /// Incidents, decisions and facts in a second.
    pub(crate) fn rows(&self, name: &str, target: Option<f64>, bare: f64) -> Vec<Row> {
        let row = |what: &str, many: u64, unit, target: Option<Target>, times: Option<Times>| Row {
            name: format!("{name}, {what}"),
            value: many as f64 / self.seconds,
            unit,
            target,
            against: format!(
                "{:.2} × bare; {:.0} s, {} incidents at once, {DECISIONS} decisions each",
                many as f64 / self.seconds / bare,
                self.seconds,
                self.abreast
            ),
            spent: self.spent,
            times,
            record_bytes: self.record_bytes,
        };
        vec![
            row("whole lives", self.incidents, "incidents/s", target.map(Target::AtLeast), None),
            row("decisions", self.decisions, "decisions/s", None, self.times),
            row("facts", self.facts, "facts/s", None, None),
        ]
    }
}

/// Leads lives for so long, in a process of its own data directory.
pub(crate) async fn measured(dir: &Path, long: Duration) -> anyhow::Result<Outcome> {
    let process = Process::open(super::config(dir), Clock::system()).await?;
    let outcome = run(&process.ports, long).await;
    process.close().await?;
    outcome
}

async fn run(ports: &Ports, long: Duration) -> anyhow::Result<Outcome> {
    let (next, actors) = (Arc::new(AtomicU64::new(0)), Arc::new(actors()));
    let before = ports.journal.head().await?.position;
    let meter = Meter::start()?;
    let until = Instant::now() + long;
    let tasks: Vec<_> = (0..ABREAST).map(|_| tokio::spawn(lead(ports.clone(), next.clone(), actors.clone(), until))).collect();
    let (mut incidents, mut micros) = (0, Vec::new());
    for task in tasks {
        let (whole, some) = task.await.context("a life broke")??;
        incidents += whole;
        micros.extend(some);
    }
    let seconds = meter.elapsed().as_secs_f64();
    let spent = meter.spent()?;
    let facts = ports.journal.head().await?.position - before;
    let record_bytes = record_bytes(ports).await?;
    Ok(Outcome {
        incidents,
        decisions: micros.len() as u64,
        facts,
        seconds,
        spent,
        times: Times::of(micros),
        record_bytes: Some(record_bytes),
        abreast: ABREAST,
    })
}

/// Leads one life after the other; tells how many came to their end and how long each decision took.
async fn lead(ports: Ports, next: Arc<AtomicU64>, actors: Arc<[Actor; 5]>, until: Instant) -> anyhow::Result<(u64, Vec<u32>)> {
    let (mut whole, mut times) = (0, Vec::new());
    loop {
        let life = Life::new("loop", next.fetch_add(1, Ordering::Relaxed));
        for n in 0..DECISIONS {
            if Instant::now() >= until {
                return Ok((whole, times));
            }
            let begun = Instant::now();
            let step = match n {
                0 => life.receive(sealed(&ports, &life, "text", Life::WORDS)?),
                7 => life.follow(n, sealed(&ports, &life, "answer", Life::TOLD)?),
                _ => life.follow(n, Vec::new()),
            };
            execute(&ports, life.id, &step.ask(&life, &actors), &step.command).await?;
            times.push(micros(begun));
        }
        whole += 1;
    }
}

fn sealed(ports: &Ports, life: &Life, field: &str, words: &str) -> anyhow::Result<Vec<Sealed>> {
    let sealed = sealing::seal(ports, &Agency::police(), life.report, field, words);
    Ok(sealed.map_err(|status| anyhow::anyhow!("seal: {}", status.message()))?.into_iter().collect())
}

/// Bytes of a record on average, over the first life.
pub(crate) async fn record_bytes(ports: &Ports) -> anyhow::Result<f64> {
    let entries = ports.journal.read(&runtime::fold::subject(Life::new("loop", 0).id), 1).await?;
    Ok(entries.iter().map(|entry| entry.bytes.len()).sum::<usize>() as f64 / entries.len().max(1) as f64)
}
