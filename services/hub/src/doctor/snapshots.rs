//! The snapshots: do they read, and do they end where the journal does?
//!
//! Opening a store may mend it, so a copy is opened, and taken away again.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use journal::Tip;
use runtime::{fold, identity::hex};
use store::Store;

use super::{Check, Ground};

const NAME: &str = "store";

pub(super) async fn look(ground: &Ground<'_>, tip: Option<Tip>) -> Check {
    let dir = ground.config.data.join("store");
    if !dir.is_dir() {
        return Check::ok(NAME, "no snapshot yet: the board is folded from the journal");
    }
    let away = format!("rm -r {}", dir.display());
    if let Some(pid) = &ground.held {
        return Check::ok(NAME, format!("process {pid} uses it; not opened"));
    }
    // Opening reads all of it, and may take a while.
    match tokio::task::spawn_blocking(move || opened(&dir)).await.context("open a copy of the store").flatten() {
        Ok(found) => judged(found, tip, &away),
        Err(error) => Check::warn(
            NAME,
            format!("not looked at: {error:#}"),
            format!("可删除快照，由日志重建：`{away}`"),
            format!("snapshots may be deleted, they are made again from the journal: `{away}`"),
        ),
    }
}

/// What a store holds.
struct Kept {
    /// How far the snapshots go.
    highest: u64,
    /// The schema of the snapshot, and this program's.
    schemas: Option<(u32, u32)>,
}

/// `found` is nothing where the store is damaged; `away` takes it away.
fn judged(found: Option<Kept>, tip: Option<Tip>, away: &str) -> Check {
    let (highest, schemas) = (found.as_ref().map(|kept| kept.highest), found.as_ref().and_then(|kept| kept.schemas));
    match (highest, tip) {
        (None, _) => Check::warn(
            NAME,
            "damaged: the next start moves it aside and folds the board from the journal",
            format!("下次启动会慢一些：`hub serve`；或先删除：`{away}`"),
            format!("that start takes longer: `hub serve`; or delete it first: `{away}`"),
        ),
        (Some(highest), Some(tip)) if highest > tip.position => Check::fail(
            NAME,
            format!("a snapshot has seen position {highest}, and the journal ends at {}: facts are gone", tip.position),
            format!("从备份恢复日志；若换了日志，删除快照：`{away}`"),
            format!("restore the journal from a copy; if it is another journal on purpose, delete the snapshots: `{away}`"),
        ),
        (Some(_), _) if schemas.is_some_and(|(kept, ours)| kept != ours) => {
            let (kept, ours) = schemas.unwrap_or_default();
            Check::warn(
                NAME,
                format!("of schema {kept}, and this program reads {ours}: the next start folds the board from the journal"),
                format!("下次启动会慢一些：`hub serve`；或先删除：`{away}`"),
                format!("that start takes longer: `hub serve`; or delete it first: `{away}`"),
            )
        }
        (Some(0), _) => Check::ok(NAME, "no snapshot in it yet: the board is folded from the journal"),
        (Some(highest), _) => Check::ok(NAME, format!("whole, up to position {highest}")),
    }
}

fn opened(dir: &Path) -> anyhow::Result<Option<Kept>> {
    let aside = Aside::copy_of(dir)?;
    let store = Store::open(aside.store())?;
    if store.rebuilt() {
        return Ok(None);
    }
    Ok(Some(Kept { highest: store.highest()?, schemas: fold::schemas(&store)? }))
}

/// A folder with a copy that goes when this does, with what opening the copy may move aside in it.
struct Aside(PathBuf);

impl Aside {
    fn copy_of(dir: &Path) -> anyhow::Result<Self> {
        let mut drawn = [0_u8; 8];
        getrandom::fill(&mut drawn).map_err(|error| anyhow::anyhow!("draw a name: {error}"))?;
        let temporary = std::env::temp_dir();
        let room = rustix::fs::statvfs(&temporary).map_err(io::Error::from)?;
        let (free, wanted) = (room.f_bavail.saturating_mul(room.f_frsize), size(dir)?);
        anyhow::ensure!(free / 4 > wanted, "no room for a copy of {} MiB in {}", wanted >> 20, temporary.display());
        let aside = Self(temporary.join(format!("hub-doctor-{}", hex(&drawn))));
        DirBuilder::new().mode(0o700).create(&aside.0).with_context(|| format!("make {}", aside.0.display()))?;
        fs::create_dir(aside.store())
            .and_then(|()| copy(dir, &aside.store()))
            .with_context(|| format!("copy {}", dir.display()))?;
        Ok(aside)
    }

    fn store(&self) -> PathBuf {
        self.0.join("store")
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // What is left lies in the system's folder for such things.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn size(dir: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() { size(&entry.path())? } else { about.len() };
    }
    Ok(bytes)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&to)?;
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_copy_is_opened_and_the_store_stays_as_it_is() {
        let dir = tempfile::tempdir().expect("a folder");
        let kept = dir.path().join("store");
        let store = Store::open(&kept).expect("opens");
        let entries = (0..2_000).map(|i| (format!("{i:06}"), Some(format!("entry {i} {}", "x".repeat(100)))));
        store.save("fold", 1, 7, entries).expect("kept");
        drop(store);
        assert_eq!(opened(&kept).expect("read").map(|kept| kept.highest), Some(7));
        let file = kept.join("conf");
        let mut bytes = fs::read(&file).expect("read");
        bytes[5] ^= 0xff;
        fs::write(&file, &bytes).expect("written");
        assert!(opened(&kept).expect("read").is_none(), "damage is seen");
        assert_eq!(fs::read(&file).expect("read"), bytes, "and left as it was");
        assert_eq!(fs::read_dir(dir.path()).expect("listed").count(), 1, "nothing was moved aside");
    }

    #[test]
    fn a_snapshot_ahead_of_the_journal_fails() {
        let tip = |position| Some(Tip { position, time_ms: 0 });
        for (highest, tip, state) in
            [(Some(5), tip(5), State::Ok), (Some(6), tip(5), State::Fail), (Some(6), None, State::Ok), (None, tip(5), State::Warn)]
        {
            let found = highest.map(|highest| Kept { highest, schemas: Some((6, 6)) });
            assert_eq!(judged(found, tip, "rm").state, state);
        }
    }
}
