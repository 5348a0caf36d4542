//! The few things a journal asks of a disk, so that a simulated one can stand in.
//!
//! Every sync has a name, [`SyncPoint`]: the suite takes them away one at a time and must turn red.
//! One directory, flat names, no locks (see `super::lock`).

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A place in the code where something is made to outlive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SyncPoint {
    /// A group of decisions, before they are answered.
    Group,
    /// The name of a new segment, before anything is written into it.
    Roll,
    /// The last segment at opening: what a killed writer left unsynced is believed only after this.
    Recovered,
    /// The directory at opening, for the same reason.
    RecoveredDir,
    /// A segment's index, before it gets its final name.
    Index,
    /// What a reader beside the writer is about to hand out.
    Reader,
    /// The note that the journal moved elsewhere, before it gets its final name.
    Moved,
    /// The name of that note.
    MovedDir,
}

impl SyncPoint {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Group, Self::Roll, Self::Recovered, Self::RecoveredDir, Self::Index, Self::Reader, Self::Moved, Self::MovedDir];
}

/// One flat directory.
pub trait Disk: Send + Sync {
    /// The names in it.
    ///
    /// # Errors
    /// What the disk says.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Opens a file that is there.
    ///
    /// # Errors
    /// What the disk says.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    /// Makes a file of `zeros` zero bytes, really written so that later writes change no metadata; an old
    /// one of that name is lost. Promises nothing for after a power cut.
    ///
    /// # Errors
    /// What the disk says.
    fn create(&self, name: &str, zeros: u64) -> io::Result<Arc<dyn DiskFile>>;
    /// Gives a file another name, at once or not at all.
    ///
    /// # Errors
    /// What the disk says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// What the disk says.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes the names outlive a power cut.
    ///
    /// # Errors
    /// What the disk says.
    fn sync_dir(&self, point: SyncPoint) -> io::Result<()>;
}

/// One file.
pub trait DiskFile: Send + Sync {
    /// Its length in bytes.
    ///
    /// # Errors
    /// What the disk says.
    fn size(&self) -> io::Result<u64>;
    /// Appends up to `len` bytes found from `at` on to `into`; fewer only at the end of the file.
    ///
    /// # Errors
    /// What the disk says.
    fn read_at(&self, at: u64, len: usize, into: &mut Vec<u8>) -> io::Result<()>;
    /// Writes, and tells how many bytes went in.
    ///
    /// # Errors
    /// What the disk says.
    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<usize>;
    /// Makes the contents outlive a power cut. If it fails, what was to be made safe may read as if it were
    /// and not be: only bytes that are written again are then made safe by the next one.
    ///
    /// # Errors
    /// What the disk says, also of a sync of another process that failed since this file was opened.
    fn sync_data(&self, point: SyncPoint) -> io::Result<()>;
    /// Forgets what memory holds of the file from a byte on and is not on its way to disk, so that the next
    /// read asks the disk itself.
    ///
    /// # Errors
    /// What the disk says.
    fn forget(&self, from: u64) -> io::Result<()>;
}

/// Writes all of `bytes`, or fails: a short write is a full or broken disk.
pub(crate) fn write_whole(file: &dyn DiskFile, at: u64, bytes: &[u8]) -> io::Result<()> {
    let written = file.write_at(at, bytes)?;
    if written == bytes.len() {
        return Ok(());
    }
    let what = format!("only {written} of {} bytes were written at {at}", bytes.len());
    Err(io::Error::new(io::ErrorKind::WriteZero, what))
}

/// Overwrites a stretch with zeros.
pub(crate) fn write_zeros(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    let zeros = vec![0; usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX).min(1 << 20)];
    let mut at = from;
    while at < to {
        let len = usize::try_from(to - at).unwrap_or(usize::MAX).min(zeros.len());
        write_whole(file, at, &zeros[..len])?;
        at += len as u64;
    }
    Ok(())
}

/// Zeros that are on their way to the disk together.
const ZEROS_AT_ONCE: u64 = 8 << 20;

/// A directory of this machine.
#[derive(Debug)]
pub struct RealDisk {
    dir: PathBuf,
    writable: bool,
}

impl RealDisk {
    /// Takes a directory for writing, makes it if it is absent, and makes its name outlive a power cut.
    ///
    /// # Errors
    /// What the disk says.
    pub fn writing(dir: &Path) -> io::Result<Self> {
        if !dir.is_dir() {
            std::fs::create_dir_all(dir)?;
            let whole = std::path::absolute(dir)?;
            for parent in whole.ancestors().skip(1) {
                // Parents we may not open are not ours to have made.
                match File::open(parent) {
                    Ok(parent) => parent.sync_all()?,
                    Err(_) => break,
                }
            }
        }
        Ok(Self { dir: dir.to_owned(), writable: true })
    }

    /// Takes a directory for reading only.
    #[must_use]
    pub fn reading(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), writable: false }
    }
}

impl Disk for RealDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        std::fs::read_dir(&self.dir)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new().read(true).write(self.writable).open(self.dir.join(name))?;
        Ok(Arc::new(RealFile(file)))
    }

    fn create(&self, name: &str, zeros: u64) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.dir.join(name);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
        if zeros > 0 {
            // Not every file system can reserve room; the written zeros below do it the slow way.
            let _ = rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, zeros);
        }
        let file = RealFile(file);
        // Not for safety: the first group in here shall not pay for all these zeros, nor a group of the segment before
        // wait behind all of them.
        let mut at = 0;
        while at < zeros {
            let to = zeros.min(at + ZEROS_AT_ONCE);
            write_zeros(&file, at, to)?;
            file.0.sync_data()?;
            at = to;
        }
        file.0.sync_all()?;
        Ok(Arc::new(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.dir.join(from), self.dir.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.dir.join(name))
    }

    fn sync_dir(&self, _point: SyncPoint) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }
}

struct RealFile(File);

impl DiskFile for RealFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, at: u64, len: usize, into: &mut Vec<u8>) -> io::Result<()> {
        let goal = into.len() + len;
        let mut at = at;
        into.reserve_exact(len);
        while into.len() < goal {
            // Only the missing bytes: the spare room may be larger than what was asked for.
            let read = if into.capacity() == goal {
                rustix::io::pread(&self.0, rustix::buffer::spare_capacity(into), at)?
            } else {
                let from = into.len();
                into.resize(goal, 0);
                let read = self.0.read_at(&mut into[from..], at);
                into.truncate(from + *read.as_ref().unwrap_or(&0));
                read?
            };
            if read == 0 {
                break;
            }
            at += read as u64;
        }
        Ok(())
    }

    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < bytes.len() {
            match self.0.write_at(&bytes[done..], at + done as u64) {
                Ok(0) => break,
                Ok(more) => done += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn sync_data(&self, _point: SyncPoint) -> io::Result<()> {
        self.0.sync_data()
    }

    fn forget(&self, from: u64) -> io::Result<()> {
        // Linux forgets whole pages only, and what it cached in one piece only as a whole: such a piece is
        // 2 MiB at most and starts at a multiple of its size.
        let from = from & !((2 << 20) - 1);
        rustix::fs::fadvise(&self.0, from, None, rustix::fs::Advice::DontNeed).map_err(io::Error::from)
    }
}
