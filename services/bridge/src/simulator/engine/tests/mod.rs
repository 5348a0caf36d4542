//! What the engine promises, held against a hub in memory: resent until committed, taken once, resumed after any end.

mod exchange;
mod hub;
mod kept;
mod lives;
mod roads;

use std::path::Path;

use domain::{area::Areas, time::Time};
use runtime::Clock;
use testkit::clock::Hand;
use wire::{Message as _, v1::PartnerFrame};

use super::{
    super::Partner,
    desk::{Desk, Whose},
    faults::Faults,
};

/// 2026-07-08 00:00 +08:00.
pub(super) fn midnight() -> Time {
    "2026-07-08T00:00:00.000+08:00".parse().expect("a time")
}

pub(super) fn clock(hand: &Hand) -> Clock {
    let hand = hand.clone();
    Clock::from_fn(move || hand.now_ms())
}

pub(super) fn desk(partner: Partner, seed: u64, hand: &Hand, state: &Path) -> Desk {
    desk_with(partner, seed, hand, state, Faults::default())
}

pub(super) fn desk_with(partner: Partner, seed: u64, hand: &Hand, state: &Path, faults: Faults) -> Desk {
    let (district, begun) = ("320111".to_owned(), midnight());
    let whose = Whose { partner, district, seed, begun, clock: clock(hand), faults, still: false };
    Desk::open(whose, state, &Areas::pukou()).expect("a desk")
}

/// Everything that the desk has to say now, said once.
pub(super) fn said(desk: &mut Desk) -> Vec<PartnerFrame> {
    let mut frames = Vec::new();
    while let Some((_, bytes)) = desk.outbox.next() {
        frames.push(PartnerFrame::decode(bytes).expect("a frame"));
        desk.outbox.said();
    }
    frames
}
