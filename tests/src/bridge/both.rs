//! A hub with bridges to both partners, and their ends of the lines.

use hub::certs::Certs;
use runtime::Clock;

use super::line::{self, Peer, Quay, Way};
use crate::town::{Town, settings};

/// Who is linked.
pub(crate) const PARTNERS: [&str; 2] = ["police110", "gridplatform"];

/// The hub and what its partners need to reach it.
pub(crate) struct Both {
    pub(crate) town: Town,
    pub(crate) way: Way,
    pub(crate) certs: Certs,
    folder: tempfile::TempDir,
}

impl Both {
    pub(crate) async fn open(way: Way, clock: Clock) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let certs = line::certs(folder.path());
        let mut config = settings(&folder.path().join("data"));
        config.bridges = PARTNERS
            .map(|partner| match way {
                Way::Stream => line::stream(partner, &certs),
                Way::Ferry => Quay::new(folder.path(), partner).settings(partner),
            })
            .to_vec();
        let town = Town::with(config, clock).await;
        Self { town, way, certs, folder }
    }

    /// The folders between, of a ferry.
    pub(crate) fn quay(&self, partner: &str) -> Quay {
        Quay::at(self.folder.path(), partner)
    }

    /// A partner that has said `number` frames and has the hub's up to `has`.
    pub(crate) async fn peer(&self, partner: &str, number: u64, has: u64) -> Peer {
        match self.way {
            Way::Stream => Peer::connect(&self.town.bridge(partner), line::tls(&self.certs, partner), number, has).await,
            Way::Ferry => Peer::ferried(&self.quay(partner), partner, number, has),
        }
    }
}
