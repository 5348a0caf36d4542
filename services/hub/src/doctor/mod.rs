//! Is everything there, safe and reachable, and how is it mended? Looks at each thing itself and changes nothing: no
//! directory or stream is made, no lock is written, no file mended.
//!
//! One file a concern, each giving [`Check`]s; [`check`] says what a check is. What a NATS server is asked stands in
//! `journal::jetstream::health`. Works beside a running hub.

mod bridges;
mod check;
mod clock;
mod data;
mod files;
mod keys;
mod limits;
mod listening;
mod nats;
mod outside;
mod running;
mod settings;
mod snapshots;
mod spool;

use std::path::Path;

use domain::time::Time;
use futures::StreamExt as _;
use journal::{Tip, jetstream::health::Told};
use runtime::{Clock, config::Config};

use crate::backend::Backend;
pub(crate) use check::{Check, Report, State};

/// What every check stands on.
struct Ground<'a> {
    config: &'a Config,
    now: Time,
    /// The process that uses the data directory, if one does.
    held: Option<String>,
}

/// What the journal's checks found, for the checks that follow.
#[derive(Default)]
struct Seen {
    checks: Vec<Check>,
    /// Open for reading, where it opens.
    backend: Option<Backend>,
    tip: Option<Tip>,
    /// There is none yet, and that is known.
    absent: bool,
    /// The clocks of the journal's servers.
    clocks: Vec<Told>,
}

impl Seen {
    /// Was something written that is sealed? Nobody knows where the journal does not open.
    fn sealed(&self) -> Option<bool> {
        if self.absent { Some(false) } else { self.tip.map(|tip| tip.position > 1) }
    }
}

/// Looks at everything. `config` is what came of reading the settings, from `file` where one is named.
pub(crate) async fn examine(config: anyhow::Result<Config>, file: Option<&Path>) -> Report {
    let mut report = Report::default();
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            report.add("设置 settings", vec![settings::unreadable(&error, file)]);
            return report;
        }
    };
    let now = Clock::system().now();
    report.add("设置 settings", settings::look(&config, file, now));
    report.add("数据目录 data directory", data::look(&config));
    let (held, locked) = match running::held(&config) {
        Ok(held) => (held, Vec::new()),
        Err(error) => (None, vec![running::unknown(&error)]),
    };
    let ground = Ground { config: &config, now, held };
    let mut seen = match config.journal.url {
        Some(_) => Box::pin(nats::look(&ground)).await,
        None => Box::pin(files::look(&ground)).await,
    };
    report.add("事件日志 journal", std::mem::take(&mut seen.checks));
    report.add("密钥 keys", keys::look(&ground, &seen).await);
    report.add("快照 snapshots", vec![snapshots::look(&ground, seen.tip).await]);
    if config.journal.url.is_some() || config.data.join("spool").is_dir() {
        report.add("暂存 spool", vec![spool::look(&ground).await]);
    }
    report.add("运行 running hub", [locked, running::look(&ground).await].concat());
    report.add("监听 listening", [listening::look(&ground).await, vec![outside::look(&ground).await]].concat());
    report.add("联动 bridges", bridges::look(&ground).await);
    report.add("本机 machine", vec![limits::look(&ground)]);
    report.add("时钟 clock", clock::look(&config.data, now, &seen));
    report
}

/// Reads position 1: whose journal this is.
async fn whose(backend: &Backend, district: &str) -> Check {
    const NAME: &str = "district";
    let unread = |what: String| {
        Check::fail(
            NAME,
            format!("position 1 does not say whose journal this is: {what}"),
            "核对数据目录或 NATS 地址：`hub doctor --data DIR`；或从备份恢复日志",
            "check the data directory or the address: `hub doctor --data DIR`; or restore the journal from a copy",
        )
    };
    let first = match backend.journal().follow(1).next().await {
        Some(Ok(entries)) => entries.into_iter().next(),
        Some(Err(error)) => return unread(error.to_string()),
        None => None,
    };
    let Some(first) = first else { return unread("it cannot be read".to_owned()) };
    let opened = journal::header(&first.bytes).ok().filter(|header| header.kind == "journal.opened");
    let said = opened.and_then(|header| serde_json::from_str::<serde_json::Value>(header.data).ok());
    let text = |key: &str| said.as_ref().and_then(|said| said[key].as_str()).map(str::to_owned);
    match (text("id"), text("district")) {
        (Some(id), Some(found)) if found == district => Check::ok(NAME, format!("journal {id} of district {found}")),
        (Some(id), Some(found)) => Check::fail(
            NAME,
            format!("journal {id} is of district {found}; the settings say {district}"),
            format!("改正 district：`HUB_DISTRICT={found} hub doctor`；或换一个数据目录（--data）"),
            format!("set the district right: `HUB_DISTRICT={found} hub doctor`; or give another data directory with --data"),
        ),
        _ => unread("it is no journal.opened".to_owned()),
    }
}

/// An error with all its causes, in one line.
fn causes(error: impl Into<anyhow::Error>) -> String {
    format!("{:#}", error.into())
}
