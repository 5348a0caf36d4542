//! The rule of the exchange by itself: windows, commits, duplicates, disorder.

use testkit::Random;

use super::super::exchange::{Inbox, Outbox, Verdict, WINDOW};

fn outbox(frames: u64) -> Outbox {
    let mut outbox = Outbox::default();
    for number in 1..=frames {
        outbox.push(number, number.to_le_bytes().to_vec());
    }
    outbox
}

fn say_all(outbox: &mut Outbox) -> Vec<u64> {
    let mut said = Vec::new();
    while let Some((number, bytes)) = outbox.next() {
        assert_eq!(bytes, number.to_le_bytes());
        said.push(number);
        outbox.said();
    }
    said
}

#[test]
fn no_more_than_a_window_is_under_way() {
    let mut outbox = outbox(1_000);
    assert_eq!(say_all(&mut outbox).len(), WINDOW);
    assert!(outbox.commit(100));
    assert_eq!(say_all(&mut outbox), (257..=356).collect::<Vec<_>>());
}

#[test]
fn what_is_not_committed_is_said_again_after_a_cut() {
    let mut outbox = outbox(10);
    assert_eq!(say_all(&mut outbox).len(), 10);
    assert!(outbox.commit(4));
    assert!(!outbox.commit(4) && !outbox.commit(3) && !outbox.commit(11), "no news, and no number that was never given out");
    outbox.begin_again();
    assert_eq!(say_all(&mut outbox), (5..=10).collect::<Vec<_>>());
    assert!(outbox.commit(10) && !outbox.open());
}

#[test]
fn a_commit_beyond_what_was_said_on_this_connection_skips_it() {
    let mut outbox = outbox(10);
    assert!(outbox.commit(7));
    assert_eq!(say_all(&mut outbox), [8, 9, 10]);
}

#[test]
fn frames_are_taken_in_their_chain_only() {
    let mut inbox = Inbox::default();
    assert_eq!(inbox.look(7, 3), Verdict::Wait);
    assert_eq!(inbox.look(3, 0), Verdict::Take);
    inbox.take(3);
    assert_eq!((inbox.look(3, 0), inbox.look(2, 0), inbox.look(7, 3)), (Verdict::Known, Verdict::Known, Verdict::Take));
    assert_eq!((inbox.commit(), inbox.commit()), (Some(3), None));
    inbox.tell_again();
    assert_eq!(inbox.commit(), Some(3), "who sends a frame again has not heard the commit");
}

#[test]
fn over_a_road_that_loses_doubles_and_swaps_everything_arrives_once_and_in_order() {
    let mut random = Random::new(5);
    let (mut outbox, mut inbox, mut arrived) = (outbox(500), Inbox::default(), Vec::new());
    let mut road: Vec<(u64, u64)> = Vec::new();
    while outbox.open() {
        while let Some((number, _)) = outbox.next() {
            if !random.one_in(4) {
                road.push((number, number - 1));
            }
            if random.one_in(5) {
                road.push((number, number - 1));
            }
            outbox.said();
        }
        for _ in 0..road.len() / 3 {
            let last = u64::try_from(road.len()).expect("a length") - 1;
            let at = |random: &mut Random| usize::try_from(random.between(0, last)).expect("an index");
            let (a, b) = (at(&mut random), at(&mut random));
            road.swap(a, b);
        }
        for (number, previous) in road.drain(..) {
            if inbox.look(number, previous) == Verdict::Take {
                inbox.take(number);
                arrived.push(number);
            }
        }
        if !random.one_in(3) {
            outbox.commit(inbox.last());
        }
        outbox.begin_again();
    }
    assert_eq!(arrived, (1..=500).collect::<Vec<_>>());
}
