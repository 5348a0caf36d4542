//! Files of past matters, taken in through the services' own doors.
//!
//! An import is a scripted seat that speaks to intake, triage and feedback on the road within the process; it has no
//! way of its own into the journal. What it asks has fixed command ids, so a second import of the same file adds
//! nothing, and one that was killed in the middle is completed by the next. Only `history` reports are made: no
//! reaction, notice or live timer touches them.
//!
//! [`mod@file`] reads bytes, [`sheet`] finds the rows in them, [`messages`] their meaning, `life` carries one row
//! through its life, [`rejected`] keeps what could not be taken. Nothing here prints.

pub mod file;
mod life;
pub mod messages;
pub mod rejected;
pub mod sheet;
pub mod when;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use domain::{
    id::Agency,
    seat::{Role, Seat},
};
use runtime::{Caller, Ports};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::{process::Process, roads::Roads};
use life::{Done, Script};
use messages::Messages;
use rejected::Rejection;

/// Rows on their way at once; reading waits beyond that.
const AT_ONCE: usize = 64;

/// What an import did, as `--json` prints it. `rows = taken + known + supplements + rejected`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows of the file, without the header.
    pub rows: u64,
    /// Rows that opened an incident and went as far as the file tells.
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
pub async fn run(process: &Process, messages: &Messages<'_>, mut step: impl FnMut()) -> anyhow::Result<Outcome> {
    let ports = &process.ports;
    let before = ports.journal.head().await.context("read the journal's end")?.position;
    let script = Script::new(Roads::local(ports, Caller::seat(seat(ports))), ports, labels(ports));
    let mut tally = Tally::default();
    let mut under_way: JoinSet<Row> = JoinSet::new();
    let mut references = BTreeSet::new();
    for message in messages.rows() {
        tally.outcome.summary.rows += 1;
        let message = match message {
            Ok(message) => message,
            Err(rejection) => {
                tally.reject(rejection);
                step();
                continue;
            }
        };
        // Rows under one reference go in their order: the later one supplements the earlier.
        while under_way.len() >= AT_ONCE || references.contains(&message.reference) {
            tally.finish(under_way.join_next().await, &mut references)?;
            step();
        }
        references.insert(message.reference.clone());
        let script = script.clone();
        under_way.spawn(async move {
            let done = script.live(&message).await;
            Row { line: message.line, reference: message.reference, done }
        });
    }
    while !under_way.is_empty() {
        tally.finish(under_way.join_next().await, &mut references)?;
        step();
    }
    let mut outcome = tally.outcome;
    outcome.rejections.sort_by_key(|rejection| rejection.line);
    outcome.summary.position = ports.journal.head().await.context("read the journal's end")?.position;
    outcome.summary.facts = outcome.summary.position - before;
    Ok(outcome)
}

/// Who imports: the hotline's desk, by script. Every fact it causes says so.
fn seat(ports: &Ports) -> Seat {
    Seat {
        id: "import".parse().expect("a plain name"),
        agency: Agency::hotline(),
        area: ports.fold.look(domain::board::Board::district),
        roles: [Role::CallTaker, Role::Dispatcher].into(),
        scripted: true,
    }
}

/// The catalogue's codes for citizens' messages, by the name that files use.
fn labels(ports: &Ports) -> BTreeMap<String, String> {
    let of_messages = ports.policies.catalogue.iter().filter(|(code, _)| code.as_str().starts_with(messages::TABLE));
    of_messages.map(|(code, matter)| (matter.name.clone(), code.to_string())).collect()
}

struct Row {
    line: u64,
    reference: String,
    done: Result<Done, tonic::Status>,
}

#[derive(Default)]
struct Tally {
    outcome: Outcome,
}

impl Tally {
    fn reject(&mut self, rejection: Rejection) {
        self.outcome.summary.rejected += 1;
        self.outcome.rejections.push(rejection);
    }

    fn finish(
        &mut self,
        row: Option<Result<Row, tokio::task::JoinError>>,
        references: &mut BTreeSet<String>,
    ) -> anyhow::Result<()> {
        let Some(row) = row else { return Ok(()) };
        let Row { line, reference, done } = row.context("a row's task ended early")?;
        references.remove(&reference);
        let done = done.map_err(|status| {
            let (code, zh, en) = runtime::status::explained(&status);
            anyhow::anyhow!("{zh} / {en} ({code})").context(format!(
                "第{line}行未能写入，请重新导入，不会重复 / line {line} could not be written: import again, nothing is doubled"
            ))
        })?;
        let summary = &mut self.outcome.summary;
        summary.incidents += u64::from(done.opened());
        match done {
            Done::Taken => summary.taken += 1,
            Done::Known => summary.known += 1,
            Done::Supplement => summary.supplements += 1,
            Done::Refused { status, .. } => self.reject(Rejection::refused(line, &reference, &status)),
        }
        Ok(())
    }
}
