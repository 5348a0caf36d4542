//! The note a journal leaves when its facts were copied elsewhere: it is never written again.

use std::io;
use std::path::Path;

use super::disk::{Disk, RealDisk, SyncPoint, write_whole};

const NAME: &str = "moved";
const DRAFT: &str = "moved.new";

/// Leaves the note; it holds once this returns.
pub(crate) fn write(disk: &dyn Disk, to: &str) -> io::Result<()> {
    let file = disk.create(DRAFT, 0)?;
    write_whole(&*file, 0, to.as_bytes())?;
    file.sync_data(SyncPoint::Moved)?;
    disk.rename(DRAFT, NAME)?;
    disk.sync_dir(SyncPoint::MovedDir)
}

/// Where the journal of a directory went, if it did; for whoever does not write it.
///
/// # Errors
/// What the disk says.
pub fn moved(dir: &Path) -> io::Result<Option<String>> {
    read(&RealDisk::reading(dir))
}

/// Where the journal went, if it did.
pub(crate) fn read(disk: &dyn Disk) -> io::Result<Option<String>> {
    let file = match disk.open(NAME) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.read_at(0, 4096, &mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Takes the note away; it stays away once this returns.
pub(crate) fn remove(disk: &dyn Disk) -> io::Result<()> {
    match disk.remove(NAME) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => disk.sync_dir(SyncPoint::MovedDir),
    }
}
