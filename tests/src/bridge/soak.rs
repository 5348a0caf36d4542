//! Hub and simulators killed, connections cut and held up, files late and lost, for a minute: both ledgers end equal.
//!
//! `just soak` runs twenty seeds, two at a time.

use std::{
    path::{Path, PathBuf},
    thread::sleep,
    time::{Duration, Instant},
};

use futures::StreamExt as _;
use serde_json::Value;
use testkit::Random;
use tokio::task::spawn_blocking;

use super::{both::PARTNERS, ends::Ends, ledgers};
use crate::child;

/// How long one seed runs.
const MINUTE: Duration = Duration::from_secs(60);
/// Afterwards everything is left in peace; both sides have everything within this.
const PATIENCE: Duration = Duration::from_secs(60);
/// Seeds that run at the same time.
const AT_ONCE: usize = 2;

/// What was done.
#[derive(Debug, Default)]
struct Done {
    hubs: u64,
    simulators: u64,
    cuts: u64,
    stalls: u64,
    away: u64,
    late: u64,
    lost: u64,
}

fn a_moment(random: &mut Random, low: u64, high: u64) {
    sleep(Duration::from_millis(random.between(low, high)));
}

/// Does harm by chance, for a minute. What is killed is started again a moment later, or much later.
fn harm(ends: &mut Ends, random: &mut Random) -> Done {
    // Every kind of harm comes before one comes again: a slow machine has a short minute, and it is a soak all the same.
    let (mut done, begun, mut deck) = (Done::default(), Instant::now(), Vec::new());
    while begun.elapsed() < MINUTE {
        a_moment(random, 50, 1_200);
        if deck.is_empty() {
            deck.extend(0..=9);
        }
        let last = deck.len() as u64 - 1;
        match deck.swap_remove(usize::try_from(random.between(0, last)).expect("few")) {
            0 | 1 => kill(ends, random, &mut done, (true, false)),
            2 | 3 => kill(ends, random, &mut done, (false, true)),
            4 => kill(ends, random, &mut done, (true, true)),
            5 | 6 => {
                done.cuts += 1;
                ends.proxy.cut();
                a_moment(random, 100, 3_000);
                if random.one_in(4) {
                    kill(ends, random, &mut done, (true, false));
                }
                ends.proxy.mend();
            }
            7 => {
                done.stalls += 1;
                ends.proxy.stall();
                a_moment(random, 1_000, 4_000);
                ends.proxy.mend();
            }
            8 => {
                done.away += 1;
                let folder = ends.folder(random.pick(&["to-hub", "from-hub"]));
                let away = folder.with_extension("away");
                std::fs::rename(&folder, &away).expect("the folder is there");
                a_moment(random, 200, 2_000);
                std::fs::rename(&away, &folder).expect("nobody made it anew");
            }
            _ => carry(ends, random, &mut done),
        }
    }
    done
}

/// Kills the hub, a simulator, or both at once.
fn kill(ends: &mut Ends, random: &mut Random, done: &mut Done, (hub, simulator): (bool, bool)) {
    if hub {
        done.hubs += 1;
        ends.kill_hub();
    }
    if simulator {
        done.simulators += 1;
        ends.kill_simulator(random.pick(&PARTNERS));
    }
    a_moment(random, 0, 1_500);
    ends.all_up();
}

/// Somebody carries a file away, and brings it late or never.
fn carry(ends: &Ends, random: &mut Random, done: &mut Done) {
    let folder = ends.folder(random.pick(&["to-hub", "from-hub"]));
    let aside = folder.with_extension("carried");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        // Its reader may be faster.
        if let Some(file) = waiting(&folder)
            && std::fs::rename(&file, &aside).is_ok()
        {
            if random.one_in(3) {
                done.lost += 1;
                return std::fs::remove_file(&aside).expect("it was carried away");
            }
            done.late += 1;
            a_moment(random, 200, 3_000);
            return std::fs::rename(&aside, &file).expect("it is brought");
        }
    }
}

fn waiting(folder: &Path) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder).ok()?.filter_map(|file| Some(file.ok()?.path()));
    files.filter(|file| file.extension().is_some_and(|ending| ending == "batch")).min()
}

/// One seed.
async fn soak(seed: u64) {
    eprintln!("seed {seed} begins");
    let mut ends = Ends::start(seed).await;
    let (mut ends, done) = spawn_blocking(move || {
        let done = harm(&mut ends, &mut Random::new(seed));
        (ends, done)
    })
    .await
    .unwrap_or_else(|broke| panic!("seed {seed}: {broke}"));
    let (mut ends, ledgers) = spawn_blocking(move || {
        ends.stop_simulators();
        ends.still = true;
        ends.all_up();
        let ledgers = ends.settled(PATIENCE);
        ends.stop_simulators();
        // Files that nobody sends any more are silence, and that is put on record.
        sleep(Duration::from_secs(5));
        (ends, ledgers)
    })
    .await
    .unwrap_or_else(|broke| panic!("seed {seed}: {broke}"));
    let mut frames = Vec::new();
    for (partner, (hub, its)) in &ledgers {
        ledgers::agree(&format!("seed {seed}, {partner}"), hub, its);
        frames.push(format!("{partner} {} → {} ←", its.partners.len(), hub.hubs.len()));
        assert!(its.partners.len() > 100 && hub.hubs.len() > 100, "seed {seed}: {partner} had something to say");
    }
    let live = ends.last_board().await;
    let data = ends.data();
    assert_eq!(child::digest(&data), live, "seed {seed}: with the snapshot the board is another");
    std::fs::remove_dir_all(data.join("store")).expect("the snapshots lie in store/");
    assert_eq!(child::digest(&data), live, "seed {seed}: without a snapshot the board is another");
    let records: Vec<Value> =
        child::entries(&data).await.iter().map(|entry| serde_json::from_slice(&entry.bytes).expect("a record is JSON")).collect();
    ledgers::once_each(&format!("seed {seed}"), &records);
    eprintln!("seed {seed}: {done:?}, {}, {} facts", frames.join(", "), records.len());
    assert!(done.hubs > 1 && done.simulators > 1 && done.cuts > 0, "seed {seed}: it was a soak: {done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn soaked_bridge_with_seed_1_ends_with_equal_ledgers() {
    soak(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn soaked_bridge_with_seed_2_ends_with_equal_ledgers() {
    soak(2).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a quarter of an hour: `just soak` runs it"]
async fn soaked_bridge_with_many_seeds_ends_with_equal_ledgers() {
    let seeds = futures::stream::iter(crate::apart::seeds());
    let soaked =
        seeds.map(|seed| async move { tokio::spawn(soak(seed)).await.unwrap_or_else(|broke| panic!("seed {seed}: {broke}")) });
    soaked.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}
