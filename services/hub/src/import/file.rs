//! A file's bytes, plain or gzip.

use std::{
    fs::File,
    io::{Read as _, Seek as _},
    path::Path,
};

use anyhow::{Context as _, bail};
use flate2::read::MultiGzDecoder;

/// The largest file, unpacked, in bytes: it is held in memory while it is imported.
const MOST_BYTES: u64 = 1 << 30;

/// Reads `path` whole, unpacking it where it is gzip (by its first bytes, not by its name).
///
/// # Errors
/// It cannot be read, is damaged, or is larger than 1 GiB.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let naming = || format!("read {}", path.display());
    let mut file = File::open(path).with_context(naming)?;
    let mut magic = [0_u8; 2];
    let packed = file.read(&mut magic).with_context(naming)? == 2 && magic == [0x1f, 0x8b];
    file.rewind().with_context(naming)?;
    let mut bytes = Vec::new();
    if packed {
        MultiGzDecoder::new(file)
            .take(MOST_BYTES + 1)
            .read_to_end(&mut bytes)
            .with_context(|| format!("unpack {}", path.display()))?;
    } else {
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).with_context(naming)?;
    }
    if bytes.len() as u64 > MOST_BYTES {
        bail!("{} is larger than 1 GiB: split it", path.display());
    }
    Ok(bytes)
}
