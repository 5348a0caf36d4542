//! `kill -9` under load, again and again: nothing acknowledged is lost, nothing is doubled, no decision is half there.
//!
//! What is there is read from the segments, not asked of the hub. (A killed process loses nothing that the system had
//! already taken; power cuts are the simulated disk's, in `libs/journal`.)

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use journal::Entry;
use testkit::Random;
use tonic::Code;
use wire::v1::{Channel, Role};

use crate::{
    child::{self, Hub, Log},
    deeds::{close, deliver_order, finish, order, rush, sign},
    town::{Deed, Desk, part, report},
};

/// How often the hub is killed; `HUB_KILLS` says otherwise.
const KILLS: u64 = 200;
/// Incidents that are led through their lives at the same time.
const AT_ONCE: u64 = 8;
/// The steps of a life after its report; each is one command.
const STEPS: [&str; 6] = ["route", "order", "deliver", "sign", "finish", "close"];

/// What was acknowledged: the command, and where its last fact is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Acknowledged {
    pub(crate) command: String,
    pub(crate) subject: String,
    pub(crate) position: u64,
    pub(crate) version: u32,
}

#[derive(Default)]
struct Heard {
    acknowledged: Vec<Acknowledged>,
    repeated: u64,
}

/// One life at a time: where it is, so that the next round goes on with the very command that had no answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Life {
    pub(crate) number: u64,
    pub(crate) incident: String,
    step: usize,
}

impl Life {
    /// The word for the step that comes next.
    pub(crate) const fn word(&self) -> &'static str {
        STEPS[self.step]
    }

    pub(crate) fn deed(&self) -> Deed {
        match self.word() {
            "route" => rush("city/06010", 2, vec![part("grid")]).into(),
            "order" => order(1, "grid/001-1").into(),
            "deliver" => deliver_order(1).into(),
            "sign" => sign(1).into(),
            "finish" => finish(1, "已清运").into(),
            _ => close().into(),
        }
    }

    pub(crate) fn done(&mut self) {
        self.step += 1;
        if self.step == STEPS.len() {
            *self = Self { number: self.number + 1, ..Self::default() };
        }
    }
}

/// Leads lives until the hub is gone. Every answer it gives is noted; a refusal is a failure.
async fn work(desk: Desk, worker: u64, mut life: Life, heard: Arc<Mutex<Heard>>) -> Life {
    loop {
        let reference = format!("K-{worker}-{}", life.number);
        let (command, answer) = if life.incident.is_empty() {
            let mut said = report("patrol", &reference, "门口暴露垃圾");
            // A patrol's own find: nobody waits for an answer.
            said.channel = Channel::Patrol.into();
            said.command_id = format!("kills/{reference}/report");
            let command = said.command_id.clone();
            let answer = desk.report(said).await.map(|answer| {
                life.incident.clone_from(&answer.incident_id);
                (answer.position, answer.version, false)
            });
            (command, answer)
        } else {
            let command = format!("kills/{reference}/{}", life.word());
            let answer = desk.act(&command, &life.incident, life.deed()).await;
            let answer = answer.map(|answer| {
                life.done();
                (answer.position, answer.version, answer.repeated_command)
            });
            (command, answer)
        };
        match answer {
            Ok((position, version, repeated)) => {
                let mut heard = heard.lock().expect("no writer panicked");
                heard.repeated += u64::from(repeated);
                heard.acknowledged.push(Acknowledged { command, subject: reference, position, version });
            }
            Err(status) if matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal) => {
                return life;
            }
            Err(status) => panic!("{command} was turned away: {status:?}"),
        }
    }
}

/// Every record in the segments: position by position its id, command, subject and version.
async fn records(data: &Path) -> Vec<(String, String, String, u64)> {
    let told = |(entry, position): (Entry, u64)| {
        let header = journal::header(&entry.bytes).expect("a record");
        assert_eq!(entry.position, position, "positions are dense");
        (header.id.to_owned(), header.command.to_owned(), header.subject.to_owned(), header.version)
    };
    child::entries(data).await.into_iter().zip(1..).map(told).collect()
}

/// A hub whose log goes on in `log`; the log tells of each snapshot that was kept.
fn logged(data: &Path, config: &Path, log: &Path) -> Hub {
    let mut command = child::serve(data, Some(config));
    command.env("HUB_LOG", "info");
    Hub::spawn(command, Log::File(log))
}

/// Nothing acknowledged is lost, no decision is half there or twice, versions are 1, 2, 3, …
pub(crate) fn holds(records: &[(String, String, String, u64)], acknowledged: &[Acknowledged]) {
    let (mut versions, mut commands) = (BTreeMap::<&str, u64>::new(), BTreeMap::<&str, Vec<usize>>::new());
    for (at, (_, command, subject, version)) in records.iter().enumerate() {
        let last = versions.entry(subject).or_default();
        *last += 1;
        assert_eq!(*version, *last, "{subject} at position {}", at + 1);
        commands.entry(command).or_default().push(at);
    }
    for (command, places) in &commands {
        let whole = match command.rsplit('/').next() {
            // An emergency is accepted and routed at once; the last part done makes the incident done.
            Some("route" | "finish") => 2,
            _ => 1,
        };
        let ids: Vec<_> = places.iter().map(|at| records[*at].0.clone()).collect();
        let wanted: Vec<_> = (1..=places.len()).map(|n| format!("{command}.{n}")).collect();
        assert_eq!(ids, wanted, "each fact of a decision once, in order");
        assert!(!command.starts_with("kills/") || places.len() == whole, "half a decision, or a doubled one: {ids:?}");
        assert!(places.windows(2).all(|pair| pair[1] == pair[0] + 1), "{command} was torn apart: {places:?}");
    }
    let mut first = HashMap::new();
    for one in acknowledged {
        let at = usize::try_from(one.position).expect("a small journal") - 1;
        let (_, command, _, version) = records.get(at).unwrap_or_else(|| panic!("{one:?} is lost"));
        assert_eq!((command.as_str(), *version), (one.command.as_str(), u64::from(one.version)), "{one:?}");
        let before = first.entry(&one.command).or_insert(one);
        assert_eq!((before.position, before.version), (one.position, one.version), "asked again, answered as the first time");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_under_load_the_hub_keeps_what_it_acknowledged() {
    let kills = std::env::var("HUB_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let config = child::settings(folder.path(), "segment_bytes = 262144\nsnapshot_facts = 60");
    let mut random = Random::new(9);
    let heard = Arc::new(Mutex::new(Heard::default()));
    let mut lives: Vec<Life> = vec![Life::default(); usize::try_from(AT_ONCE).expect("few")];
    let log = folder.path().join("hub.log");
    let hub = logged(&data, &config, &log);
    let token = hub.seat(&data, "kills-1", "grid", &[Role::CallTaker, Role::Dispatcher, Role::Handler]).await;
    let mut hub = Some(hub);
    for _ in 0..kills {
        let running = hub.take().unwrap_or_else(|| logged(&data, &config, &log));
        let desk = Desk::at(&running.uri, "kills-1", &token).await;
        let workers: Vec<_> =
            (0..).zip(&lives).map(|(worker, life)| tokio::spawn(work(desk.clone(), worker, life.clone(), heard.clone()))).collect();
        // Most are killed at once; one in ten lives long enough for snapshots, and may be killed in the middle of one.
        let long = if random.one_in(10) { 2_000 } else { 120 };
        tokio::time::sleep(Duration::from_millis(random.between(1, long))).await;
        running.kill();
        for (life, worker) in lives.iter_mut().zip(workers) {
            *life = worker.await.expect("a worker is only turned away by a hub that is gone");
        }
    }
    let with = child::digest_live(&data, &config).await;
    let heard = Arc::into_inner(heard).expect("all workers are done").into_inner().expect("no writer panicked");
    let records = records(&data).await;
    holds(&records, &heard.acknowledged);
    assert!(heard.acknowledged.len() as u64 > kills, "the hub was under load: {} answers", heard.acknowledged.len());
    let snapshots = std::fs::read_to_string(&log).expect("the log").matches("snapshot kept").count();
    println!(
        "{kills} kills, {} answers, {} of them given again, {} facts, {snapshots} snapshots kept before a kill",
        heard.acknowledged.len(),
        heard.repeated,
        records.len()
    );
    assert!(kills < 50 || snapshots > 3, "kills met snapshots: {snapshots}");

    assert_eq!(child::digest(&data), with, "the snapshot's board is the segments' board");
    std::fs::remove_dir_all(data.join("store")).expect("the snapshots lie in store/");
    assert_eq!(child::digest_live(&data, &config).await, with, "and so is the one that is folded anew");
}
