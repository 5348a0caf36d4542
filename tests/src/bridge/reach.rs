//! Sent, delivered and accepted are three things: each is on record when it is so, and not before.

use std::time::{Duration, Instant};

use runtime::Clock;
use wire::v1::{self, FrameReach, HandoverStatus, OrderStep, TransferStep, partner_frame as frame, partner_frame::Body};

use super::{
    both::{Both, over_both_ways},
    line::{self, Way},
    peer::Peer,
};
use crate::town::{DISTRICT, Desk, why};

/// The police took a call, sent a car, and ask the grid to assist: the incident.
async fn assisted(police: &mut Peer) -> String {
    let incident = police.does("", "p1", Body::Report(line::report("police110", "J1", "两户争吵"))).await;
    let order = frame::Order {
        step: OrderStep::Issued.into(),
        unit: "car/3".to_owned(),
        category: "police/dispute".to_owned(),
        priority: 2,
        ..frame::Order::default()
    };
    police.does(&incident, "p1", Body::Order(order)).await;
    let assist = frame::Transfer {
        step: TransferStep::Offered.into(),
        to: "grid".to_owned(),
        reason: why("transfer.duty"),
        ..frame::Transfer::default()
    };
    police.does(&incident, "p1", Body::Transfer(assist)).await
}

async fn centre(both: &Both) -> Desk {
    both.town.desk("centre", "grid", DISTRICT, &[v1::Role::Dispatcher]).await
}

/// Where the offer stands, and whether its receiver's time runs.
async fn offer(desk: &Desk, incident: &str) -> (HandoverStatus, bool) {
    let seen = desk.sees(incident, 0).await.expect("the grid is asked");
    let offer = seen.handovers.iter().find(|known| known.to == "grid").expect("an offer");
    let sign = format!("sign/h{}", offer.handover);
    (offer.status(), seen.clocks.iter().any(|clock| clock.clock == sign))
}

/// How far the frame with the offer has come.
async fn reach(both: &Both) -> FrameReach {
    let ledger = both.ledger("grid").await;
    ledger.iter().find(|row| row.kind == "transfer").expect("the offer's frame").reach()
}

async fn until_reach(both: &Both, wanted: FrameReach) {
    let begun = Instant::now();
    loop {
        let now = reach(both).await;
        if now == wanted {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{now:?}, not {wanted:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn answer(step: TransferStep, transfer: u32) -> Body {
    Body::Transfer(frame::Transfer { step: step.into(), transfer, ..frame::Transfer::default() })
}

async fn sent_delivered_and_accepted_are_told_apart(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    police.beats();
    let incident = assisted(&mut police).await;
    let desk = centre(&both).await;
    match way {
        // Nobody has connected.
        Way::Stream => assert_eq!(reach(&both).await, FrameReach::Waiting),
        // Files leave, whoever carries them.
        Way::Ferry => until_reach(&both, FrameReach::Sent).await,
    }
    assert_eq!(offer(&desk, &incident).await, (HandoverStatus::Offered, false));

    let mut grid = both.peer("gridplatform", 0, 0).await;
    grid.commits = false;
    let offered = grid.until(|body| matches!(body, Body::Transfer(_))).await;
    let Some(Body::Transfer(transfer)) = &offered.body else { panic!("{offered:?}") };
    grid.quiet(Duration::from_millis(2_500)).await;
    until_reach(&both, FrameReach::Sent).await;
    assert_eq!(offer(&desk, &incident).await, (HandoverStatus::Offered, false), "it arrived, and is on no disk yet");

    grid.commits = true;
    grid.commit().await;
    until_reach(&both, FrameReach::Delivered).await;
    assert_eq!(offer(&desk, &incident).await, (HandoverStatus::Delivered, true), "from now on its receiver's time runs");
    let delivered = police.until(|body| matches!(body, Body::Transfer(body) if body.step() == TransferStep::Delivered)).await;
    assert_eq!(delivered.incident_id, incident);

    // On its disk is not in its hands: a person says that.
    assert_eq!(grid.may_not(&incident, "", answer(TransferStep::Accepted, transfer.transfer)).await, "authority.person");
    assert_eq!(offer(&desk, &incident).await, (HandoverStatus::Delivered, true));
    grid.does(&incident, "g7", answer(TransferStep::Accepted, transfer.transfer)).await;
    assert_eq!(offer(&desk, &incident).await, (HandoverStatus::Accepted, false));
    police.until(|body| matches!(body, Body::Transfer(body) if body.step() == TransferStep::Accepted)).await;
    both.town.close().await;
}

async fn what_reached_its_disk_just_before_the_cut_is_delivered_when_it_comes_back(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    police.beats();
    let incident = assisted(&mut police).await;
    let mut grid = both.peer("gridplatform", 0, 0).await;
    grid.commits = false;
    grid.until(|body| matches!(body, Body::Transfer(_))).await;
    // Its commit is lost with the line, and the hub restarts as well.
    let both = both.restarted().await;
    let desk = centre(&both).await;
    assert_eq!(offer(&desk, &incident).await, (HandoverStatus::Offered, false));
    let mut grid = both.back("gridplatform", grid).await;
    grid.commits = true;
    until_reach(&both, FrameReach::Delivered).await;
    assert_eq!(offer(&desk, &incident).await, (HandoverStatus::Delivered, true));
    let mut police = both.back("police110", police).await;
    police.until(|body| matches!(body, Body::Transfer(body) if body.step() == TransferStep::Delivered)).await;
    both.agrees("grid", &mut grid).await;
    both.town.close().await;
}

async fn a_commit_of_what_was_never_sent_commits_nothing(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    police.beats();
    let mut grid = both.peer("gridplatform", 0, 0).await;
    grid.commits = false;
    let ahead = wire::v1::exchange_request::What::Commit(v1::Commit { number: u64::MAX });
    grid.line.say(ahead).await;
    let incident = assisted(&mut police).await;
    grid.until(|body| matches!(body, Body::Transfer(_))).await;
    let desk = centre(&both).await;
    assert_eq!(offer(&desk, &incident).await, (HandoverStatus::Offered, false));
    assert_eq!(both.link("grid").await.committed, 0);
    grid.commits = true;
    grid.commit().await;
    until_reach(&both, FrameReach::Delivered).await;
    both.town.close().await;
}

over_both_ways!(
    sent_delivered_and_accepted_are_told_apart,
    what_reached_its_disk_just_before_the_cut_is_delivered_when_it_comes_back,
    a_commit_of_what_was_never_sent_commits_nothing,
);
