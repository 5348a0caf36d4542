//! Claim and lease: who has it, until when, who takes it over; a bar to nobody.

use super::{kit::*, lives::*};
use crate::{
    incident::{Claim, Command, Priority, Refusal},
    reason::ReasonCode,
};

fn claimed() -> Life {
    check(received(), &desk(GRID), claim(None), Ok(&["claimed"]))
}

fn kept(life: &Life) -> &Claim {
    life.incident.tiers.as_ref().and_then(|tiers| tiers.claim.as_ref()).expect("somebody claimed it")
}

#[test]
fn of_two_seats_the_second_is_told_who_has_it_and_since_when() {
    let life = claimed();
    let no = life.hear(&other(GRID), &claim(None), 60).expect_err("it is taken");
    let Refusal::ClaimTaken { seat, since, until } = &no else { panic!("{no}") };
    let claim = kept(&life);
    assert_eq!((seat.as_str(), since, until), ("desk-grid", &claim.since.to_string(), &claim.until.to_string()));
    assert!(no.text(crate::seat::Language::Zh).contains("desk-grid"));
}

#[test]
fn a_lease_ends_by_itself_after_the_policys_minutes() {
    let life = claimed();
    assert_eq!(kept(&life).until, kept(&life).since.plus_seconds(15 * MINUTE));
    assert!(life.hear(&other(GRID), &claim(None), 14 * MINUTE).is_err());
    let life = check(life.wait(15 * MINUTE), &other(GRID), claim(None), Ok(&["claimed"]));
    assert_eq!(kept(&life).seat.as_str(), "other-grid");
}

#[test]
fn every_act_of_its_holder_renews_it_and_nobody_elses() {
    let life = claimed().wait(10 * MINUTE).given(&other(GRID), note());
    assert_eq!(kept(&life).until, kept(&life).since.plus_seconds(15 * MINUTE));
    let life = life.given(&desk(GRID), accept(Priority::ROUTINE));
    let acted = life.log.last().expect("a fact").1.time;
    assert_eq!(kept(&life).until, acted.plus_seconds(15 * MINUTE));
    assert!(life.hear(&other(GRID), &claim(None), 14 * MINUTE).is_err());
    // An act after it ended does not bring it back.
    let over = life.wait(20 * MINUTE).given(&desk(GRID), note());
    check(over, &other(GRID), claim(None), Ok(&["claimed"]));
}

#[test]
fn to_claim_it_again_keeps_the_beginning() {
    let life = claimed();
    let since = kept(&life).since;
    let life = check(life.wait(5 * MINUTE), &desk(GRID), claim(None), Ok(&["claimed"]));
    assert_eq!(kept(&life).since, since);
}

#[test]
fn a_live_claim_is_taken_over_with_a_reason_that_stands_on_record() {
    let life = check(claimed(), &other(GRID), claim(Some(ReasonCode::SeatOverride)), Err("reason.unfit"));
    let life = check(life, &other(GRID), claim(Some(ReasonCode::TakeoverDanger)), Ok(&["claimed"]));
    let Some((crate::incident::Fact::Claimed(fact), _)) = life.log.last() else { panic!("a claim") };
    assert_eq!(fact.over.as_ref().map(|seat| seat.as_str()), Some("desk-grid"));
    assert_eq!(fact.reason.as_ref().map(|reason| reason.code), Some(ReasonCode::TakeoverDanger));
    assert_eq!(kept(&life).seat.as_str(), "other-grid");
    check(life, &desk(GRID), Command::ReleaseClaim {}, Err("claim.none"));
}

#[test]
fn who_lets_it_go_leaves_it_to_the_next() {
    let life = check(claimed(), &desk(GRID), Command::ReleaseClaim {}, Ok(&["claim_released"]));
    check(life, &other(GRID), claim(None), Ok(&["claimed"]));
}

#[test]
fn a_claim_keeps_nobody_from_acting() {
    let life = check(claimed(), &other(GRID), route_now(Priority::LIFE, GRID), Ok(&["accepted", "routed", "transfer_offered"]));
    assert_eq!(kept(&life).seat.as_str(), "desk-grid");
    let life = check(life, &other(GRID), issue(1), Ok(&["order_issued"]));
    assert_eq!(life.lead(), GRID);
}

#[test]
fn the_end_of_the_matter_ends_the_claim() {
    let life = claimed().given(&other(GRID), withdraw());
    assert!(life.incident.tiers.as_ref().is_some_and(|tiers| tiers.claim.is_none()));
}
