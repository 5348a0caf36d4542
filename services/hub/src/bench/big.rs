//! Memory and start-up with a journal of many facts: what a process weighs, and how soon it is there again.
//!
//! Both are measured in fresh processes of the same program ([`child`]), so that nothing of the making weighs in.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, bail};
use runtime::{Clock, Fold};
use serde::{Deserialize, Serialize};

use super::{
    Room, making,
    meter::{Meter, Spent, memory_mb},
    row::{Row, Target},
};
use crate::process::Process;

/// What a fresh process tells of itself once its board is live.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    position: u64,
    incidents: u64,
    open: u64,
    seconds: f64,
    cpu_percent: f64,
    rss_mb: f64,
    peak_mb: f64,
}

/// The rows of `hub bench big`.
///
/// # Errors
/// The disk does not answer, or a fresh process failed.
pub(crate) async fn measured(room: &Room, facts: u64) -> anyhow::Result<Vec<Row>> {
    let dir = room.path("big");
    let made = making::make(&dir, facts).await?;
    let anew = tokio::task::block_in_place(|| fresh(&dir))?;
    let again = tokio::task::block_in_place(|| fresh(&dir))?;
    room.clear("big");
    for (told, _) in [&anew, &again] {
        if told.position != made.facts || told.incidents != made.closed + made.open || told.open != made.open {
            bail!("the board shows {told:?}, but {made:?} was written");
        }
    }
    let row = |name: &str, value, unit, most, against: String, told: &Told| Row {
        name: name.to_owned(),
        value,
        unit,
        target: Some(Target::AtMost(most)),
        against,
        spent: Spent { cpu_percent: told.cpu_percent, rss_mb: told.rss_mb },
        times: None,
        record_bytes: Some(made.record_bytes),
    };
    let ((anew, _), (again, waited)) = (anew, again);
    let what = format!("{} facts, {} incidents open, {} closed and cold", made.facts, made.open, made.closed);
    let folding = format!(
        "{what}; folded in {:.1} s ({:.0} facts/s), at most {:.0} MB meanwhile",
        anew.seconds,
        anew.position as f64 / anew.seconds,
        anew.peak_mb
    );
    let starting = format!(
        "{what}; from spawn to a live board; {:.2} s of it within the process, at most {:.0} MB",
        again.seconds, again.peak_mb
    );
    Ok(vec![
        row("memory, whole process after the fold", anew.rss_mb, "MB", 400.0, folding, &anew),
        row(
            "memory, whole process after a start from its snapshot",
            again.rss_mb,
            "MB",
            400.0,
            format!("{what}; at most {:.0} MB meanwhile", again.peak_mb),
            &again,
        ),
        row("start-up with a snapshot", waited, "s", 2.0, starting, &again),
    ])
}

/// Starts this program anew over `dir`; what it told, and the seconds from spawn to that.
fn fresh(dir: &Path) -> anyhow::Result<(Told, f64)> {
    use std::io::BufRead as _;
    let begun = Instant::now();
    let program = std::env::current_exe().context("find this program")?;
    let mut child = Command::new(program)
        .args(["bench", "start", "--data"])
        .arg(dir)
        .stdout(Stdio::piped())
        .spawn()
        .context("start this program anew")?;
    let mut line = String::new();
    if let Some(out) = child.stdout.take() {
        std::io::BufReader::new(out).read_line(&mut line).context("hear from the fresh process")?;
    }
    let waited = begun.elapsed().as_secs_f64();
    let ended = child.wait().context("wait for the fresh process")?;
    if !ended.success() {
        bail!("the fresh process failed: {ended}");
    }
    Ok((serde_json::from_str(&line).context("understand the fresh process")?, waited))
}

/// What the fresh process does: opens, tells, keeps its snapshot, ends.
///
/// # Errors
/// As [`Process::open`] and [`Process::close`].
pub(crate) async fn child(dir: &Path, tell: impl FnOnce(&str) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let meter = Meter::start()?;
    let process = Process::open(super::config(dir), Clock::system()).await?;
    let seconds = meter.elapsed().as_secs_f64();
    let (spent, peak_mb) = (meter.spent()?, memory_mb("VmHWM")?);
    let (position, counts) = (process.ports.fold.position(), counts(&process.ports.fold));
    let told = Told {
        position,
        incidents: counts.0,
        open: counts.1,
        seconds,
        cpu_percent: spent.cpu_percent,
        rss_mb: spent.rss_mb,
        peak_mb,
    };
    tell(&serde_json::to_string(&told)?)?;
    process.close().await
}

fn counts(fold: &Fold) -> (u64, u64) {
    let counts = fold.look(domain::board::Board::counts);
    (counts.incidents, counts.open)
}
