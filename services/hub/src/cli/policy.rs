//! `hub policy`: what is in force, and putting a new version in force. Beside a running hub it asks that hub; else it writes the
//! journal itself.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use runtime::{Caller, Clock};
use serde_json::json;
use wire::v1;

use super::{
    Common, say,
    seat::{explained, running},
};
use crate::{process::Process, roads::Roads};

/// Keeps the policies in force.
#[derive(Debug, Args)]
pub(crate) struct Policy {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Puts policy files in force, in this order; each is a fact. Example: hub policy adopt limits.toml --data hub-data
    Adopt {
        /// Policy files; where two belong together, the one that the other names comes first
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Shows what is in force, and since when. Example: hub policy list --data hub-data
    List,
}

impl Policy {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.common.settings()?;
        match running(&config).await? {
            Some(mut roads) => self.ask(&mut roads).await?,
            None => {
                let process = Process::open(config, Clock::system()).await?;
                let mut roads = Roads::local(&process.ports, Caller::operator(&process.ports));
                let asked = self.ask(&mut roads).await;
                process.close().await?;
                asked?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn ask(&self, roads: &mut Roads) -> anyhow::Result<()> {
        match &self.action {
            Action::Adopt { files } => self.adopt(roads, files).await,
            Action::List => self.list(roads).await,
        }
    }

    async fn adopt(&self, roads: &mut Roads, files: &[PathBuf]) -> anyhow::Result<()> {
        let mut done = Vec::new();
        for path in files {
            let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
            let mut drawn = [0_u8; 8];
            getrandom::fill(&mut drawn).map_err(|error| anyhow::anyhow!("draw a command id: {error}"))?;
            let command_id = format!("operator/policy-adopt/{}", runtime::identity::hex(&drawn));
            let request = v1::AdoptPolicyRequest { command_id, file: path.display().to_string(), text };
            let answer = roads.policies.adopt(request).await.map_err(explained)?.into_inner();
            if self.common.json {
                done.push(json!({
                    "name": answer.name, "version": answer.version, "position": answer.position, "unchanged": answer.unchanged
                }));
            } else if answer.unchanged {
                say(&format!("{} is in force as it stands in {}", answer.name, path.display()))?;
            } else {
                say(&format!("{}/{} is in force from position {}", answer.name, answer.version, answer.position))?;
            }
        }
        if self.common.json { say(&serde_json::Value::from(done).to_string()) } else { Ok(()) }
    }

    async fn list(&self, roads: &mut Roads) -> anyhow::Result<()> {
        let answer = roads.policies.in_force(v1::PoliciesInForceRequest::default()).await.map_err(explained)?.into_inner();
        let mut rows = Vec::new();
        for policy in answer.policies {
            let from = if policy.position == 0 { "the files".to_owned() } else { format!("position {}", policy.position) };
            if self.common.json {
                rows.push(json!({
                    "name": policy.name, "version": policy.version, "valid_from": policy.valid_from, "source": policy.source,
                    "sample": policy.sample, "position": policy.position
                }));
            } else {
                let sample = if policy.sample { "  sample data" } else { "" };
                say(&format!("{:14} {:10} valid from {}  by {from}{sample}", policy.name, policy.version, policy.valid_from))?;
            }
        }
        if self.common.json { say(&serde_json::Value::from(rows).to_string()) } else { Ok(()) }
    }
}
