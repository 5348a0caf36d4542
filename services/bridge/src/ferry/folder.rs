//! A folder that batches cross in: written so that no reader ever sees half a file, read in the order of their numbers.
//!
//! A file is `<from>-<12 digits>.batch`. What was read goes into `done/`, what is not believed into `bad/`; whatever has
//! another name is somebody else's business and stays where it is.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use wire::{Message as _, v1::Batch};

use super::{BadBatch, Signer, Verifier};

/// Largest file that is read, in bytes.
pub const MOST_BYTES: u64 = 8 << 20;
const ENDING: &str = ".batch";
/// While it is being written.
const UNFINISHED: &str = ".tmp";
const DIGITS: usize = 12;
const DONE: &str = "done";
const BAD: &str = "bad";

/// One folder, in one direction.
#[derive(Debug, Clone)]
pub struct Folder {
    dir: PathBuf,
}

/// How the file of a batch is called.
#[must_use]
pub fn file_name(from: &str, number: u64) -> String {
    format!("{from}-{number:012}{ENDING}")
}

/// The number in the name of a file of `from`; none for any other name.
fn number_in(name: &str, from: &str) -> Option<u64> {
    let digits = name.strip_prefix(from)?.strip_prefix('-')?.strip_suffix(ENDING)?;
    let plain = digits.len() >= DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten().filter(|&number| file_name(from, number) == name)
}

impl Folder {
    /// The folder at `dir`, made where it is missing.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// Where it is.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes a batch: all of it on disk before it has its name.
    ///
    /// # Errors
    /// The disk failed, or the batch is larger than a reader would take.
    pub fn write(&self, batch: &Batch, signer: &Signer) -> io::Result<PathBuf> {
        let bytes = signer.sign(batch).encode_to_vec();
        if bytes.len() as u64 > MOST_BYTES {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the batch is larger than a reader takes"));
        }
        let path = self.dir.join(file_name(&batch.from, batch.number));
        let unfinished = path.with_extension("batch.tmp");
        let mut file = File::create(&unfinished)?;
        file.write_all(&bytes)?;
        file.sync_data()?;
        fs::rename(&unfinished, &path)?;
        sync(&self.dir)?;
        Ok(path)
    }

    /// The highest number that a file of `from` has here, read ones and refused ones too; 0 where there is none.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn last(&self, from: &str) -> io::Result<u64> {
        let mut last = 0;
        for dir in [self.dir.clone(), self.dir.join(DONE), self.dir.join(BAD)] {
            let highest = names(&dir)?.iter().filter_map(|name| number_in(name, from)).max();
            last = last.max(highest.unwrap_or(0));
        }
        Ok(last)
    }

    /// The batch with the lowest number that waits here; what is not believed is moved into `bad/` and passed over.
    ///
    /// The file stays until [`Folder::done`]: who is stopped before finds it again.
    ///
    /// # Errors
    /// The folder cannot be listed, or a bad file cannot be moved.
    pub fn next(&self, verifier: &Verifier) -> io::Result<Option<(PathBuf, Batch)>> {
        let mut waiting: Vec<(u64, String)> =
            names(&self.dir)?.into_iter().filter_map(|name| Some((number_in(&name, verifier.from())?, name))).collect();
        waiting.sort_unstable();
        for (number, name) in waiting {
            let path = self.dir.join(name);
            match read(&path, number, verifier)? {
                Ok(batch) => return Ok(Some((path, batch))),
                Err(why) => {
                    tracing::warn!(file = %path.display(), %why, "a batch is not believed");
                    self.bad(&path)?;
                }
            }
        }
        Ok(None)
    }

    /// What is in it is on the reader's disk.
    ///
    /// # Errors
    /// The file cannot be moved.
    pub fn done(&self, path: &Path) -> io::Result<()> {
        self.aside(path, DONE)
    }

    /// It is not believed.
    ///
    /// # Errors
    /// The file cannot be moved.
    pub fn bad(&self, path: &Path) -> io::Result<()> {
        self.aside(path, BAD)
    }

    /// Removes files that were read longer than `age` ago; those that were not believed stay, for somebody to look at.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn tidy(&self, age: Duration) -> io::Result<()> {
        let done = self.dir.join(DONE);
        for name in names(&done)?.iter().filter(|name| name.ends_with(ENDING)) {
            let path = done.join(name);
            let since = fs::metadata(&path).and_then(|file| file.modified()).ok();
            let old = since.and_then(|since| SystemTime::now().duration_since(since).ok()).is_some_and(|lain| lain > age);
            // One that is gone already needs no removing.
            if old && let Err(error) = fs::remove_file(&path) {
                tracing::debug!(file = %path.display(), %error, "a batch that was read could not be removed");
            }
        }
        Ok(())
    }

    fn aside(&self, path: &Path, into: &str) -> io::Result<()> {
        let dir = self.dir.join(into);
        // The folder itself is not made anew where it is away: what lies in it comes back.
        match fs::create_dir(&dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => {}
        }
        fs::rename(path, dir.join(path.file_name().unwrap_or_default()))?;
        sync(&dir)?;
        sync(&self.dir)
    }
}

/// A renamed file is only as safe as its folder's own entry.
fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// The names in a folder; none where it is not there.
fn names(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().to_str().filter(|name| !name.ends_with(UNFINISHED)).map(str::to_owned));
    }
    Ok(names)
}

/// Looks at kind and size before a byte is read.
fn read(path: &Path, named: u64, verifier: &Verifier) -> io::Result<Result<Batch, BadBatch>> {
    let about = fs::symlink_metadata(path)?;
    if !about.is_file() {
        return Ok(Err(BadBatch::NotAFile));
    }
    if about.len() > MOST_BYTES {
        return Ok(Err(BadBatch::TooLarge { bytes: about.len() }));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Ok(Err(BadBatch::TooLarge { bytes: bytes.len() as u64 }));
    }
    Ok(verifier.read(&bytes).and_then(|batch| match batch.number {
        number if number == named => Ok(batch),
        number => Err(BadBatch::Number { named, number }),
    }))
}
