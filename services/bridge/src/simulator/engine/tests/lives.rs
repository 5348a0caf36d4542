//! Whole days of a partner against a hub in memory: everything is brought to its end, the same seed gives the same frames,
//! and a simulator that is killed and started again at any time goes on as if nothing had happened.

use std::collections::BTreeMap;

use domain::time::{DAY_MS, Time};
use testkit::clock::Hand;
use wire::{Message as _, v1::PartnerFrame};

use super::{
    super::{super::Partner, desk::Desk, kind},
    desk,
    hub::Hub,
    midnight, said,
};

/// What the partner did in `days`, and what the hub said; restarted every `restart` turns.
fn lived(partner: Partner, seed: u64, days: i64, restart: Option<usize>) -> (Hub, (usize, usize)) {
    let state = tempfile::tempdir().expect("a folder");
    let hand = Hand::new(midnight().ms());
    let mut hub = Hub::new(partner, seed);
    let mut desk = desk(partner, seed, &hand, state.path());
    let step = 10 * 60 * 1_000;
    for turn in 0..days * DAY_MS / step {
        let now = Time::from_ms(hand.advance(step));
        if restart.is_some_and(|every| usize::try_from(turn).is_ok_and(|turn| turn % every == every - 1)) {
            drop(desk);
            desk = super::desk(partner, seed, &hand, state.path());
        }
        if turn % 48 == 0 {
            hub.begin(now, 3);
        }
        exchanged(&mut desk, &mut hub, now);
    }
    let cases = desk.cases();
    (hub, cases)
}

/// Both sides say everything they have.
fn exchanged(desk: &mut Desk, hub: &mut Hub, now: Time) {
    hub.tick(now);
    desk.tick().expect("a disk");
    desk.outbox.begin_again();
    let frames = said(desk);
    for frame in &frames {
        assert!(hub.hear(frame, now), "frame {} is the next in the chain", frame.number);
    }
    desk.committed(hub.last).expect("a disk");
    let last = desk.inbox.last();
    desk.take(hub.own.iter().filter(|frame| frame.number > last).cloned().collect()).expect("a disk");
    assert_eq!(desk.inbox.last(), hub.own.last().map_or(0, |frame| frame.number), "everything of the hub's was taken");
}

fn kinds(frames: &[PartnerFrame]) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    for frame in frames {
        *kinds.entry(kind(frame)).or_default() += 1;
    }
    kinds
}

#[test]
fn the_police_bring_their_days_to_an_end() {
    let (hub, (cases, over)) = lived(Partner::Police110, 1, 4, None);
    let kinds = kinds(&hub.taken);
    println!("{kinds:?} {cases} cases, {over} over");
    for kind in [
        "report",
        "order",
        "progress",
        "finished",
        "transfer",
        "told",
        "follow_up_done",
        "closed",
        "withdrawn",
        "supplement",
        "linked",
        "form_amended",
        "category_corrected",
    ] {
        assert!(kinds.get(kind).is_some_and(|number| *number > 0), "no {kind} in {kinds:?}");
    }
    // The last day's calls are asked about on the next.
    assert!(over * 10 > cases * 6, "{over} of {cases}");
}

#[test]
fn the_grid_brings_its_days_to_an_end() {
    let (hub, (cases, over)) = lived(Partner::GridPlatform, 1, 3, None);
    let kinds = kinds(&hub.taken);
    println!("{kinds:?} {cases} cases, {over} over");
    for kind in ["report", "accepted", "order", "progress", "finished", "transfer", "checked", "closed"] {
        assert!(kinds.get(kind).is_some_and(|number| *number > 0), "no {kind} in {kinds:?}");
    }
    assert!(over * 10 > cases * 6, "{over} of {cases}");
}

#[test]
fn the_same_seed_gives_the_same_frames_and_another_seed_others() {
    for partner in [Partner::Police110, Partner::GridPlatform] {
        let frames =
            |seed, restart| lived(partner, seed, 1, restart).0.taken.iter().map(PartnerFrame::encode_to_vec).collect::<Vec<_>>();
        let first = frames(3, None);
        assert!(first.len() > 300, "{}", first.len());
        assert_eq!(first, frames(3, None));
        assert_eq!(first, frames(3, Some(5)), "a simulator that is started again every 50 minutes says the same");
        assert_ne!(first, frames(4, None));
    }
}
