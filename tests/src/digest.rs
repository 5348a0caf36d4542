//! Equal journals give equal boards: with a snapshot and without, at every position, warm or cold.

use std::{path::Path, sync::Arc};

use domain::{area::AreaCode, board::Board};
use journal::embedded::Embedded;
use runtime::{fold, identity::hex};
use testkit::clock::Hand;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use wire::v1::{self, Role, Stage};

use crate::{
    child,
    clocks::settled,
    deeds::{accept, ask_reopen, reopen, whole_life},
    town::{DISTRICT, Desk, MONDAY, Town, clock, report, settings},
};

const DAY: i64 = 86_400_000;

fn district() -> AreaCode {
    DISTRICT.parse().expect("a code")
}

/// A board folded from the segments alone.
async fn rebuilt(data: &Path, to: u64) -> Board {
    let journal = Embedded::read_only(&data.join("journal")).expect("readable beside the writer");
    fold::fold_to(&journal, Board::new(district()), to, None).await.expect("it folds")
}

async fn live(desk: &Desk) -> (u64, String) {
    let answer = desk.roads.clone().audit.digest(v1::DigestRequest::default()).await.expect("a digest").into_inner();
    (answer.position, answer.digest)
}

/// `lives` whole lives, and as many reports that stay open.
async fn busy_day(desk: &Desk, asker: &Desk, lives: usize) -> Vec<(String, String)> {
    let mut closed = Vec::new();
    for n in 0..lives {
        let taken = desk.report(report("patrol", &format!("L-{n}"), "门口暴露垃圾")).await.expect("in");
        let told = taken.report_id.clone();
        whole_life(desk, asker, &taken.incident_id, &told).await;
        closed.push((taken.incident_id, told));
        desk.report(report("web", &format!("O-{n}"), "路灯不亮")).await.expect("in");
    }
    closed
}

async fn desks(town: &Town) -> (Desk, Desk) {
    let desk = town.desk("grid-1", "grid", DISTRICT, &[Role::CallTaker, Role::Dispatcher]).await;
    (desk, town.desk("asker-1", "grid", DISTRICT, &[Role::FollowUp]).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_is_equal_live_rebuilt_with_a_snapshot_and_without() {
    let data = tempfile::tempdir().expect("a folder");
    let mut config = settings(data.path());
    config.journal.snapshot_facts = 50;
    let town = Town::with(config.clone(), runtime::Clock::system()).await;
    let (desk, asker) = desks(&town).await;
    busy_day(&desk, &asker, 20).await;
    let (position, digest) = live(&desk).await;
    assert_eq!(hex(&rebuilt(data.path(), position).await.digest()), digest, "beside the running hub");
    town.close().await;
    assert_eq!(child::digest(data.path()), (position, digest.clone()), "by the command line");

    let town = Town::with(config.clone(), runtime::Clock::system()).await;
    assert_eq!(live(&town.again(&desk).await).await, (position, digest.clone()), "from the snapshot");
    town.close().await;
    std::fs::remove_dir_all(data.path().join("store")).expect("the snapshots lie in store/");
    let town = Town::with(config, runtime::Clock::system()).await;
    assert_eq!(live(&town.again(&desk).await).await, (position, digest), "without the snapshot");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_every_50th_position_two_folds_agree_and_no_two_positions_do() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let (desk, asker) = desks(&town).await;
    busy_day(&desk, &asker, 25).await;
    let end = live(&desk).await.0;
    assert!(end > 250, "{end}");
    let journal = Embedded::read_only(&data.path().join("journal")).expect("readable");
    let mut running = Board::new(district());
    let mut seen = std::collections::BTreeSet::new();
    for position in (50..=end).step_by(50) {
        running = fold::fold_to(&journal, running, position, None).await.expect("it folds");
        let fresh = rebuilt(data.path(), position).await;
        assert_eq!((running.position(), fresh.position()), (position, position));
        assert_eq!(hex(&running.digest()), hex(&fresh.digest()), "at {position}");
        assert!(seen.insert(running.digest()), "another position has another board");
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cold_incidents_keep_the_digest_and_take_commands() {
    let data = tempfile::tempdir().expect("a folder");
    let hand = Hand::new(MONDAY);
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    let (desk, asker) = desks(&town).await;
    let closed = busy_day(&desk, &asker, 5).await;
    let warm = |town: &Town| town.ports.fold.look(|board| board.incidents().count());
    assert_eq!(warm(&town), 10);

    hand.advance(8 * DAY);
    desk.report(report("patrol", "LATER", "井盖松动")).await.expect("in");
    settled(&town.ports).await;
    assert_eq!(warm(&town), 6, "what closed eight days ago is cold");
    let (position, digest) = live(&desk).await;

    // Every cold one folded anew and put back: the same board, all of it warm.
    let mut all_warm = rebuilt(data.path(), position).await;
    for (id, _) in &closed {
        let id = id.parse().expect("an id");
        assert!(all_warm.cold(id).is_some(), "a rebuild lets it go cold, too");
        let incident = fold::refold(town.ports.journal.as_ref(), district(), id).await.expect("it folds");
        all_warm.thaw(Arc::new(incident));
    }
    assert_eq!(hex(&all_warm.digest()), digest);

    // A cold one is shown, and takes commands.
    let (id, told) = &closed[2];
    assert_eq!(desk.sees(id, position).await.expect("shown").stage(), Stage::Closed);
    desk.does("ask-again", id, ask_reopen(told)).await;
    let supervisor = town.desk("chief-1", "grid", DISTRICT, &[Role::DutyChief]).await;
    assert_eq!(supervisor.does("again", id, reopen()).await.stage(), Stage::Accepted);
    let first = desk.does("accept", id, accept("city/06010", 4)).await;
    assert!(first.repeated_command && first.stage() == Stage::Accepted, "its old commands are still known: {first:?}");
    settled(&town.ports).await;
    let (position, digest) = live(&desk).await;
    assert_eq!(hex(&rebuilt(data.path(), position).await.digest()), digest);
    town.close().await;

    // The snapshot holds warm and cold ones; both come back.
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    assert_eq!(live(&town.again(&desk).await).await, (position, digest));
    assert_eq!(warm(&town), 7);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_of_an_unknown_type_stops_the_board_and_is_named() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let (desk, _) = desks(&town).await;
    let taken = desk.report(report("patrol", "X-1", "井盖松动")).await.expect("in");
    let at = town.teleports(&taken).await;
    let named = |text: &str| text.contains("incident.teleported") && text.contains(&at.to_string());

    let late = desk.report(report("patrol", "X-2", "井盖松动")).await.expect_err("the board stopped");
    assert_eq!(late.code(), Code::Unavailable, "{late:?}");
    assert!(named(late.message()), "{late:?}");
    let stopped = town.ports.fold.stopped().expect("it says why").to_string();
    assert!(named(&stopped), "{stopped}");
    let unready = town.ready.reason().expect("it is not ready");
    assert!(named(&unready), "{unready}");
    let link = wire::link::connect(&town.uri(), None).await.expect("the hub still listens");
    let mut health = HealthClient::new(link);
    let mut status = ServingStatus::Serving;
    for _ in 0..40 {
        status = health.check(HealthCheckRequest { service: String::new() }).await.expect("health answers").into_inner().status();
        if status == ServingStatus::NotServing {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(status, ServingStatus::NotServing, "not ready");
    town.close().await;

    // A hub that starts over it, and a rebuild, stop at the same place.
    let again = hub::process::Process::open(settings(data.path()), runtime::Clock::system()).await.err().expect("it does not open");
    assert!(named(&format!("{again:#}")), "{again:#}");
    let (fine, _, why) = child::run(&["digest".as_ref(), "--data".as_ref(), data.path().as_os_str()]);
    assert!(!fine && named(&why), "{why}");
}
