//! The bucket beside the journal: who puts first, what is left on the disk, who hears of it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures::StreamExt;

use super::{Server, options, still};
use crate::jetstream::{BucketError, JetStream, Put};

async fn open(server: &Server) -> JetStream {
    JetStream::open(options(server, still(), 64)).await.expect("opens")
}

/// Whether these bytes lie in any file below.
fn lies_in(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).expect("listed").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            return lies_in(&path, bytes);
        }
        // A file may go while it is looked at.
        fs::read(&path).unwrap_or_default().windows(bytes.len()).any(|window| window == bytes)
    })
}

#[tokio::test]
async fn the_first_who_puts_wins_and_the_others_are_told() {
    let server = Server::synced();
    let (one, other) = (open(&server).await, open(&server).await);
    let (here, there) = (one.bucket().await.expect("made"), other.bucket().await.expect("found"));
    assert_eq!(here.get("ring").await.expect("answered"), None);
    let Put::Done { revision } = here.put("ring", b"first", 0).await.expect("answered") else { panic!("nobody was there") };
    assert_eq!(there.put("ring", b"other", 0).await.expect("answered"), Put::Conflict { revision });
    assert_eq!(there.get("ring").await.expect("answered"), Some((b"first".to_vec(), revision)));
    let Put::Done { revision: second } = there.put("ring", b"second", revision).await.expect("answered") else { panic!() };
    assert_eq!(here.put("ring", b"late", revision).await.expect("answered"), Put::Conflict { revision: second });
    // Whose answer was lost asks again, and is told what is.
    assert_eq!(there.put("ring", b"second", revision).await.expect("answered"), Put::Done { revision: second });
    server.restart();
    let kept = loop {
        match here.get("ring").await {
            Ok(kept) => break kept,
            Err(error) => assert!(matches!(error, BucketError::Read { .. }), "{error:?}"),
        }
    };
    assert_eq!(kept, Some((b"second".to_vec(), second)));
    assert!(matches!(here.get("a..b").await, Err(BucketError::Key { .. })));
    assert!(matches!(here.put("ring", &vec![0; 2 << 20], second).await, Err(BucketError::TooLarge { .. })));
}

#[tokio::test]
async fn what_is_replaced_is_erased_from_the_servers_disk() {
    let server = Server::synced();
    let journal = open(&server).await;
    let bucket = journal.bucket().await.expect("made");
    let store = server.folder().join("store");
    let value = |n: u64| format!("the secret of day {n}, {}", "x".repeat(2000)).into_bytes();
    let mut last = 0;
    for n in 0..40 {
        let Put::Done { revision } = bucket.put("ring", &value(n), last).await.expect("answered") else { panic!() };
        last = revision;
        assert!(lies_in(&store, &value(n)[..30]), "{n} is on disk");
        assert!(n == 0 || !lies_in(&store, &value(n - 1)[..20]), "{} is still on disk", n - 1);
    }
    server.kill();
    for n in 0..39 {
        assert!(!lies_in(&store, format!("the secret of day {n},").as_bytes()), "{n} is on disk after all");
    }
    server.restart();
}

#[tokio::test]
async fn a_servers_own_limit_leaves_the_bytes_where_they_lie() {
    // Why values are erased one by one: this is what a bucket with a history of one does.
    let server = Server::synced();
    let context = async_nats::jetstream::new(async_nats::connect(server.url()).await.expect("connects"));
    let config = async_nats::jetstream::stream::Config { max_messages_per_subject: 1, ..super::super::bucket::wanted("plain", 1) };
    context.create_stream(config).await.expect("made");
    for text in ["the old secret", "the new secret"] {
        context.publish("$KV.plain.ring", text.into()).await.expect("sent").await.expect("acknowledged");
    }
    assert!(lies_in(&server.folder().join("store"), b"the old secret"), "then a smaller history would do");
}

#[tokio::test]
async fn a_watcher_hears_of_each_value_also_when_the_server_was_away() {
    let server = Server::synced();
    let (one, other) = (open(&server).await, open(&server).await);
    let bucket = one.bucket().await.expect("made");
    let mut values = other.bucket().await.expect("found").watch("ring").expect("a key");
    let mut last = 0;
    for text in ["one", "two", "three"] {
        last = loop {
            match bucket.put("ring", text.as_bytes(), last).await {
                Ok(Put::Done { revision }) => break revision,
                Ok(conflict) => panic!("{conflict:?}"),
                Err(_) => super::pause().await,
            }
        };
        let next = tokio::time::timeout(Duration::from_secs(10), values.next()).await.expect("in time");
        assert_eq!(next, Some((text.as_bytes().to_vec(), last)));
        server.restart();
    }
    other.close();
    assert_eq!(values.next().await, None);
}
