//! `hub links`: how the links to partners stand, and the ledger of one, frame by frame.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use bridge::{Partner, ferry::Signer};
use clap::{Args, Subcommand};
use runtime::{Caller, Clock};
use serde_json::{Value, json};
use wire::{v1, words::Word as _};

use super::{
    Common, say,
    seat::{explained, running},
};
use crate::{process::Process, roads::Roads};

/// How the links to partners stand, since when, and how far frames have come.
#[derive(Debug, Args)]
#[command(after_help = "Example: hub links --data hub-demo\nThen:    hub links ledger police110 --json --data hub-demo")]
pub(crate) struct Links {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every frame of one link, and what became of it. Example: hub links ledger police110 --data hub-demo
    Ledger {
        /// police110 or gridplatform
        #[arg(value_parser = partner)]
        partner: Partner,
    },
    /// Makes a new key for a ferry, with FILE.pub for the partner. Example: hub links key ferry.key
    Key {
        /// Where the seed goes; it must not be there yet
        file: PathBuf,
    },
}

fn partner(name: &str) -> Result<Partner, String> {
    let known = || Partner::ALL.iter().map(|partner| partner.name()).collect::<Vec<_>>().join(", ");
    Partner::from_name(name).ok_or_else(|| format!("give one of {}", known()))
}

impl Links {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        if let Some(What::Key { file }) = &self.what {
            return new_key(file, self.common.json);
        }
        let config = self.common.settings()?;
        match running(&config).await? {
            Some(roads) => self.ask(roads).await?,
            None => {
                let process = Process::open(config, Clock::system()).await?;
                let roads = Roads::local(&process.ports, Caller::operator(&process.ports));
                let asked = self.ask(roads).await;
                process.close().await?;
                asked?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn ask(&self, mut roads: Roads) -> anyhow::Result<()> {
        match &self.what {
            None => {
                let answer = roads.links.list_links(v1::ListLinksRequest::default()).await.map_err(explained)?.into_inner();
                let rows: Vec<Value> = answer.links.iter().map(link).collect();
                if self.common.json {
                    return say(&Value::from(rows).to_string());
                }
                if rows.is_empty() {
                    return say("没有联动单位接入过 / no partner has been linked yet");
                }
                answer.links.iter().try_for_each(|link| say(&shown(link)))
            }
            Some(What::Key { .. }) => Ok(()),
            Some(What::Ledger { partner }) => {
                let request = v1::LedgerRequest { agency: partner.agency().to_string() };
                let mut rows = roads.links.ledger(request).await.map_err(explained)?.into_inner();
                while let Some(row) = rows.message().await.map_err(explained)? {
                    say(&if self.common.json { in_json(&row).to_string() } else { in_words(&row) })?;
                }
                Ok(())
            }
        }
    }
}

/// Draws a seed, which only its owner can read, and writes the public key beside it.
fn new_key(file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("draw a key: {error}"))?;
    let seed = runtime::identity::hex(&seed);
    let public = Signer::from_hex(&seed)?.public();
    let mut out = std::fs::File::options().write(true).create_new(true).mode(0o600).open(file);
    let out = out.as_mut().map_err(|error| anyhow::anyhow!("write {}: {error}", file.display()))?;
    writeln!(out, "{seed}")?;
    out.sync_all()?;
    let beside = file.with_added_extension("pub");
    std::fs::write(&beside, format!("{public}\n")).with_context(|| format!("write {}", beside.display()))?;
    let (key, beside) = (file.display().to_string(), beside.display().to_string());
    say(&if json {
        json!({ "key": key, "public": beside }).to_string()
    } else {
        format!("{key}: keep it here\n{beside}: give it to the partner")
    })?;
    Ok(ExitCode::SUCCESS)
}

fn time(at: Option<wire::Timestamp>) -> Option<String> {
    let ms = wire::time::millis(&at?)?;
    Some(domain::time::Time::from_ms(ms).to_string())
}

fn link(link: &v1::Link) -> Value {
    json!({
        "agency": link.agency, "transport": v1::Transport::word_of(link.transport), "up": link.up, "since": time(link.since),
        "why": link.why, "received": link.received, "received_at": time(link.received_at), "taken": link.taken,
        "known": link.known, "refused": link.refused, "wrong": link.wrong, "sent": link.sent, "batch": link.batch,
        "committed": link.committed,
    })
}

fn shown(link: &v1::Link) -> String {
    let state = if link.up { "通 up" } else { "断 down" };
    let why = if link.why.is_empty() { String::new() } else { format!(" ({})", link.why) };
    format!(
        "{:8} {:6} {state}{why} 自/since {}  收到/received {}（采纳/taken {} 已知/known {} 不予/refused {} 有误/wrong {}）  已发/sent {}  已送达/delivered {}",
        link.agency,
        v1::Transport::word_of(link.transport).unwrap_or_default(),
        time(link.since).unwrap_or_default(),
        link.received,
        link.taken,
        link.known,
        link.refused,
        link.wrong,
        link.sent,
        link.committed
    )
}

fn in_json(row: &v1::LedgerRow) -> Value {
    json!({
        "ours": row.ours, "number": row.number, "digest": row.digest, "kind": row.kind, "incident": row.incident_id,
        "outcome": v1::FrameOutcome::word_of(row.outcome), "code": row.code, "reach": v1::FrameReach::word_of(row.reach),
    })
}

fn in_words(row: &v1::LedgerRow) -> String {
    let (way, state) =
        if row.ours { ("→", v1::FrameReach::word_of(row.reach)) } else { ("←", v1::FrameOutcome::word_of(row.outcome)) };
    format!("{way} {:>10}  {:18} {:10} {} {}", row.number, row.kind, state.unwrap_or_default(), row.incident_id, row.code)
}
