//! `hub copy`: the journal moves, from files to NATS servers or back, byte for byte.

use std::{path::PathBuf, process::ExitCode, str::FromStr};

use anyhow::Context as _;
use clap::Args;
use indicatif::ProgressBar;
use journal::copy::{self, Place, Progress, Stage};
use runtime::{
    Clock,
    config::{Config, Journal},
};
use serde_json::json;

use super::{Common, bar, say};
use crate::backend::Backend;

/// Moves a journal, record by record, byte for byte. A copy that was stopped goes on when it is run again. At its end the
/// source is marked moved and is never written again.
#[derive(Debug, Args)]
#[command(after_help = "Example: hub copy hub-data nats://127.0.0.1:4222\n\
    Back:    hub copy nats://admin:…@127.0.0.1:4222 hub-data-2   (a stream is sealed by an administrator's user)\n\
    The keys of sealed data move by themselves: hub seal export, hub seal import.")]
pub(crate) struct Copy {
    /// Where the journal is: a data directory, or nats://host:4222
    from: Whence,
    /// Where it goes: a data directory, or nats://host:4222; empty, or with the beginning of the same journal
    to: Whence,
    #[command(flatten)]
    common: Common,
}

/// One end of a copy.
#[derive(Debug, Clone)]
enum Whence {
    /// A data directory; the journal lies in its folder `journal`.
    Data(PathBuf),
    /// NATS servers.
    Servers(String),
}

impl FromStr for Whence {
    type Err = runtime::config::ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.contains("://") {
            return Ok(Self::Data(text.into()));
        }
        let journal = Journal { url: Some(text.to_owned()), ..Journal::default() };
        journal.check().map(|()| Self::Servers(text.to_owned()))
    }
}

impl Whence {
    fn place(&self, config: &Config) -> anyhow::Result<Place> {
        let clock = Clock::system();
        Ok(match self {
            Self::Data(data) => Place::Embedded(data.join("journal"), Backend::files(config, &clock, 0)?),
            Self::Servers(url) => {
                let mut config = config.clone();
                config.journal.url = Some(url.clone());
                Place::JetStream(Backend::nats(&config, &clock, 0)?)
            }
        })
    }
}

impl Copy {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.common.settings()?;
        let (from, to) = (self.from.place(&config)?, self.to.place(&config)?);
        if let Whence::Data(data) = &self.to {
            std::fs::create_dir_all(data.join("journal")).with_context(|| format!("make the data directory {}", data.display()))?;
        }
        let bar = bar(self.common.json, None, "{msg} {bar:40} {pos}/{len} {per_sec} 剩余 left {eta}");
        let copied = Box::pin(copy::copy(from, to, |progress| show(&bar, progress))).await;
        bar.finish_and_clear();
        let copied = copied?;
        if self.common.json {
            let json = json!({
                "position": copied.position, "copied_now": copied.copied_now, "compared": copied.compared, "moved_to": copied.to,
            });
            say(&json.to_string())?;
        } else {
            say(&format!(
                "已迁移至 {to}：共 {end} 条，本次复制 {now} 条，核对 {there} 条；原日志不再写入\n\
                 moved to {to}: {end} records, {now} copied now, {there} compared; the source is not written any more",
                to = copied.to,
                end = copied.position,
                now = copied.copied_now,
                there = copied.compared
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.end);
    bar.set_position(progress.position);
    bar.set_message(match progress.stage {
        Stage::Comparing => "核对 comparing",
        Stage::Copying => "复制 copying",
        Stage::Closing => "收尾 closing",
    });
}
