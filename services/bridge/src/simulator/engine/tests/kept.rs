//! The ledger survives an end at any byte, and what is read back is what was there.

use std::fs;

use domain::time::Time;
use testkit::clock::Hand;

use super::{
    super::{
        super::Partner,
        ledger::{self, Ledger, LedgerError, Record},
        rows,
    },
    desk,
    hub::Hub,
    midnight, said,
};

fn records() -> Vec<Record> {
    let at = midnight();
    vec![
        Record::Begun { whose: "police110/320111/1".to_owned(), at },
        Record::Journal("a journal".to_owned()),
        Record::Ours { at, case: "J20260708-0001".to_owned(), bytes: vec![8, 1, 0, 0, 0, 0, 0, 0] },
        Record::Theirs { at, bytes: vec![8, 2] },
        Record::Committed(1),
        Record::Batch(7),
        Record::Ours { at, case: String::new(), bytes: Vec::new() },
    ]
}

#[test]
fn a_ledger_cut_at_any_byte_keeps_what_was_whole_and_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("ledger");
    let (mut ledger, empty) = Ledger::open(dir.path()).expect("a ledger");
    assert_eq!(empty, []);
    let mut ends = vec![fs::metadata(&file).expect("there").len()];
    for record in records() {
        ledger.append(&[record]).expect("written");
        ends.push(fs::metadata(&file).expect("there").len());
    }
    drop(ledger);
    let whole = fs::read(&file).expect("there");
    for length in 0..=whole.len() {
        fs::write(&file, &whole[..length]).expect("cut");
        let (mut ledger, kept) = Ledger::open(dir.path()).expect("opens at any length");
        let expected = ends.iter().filter(|end| **end <= length as u64).count().saturating_sub(1);
        assert_eq!(kept, records()[..expected], "cut at {length} of {}", whole.len());
        ledger.append(&[Record::Committed(9)]).expect("written");
        drop(ledger);
        let again = ledger::look(dir.path()).expect("reads");
        assert_eq!((again.len(), again.last()), (expected + 1, Some(&Record::Committed(9))));
    }
}

#[test]
fn zeros_behind_the_end_are_no_record_and_damage_in_the_middle_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("ledger");
    let (mut ledger, _) = Ledger::open(dir.path()).expect("a ledger");
    ledger.append(&records()).expect("written");
    drop(ledger);
    let whole = fs::read(&file).expect("there");
    fs::write(&file, [whole.as_slice(), &[0; 4096]].concat()).expect("grown");
    let (ledger, kept) = Ledger::open(dir.path()).expect("opens");
    assert_eq!(kept, records());
    assert!(matches!(Ledger::open(dir.path()), Err(LedgerError::InUse { .. })), "one process at a time");
    drop(ledger);
    let mut damaged = whole.clone();
    damaged[20] ^= 1;
    fs::write(&file, damaged).expect("written");
    assert!(matches!(Ledger::open(dir.path()), Err(LedgerError::Damaged { at: 8, .. })));
}

#[test]
fn a_desk_that_is_opened_again_stands_where_it_stood() {
    let dir = tempfile::tempdir().expect("a folder");
    let hand = Hand::new(midnight().ms());
    let mut hub = Hub::new(Partner::Police110, 2);
    let mut before = desk(Partner::Police110, 2, &hand, dir.path());
    for _ in 0..100 {
        let now = Time::from_ms(hand.advance(600_000));
        before.tick().expect("a disk");
        said(&mut before).iter().for_each(|frame| _ = hub.hear(frame, now));
        before.committed(hub.last / 2).expect("a disk");
        before.outbox.begin_again();
        let last = before.inbox.last();
        before.take(hub.own.iter().filter(|frame| frame.number > last).cloned().collect()).expect("a disk");
    }
    let stood = before.stands();
    let ledger = rows(dir.path()).expect("a ledger");
    assert!(ledger.iter().any(|row| row.ours && row.committed) && ledger.iter().any(|row| row.ours && !row.committed));
    assert_eq!(ledger.iter().filter(|row| row.ours).count() as u64, before.outbox.last());
    assert_eq!(ledger.iter().filter(|row| !row.ours).count(), hub.own.len());
    drop(before);
    let after = desk(Partner::Police110, 2, &hand, dir.path());
    assert_eq!(after.stands(), stood);
    let other = super::Desk::open(super::Whose { seed: 3, ..after.whose.clone() }, dir.path(), &domain::area::Areas::pukou());
    assert!(other.is_err(), "a ledger is of one town");
}
