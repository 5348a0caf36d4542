//! Rebuilding the board from the journal's files alone, by the same follower that keeps a living hub's board.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use domain::board::Board;
use futures::StreamExt as _;
use journal::{Journal, embedded::Embedded};
use runtime::{Fold, fold::FoldError};
use serde::de::IgnoredAny;
use tokio_util::sync::CancellationToken;

use super::{
    meter::Meter,
    row::{Row, Target},
};

/// Stretches that are looked through at once: as many as the fold decodes ahead.
const AHEAD: usize = 4;

/// What this machine does at best: each record read, checked and its JSON looked through into nothing, on all processors.
/// Then the fold. The files were written a moment ago: the system still has them in memory.
pub(super) async fn measured(what: &str, dir: &Path, record_bytes: f64) -> anyhow::Result<[Row; 2]> {
    let open = || Embedded::read_only(&dir.join("journal")).context("open the benchmark's journal for reading");
    let mut bare = bare(&open()?).await?;
    let beside = format!("files in the system's memory; against {:.0} records/s looked through", bare.value);
    bare.name = format!("bare, records of {what} looked through");
    bare.record_bytes = Some(record_bytes);
    let name = format!("fold, board anew from {what}");
    let target = Target::AtLeast(700_000.0);
    let mut fold = anew(&name, Arc::new(open()?), target, &beside, record_bytes).await?;
    fold.against = format!("{:.2} × bare; {}", fold.value / bare.value, fold.against);
    Ok([bare, fold])
}

async fn bare(journal: &Embedded) -> anyhow::Result<Row> {
    let head = journal.head().await?.position;
    let meter = Meter::start()?;
    let looked = journal.follow(1).map(|batch| async {
        let batch = batch?;
        let looked = tokio::task::spawn_blocking(move || {
            let through = batch.iter().map(|entry| serde_json::from_slice::<IgnoredAny>(&entry.bytes));
            through.collect::<Result<Vec<_>, _>>().map(|all| all.len() as u64)
        });
        anyhow::Ok(looked.await??)
    });
    let (mut looked, mut seen) = (std::pin::pin!(looked.buffered(AHEAD)), 0);
    while seen < head {
        seen += looked.next().await.context("the journal ended")??;
    }
    let value = head as f64 / meter.elapsed().as_secs_f64();
    Ok(Row {
        name: String::new(),
        value,
        unit: "records/s",
        target: None,
        against: "serde_json, into nothing, on as many threads as the fold decodes on".to_owned(),
        spent: meter.spent()?,
        times: None,
        record_bytes: None,
    })
}

/// Folds a whole journal; what stands beside the row begins with the board's own figures.
pub(super) async fn anew(
    name: &str,
    journal: Arc<dyn Journal>,
    target: Target,
    beside: &str,
    record_bytes: f64,
) -> anyhow::Result<Row> {
    let head = journal.head().await?.position;
    let fold = Fold::new(journal, Board::new(super::DISTRICT.parse().context("read the district's code")?));
    let stop = CancellationToken::new();
    let meter = Meter::start()?;
    let following = tokio::spawn(fold.clone().follow(stop.clone()));
    reached(&fold, head).await?;
    let value = head as f64 / meter.elapsed().as_secs_f64();
    let spent = meter.spent()?;
    stop.cancel();
    following.await.context("stop following")?;
    let counts = fold.look(Board::counts);
    Ok(Row {
        name: name.to_owned(),
        value,
        unit: "facts/s",
        target: Some(target),
        against: format!("{head} facts of {} incidents, {} open; {beside}", counts.incidents, counts.open),
        spent,
        times: None,
        record_bytes: Some(record_bytes),
    })
}

/// Waits for the fold, however long it takes.
async fn reached(fold: &Fold, position: u64) -> anyhow::Result<()> {
    loop {
        match fold.reached(position).await {
            Err(FoldError::Behind { .. }) => {}
            done => return Ok(done?),
        }
    }
}
