//! Frames: what is found where.

use proptest::prelude::*;

use super::{Found, find, finish, proof_of_damage, push, start};

fn frame(out: &mut Vec<u8>, first: u64, records: &[&[u8]], back: u32) {
    let at = start(out, first, records.len() as u32, back);
    for record in records {
        push(out, record.len(), |out| out.extend_from_slice(record));
    }
    finish(out, at);
}

#[test]
fn a_frame_gives_its_records_back_and_any_changed_byte_shows() {
    let mut bytes = Vec::new();
    frame(&mut bytes, 7, &[b"one", b"three"], 0);
    let Found::Frame(found) = find(&bytes, 0) else { panic!("no frame") };
    let records: Vec<_> = found.records(&bytes).map(|range| &bytes[range]).collect();
    assert_eq!((found.first, found.last(), records), (7, 8, vec![&b"one"[..], &b"three"[..]]));
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut spoiled = bytes.clone();
            spoiled[at] ^= 1 << bit;
            assert!(!matches!(find(&spoiled, 0), Found::Frame(_)), "bit {bit} of byte {at} changed unseen");
        }
        assert_eq!(
            find(&bytes[..at], 0),
            if at == 0 { Found::Nothing } else { Found::Short(if at < 24 { 24 } else { bytes.len() }) }
        );
    }
    assert_eq!(find(&[0; 100], 0), Found::Nothing);
}

#[test]
fn only_a_later_groups_frame_proves_damage() {
    let mut bytes = Vec::new();
    frame(&mut bytes, 1, &[b"first"], 0);
    let bad = bytes.len();
    frame(&mut bytes, 2, &[b"second"], 0);
    let same = (bytes.len() - bad) as u32;
    frame(&mut bytes, 3, &[b"third"], same);
    bytes[bad + 30] ^= 1;
    assert_eq!(proof_of_damage(&bytes, bad, 2), None, "one power cut can do this");
    let later = bytes.len();
    frame(&mut bytes, 4, &[b"fourth"], 0);
    bytes.extend_from_slice(&[0; 64]);
    assert_eq!(proof_of_damage(&bytes, bad, 2), Some(later), "this was synced once");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..220) {
        let _ = find(&bytes, at);
        let _ = proof_of_damage(&bytes, at.min(bytes.len()), 1);
    }

    #[test]
    fn lengths_that_do_not_add_up_are_bad(len in 0_u32..40) {
        let mut bytes = Vec::new();
        let at = start(&mut bytes, 1, 1, 0);
        bytes.extend_from_slice(&len.to_le_bytes());
        bytes.extend_from_slice(b"0123456789");
        finish(&mut bytes, at);
        prop_assert_eq!(matches!(find(&bytes, 0), Found::Frame(_)), len == 10);
    }
}
