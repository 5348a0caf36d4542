//! A partner that takes too little, and one that sends too much: each costs its own link only.

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use runtime::Clock;
use wire::v1::{self, exchange_request::What, partner_frame::Body};

use super::{
    both::{Both, over_both_ways},
    line::{self, Way},
    peer::Peer,
};
use crate::town::{DISTRICT, Desk, report};

/// Frames on their way without a commit, at most.
const WINDOW: usize = 256;
/// What the others may have to wait while one link is busy: on a machine that four others use.
const AT_ONCE: Duration = Duration::from_secs(6);
/// More than fits on the way.
const MANY: usize = 600;
/// What a partner sends as fast as it can.
const FLOOD: u64 = 2_000;

/// A police desk takes many calls: each is a frame to the police's own system.
async fn calls(desk: &Desk, from: usize, many: usize) {
    let taken =
        futures::stream::iter(from..from + many).map(|nth| desk.report(report("police110", &format!("T{nth}"), "两户争吵")));
    taken.buffer_unordered(16).for_each(async |taken| drop(taken.expect("in"))).await;
}

/// The other partner and a seat go on at once.
async fn others_go_on(grid: &mut Peer, desk: &Desk, nth: usize) {
    let begun = Instant::now();
    grid.does("", "g1", Body::Report(line::report("gridplatform", &format!("G{nth}"), "井盖松动"))).await;
    desk.report(report("patrol", &format!("P{nth}"), "路灯不亮")).await.expect("in");
    assert!(begun.elapsed() < AT_ONCE, "the others waited {:?}", begun.elapsed());
}

async fn a_partner_that_commits_nothing_holds_up_itself_alone(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let desk = both.town.desk("police-1", "police", DISTRICT, &[v1::Role::CallTaker]).await;
    let other = both.town.desk("grid-1", "grid", DISTRICT, &[v1::Role::CallTaker]).await;
    let mut grid = both.peer("gridplatform", 0, 0).await;
    let mut police = both.peer("police110", 0, 0).await;
    police.commits = false;
    police.beats();
    grid.beats();
    calls(&desk, 0, MANY).await;
    others_go_on(&mut grid, &other, 0).await;
    while police.heard.len() < WINDOW {
        police.hear().await;
    }
    police.quiet(Duration::from_secs(3)).await;
    others_go_on(&mut grid, &other, 1).await;
    let reach = |ledger: &[v1::LedgerRow], reach| ledger.iter().filter(|row| row.reach() == reach).count();
    let ledger = both.ledger("police").await;
    assert_eq!(reach(&ledger, v1::FrameReach::Delivered), 0, "it said of none that it has it");
    assert_eq!(reach(&ledger, v1::FrameReach::Sent), WINDOW);
    assert_eq!(reach(&ledger, v1::FrameReach::Waiting), MANY - WINDOW);

    police.commits = true;
    police.commit().await;
    both.agrees("police", &mut police).await;
    assert_eq!(police.heard.len(), MANY, "everything, in order, once");
    both.town.close().await;
}

over_both_ways!(a_partner_that_commits_nothing_holds_up_itself_alone, a_partner_that_floods_is_taken_in_and_holds_up_nobody);

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_does_not_even_read_gets_everything_when_it_reads() {
    let both = Both::open(Way::Stream, Clock::system()).await;
    let desk = both.town.desk("police-1", "police", DISTRICT, &[v1::Role::CallTaker]).await;
    let other = both.town.desk("grid-1", "grid", DISTRICT, &[v1::Role::CallTaker]).await;
    let mut grid = both.peer("gridplatform", 0, 0).await;
    let police = both.peer("police110", 0, 0).await;
    police.beats();
    grid.beats();
    for round in 0..3 {
        calls(&desk, round * MANY / 3, MANY / 3).await;
        others_go_on(&mut grid, &other, round).await;
    }
    // Cut off or not by now: it comes back, reads, and misses nothing.
    let mut police = both.back("police110", police).await;
    both.agrees("police", &mut police).await;
    assert_eq!(police.heard.len(), MANY);
    both.town.close().await;
}

/// All of it into the line at once, as far as the line takes it.
async fn flood(police: &mut Peer) {
    let frames: Vec<_> = (1..=FLOOD)
        .map(|nth| police.frame("", "p1", Body::Report(line::report("police110", &format!("J{nth}"), "两户争吵"))))
        .collect();
    police.said.clone_from(&frames);
    match &mut police.line {
        line::Line::Stream { to, .. } => {
            let to = to.clone();
            tokio::spawn(async move {
                for frame in frames {
                    let said = v1::ExchangeRequest { what: Some(What::Frame(frame)) };
                    to.send(said).await.expect("the hub is there");
                }
            });
        }
        line::Line::Ferry(files) => {
            for some in frames.chunks(bridge::ferry::MOST_FRAMES) {
                files.write(some.to_vec());
            }
        }
    }
}

async fn a_partner_that_floods_is_taken_in_and_holds_up_nobody(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let other = both.town.desk("grid-1", "grid", DISTRICT, &[v1::Role::CallTaker]).await;
    let mut grid = both.peer("gridplatform", 0, 0).await;
    let mut police = both.peer("police110", 0, 0).await;
    flood(&mut police).await;
    let heard = tokio::spawn(async move {
        police.receipt(FLOOD).await;
        police
    });
    for nth in 0..10 {
        others_go_on(&mut grid, &other, nth).await;
    }
    grid.beats();
    let mut police = heard.await.expect("it hears all receipts");
    both.agrees("police", &mut police).await;
    let receipts = police.heard.iter().filter_map(|frame| match &frame.body {
        Some(Body::Receipt(receipt)) => Some((receipt.number, receipt.outcome())),
        _ => None,
    });
    assert!(receipts.eq((1..=FLOOD).map(|number| (number, v1::FrameOutcome::Taken))), "each once, in order");
    assert_eq!(both.link("police").await.taken, FLOOD);
    both.town.close().await;
}
