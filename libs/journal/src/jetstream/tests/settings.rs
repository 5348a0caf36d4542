//! What a server and a stream have to be.

use async_nats::jetstream::stream::{Config, StorageType};

use super::{Server, options, pause, refused, still};
use crate::jetstream::{JetStream, OpenError};
use crate::port::Journal;

#[tokio::test]
async fn a_server_that_syncs_later_is_refused_unless_loss_is_accepted() {
    let server = Server::start("");
    let error = refused(options(&server, still(), 64)).await;
    assert!(matches!(error, OpenError::Unsynced { .. }), "{error:?}");
    assert!(error.to_string().contains("sync_interval: always") && error.to_string().contains("--accept-loss"), "{error}");
    let mut accepted = options(&server, still(), 64);
    accepted.accept_loss = true;
    let journal = JetStream::open(accepted).await.expect("said so");
    assert_eq!(journal.head().await.expect("a head").position, 1);
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_refused() {
    let (server, other) = (Server::start("sync_interval: always"), Server::start("sync_interval: always"));
    let mut options = options(&server, still(), 64);
    for monitors in [vec![], vec![other.monitor()], vec!["http://127.0.0.1:1".to_owned()]] {
        options.monitors = monitors;
        let error = refused(options.clone()).await;
        assert!(matches!(error, OpenError::Unsynced { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_stream_that_forgets_is_refused_by_the_name_of_the_setting() {
    let server = Server::start("sync_interval: always");
    let client = async_nats::connect(server.url()).await.expect("connects");
    let config = Config {
        name: "HUB_EVT_pukou".to_owned(),
        subjects: vec!["hub.evt.pukou.>".to_owned()],
        storage: StorageType::File,
        max_messages: 10,
        ..Config::default()
    };
    async_nats::jetstream::new(client).create_stream(config).await.expect("made by somebody else");
    let error = refused(options(&server, still(), 64)).await;
    assert!(matches!(error, OpenError::Setting { .. }), "{error:?}");
    assert!(error.to_string().contains("HUB_EVT_pukou has discard"), "{error}");
}

#[tokio::test]
async fn nobody_there_is_said_with_the_address() {
    let server = Server::start("sync_interval: always");
    let options = options(&server, still(), 64);
    server.kill();
    pause().await;
    let error = refused(options.clone()).await;
    assert!(matches!(error, OpenError::Connect { .. }) && error.to_string().contains("127.0.0.1"), "{error:?}");
}

#[tokio::test]
async fn another_districts_stream_is_refused() {
    let server = Server::start("sync_interval: always");
    let mut options = options(&server, still(), 64);
    options.district = "Pukou!".to_owned();
    assert!(matches!(refused(options).await, OpenError::Option { name: "district", .. }));
}
