//! Snapshots taken while the town goes on are as good as those of a quiet hub.

use std::sync::Arc;

use domain::{area::AreaCode, board::Board};
use runtime::{Fold, fold};
use store::Store;
use testkit::clock::Hand;
use tokio_util::sync::CancellationToken;
use wire::v1::Role;

use crate::{
    deeds::whole_life,
    town::{DISTRICT, MONDAY, Town, clock, report, settings},
};

const DAY: i64 = 86_400_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_taken_while_facts_are_folded_is_the_board_at_its_position() {
    let (data, kept) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let hand = Hand::new(MONDAY);
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    let desk = town.desk("grid-1", "grid", DISTRICT, &[Role::CallTaker, Role::Dispatcher]).await;
    let asker = town.desk("asker-1", "grid", DISTRICT, &[Role::FollowUp]).await;
    let district: AreaCode = DISTRICT.parse().expect("a code");
    // A second board of the same journal, with snapshots of its own.
    let board = Fold::new(Arc::clone(&town.ports.journal), Board::new(district));
    let store = Arc::new(Store::open(kept.path().join("store")).expect("it opens"));
    let stop = CancellationToken::new();
    let following = tokio::spawn(board.clone().follow(stop.clone()));

    let busy = tokio::spawn({
        let hand = hand.clone();
        async move {
            for n in 0..60 {
                let taken = desk.report(report("patrol", &format!("L-{n}"), "门口暴露垃圾")).await.expect("in");
                whole_life(&desk, &asker, &taken.incident_id, &taken.report_id).await;
                desk.report(report("web", &format!("O-{n}"), "路灯不亮")).await.expect("in");
                if n % 20 == 19 {
                    hand.advance(8 * DAY);
                }
            }
        }
    });
    let (mut saves, mut moved, mut cold) = (0, 0, 0);
    while !busy.is_finished() {
        let (fold, store) = (board.clone(), Arc::clone(&store));
        let saved = tokio::task::spawn_blocking(move || (fold::save(&fold, &store), fold::load(&store, district)));
        let (position, loaded) = saved.await.expect("it does not panic");
        let (position, loaded) = (position.expect("it is kept"), loaded.expect("it is read"));
        let anew = fold::fold_to(town.ports.journal.as_ref(), Board::new(district), position, None).await.expect("it folds");
        assert_eq!((loaded.position(), loaded.digest()), (position, anew.digest()), "snapshot {saves}");
        assert_eq!(loaded.counts(), anew.counts(), "snapshot {saves}");
        saves += 1;
        moved += u32::from(position > cold);
        cold = position;
    }
    busy.await.expect("the town lives");
    let gone = board.look(|board| board.counts().incidents - board.incidents().count() as u64);
    assert!(saves >= 10 && moved >= 10 && gone >= 40, "{saves} saves, {moved} at new positions, {gone} cold: that proves nothing");
    stop.cancel();
    following.await.expect("it does not panic");
    town.close().await;
}
