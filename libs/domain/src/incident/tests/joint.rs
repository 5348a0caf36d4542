//! Several desks on one matter: who may enter, which calls belong together, what is split off, who takes the lead back.

use super::{kit::*, lives::*};
use crate::{
    id::IncidentId,
    incident::{Class, Command, Flag, Priority, Stage},
};

const SAFE: Command = Command::DeclareScene { safe: true };
const UNSAFE: Command = Command::DeclareScene { safe: false };

fn order(task: Option<&str>) -> Command {
    let (unit, task) = ("worker/7".parse().expect("a plain name"), task.and_then(|task| task.parse().ok()));
    Command::IssueOrder { part: 2, unit, task, reasons: Vec::new() }
}

/// The police lead, with a part of their own; the grid has taken part 2.
fn together(flags: &[Flag]) -> Life {
    let mut new = report(POLICE, Some(POLICE), "a");
    new.flags = flags.iter().copied().collect();
    let came = Life::new().given(&desk(POLICE), receive(new)).given(&desk(POLICE), accept(Priority::URGENT));
    let routed = came.given(&desk(POLICE), route(&[(POLICE, true), (GRID, true)]));
    routed.given(&machine(), deliver(1)).given(&desk(GRID), take(1))
}

#[test]
fn the_grid_stages_outside_until_the_police_say_that_it_is_safe() {
    let armed = together(&[Flag::Weapon]);
    let refused = check(armed, &desk(GRID), order(None), Err("scene.stage"));
    let staged = check(refused, &desk(GRID), order(Some("task/stage")), Ok(&["order_issued"]));
    let there = staged.given(&machine(), deliver_order(2)).given(&handler(GRID), sign(2));
    let waiting = check(there, &handler(GRID), on_scene(2), Err("scene.unsafe"));
    let safe = check(waiting, &handler(POLICE), SAFE, Ok(&["scene_declared"]));
    let same = check(safe, &handler(POLICE), SAFE, Ok(&[]));
    let entered = check(same, &handler(GRID), on_scene(2), Ok(&["unit_on_scene"]));
    assert_eq!(entered.part(2).unit.as_ref().map(ToString::to_string).as_deref(), Some("worker/7"));
}

#[test]
fn without_danger_nobody_waits_until_the_police_say_so() {
    let calm = together(&[]);
    let ordered = check(calm.clone(), &desk(GRID), order(None), Ok(&["order_issued"]));
    assert!(!ordered.incident.barred(&agency(GRID)));
    let warned = check(calm, &handler(POLICE), UNSAFE, Ok(&["scene_declared"]));
    check(warned, &desk(GRID), order(None), Err("scene.stage"));
}

#[test]
fn only_police_who_have_to_do_with_it_speak_for_the_scene() {
    let armed = together(&[Flag::Weapon]);
    let refused = check(armed, &handler(GRID), SAFE, Err("authority.agency"));
    check(refused, &machine(), SAFE, Err("authority.person"));
    check(routed(&[(GRID, true)]), &handler(POLICE), SAFE, Err("authority.agency"));
}

#[test]
fn a_further_call_keeps_its_number_and_its_answer_and_raises_an_alert() {
    let main = check(together(&[]), &desk(GRID), take_reports(9), Ok(&["reports_linked", "raised"]));
    assert!(main.incident.flags.contains(&Flag::Repeat) && main.incident.flags.contains(&Flag::Crowd));
    let second = &main.incident.reports[1];
    assert_eq!((second.reference.as_str(), second.from), ("J9", Some(IncidentId::from_u128(9))));
    assert!(main.clock("answer/r2").is_some(), "somebody owes that caller an answer, too");
    let other = check(received(), &desk(GRID), link(2), Ok(&["merged"]));
    assert_eq!((other.incident.stage, other.incident.into), (Stage::Merged, Some(IncidentId::from_u128(2))));
    assert!(other.incident.clocks.is_empty());
    check(routed(&[(GRID, true)]), &desk(GRID), link(2), Err("incident.too_late"));
}

#[test]
fn a_calm_matter_takes_a_second_report_without_an_alert() {
    let life = routed(&[(GRID, true)]);
    let Command::TakeReports { from, class, reports, .. } = take_reports(9) else { panic!("it is one") };
    let calm = Command::TakeReports { from, class, flags: [].into(), reports };
    check(life, &desk(GRID), calm, Ok(&["reports_linked"]));
}

#[test]
fn class_s_stands_alone() {
    let secret = together(&[]).given(&desk(GRID), raise(&[], Some(Class::S)));
    check(secret, &desk(POLICE), take_reports(9), Err("link.class"));
}

#[test]
fn a_second_matter_goes_its_own_way_from_acceptance_on() {
    let parent = check(together(&[]), &desk(POLICE), split(), Ok(&["split"]));
    assert_eq!(parent.incident.children, [IncidentId::from_u128(3)]);
    let child = check(Life::of(3), &desk(POLICE), open_split(), Ok(&["split_off"]));
    assert_eq!((child.incident.stage, child.lead()), (Stage::Accepted, GRID));
    assert!(child.clock("total").is_some() && child.incident.reports.is_empty());
    let worked = child.given(&desk(GRID), route(&[(GRID, true)])).given(&everything(GRID), finish(1));
    check(worked, &desk(GRID), Command::Close {}, Ok(&["closed"]));
}

#[test]
fn who_handed_the_lead_over_keeps_watch_and_may_take_it_back() {
    let received = watched().swap_remove(0);
    assert_eq!(received.lead(), GRID);
    assert_eq!(received.incident.watch, [agency(POLICE)]);
    assert!(received.incident.agencies().any(|involved| *involved == agency(POLICE)), "who watches sees it");
    let refused = check(received, &desk(HOTLINE), recall(), Err("recall.no_watch"));
    let back = check(refused, &desk(POLICE), recall(), Ok(&["recalled"]));
    assert_eq!((back.lead(), back.incident.watch.len()), (POLICE, 0));
}

#[test]
fn forms_keep_the_numbers_that_they_have_at_home() {
    let first = check(together(&[]), &desk(POLICE), number("CP-1"), Ok(&["numbered"]));
    let again = check(first, &desk(POLICE), number("CP-1"), Ok(&[]));
    let kept = &again.incident.numbers[0];
    assert_eq!((kept.agency.as_str(), kept.number.as_str()), (POLICE, "CP-1"));
}
