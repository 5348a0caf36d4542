//! Segment files: whatever stands in them, nothing is handed out that was not whole, and reading ends.
//!
//! The first byte says what is mended before the files are opened, so that changed bytes get behind the checksums: 1 puts
//! every frame's checksum right, 2 its position. Behind it stand the bytes of the first segment, and if there are marks, those
//! of the next segment and of the first one's index.

use std::sync::Arc;

use futures::StreamExt as _;
use journal::{
    Embedded, Entry, Journal, OpenError, Options, Subject,
    embedded::{disk::Disk as _, sim::SimDisk},
    header,
};
use tokio::runtime::{Builder, Runtime};

/// Stands before the bytes of the second segment.
pub const NEXT: &[u8] = b"--next--";
/// Stands before the bytes of the first segment's index.
pub const INDEX: &[u8] = b"--index--";
/// How the mending is asked for.
const CHECKSUMS: u8 = 1;
const POSITIONS: u8 = 2;
/// Bytes of a frame before its first record, and how many of them the checksum does not cover.
const HEAD: usize = 24;
const UNCHECKED: usize = 8;

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().build().expect("a runtime");
}

/// One directory: files and what is whole in them.
struct Files<'a> {
    segments: Vec<(u64, Vec<u8>)>,
    index: Option<&'a [u8]>,
    whole: Vec<Vec<u8>>,
}

/// A directory of segment files.
pub fn check(bytes: &[u8]) {
    let Some((&how, rest)) = bytes.split_first() else { return };
    let files = Files::new(how, rest);
    let read = look(&files, Embedded::read_only_on(Arc::new(files.disk())));
    let disk = files.disk();
    let mut options = Options::new("320111", "fuzz", Arc::new(|| 1_783_500_000_000));
    options.segment_bytes = 4096;
    let Ok(writer) = Embedded::open_on(Arc::new(disk.clone()), options) else { return };
    let begun = files.whole.is_empty();
    let written = entries(&files, &writer, begun);
    if let Some(read) = read.filter(|_| !begun) {
        assert_eq!(read, written, "a reader and the writer of the same files see as many facts");
    }
    drop(writer);
    let again = Embedded::read_only_on(Arc::new(disk)).expect("what a writer has opened opens again");
    assert_eq!(entries(&files, &again, begun), written, "what a writer has seen is there when it is opened again");
}

/// What a reader sees, if it opens.
fn look(files: &Files<'_>, opened: Result<Embedded, OpenError>) -> Option<usize> {
    match opened {
        Ok(journal) => Some(entries(files, &journal, false)),
        Err(wrong) => {
            if let OpenError::Damaged { file, what, .. } = &wrong {
                assert!(!file.is_empty() && !what.is_empty(), "damage has its place: {wrong}");
            }
            None
        }
    }
}

/// Reads everything; each entry has to be a whole record at its own position. `begun`: the journal was empty and has got its
/// first record since.
fn entries(files: &Files<'_>, journal: &Embedded, begun: bool) -> usize {
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let head = journal.head().await.expect("an open journal has an end").position;
            let mut found: Vec<Entry> = Vec::new();
            let mut following = journal.follow(1);
            let mut broke = false;
            while (found.len() as u64) < head && !broke {
                match following.next().await.expect("facts up to the end, or an error") {
                    Ok(batch) => found.extend(batch),
                    Err(_) => broke = true,
                }
            }
            // An index says where to read; one that lies may hide facts, and may not make any.
            assert!(!broke || files.index.is_some(), "facts that an opening counted can be read");
            assert!(begun || head as usize <= files.whole.len() || files.index.is_some(), "an end behind the last whole record");
            let sound = |entry: &Entry| {
                let whole = files.whole.get(usize::try_from(entry.position).unwrap_or(usize::MAX).saturating_sub(1));
                assert!(begun || whole.is_some_and(|whole| *whole == entry.bytes), "position {} was not whole", entry.position);
            };
            for (entry, position) in found.iter().zip(1..) {
                assert_eq!(entry.position, position, "a gap");
                sound(entry);
            }
            let subjects = found.iter().filter_map(|entry| Subject::new(header(&entry.bytes).ok()?.subject).ok());
            for subject in subjects.take(3) {
                journal.read(&subject, 1).await.unwrap_or_default().iter().for_each(sound);
            }
            found.len()
        })
    })
}

impl<'a> Files<'a> {
    fn new(how: u8, bytes: &'a [u8]) -> Self {
        let (segments, index) = crate::cut(bytes, INDEX);
        let (one, two) = crate::cut(segments, NEXT);
        let (mut files, mut next) = (Self { segments: Vec::new(), index, whole: Vec::new() }, 1);
        for bytes in [Some(one), two].into_iter().flatten() {
            let mut bytes = bytes.to_vec();
            // Two segments of one name cannot be: where the first holds nothing, it is the last.
            if files.segments.last().is_some_and(|(first, _)| *first == next) {
                break;
            }
            mend(how, &mut bytes, next);
            files.whole.extend(whole(&bytes, next));
            files.segments.push((next, bytes));
            next = files.whole.len() as u64 + 1;
        }
        files
    }

    fn disk(&self) -> SimDisk {
        let disk = SimDisk::new();
        let put = |name: String, bytes: &[u8]| {
            let file = disk.create(&name, 0).expect("room");
            file.write_at(0, bytes).expect("room");
        };
        for (first, bytes) in &self.segments {
            put(format!("{first:020}.seg"), bytes);
        }
        if let Some(index) = self.index {
            put(format!("{:020}.idx", 1), index);
        }
        disk
    }
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
}

/// Where each frame would lie, going by the lengths alone.
fn spans(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let (mut spans, mut at) = (Vec::new(), 0);
    while let Some(length) = bytes.get(at..at + 4).map(number) {
        let end = at + UNCHECKED + length;
        if length < HEAD - UNCHECKED || end > bytes.len() {
            break;
        }
        spans.push(at..end);
        at = end;
    }
    spans
}

fn mend(how: u8, bytes: &mut [u8], mut next: u64) {
    for span in spans(bytes) {
        if how & POSITIONS != 0 {
            bytes[span.start + 8..span.start + 16].copy_from_slice(&next.to_le_bytes());
            next += number(&bytes[span.start + 16..span.start + 20]) as u64;
        }
        if how & CHECKSUMS != 0 {
            let sum = crc32c::crc32c(&bytes[span.start + UNCHECKED..span.end]);
            bytes[span.start + 4..span.start + 8].copy_from_slice(&sum.to_le_bytes());
        }
    }
}

/// The records of whole frames that follow on each other: read here once more, by the layout alone.
fn whole(bytes: &[u8], mut next: u64) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for span in spans(bytes) {
        let frame = &bytes[span];
        let sound = crc32c::crc32c(&frame[UNCHECKED..]) as usize == number(&frame[4..8]);
        let count = number(&frame[16..20]);
        let Some(records) = records(&frame[HEAD..], count) else { break };
        if !sound || number(&frame[8..16]) as u64 != next || count == 0 {
            break;
        }
        next += count as u64;
        found.extend(records);
    }
    found
}

/// So many records that fill these bytes to the last.
fn records(mut bytes: &[u8], count: usize) -> Option<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for _ in 0..count {
        let (length, rest) = bytes.split_at_checked(4)?;
        let (record, rest) = rest.split_at_checked(number(length))?;
        found.push(record.to_vec());
        bytes = rest;
    }
    bytes.is_empty().then_some(found)
}

/// The first byte of an input that wants everything mended.
pub const MENDED: u8 = CHECKSUMS | POSITIONS;

/// How many facts a reader sees in these files; 0 where they do not open.
#[cfg(test)]
pub(crate) fn opens(bytes: &[u8]) -> usize {
    let files = Files::new(bytes[0], &bytes[1..]);
    look(&files, Embedded::read_only_on(Arc::new(files.disk()))).unwrap_or_default()
}
