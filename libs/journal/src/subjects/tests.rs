//! Hashes spread, and never change.

use std::collections::BTreeSet;

use super::{Key, Last, Subjects};

#[test]
fn a_million_like_subjects_have_a_million_hashes_in_either_half() {
    let keys: Vec<_> = (0..1_000_000_u32).map(|nth| Key::of(&format!("incident/{nth:08}"))).collect();
    let high: BTreeSet<_> = keys.iter().map(|key| (key.0[0], key.0[1])).collect();
    let low: BTreeSet<_> = keys.iter().map(|key| (key.0[2], key.0[3])).collect();
    assert_eq!((high.len(), low.len()), (keys.len(), keys.len()));
}

#[test]
fn the_hash_written_into_index_files_stays_what_it_is() {
    let hex: String = Key::of("incident/5f0c").to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "b4d792e0cdc101741bd73d6f39b53840");
    assert_eq!(Key::from_bytes(&Key::of("unit/1").to_bytes()), Key::of("unit/1"));
    assert_ne!(Key::of("unit/1"), Key::of("unit/1\0"));
}

#[test]
fn a_subject_takes_little_memory() {
    assert_eq!(size_of::<(Key, super::Packed)>(), 28);
    let mut subjects = Subjects::default();
    let last = Last { position: u64::from(u32::MAX) + 7, version: 3 };
    subjects.set(Key::of("unit/1"), last);
    assert_eq!((subjects.get(Key::of("unit/1")), subjects.get(Key::of("unit/2"))), (last, Last::default()));
}
