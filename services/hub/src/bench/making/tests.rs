//! Tests of the made journals.

use domain::board::Board;
use runtime::fold;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_made_journal_folds_to_the_incidents_it_promises() {
    let dir = tempfile::tempdir().expect("a directory");
    let made = make(dir.path(), 2_000).await.expect("made");
    let journal = journal::embedded::Embedded::read_only(&dir.path().join("journal")).expect("opened");
    let board = Board::new(super::super::DISTRICT.parse().expect("six digits"));
    let board = fold::fold_to(&journal, board, made.facts, None).await.expect("folded");
    let counts = board.counts();
    assert_eq!((board.position(), counts.incidents, counts.open), (made.facts, made.closed + made.open, made.open));
    assert_eq!(board.incidents().count() as u64, made.open, "all that ended is cold");
    assert!((1_900..2_400).contains(&made.facts), "{made:?}");
}

#[tokio::test]
async fn a_whole_life_has_twelve_facts() {
    let dir = tempfile::tempdir().expect("a directory");
    let ports = super::super::ports(dir.path(), Clock::system(), 64).expect("opened");
    let kinds: Vec<_> = facts(&ports).expect("led").into_iter().map(|(kind, _)| kind).collect();
    assert_eq!((kinds.len(), kinds.first(), kinds.last()), (12, Some(&"incident.received"), Some(&"incident.closed")));
}
