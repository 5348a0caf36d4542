//! Three servers keep one stream: what is acknowledged survives the loss of any one of them, on every one of them; and
//! while too few are left, the answer says so.
//!
//! The servers stand in network namespaces ([`net`]), so a cable can be pulled; each one's own copy is read from its files
//! ([`raw`]), and held against the others' and against what the seats were told ([`load`]).

mod away;
mod cluster;
mod load;
mod net;
mod raw;

use std::time::{Duration, Instant};

use domain::{area::AreaCode, board::Board};
use journal::Entry;
use runtime::identity::hex;

use crate::{kills, town::DISTRICT};
use cluster::{Cluster, NODES};
use load::{Heard, Hubs, Load};

/// After the load: every hub and every server's own copy say the same, and everything acknowledged is in it.
async fn agree(cluster: &Cluster, hubs: &Hubs, heard: &Heard) {
    let (position, digest) = hubs.agree().await;
    cluster.wait("every server has everything", || {
        (0..NODES).all(|node| cluster.copy(node).is_some_and(|copy| copy.last >= position))
    });
    let copies: Vec<_> = (0..NODES).map(|node| cluster.kept(node, position)).collect();
    for (node, copy) in copies.iter().enumerate() {
        assert_eq!(copy.len() as u64, position, "positions are dense up to the end on n{node}");
        assert!(copy == &copies[0], "the copies of n0 and n{node} differ");
        assert_eq!(folded(copy), digest, "the board folded from the copy of n{node}");
    }
    let told = |record: &Vec<u8>| {
        let header = journal::header(record).expect("a record");
        (header.id.to_owned(), header.command.to_owned(), header.subject.to_owned(), header.version)
    };
    kills::holds(&copies[0].iter().map(told).collect::<Vec<_>>(), &heard.acknowledged);
}

/// The digest of the board that these records make.
fn folded(records: &[Vec<u8>]) -> String {
    let entries = records.iter().zip(1..).map(|(record, position)| Entry { position, bytes: record.clone().into() });
    let decoded = runtime::fold::decode(&entries.collect::<Vec<_>>());
    assert!(decoded.broken.is_none(), "{:?}", decoded.broken);
    let mut board = Board::new(DISTRICT.parse::<AreaCode>().expect("a code"));
    for (fact, stamp) in &decoded.facts {
        board.apply(fact, stamp).expect("nothing is cold after a minute");
    }
    hex(&board.digest())
}

/// Under load: something goes wrong with a node, commands are answered again all the same, and it is mended.
#[expect(clippy::print_stdout, reason = "measured times, for whoever reads the test's output")]
async fn scene(cluster: &Cluster, hubs: &Hubs, name: &str, hurt: impl FnOnce(), mend: impl FnOnce()) {
    let load = Load::begin(hubs, name);
    load.more(100).await;
    let begun = Instant::now();
    hurt();
    load.more(100).await;
    let answered = begun.elapsed();
    // Long enough for elections among the rest, and for a log that the hurt node misses.
    tokio::time::sleep(Duration::from_secs(3)).await;
    load.more(20).await;
    mend();
    load.more(100).await;
    let heard = load.end().await;
    agree(cluster, hubs, &heard).await;
    println!("{name}: answered again after {answered:?}; {}; all in {:?}", heard.told(), begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hubs_that_are_started_with_their_servers_come_up() {
    let cluster = Cluster::begun();
    let hubs = Hubs::start(&cluster).await;
    let load = Load::begin(&hubs, "together");
    load.more(20).await;
    let heard = load.end().await;
    agree(&cluster, &hubs, &heard).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leader_is_killed_under_load_and_comes_back() {
    let cluster = Cluster::start();
    let hubs = Hubs::start(&cluster).await;
    let leader = cluster.leader();
    scene(&cluster, &hubs, "killed", || cluster.kill(leader), || cluster.begin(leader)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_and_the_leader_are_cut_off_under_load_and_come_back() {
    let cluster = Cluster::start();
    let hubs = Hubs::start(&cluster).await;
    let follower = (cluster.leader() + 1) % NODES;
    scene(&cluster, &hubs, "follower", || cluster.cut(follower), || cluster.join(follower)).await;
    let leader = cluster.leader();
    scene(&cluster, &hubs, "leader", || cluster.cut(leader), || cluster.join(leader)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_costs_one_copy_and_no_fact() {
    let cluster = Cluster::start();
    let hubs = Hubs::start(&cluster).await;
    // The worst place for it: the server that everybody writes to.
    cluster.lead(Cluster::small());
    let mend = || {
        assert!(cluster.told_of(Cluster::small(), "no space left on device"), "it never met the end of its disk");
        cluster.free();
        // A server whose disk was full looks at it anew when it starts.
        cluster.kill(Cluster::small());
        cluster.begin(Cluster::small());
    };
    scene(&cluster, &hubs, "full", || cluster.fill(), mend).await;
}
