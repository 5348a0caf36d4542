//! A crowd at the gate: ten thousand connections are attempted, and desks work on; `just soak` makes it a hundred
//! thousand.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hub::roads::Roads;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use wire::v1::Role;

use super::{memory_mb, open_files};
use crate::{
    child::{self, Hub},
    town::{Desk, report},
};

/// Who come at the same time, each from an address of its own: the system has 28,000 ports for one.
const AT_ONCE: u8 = 32;
/// Connections that this hub takes at once.
const PLACES: usize = 128;

fn at(uri: &str) -> std::net::SocketAddr {
    uri.trim_start_matches("http://").parse().expect("an address")
}

async fn hub(folder: &std::path::Path) -> (Hub, Desk, String) {
    let config = child::settings(folder, &format!("segment_bytes = 1048576\n[listen]\nconnections = {PLACES}"));
    let data = folder.join("data");
    let hub = Hub::start(&data, Some(&config));
    let token = hub.seat(&data, "desk-1", "grid", &[Role::CallTaker]).await;
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    (hub, desk, token)
}

/// A crowd of so many comes, while a desk works.
async fn crowded(attempts: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let (hub, desk, token) = hub(folder.path()).await;
    let (before, address) = (memory_mb(hub.id()), at(&hub.uri));
    let (came, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let crowd = (0..AT_ONCE).map(|from| {
        let came = Arc::clone(&came);
        tokio::spawn(async move {
            for nth in 0..attempts / u64::from(AT_ONCE) {
                // One that the gate turns away, or that waits too long, was an attempt all the same.
                let _ = timeout(Duration::from_secs(2), comes(from, nth, address)).await;
                came.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let crowd: Vec<_> = crowd.collect();
    let watching = tokio::spawn({
        let (over, id) = (Arc::clone(&over), hub.id());
        async move {
            let mut most = (0, 0);
            while !over.load(Ordering::Relaxed) {
                most = (most.0.max(memory_mb(id)), most.1.max(open_files(id)));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            most
        }
    });
    let (mut slowest, mut told) = (Duration::ZERO, 0);
    while crowd.iter().any(|one| !one.is_finished()) {
        let begun = Instant::now();
        told += 1;
        desk.report(report("patrol", &format!("C-{told}"), "门口暴露垃圾")).await.expect("a desk works on");
        slowest = slowest.max(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    over.store(true, Ordering::Relaxed);
    let (memory, files) = watching.await.expect("it watched");
    let came = came.load(Ordering::Relaxed);
    eprintln!("{came} came, {told} reports beside, the slowest {slowest:?}, {before} → {memory} MB, {files} files");
    assert_eq!(came, attempts / u64::from(AT_ONCE) * u64::from(AT_ONCE));
    assert!(told > 10 && slowest < Duration::from_secs(5), "{told} reports, the slowest took {slowest:?}");
    assert!(memory < before + 100, "{before} MB before, {memory} MB meanwhile");
    assert!(files < PLACES + 100, "{files} files");
    // And it is open for others afterwards.
    let later = Desk::at(&hub.uri, "desk-1", &token).await;
    later.report(report("patrol", "C-0", "井盖松动")).await.expect("in");
    hub.stop();
}

/// Comes, says something that is no call or nothing at all, and goes.
async fn comes(from: u8, nth: u64, hub: std::net::SocketAddr) -> std::io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::new(127, 0, 1, from), 0).into())?;
    let mut stream = socket.connect(hub).await?;
    match nth % 3 {
        0 => {}
        1 => stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await?,
        _ => stream.write_all(&[0xff; 200]).await?,
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_connections_are_attempted_and_desks_work_on() {
    crowded(10_000).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "three minutes: `just soak` runs it"]
async fn soaked_with_a_hundred_thousand_connections_desks_work_on() {
    crowded(100_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_all_places_and_says_nothing_loses_them_to_a_desk() {
    let folder = tempfile::tempdir().expect("a folder");
    let (hub, desk, token) = hub(folder.path()).await;
    let mut silent = Vec::new();
    for _ in 0..2 * PLACES {
        silent.push(TcpStream::connect(at(&hub.uri)).await.expect("the system takes it"));
    }
    let begun = Instant::now();
    desk.report(report("patrol", "S-1", "门口暴露垃圾")).await.expect("who is in is served");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // A client gives up after some seconds, and tries again.
    let roads = loop {
        match Roads::connect(&hub.uri, &token).await {
            Ok(roads) => break roads,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(60), "they are never shown out: {error}"),
        }
    };
    let (waited, newcomer) = (begun.elapsed(), Desk::on(roads, "desk-1", &token));
    newcomer.report(report("patrol", "S-2", "井盖松动")).await.expect("in");
    eprintln!("a newcomer waited {waited:?}");
    assert!(waited > Duration::from_secs(5), "there was no place before: {waited:?}");
    drop(silent);
    hub.stop();
}
