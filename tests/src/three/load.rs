//! Hubs over one cluster, and seats that work at them: every answer is noted, every error is asked again elsewhere.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::Command,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hub::roads::Roads;
use tokio::task::JoinHandle;
use tonic::{Code, Status};
use wire::v1::{self, Channel, Role};

use super::cluster::{Cluster, NODES};
use crate::{
    child::{self, Hub, Log},
    kills::{Acknowledged, Life},
    town::{Desk, code, report},
};

/// Incidents that are led through their lives at the same time.
const WORKERS: usize = 6;

/// Two processes of the hub, each with data of its own.
pub(crate) struct Hubs {
    hubs: Vec<Hub>,
    operators: Vec<Roads>,
    /// One seat, at each hub.
    pub(crate) desks: Vec<Desk>,
}

/// `hub serve` over the cluster, with a data directory of this name.
pub(crate) fn serve(cluster: &Cluster, name: &str) -> (Command, PathBuf) {
    let folder = cluster.folder().join(name);
    std::fs::create_dir_all(&folder).expect("a writable folder");
    let config = child::settings(&folder, "snapshot_facts = 200\n[journal.nats]\nreplicas = 3");
    let data = folder.join("data");
    let mut command = child::serve(&data, Some(&config));
    command.args(["--journal", &cluster.url()]).env("HUB_LOG", "info");
    for node in 0..NODES {
        command.args(["--monitor", &format!("http://{}", cluster.monitor(node))]);
    }
    (command, data)
}

impl Hubs {
    /// Starts them, with one seat that may do everything a life needs.
    pub(crate) async fn start(cluster: &Cluster) -> Self {
        let (mut all, mut token) = (Self { hubs: Vec::new(), operators: Vec::new(), desks: Vec::new() }, String::new());
        for name in ["hub-a", "hub-b"] {
            let (command, data) = serve(cluster, name);
            let hub = Hub::spawn(command, Log::File(&cluster.folder().join(name).join("log")));
            if token.is_empty() {
                token = hub.seat(&data, "seat-1", "grid", &[Role::CallTaker, Role::Dispatcher, Role::Handler]).await;
            }
            let operator = runtime::identity::operator_token(&data).expect("the operator's token is there");
            all.operators.push(Roads::connect(&hub.uri, &operator).await.expect("the hub answers"));
            all.desks.push(Desk::at(&hub.uri, "seat-1", &token).await);
            all.hubs.push(hub);
        }
        all.agree().await;
        all
    }

    /// Position and digest, once every hub says the same.
    pub(crate) async fn agree(&self) -> (u64, String) {
        let begun = Instant::now();
        loop {
            let mut said = Vec::new();
            for operator in &self.operators {
                let asked = operator.clone().audit.digest(v1::DigestRequest::default()).await;
                let told = asked.expect("a digest needs no journal").into_inner();
                said.push((told.position, told.digest));
            }
            // At one position there is one digest; that they come to one position may take a moment.
            for pair in said.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
                assert_eq!(pair[0].1, pair[1].1, "two boards at position {}", pair[0].0);
            }
            if said.windows(2).all(|pair| pair[0] == pair[1]) {
                return said.swap_remove(0);
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "the hubs do not come to one position: {said:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// What the seats were told.
#[derive(Default)]
pub(crate) struct Heard {
    /// Every answer that names a position.
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// When each of them came.
    at: Vec<Instant>,
    /// Reports that a hub kept on its own disk.
    pub(crate) kept: u64,
    /// Errors by their stable codes.
    pub(crate) errors: BTreeMap<String, u64>,
    /// The longest time in which one question had no answer.
    slowest: Duration,
}

/// Seats at work.
pub(crate) struct Load {
    heard: Arc<Mutex<Heard>>,
    stop: Arc<AtomicBool>,
    workers: Vec<JoinHandle<()>>,
}

impl Load {
    /// Sets them to work; what they report is told apart by `name`.
    pub(crate) fn begin(hubs: &Hubs, name: &str) -> Self {
        let (heard, stop) = (Arc::<Mutex<Heard>>::default(), Arc::<AtomicBool>::default());
        let worker = |nth| {
            let (desks, at, last, life) = (hubs.desks.clone(), nth % hubs.desks.len(), 0, Life::default());
            let worker = Worker { desks, at, last, name: format!("{name}-{nth}"), life, heard: Arc::clone(&heard) };
            tokio::spawn(worker.work(Arc::clone(&stop)))
        };
        let workers = (0..WORKERS).map(worker).collect();
        Self { heard, stop, workers }
    }

    /// What they have been told so far.
    pub(crate) fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().expect("no worker panicked")
    }

    /// Waits until so many more answers have come.
    pub(crate) async fn more(&self, answers: usize) {
        let wanted = self.heard().acknowledged.len() + answers;
        let begun = Instant::now();
        while self.heard().acknowledged.len() < wanted {
            let errors = self.heard().errors.clone();
            assert!(begun.elapsed() < Duration::from_secs(40), "commands are not answered again: {errors:?}");
            assert!(!self.workers.iter().any(JoinHandle::is_finished), "a worker was turned away");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets everybody finish what is under way; what all of them were told.
    pub(crate) async fn end(self) -> Heard {
        self.stop.store(true, Ordering::Relaxed);
        for worker in self.workers {
            worker.await.expect("a worker is not turned away");
        }
        Arc::into_inner(self.heard).expect("all workers are done").into_inner().expect("no worker panicked")
    }
}

impl Heard {
    /// Notes an answer; is it one for good?
    fn note(&mut self, command: &str, subject: &str, took: Duration, answer: Result<Option<(u64, u32)>, Status>) -> bool {
        self.slowest = self.slowest.max(took);
        match answer {
            Ok(Some((position, version))) => {
                let (command, subject) = (command.to_owned(), subject.to_owned());
                self.acknowledged.push(Acknowledged { command, subject, position, version });
                self.at.push(Instant::now());
                return true;
            }
            Ok(None) => self.kept += 1,
            Err(status) => *self.errors.entry(passing(command, &status)).or_default() += 1,
        }
        false
    }

    /// The longest time without any answer.
    fn gap(&self) -> Duration {
        let mut at = self.at.clone();
        at.sort_unstable();
        at.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }

    /// One line for whoever reads the test's output.
    pub(crate) fn told(&self) -> String {
        let (answers, kept, errors) = (self.acknowledged.len(), self.kept, &self.errors);
        format!("{answers} answers, {kept} kept, none for {:?} at most, slowest {:?}, errors {errors:?}", self.gap(), self.slowest)
    }
}

/// A seat that leads lives. What is not answered for good is asked again, at the next hub.
struct Worker {
    desks: Vec<Desk>,
    /// The hub it works at.
    at: usize,
    /// Position of its last answer: another hub has to have come so far before it is asked.
    last: u64,
    name: String,
    life: Life,
    heard: Arc<Mutex<Heard>>,
}

impl Worker {
    async fn work(mut self, stop: Arc<AtomicBool>) {
        // Only between commands: the last one gets its answer, too.
        while !stop.load(Ordering::Relaxed) {
            self.command().await;
        }
    }

    /// One command until it has its answer.
    async fn command(&mut self) {
        let reference = format!("{}-{}", self.name, self.life.number);
        // The checks of `kills` know how many facts each of these steps writes.
        let word = if self.life.incident.is_empty() { "report" } else { self.life.word() };
        let command = format!("kills/{reference}/{word}");
        loop {
            let asked = Instant::now();
            let answer = self.ask(&command, &reference).await;
            if let Ok(Some((position, _))) = answer {
                self.last = position;
            }
            if self.heard.lock().expect("no worker panicked").note(&command, &reference, asked.elapsed(), answer) {
                return;
            }
            self.at = (self.at + 1) % self.desks.len();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Position and version of its last fact; none where a report waits at the hub.
    async fn ask(&mut self, command: &str, reference: &str) -> Result<Option<(u64, u32)>, Status> {
        let desk = &self.desks[self.at];
        desk.roads.clone().audit.head(v1::HeadRequest { at_least: self.last }).await?;
        if !self.life.incident.is_empty() {
            let answer = desk.act(command, &self.life.incident, self.life.deed()).await?;
            self.life.done();
            return Ok(Some((answer.position, answer.version)));
        }
        let mut said = report("patrol", reference, "门口暴露垃圾");
        said.channel = Channel::Patrol.into();
        command.clone_into(&mut said.command_id);
        let answer = desk.report(said).await?;
        if answer.kept_locally {
            return Ok(None);
        }
        self.life.incident = answer.incident_id;
        Ok(Some((answer.position, answer.version)))
    }
}

/// The code of an error that passes; every other one fails the test. None goes without its code and both languages.
fn passing(command: &str, status: &Status) -> String {
    assert!(
        matches!(status.code(), Code::Unavailable | Code::ResourceExhausted | Code::Aborted | Code::DeadlineExceeded),
        "{command} was turned away: {status:?}"
    );
    if status.code() == Code::Unavailable { code(status) } else { status.code().to_string() }
}
