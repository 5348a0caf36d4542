//! One ring for all processes: made once, moved whole or not at all, dead keys dead everywhere.

use std::sync::Arc;
use std::time::Duration;

use seal::{KeyName, Keyring, KeyringError, Keys};

use super::{Server, options, still};
use crate::jetstream::{BucketKeyring, JetStream};

const AGENCIES: [&str; 2] = ["police", "grid"];

fn days() -> Vec<String> {
    (1..=8).map(|day| format!("2026-03-{day:02}")).collect()
}

fn name(day: &str) -> KeyName {
    KeyName::new(day, "grid").expect("a name")
}

/// A process' journal and its ring.
async fn process(server: &Server) -> (JetStream, Arc<BucketKeyring>) {
    let journal = JetStream::open(options(server, still(), 64)).await.expect("opens");
    let ring = BucketKeyring::open(journal.bucket().await.expect("a bucket"), true).await.expect("a ring");
    (journal, ring)
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_make_keys_at_one_moment_have_the_same() {
    let server = Server::synced();
    let rings = futures::future::join_all((0..4).map(|_| process(&server))).await;
    let making = rings.iter().map(|(_, ring)| {
        let ring = Arc::clone(ring);
        tokio::task::spawn_blocking(move || {
            let _in = tokio::runtime::Handle::current().enter();
            ring.prepare(&days(), &AGENCIES)
        })
    });
    for made in futures::future::join_all(making).await {
        made.expect("no panic").expect("made");
    }
    let one = rings[0].1.export();
    for (_, ring) in &rings {
        for day in days() {
            assert_eq!(ring.get(&name(&day)), one.get(&name(&day)).cloned(), "{day}");
        }
        assert_eq!(&ring.hub_secret(), one.hub());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_one_process_erases_dies_in_the_others_and_on_the_server() {
    let server = Server::synced();
    let ((_one_journal, one), (_other_journal, other)) = (process(&server).await, process(&server).await);
    one.prepare(&days(), &AGENCIES).expect("made");
    let following = tokio::spawn(Arc::clone(&other).follow());
    let day = &days()[0];
    let before = one.get(&name(day)).expect("made").of_report("r-1").expect("alive");
    one.erase(day, "grid", "r-1", &["r-2".to_owned()]).expect("erased");
    let dead = || other.get(&name(day)).is_some_and(|day| day.of_report("r-1").is_none());
    for _ in 0..100 {
        if dead() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(dead(), "the other process has heard of it");
    assert_eq!(other.get(&name(day)), one.get(&name(day)), "its neighbour lives on, under the same key");
    one.erase(day, "grid", "r-1", &["r-2".to_owned()]).expect("asked again, nothing changes");
    assert_ne!(other.get(&name(day)).expect("there").of_report("r-2"), Some(before));
    following.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_a_ring_only_once_it_is_whole_and_goes_on_where_it_was_cut() {
    let server = Server::synced();
    let journal = JetStream::open(options(&server, still(), 64)).await.expect("opens");
    let bucket = journal.bucket().await.expect("a bucket");
    let mut keys = Keys::new().expect("random");
    let names: Vec<KeyName> = days().iter().map(|day| name(day)).collect();
    keys.prepare(&names).expect("made");
    // Cut at every moment: dropped after so many milliseconds.
    for cut in 0..8 {
        let import = BucketKeyring::import(bucket.clone(), keys.clone());
        let done = tokio::time::timeout(Duration::from_millis(cut * 4), import).await;
        let opened = BucketKeyring::open(bucket.clone(), false).await;
        match (done, opened) {
            (_, Ok(ring)) => assert_eq!(ring.export(), keys, "all of it, or none"),
            (Err(_), Err(KeyringError::Missing { .. })) => {}
            (done, Err(error)) => panic!("{done:?} {error:?}"),
        }
    }
    BucketKeyring::import(bucket.clone(), keys.clone()).await.expect("imported");
    assert_eq!(BucketKeyring::open(bucket.clone(), false).await.expect("a ring").export(), keys);
    let mut other = Keys::new().expect("random");
    other.prepare(&names).expect("made");
    let refused = BucketKeyring::import(bucket.clone(), other).await.expect_err("another ring's");
    assert!(matches!(refused, KeyringError::Differs { .. }), "{refused:?}");
    assert_eq!(BucketKeyring::open(bucket, false).await.expect("a ring").export(), keys, "nothing was changed");
}
