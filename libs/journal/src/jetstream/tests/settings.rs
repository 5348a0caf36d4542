//! What a server and a stream have to be.

use async_nats::jetstream::stream::{Config, StorageType};
use futures::StreamExt;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::{Server, options, pause, refused, still};
use crate::jetstream::{JetStream, OpenError, monitor};
use crate::port::{Journal, ReadError};

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
async fn a_replica_that_is_away_may_be_silent_and_one_that_is_there_may_not() {
    let server = Server::synced();
    let monitors = vec![server.monitor(), "http://127.0.0.1:1".to_owned()];
    let journal = JetStream::open(options(&server, still(), 64)).await.expect("opens");
    let (id, name) = (journal.shared.client.server_info().server_id, journal.shared.client.server_info().server_name);
    let cluster = |offline| {
        let peer = serde_json::json!({ "name": "b", "current": false, "active": 0, "offline": offline });
        serde_json::from_value(serde_json::json!({ "leader": name, "replicas": [peer] })).expect("a cluster")
    };
    let proven = async |offline| monitor::prove(&monitors, &id, Some(&cluster(offline))).await;
    assert!(proven(true).await.is_ok(), "nothing is acknowledged by a server that is away");
    let error = proven(false).await.expect_err("it acknowledges, and says nothing").to_string();
    assert!(error.contains("127.0.0.1:1") && error.contains("server b"), "{error}");
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_refused() {
    let (server, other) = (Server::synced(), Server::start("sync_interval: always"));
    let mut options = options(&server, still(), 64);
    for monitors in [vec![], vec![other.monitor()], vec!["http://127.0.0.1:1".to_owned()]] {
        options.monitors = monitors;
        let error = refused(options.clone()).await;
        assert!(matches!(error, OpenError::Unsynced { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_stream_that_forgets_is_refused_by_the_name_of_the_setting() {
    let server = Server::synced();
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
    let server = Server::synced();
    let options = options(&server, still(), 64);
    server.kill();
    pause().await;
    let error = refused(options.clone()).await;
    assert!(matches!(error, OpenError::Connect { .. }) && error.to_string().contains("127.0.0.1"), "{error:?}");
}

/// Says it is a server of this version, and nothing else.
async fn fake(version: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("nats://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (from, mut to) = socket.into_split();
            let info = serde_json::json!({
                "server_id": "FAKE", "server_name": "fake", "version": version, "proto": 1, "go": "go1", "host": "127.0.0.1",
                "port": 4222, "headers": true, "max_payload": 1_048_576, "jetstream": true
            });
            to.write_all(format!("INFO {info}\r\n").as_bytes()).await.expect("sent");
            let mut lines = BufReader::new(from).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if line.starts_with("PING") {
                    to.write_all(b"PONG\r\n").await.expect("sent");
                }
            }
        }
    });
    url
}

#[tokio::test]
async fn a_server_that_is_too_old_is_refused_by_its_version() {
    let server = Server::synced();
    for version in ["2.14.5", "2.9.25", "1.0", "2.14.5-RC.1", "nonsense"] {
        let mut options = options(&server, still(), 64);
        options.url = fake(version).await;
        let error = refused(options).await;
        assert!(matches!(&error, OpenError::Server { found } if found == version), "{error:?}");
        assert!(error.to_string().contains("2.14.6 or newer"), "{error}");
    }
}

#[tokio::test]
async fn another_districts_stream_is_refused() {
    let server = Server::synced();
    let mut options = options(&server, still(), 64);
    options.district = "Pukou!".to_owned();
    assert!(matches!(refused(options).await, OpenError::Option { name: "district", .. }));
}

#[tokio::test]
async fn a_stream_that_was_made_anew_is_noticed_and_its_followers_end() {
    let server = Server::synced();
    let journal = JetStream::open(options(&server, still(), 64)).await.expect("opens");
    let mut stream = journal.follow(1);
    stream.next().await.expect("position 1").expect("readable");
    let context = async_nats::jetstream::new(async_nats::connect(server.url()).await.expect("connects"));
    context.delete_stream("HUB_EVT_pukou").await.expect("an administrator may");
    let other = JetStream::open(options(&server, still(), 64)).await.expect("opens a new one");
    assert_eq!(other.head().await.expect("a head").position, 1);
    let error = journal.head().await.expect_err("not the stream that it knew");
    assert!(error.to_string().contains("made anew"), "{error}");
    let ended = tokio::time::timeout(std::time::Duration::from_secs(30), stream.next()).await.expect("it ends");
    assert!(matches!(ended, Some(Err(ReadError::Damaged { .. }))), "{ended:?}");
}

#[tokio::test]
async fn an_alien_message_is_shown_where_it_stands() {
    let server = Server::synced();
    let journal = JetStream::open(options(&server, still(), 64)).await.expect("opens");
    let client = async_nats::connect(server.url()).await.expect("connects");
    client.request("hub.evt.pukou.incident.x", "not a record".into()).await.expect("acknowledged");
    let mut stream = journal.follow(1);
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.extend(stream.next().await.expect("more").expect("readable"));
    }
    // Whoever folds it stops there and names it; nothing is skipped.
    assert_eq!((seen[1].position, &seen[1].bytes[..]), (2, &b"not a record"[..]));
}
