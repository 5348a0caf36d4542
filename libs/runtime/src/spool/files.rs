//! The directory of the spool: generations of segment files, begun anew when nothing waits and the last one grew long.

use std::{fs, io, path::Path, sync::Arc};

use futures::StreamExt as _;
use journal::{
    Journal as _,
    embedded::{Embedded, Options},
};

use super::{Generation, SpoolError, SpoolOptions, State, Waiting, record};

/// Bytes of one segment file.
const SEGMENT: u64 = 4 << 20;
/// Behind the name of files whose reports are all delivered.
const GONE: &str = ".gone";

pub(super) fn begin(options: &SpoolOptions, number: u64) -> Result<Generation, SpoolError> {
    let dir = options.dir.join(number.to_string());
    let disk = |what| {
        let dir = dir.display().to_string();
        move |source| SpoolError::Disk { what, dir, source }
    };
    fs::create_dir_all(&dir).map_err(disk("make"))?;
    fs::File::open(&options.dir).and_then(|dir| dir.sync_all()).map_err(disk("sync"))?;
    let mut journal = Options::new(&options.district, &format!("spool-{number}"), options.clock.source());
    journal.segment_bytes = SEGMENT;
    let files = Embedded::open(&dir, journal);
    let files = files.map_err(|source| SpoolError::Open { dir: dir.display().to_string(), source })?;
    Ok(Generation { number, files: Arc::new(files) })
}

/// Files that are partly removed would read as damaged: first they lose their name.
pub(super) fn remove(dir: &Path, number: u64) -> Result<(), SpoolError> {
    let gone = dir.join(format!("{number}{GONE}"));
    let failed = |source| SpoolError::Disk { what: "remove", dir: gone.display().to_string(), source };
    fs::rename(dir.join(number.to_string()), &gone).map_err(failed)?;
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed)?;
    fs::remove_dir_all(&gone).map_err(failed)
}

/// The generations that are there, the oldest first.
pub(super) fn numbers(dir: &Path) -> Result<Vec<u64>, SpoolError> {
    let failed = |what| move |source| SpoolError::Disk { what, dir: dir.display().to_string(), source };
    fs::create_dir_all(dir).map_err(failed("make"))?;
    for entry in fs::read_dir(dir).map_err(failed("list"))? {
        let entry = entry.map_err(failed("list"))?;
        if entry.file_name().to_str().is_some_and(|name| name.ends_with(GONE)) {
            fs::remove_dir_all(entry.path()).map_err(failed("remove"))?;
        }
    }
    listed(dir).map_err(failed("list"))
}

/// The generations in a directory as it is, the oldest first.
pub(super) fn listed(dir: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir)? {
        numbers.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Reads what waits in these files.
pub(super) async fn read(dir: &Path, files: &Arc<Embedded>, state: &mut State) -> Result<(), SpoolError> {
    let failed = |source| SpoolError::Read { dir: dir.display().to_string(), source };
    let end = files.head().await.map_err(failed)?.position;
    let mut batches = files.follow(1);
    let mut at = 0;
    while at < end {
        let Some(batch) = batches.next().await else { break };
        for entry in batch.map_err(failed)? {
            at = entry.position;
            let strange = |what: String| SpoolError::Strange { dir: dir.display().to_string(), what };
            match record::read(&entry.bytes).map_err(strange)? {
                record::Read::Opened => {}
                record::Read::Kept(number, kept) => {
                    let bytes = entry.bytes.len();
                    state.next = state.next.max(number + 1);
                    state.bytes += bytes;
                    state.commands.insert(kept.command().to_owned(), number);
                    let files = Arc::clone(files);
                    state
                        .waiting
                        .insert(number, Waiting { kept: Arc::from(kept), bytes, position: entry.position, files, stuck: false });
                }
                record::Read::Delivered(number) => {
                    if let Some(waiting) = state.waiting.remove(&number) {
                        state.bytes -= waiting.bytes;
                        state.commands.remove(waiting.kept.command());
                    }
                }
            }
        }
    }
    Ok(())
}
