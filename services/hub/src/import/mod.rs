//! Files of past matters, taken in through the services' own doors.
//!
//! An import is a scripted seat that speaks to intake, triage and feedback on the road within the process; it has no
//! way of its own into the journal. What it asks has fixed command ids, so a second import of the same file adds
//! nothing, and one that was killed in the middle is completed by the next. Only `history` reports are made: no
//! reaction, notice or live timer touches them.
//!
//! [`mod@file`] reads bytes, [`sheet`] finds the rows in them, [`columns`] the cells by name. [`messages`], [`dispatch`] and
//! [`requests`] know what the rows of their files mean and carry each matter through its life from the [`desk`];
//! [`rejected`] keeps what could not be taken. Nothing here prints.

pub mod columns;
pub mod desk;
pub mod dispatch;
pub mod file;
pub mod messages;
pub mod rejected;
pub mod requests;
pub mod sheet;
pub mod when;

use std::collections::BTreeSet;

use anyhow::Context as _;
use domain::id::Agency;
use serde::Serialize;
use tokio::task::{JoinError, JoinSet};
use tonic::Status;

use crate::process::Process;
use desk::Desk;
use rejected::Rejection;

/// Matters on their way at once; reading waits beyond that.
const AT_ONCE: usize = 64;

/// A file that can be imported.
pub trait Source {
    /// One matter, with all the rows that tell of it.
    type Matter: Send + 'static;

    /// How many rows there are, broken ones counted.
    fn count(&self) -> usize;
    /// Whose past it is: the import speaks as a seat of this agency.
    fn agency(&self) -> Agency;
    /// The table of the catalogue whose names the file uses; empty where it uses none.
    fn table(&self) -> &'static str;
    /// The matters in the file's order; a row that cannot be read says why.
    fn matters(&self) -> impl Iterator<Item = Result<Self::Matter, Rejection>>;
    /// The reference of a matter: those under one reference go one after the other.
    fn reference(matter: &Self::Matter) -> &str;
    /// Carries one matter as far as the file tells. A refusal is [`Done::Refused`]; an error says which line broke.
    fn live(desk: Desk, matter: Self::Matter) -> impl Future<Output = Carried> + Send + 'static;
}

/// What became of a matter.
#[derive(Debug)]
pub struct Gone {
    /// Its reference.
    pub reference: String,
    /// It opened an incident.
    pub opened: bool,
    /// What became of each of its rows, by line.
    pub rows: Vec<(u64, Done)>,
}

/// A matter that was carried as far as its file tells, or the line at which something broke.
pub type Carried = Result<Gone, (u64, Status)>;

/// What became of one row.
#[derive(Debug)]
pub enum Done {
    /// It was new.
    Taken,
    /// Its content was known.
    Known,
    /// It brought other content under a known reference.
    Supplement,
    /// A service refused a step.
    Refused(Status),
}

/// What an import did, as `--json` prints it. `rows = taken + known + supplements + rejected`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows of the file, without the header.
    pub rows: u64,
    /// Rows that were new and went as far as the file tells.
    pub taken: u64,
    /// Rows whose content was known already.
    pub known: u64,
    /// Rows with other content under a known reference.
    pub supplements: u64,
    /// Rows that could not be taken.
    pub rejected: u64,
    /// Incidents opened by this run.
    pub incidents: u64,
    /// Facts written by this run.
    pub facts: u64,
    /// The journal's last position.
    pub position: u64,
}

/// What an import did, and what it could not do.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The figures.
    pub summary: Summary,
    /// What could not be taken, in the file's order.
    pub rejections: Vec<Rejection>,
}

/// Takes all rows in; `step` is called after each. One that cannot be taken is named and does not stop the rest.
///
/// # Errors
/// The journal does not answer, or a service broke: import again, nothing is doubled.
pub async fn run<S: Source>(process: &Process, source: &S, mut step: impl FnMut()) -> anyhow::Result<Outcome> {
    let ports = &process.ports;
    let before = ports.journal.head().await.context("read the journal's end")?.position;
    let desk = Desk::of(source.agency(), ports, source.table());
    let mut tally = Tally::default();
    let mut under_way: JoinSet<Carried> = JoinSet::new();
    let mut references = BTreeSet::new();
    for matter in source.matters() {
        let matter = match matter {
            Ok(matter) => matter,
            Err(rejection) => {
                tally.reject(rejection, &mut step);
                continue;
            }
        };
        // Matters under one reference go in their order: the later one supplements the earlier.
        while under_way.len() >= AT_ONCE || references.contains(S::reference(&matter)) {
            tally.finish(under_way.join_next().await, &mut references, &mut step)?;
        }
        references.insert(S::reference(&matter).to_owned());
        under_way.spawn(S::live(desk.clone(), matter));
    }
    while !under_way.is_empty() {
        tally.finish(under_way.join_next().await, &mut references, &mut step)?;
    }
    let mut outcome = tally.outcome;
    outcome.rejections.sort_by_key(|rejection| rejection.line);
    outcome.summary.position = ports.journal.head().await.context("read the journal's end")?.position;
    outcome.summary.facts = outcome.summary.position - before;
    Ok(outcome)
}

#[derive(Default)]
struct Tally {
    outcome: Outcome,
}

impl Tally {
    fn reject(&mut self, rejection: Rejection, step: &mut impl FnMut()) {
        self.outcome.summary.rows += 1;
        self.outcome.summary.rejected += 1;
        self.outcome.rejections.push(rejection);
        step();
    }

    fn finish(
        &mut self,
        gone: Option<Result<Carried, JoinError>>,
        references: &mut BTreeSet<String>,
        step: &mut impl FnMut(),
    ) -> anyhow::Result<()> {
        let Some(gone) = gone else { return Ok(()) };
        let gone = gone.context("a row's task ended early")?.map_err(|(line, status)| {
            let (code, zh, en) = runtime::status::explained(&status);
            anyhow::anyhow!("{zh} / {en} ({code})").context(format!(
                "第{line}行未能写入，请重新导入，不会重复 / line {line} could not be written: import again, nothing is doubled"
            ))
        })?;
        references.remove(&gone.reference);
        self.outcome.summary.incidents += u64::from(gone.opened);
        for (line, done) in gone.rows {
            let summary = &mut self.outcome.summary;
            match done {
                Done::Taken => summary.taken += 1,
                Done::Known => summary.known += 1,
                Done::Supplement => summary.supplements += 1,
                Done::Refused(status) => {
                    self.reject(Rejection::refused(line, &gone.reference, &status), step);
                    continue;
                }
            }
            summary.rows += 1;
            step();
        }
        Ok(())
    }
}
