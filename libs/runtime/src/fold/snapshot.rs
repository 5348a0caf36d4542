//! Snapshots: what the board looked like, kept beside the journal so that a start need not fold everything.
//!
//! Incremental: only what changed since the last one is written. An entry ahead of the snapshot's position is
//! harmless, because folding skips facts whose version an entry already has. Nothing in here is the only copy of
//! anything: a missing, damaged or older snapshot is rebuilt from the journal.

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    area::AreaCode,
    board::{Board, Cold, Entry, Outline},
    id::IncidentId,
    time::Time,
};
use sha2::{Digest as _, Sha256};
use store::{Store, StoreError};

use super::Fold;

const NAME: &str = "board";
/// Moves on whenever the shape of an entry changes; the picture is then drawn anew from the journal.
const SCHEMA: u32 = 6;
/// Cold incidents a value holds: 65 bytes each, below the store's 8,000.
const COLD_PAGE: usize = 120;
const COLD_BYTES: usize = 65;

/// Writes what changed since the last snapshot; says at which position.
///
/// # Errors
/// The store cannot keep it; what changed stays noted for the next time.
pub fn save(fold: &Fold, store: &Store) -> Result<u64, StoreError> {
    // One look at both: a fact folded in between would be neither in these changes nor behind this position.
    let (position, cooled, changes) = fold.look(|board| {
        let mut saved = fold.saved();
        let cooled = std::mem::take(&mut saved.cooled);
        let changes = changes(board, saved.position, &cooled);
        (board.position(), cooled, changes)
    });
    let written = changes.into_iter().map(|(key, entry)| (key, entry.map(|entry| entry.bytes())));
    let kept = store.save(NAME, SCHEMA, position, written);
    let mut saved = fold.saved();
    match kept {
        Ok(()) => saved.position = position,
        Err(_) => saved.cooled.extend(cooled),
    }
    kept.map(|()| position)
}

/// The schema of the snapshot that is kept, and the one that this program reads; nothing where none is kept. One of
/// another schema is left alone and drawn anew from the journal.
///
/// # Errors
/// The store cannot be read.
pub fn schemas(store: &Store) -> Result<Option<(u32, u32)>, StoreError> {
    Ok(store.schema(NAME)?.map(|kept| (kept, SCHEMA)))
}

enum Change {
    Entry(Entry),
    Outline(Outline),
    Bytes(Vec<u8>),
}

impl Change {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Entry(entry) => entry.to_bytes(),
            Self::Outline(outline) => serde_json::to_vec(&outline).expect("an outline holds only texts"),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// Cheap under the lock: entries are shared, and written out later.
fn changes(board: &Board, saved: u64, cooled: &BTreeSet<IncidentId>) -> Vec<(Vec<u8>, Option<Change>)> {
    let known = |id: &IncidentId| board.cold(*id).map(|kept| (*id, *kept));
    let cold: Vec<(IncidentId, Cold)> = cooled.iter().filter_map(known).collect();
    // What went cold stands on its page before its warm entry goes: a save may be cut anywhere. So do the outlines
    // that the pages name.
    let numbers: BTreeSet<u32> = cold.iter().map(|(_, kept)| kept.outline).collect();
    let outlines = numbers.into_iter().filter_map(|number| Some((number, board.outline(number)?.clone())));
    let mut changes: Vec<_> = outlines.map(|(number, outline)| (outline_key(number), Some(Change::Outline(outline)))).collect();
    changes.extend(cold.chunks(COLD_PAGE).map(|page| cold_page(board.position(), page)));
    changes.extend(cold.iter().map(|(id, _)| (incident_key(*id), None)));
    let mut keep = |key, entry| changes.push((key, Some(Change::Entry(entry))));
    for incident in board.incidents().filter(|incident| incident.position > saved) {
        keep(incident_key(incident.id), Entry::Incident(Arc::clone(incident)));
    }
    for kept in board.seats().filter(|kept| kept.position > saved) {
        keep(named_key(b's', kept.seat.id.as_str()), Entry::Seat(Arc::clone(kept)));
    }
    for (id, looks) in board.all_looks().filter(|(_, looks)| looks.position > saved) {
        keep(named_key(b'a', id), Entry::Access(id.clone(), Arc::clone(looks)));
    }
    for kept in board.partners().filter(|kept| kept.position > saved) {
        keep(named_key(b'p', kept.agency.as_str()), Entry::Partner(Arc::clone(kept)));
    }
    for kept in board.policies().filter(|kept| kept.position > saved) {
        keep(named_key(b'o', &kept.name), Entry::Policy(Arc::clone(kept)));
    }
    if let Some((id, ledger)) = board.ledger() {
        changes.push((named_key(b'j', id), Some(Change::Entry(Entry::Journal(id.clone(), ledger.clone())))));
    }
    changes.push((b"z".to_vec(), Some(Change::Bytes(board.time().ms().to_be_bytes().to_vec()))));
    changes
}

/// A page's key ends with a checksum of what is on it: a page that a cut save left behind is never written over.
fn cold_page(position: u64, page: &[(IncidentId, Cold)]) -> (Vec<u8>, Option<Change>) {
    let mut bytes = Vec::with_capacity(page.len() * COLD_BYTES);
    for (id, kept) in page {
        bytes.extend_from_slice(&id.as_u128().to_be_bytes());
        bytes.extend_from_slice(&kept.to_bytes());
    }
    let mut key = b"c".to_vec();
    key.extend_from_slice(&position.to_be_bytes());
    key.extend_from_slice(&Sha256::digest(&bytes)[..8]);
    (key, Some(Change::Bytes(bytes)))
}

fn outline_key(number: u32) -> Vec<u8> {
    let mut key = b"b".to_vec();
    key.extend_from_slice(&number.to_be_bytes());
    key
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
    // Keys come in order: access, outlines, cold pages, incidents, journal, seats, time. A warm incident wins over its cold past.
    let position = store.load(NAME, SCHEMA, &mut |key: &[u8], value: &[u8]| match key.first() {
        Some(b'b') => sound &= put_outline(&mut board, key, value).is_some(),
        Some(b'c') => {
            for one in value.chunks_exact(COLD_BYTES) {
                sound &= put_cold(&mut board, one).is_some();
            }
        }
        Some(b'z') => time = value.try_into().ok().map(|bytes| Time::from_ms(i64::from_be_bytes(bytes))),
        _ => match Entry::from_bytes(value) {
            Some(entry) => board.put(entry),
            None => sound = false,
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

fn put_outline(board: &mut Board, key: &[u8], value: &[u8]) -> Option<()> {
    let number = u32::from_be_bytes(key.get(1..)?.try_into().ok()?);
    board.put_outline(number, serde_json::from_slice(value).ok()?);
    Some(())
}

fn put_cold(board: &mut Board, bytes: &[u8]) -> Option<()> {
    let (id, kept) = bytes.split_first_chunk::<16>()?;
    let kept = Cold::from_bytes(kept.try_into().ok()?)?;
    board.outline(kept.outline)?;
    board.put_cold(IncidentId::from_u128(u128::from_be_bytes(*id)), kept);
    Some(())
}

#[cfg(test)]
mod tests;
