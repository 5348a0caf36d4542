//! The partners' systems of the town: two simulators as processes of their own, linked by connections or by files, with
//! certificates or keys made for this run. They share the town's clock, and nothing else.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use bridge::{Partner, ferry::Signer};
use domain::time::Time;
use runtime::config::{Bridge, BridgeFerry, BridgeStream};

use crate::certs::Certs;

/// How long a simulator may take to end.
const PATIENCE: Duration = Duration::from_secs(5);
/// Seconds between signs of life of the files' writers, and until frames without a commit are written again: in a town in
/// which a minute is a second, files travel fast.
const BEAT: u64 = 1;
const RESEND: u64 = 3;

/// How frames travel between the town's hub and its partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Way {
    /// Over connections that the partners hold.
    Stream,
    /// As signed files in folders under the data directory.
    Ferry,
}

/// What belongs to the partners of a town, under its data directory.
pub(crate) struct Ground {
    dir: PathBuf,
    way: Way,
}

impl Ground {
    /// Makes certificates or keys, new for this run.
    pub(crate) fn prepare(data: &Path, way: Way) -> anyhow::Result<Self> {
        let ground = Self { dir: data.join("partners"), way };
        match way {
            Way::Stream => {
                let certs = Certs::new(&ground.dir.join("tls"))?;
                Partner::ALL.iter().try_for_each(|partner| certs.partner(partner.name()))?;
            }
            Way::Ferry => {
                for partner in Partner::ALL {
                    ground.keys(&ground.ferry(partner, ""))?;
                }
            }
        }
        Ok(ground)
    }

    /// A pair of keys for each end.
    fn keys(&self, dir: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(dir).with_context(|| format!("make {}", dir.display()))?;
        for end in ["hub", "partner"] {
            let mut seed = [0_u8; 32];
            getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("draw a key: {error}"))?;
            let seed = runtime::identity::hex(&seed);
            let public = Signer::from_hex(&seed)?.public();
            for (name, text) in [("key", &seed), ("pub", &public)] {
                write_private(&dir.join(format!("{end}.{name}")), text)?;
            }
        }
        Ok(())
    }

    fn ferry(&self, partner: Partner, name: &str) -> PathBuf {
        self.dir.join("ferry").join(partner.name()).join(name)
    }

    /// The bridges as the hub's configuration has them.
    pub(crate) fn bridges(&self) -> Vec<Bridge> {
        Partner::ALL.map(|partner| self.bridge(partner)).to_vec()
    }

    fn bridge(&self, partner: Partner) -> Bridge {
        let tls = |name: &str| self.dir.join("tls").join(name);
        let stream = (self.way == Way::Stream).then(|| BridgeStream {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            certificate: tls("hub.pem"),
            key: tls("hub.key"),
            client_ca: tls("ca.pem"),
            name: None,
        });
        let ferry = (self.way == Way::Ferry).then(|| BridgeFerry {
            inbox: self.ferry(partner, "to-hub"),
            outbox: self.ferry(partner, "from-hub"),
            key: self.ferry(partner, "hub.key"),
            partner_key: self.ferry(partner, "partner.pub"),
            resend_seconds: RESEND,
        });
        let partner = partner.name().to_owned();
        Bridge { partner, simulated: true, beat_seconds: BEAT, silence_seconds: 10, stream, ferry }
    }

    /// Starts the simulators beside the bridges of a running hub.
    pub(crate) fn start(&self, bridges: &[(Partner, Option<SocketAddr>)], town: &TownClock) -> anyhow::Result<Partners> {
        let mut running = Vec::new();
        for (partner, address) in bridges {
            running.push(self.simulator(*partner, *address, town)?);
        }
        Ok(Partners(running))
    }

    fn simulator(&self, partner: Partner, address: Option<SocketAddr>, town: &TownClock) -> anyhow::Result<Child> {
        let name = partner.name();
        let state = self.state(partner);
        fs::create_dir_all(&state).with_context(|| format!("make {}", state.display()))?;
        let log = File::options().create(true).append(true).open(self.dir.join(format!("{name}.log")))?;
        let program = std::env::current_exe().context("find this program")?;
        let mut command = Command::new(program);
        command.args(["simulate", name, "--quiet", "--state"]).arg(&state);
        match address {
            Some(address) => {
                let tls = |file: String| self.dir.join("tls").join(file);
                command.args(["--connect", &format!("https://localhost:{}", address.port())]);
                command.arg("--ca").arg(tls("ca.pem".to_owned()));
                command.arg("--cert").arg(tls(format!("{name}.pem"))).arg("--key").arg(tls(format!("{name}.key")));
            }
            None => {
                command.arg("--in").arg(self.ferry(partner, "from-hub")).arg("--out").arg(self.ferry(partner, "to-hub"));
                command.arg("--key").arg(self.ferry(partner, "partner.key"));
                command.arg("--hub-key").arg(self.ferry(partner, "hub.pub"));
                command.args(["--beat", &BEAT.to_string(), "--resend", &RESEND.to_string()]);
            }
        }
        command.args(["--speed", &town.speed.to_string(), "--seed", &town.seed.to_string()]);
        command.args(["--town-start", &town.start.ms().to_string(), "--town-epoch", &town.epoch_ms.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command.spawn().with_context(|| format!("start the simulator of {name}"))
    }

    /// Where a simulator keeps its ledger.
    pub(crate) fn state(&self, partner: Partner) -> PathBuf {
        self.dir.join(partner.name())
    }
}

/// The town's clock, as another process can have it, and its seed.
pub(crate) struct TownClock {
    pub(crate) start: Time,
    pub(crate) epoch_ms: i64,
    pub(crate) speed: u32,
    pub(crate) seed: u64,
}

impl TownClock {
    /// One that shows `start` now.
    pub(crate) fn from_now(start: Time, speed: u32, seed: u64) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { start, epoch_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX), speed, seed }
    }
}

/// Simulators that run.
pub(crate) struct Partners(Vec<Child>);

impl Partners {
    /// Tells them to end, and waits; who does not is ended.
    pub(crate) async fn stop(&mut self) {
        for child in &self.0 {
            if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
                // One that has ended already needs no word.
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            }
        }
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < PATIENCE && self.0.iter_mut().any(|child| matches!(child.try_wait(), Ok(None))) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.end();
    }

    fn end(&mut self) {
        for mut child in self.0.drain(..) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Partners {
    fn drop(&mut self) {
        self.end();
    }
}

fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes()).with_context(|| format!("write {}", path.display()))
}
