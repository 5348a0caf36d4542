//! The conformance suite on a real NATS server, and what only this back-end promises.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Access, JetStream, OpenError, Options};
use crate::conformance::{Clock, Harness, Spoil};
use crate::port::{Journal, Position};

mod bucket;
mod deployed;
mod entry;
mod health;
mod keyring;
mod killed;
mod link;
mod lost;
mod processes;
mod settings;
mod slow;

use testkit::nats::Server;

pub(crate) fn options(server: &Server, clock: Clock, queue: usize) -> Options {
    options_at(&server.url(), &server.monitor(), clock, queue)
}

fn options_at(url: &str, monitor: &str, clock: Clock, queue: usize) -> Options {
    Options {
        url: url.to_owned(),
        access: Access::default(),
        district: "pukou".to_owned(),
        journal_id: "main".to_owned(),
        clock,
        queue,
        replicas: 1,
        monitors: vec![monitor.to_owned()],
        accept_loss: false,
        floor: 0,
    }
}

struct OnServer(Server);

fn fresh() -> OnServer {
    OnServer(Server::synced())
}

#[async_trait]
impl Harness for OnServer {
    async fn open(&self, clock: Clock, queue: usize) -> Arc<dyn Journal> {
        self.reopen(clock, queue, 0).await.expect("opens")
    }

    async fn reopen(&self, clock: Clock, queue: usize, floor: Position) -> Result<Arc<dyn Journal>, String> {
        let opened = JetStream::open(Options { floor, ..options(&self.0, clock, queue) }).await;
        opened.map(|journal| Arc::new(journal) as Arc<dyn Journal>).map_err(|error| format!("{error:?}"))
    }

    async fn spoil(&self, what: Spoil) {
        match what {
            Spoil::Tail => self.0.tear_tail(),
            Spoil::Middle => self.0.damage_middle(),
        }
    }

    async fn close(&self, journal: Arc<dyn Journal>) {
        assert_eq!(Arc::strong_count(&journal), 1, "someone still holds the journal");
        drop(journal);
    }
}

crate::conformance!(fresh());

pub(crate) fn still() -> Clock {
    Arc::new(|| 1_783_508_540_123)
}

async fn refused(options: Options) -> OpenError {
    match JetStream::open(options).await {
        Ok(_) => panic!("it opens"),
        Err(error) => error,
    }
}

/// A short while, in which nothing happens.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}
