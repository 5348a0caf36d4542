//! How fast the hub is on this machine, against the disk's own speed of the same run.
//!
//! Only public roads are measured: [`runtime::execute`] and [`journal::Journal::append`], with facts that the rules
//! themselves decided. What falls short is printed like the rest. Nothing here is used by a service. Read [`row`]
//! for what a line of the table says, [`life`] for the life that the loop leads, [`making`] for large journals.

mod append;
mod big;
mod disk;
mod fold;
mod hints;
mod life;
mod making;
mod meter;
mod nats;
mod row;
mod rpc;
mod town;
mod whole;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use domain::area::Areas;
use journal::{
    Journal,
    embedded::{Embedded, Options},
};
use runtime::{Clock, Fold, Ports, config::Config, policies::InForce};
use seal::{FileKeyring, Sealer};

pub(crate) use big::{child, measured as big};
pub(crate) use hints::measured as hints;
pub(crate) use nats::{measured as nats, writer as nats_writer};
pub(crate) use row::{Row, json, table};

/// The district that the benchmark plays in.
const DISTRICT: &str = "320111";
/// How long each row of `append` is measured.
const APPEND_FOR: Duration = Duration::from_secs(4);

/// A directory of this run, gone when the run is over.
pub(crate) struct Room(PathBuf);

impl Room {
    /// Makes one under `data`; two runs never share one.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub(crate) fn under(data: &Path) -> anyhow::Result<Self> {
        let room = data.join(format!("run-{}", std::process::id()));
        std::fs::create_dir_all(&room).with_context(|| format!("make the directory {}", room.display()))?;
        Ok(Self(room))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Gives the space of one part back.
    fn clear(&self, name: &str) {
        // What cannot be removed now is removed with the room.
        let _ = std::fs::remove_dir_all(self.path(name));
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // It holds measured data only; what stays behind is in nobody's way.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The rows of `hub bench append`.
///
/// # Errors
/// The disk does not answer, or the journal refuses.
pub(crate) async fn append(room: &Room) -> anyhow::Result<Vec<Row>> {
    let before = disk::bare(&room.path("bare"), APPEND_FOR)?;
    let sled = disk::sled(&room.path("sled"), APPEND_FOR)?;
    let measured = append::measured(&room.path("append"), APPEND_FOR).await?;
    let after = disk::bare(&room.path("bare"), APPEND_FOR)?;
    let bare = (before.rate + after.rate) / 2.0;
    room.clear("append");
    room.clear("sled");
    let mut rows = vec![disk::bare_row(&before, &after), disk::sled_row(&sled, bare)];
    rows.extend(measured.into_iter().map(|one| one.row(bare, sled.rate)));
    Ok(rows)
}

/// The rows of `hub bench loop`.
///
/// # Errors
/// A decision was refused, or the disk does not answer.
pub(crate) async fn whole_loop(room: &Room, seconds: u64) -> anyhow::Result<Vec<Row>> {
    let bare = disk::bare(&room.path("bare"), APPEND_FOR / 2)?;
    let by_execute = whole::measured(&room.path("loop"), Duration::from_secs(seconds)).await?;
    room.clear("loop");
    let by_rpc = rpc::measured(&room.path("rpc"), Duration::from_secs(seconds.min(10))).await?;
    room.clear("rpc");
    Ok([by_execute.rows("loop", Some(2_000.0), bare.rate), by_rpc.rows("loop over gRPC", None, bare.rate)].concat())
}

/// The rows of `hub bench fold`.
///
/// # Errors
/// The disk does not answer, or a fact does not fold.
pub(crate) async fn fold(room: &Room, facts: u64) -> anyhow::Result<Vec<Row>> {
    let made = making::make(&room.path("fold"), facts).await?;
    let lives = fold::measured("a journal of whole lives", &room.path("fold"), made.record_bytes).await?;
    room.clear("fold");
    let lived = room.path("town");
    tokio::task::block_in_place(|| town::lived(&lived))?;
    let (_, record_bytes) = town::again_and_again(&lived, &room.path("fold"), facts).await?;
    let town = fold::measured("a town's journal", &room.path("fold"), record_bytes).await?;
    room.clear("fold");
    room.clear("town");
    Ok([lives, town].concat())
}

/// Ports over a journal in `dir` that nobody follows: for making facts by the rules.
fn ports(dir: &Path, clock: Clock, queue: usize) -> anyhow::Result<Ports> {
    let mut options = Options::new(DISTRICT, "bench", clock.source());
    options.queue = queue;
    let journal = Embedded::open(&dir.join("journal"), options).context("open the benchmark's journal")?;
    ports_over(Arc::new(journal), dir, clock)
}

/// Ports over this journal, with keys in `dir`.
fn ports_over(journal: Arc<dyn Journal>, dir: &Path, clock: Clock) -> anyhow::Result<Ports> {
    let board = domain::board::Board::new(DISTRICT.parse().context("read the district's code")?);
    let keyring = FileKeyring::open(dir.join("keys")).context("open the benchmark's keys")?;
    Ok(Ports {
        fold: Fold::new(journal.clone(), board),
        journal,
        sealer: Arc::new(Sealer::new(Arc::new(keyring))),
        in_force: Arc::new(InForce::sample()),
        areas: Arc::new(Areas::pukou()),
        clock,
        district: DISTRICT.into(),
        spool: None,
    })
}

/// Settings of a process over `dir`.
fn config(dir: &Path) -> Config {
    Config { district: DISTRICT.to_owned(), data: dir.to_owned(), ..Config::default() }
}
