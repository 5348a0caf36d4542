//! What the disk can do by itself, and what sled makes of it: the measures beside which our own numbers stand.

use std::{
    io::{Seek as _, SeekFrom, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use store::Store;

use super::{
    meter::{Meter, Spent, Times, micros},
    row::Row,
};

/// Bytes written before each sync.
const BLOCK: usize = 4096;
/// Bytes of the file that is written over and over.
const FILE_BYTES: usize = 64 << 20;

/// How often something was on disk in a second.
pub(crate) struct Rate {
    /// Times a second.
    pub(crate) rate: f64,
    spent: Spent,
    times: Option<Times>,
}

/// Writes 4 KiB and calls `fdatasync`, over and over, in a file whose blocks are all there already.
pub(crate) fn bare(path: &Path, long: Duration) -> anyhow::Result<Rate> {
    let failed = || format!("write {}", path.display());
    let mut file = std::fs::File::create(path).with_context(failed)?;
    for _ in 0..FILE_BYTES / (1 << 20) {
        file.write_all(&vec![0; 1 << 20]).with_context(failed)?;
    }
    file.sync_all().with_context(failed)?;
    let block = [7_u8; BLOCK];
    let mut at = 0;
    let mut write = || {
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&block)?;
        at = (at + BLOCK as u64) % FILE_BYTES as u64;
        file.sync_data()
    };
    repeated(long, || write().with_context(failed))
}

/// One entry a time into sled 0.34, `flush` and `fdatasync`, through the store that the hub keeps its pictures in.
pub(crate) fn sled(dir: &Path, long: Duration) -> anyhow::Result<Rate> {
    let store = Store::open(dir).context("open a store")?;
    let mut value = 0;
    repeated(long, || {
        value += 1;
        store.set_progress("bench", value).context("keep a number in the store")
    })
}

fn repeated(long: Duration, mut once: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Rate> {
    let meter = Meter::start()?;
    let mut times = Vec::new();
    while meter.elapsed() < long {
        let begun = Instant::now();
        once()?;
        times.push(micros(begun));
    }
    let rate = times.len() as f64 / meter.elapsed().as_secs_f64();
    Ok(Rate { rate, spent: meter.spent()?, times: Times::of(times) })
}

/// The disk's own row: the mean of a measurement before and one after.
pub(crate) fn bare_row(before: &Rate, after: &Rate) -> Row {
    Row {
        name: "bare 4 KiB + fdatasync".to_owned(),
        value: (before.rate + after.rate) / 2.0,
        unit: "syncs/s",
        target: None,
        against: format!("{:.0} before, {:.0} after the rows below", before.rate, after.rate),
        spent: after.spent,
        times: after.times,
        record_bytes: None,
    }
}

/// sled's row.
pub(crate) fn sled_row(sled: &Rate, bare: f64) -> Row {
    Row {
        name: "sled 0.34 + fdatasync, one writer".to_owned(),
        value: sled.rate,
        unit: "entries/s",
        target: None,
        against: format!("{:.2} × bare", sled.rate / bare),
        spent: sled.spent,
        times: sled.times,
        record_bytes: None,
    }
}
