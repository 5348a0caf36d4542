//! What crosses as a file arrives whole and in order, or not at all.

use std::{fs, path::Path, time::Duration};

use wire::{
    Message as _,
    v1::{Batch, PartnerFrame},
};

use super::{BadBatch, Folder, MOST_BYTES, Signer, Verifier, file_name};

const SEED: &str = "0101010101010101010101010101010101010101010101010101010101010101";
const OTHER: &str = "0202020202020202020202020202020202020202020202020202020202020202";

fn signer() -> Signer {
    Signer::from_hex(SEED).expect("a seed")
}

fn verifier() -> Verifier {
    Verifier::new(&signer().public(), "police110", "hub", "320111").expect("a key")
}

fn batch(number: u64) -> Batch {
    let frame = |number| PartnerFrame { number, previous: number - 1, person: "p0231".to_owned(), ..PartnerFrame::default() };
    Batch {
        from: "police110".to_owned(),
        to: "hub".to_owned(),
        district: "320111".to_owned(),
        number,
        frames: (1..=3).map(frame).collect(),
        ..Batch::default()
    }
}

fn folder(dir: &Path) -> Folder {
    Folder::open(dir).expect("a folder")
}

fn there(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_batch_arrives_as_it_was_written_and_is_picked_up_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = folder(dir.path());
    for number in [2, 1] {
        folder.write(&batch(number), &signer()).expect("a written batch");
    }
    for number in [1, 2] {
        let (path, read) = folder.next(&verifier()).expect("a listing").expect("a batch");
        assert_eq!(read, batch(number));
        let again = folder.next(&verifier()).expect("a listing").expect("the same batch until it is done");
        assert_eq!(again.0, path);
        folder.done(&path).expect("moved");
    }
    assert_eq!(folder.next(&verifier()).expect("a listing"), None);
    assert_eq!(there(&dir.path().join("done")).len(), 2);
    assert_eq!(folder.last("police110").expect("a listing"), 2);
    folder.tidy(Duration::from_secs(3_600)).expect("tidied");
    assert_eq!(there(&dir.path().join("done")).len(), 2, "young files stay");
    folder.tidy(Duration::ZERO).expect("tidied");
    assert_eq!(there(&dir.path().join("done")), [""; 0]);
}

#[test]
fn a_file_that_is_torn_anywhere_or_changed_is_not_believed() {
    let whole = signer().sign(&batch(1)).encode_to_vec();
    for length in 0..whole.len() {
        assert!(verifier().read(&whole[..length]).is_err(), "{length} of {} bytes were believed", whole.len());
    }
    for at in (0..whole.len()).step_by(5) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert!(verifier().read(&changed).is_err(), "a changed byte {at} was believed");
    }
    assert!(verifier().read(&whole).is_ok());
}

#[test]
fn who_it_is_from_whom_it_is_for_and_where_are_looked_at() {
    let read = |batch: &Batch, seed: &str| {
        let bytes = Signer::from_hex(seed).expect("a seed").sign(batch).encode_to_vec();
        verifier().read(&bytes).map(|batch| batch.number)
    };
    assert_eq!(read(&batch(7), SEED), Ok(7));
    assert_eq!(read(&batch(7), OTHER), Err(BadBatch::Signature));
    let text = str::to_owned;
    let other = Batch { district: text("320102"), ..batch(1) };
    assert_eq!(read(&other, SEED), Err(BadBatch::District { district: text("320102"), expected: text("320111") }));
    let other = Batch { to: text("gridplatform"), ..batch(1) };
    assert_eq!(read(&other, SEED), Err(BadBatch::To { to: text("gridplatform"), expected: text("hub") }));
    let other = Batch { from: text("hub"), ..batch(1) };
    assert_eq!(read(&other, SEED), Err(BadBatch::From { from: text("hub"), expected: text("police110") }));
}

#[test]
fn a_bad_file_goes_aside_and_the_good_one_behind_it_is_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = folder(dir.path());
    let name = |number| dir.path().join(file_name("police110", number));
    fs::write(name(1), b"nonsense").expect("written");
    // Sparse: its size alone is enough to refuse it.
    fs::File::create(name(2)).expect("made").set_len(MOST_BYTES + 1).expect("grown");
    folder.write(&batch(9), &signer()).expect("a written batch");
    fs::rename(name(9), name(3)).expect("renamed");
    fs::create_dir(name(4)).expect("made");
    folder.write(&batch(5), &signer()).expect("a written batch");
    let (_, read) = folder.next(&verifier()).expect("a listing").expect("the good one");
    assert_eq!(read.number, 5);
    assert_eq!(there(&dir.path().join("bad")), [1, 2, 3, 4].map(|number| file_name("police110", number)));
}

#[test]
fn names_that_are_no_batch_of_the_writer_are_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = folder(dir.path());
    let names = [
        "gridplatform-000000000001.batch",
        "notes.txt",
        "police110-000000000001.batch.tmp",
        "police110-1.batch",
        "police110-0000000000012.batch",
        "police110-00000000000x.batch",
        ".batch",
    ];
    for name in names {
        fs::write(dir.path().join(name), b"x").expect("written");
    }
    assert_eq!(folder.next(&verifier()).expect("a listing"), None);
    assert_eq!(there(dir.path()).len(), names.len());
    assert_eq!(folder.last("police110").expect("a listing"), 0);
}

#[test]
fn a_key_is_64_hex_digits() {
    for wrong in ["", "01", &SEED[1..], &format!("{}zz", &SEED[2..])] {
        assert!(Signer::from_hex(wrong).is_err(), "{wrong}");
    }
    assert!(Signer::from_hex(&format!("{SEED}\n")).is_ok());
}
