//! `hub demo`: a living town, its partners' systems beside it.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Args;

use super::{Common, say};
use crate::backend::Backend;
use crate::demo::{self, Options, Outcome, Way};

/// Where a demo keeps its data when nobody says otherwise: its journal too, or what belongs to one that servers keep.
const DATA: [&str; 2] = ["hub-demo", "hub-demo-nats"];

/// Runs a living town: invented reports, scripted seats, the board live. Started again on the same data it goes on.
#[derive(Debug, Args)]
#[command(after_help = "Example: hub demo --speed 600 --seconds 30 --data hub-demo\nThen:    hub board --data hub-demo")]
pub(crate) struct Demo {
    #[command(flatten)]
    common: Common,
    /// Town seconds in one second
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    speed: u32,
    /// Seconds to run; 0 until Ctrl-C
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The same seed gives the same town
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How frames travel to the simulated 110 and grid platform: over connections, or as signed files
    #[arg(long, value_enum, default_value_t = Way::Stream)]
    bridge: Way,
    /// Where gRPC listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

impl Demo {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut config = self.common.settings()?;
        if self.common.data.is_none() && self.common.config.is_none() && std::env::var_os("HUB_DATA").is_none() {
            config.data = PathBuf::from(DATA[usize::from(config.journal.url.is_some())]);
        }
        config.listen.address = self.listen;
        // The board is the news; a log line would be drawn over.
        if std::env::var_os("HUB_LOG").is_none() {
            "warn".clone_into(&mut config.log.filter);
        }
        runtime::telemetry::start(&config.log);
        let data = format!("--data {}", config.data.display());
        let place = config.journal.url.as_ref().map_or(data, |_| {
            let shown = Backend::nats(&config, &runtime::Clock::system(), 0).map(|options| options.url_shown());
            format!("--journal {}", shown.unwrap_or_default())
        });
        let options =
            Options { speed: self.speed, seconds: self.seconds, seed: self.seed, quiet: self.common.json, way: self.bridge };
        let outcome = Box::pin(demo::run(config, options)).await?;
        if self.common.json {
            let mut last = serde_json::to_value(&outcome.counts)?;
            last.as_object_mut().context("the board's figures are an object")?.insert("address".to_owned(), outcome.address.into());
            say(&last.to_string())?;
        } else {
            say(&table(&outcome, &place))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What happened, and what to try next.
fn table(outcome: &Outcome, place: &str) -> String {
    use std::fmt::Write as _;
    let counts = &outcome.counts;
    let mut out = format!(
        "演示结束 / the demo ended: {}  事件 {}  未结 {}  超时 {}  position {}\n\n本次事实 / facts of this run\n",
        counts.at, counts.incidents, counts.open, counts.overdue, counts.position
    );
    for (kind, word, number) in &outcome.facts {
        let _ = writeln!(out, "  {number:>8}  {kind:32} {word}");
    }
    let refused: u64 = outcome.refused.iter().map(|(_, number)| number).sum();
    if refused > 0 {
        let _ = writeln!(out, "\n席位动作未成 {refused} 次 / steps of seats that met a refusal");
        for (what, number) in &outcome.refused {
            let _ = writeln!(out, "  {number:>8}  {what}");
        }
    }
    let last = counts.position.saturating_sub(9).max(1);
    let _ = write!(
        out,
        "\n接下来 / try next\n  hub board  {place}\n  hub follow --from {last} --once {place}\n  hub digest {place}\n  hub demo   {place}    （接着演示 / goes on）"
    );
    if place.starts_with("--journal") {
        out.push_str("\n（以上须在日志服务器运行时 / while the journal's servers run）");
    }
    out
}
