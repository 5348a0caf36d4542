//! A ring of keys in a directory: for a hub that is one process.
//!
//! `keys.json` holds the keys, `erased.json` the erasures (no secret in it). Both are replaced whole
//! (written aside, synced, renamed, directory synced) before memory changes, readable by their owner
//! only. The erasure is written down first and the keys follow: whoever puts an older `keys.json` in
//! place sees the erasures done again when it is opened. Back `keys.json` up; no one can make it again, and who knows that
//! something was sealed before opens with [`FileKeyring::open_existing`], which makes no ring where the old one is gone.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    key::Key,
    keys::{DayKeys, Erasure, KeyName, Keys},
    ring::{Keyring, KeyringError},
};

#[cfg(test)]
mod tests;

const KEYS: &str = "keys.json";
const ERASED: &str = "erased.json";
/// For nobody but the hub's own user.
const MODE: u32 = 0o600;
const LOCK: &str = "keys.lock";

/// Keys in a directory of their own.
pub struct FileKeyring {
    dir: PathBuf,
    keys: RwLock<Keys>,
    epoch: AtomicU64,
}

/// A file as it stands on disk: a flipped bit in a key must be seen, not used.
#[derive(Serialize, Deserialize)]
struct Checked<T> {
    check: String,
    content: T,
}

impl FileKeyring {
    /// Opens the ring in `dir`, or makes one there; erasures that `keys.json` does not know yet are done.
    ///
    /// # Errors
    /// [`KeyringError::Damaged`] for a file that does not read, [`KeyringError::Disk`] when the disk refuses.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, KeyringError> {
        let dir = dir.into();
        make_directory(&dir)?;
        let _lock = lock(&dir)?;
        let keys = match read(&dir)? {
            Some(read) => kept(&dir, read)?,
            None => {
                let mut keys = Keys::new()?;
                bury(&mut keys, &dir)?;
                kept(&dir, (keys, false))?
            }
        };
        Ok(Self::of(dir, keys))
    }

    /// Opens the ring in `dir` and never makes one: for whoever holds records that were sealed with it. A new ring would open
    /// none of them, and would hide that their keys are lost.
    ///
    /// # Errors
    /// [`KeyringError::Missing`] where no ring is, the directory as it was; else as [`open`](Self::open).
    pub fn open_existing(dir: impl Into<PathBuf>) -> Result<Self, KeyringError> {
        let dir = dir.into();
        let missing = || KeyringError::Missing { dir: dir.display().to_string() };
        let path = dir.join(KEYS);
        // Looked for before the lock, which would leave its file in a directory that is not ours.
        if !fs::exists(&path).map_err(|source| disk("look for", &path, source))? {
            return Err(missing());
        }
        let _lock = lock(&dir)?;
        let keys = kept(&dir, read(&dir)?.ok_or_else(missing)?)?;
        Ok(Self::of(dir, keys))
    }

    /// The keys in `dir` as they stand there, and nothing else: no file is made, mended or locked. For whoever only looks.
    ///
    /// # Errors
    /// As [`open_existing`](Self::open_existing).
    pub fn look(dir: impl AsRef<Path>) -> Result<Keys, KeyringError> {
        let dir = dir.as_ref();
        let (keys, _) = read(dir)?.ok_or_else(|| KeyringError::Missing { dir: dir.display().to_string() })?;
        Ok(keys)
    }

    fn of(dir: PathBuf, keys: Keys) -> Self {
        Self { dir, keys: RwLock::new(keys), epoch: AtomicU64::new(0) }
    }

    /// Every key and erasure, for a backup or a move. As secret as the key file.
    #[must_use]
    pub fn export(&self) -> Keys {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over an export, older or newer; no dead key comes alive by it.
    ///
    /// # Errors
    /// [`KeyringError::Differs`] when both hold different keys under one name; nothing is changed then.
    pub fn import(&self, copy: Keys) -> Result<(), KeyringError> {
        self.change(|keys| keys.import(copy))
    }

    /// Reads the files again, after another process changed them.
    ///
    /// # Errors
    /// As [`open`](Self::open); the keys in memory stay as they were.
    pub fn refresh(&self) -> Result<(), KeyringError> {
        self.change(|_| Ok(()))
    }

    /// Changes the newest keys on disk, makes that durable, and only then uses them.
    fn change<T>(&self, change: impl FnOnce(&mut Keys) -> Result<T, KeyringError>) -> Result<T, KeyringError> {
        let mut current = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let _lock = lock(&self.dir)?;
        let (before, whole) = read(&self.dir)?.unwrap_or_else(|| (current.clone(), false));
        let mut next = before.clone();
        let answer = change(&mut next)?;
        if next.erasures() != before.erasures() {
            write(&self.dir, ERASED, &next.erasures())?;
        }
        if next != before || !whole {
            write(&self.dir, KEYS, &next)?;
        } else {
            // What is there may be a change whose directory was not synced before its process ended.
            sync(&self.dir)?;
        }
        *current = next;
        self.epoch.fetch_add(1, Ordering::Release);
        Ok(answer)
    }
}

impl Keyring for FileKeyring {
    fn get(&self, name: &KeyName) -> Option<DayKeys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn hub_secret(&self) -> Key {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).hub().clone()
    }

    fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    fn prepare(&self, days: &[String], agencies: &[&str]) -> Result<usize, KeyringError> {
        let mut names = Vec::new();
        for day in days {
            for agency in agencies {
                names.push(KeyName::new(day, agency)?);
            }
        }
        let all_there = {
            let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
            names.iter().all(|name| keys.get(name).is_some())
        };
        if all_there { Ok(0) } else { self.change(|keys| keys.prepare(&names)) }
    }

    fn erase(&self, day: &str, agency: &str, report: &str, others: &[String]) -> Result<(), KeyringError> {
        let name = KeyName::new(day, agency)?;
        let others = others.iter().filter(|other| *other != report).cloned().collect();
        let erasure = Erasure { name, report: report.to_owned(), others };
        self.change(|keys| keys.erase(&erasure))
    }
}

/// Keys with every written erasure done, and whether the key file already was like that.
fn read(dir: &Path) -> Result<Option<(Keys, bool)>, KeyringError> {
    let Some(on_disk) = read_file::<Keys>(&dir.join(KEYS))? else {
        return Ok(None);
    };
    let mut keys = on_disk.clone();
    bury(&mut keys, dir)?;
    let whole = keys == on_disk;
    Ok(Some((keys, whole)))
}

/// The keys that were read, written down first where the key file is not like them. A file that was put back by hand gets
/// its mode, and whatever name is there now stays there through a power cut.
fn kept(dir: &Path, (keys, whole): (Keys, bool)) -> Result<Keys, KeyringError> {
    if whole {
        let path = dir.join(KEYS);
        fs::set_permissions(&path, Permissions::from_mode(MODE)).map_err(|source| disk("protect", &path, source))?;
        sync(dir)?;
    } else {
        write(dir, KEYS, &keys)?;
    }
    Ok(keys)
}

/// Does every erasure that was ever written down; on keys that know it, nothing changes.
fn bury(keys: &mut Keys, dir: &Path) -> Result<(), KeyringError> {
    for erasure in read_file::<Vec<Erasure>>(&dir.join(ERASED))?.unwrap_or_default() {
        keys.erase(&erasure)?;
    }
    Ok(())
}

/// Makes the key directory where it is not there. Its name is on disk before a key is in it: a power cut may not take away
/// the directory of keys that are in use.
fn make_directory(dir: &Path) -> Result<(), KeyringError> {
    // Found before the directories are made, for afterwards none is new.
    let holders = holders(dir);
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|source| disk("create key directory", dir, source))?;
    holders.iter().try_for_each(|holder| sync(holder))
}

/// The directories that hold the name of one that may be new: the parent of `dir`, and of every ancestor that is not there
/// yet. None where a ring is: whoever made it has synced them.
fn holders(dir: &Path) -> Vec<PathBuf> {
    if dir.join(KEYS).exists() {
        return Vec::new();
    }
    let named = dir.ancestors().take_while(|ancestor| *ancestor == dir || !ancestor.exists());
    let here = |parent: &Path| if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() };
    named.filter_map(Path::parent).map(here).collect()
}

fn sync(dir: &Path) -> Result<(), KeyringError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|source| disk("sync", dir, source))
}

fn read_file<T: Serialize + for<'de> Deserialize<'de>>(path: &Path) -> Result<Option<T>, KeyringError> {
    let mut text = Zeroizing::new(Vec::new());
    match File::open(path).and_then(|mut file| file.read_to_end(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(disk("read", path, source)),
    }
    let damaged = || KeyringError::Damaged { path: path.display().to_string() };
    let file: Checked<T> = serde_json::from_slice(&text).map_err(|_| damaged())?;
    if file.check != check(&file.content) {
        return Err(damaged());
    }
    Ok(Some(file.content))
}

fn write<T: Serialize>(dir: &Path, name: &str, content: &T) -> Result<(), KeyringError> {
    let (path, aside) = (dir.join(name), dir.join(format!("{name}.new")));
    let file = Checked { check: check(content), content };
    let text = Zeroizing::new(serde_json::to_vec(&file).expect("keys have text names only and always become JSON"));
    // What a crash left aside is no one's key yet. Made anew, so that its mode is ours.
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(disk("replace", &aside, error)),
        Ok(()) | Err(_) => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(&aside)
        .and_then(|mut file| {
            file.write_all(&text)?;
            file.sync_all()
        })
        .map_err(|source| disk("write", &aside, source))?;
    fs::rename(&aside, &path).map_err(|source| disk("put in place", &path, source))?;
    sync(dir)
}

fn check<T: Serialize>(content: &T) -> String {
    let text = Zeroizing::new(serde_json::to_vec(content).expect("keys have text names only and always become JSON"));
    Sha256::digest(&*text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Held while the files change, against a second process; let go when dropped.
fn lock(dir: &Path) -> Result<File, KeyringError> {
    let path = dir.join(LOCK);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(MODE)
        .open(&path)
        .map_err(|source| disk("open", &path, source))?;
    file.lock().map_err(|source| disk("lock", &path, source))?;
    Ok(file)
}

fn disk(what: &'static str, path: &Path, source: io::Error) -> KeyringError {
    KeyringError::Disk { what, path: path.display().to_string(), source }
}
