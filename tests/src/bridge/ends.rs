//! The hub and both simulators as processes of their own: one partner by stream through a proxy, the other by ferry. Each
//! is killed and started again on its own data.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::File,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use runtime::Clock;

use super::{
    both::PARTNERS,
    ledgers::{self, Ledger},
    line,
    proxy::Proxy,
    quay::Quay,
};
use crate::child::{self, Hub, Log};

/// Town seconds in one second: a minute brings twenty hours of the town, most of them before the hub's own now.
const SPEED: i64 = 1_200;
const TOWN_HOURS: i64 = 20;
/// Ill behaviour beside what is done to the processes.
const FAULTS: &str = "duplicate,disorder,slow,wrong=0.01,signature";

/// All processes, and what is between them.
pub(crate) struct Ends {
    folder: tempfile::TempDir,
    config: PathBuf,
    /// Who connects; the other sends files.
    pub(crate) streamed: &'static str,
    pub(crate) ferried: &'static str,
    pub(crate) proxy: Proxy,
    seed: u64,
    epoch_ms: i64,
    /// Nothing new happens in the town.
    pub(crate) still: bool,
    hub: Option<Hub>,
    simulators: BTreeMap<&'static str, Child>,
}

impl Ends {
    /// Starts everything; the seed's parity says who sends files.
    pub(crate) async fn start(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let [streamed, ferried] = if seed.is_multiple_of(2) { PARTNERS } else { [PARTNERS[1], PARTNERS[0]] };
        line::certs(folder.path());
        Quay::new(folder.path(), ferried);
        let config = folder.path().join("hub.toml");
        std::fs::write(&config, settings(folder.path(), streamed, ferried)).expect("a writable folder");
        let (proxy, epoch_ms) = (Proxy::open().await, Clock::system().now().ms());
        let simulators = BTreeMap::new();
        let mut ends = Self { folder, config, streamed, ferried, proxy, seed, epoch_ms, still: false, hub: None, simulators };
        ends.all_up();
        ends
    }

    /// The hub's data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder of the ferry: `to-hub` or `from-hub`.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        Quay::at(self.folder.path(), self.ferried).file(name)
    }

    /// Starts whatever does not run.
    pub(crate) fn all_up(&mut self) {
        if self.hub.is_none() {
            let log = self.folder.path().join("hub.log");
            let hub = Hub::spawn(child::serve(&self.data(), Some(&self.config)), Log::File(&log));
            let address = hub.said["bridges"][self.streamed].as_str().expect("the stream has an address");
            self.proxy.lead_to(address.parse().expect("an address"));
            self.hub = Some(hub);
        }
        for partner in PARTNERS {
            if !self.simulators.contains_key(partner) {
                let mut process = self.simulator(partner).spawn().expect("the simulator starts");
                // Who has said that it is ready hears when it is asked to stop.
                let mut line = String::new();
                BufReader::new(process.stdout.as_mut().expect("piped")).read_line(&mut line).expect("text");
                assert!(line.contains(partner), "{partner} does not begin: {line:?}\n{}", self.logs());
                self.simulators.insert(partner, process);
            }
        }
    }

    fn simulator(&self, partner: &str) -> Command {
        let mut command = Command::new(child::binary());
        let state = self.state(partner);
        std::fs::create_dir_all(&state).expect("a writable folder");
        command.args(["simulate", partner, "--state"]).arg(state);
        let tls = |name: &str| self.folder.path().join("tls").join(name);
        if partner == self.streamed {
            command.args(["--connect", &format!("https://localhost:{}", self.proxy.port)]);
            command.arg("--ca").arg(tls("ca.pem")).arg("--cert").arg(tls(&format!("{partner}.pem")));
            command.arg("--key").arg(tls(&format!("{partner}.key")));
        } else {
            command.arg("--in").arg(self.folder("from-hub")).arg("--out").arg(self.folder("to-hub"));
            command.arg("--key").arg(self.folder("partner.key")).arg("--hub-key").arg(self.folder("hub.pub"));
            command.args(["--beat", "0.5", "--resend", "2"]);
        }
        let town_start = self.epoch_ms - TOWN_HOURS * 3_600_000;
        command.args(["--speed", &SPEED.to_string(), "--seed", &self.seed.to_string(), "--faults", FAULTS]);
        command.args(["--town-start", &town_start.to_string(), "--town-epoch", &self.epoch_ms.to_string()]);
        if self.still {
            command.arg("--no-town");
        }
        let log = File::options().create(true).append(true).open(self.log(partner)).expect("a log");
        command.env("HUB_LOG", "info").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        command
    }

    fn state(&self, partner: &str) -> PathBuf {
        self.folder.path().join(partner)
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.log"))
    }

    /// The last lines of every log.
    fn logs(&self) -> String {
        let end = |name: &str| {
            let text = std::fs::read_to_string(self.log(name)).unwrap_or_default();
            let lines: Vec<_> = text.lines().rev().take(12).collect();
            format!("— {name}\n{}\n", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        };
        ["hub", PARTNERS[0], PARTNERS[1]].map(end).concat()
    }

    /// `kill -9` of the hub.
    pub(crate) fn kill_hub(&mut self) {
        self.hub.take().expect("it runs").kill();
    }

    /// `kill -9` of a simulator, which ran until then.
    pub(crate) fn kill_simulator(&mut self, partner: &str) {
        let mut process = self.simulators.remove(partner).expect("it runs");
        let ended = process.try_wait().expect("a child of ours");
        assert!(ended.is_none(), "{partner} ended by itself: {ended:?}\n{}", self.logs());
        process.kill().and_then(|()| process.wait()).expect("it can be ended");
    }

    /// Asks both simulators to end, and waits.
    pub(crate) fn stop_simulators(&mut self) {
        for (partner, mut process) in std::mem::take(&mut self.simulators) {
            let asked = Command::new("kill").arg(process.id().to_string()).status();
            assert!(asked.is_ok_and(|status| status.success()), "{partner} is asked to stop");
            let ended = process.wait().expect("it ends");
            assert!(ended.success(), "{partner} ended with {ended}\n{}", self.logs());
        }
    }

    /// Both ledgers of a link.
    pub(crate) fn ledgers(&self, partner: &str) -> Result<(Ledger, Ledger), String> {
        let data = self.data();
        let place = ["--data".as_ref() as &OsStr, data.as_os_str()];
        Ok((ledgers::of_hub(partner, &place)?, ledgers::of_simulator(&self.state(partner))))
    }

    /// Waits until both sides have everything of each other; the ledgers then.
    pub(crate) fn settled(&self, patience: Duration) -> BTreeMap<&'static str, (Ledger, Ledger)> {
        let begun = Instant::now();
        loop {
            let mut all = BTreeMap::new();
            let mut open = Vec::new();
            for partner in PARTNERS {
                match self.ledgers(partner).and_then(|(hub, its)| ledgers::settled(&hub, &its).map(|()| (hub, its))) {
                    Ok(both) => _ = all.insert(partner, both),
                    Err(why) => open.push(format!("{partner}: {why}")),
                }
            }
            if open.is_empty() {
                return all;
            }
            assert!(begun.elapsed() < patience, "the links do not settle: {open:#?}\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// Position and digest of the board that the running hub shows; it is killed before it can write anything more.
    pub(crate) async fn last_board(&mut self) -> (u64, String) {
        let hub = self.hub.take().expect("it runs");
        let operator = runtime::identity::operator_token(&self.data()).expect("the operator's token is there");
        let mut roads = hub::roads::Roads::connect(&hub.uri, &operator).await.expect("the hub answers");
        let said = roads.audit.digest(wire::v1::DigestRequest::default()).await.expect("a digest").into_inner();
        hub.kill();
        (said.position, said.digest)
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        for process in self.simulators.values_mut() {
            // Gone already is as good.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The hub's settings: two bridges, patience as short as it goes.
fn settings(folder: &Path, streamed: &str, ferried: &str) -> String {
    let tls = folder.join("tls");
    let quay = Quay::at(folder, ferried);
    let file = |name: &str| quay.file(name).display().to_string();
    let head =
        |partner: &str| format!("[[bridge]]\npartner = \"{partner}\"\nsimulated = true\nbeat_seconds = 1\nsilence_seconds = 3\n");
    let tls = |name: &str| tls.join(name).display().to_string();
    format!(
        "[journal]\nsnapshot_facts = 500\n{}[bridge.stream]\naddress = \"127.0.0.1:0\"\ncertificate = {:?}\nkey = {:?}\nclient_ca = {:?}\n{}[bridge.ferry]\ninbox = {:?}\noutbox = {:?}\nkey = {:?}\npartner_key = {:?}\nresend_seconds = 2\n",
        head(streamed),
        tls("hub.pem"),
        tls("hub.key"),
        tls("ca.pem"),
        head(ferried),
        file("to-hub"),
        file("from-hub"),
        file("hub.key"),
        file("partner.pub"),
    )
}
