//! `hub seal`: the keys of sealed data, out into a directory and back in: for a backup, and for a journal that moves.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use runtime::config::Config;
use seal::{FileKeyring, Keys};
use serde_json::json;

use super::{Common, say};
use crate::backend::{Backend, Ring};

/// Keeps the keys of sealed data. Whoever has them reads everything: keep a copy apart from the journal's.
#[derive(Debug, Args)]
#[command(after_help = "Example: hub seal export keys-copy --data hub-data\n\
    Then:    hub seal import keys-copy --journal nats://127.0.0.1:4222\n\
    The directory is as secret as the keys themselves: remove it once they are where they belong.")]
pub(crate) struct Seal {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Writes every key and erasure into a directory, readable by its owner only. Example: hub seal export keys-copy --data hub-data
    Export {
        /// Where to; made where it is not there
        dir: PathBuf,
    },
    /// Takes over what was exported; nothing that is there is lost, and no erased key comes alive. Example: hub seal import keys-copy --journal nats://127.0.0.1:4222
    Import {
        /// Where from
        dir: PathBuf,
    },
}

impl Seal {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.common.settings()?;
        match &self.action {
            Action::Export { dir } => {
                let keys = ring(&config).await?.export();
                let out = FileKeyring::open(dir).with_context(|| format!("make a ring of keys in {}", dir.display()))?;
                out.import(keys.clone()).with_context(|| format!("write the keys into {}", dir.display()))?;
                self.tell("exported", &keys)
            }
            Action::Import { dir } => {
                let read = FileKeyring::open_existing(dir).with_context(|| format!("read the keys in {}", dir.display()))?;
                let keys = read.export();
                take_over(&config, keys.clone()).await.context("take the keys over")?;
                self.tell("imported", &keys)
            }
        }
    }

    fn tell(&self, what: &str, keys: &Keys) -> anyhow::Result<ExitCode> {
        let (days, erasures) = (keys.names().len(), keys.erasures().len());
        if self.common.json {
            say(&json!({ "done": what, "keys": days, "erasures": erasures }).to_string())?;
        } else {
            say(&format!("{what}: {days} 把日密钥，{erasures} 次销毁 / {days} day keys, {erasures} erasures"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The ring that belongs to the journal of the settings.
async fn ring(config: &Config) -> anyhow::Result<Ring> {
    if config.journal.url.is_some() {
        return Backend::read_only(config).await?.keyring(&config.data, true).await.context("open the keys beside the journal");
    }
    let ring = FileKeyring::open_existing(config.data.join("keys")).context("open the keys")?;
    Ok(Ring::File(Arc::new(ring)))
}

/// Into the ring that belongs to the journal of the settings, or as that ring.
async fn take_over(config: &Config, keys: Keys) -> anyhow::Result<()> {
    if config.journal.url.is_some() {
        return Backend::read_only(config).await?.import_keys(&config.data, keys).await;
    }
    Ok(FileKeyring::open(config.data.join("keys"))?.import(keys)?)
}
