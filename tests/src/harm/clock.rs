//! The machine's clock jumps back an hour: times in the journal never do, work goes on, and no promise is broken for it.

use testkit::clock::Hand;
use wire::v1::Role;

use crate::{
    deeds::whole_life,
    town::{DISTRICT, MONDAY, Town, clock, record, report, settings},
};

const HOUR: i64 = 3_600_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_back_an_hour_turns_no_time_back_and_stops_nobody() {
    let (data, hand) = (tempfile::tempdir().expect("a folder"), Hand::new(MONDAY));
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    let desk = town.desk("grid-1", "grid", DISTRICT, &[Role::CallTaker, Role::Dispatcher, Role::Handler, Role::Checker]).await;
    let asker = town.desk("asker-1", "grid", DISTRICT, &[Role::FollowUp]).await;
    hand.advance(2 * HOUR);
    let before = desk.report(report("patrol", "T-1", "井盖松动")).await.expect("in");
    hand.advance(-HOUR);
    let after = desk.report(report("patrol", "T-2", "井盖松动")).await.expect("in");
    whole_life(&desk, &asker, &before.incident_id, &before.report_id).await;
    whole_life(&desk, &asker, &after.incident_id, &after.report_id).await;
    // Half an hour on by the new time, which is half an hour ago by the old one.
    hand.advance(HOUR / 2);
    let later = desk.report(report("patrol", "T-3", "井盖松动")).await.expect("in");
    assert_eq!(desk.board().await.overdue, 0, "nobody is late because of it");
    let mut last = String::new();
    for frame in desk.frames(1, later.position).await {
        for fact in &frame.facts {
            let time = record(fact)["time"].as_str().expect("a time").to_owned();
            assert!(time >= last, "position {}: {time} comes after {last}", fact.position);
            last = time;
        }
    }
    // The clock is right again: what was promised in between falls due no earlier than it was promised.
    hand.advance(HOUR);
    let digest = town.ports.fold.look(domain::board::Board::digest);
    town.close().await;
    let again = Town::with(settings(data.path()), clock(&hand)).await;
    assert_eq!(again.ports.fold.look(domain::board::Board::digest), digest, "started again, it is the same board");
    again.close().await;
}
