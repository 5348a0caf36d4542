//! Incidents on their way to being cold: what stays of them is made beside the fold, because a whole state is hashed.

use std::sync::Arc;

use domain::{board::Frozen, incident::Incident};
use futures::{StreamExt, stream::FuturesUnordered};
use tokio::task::JoinHandle;

/// What is being made just now.
#[derive(Default)]
pub(super) struct Cooling(FuturesUnordered<JoinHandle<Vec<Frozen>>>);

impl Cooling {
    /// Begins with these, on a thread that may block.
    pub(super) fn start(&self, ripe: Vec<Arc<Incident>>) {
        if !ripe.is_empty() {
            self.0.push(tokio::task::spawn_blocking(move || ripe.iter().map(|incident| Frozen::of(incident)).collect()));
        }
    }

    /// Waits for the next that are made, for ever where none are on their way. Safe to drop and call again.
    pub(super) async fn done(&mut self) -> Vec<Frozen> {
        match self.0.next().await {
            Some(Ok(frozen)) => frozen,
            // Those stay warm: that costs memory and nothing else.
            Some(Err(error)) => {
                tracing::error!(%error, "incidents could not go cold");
                Vec::new()
            }
            None => std::future::pending().await,
        }
    }
}
