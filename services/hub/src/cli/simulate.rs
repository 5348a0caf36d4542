//! `hub simulate`: the partners' systems as processes of their own, and what their ledgers say.

use std::{fs, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use bridge::{
    ferry::{Signer, Verifier},
    simulator::{
        self, Partner,
        engine::{Faults, Options, Road, rows},
    },
};
use clap::{Args, Subcommand};
use domain::time::Time;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use wire::link::{Certificate, ClientTlsConfig, Identity};

use super::say;

/// How the hub calls itself in files.
const HUB: &str = "hub";

/// Runs the system of a partner, invented calls and finds included, or shows what its ledger says.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: hub simulate police110 --state sim-110 --connect https://127.0.0.1:7443 --ca ca.pem --cert c.pem --key k.pem\nThen:    hub simulate ledger sim-110"
)]
pub(crate) struct Simulate {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The 110 system: calls, cars, feedback forms. Example: hub simulate police110 --state sim-110 --in a --out b --key seed --hub-key hub.pub
    Police110(Run),
    /// The grid platform: patrols, workers, checks. Example: hub simulate gridplatform --state sim-grid --connect https://127.0.0.1:7443
    Gridplatform(Run),
    /// Prints the frames in a simulator's ledger. Example: hub simulate ledger sim-110 --json
    Ledger(Ledger),
}

/// How a simulator is run.
#[derive(Debug, Args)]
struct Run {
    /// Directory of its ledger; started again on the same one it goes on
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// The district's six digits
    #[arg(long, default_value = "320111")]
    district: String,
    /// The hub's address for partners; frames go over a connection
    #[arg(long, value_name = "URL", conflicts_with_all = ["read", "write"], required_unless_present = "read")]
    connect: Option<String>,
    /// Certificate (PEM) that signed the hub's
    #[arg(long, value_name = "FILE", requires = "connect")]
    ca: Option<PathBuf>,
    /// Our certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "connect", requires = "key")]
    cert: Option<PathBuf>,
    /// Our private key: PEM of the certificate, or for files the Ed25519 seed of 64 hex digits
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Folder in which the hub's files appear; frames go as files
    #[arg(long = "in", value_name = "DIR", requires_all = ["write", "key", "hub_key"])]
    read: Option<PathBuf>,
    /// Folder for our files
    #[arg(long = "out", value_name = "DIR", requires = "read")]
    write: Option<PathBuf>,
    /// The hub's public key for files: 64 hex digits
    #[arg(long, value_name = "FILE", requires = "read")]
    hub_key: Option<PathBuf>,
    /// A file at least so often, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds)]
    beat: f64,
    /// Frames without a commit for so many seconds go into a file again
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = seconds)]
    resend: f64,
    /// Town seconds in one second
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    speed: u32,
    /// What the town's clock showed at --town-epoch, in milliseconds since 1970 [default: this moment]
    #[arg(long, value_name = "MS", requires = "town_epoch")]
    town_start: Option<i64>,
    /// When that was on this machine's clock, in milliseconds since 1970 [default: this moment]
    #[arg(long, value_name = "MS", requires = "town_start")]
    town_epoch: Option<i64>,
    /// Seconds to run; 0 until Ctrl-C
    #[arg(long, default_value_t = 0)]
    seconds: u64,
    /// The same seed gives the same town
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Ill behaviour for tests: slow, silent, duplicate, disorder, wrong, signature, giant; each may have a share, as in wrong=0.05
    #[arg(long, value_name = "LIST", default_value = "")]
    faults: Faults,
    /// Write nothing new down: only exchange what is there, until both sides have everything
    #[arg(long, hide = true)]
    no_town: bool,
    /// Print nothing but the first and the last line
    #[arg(long)]
    quiet: bool,
}

/// What a ledger says.
#[derive(Debug, Args)]
struct Ledger {
    /// The simulator's directory
    state: PathBuf,
    /// Print one JSON row a line
    #[arg(long)]
    json: bool,
}

impl Simulate {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        match self.what {
            What::Police110(run) => run.run(Partner::Police110).await,
            What::Gridplatform(run) => run.run(Partner::GridPlatform).await,
            What::Ledger(ledger) => ledger.run(),
        }
    }
}

impl Run {
    async fn run(self, partner: Partner) -> anyhow::Result<ExitCode> {
        let mut log = runtime::config::Config::default().log;
        log.filter = std::env::var("HUB_LOG").unwrap_or_else(|_| if self.quiet { "error" } else { "info" }.to_owned());
        runtime::telemetry::start(&log);
        let road = self.road(partner)?;
        let now = runtime::Clock::system().now().ms();
        let options = Options {
            partner,
            district: self.district,
            state: self.state,
            road,
            speed: self.speed,
            start: Time::from_ms(self.town_start.unwrap_or(now)),
            epoch_ms: self.town_epoch.unwrap_or(now),
            seed: self.seed,
            faults: self.faults,
            still: self.no_town,
        };
        let stop = CancellationToken::new();
        let signalled = runtime::serve::signalled();
        tokio::spawn({
            let (stop, seconds) = (stop.clone(), self.seconds);
            async move {
                let over = async {
                    match seconds {
                        0 => std::future::pending().await,
                        seconds => tokio::time::sleep(Duration::from_secs(seconds)).await,
                    }
                };
                tokio::select! { () = signalled => {} () = over => {} }
                stop.cancel();
            }
        });
        let ready = || {
            let line = json!({ "partner": partner.name(), "pid": std::process::id() });
            // Who reads that line may be gone; the simulator is not for it alone.
            let _ = say(&line.to_string());
        };
        let outcome = Box::pin(simulator::run(options, stop, ready)).await?;
        say(&serde_json::to_string(&outcome)?)?;
        Ok(ExitCode::SUCCESS)
    }

    fn road(&self, partner: Partner) -> anyhow::Result<Road> {
        match (&self.connect, &self.read, &self.write, &self.hub_key) {
            (Some(uri), ..) => Ok(Road::Stream { uri: uri.clone(), tls: self.tls()?.map(Box::new) }),
            (None, Some(read), Some(write), Some(hub_key)) => {
                let key = self.key.as_ref().context("give --key with the seed")?;
                let signer = Signer::from_hex(&text(key)?).with_context(|| format!("read {}", key.display()))?;
                let verifier = Verifier::new(&text(hub_key)?, HUB, partner.name(), &self.district);
                let verifier = verifier.with_context(|| format!("read {}", hub_key.display()))?;
                Ok(Road::Ferry {
                    read: read.clone(),
                    write: write.clone(),
                    signer: Box::new(signer),
                    verifier: Box::new(verifier),
                    beat: Duration::from_secs_f64(self.beat),
                    resend: Duration::from_secs_f64(self.resend),
                })
            }
            (None, ..) => bail!("give --connect, or --in, --out, --key and --hub-key"),
        }
    }

    fn tls(&self) -> anyhow::Result<Option<ClientTlsConfig>> {
        let Some(ca) = &self.ca else { return Ok(None) };
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(text(ca)?));
        if let (Some(cert), Some(key)) = (&self.cert, &self.key) {
            tls = tls.identity(Identity::from_pem(text(cert)?, text(key)?));
        }
        Ok(Some(tls))
    }
}

impl Ledger {
    fn run(&self) -> anyhow::Result<ExitCode> {
        for row in rows(&self.state)? {
            if self.json {
                say(&serde_json::to_string(&row)?)?;
            } else {
                let side = if row.ours { "本方" } else { "中枢" };
                let reached = if row.committed { "已送达" } else { "待送达" };
                say(&format!("{side} {:>8} {reached} {:18} {:36} {}", row.number, row.kind, row.incident, row.digest))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn text(path: &PathBuf) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}

/// Seconds that are worth waiting for.
fn seconds(text: &str) -> Result<f64, String> {
    let fit = text.parse().ok().filter(|seconds| (0.01..=86_400.0).contains(seconds));
    fit.ok_or_else(|| "give 0.01 to 86400 seconds".to_owned())
}
