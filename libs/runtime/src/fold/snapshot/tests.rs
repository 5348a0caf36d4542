//! A save may be cut anywhere; the picture before it is then still whole.

use domain::{
    board::WARM_MS,
    incident::{Incident, Stage},
};

use super::*;

const NOON: i64 = 1_772_424_000_000;

fn district() -> AreaCode {
    "320111".parse().expect("a code")
}

/// Twelve incidents at position 36; every third still open, the others ended at noon.
fn board() -> Board {
    let mut board = Board::new(district());
    for number in 1..=12_u64 {
        let mut incident = Incident::new(IncidentId::from_u128(u128::from(number) << 100), district());
        (incident.version, incident.position) = (3, number * 3);
        (incident.stage, incident.ended) =
            if number % 3 == 0 { (Stage::Received, None) } else { (Stage::Closed, Some(Time::from_ms(NOON))) };
        board.put(Entry::Incident(Arc::new(incident)));
    }
    board.loaded(36, Time::from_ms(NOON));
    board
}

fn keep(store: &Store, position: u64, changes: Vec<(Vec<u8>, Option<Change>)>) {
    let written = changes.into_iter().map(|(key, entry)| (key, entry.map(Change::bytes)));
    store.save(NAME, SCHEMA, position, written).expect("the store keeps it");
}

#[test]
fn a_save_of_incidents_that_went_cold_may_be_cut_after_any_entry() {
    let warm = board();
    let mut cold = warm.clone();
    cold.loaded(36, Time::from_ms(NOON + WARM_MS));
    cold.cool();
    let cooled: BTreeSet<IncidentId> = cold.take_cooled().into_iter().collect();
    assert_eq!(cooled.len(), 8);
    let whole = changes(&cold, 36, &cooled).len();
    assert!(whole > 8, "outlines, a page, eight entries that go");
    for cut in 0..=whole {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path().join("store")).expect("it opens");
        keep(&store, 36, changes(&warm, 0, &BTreeSet::new()));
        let mut some = changes(&cold, 36, &cooled);
        some.truncate(cut);
        keep(&store, 36, some);
        let loaded = load(&store, district()).expect("it is read");
        assert_eq!((loaded.position(), loaded.digest()), (36, warm.digest()), "cut after {cut} of {whole}");
        assert_eq!(loaded.counts().incidents, 12, "cut after {cut} of {whole}");
    }
}

#[test]
fn only_what_changed_behind_the_last_position_is_written() {
    let keys = |saved| changes(&board(), saved, &BTreeSet::new()).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys(0).len(), 12 + 1, "all, and the time");
    assert_eq!(keys(33).first(), Some(&incident_key(IncidentId::from_u128(12 << 100))));
    assert_eq!(keys(33).len(), 1 + 1);
    assert_eq!(keys(36).len(), 1);
}
