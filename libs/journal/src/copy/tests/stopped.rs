//! Copies that are stopped anywhere, by themselves or by their server, and run again.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

use super::*;

/// Runs a copy and drops it at its n-th progress; the copy, where it was done before.
async fn stopped_at(from: Place, to: Place, stop: u64) -> Option<Copied> {
    let (now, count) = (Notify::new(), AtomicU64::new(0));
    let progress = |_: Progress| {
        if count.fetch_add(1, Ordering::Relaxed) + 1 >= stop {
            now.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = now.notified() => None,
        copied = copy(from, to, progress) => Some(copied.expect("nothing speaks against it")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_stopped_anywhere_goes_on() {
    let (server, here, there) = (Server::synced(), tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let mut ends = Ends::default();
    let journal = open(here.path());
    ends.append(&journal, 0..2500).await;
    let facts = all(&journal).await;
    drop(journal);
    let last = facts.len() as u64;
    for (from, to) in [(dir(here.path()), stream(&server)), (stream(&server), dir(there.path()))] {
        let mut stops = 0;
        let copied = loop {
            stops += 1;
            if let Some(copied) = stopped_at(from.clone(), to.clone(), stops).await {
                break copied;
            }
        };
        assert!(stops > 3 && copied.position == last, "stopped {stops} times");
    }
    assert!(all(&open(there.path())).await == facts, "the same bytes");
    refuses(&attach(&server).await, &ends, &there.path().canonicalize().expect("there").display().to_string()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_not_all_there_take_no_facts() {
    let (server, here, there) = (Server::synced(), tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let mut ends = Ends::default();
    ends.append(&open(here.path()), 0..2500).await;
    moved(dir(here.path()), stream(&server)).await;
    assert_eq!(stopped_at(stream(&server), dir(there.path()), 1).await, None);
    refuses(&open(there.path()), &ends, &server.url()).await;
    // Nothing is marked yet: facts go on where they were.
    let journal = attach(&server).await;
    ends.append(&journal, 2500..2510).await;
    let copied = moved(stream(&server), dir(there.path())).await;
    assert_eq!(copied.position, journal.head().await.expect("a head").position);
    ends.append(&open(there.path()), 2510..2520).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_a_copy_costs_nothing() {
    let (server, here, there) = (Server::synced(), tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let mut ends = Ends::default();
    let journal = open(here.path());
    ends.append(&journal, 0..2500).await;
    let facts = all(&journal).await;
    drop(journal);
    for (from, to) in [(dir(here.path()), stream(&server)), (stream(&server), dir(there.path()))] {
        let kills = AtomicU64::new(0);
        let progress = |progress: Progress| {
            if progress.stage == Stage::Copying && kills.fetch_add(1, Ordering::Relaxed) < 6 {
                tokio::task::block_in_place(|| server.restart());
            }
        };
        let copied = loop {
            match copy(from.clone(), to.clone(), progress).await {
                Ok(copied) => break copied,
                // Where it cannot go on by itself it says so, and is run again.
                Err(CopyError::Open { .. } | CopyError::Read { .. } | CopyError::Write { .. } | CopyError::Mark { .. }) => {}
                Err(error) => panic!("{error:?}"),
            }
        };
        assert_eq!(copied.position, facts.len() as u64);
        assert!(kills.load(Ordering::Relaxed) > 0);
    }
    assert!(all(&open(there.path())).await == facts, "the same bytes");
    assert!(all(&attach(&server).await).await == facts, "the same bytes");
}
