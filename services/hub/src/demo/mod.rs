//! A living town: reports in our own words, scripted seats in this process, the 110 and the grid platform as processes of
//! their own behind the bridge, the board live.
//!
//! The demo has no powers of its own: everything goes through the services' public commands, spoken by seats that are
//! set up like any other, and the hub's rules decide. It knows no rule and writes no fact itself. Read [`town`] for
//! who reports what, [`script`] for what seats do next, [`driver`] for how both are made to happen.

mod cast;
mod curve;
mod driver;
mod names;
mod news;
mod partners;
mod screen;
mod script;
mod town;
mod words;

use std::{
    io::IsTerminal as _,
    net::SocketAddr,
    sync::{Arc, OnceLock, atomic::Ordering},
    time::Duration,
};

use anyhow::{Context as _, bail};
use domain::{board::Counts, time::Time};
use futures::StreamExt as _;
use journal::jetstream;
use runtime::{Clock, Ports, config::Config, telemetry};
use tokio_util::sync::CancellationToken;

use crate::{backend::Backend, process::Service, seen};
use cast::Cast;
use driver::{Done, Driver};
use news::News;
pub(crate) use partners::Way;
use partners::{Ground, TownClock};
use screen::{Beside, Screen};
use town::Town;

/// How the demo is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// Town seconds in one second.
    pub(crate) speed: u32,
    /// Seconds to run; 0 until a stop signal.
    pub(crate) seconds: u64,
    /// The same seed, the same town.
    pub(crate) seed: u64,
    /// Print no live board, even where standard output is a terminal.
    pub(crate) quiet: bool,
    /// How frames travel to the partners' systems and back.
    pub(crate) way: Way,
}

/// What became of a demo.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The board at its end.
    pub(crate) counts: Counts,
    /// Where it listened.
    pub(crate) address: String,
    /// Facts of this run: kind, Chinese word, how many.
    pub(crate) facts: Vec<(&'static str, &'static str, u64)>,
    /// Steps that were refused or hindered, by step and code.
    pub(crate) refused: Vec<(String, u64)>,
}

/// Milliseconds before the journal's end in which a report may have been told and not yet taken in.
const LOOK_BACK_MS: i64 = 600_000;
/// The hour at which a new town wakes up, +08:00.
const BEGIN_HOUR: i64 = 7;
/// What the journal of a demo is called at first.
const PREFIX: &str = "demo-";
const DRAW: Duration = Duration::from_millis(200);
const SAY: Duration = Duration::from_secs(5);

/// Runs the demo over `config.data`: begins there, or goes on where another one stopped.
///
/// # Errors
/// The data cannot be opened, the address cannot be had, or the hub broke.
pub(crate) async fn run(mut config: Config, options: Options) -> anyhow::Result<Outcome> {
    config.journal.id = Some(format!("{PREFIX}{}-{}", config.district, options.seed));
    let kept = kept(&config).await?;
    let tip = kept.map(|(_, tip)| tip);
    let start = tip.map_or_else(this_morning, |tip| Time::from_ms(tip.ms() + 1));
    let ground = Ground::prepare(&config.data, options.way)?;
    config.bridges = ground.bridges();
    let town_clock = TownClock::from_now(start, options.speed, options.seed);
    let clock = Clock::fast(start, options.speed);
    let exporting = telemetry::export(&config.telemetry, &Service::ALL.map(Service::name))?;
    let (mut process, seen) = seen::open(config, clock, &exporting).await?;
    process.begin(&Service::ALL).await?;
    let mut partners = ground.start(process.bridges(), &town_clock)?;
    let ports = process.ports.clone();
    let first = ports.journal.head().await?.position + 1;
    // Reports told shortly before the last stop are told again: their command ids make that harmless.
    let from = kept.map_or(start, |(begun, tip)| begun.max(Time::from_ms(tip.ms() - LOOK_BACK_MS)));
    let town = Town::new(options.seed, &ports.areas);
    let cast = Arc::new(Cast::set_up(&ports).await?);
    tracing::info!(communities = town.communities(), seats = cast.len(), %start, "the town is awake");
    let (done, news, stop) = (Arc::new(Done::default()), Arc::new(News::default()), CancellationToken::new());
    let driver = Driver::new(ports.clone(), town, cast, Arc::clone(&done), options.seed, from);
    let broken = CancellationToken::new();
    let driving = tokio::spawn({
        let (stop, broken) = (stop.clone(), broken.clone());
        async move {
            let driven = driver.run(stop).await;
            broken.cancel();
            driven
        }
    });
    let driven = CancellationToken::new();
    let following = tokio::spawn({
        let (ports, news, driven) = (ports.clone(), Arc::clone(&news), driven.clone());
        async move { news.follow(&ports, first, driven).await }
    });
    let address: Arc<OnceLock<SocketAddr>> = Arc::default();
    let showing =
        tokio::spawn(show(ports.clone(), options, Arc::clone(&address), Arc::clone(&news), Arc::clone(&done), stop.clone()));
    let signalled = runtime::serve::signalled();
    let until = async {
        tokio::select! {
            () = signalled => {}
            () = broken.cancelled() => {}
            () = time_over(options.seconds) => {}
        }
        // Partners and seats stop first, so that the last board is the board they left.
        partners.stop().await;
        stop.cancel();
    };
    let bound = Arc::clone(&address);
    let served = process.serve(&Service::ALL, until, move |at| _ = bound.set(at)).await;
    stop.cancel();
    let drove = driving.await.context("the driver broke")?;
    // What was under way when the seats stopped is news, too.
    driven.cancel();
    showing.await.context("the screen broke")?;
    following.await.context("the news broke")?;
    let counts = ports.fold.look(domain::board::Board::counts);
    let closed = process.close().await;
    drop(seen);
    exporting.stop().await;
    served?;
    closed?;
    drove?;
    let refused = done.refused.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let address = address.get().map(ToString::to_string).unwrap_or_default();
    Ok(Outcome { counts, address, facts: news.counts(), refused: refused.into_iter().collect() })
}

async fn time_over(seconds: u64) {
    if seconds == 0 {
        return std::future::pending().await;
    }
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// When the journal that is kept there begins and ends; none where there is none yet.
async fn kept(config: &Config) -> anyhow::Result<Option<(Time, Time)>> {
    if config.journal.url.is_none() && !config.data.join("journal").is_dir() {
        return Ok(None);
    }
    let journal = match Backend::read_only(config).await {
        Ok(backend) => backend.journal(),
        Err(error) if error.downcast_ref::<jetstream::OpenError>().is_some_and(jetstream::OpenError::absent) => return Ok(None),
        Err(error) => return Err(error),
    };
    let head = journal.head().await?;
    if head.position == 0 {
        return Ok(None);
    }
    let first = journal.follow(1).next().await.context("the journal is empty")??;
    let first = journal::header(&first.first().context("the journal is empty")?.bytes)?;
    // A town's invented matters must not get in between real ones, and could never be taken out again.
    if !first.subject.starts_with(&format!("journal/{PREFIX}")) {
        bail!(
            "该日志（{0}）不是演示所建，演示不写入实际日志：请另给 --data 或专用的日志服务器 / the journal there ({0}) was not begun by a demo: give the demo a directory or servers of its own",
            first.subject
        );
    }
    let begun = first.time_ms().context("the journal's first record has no time")?;
    Ok(Some((Time::from_ms(begun), Time::from_ms(head.time_ms))))
}

/// Seven in the morning of today, in the district.
fn this_morning() -> Time {
    let now = Clock::system().now();
    let midnight = now.day() * domain::time::DAY_MS - 8 * town::HOUR_MS;
    Time::from_ms(midnight + BEGIN_HOUR * town::HOUR_MS)
}

/// The live board on a terminal, else a line now and then on standard error.
async fn show(
    ports: Ports,
    options: Options,
    address: Arc<OnceLock<SocketAddr>>,
    news: Arc<News>,
    done: Arc<Done>,
    stop: CancellationToken,
) {
    let screen = if !options.quiet && std::io::stdout().is_terminal() { Screen::take().ok() } else { None };
    let pause = if screen.is_some() { DRAW } else { SAY };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let address = address.get().map(ToString::to_string).unwrap_or_default();
        let (steps, reports, refused) = (done.steps.load(Ordering::Relaxed), done.reports.load(Ordering::Relaxed), done.refusals());
        let totals = format!("诉求 {reports}   席位动作 {steps}   未成 {refused}   结束按 Ctrl-C");
        let now = ports.clock.now();
        if let Some(screen) = &screen {
            let beside = Beside { now, speed: options.speed, address: &address, lines: news.lines(), totals };
            let lines = ports.fold.look(|board| screen::frame(board, &ports.areas, &beside));
            if screen.draw(&lines).is_err() {
                return;
            }
        } else {
            let counts = ports.fold.look(domain::board::Board::counts);
            let line = format!(
                "{now} 事件 {} 未结 {} 超时 {} 事实 {} {totals} gRPC {address}",
                counts.incidents, counts.open, counts.overdue, counts.position
            );
            use std::io::Write as _;
            // A reader that went away does not stop the town.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }
}

#[cfg(test)]
mod tests;
