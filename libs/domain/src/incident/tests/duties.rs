//! Who holds what, where practice was hurt before: leads that slip away, parts that are stuck, promises that vanish.

use super::{kit::*, lives::*};
use crate::incident::{
    Basis, Channel, ClockKind, Command, Context, Fact, Flag, HandoverStatus, PartStatus, Priority, Stage, clock::Move, decide,
};

#[test]
fn a_part_owner_who_does_not_lead_cannot_give_the_lead_away() {
    check(handling(), &desk(WATER), offer(Some(2), true, HOUSING), Err("authority.agency"));
    check(handling(), &desk(GRID), offer(Some(2), true, HOUSING), Err("authority.agency"));
    let offered = check(handling(), &desk(GRID), offer(Some(1), true, HOUSING), Ok(&["transfer_offered"]));
    assert_eq!(offered.given(&desk(HOUSING), deliver(2)).given(&desk(HOUSING), take(2)).lead(), HOUSING);
}

#[test]
fn the_lead_is_not_designated_across_an_offer_of_it_and_a_stale_offer_moves_nothing() {
    let offered = two().given(&desk(GRID), offer(None, true, HOTLINE)).given(&machine(), deliver(2));
    check(offered.clone(), &chief(), designate(1, HOUSING, true), Err("transfer.open"));
    let settled = offered.given(&chief(), take_back(2)).given(&chief(), designate(1, HOUSING, true));
    assert_eq!(settled.lead(), HOUSING);
    check(lead_moved_on(), &desk(HOTLINE), take(1), Err("transfer.lead_moved"));
}

#[test]
fn a_lead_that_came_back_twice_is_settled_by_the_duty_chief_and_stays() {
    check(lead_came_back(1), &desk(GRID), offer(None, true, HOTLINE), Ok(&["transfer_offered"]));
    check(lead_came_back(2), &desk(GRID), offer(None, true, HOTLINE), Err("transfer.lead_designation"));
    let settled = check(lead_came_back(2), &chief(), designate_lead(HOTLINE), Ok(&["designated"]));
    assert_eq!((settled.lead(), settled.incident.stage), (HOTLINE, Stage::Received));
    check(settled.clone(), &desk(HOTLINE), offer(None, true, GRID), Err("transfer.lead_designation"));
    check(settled, &desk(HOTLINE), accept(Priority::SOON), Ok(&["accepted"]));
}

#[test]
fn an_assisting_part_works_on_after_all_is_done_and_told() {
    let told = assisting().given(&desk(GRID), finish(1)).given(&desk(HOTLINE), tell());
    assert_eq!(told.incident.stage, Stage::Followup);
    let ordered = told.given(&desk(HOTLINE), issue(2)).given(&machine(), deliver_order(2)).given(&handler(HOTLINE), sign(2));
    let there = ordered.given(&handler(HOTLINE), on_scene(2));
    assert_eq!((there.incident.stage, there.part(2).status), (Stage::Followup, PartStatus::OnScene));
    let ended = there.given(&handler(HOTLINE), finish(2)).given(&checker(), follow_up(Some(crate::incident::Satisfaction::Fair)));
    check(ended, &desk(GRID), Command::Close {}, Ok(&["closed"]));
}

#[test]
fn what_came_back_twice_before_a_reopening_is_designated_or_let_go_after_it() {
    let twice = assisting().given(&desk(HOTLINE), offer(Some(2), false, WATER)).given(&machine(), deliver(2));
    let twice = twice.given(&desk(WATER), give_back(2)).given(&desk(GRID), offer(Some(2), false, HOUSING));
    let twice = twice.given(&machine(), deliver(3)).given(&desk(HOUSING), give_back(3));
    check(twice.clone(), &desk(GRID), finish(1), Err("part.returned"));
    check(twice.clone(), &desk(GRID), release(2), Ok(&["part_released"]));
    let reopened = twice.given(&desk(GRID), release(2)).given(&everything(GRID), finish(1)).given(&desk(HOTLINE), tell());
    let reopened = reopened.given(&desk(POLICE), ask_reopen()).given(&desk(GRID), Command::Reopen {});
    check(reopened, &desk(GRID), route(&[(GRID, true)]), Ok(&["routed"]));
}

#[test]
fn the_police_take_on_what_they_did_not_find() {
    let new = report(POLICE, Some(POLICE), "a");
    let life = Life::new().given(&desk(POLICE), receive(new)).given(&desk(POLICE), ask_verification());
    let life = life.given(&handler(POLICE), verify(false));
    check(life.clone(), &desk(POLICE), decline(), Err("decline.police"));
    check(life, &desk(POLICE), accept(Priority::SOON), Ok(&["accepted"]));
}

#[test]
fn what_came_to_the_police_or_is_flagged_for_them_is_never_declined_whoever_leads() {
    let mut sensor = report(POLICE, None, "a");
    sensor.report.channel = Channel::Sensor;
    let life = Life::new().given(&desk(POLICE), receive(sensor)).given(&desk(POLICE), offer(None, true, GRID));
    let life = life.given(&machine(), deliver(1)).given(&desk(GRID), take(1));
    check(life, &desk(GRID), decline(), Err("decline.police"));
    check(received().given(&desk(GRID), raise(&[Flag::Weapon], None)), &desk(GRID), decline(), Err("decline.police"));
}

#[test]
fn an_order_does_not_outlive_a_return_of_its_part() {
    let ordered = two().given(&desk(GRID), issue(1)).given(&machine(), deliver_order(2));
    let back = ordered.given(&desk(GRID), offer(Some(1), false, HOUSING)).given(&machine(), deliver(3));
    let back = back.given(&desk(HOUSING), give_back(3));
    check(back.clone(), &handler(GRID), sign(2), Err("part.returned"));
    check(back, &handler(GRID), cannot(2), Err("part.returned"));
}

#[test]
fn taking_an_offer_back_does_not_undo_a_return() {
    let anew = returned(1).given(&desk(GRID), offer(Some(2), false, HOUSING));
    let back = check(anew, &desk(GRID), take_back(2), Ok(&["transfer_withdrawn"]));
    assert_eq!((back.part(2).status, back.clock("handle/p2").is_some()), (PartStatus::Returned, false));
    check(back, &desk(GRID), finish(2), Err("authority.agency"));
}

#[test]
fn nobody_is_told_and_nothing_checked_while_a_part_lies_returned() {
    let back = assisting().given(&desk(GRID), finish(1)).given(&desk(HOTLINE), offer(Some(2), false, WATER));
    let back = back.given(&machine(), deliver(2)).given(&desk(WATER), give_back(2));
    assert_eq!(back.incident.stage, Stage::Done);
    check(back.clone(), &desk(HOTLINE), tell(), Err("part.returned"));
    check(back, &desk(GRID), ask_check(), Err("part.returned"));
}

#[test]
fn an_order_that_nobody_signs_is_issued_again_in_its_place() {
    let delivered = two().given(&desk(GRID), issue(1)).given(&machine(), deliver_order(2));
    check(delivered.clone(), &desk(GRID), issue(1), Err("order.open"));
    let again = check(delivered.wait(11 * MINUTE), &desk(GRID), issue(1), Ok(&["clock_breached", "order_issued"]));
    assert_eq!(again.incident.handover(2).map(|order| order.status), Some(HandoverStatus::Withdrawn));
    assert!(again.clock("sign/h2").is_none() && again.clock("arrive/h2").is_none());
    check(again, &handler(GRID), sign(2), Err("handover.status"));
}

#[test]
fn two_units_on_one_part_arrive_each_by_its_own_order() {
    let first = two().given(&desk(GRID), issue(1)).given(&machine(), deliver_order(2)).given(&handler(GRID), sign(2));
    let second = Command::IssueOrder { part: 1, unit: "car/5".parse().expect("a plain name"), task: None, reasons: Vec::new() };
    let both = first.given(&desk(GRID), second).given(&machine(), deliver_order(3)).given(&handler(GRID), sign(3));
    let there = both.given(&handler(GRID), Command::OnScene { part: 1, order: Some(2) });
    let Some((crate::incident::Fact::UnitOnScene(arrived), _)) = there.log.last() else { panic!("an arrival") };
    assert_eq!((arrived.unit.as_str(), arrived.order), ("car/3", Some(2)));
    assert!(there.clock("arrive/h2").is_none() && there.clock("arrive/h3").is_some(), "the second is still expected");
    let later = there.given(&handler(GRID), Command::EnRoute { part: 1, order: Some(3) });
    assert_eq!(later.part(1).status, PartStatus::OnScene, "a part's progress does not go back");
}

#[test]
fn a_holders_promise_counts_from_delivery_not_from_its_signature() {
    let delivered = two().given(&machine(), deliver(1));
    let at = delivered.incident.handover(1).and_then(|transfer| transfer.delivered);
    let taken = delivered.clone().wait(9 * MINUTE).given(&desk(WATER), take(1));
    assert_eq!(taken.clock("handle/p2").map(|clock| clock.start), at);
    let deemed = delivered.wait(HOUR).given(&machine(), lapse(1));
    assert_eq!(deemed.clock("handle/p2").map(|clock| clock.start), at);
}

#[test]
fn lateness_is_on_record_whether_or_not_the_timer_came_first() {
    let by_hand = check(received().wait(HOUR), &desk(GRID), accept(Priority::SOON), Ok(&["clock_breached", "accepted"]));
    assert_eq!((by_hand.incident.breaches, by_hand.incident.overdue()), (1, false));
    check(received(), &desk(GRID), accept(Priority::SOON), Ok(&["accepted"]));
}

#[test]
fn reopened_from_followup_no_old_promise_runs_on() {
    let reopened = followup().given(&desk(POLICE), ask_reopen()).given(&desk(GRID), Command::Reopen {}).wait(30 * DAY);
    check(reopened.clone(), &machine(), breach("followup/r1", 1), Err("clock.unknown"));
    check(reopened.clone(), &machine(), breach("answer/r1", 1), Err("clock.stale"));
    let ids: Vec<_> = reopened.incident.clocks.iter().map(|clock| clock.id.to_string()).collect();
    assert_eq!(ids, ["total", "answer/r1", "contact/r1"]);
}

#[test]
fn a_history_that_is_taken_up_again_lives() {
    let asked = history(90).given(&script(HOTLINE), record(None)).occurred(None).given(&desk(POLICE), ask_reopen());
    let life = asked.given(&desk(HOTLINE), Command::Reopen {});
    assert!(!life.incident.history && life.clock("answer/r1").is_some());
    check(life.wait(30 * DAY), &machine(), breach("answer/r1", 2), Ok(&["clock_breached"]));
}

#[test]
fn a_reporter_who_waits_for_an_answer_is_not_passed_over_by_fixing_it_at_once() {
    check(received(), &handler(GRID), self_handle(), Err("close.reporters_open"));
    check(patrol(), &handler(GRID), self_handle(), Ok(&["self_handled"]));
}

#[test]
fn told_again_the_promise_to_ask_goes_on_from_the_first_time() {
    let version = |life: &Life| life.clock("followup/r1").map(|clock| clock.version);
    let again = followup().wait(HOUR).given(&desk(HOTLINE), tell());
    assert_eq!((version(&followup()), version(&again)), (Some(1), Some(1)));
}

#[test]
fn a_unit_that_was_there_neither_checks_nor_asks() {
    let worked = routed(&[(GRID, true)]).given(&desk(GRID), issue(1)).given(&machine(), deliver_order(1));
    let worked = worked.given(&everything(GRID), sign(1)).given(&desk(GRID), finish(1)).given(&desk(GRID), ask_check());
    check(worked, &everything(GRID), checked(true), Err("authority.same_person"));
}

#[test]
fn a_supplement_that_calls_for_more_care_raises_flags_and_class() {
    let mut more = report(GRID, Some(HOTLINE), "b");
    more.flags = [Flag::Weapon].into();
    more.class = crate::incident::Class::S;
    let life = check(received(), &desk(GRID), receive(more), Ok(&["supplemented", "raised"]));
    assert!(life.incident.flags.contains(&Flag::Weapon));
    assert_eq!(life.incident.class, crate::incident::Class::S);
    check(life, &desk(GRID), receive(report(GRID, Some(HOTLINE), "c")), Ok(&["supplemented"]));
}

#[test]
fn the_grid_of_a_protected_matter_is_not_said() {
    let mut new = report(GRID, Some(HOTLINE), "a");
    new.place.area = "320111004001007".parse().expect("a grid");
    let plain = Life::new().given(&desk(GRID), receive(new.clone()));
    assert_eq!(plain.incident.place, new.place);
    let raised = plain.given(&desk(GRID), raise(&[], Some(crate::incident::Class::R)));
    assert_eq!(raised.incident.place.area.to_string(), "320111004001");
    new.class = crate::incident::Class::S;
    assert_eq!(Life::new().given(&desk(GRID), receive(new)).incident.place.area.to_string(), "320111004001");
}

#[test]
fn a_promise_made_before_the_priority_was_known_is_made_anew_by_what_is_known_and_counts_from_its_own_start() {
    // The town of the tests has one limit for all: the same limit is no new promise.
    let same = received().given(&desk(GRID), accept(Priority::LIFE));
    assert_eq!(same.clock("answer/r1").map(|clock| clock.version), Some(1));
    let life = received();
    let (policies, who) = (crate::policy::Policies::sample(), desk(GRID));
    let context = Context { at: life.now, occurred: None, basis: Basis::Seat, actor: &who, book: &policies };
    let facts = decide(&life.incident, &accept(Priority::SOON), &context).expect("accepted");
    let anew = facts.iter().flat_map(Fact::moves).filter_map(|step| match step {
        Move::Start(clock) if clock.id.to_string() == "answer/r1" => Some((clock.version, clock.start, clock.kind)),
        Move::Start(_) | Move::Stop(_) => None,
    });
    let anew: Vec<_> = anew.collect();
    assert_eq!(anew, [(2, life.incident.received, ClockKind::WorkDays)]);
}
