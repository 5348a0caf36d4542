//! Who follows and never reads costs nobody anything, and has every fact once they do read.

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use wire::v1::{self, Role};

use super::memory_mb;
use crate::{
    child::{self, Hub},
    town::{Desk, report},
};

const SILENT: usize = 16;
const REPORTS: usize = 2_000;
/// Letters of each report: what comes to be read is far more than what may wait for a reader.
const LETTERS: usize = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_and_never_reads_costs_nobody_anything_and_reads_all_of_it_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, config) = (folder.path().join("data"), child::settings(folder.path(), "segment_bytes = 1048576"));
    let hub = Hub::start(&data, Some(&config));
    let token = hub.seat(&data, "desk-1", "grid", &[Role::CallTaker, Role::Dispatcher]).await;
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    let mut unread = Vec::new();
    for _ in 0..SILENT {
        let follower = Desk::at(&hub.uri, "desk-1", &token).await;
        let request = v1::FollowRequest { from: 1, until: 0 };
        unread.push(follower.roads.clone().audit.follow(request).await.expect("a stream").into_inner());
    }
    let (before, words) = (memory_mb(hub.id()), "路".repeat(LETTERS));
    let begun = Instant::now();
    let taken: Vec<u64> = futures::stream::iter(0..REPORTS)
        .map(|nth| {
            let told = desk.report(report("patrol", &format!("U-{nth}"), &words));
            async move { told.await.expect("in").position }
        })
        .buffer_unordered(32)
        .collect()
        .await;
    let (took, after) = (begun.elapsed(), memory_mb(hub.id()));
    let journal: u64 = child::entries(&data).await.iter().map(|entry| entry.bytes.len() as u64).sum();
    eprintln!("{REPORTS} reports in {took:?}, {before} → {after} MB, {} MB of facts", journal >> 20);
    assert!(journal > 10 << 20, "there is much to read: {journal} bytes");
    // Held for each of them, it would be hundreds of megabytes.
    assert!(after < before + 100, "{before} MB before, {after} MB after");
    let last = taken.into_iter().max().expect("some");
    let mut follower = unread.pop().expect("one");
    let (mut next, mut told) = (1, 0);
    while next <= last {
        let read = tokio::time::timeout(Duration::from_secs(30), follower.message()).await.expect("it comes");
        let frame = read.expect("the stream stands").expect("the stream goes on");
        assert_eq!(frame.from_position, next, "nothing is missing, nothing comes twice");
        next = frame.to_position + 1;
        told += frame.facts.len();
    }
    assert!(told >= REPORTS, "{told} facts came");
    hub.stop();
}
