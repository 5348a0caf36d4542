//! Snapshots: what the board looked like, kept beside the journal so that a start need not fold everything.
//!
//! Incremental: only what changed since the last one is written. An entry ahead of the snapshot's position is
//! harmless, because folding skips facts whose version an entry already has. Nothing in here is the only copy of
//! anything: a missing, damaged or older snapshot is rebuilt from the journal.

use std::sync::Arc;

use domain::{
    area::AreaCode,
    board::{Board, Cold, Entry},
    id::IncidentId,
    time::Time,
};
use store::{Store, StoreError};

use super::Fold;

const NAME: &str = "board";
/// Moves on whenever the shape of an entry changes; the picture is then drawn anew from the journal.
const SCHEMA: u32 = 2;
/// Cold incidents a value holds: 61 bytes each, below the store's 8,000.
const COLD_PAGE: usize = 128;
const COLD_BYTES: usize = 61;

/// Writes what changed since the last snapshot; says at which position.
///
/// # Errors
/// The store cannot keep it; what changed stays noted for the next time.
pub fn save(fold: &Fold, store: &Store) -> Result<u64, StoreError> {
    let dirty = fold.take_dirty();
    let (position, changes) = fold.look(|board| (board.position(), changes(board, &dirty)));
    let written = changes.into_iter().map(|(key, entry)| (key, entry.map(|entry| entry.bytes())));
    match store.save(NAME, SCHEMA, position, written) {
        Ok(()) => Ok(position),
        Err(error) => {
            fold.put_back(dirty);
            Err(error)
        }
    }
}

enum Change {
    Entry(Entry),
    Bytes(Vec<u8>),
}

impl Change {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Entry(entry) => serde_json::to_vec(&entry).expect("an entry holds only text keys and numbers"),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// Cheap under the lock: entries are shared, and written out later.
fn changes(board: &Board, dirty: &super::Dirty) -> Vec<(Vec<u8>, Option<Change>)> {
    let mut changes = Vec::with_capacity(dirty.incidents.len() + dirty.seats.len() + 2);
    let mut cold: Vec<(IncidentId, Cold)> = Vec::new();
    for &id in &dirty.incidents {
        match (board.incident(id), board.cold(id)) {
            (Some(incident), _) => changes.push((incident_key(id), Some(Change::Entry(Entry::Incident(Arc::clone(incident)))))),
            (None, Some(kept)) => {
                cold.push((id, *kept));
                changes.push((incident_key(id), None));
            }
            (None, None) => {}
        }
    }
    for (n, page) in cold.chunks(COLD_PAGE).enumerate() {
        let mut bytes = Vec::with_capacity(page.len() * COLD_BYTES);
        for (id, kept) in page {
            bytes.extend_from_slice(&id.as_u128().to_be_bytes());
            bytes.extend_from_slice(&kept.to_bytes());
        }
        let mut key = b"c".to_vec();
        key.extend_from_slice(&board.position().to_be_bytes());
        key.extend_from_slice(&u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes());
        changes.push((key, Some(Change::Bytes(bytes))));
    }
    let seats = dirty.seats.iter().filter_map(|id| board.seat(id));
    changes.extend(seats.map(|kept| (named_key(b's', kept.seat.id.as_str()), Some(Change::Entry(Entry::Seat(Arc::clone(kept)))))));
    let looks = dirty.access.iter().filter_map(|id| board.looks(id).map(|looks| (id, looks)));
    changes
        .extend(looks.map(|(id, looks)| (named_key(b'a', id), Some(Change::Entry(Entry::Access(id.clone(), Arc::clone(looks)))))));
    if let Some((id, ledger)) = board.ledger() {
        changes.push((named_key(b'j', id), Some(Change::Entry(Entry::Journal(id.clone(), ledger.clone())))));
    }
    changes.push((b"z".to_vec(), Some(Change::Bytes(board.time().ms().to_be_bytes().to_vec()))));
    changes
}

fn incident_key(id: IncidentId) -> Vec<u8> {
    let mut key = b"i".to_vec();
    key.extend_from_slice(&id.as_u128().to_be_bytes());
    key
}

fn named_key(kind: u8, name: &str) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(name.as_bytes());
    key
}

/// The board as last kept; a blank one where nothing usable is kept.
///
/// # Errors
/// The store cannot be read.
pub fn load(store: &Store, district: AreaCode) -> Result<Board, StoreError> {
    let mut board = Board::new(district);
    let mut time = None;
    let mut sound = true;
    // Keys come in order: access, cold pages, incidents, journal, seats, time. A warm incident wins over its cold past.
    let position = store.load(NAME, SCHEMA, &mut |key: &[u8], value: &[u8]| match key.first() {
        Some(b'c') => {
            for one in value.chunks_exact(COLD_BYTES) {
                sound &= put_cold(&mut board, one).is_some();
            }
        }
        Some(b'z') => time = value.try_into().ok().map(|bytes| Time::from_ms(i64::from_be_bytes(bytes))),
        _ => match serde_json::from_slice::<Entry>(value) {
            Ok(entry) => board.put(entry),
            Err(_) => sound = false,
        },
    })?;
    match (position, time) {
        (Some(position), Some(time)) if sound => {
            board.loaded(position, time);
            Ok(board)
        }
        _ => Ok(Board::new(district)),
    }
}

fn put_cold(board: &mut Board, bytes: &[u8]) -> Option<()> {
    let (id, kept) = bytes.split_first_chunk::<16>()?;
    let kept = Cold::from_bytes(kept.try_into().ok()?)?;
    board.put_cold(IncidentId::from_u128(u128::from_be_bytes(*id)), kept);
    Some(())
}
