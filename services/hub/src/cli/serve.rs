//! `hub serve`: the services until a stop signal.

use std::{net::SocketAddr, process::ExitCode};

use anyhow::bail;
use clap::Args;
use domain::time::Time;
use runtime::{Clock, telemetry};

use super::Common;
use crate::{process::Service, seen};

/// Runs the services until SIGINT or SIGTERM.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Which services; all where none is named
    services: Vec<Service>,
    #[command(flatten)]
    common: Common,
    /// Where gRPC listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Listen beyond loopback without TLS
    #[arg(long)]
    insecure: bool,
}

impl Serve {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut config = self.common.settings()?;
        if let Some(listen) = self.listen {
            config.listen.address = listen;
        }
        config.listen.insecure |= self.insecure;
        telemetry::start(&config.log);
        let services = if self.services.is_empty() { Service::ALL.to_vec() } else { self.services };
        let names: Vec<_> = services.iter().map(|service| service.name()).collect();
        let exporting = telemetry::export(&config.telemetry, &names)?;
        let clock = Clock::system();
        let (mut process, seen) = seen::open(config, clock.clone(), &exporting).await?;
        let tip = Time::from_ms(process.ports.journal.head().await?.time_ms);
        // A demo's clock may have run ahead of the world: facts must not be recorded before it.
        if tip > clock.now().plus_seconds(5) {
            bail!(
                "the journal's last fact is of {tip}, ahead of this machine's clock: set the clock right, or resume it with `hub demo`"
            );
        }
        process.begin(&services).await?;
        let json = self.common.json;
        let partners = process.bridges().iter().filter_map(|(partner, at)| Some((partner.name(), at.as_ref()?.to_string())));
        let bridges: serde_json::Map<String, serde_json::Value> =
            partners.map(|(partner, at)| (partner.to_owned(), at.into())).collect();
        let mut said = Ok(());
        let served = process
            .serve(&services, runtime::serve::signalled(), |address| {
                let figures = seen.as_ref().map(|seen| seen.address.to_string());
                said = if json {
                    let said = serde_json::json!({ "address": address.to_string(), "bridges": bridges, "prometheus": figures });
                    super::say(&said.to_string())
                } else {
                    let figures = figures.map(|at| format!(", figures at http://{at}/metrics")).unwrap_or_default();
                    super::say(&format!("listening on {address}{figures}"))
                };
            })
            .await;
        let closed = process.close().await;
        exporting.stop().await;
        if let (Err(_), Err(error)) = (&served, &closed) {
            // What went wrong first is what the reader has to know; this often follows from it.
            tracing::warn!("closing: {error:#}");
        }
        served?;
        closed?;
        said?;
        Ok(ExitCode::SUCCESS)
    }
}
