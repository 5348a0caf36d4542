//! `hub doctor`: is everything there, safe and reachable? Says how to mend what is not, and changes nothing.

use std::process::ExitCode;

use clap::Args;

use super::{Common, say};
use crate::doctor::{self, State};

/// Looks at settings, data, journal, keys and the running hub; ends with 1 where something fails.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    common: Common,
}

impl Doctor {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let report = Box::pin(doctor::examine(self.common.settings(), self.common.config.as_deref())).await;
        say(&if self.common.json { report.json()? } else { report.text() })?;
        match report.count(State::Fail) {
            0 => Ok(ExitCode::SUCCESS),
            _ => anyhow::bail!("{}", report.sum()),
        }
    }
}
