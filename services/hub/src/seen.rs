//! The process as others see it: where its figures and its readiness are read, while it starts, runs and stops.
//!
//! What they read is in `runtime::outside`; what stands in it, in `figures`.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context as _;
use runtime::{
    Clock,
    config::Config,
    outside::{Outside, Ready},
    telemetry::Exporting,
};
use tokio_util::sync::CancellationToken;

use crate::process::Process;

/// The file that tells where the running hub's figures are read, where they are.
pub(crate) const FIGURES_FILE: &str = "hub.prometheus";

/// Opens a process that is seen from outside while it starts, where the settings name an address.
///
/// # Errors
/// The address cannot be had, or the process does not open.
pub(crate) async fn open(config: Config, clock: Clock, exporting: &Exporting) -> anyhow::Result<(Process, Option<Seen>)> {
    let mut seen = Seen::begin(&config, exporting).await?;
    let ready = seen.as_ref().map(|seen| seen.ready.clone()).unwrap_or_default();
    let process = Process::open_seen(config, clock, ready).await?;
    if let Some(seen) = &mut seen {
        seen.note(process.config())?;
    }
    Ok((process, seen))
}

/// Where a process' figures are read, as long as it is kept; the note of it in the data directory goes with it.
pub(crate) struct Seen {
    /// The address.
    pub(crate) address: SocketAddr,
    /// Whether the process is ready, for it to say.
    ready: Ready,
    note: Option<PathBuf>,
    stop: CancellationToken,
}

impl Seen {
    /// Begins to answer, where the settings name an address. Before the process is opened: a long start is seen, too.
    ///
    /// # Errors
    /// The address cannot be had.
    async fn begin(config: &Config, exporting: &Exporting) -> anyhow::Result<Option<Self>> {
        let (Some(address), Some(figures)) = (config.telemetry.prometheus, exporting.figures()) else { return Ok(None) };
        let outside = Outside::bind(address).await?;
        let (address, ready, stop) = (outside.address, Ready::default(), CancellationToken::new());
        tokio::spawn(outside.run(figures.clone(), ready.clone(), stop.clone()));
        tracing::info!(%address, "figures at /metrics");
        Ok(Some(Self { address, ready, note: None, stop }))
    }

    /// Notes in the data directory where it answers. Once the process is open: before, another one's note may be there.
    ///
    /// # Errors
    /// The data directory cannot be written.
    fn note(&mut self, config: &Config) -> anyhow::Result<()> {
        let note = self.note.insert(config.data.join(FIGURES_FILE));
        std::fs::write(note, format!("http://{}", self.address)).context("note where the figures are read")
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        self.stop.cancel();
        // The note may be gone already; then there is nothing to take back.
        let _ = self.note.take().map(std::fs::remove_file);
    }
}
