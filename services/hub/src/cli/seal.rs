//! `hub seal`: the keys of sealed data, out into a directory and back in: for a backup, and for a journal that moves.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context as _;
use clap::{Args, Subcommand};
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
                let keys = ring(&config, false).await?.export();
                let out = FileKeyring::open(dir).with_context(|| format!("make a ring of keys in {}", dir.display()))?;
                out.import(keys.clone()).with_context(|| format!("write the keys into {}", dir.display()))?;
                self.tell("exported", &keys)
            }
            Action::Import { dir } => {
                let read = FileKeyring::open_existing(dir).with_context(|| format!("read the keys in {}", dir.display()))?;
                let keys = read.export();
                let ring = ring(&config, true).await?;
                ring.import(keys.clone()).await.context("take the keys over")?;
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

/// The ring that belongs to the journal of the settings; `may_begin` makes one where there is none yet.
async fn ring(config: &runtime::config::Config, may_begin: bool) -> anyhow::Result<Ring> {
    if config.journal.url.is_some() {
        return Backend::read_only(config)
            .await?
            .keyring(&config.data, !may_begin)
            .await
            .context("open the keys beside the journal");
    }
    let keys = config.data.join("keys");
    let ring = if may_begin { FileKeyring::open(keys) } else { FileKeyring::open_existing(keys) };
    Ok(Ring::File(Arc::new(ring.context("open the keys")?)))
}
