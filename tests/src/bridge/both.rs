//! A hub with bridges to both partners, and their ends of the lines.

use hub::certs::Certs;
use runtime::{Clock, config::Config, identity::hex};
use sha2::{Digest as _, Sha256};
use wire::{Message as _, v1};

use super::{
    line::{self, Way},
    peer::Peer,
    quay::Quay,
};
use crate::town::{Town, settings};

/// Who is linked.
pub(crate) const PARTNERS: [&str; 2] = ["police110", "gridplatform"];

/// The hub and what its partners need to reach it.
pub(crate) struct Both {
    pub(crate) town: Town,
    pub(crate) way: Way,
    pub(crate) certs: Certs,
    clock: Clock,
    config: Config,
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
        let town = Town::with(config.clone(), clock.clone()).await;
        Self { town, way, certs, clock, config, folder }
    }

    /// The hub is stopped and started over the same data.
    pub(crate) async fn restarted(self) -> Self {
        let Self { town, way, certs, clock, config, folder } = self;
        town.close().await;
        let town = Town::with(config.clone(), clock.clone()).await;
        Self { town, way, certs, clock, config, folder }
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

    /// The partner starts again with what it has on its disk.
    pub(crate) async fn back(&self, partner: &str, before: Peer) -> Peer {
        let Peer { line, number, has, heard, said, commits, .. } = before;
        drop(line);
        let peer = self.peer(partner, number, has).await;
        Peer { heard, said, commits, ..peer }
    }

    /// The link to the system of `agency`.
    pub(crate) async fn link(&self, agency: &str) -> v1::Link {
        let mut links = self.town.operator().await.links;
        let answer = links.list_links(v1::ListLinksRequest::default()).await.expect("links").into_inner();
        answer.links.into_iter().find(|link| link.agency == agency).expect("it was connected once")
    }

    /// The hub's ledger of that link.
    pub(crate) async fn ledger(&self, agency: &str) -> Vec<v1::LedgerRow> {
        let request = v1::LedgerRequest { agency: agency.to_owned() };
        let mut rows = self.town.operator().await.links.ledger(request).await.expect("a ledger").into_inner();
        let mut ledger = Vec::new();
        while let Some(row) = rows.message().await.expect("a row") {
            ledger.push(row);
        }
        ledger
    }

    /// Both sides have the same frames: number and digest, each way, each once.
    pub(crate) async fn agrees(&self, agency: &str, peer: &mut Peer) {
        peer.beats();
        peer.committed_up_to(peer.said.last().map_or(0, |frame| frame.number)).await;
        let ledger = self.ledger(agency).await;
        let rows = |ours: bool| -> Vec<_> {
            ledger.iter().filter(|row| row.ours == ours).map(|row| (row.number, row.digest.clone())).collect()
        };
        let last = rows(true).last().map_or(0, |(number, _)| *number);
        peer.has_up_to(last).await;
        assert_eq!(rows(true), digests(peer.heard.iter().filter(|frame| frame.number <= last)), "what the hub said");
        assert_eq!(rows(false), digests(&peer.said), "what {agency} said");
    }
}

/// Number and SHA-256 of each frame.
fn digests<'a>(frames: impl IntoIterator<Item = &'a v1::PartnerFrame>) -> Vec<(u64, String)> {
    frames.into_iter().map(|frame| (frame.number, hex(&Sha256::digest(frame.encode_to_vec())))).collect()
}

/// Every promise over both ways.
macro_rules! over_both_ways {
    ($($promise:ident),* $(,)?) => {
        mod stream {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                super::$promise($crate::bridge::line::Way::Stream).await;
            })*
        }
        mod ferry {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                super::$promise($crate::bridge::line::Way::Ferry).await;
            })*
        }
    };
}
pub(crate) use over_both_ways;
