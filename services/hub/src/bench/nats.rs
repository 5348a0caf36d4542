//! The journal on a NATS server, beside single publishes and a bare ordered consumer on the same server.
//!
//! Appends go to a district of their own, and so do the bare publishes; what is folded is a journal of whole lives that was
//! copied there. The server has to be empty: nothing can be taken out of a journal.

use std::{
    path::Path,
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use journal::{
    copy::{self, Place},
    jetstream::{JetStream, Options, bare},
};
use runtime::{Clock, config::Config};
use tokio::process::Command;

use super::{
    Room,
    append::{self, Writers},
    fold, making,
    meter::{Meter, Spent, Times},
    row::{Row, Target},
};
use crate::{backend::Backend, process::Process};

/// Decisions that wait, and how many times the single publishes one process should reach.
const SHAPES: [(u64, Option<f64>); 3] = [(64, None), (256, Some(4.0)), (1_024, Some(6.0))];
/// How long each row is measured.
const FOR: u64 = 5;
/// Processes that write side by side.
const PROCESSES: u64 = 4;
/// Writers of one row stand apart from those of the next.
const APART: u64 = 100_000;

/// The rows of `hub bench nats`.
///
/// # Errors
/// No server is named, it is not empty, or it does not answer.
pub(crate) async fn measured(room: &Room, config: &Config, file: Option<&Path>, facts: u64) -> anyhow::Result<Vec<Row>> {
    let dir = room.path("nats");
    std::fs::create_dir_all(&dir).context("make the benchmark's directory")?;
    let ours = Backend::nats(&appending(config), &Clock::system(), 0)?;
    let alone = Options { district: "bare".to_owned(), ..ours.clone() };
    empty(config).await?;
    let mut rows = Vec::new();
    for (nth, (waiting, times)) in (1..).zip(SHAPES) {
        let meter = Meter::start()?;
        let bare = Box::pin(bare::single_publishes(&alone, usize::try_from(waiting)?, FOR)).await?.per_second();
        let spent = meter.spent()?;
        let name = format!("NATS, single publishes, {waiting} in flight");
        rows.push(row(name, bare, "messages/s", None, "each message alone, synced before its answer".to_owned(), spent));
        rows.push(one_process(&dir, &ours, nth * APART, (waiting, times), bare).await?);
        rows.push(four_processes(&dir, (config, file), (nth + 10) * APART, waiting, bare).await?);
    }
    rows.extend(folding(room, config, facts).await?);
    room.clear("nats");
    Ok(rows)
}

/// One of the processes that write side by side: facts it wrote in a second.
///
/// # Errors
/// The server does not answer.
pub(crate) async fn writer(dir: &Path, config: &Config, first: u64, waiting: u64, seconds: u64) -> anyhow::Result<String> {
    let options = Backend::nats(&appending(config), &Clock::system(), 0)?;
    let (micros, _) = write(&dir.join(format!("writer-{first}")), &options, first, waiting, seconds).await?;
    Ok((micros.len() as f64 / seconds as f64).to_string())
}

/// The settings for the stream of appends.
fn appending(config: &Config) -> Config {
    let mut config = config.clone();
    "bench".clone_into(&mut config.district);
    config.journal.queue = 8_192;
    config
}

/// Is nothing kept there? What a benchmark writes could never be taken out again.
async fn empty(config: &Config) -> anyhow::Result<()> {
    let bare = Config { district: "bare".to_owned(), ..config.clone() };
    for config in [config.clone(), appending(config), bare] {
        match Backend::read_only(&config).await {
            Ok(backend) if backend.journal().head().await?.position > 0 => {
                bail!("the server keeps a journal of {} already: give the benchmark an empty one", config.district)
            }
            Ok(_) => {}
            Err(error)
                if error.downcast_ref::<journal::jetstream::OpenError>().is_some_and(journal::jetstream::OpenError::absent) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn write(dir: &Path, options: &Options, first: u64, waiting: u64, seconds: u64) -> anyhow::Result<(Vec<u32>, usize)> {
    let journal = Arc::new(Box::pin(JetStream::open(options.clone())).await.context("open the benchmark's journal")?);
    let ports = super::ports_over(journal, dir, Clock::system())?;
    let facts = Arc::new(making::facts(&ports)?);
    append::write(&ports, &facts, Writers { first, number: waiting, group: 1 }, Duration::from_secs(seconds)).await
}

async fn one_process(dir: &Path, options: &Options, first: u64, shape: (u64, Option<f64>), bare: f64) -> anyhow::Result<Row> {
    let (waiting, times) = shape;
    let meter = Meter::start()?;
    let (micros, bytes) = write(dir, options, first, waiting, FOR).await?;
    let (value, written) = (micros.len() as f64 / meter.elapsed().as_secs_f64(), micros.len());
    let name = format!("NATS, append, one process, {waiting} waiting");
    let mut row = row(name, value, "facts/s", times.map(|times| times * bare), against(value, bare, times), meter.spent()?);
    row.times = Times::of(micros);
    row.record_bytes = Some(bytes as f64 / written as f64);
    Ok(row)
}

/// The settings, and the file that the other processes read them from.
type Settings<'a> = (&'a Config, Option<&'a Path>);

async fn four_processes(dir: &Path, (config, file): Settings<'_>, first: u64, waiting: u64, bare: f64) -> anyhow::Result<Row> {
    let times = (waiting > 64).then_some(2.0);
    let program = std::env::current_exe().context("find this program")?;
    let (url, each) = (config.journal.url.clone().unwrap_or_default(), waiting / PROCESSES);
    let meter = Meter::start()?;
    let running = (0..PROCESSES).map(|nth| {
        let mut command = Command::new(&program);
        // What leads to the server may hold a password: it goes by the environment.
        command.env("HUB_JOURNAL", &url).args(["bench", "nats-writer", "--data"]).arg(dir).args(["--seconds", &FOR.to_string()]);
        if config.journal.nats.accept_loss {
            command.arg("--accept-loss");
        }
        if let Some(file) = file {
            command.arg("--config").arg(file);
        }
        command.args(["--first", &(first + nth * APART / 10).to_string(), "--waiting", &each.to_string()]);
        for monitor in &config.journal.nats.monitors {
            command.args(["--monitor", monitor]);
        }
        Ok::<_, std::io::Error>(command.stdout(Stdio::piped()).spawn()?.wait_with_output())
    });
    let running = running.collect::<Result<Vec<_>, _>>().context("start the writing processes")?;
    let mut value = 0.0;
    for output in futures::future::join_all(running).await {
        let told = String::from_utf8(output.context("hear from a writing process")?.stdout)?;
        value += told.trim().parse::<f64>().with_context(|| format!("a writing process failed: {told:?}"))?;
    }
    let name = format!("NATS, append, {PROCESSES} processes, {waiting} waiting");
    Ok(row(name, value, "facts/s", times.map(|times| times * bare), against(value, bare, times), meter.spent()?))
}

/// Rebuilding the board from the server: beside a consumer that only counts, and as a process starts.
async fn folding(room: &Room, config: &Config, facts: u64) -> anyhow::Result<Vec<Row>> {
    let from = room.path("nats-made");
    let made = making::make(&from, facts).await?;
    let options = Backend::nats(config, &Clock::system(), 0)?;
    let files = Backend::files(config, &Clock::system(), 0)?;
    let begun = Instant::now();
    let copied =
        Box::pin(copy::copy(Place::Embedded(from.join("journal"), files), Place::JetStream(options.clone()), |_| {})).await?;
    let copying = copied.position as f64 / begun.elapsed().as_secs_f64();
    room.clear("nats-made");
    let meter = Meter::start()?;
    let bare = Box::pin(bare::ordered(&options, 1..copied.position + 1)).await?.per_second();
    let spent = meter.spent()?;
    let mut rows = vec![
        row(
            "NATS, bare ordered consumer".to_owned(),
            bare,
            "messages/s",
            None,
            format!("counts {} records", copied.position),
            spent,
        ),
        row("NATS, copy from files".to_owned(), copying, "facts/s", None, "byte for byte, in atomic batches".to_owned(), spent),
    ];
    let journal = Arc::new(Box::pin(JetStream::read_only(options)).await?);
    let beside = format!("against {bare:.0} messages/s of the bare consumer (≥ 95 %)");
    rows.push(fold::anew("NATS, fold, board anew", journal, Target::AtLeast(0.95 * bare), &beside, made.record_bytes).await?);
    let dir = room.path("nats-start");
    // New keys: what was sealed here is opened by nobody.
    Box::pin(Backend::read_only(config).await?.keyring(&dir, false)).await?;
    for name in ["NATS, start-up, cold", "NATS, start-up with a snapshot"] {
        let mut config = config.clone();
        config.data.clone_from(&dir);
        let meter = Meter::start()?;
        let process = Box::pin(Process::open(config, Clock::system())).await?;
        let (value, spent) = (meter.elapsed().as_secs_f64(), meter.spent()?);
        let position = process.ports.fold.position();
        process.close().await?;
        rows.push(row(name.to_owned(), value, "s", None, format!("{position} facts, until the board is live"), spent));
    }
    room.clear("nats-start");
    Ok(rows)
}

fn against(value: f64, bare: f64, times: Option<f64>) -> String {
    format!("{:.2} × single publishes{}", value / bare, times.map(|times| format!(" (≥ {times})")).unwrap_or_default())
}

fn row(name: String, value: f64, unit: &'static str, least: Option<f64>, against: String, spent: Spent) -> Row {
    Row { name, value, unit, target: least.map(Target::AtLeast), against, spent, times: None, record_bytes: None }
}
