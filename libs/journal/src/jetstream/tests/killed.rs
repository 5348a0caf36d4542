//! The server is killed again and again while four writers append: nothing acknowledged is lost, nothing is there twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt;

use super::{Server, options, still};
use crate::conformance::{decision, subject};
use crate::header;
use crate::jetstream::JetStream;
use crate::port::{AppendError, Journal, Position};

/// Kills, unless `HUB_KILLS` says otherwise.
const KILLS: u64 = 150;

/// What a writer was told: command and first position.
type Told = Vec<(String, Position)>;

/// Appends about a subject of its own, and every third time about one that all share, each command until it is answered
/// for good.
async fn write(journal: Arc<JetStream>, nth: u64, stop: Arc<AtomicBool>) -> Told {
    let (own, shared) = (subject(format!("own-{nth}")), subject("shared"));
    let (mut told, mut own_at, mut versions) = (Vec::new(), 0, 0);
    for n in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let command = format!("w{nth}/{n}");
        let (mut at, mut version) = if n % 3 == 0 { end(&journal, &shared).await } else { (0, 0) };
        loop {
            let writes = [(&own, own_at, versions + 1, 2), (&shared, at, version + 1, 1)];
            let some = if n % 3 == 0 { &writes[..] } else { &writes[..1] };
            match journal.append(decision(&command, some)).await {
                Ok(appended) => {
                    told.push((command, appended.first));
                    (own_at, versions) = (appended.first + 1, versions + 2);
                    break;
                }
                Err(AppendError::Conflict { .. }) => (at, version) = end(&journal, &shared).await,
                // In or not: the same command again, on the same expectations, tells.
                Err(AppendError::Unknown(_) | AppendError::Busy { .. }) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(error) => panic!("{error:?}"),
            }
        }
    }
    told
}

/// The last position and version of a subject, however long the server is away.
async fn end(journal: &JetStream, about: &crate::Subject) -> (Position, u64) {
    loop {
        match journal.read(about, 1).await {
            Ok(facts) => {
                let last = facts.last();
                return last.map_or((0, 0), |last| (last.position, header(&last.bytes).expect("a record").version));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_in_mid_append_loses_nothing_and_doubles_nothing() {
    let kills = std::env::var("HUB_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let server = Server::synced();
    let (stop, dice) = (Arc::new(AtomicBool::new(false)), AtomicU64::new(7));
    let mut writers = Vec::new();
    for nth in 0..4 {
        let journal = Arc::new(JetStream::open(options(&server, still(), 64)).await.expect("opens"));
        writers.push(tokio::spawn(write(journal, nth, Arc::clone(&stop))));
    }
    let watching = Arc::new(JetStream::open(options(&server, still(), 64)).await.expect("opens"));
    let count = Arc::new(AtomicU64::new(0));
    let watched = tokio::spawn({
        let (mut stream, count) = (watching.follow(1), Arc::clone(&count));
        async move {
            let mut seen = Vec::new();
            while let Some(batch) = stream.next().await {
                seen.extend(batch.expect("a server that is away is waited for"));
                count.store(seen.len() as u64, Ordering::Relaxed);
            }
            seen
        }
    });
    for _ in 0..kills {
        let drawn = dice.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40;
        tokio::time::sleep(Duration::from_micros(30_000 + drawn % 170_000)).await;
        tokio::task::block_in_place(|| server.restart());
    }
    stop.store(true, Ordering::Relaxed);
    let mut told = BTreeMap::new();
    for writer in writers {
        told.extend(writer.await.expect("it goes on"));
    }

    let journal = JetStream::open(options(&server, still(), 64)).await.expect("opens");
    let end = journal.head().await.expect("a head").position;
    let (mut stream, mut versions, mut ids) = (journal.follow(1), BTreeMap::<String, u64>::new(), BTreeMap::new());
    let mut all = Vec::new();
    let mut next = 1;
    while next <= end {
        for entry in stream.next().await.expect("more").expect("readable") {
            assert_eq!(entry.position, next, "positions are dense");
            next += 1;
            all.push(entry.clone());
            let header = header(&entry.bytes).expect("a record");
            let version = versions.entry(header.subject.to_owned()).or_default();
            *version += 1;
            assert_eq!(header.version, *version, "versions of {} are 1, 2, 3, …", header.subject);
            assert_eq!(ids.insert(header.id.to_owned(), entry.position), None, "{} is there twice", header.id);
        }
    }
    for (command, first) in &told {
        for number in 1..=2 {
            assert_eq!(ids.get(&format!("{command}.{number}")), Some(&(first + number - 1)), "{command} was acknowledged");
        }
    }
    // Who followed through all of it saw the same.
    for _ in 0..200 {
        if count.load(Ordering::Relaxed) == end {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    watching.close();
    let seen = watched.await.expect("it goes on");
    assert!(seen == all, "{} of {} facts were followed", seen.len(), all.len());
    println!("{kills} kills, {} decisions acknowledged, {end} facts", told.len());
    assert!(told.len() as u64 * 2 > kills, "{} decisions only: that proves nothing", told.len());
}
