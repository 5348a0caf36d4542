//! A NATS server and processes of the hub around it, each with a data directory of its own.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::Command,
    sync::Mutex,
    time::{Duration, Instant},
};

use hub::roads::Roads;
use testkit::{Random, nats::Server};
use wire::v1::Role;

use crate::{
    child::{self, Hub, Log},
    town::{DISTRICT, Desk, add_seat},
};

/// Server and processes.
pub(crate) struct Fleet {
    folder: tempfile::TempDir,
    /// The server.
    pub(crate) server: Server,
    members: Mutex<BTreeMap<&'static str, Member>>,
    /// Where traces and metrics are sent.
    collector: Option<String>,
}

/// One process: what it serves, and whether it runs.
struct Member {
    services: &'static [&'static str],
    hub: Option<Hub>,
}

impl Fleet {
    /// A server that syncs, and a process a row: its name and its services.
    pub(crate) fn start(rows: &[(&'static str, &'static [&'static str])]) -> Self {
        Self::told(rows, None)
    }

    /// The same, sending traces and metrics to a collector.
    pub(crate) fn told(rows: &[(&'static str, &'static [&'static str])], collector: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let collector = collector.map(str::to_owned);
        let fleet = Self { folder, server: Server::synced(), members: Mutex::default(), collector };
        for (name, services) in rows {
            fleet.members.lock().expect("whole").insert(name, Member { services, hub: None });
            assert!(fleet.begin(name), "{name} comes up");
        }
        fleet
    }

    /// The names of all processes.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.members.lock().expect("whole").keys().copied().collect()
    }

    /// The data directory of a process.
    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Options that lead a command to the server.
    pub(crate) fn journal(&self) -> [String; 4] {
        ["--journal".to_owned(), self.server.url(), "--monitor".to_owned(), self.server.monitor()]
    }

    fn command(&self, name: &str, services: &[&str]) -> Command {
        let config = child::settings(self.folder.path(), "snapshot_facts = 500");
        let mut command = child::serve(&self.data(name), Some(&config));
        command.args(services).args(self.journal());
        if let Some(collector) = &self.collector {
            command.env("HUB_OTLP", collector);
        }
        command
    }

    /// Starts a process that does not run; false where it does not come up (the server may be away).
    pub(crate) fn begin(&self, name: &str) -> bool {
        let services = self.members.lock().expect("whole")[name].services;
        let log = self.folder.path().join(format!("{name}.log"));
        let hub = Hub::try_spawn(self.command(name, services), Log::File(&log)).ok();
        let up = hub.is_some();
        self.members.lock().expect("whole").get_mut(name).expect("known").hub = hub;
        up
    }

    /// `kill -9`.
    pub(crate) fn kill(&self, name: &str) {
        drop(self.take(name));
    }

    /// Asks it to stop, and waits.
    pub(crate) fn stop(&self, name: &str) {
        if let Some(hub) = self.take(name) {
            hub.stop();
        }
    }

    fn take(&self, name: &str) -> Option<Hub> {
        self.members.lock().expect("whole").get_mut(name).expect("known").hub.take()
    }

    /// Starts whatever does not run; waits for the server as long as it takes.
    pub(crate) fn all_up(&self) {
        let begun = Instant::now();
        for name in self.names() {
            while self.members.lock().expect("whole")[name].hub.is_none() && !self.begin(name) {
                assert!(begun.elapsed() < Duration::from_secs(60), "{name} does not come up:\n{}", self.log(name));
                std::thread::sleep(Duration::from_millis(200));
            }
        }
    }

    /// What a process logged.
    pub(crate) fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("{name}.log"))).unwrap_or_default()
    }

    /// Where a running process listens.
    pub(crate) fn uri(&self, name: &str) -> Option<String> {
        self.members.lock().expect("whole")[name].hub.as_ref().map(|hub| hub.uri.clone())
    }

    /// A running process that serves this, by chance.
    pub(crate) fn any(&self, service: &str, random: &mut Random) -> Option<String> {
        let members = self.members.lock().expect("whole");
        let serving = members.values().filter(|member| member.services.contains(&service));
        let running: Vec<_> = serving.filter_map(|member| member.hub.as_ref().map(|hub| hub.uri.clone())).collect();
        let last = (running.len() as u64).checked_sub(1)?;
        Some(running[usize::try_from(random.between(0, last)).expect("few")].clone())
    }

    /// Sets a seat of the whole district up through one of the processes; its token opens all.
    pub(crate) async fn seat(&self, through: &str, name: &str, agency: &str, roles: &[Role]) -> String {
        let operator = runtime::identity::operator_token(&self.data(through)).expect("the operator's token is there");
        let mut roads = Roads::connect(&self.uri(through).expect("it runs"), &operator).await.expect("the hub answers");
        add_seat(&mut roads, &format!("seat/{name}"), name, agency, DISTRICT, roles).await
    }

    /// A desk whose roads lead to some running process of each service; none while one of them is not to be had.
    pub(crate) async fn desk(&self, name: &str, token: &str, random: &mut Random) -> Option<Desk> {
        let mut ends = Vec::new();
        for service in ["intake", "triage", "feedback"] {
            ends.push(Roads::connect(&self.any(service, random)?, token).await.ok()?);
        }
        let [intake, triage, feedback]: [Roads; 3] = ends.try_into().ok()?;
        let roads = Roads { triage: triage.triage, feedback: feedback.feedback, ..intake };
        Some(Desk::on(roads, name, token))
    }

    /// Position and digest that each running process answers.
    pub(crate) async fn digests(&self, token: &str) -> Vec<(u64, String)> {
        let mut said = Vec::new();
        for name in self.names() {
            let uri = self.uri(name).expect("it runs");
            let mut roads = Roads::connect(&uri, token).await.expect("it answers");
            let digest = roads.audit.digest(wire::v1::DigestRequest::default()).await.expect("a digest").into_inner();
            said.push((digest.position, digest.digest));
        }
        said
    }

    /// Waits until every process shows one and the same board; its position and digest.
    pub(crate) async fn agreed(&self, token: &str) -> (u64, String) {
        let mut said = Vec::new();
        for _ in 0..100 {
            said = self.digests(token).await;
            if said.windows(2).all(|pair| pair[0] == pair[1]) {
                return said.remove(0);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the processes show different boards: {said:?}");
    }

    /// Runs a command of the hub over the server's journal: did it succeed, the last line it printed, what it said besides.
    pub(crate) fn run(&self, arguments: &[&str]) -> (bool, String, String) {
        let journal = self.journal();
        let all: Vec<&std::ffi::OsStr> =
            arguments.iter().map(std::ffi::OsStr::new).chain(journal.iter().map(std::ffi::OsStr::new)).collect();
        child::run(&all)
    }

    /// Every record with its position, as `hub follow` prints them.
    pub(crate) fn records(&self) -> Vec<(u64, String)> {
        let out =
            Command::new(child::binary()).args(["follow", "--once", "--json"]).args(self.journal()).output().expect("it runs");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let line = |line: &str| {
            let (position, record) = line.strip_prefix("{\"position\":")?.split_once(",\"record\":")?;
            Some((position.parse().ok()?, record.strip_suffix('}')?.to_owned()))
        };
        String::from_utf8(out.stdout).expect("text").lines().map(|text| line(text).expect("position and record")).collect()
    }
}
