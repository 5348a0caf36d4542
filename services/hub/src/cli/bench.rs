//! `hub bench`: how fast the hub is on this machine, beside the disk's own speed and sled's.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};

use super::{Common, say};
use crate::bench::{self, Room, Row};

/// Where the benchmark puts its files unless told otherwise.
const DATA: &str = "target/bench";

/// Measures, prints the table, and takes its files away again.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    common: Common,
    /// Seconds of the loop
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600), global = true)]
    seconds: u64,
    /// Facts of the journal that is folded [default: 1,000,000 for fold, 10,000,000 for big]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1_000..=100_000_000), global = true)]
    facts: Option<u64>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Durable appends, beside the bare disk and sled. Example: hub bench append --json
    Append,
    /// Whole lives, each decision durable. Example: hub bench loop --seconds 60
    Loop,
    /// The board anew from the journal. Example: hub bench fold --facts 2000000
    Fold,
    /// Memory and start-up with ten million facts; takes minutes and some 8 GB of disk. Example: hub bench big
    Big,
    /// The journal on a NATS server that keeps nothing else, beside the bare server. Example: hub bench nats --journal nats://127.0.0.1:4222
    Nats,
    /// Duplicate hints on past requests. Example: hub bench hints pairs.csv requests.csv more.csv.gz
    Hints {
        /// Pairs that people named: columns `case_enquiry_id`, `duplicate_of`
        pairs: PathBuf,
        /// The requests, as `hub import requests` reads them
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// What `big` starts anew
    #[command(hide = true)]
    Start,
    /// What `nats` starts four times
    #[command(hide = true)]
    NatsWriter {
        /// The number of the first writer
        #[arg(long)]
        first: u64,
        /// Writers
        #[arg(long)]
        waiting: u64,
    },
}

impl Bench {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let data = self.common.data.clone().unwrap_or_else(|| PathBuf::from(DATA));
        if matches!(self.what, Some(What::Start)) {
            bench::child(&data, say).await?;
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(What::NatsWriter { first, waiting }) = self.what {
            let told = bench::nats_writer(&data, &self.common.settings()?, first, waiting, self.seconds).await?;
            say(&told)?;
            return Ok(ExitCode::SUCCESS);
        }
        let room = Room::under(&data)?;
        let rows = Box::pin(self.rows(&room)).await?;
        if self.common.json {
            say(&bench::json(&rows).to_string())?;
        } else {
            say(&bench::table(&rows))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn rows(&self, room: &Room) -> anyhow::Result<Vec<Row>> {
        let all = self.what.is_none();
        let mut rows = Vec::new();
        if all || matches!(self.what, Some(What::Append)) {
            note("append: some 25 s");
            rows.extend(bench::append(room).await?);
        }
        if all || matches!(self.what, Some(What::Loop)) {
            note(&format!("loop: some {} s", self.seconds + self.seconds.min(10) + 3));
            rows.extend(bench::whole_loop(room, self.seconds).await?);
        }
        if all || matches!(self.what, Some(What::Fold)) {
            note("fold: a journal is made first");
            rows.extend(bench::fold(room, self.facts.unwrap_or(1_000_000)).await?);
        }
        if all || matches!(self.what, Some(What::Big)) {
            note("big: a large journal is made first; that takes minutes");
            rows.extend(bench::big(room, self.facts.unwrap_or(10_000_000)).await?);
        }
        // Needs files, which no machine has by itself: only where they are named.
        if let Some(What::Hints { pairs, files }) = &self.what {
            rows.extend(bench::hints(pairs, files)?);
        }
        // A server is no part of a machine without one: only where it is asked for, or named.
        if matches!(self.what, Some(What::Nats)) || (all && self.common.settings()?.journal.url.is_some()) {
            note("nats: some 90 s");
            let (settings, file) = (self.common.settings()?, self.common.config.as_deref());
            rows.extend(bench::nats(room, &settings, file, self.facts.unwrap_or(500_000)).await?);
        }
        Ok(rows)
    }
}

/// Tells a person who waits what is being done; standard output keeps the result alone.
fn note(words: &str) {
    use std::io::Write as _;
    // Where standard error is gone there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "{words}");
}
