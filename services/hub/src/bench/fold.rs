//! Rebuilding the board from the journal's files alone, by the same follower that keeps a living hub's board.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use domain::board::Board;
use journal::{Journal, embedded::Embedded};
use runtime::{Fold, fold::FoldError};
use tokio_util::sync::CancellationToken;

use super::{
    meter::Meter,
    row::{Row, Target},
};

/// Measures it. The files were written a moment ago: the system still has them in memory.
pub(super) async fn measured(name: &str, dir: &Path, record_bytes: f64) -> anyhow::Result<Row> {
    let journal = Arc::new(Embedded::read_only(&dir.join("journal")).context("open the benchmark's journal for reading")?);
    let target = Target::AtLeast(700_000.0);
    anew(name, journal, target, "files in the system's memory", record_bytes).await
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
