//! The simulator's own ledger on disk: what it sent, what it got, what the hub committed. Nothing is said to the hub
//! before it stands here, and all that the simulator knows after a start is read from here.
//!
//! One file: eight bytes that name it, then records of length, CRC-32C and content. A record that was not wholly written
//! when the process ended is cut off at the start: it was never said to anybody.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use domain::time::Time;

const MAGIC: &[u8; 8] = b"LQLEDG01";
const NAME: &str = "ledger";
/// Length and checksum before each record.
const HEAD: usize = 8;

/// One thing that is on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// Whose ledger it is, and with which seed the town began when.
    Begun {
        /// `<source>/<district>/<seed>`.
        whose: String,
        /// When.
        at: Time,
    },
    /// A frame of ours.
    Ours {
        /// Town time at which it was written down.
        at: Time,
        /// The case it is of.
        case: String,
        /// The encoded frame.
        bytes: Vec<u8>,
    },
    /// A frame of the hub's.
    Theirs {
        /// Town time at which it came.
        at: Time,
        /// The encoded frame.
        bytes: Vec<u8>,
    },
    /// The hub has our frames up to this one.
    Committed(u64),
    /// The last file that we wrote.
    Batch(u64),
    /// The hub's journal, as it named it first.
    Journal(String),
}

/// Why a ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The disk.
    #[error("cannot {what} the ledger {path}")]
    Disk {
        /// What was tried.
        what: &'static str,
        /// Which file.
        path: String,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// Another process writes it.
    #[error("the ledger {path} is in use by another process")]
    InUse {
        /// Which file.
        path: String,
    },
    /// It is damaged in the middle: what it says cannot be trusted.
    #[error("the ledger {path} is damaged at byte {at}")]
    Damaged {
        /// Which file.
        path: String,
        /// Where.
        at: u64,
    },
}

/// The ledger, open for writing.
#[derive(Debug)]
pub(crate) struct Ledger {
    file: File,
    path: PathBuf,
}

impl Ledger {
    /// Opens the ledger in `dir`, or begins it; gives what is on record.
    pub(crate) fn open(dir: &Path) -> Result<(Self, Vec<Record>), LedgerError> {
        let path = dir.join(NAME);
        let failed = |what| {
            let path = path.display().to_string();
            move |source| LedgerError::Disk { what, path, source }
        };
        std::fs::create_dir_all(dir).map_err(failed("make the folder of"))?;
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed("open"))?;
        if file.try_lock().is_err() {
            return Err(LedgerError::InUse { path: path.display().to_string() });
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed("read"))?;
        if bytes.len() < MAGIC.len() {
            if !MAGIC.starts_with(&bytes) {
                return Err(LedgerError::Damaged { path: path.display().to_string(), at: 0 });
            }
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(MAGIC)).map_err(failed("begin"))?;
            file.sync_data().and_then(|()| File::open(dir)?.sync_all()).map_err(failed("begin"))?;
            return Ok((Self { file, path }, Vec::new()));
        }
        let (records, end) = read(&bytes).map_err(|at| LedgerError::Damaged { path: path.display().to_string(), at })?;
        if end < bytes.len() as u64 {
            tracing::warn!(file = %path.display(), cut = bytes.len() as u64 - end, "a record that was not wholly written is cut off");
            file.set_len(end).and_then(|()| file.sync_data()).map_err(failed("cut"))?;
        }
        file.seek(SeekFrom::Start(end)).map_err(failed("read"))?;
        Ok((Self { file, path }, records))
    }

    /// Writes records; when this returns they are on disk.
    pub(crate) fn append(&mut self, records: &[Record]) -> Result<(), LedgerError> {
        if records.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for record in records {
            write(record, &mut bytes);
        }
        let failed = |source| LedgerError::Disk { what: "write", path: self.path.display().to_string(), source };
        self.file.write_all(&bytes).and_then(|()| self.file.sync_data()).map_err(failed)
    }
}

/// What the ledger in `dir` says, without touching it: a process may be writing.
pub(crate) fn look(dir: &Path) -> Result<Vec<Record>, LedgerError> {
    let path = dir.join(NAME);
    let shown = path.display().to_string();
    let bytes = std::fs::read(&path).map_err(|source| LedgerError::Disk { what: "read", path: shown.clone(), source })?;
    read(&bytes).map(|(records, _)| records).map_err(|at| LedgerError::Damaged { path: shown, at })
}

/// The records, and where the last whole one ends. An error is the place of one that is damaged, with whole ones behind.
fn read(bytes: &[u8]) -> Result<(Vec<Record>, u64), u64> {
    if !bytes.starts_with(MAGIC) {
        return if MAGIC.starts_with(bytes) { Ok((Vec::new(), 0)) } else { Err(0) };
    }
    let mut records = Vec::new();
    let mut at = MAGIC.len();
    while at < bytes.len() {
        let Some((content, end)) = whole(bytes, at) else {
            let behind = head(bytes, at).map(|(length, _)| at.saturating_add(HEAD + length));
            return match behind.and_then(|behind| whole(bytes, behind)) {
                Some(_) => Err(at as u64),
                None => Ok((records, at as u64)),
            };
        };
        records.push(parse(content).ok_or(at as u64)?);
        at = end;
    }
    Ok((records, at as u64))
}

fn head(bytes: &[u8], at: usize) -> Option<(usize, u32)> {
    let head = bytes.get(at..at.checked_add(HEAD)?)?;
    let word = |from: usize| u32::from_le_bytes(std::array::from_fn(|n| head[from + n]));
    Some((usize::try_from(word(0)).ok()?, word(4)))
}

/// The content of a record that is all there, and where it ends. None is empty: zeros on disk are no record.
fn whole(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let (length, sum) = head(bytes, at)?;
    let end = at.checked_add(HEAD)?.checked_add(length)?;
    let content = bytes.get(at + HEAD..end)?;
    (length > 0 && crc32c::crc32c(content) == sum).then_some((content, end))
}

fn write(record: &Record, out: &mut Vec<u8>) {
    let mut content = Vec::new();
    let mut put = |kind: u8, number: u64, name: &str, bytes: &[u8]| {
        content.push(kind);
        content.extend_from_slice(&number.to_le_bytes());
        content.extend_from_slice(&u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
        content.extend_from_slice(&name.as_bytes()[..name.len().min(usize::from(u16::MAX))]);
        content.extend_from_slice(bytes);
    };
    match record {
        Record::Begun { whose, at } => put(1, at.ms().cast_unsigned(), whose, &[]),
        Record::Ours { at, case, bytes } => put(2, at.ms().cast_unsigned(), case, bytes),
        Record::Theirs { at, bytes } => put(3, at.ms().cast_unsigned(), "", bytes),
        Record::Committed(number) => put(4, *number, "", &[]),
        Record::Batch(number) => put(5, *number, "", &[]),
        Record::Journal(id) => put(6, 0, id, &[]),
    }
    out.extend_from_slice(&u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(&crc32c::crc32c(&content).to_le_bytes());
    out.extend_from_slice(&content);
}

fn parse(content: &[u8]) -> Option<Record> {
    let (&kind, rest) = content.split_first()?;
    let (number, rest) = rest.split_first_chunk::<8>()?;
    let number = u64::from_le_bytes(*number);
    let at = Time::from_ms(number.cast_signed());
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (name, bytes) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    let name = || String::from_utf8(name.to_vec()).ok();
    Some(match kind {
        1 => Record::Begun { whose: name()?, at },
        2 => Record::Ours { at, case: name()?, bytes: bytes.to_vec() },
        3 => Record::Theirs { at, bytes: bytes.to_vec() },
        4 => Record::Committed(number),
        5 => Record::Batch(number),
        6 => Record::Journal(name()?),
        _ => return None,
    })
}
