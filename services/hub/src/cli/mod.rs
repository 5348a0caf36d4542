//! What a person types. Every command has `--json` for machines (the last line of standard output is one value),
//! `--help` with an example, and ends with 0, 1 (failed) or 2 (wrong use).

mod bench;
mod copy;
mod demo;
mod doctor;
mod import;
mod ledger;
mod links;
mod look;
mod pages;
mod policy;
mod seal;
mod seat;
mod serve;
mod simulate;
mod stats;

use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use runtime::config::{self, Config};

use crate::version::VERSION;

/// Lianqin Hub 大联勤合成指挥中枢: the 110 desk and the grid desk in one event stream.
#[derive(Debug, Parser)]
#[command(name = "hub", version = VERSION, after_help = "Try it: hub demo --seconds 30\nThen:   hub board --data hub-demo")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the services until a stop signal. Example: hub serve --config deploy/config/hub.toml
    Serve(serve::Serve),
    /// Takes files of past matters in. Example: hub import messages messages-with-replies.csv --data hub-data
    Import(import::Import),
    /// Runs a living town, or goes on with one. Example: hub demo --seconds 30 --data hub-demo
    Demo(demo::Demo),
    /// Prints facts as they come. Example: hub follow --from 1 --data hub-demo
    Follow(look::Follow),
    /// Shows one incident and its facts. Example: hub show 5f0c2a52-… --data hub-demo
    Show(look::Show),
    /// Shows the board now, or as it was. Example: hub board --at 2026-07-08T19:07:00+08:00
    Board(look::At),
    /// Prints the board's digest: equal digests mean equal boards. Example: hub digest --at 1000
    Digest(look::At),
    /// Who held which duty of an incident, for how long; or each agency's sums of a day. Example: hub ledger 5f0c2a52-… --data hub-demo
    Ledger(ledger::Ledger),
    /// The rates: on time, returned, reopened, and what citizens say. Example: hub stats --by agency --data hub-demo
    Stats(stats::Stats),
    /// Keeps seats: who may call, with a token each. Example: hub seat add desk-1 --agency grid --area 320111 --role dispatcher
    Seat(seat::Seat),
    /// Keeps the policies in force: limits, routes, words. Example: hub policy list --data hub-data
    Policy(policy::Policy),
    /// How the links to partners stand; one link's ledger. Example: hub links --data hub-demo
    Links(links::Links),
    /// Is everything there, safe and reachable? Says how to mend what is not. Example: hub doctor --data hub-data
    Doctor(doctor::Doctor),
    /// Moves the journal, to NATS servers or back, byte for byte. Example: hub copy hub-data nats://127.0.0.1:4222
    Copy(copy::Copy),
    /// Keeps the keys of sealed data: out into a directory, and back in. Example: hub seal export keys-copy --data hub-data
    Seal(seal::Seal),
    /// Runs the system of a partner, 110 or the grid platform. Example: hub simulate police110 --state sim-110 --connect https://127.0.0.1:7443
    Simulate(Box<simulate::Simulate>),
    /// Measures this machine: append, loop, fold, memory and start-up. Example: hub bench append --json
    Bench(bench::Bench),
    /// Prints completions for a shell. Example: hub completions bash > ~/.local/share/bash-completion/completions/hub
    Completions(pages::Completions),
    /// Prints the manual page, or writes one for each command. Example: hub man --out man/man1
    Man(pages::Man),
}

/// Where the hub's files are, and how to print.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Directory with journal, snapshots and keys [default: hub-data, or what the configuration says]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) data: Option<PathBuf>,
    /// The journal's servers, nats://host:4222, several with commas; left out: segment files in the data directory
    #[arg(long, value_name = "URL", global = true, value_parser = journal_url)]
    pub(crate) journal: Option<String>,
    /// Monitoring address of a NATS server, which proves that it syncs; may be repeated [default: port 8222 of each server]
    #[arg(long = "monitor", value_name = "URL", global = true)]
    pub(crate) monitors: Vec<String>,
    /// Go on with NATS servers that acknowledge before they sync: what they acknowledged may be lost with their power
    #[arg(long, global = true)]
    pub(crate) accept_loss: bool,
    /// Print for machines: the last line of standard output is one JSON value
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Configuration file; HUB_* variables come after it, options last
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
}

impl Common {
    /// The settings: file, then variables, then options.
    pub(crate) fn settings(&self) -> anyhow::Result<Config> {
        let mut config = config::load(self.config.as_deref())?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        if self.journal.is_some() {
            config.journal.url.clone_from(&self.journal);
        }
        if !self.monitors.is_empty() {
            config.journal.nats.monitors.clone_from(&self.monitors);
        }
        config.journal.nats.accept_loss |= self.accept_loss;
        Ok(config)
    }
}

/// An address that a journal can be at.
fn journal_url(text: &str) -> Result<String, config::ConfigError> {
    let journal = config::Journal { url: Some(text.to_owned()), ..config::Journal::default() };
    journal.check().map(|()| text.to_owned())
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::new(error).context("start the runtime")),
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => code,
        // A reader that has seen enough (`| head`) is no failure.
        Err(error) if reader_gone(&error) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(command) => command.run().await,
        Command::Import(command) => command.run().await,
        Command::Demo(command) => command.run().await,
        Command::Follow(command) => command.run().await,
        Command::Show(command) => command.run().await,
        Command::Board(command) => command.board().await,
        Command::Digest(command) => command.digest().await,
        Command::Ledger(command) => command.run().await,
        Command::Stats(command) => command.run().await,
        Command::Seat(command) => command.run().await,
        Command::Policy(command) => command.run().await,
        Command::Links(command) => command.run().await,
        Command::Doctor(command) => command.run().await,
        Command::Copy(command) => command.run().await,
        Command::Seal(command) => command.run().await,
        Command::Simulate(command) => command.run().await,
        Command::Bench(command) => command.run().await,
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
    }
}

fn reader_gone(error: &anyhow::Error) -> bool {
    let broken = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(broken))
}

/// Says what failed and why, one cause a line.
fn failed(error: &anyhow::Error) -> ExitCode {
    use std::io::Write as _;
    let mut out = std::io::stderr().lock();
    // Where standard error is gone there is nobody to tell.
    let _ = writeln!(out, "hub: {error}");
    for cause in error.chain().skip(1) {
        let _ = writeln!(out, "  because: {cause}");
    }
    ExitCode::FAILURE
}

/// How far a long work is, on standard error; hidden where nobody watches.
pub(crate) fn bar(json: bool, length: Option<u64>, template: &str) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template(template).expect("the template names what the bar knows"));
    bar
}

/// Prints one line; a reader that went away ends the program quietly.
pub(crate) fn say(line: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}
