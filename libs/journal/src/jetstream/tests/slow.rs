//! Followers that are slower than the writers: nothing is left out, and little waits for them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::StreamExt;

use super::link::Link;
use super::{Server, options, still};
use crate::conformance::{decision, subject};
use crate::jetstream::JetStream;
use crate::port::{BATCH, Journal};

const FACTS: u64 = 50_000;

/// Messages that the client asks for ahead: two pulls.
const AHEAD: u64 = 2_000;

async fn fill(journal: &JetStream, facts: u64) {
    let about = subject("many");
    for n in 0..facts / 500 {
        let expected = if n == 0 { 0 } else { 1 + n * 500 };
        journal.append(decision(&format!("d{n}"), &[(&about, expected, 1 + n * 500, 500)])).await.expect("goes in");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_follower_gets_every_fact_and_little_waits_for_it() {
    let server = Server::synced();
    let writing = JetStream::open(options(&server, still(), 64)).await.expect("opens");
    let reading = JetStream::open(options(&server, still(), 64)).await.expect("opens");
    let follower = async {
        let (mut stream, mut next, mut most) = (reading.follow(1), 1, 0);
        let statistics = reading.shared.client.statistics();
        while next <= FACTS + 1 {
            let batch = stream.next().await.expect("more").expect("readable");
            assert!(batch.len() <= BATCH);
            for entry in batch {
                assert_eq!(entry.position, next, "a gap");
                next += 1;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            most = most.max(statistics.in_messages.load(Ordering::Relaxed).saturating_sub(next));
        }
        most
    };
    let (most, ()) = tokio::join!(follower, fill(&writing, FACTS));
    println!("at most {most} messages waited");
    assert!(most <= AHEAD, "{most} messages waited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_that_the_server_cuts_off_for_being_slow_goes_on() {
    let server = Server::with("sync_interval: always", "write_deadline: \"300ms\"");
    let writing = JetStream::open(options(&server, still(), 64)).await.expect("opens");
    let link = Link::to(&server.url()).await;
    let mut by_link = options(&server, still(), 64);
    by_link.url.clone_from(&link.url);
    let reading = JetStream::open(by_link).await.expect("opens");
    let mut stream = reading.follow(1);
    let first = stream.next().await.expect("more").expect("readable");
    assert_eq!(first[0].position, 1);
    // The consumer is there, and asks for what comes; then nobody takes it off the road.
    tokio::time::sleep(Duration::from_millis(200)).await;
    link.hold(true);
    let about = subject("large");
    let data = format!("{{\"words\":\"{}\"}}", "x".repeat(50_000));
    for n in 0..600_u64 {
        let expected = if n == 0 { 0 } else { n + 1 };
        let mut told = decision(&format!("d{n}"), &[(&about, expected, n + 1, 1)]);
        told.writes[0].facts[0] = crate::conformance::draft(&format!("d{n}"), 1, &about, n + 1, &data);
        writing.append(told).await.expect("goes in");
    }
    let cut = || std::fs::read_to_string(server.folder().join("log")).expect("a log").contains("Slow Consumer");
    for _ in 0..100 {
        if cut() {
            break;
        }
        super::pause().await;
    }
    assert!(cut(), "the server waits for the follower: that proves nothing");
    link.hold(false);
    let mut next = 2;
    while next <= 601 {
        let batch = tokio::time::timeout(Duration::from_secs(60), stream.next()).await.expect("in time");
        for entry in batch.expect("more").expect("readable") {
            assert_eq!(entry.position, next, "a gap");
            next += 1;
        }
    }
}
