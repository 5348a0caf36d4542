//! Opens sled, and moves a damaged store out of the way.

use std::{
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tracing::{error, warn};

use crate::{
    error::StoreError,
    picture,
    writer::{PROGRESS, picture_name, progress_from},
};

/// Memory for sled's pages in bytes; its own default is 1 GiB.
const CACHE: u64 = 64 << 20;
/// How long a store that is in use is asked again: sled's own threads give the file back a moment after the last
/// handle is gone, and whoever closed it here may open it again at once.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(10);

/// Opens the store in `dir` and looks at every byte of it, or starts an empty one in its place.
/// The second value says whether that was needed.
pub(crate) fn open(dir: &Path) -> Result<(sled::Db, bool), StoreError> {
    fs::create_dir_all(dir).map_err(|source| StoreError::Disk { what: "create its directory", source })?;
    let begun = Instant::now();
    let damage = loop {
        match whole(dir) {
            Ok(db) => return Ok((db, false)),
            Err(Trouble::Error(StoreError::InUse { .. })) if begun.elapsed() < PATIENCE => thread::sleep(PAUSE),
            Err(Trouble::Error(error)) => return Err(error),
            Err(Trouble::Damage(detail)) => break detail,
        }
    };
    let aside = move_aside(dir).map_err(|source| StoreError::Disk { what: "move its damaged directory aside", source })?;
    error!(dir = %dir.display(), aside = %aside.display(), damage, "store damaged; moved aside and begun anew");
    match whole(dir) {
        Ok(db) => Ok((db, true)),
        Err(Trouble::Error(error)) => Err(error),
        Err(Trouble::Damage(detail)) => Err(StoreError::Damaged { detail }),
    }
}

enum Trouble {
    Error(StoreError),
    Damage(String),
}

/// Opens sled and checks everything in it: it reads pages only when asked, and some damage makes it panic.
fn whole(dir: &Path) -> Result<sled::Db, Trouble> {
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let db = sled::Config::new().path(dir).cache_capacity(CACHE).flush_every_ms(Some(500)).open()?;
        check(&db).map(|sound| (db, sound))
    }));
    match opened {
        Ok(Ok((db, None))) => Ok(db),
        Ok(Ok((_, Some(what)))) => Err(Trouble::Damage(what)),
        Ok(Err(error)) => Err(trouble(dir, error)),
        Err(_) => Err(Trouble::Damage("the database panicked on its own file".to_owned())),
    }
}

fn trouble(dir: &Path, error: sled::Error) -> Trouble {
    match error {
        sled::Error::Io(source) if source.to_string().contains("could not acquire lock") => {
            Trouble::Error(StoreError::InUse { path: dir.display().to_string() })
        }
        sled::Error::Io(source)
            if matches!(
                source.kind(),
                io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other
            ) =>
        {
            Trouble::Damage(source.to_string())
        }
        sled::Error::Io(source) => Trouble::Error(StoreError::Disk { what: "open its files", source }),
        other => Trouble::Damage(other.to_string()),
    }
}

/// What is wrong in the store, if anything is.
fn check(db: &sled::Db) -> sled::Result<Option<String>> {
    for tree_name in db.tree_names() {
        let tree = db.open_tree(&tree_name)?;
        if let Some(name) = picture_name(&tree_name) {
            if tree.contains_key(picture::HEAD)? && picture::walk(&tree, &mut |_, _| {})?.is_none() {
                return Ok(Some(format!("picture {name} does not add up")));
            }
        } else if tree_name == PROGRESS {
            for item in &tree {
                let (name, value) = item?;
                if progress_from(&name, &value).is_none() {
                    return Ok(Some(format!("progress {} does not read", String::from_utf8_lossy(&name))));
                }
            }
        } else if !tree.is_empty() {
            warn!(tree = %String::from_utf8_lossy(&tree_name), "unknown tree in the store");
        }
    }
    Ok(None)
}

fn move_aside(dir: &Path) -> io::Result<PathBuf> {
    // The wall clock only names the directory; nothing is decided by it.
    let stamp = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let free = (0u32..).map(|n| {
        let mut name = dir.file_name().unwrap_or_default().to_owned();
        name.push(format!(".damaged-{stamp}-{n}"));
        dir.with_file_name(name)
    });
    let aside = free.into_iter().find(|path| !path.exists()).expect("a free name is found among four thousand million");
    fs::rename(dir, &aside)?;
    fs::create_dir_all(dir)?;
    Ok(aside)
}
