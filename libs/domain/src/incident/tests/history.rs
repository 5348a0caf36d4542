//! Past matters: what their files tell and what they do not, judged at what occurred.

use super::{kit::*, lives::*};
use crate::incident::{
    Basis, ClockKind, Fact, HandoverStatus, PartStatus, Priority, Promised, Stage, UnitStage,
    UnitStage::{Cleared, Delivered, EnRoute, Issued, OnScene, Signed},
};

fn missing(life: &Life, order: usize) -> &[UnitStage] {
    &life.incident.handovers[order - 1].missing
}

/// A past report to which its file promised this.
fn promised(promised: Promised) -> Life {
    let life = Life::new();
    let mut new = report(HOTLINE, Some(HOTLINE), "a");
    (new.history, new.promised) = (true, promised);
    let then = life.now.plus_seconds(-90 * DAY);
    life.occurred(Some(then)).given(&script(HOTLINE), receive(new))
}

#[test]
fn a_history_names_the_stages_it_does_not_tell_and_invents_none() {
    let life = history(90);
    let answered = life.incident.occurred.plus_seconds(HOUR);
    let Fact::HistoryRecorded(told) = life.hear(&script(HOTLINE), &record(Some(answered)), 0).expect("recorded").remove(0) else {
        panic!("in time: no breach comes first")
    };
    assert_eq!(told.missing, [Stage::Accepted, Stage::Routed, Stage::Handling, Stage::Done, Stage::Followup]);
    let untimed = life.clone().occurred(None);
    let Fact::HistoryRecorded(untold) = untimed.hear(&script(HOTLINE), &record(None), 0).expect("recorded").remove(0) else {
        panic!("no answer: nothing to judge")
    };
    assert_eq!(untold.missing.last(), Some(&Stage::Closed));
    let routed = history(90).given(&script(HOTLINE), accept(Priority::SOON)).given(&script(HOTLINE), route(&[(HOTLINE, true)]));
    let life = check(routed, &script(HOTLINE), record(Some(answered)), Ok(&["history_recorded"]));
    assert_eq!(life.incident.missing, [Stage::Handling, Stage::Done, Stage::Followup]);
    assert_eq!(life.incident.stage, Stage::Closed);
}

#[test]
fn a_history_is_judged_by_when_it_occurred_not_by_when_it_is_recorded() {
    let life = history(90);
    assert_eq!(life.clock("answer/r1").map(|clock| clock.start), Some(life.incident.occurred));
    let in_time = life.incident.occurred.plus_seconds(23 * HOUR);
    let late = life.incident.occurred.plus_seconds(25 * HOUR);
    check(life.clone(), &script(HOTLINE), record(Some(in_time)), Ok(&["history_recorded"]));
    let late = check(life, &script(HOTLINE), record(Some(late)), Ok(&["clock_breached", "history_recorded"]));
    assert_eq!((late.incident.breaches, late.incident.clocks.len()), (1, 0));
}

#[test]
fn no_live_timer_touches_a_history() {
    check(history(90), &machine(), breach("answer/r1", 1), Err("incident.history_still"));
    assert!(history(90).clock("accept").is_none());
    check(received(), &desk(GRID), record(None), Err("incident.history_only"));
    check(history(90), &desk(GRID), record(None), Err("authority.agency"));
    check(history(90), &script(POLICE), record(None), Ok(&["history_recorded"]));
}

#[test]
fn several_units_go_at_once_and_each_order_keeps_what_is_not_told_of_it() {
    let life = dispatched().given(&script(POLICE), record_order("car/2")).given(&script(POLICE), record_step(2, EnRoute));
    assert_eq!(
        (missing(&life, 1), missing(&life, 2)),
        (&[Delivered, Signed, EnRoute, OnScene][..], &[Delivered, Signed, OnScene][..])
    );
    check(life.clone(), &script(POLICE), record_order("car/2"), Err("history.told"));
    check(life.clone(), &script(POLICE), record_step(2, EnRoute), Err("history.told"));
    let freed = check(life, &script(POLICE), record_step(2, Cleared), Ok(&["unit_recorded"]));
    assert_eq!(
        (missing(&freed, 2), freed.incident.handovers[1].status),
        (&[Delivered, Signed, OnScene][..], HandoverStatus::Recorded)
    );
    assert_eq!((freed.incident.handovers[0].status, freed.part(1).status), (HandoverStatus::Issued, PartStatus::EnRoute));
    check(freed, &script(POLICE), record_step(2, Signed), Err("history.told"));
}

#[test]
fn a_step_without_a_time_stays_missing() {
    let untimed =
        history(90).given(&script(POLICE), record_route(POLICE)).imported(None).given(&script(POLICE), record_order("car/1"));
    assert_eq!(missing(&untimed, 1), [Issued, Delivered, Signed, EnRoute, OnScene]);
    let recorded = untimed.given(&script(POLICE), record_step(1, EnRoute)).given(&script(POLICE), record_step(1, Cleared));
    assert_eq!(missing(&recorded, 1), [Issued, Delivered, Signed, EnRoute, OnScene, Cleared]);
}

#[test]
fn a_dispatch_is_done_with_its_last_unit_and_tells_only_what_came_after_as_missing() {
    let done = cleared().given(&desk(POLICE), finish(1));
    assert_eq!((done.incident.stage, done.incident.handovers[0].status), (Stage::Done, HandoverStatus::Recorded));
    let closed = check(done, &script(POLICE), record(None), Ok(&["history_recorded"]));
    assert_eq!(closed.incident.missing, [Stage::Followup]);
    // A unit of which nothing but its orders is told handled nothing that the file knows of.
    let untold = dispatched().given(&script(POLICE), record_step(1, Cleared)).given(&desk(POLICE), finish(1));
    assert_eq!(untold.given(&script(POLICE), record(None)).incident.missing, [Stage::Handling, Stage::Followup]);
}

#[test]
fn a_route_without_acceptance_or_time_names_both() {
    let life = history(90).imported(None).given(&script(HOTLINE), record_route(WATER));
    assert_eq!(life.incident.missing, [Stage::Accepted, Stage::Routed]);
    assert_eq!((life.part(1).status, life.incident.handovers.len()), (PartStatus::Owned, 0), "nobody offered it to anybody");
    let early = life.incident.occurred;
    let closed = life.imported(Some(early)).given(&script(HOTLINE), record(None)).incident;
    assert_eq!(closed.missing, [Stage::Accepted, Stage::Routed, Stage::Handling, Stage::Done, Stage::Followup]);
}

#[test]
fn a_moment_that_the_file_names_is_the_one_promise_and_is_judged_at_what_occurred() {
    let start = promised(Promised::Nothing);
    assert!(start.incident.clocks.is_empty(), "no file, no promise");
    let due = start.incident.occurred.plus_seconds(3 * DAY);
    let life = promised(Promised::Due(due));
    let clock = life.clock("total").expect("the file's own");
    assert_eq!(
        (life.incident.clocks.len(), clock.kind, clock.start, clock.due),
        (1, ClockKind::Given, life.incident.occurred, due)
    );
    check(life.clone(), &machine(), breach("total", 1), Err("incident.history_still"));
    check(life.clone().imported(Some(due)), &script(HOTLINE), record(None), Ok(&["history_recorded"]));
    let late = life.imported(Some(due.plus_seconds(1)));
    let late = check(late, &script(HOTLINE), record(None), Ok(&["clock_breached", "history_recorded"]));
    assert_eq!((late.incident.breaches, late.incident.clocks.len()), (1, 0));
}

#[test]
fn a_report_of_today_is_promised_what_the_policies_say_whatever_a_file_would() {
    let mut new = report(HOTLINE, Some(HOTLINE), "a");
    new.promised = Promised::Nothing;
    let life = Life::new().given(&desk(HOTLINE), receive(new));
    assert!(life.clock("answer/r1").is_some() && life.clock("total").is_none());
}

#[test]
fn a_priority_may_go_down_in_a_history_and_says_what_it_was() {
    let life = dispatched();
    check(life.clone(), &script(POLICE), record_priority(Priority::URGENT), Ok(&[]));
    let facts = life.hear(&script(POLICE), &record_priority(Priority::SOON), 0).expect("recorded");
    let [Fact::PriorityChanged(changed)] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!((changed.before, changed.priority), (Some(Priority::URGENT), Priority::SOON));
    assert_eq!(life.given(&script(POLICE), record_priority(Priority::SOON)).incident.priority, Some(Priority::SOON));
    check(accepted(Priority::URGENT), &desk(GRID), record_priority(Priority::SOON), Err("incident.history_only"));
}

#[test]
fn a_reopened_history_can_be_closed_again() {
    let closed = cleared().given(&desk(POLICE), finish(1)).given(&script(POLICE), record(None));
    let life = closed.given(&desk(GRID), ask_reopen()).given(&chief(), crate::incident::Command::Reopen {});
    assert!(!life.incident.history && life.incident.handovers.iter().all(|order| !order.open()));
}

#[test]
fn what_a_file_does_not_time_is_known_by_its_basis() {
    let life = history(90);
    assert_eq!(life.log[0].1.basis, Basis::Import);
}
