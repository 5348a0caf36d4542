//! Frames that come out of order, twice, or all over again: each is taken once, behind the one before it.

use std::time::Duration;

use runtime::Clock;
use wire::v1::{self, partner_frame as frame, partner_frame::Body};

use super::{
    both::{Both, over_both_ways},
    line::{self, Way},
    peer::Peer,
};
use crate::town::{Desk, record};

/// Long enough for the hub to have looked at what it was sent.
const LOOKED_AT: Duration = Duration::from_millis(1_500);

/// A frame about the partner's own report `J1`, before it knows the hub's id of it.
fn note(police: &mut Peer, words: &str) -> v1::PartnerFrame {
    let mut note = police.frame("", "p1", Body::Note(frame::Note { words: words.to_owned() }));
    note.numbers = vec![v1::FormNumber { form: v1::Form::Intake.into(), number: "J1".to_owned(), part: 0 }];
    note
}

/// A report and five notes on it.
fn story(police: &mut Peer) -> Vec<v1::PartnerFrame> {
    let report = police.frame("", "p1", Body::Report(line::report("police110", "J1", "路口两车相撞")));
    let words = ["已到场", "一人受伤", "已叫救护车", "车已挪开", "道路恢复"];
    std::iter::once(report).chain(words.map(|words| note(police, words))).collect()
}

/// Numbers of the partner's frames that are on record.
async fn taken(both: &Both) -> Vec<u64> {
    both.ledger("police").await.iter().filter(|row| !row.ours).map(|row| row.number).collect()
}

async fn frames_out_of_order_and_twice_are_taken_once_and_in_order(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let frames = story(&mut police);
    for nth in [2, 4, 1, 1, 5, 4] {
        police.say(frames[nth].clone()).await;
    }
    tokio::time::sleep(LOOKED_AT).await;
    assert_eq!(taken(&both).await, [0; 0], "the first is missing: all wait for it");
    police.say(frames[0].clone()).await;
    police.receipt(3).await;
    tokio::time::sleep(LOOKED_AT).await;
    assert_eq!(taken(&both).await, [1, 2, 3], "the fourth is missing");
    police.say(frames[3].clone()).await;
    let (last, incident) = police.receipt(6).await;
    assert_eq!(last.outcome(), v1::FrameOutcome::Taken, "{last:?}");
    assert_eq!(taken(&both).await, [1, 2, 3, 4, 5, 6]);

    // Everything again from the start: what is there already changes nothing, and the next one goes on.
    for frame in frames.clone() {
        police.say(frame).await;
    }
    let next = note(&mut police, "已撤离");
    let (receipt, _) = police.tell_frame(next).await;
    assert_eq!(receipt.outcome(), v1::FrameOutcome::Taken, "{receipt:?}");
    assert_eq!(taken(&both).await, [1, 2, 3, 4, 5, 6, 7]);
    let receipts = police.heard.iter().filter_map(|frame| match &frame.body {
        Some(Body::Receipt(receipt)) => Some(receipt.number),
        _ => None,
    });
    assert_eq!(receipts.collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7], "one receipt each");

    let operator = Desk::on(both.town.operator().await, "operator", "");
    let facts = operator.facts(&format!("incident/{incident}")).await;
    let kinds: Vec<_> = facts.iter().map(|fact| record(fact)["type"].clone()).collect();
    assert_eq!(kinds.len(), 7, "{kinds:?}");
    assert!(kinds[0] == "incident.received" && kinds[1..].iter().all(|kind| kind == "incident.noted"), "{kinds:?}");
    police.said.sort_by_key(|frame| frame.number);
    both.agrees("police", &mut police).await;
    both.town.close().await;
}

async fn a_frame_that_says_a_number_again_with_other_words_changes_nothing(way: Way) {
    let both = Both::open(way, Clock::system()).await;
    let mut police = both.peer("police110", 0, 0).await;
    let incident = police.does("", "p1", Body::Report(line::report("police110", "J1", "路口两车相撞"))).await;
    let mut forged = police.said[0].clone();
    forged.body = Some(Body::Report(line::report("police110", "J9", "另一件事")));
    police.say(forged).await;
    police.does(&incident, "p1", Body::Note(frame::Note { words: "已到场".to_owned() })).await;
    assert_eq!(taken(&both).await, [1, 2]);
    both.agrees("police", &mut police).await;
    let link = both.link("police").await;
    assert_eq!((link.received, link.taken, link.known, link.refused, link.wrong), (2, 2, 0, 0, 0));
    both.town.close().await;
}

over_both_ways!(
    frames_out_of_order_and_twice_are_taken_once_and_in_order,
    a_frame_that_says_a_number_again_with_other_words_changes_nothing,
);
