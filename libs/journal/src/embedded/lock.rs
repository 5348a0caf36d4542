//! One writer a directory: an advisory lock that ends with its process, however that ends.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// How often a lock that somebody holds is tried again: whoever only looks ([`writer`]) has it for a moment.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(10);

/// Held as long as this lives.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "closing the file gives the lock back")] File);

/// Takes the directory's lock, or tells which process has it, by its id.
///
/// # Errors
/// The lock's file cannot be made or read.
pub fn hold(dir: &Path) -> io::Result<Result<Lock, String>> {
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(dir.join("lock"))?;
    for _ in 0..TRIES {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {
                file.set_len(0)?;
                file.rewind()?;
                writeln!(file, "{}", std::process::id())?;
                return Ok(Ok(Lock(file)));
            }
            Err(Errno::WOULDBLOCK) => thread::sleep(PAUSE),
            Err(errno) => return Err(errno.into()),
        }
    }
    noted(&mut file).map(Err)
}

/// The process that holds `dir` now, by its id; `None` where nobody does. Of a journal's directory it is the one that writes.
///
/// # Errors
/// The lock's file cannot be read.
pub fn writer(dir: &Path) -> io::Result<Option<String>> {
    let mut file = match File::open(dir.join("lock")) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        // Closing the file gives it back at once.
        Ok(()) => Ok(None),
        Err(Errno::WOULDBLOCK) => noted(&mut file).map(Some),
        Err(errno) => Err(errno.into()),
    }
}

fn noted(file: &mut File) -> io::Result<String> {
    let mut pid = String::new();
    file.read_to_string(&mut pid)?;
    Ok(pid.trim().to_owned())
}
