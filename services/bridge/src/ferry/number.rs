//! The numbers of the files that one side writes: upward, and none twice, whatever happened to the files.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Numbers are set aside so many at a time; those of a process that ended early are never used.
const ASIDE: u64 = 100;

/// Gives numbers out.
#[derive(Debug)]
pub struct Numbers {
    file: PathBuf,
    next: u64,
    until: u64,
}

impl Numbers {
    /// Goes on behind what was ever set aside in this folder for `from`.
    ///
    /// # Errors
    /// The note cannot be read.
    pub fn open(dir: &Path, from: &str) -> io::Result<Self> {
        let file = dir.join(format!(".{from}.number"));
        let kept = match fs::read_to_string(&file) {
            Ok(text) => text.trim().parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the note holds no number"))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        Ok(Self { file, next: kept + 1, until: kept })
    }

    /// The next number.
    ///
    /// # Errors
    /// The note cannot be written.
    pub fn give(&mut self) -> io::Result<u64> {
        if self.next > self.until {
            let until = self.next + ASIDE - 1;
            let unfinished = self.file.with_extension("tmp");
            let mut file = File::create(&unfinished)?;
            file.write_all(until.to_string().as_bytes())?;
            file.sync_all()?;
            fs::rename(&unfinished, &self.file)?;
            if let Some(dir) = self.file.parent() {
                File::open(dir)?.sync_all()?;
            }
            self.until = until;
        }
        let number = self.next;
        self.next += 1;
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_given_out_twice_whenever_its_giver_ends() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut given = Vec::new();
        for life in 0..4 {
            let mut numbers = Numbers::open(dir.path(), "hub").expect("a note");
            given.extend((0..life * 60 + 1).map(|_| numbers.give().expect("a number")));
        }
        assert!(given.windows(2).all(|pair| pair[0] < pair[1]), "{given:?}");
    }
}
