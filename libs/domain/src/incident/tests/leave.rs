//! Leave of a promise: asked in time, agreed to by two, told to the reporter; what stands still and goes on; appeals.

use super::{kit::*, leave_asks::*, lives::*};
use crate::incident::{clock::Move, *};

fn due(life: &Life, clock: &str) -> crate::time::Time {
    life.clock(clock).expect("it runs").due
}

#[test]
fn an_extension_moves_the_due_time_under_a_new_version_and_tells_the_reporter_in_the_same_act() {
    let [_, endorsed] = extension(routed(&[(GRID, true)]), GRID, "handle/p1", 30);
    let (before, start) = (due(&endorsed, "handle/p1"), endorsed.clock("handle/p1").expect("it runs").start);
    let life = check(endorsed, &chief(), grant(1), Ok(&["clock_extended"]));
    let clock = life.clock("handle/p1").expect("it runs on");
    assert_eq!((clock.version, clock.amount, clock.start), (2, 150, start));
    assert_eq!(clock.due, before.plus_seconds(30 * MINUTE));
    let Some((Fact::ClockExtended(fact), _)) = life.log.last() else { panic!("extended last") };
    assert_eq!((fact.version, fact.due, fact.told.as_slice()), (1, clock.due, [the_report()].as_slice()));
    assert!(!fact.sealed.is_empty(), "the words it was told in");
    // The old timer changes nothing and says so; the new one finds it late.
    let life = check(life.wait(3 * HOUR), &machine(), breach("handle/p1", 1), Err("clock.stale"));
    check(life, &machine(), breach("handle/p1", 2), Ok(&["clock_breached"]));
}

#[test]
fn without_a_word_to_each_reporter_who_waits_nothing_is_extended() {
    let [_, endorsed] = extension(routed(&[(GRID, true)]), GRID, "handle/p1", 30);
    let endorsed = check(endorsed, &chief(), grant_telling(1, &[]), Err("extension.untold"));
    let silent = Command::GrantRequest { request: 1, told: vec![the_report()], sealed: Vec::new() };
    let mut endorsed = check(endorsed, &chief(), silent, Err("request.no_words"));
    endorsed.incident.reports.push(with_second_report(received(), Some(HOTLINE)).incident.reports[1].clone());
    let endorsed = check(endorsed, &chief(), grant(1), Err("extension.untold"));
    check(endorsed, &chief(), grant_telling(1, &[the_report(), second_report()]), Ok(&["clock_extended"]));
    // Nobody waits for an answer: nobody has to be told.
    let patrol = patrol().given(&desk(GRID), accept(Priority::ROUTINE));
    let [_, endorsed] = extension(patrol, GRID, "total", 30);
    check(endorsed, &chief(), grant_telling(1, &[]), Ok(&["clock_extended"]));
}

#[test]
fn two_persons_agree_neither_of_whom_asked_and_the_second_stands_above() {
    let asked = routed(&[(GRID, true)]).given(&everything(GRID), ask_extension("total", 60));
    let asked = check(asked, &everything(GRID), endorse(1), Err("authority.same_person"));
    let asked = check(asked, &chief(), grant(1), Err("request.not_endorsed"));
    let endorsed = check(asked, &desk(GRID), endorse(1), Ok(&["request_endorsed"]));
    let endorsed = check(endorsed, &everything(GRID), grant(1), Err("authority.same_person"));
    check(endorsed, &chief(), grant(1), Ok(&["clock_extended"]));
    // Who agreed first does not agree a second time, whatever roles it has.
    let by_chief = routed(&[(GRID, true)]).given(&handler(GRID), ask_extension("total", 60)).given(&chief(), endorse(1));
    let by_chief = check(by_chief, &chief(), grant(1), Err("authority.same_person"));
    check(by_chief, &supervisor(), grant(1), Ok(&["clock_extended"]));
    // A department's own chief does not settle what the department asked for.
    let water = handling().given(&handler(WATER), ask_extension("handle/p2", 60)).given(&desk(WATER), endorse(1));
    let water = check(water, &everything(WATER), grant(1), Err("request.not_above"));
    check(water, &everything(HOTLINE), grant(1), Ok(&["clock_extended"]));
}

#[test]
fn an_extension_is_asked_for_by_who_holds_the_clock_before_it_runs_out_and_granted_before_it_does() {
    let late = timed_out(routed(&[(GRID, true)]), "handle/p1");
    check(late, &handler(GRID), ask_extension("handle/p1", 30), Err("extension.overdue"));
    check(routed(&[(GRID, true)]).wait(2 * HOUR), &handler(GRID), ask_extension("handle/p1", 30), Err("extension.overdue"));
    check(handling(), &handler(GRID), ask_extension("handle/p2", 30), Err("authority.agency"));
    let [_, endorsed] = extension(routed(&[(GRID, true)]), GRID, "handle/p1", 30);
    check(endorsed.wait(3 * HOUR), &chief(), grant(1), Err("extension.overdue"));
}

#[test]
fn how_often_and_how_much_the_policy_says() {
    let twice = |life: Life, number: u16| {
        let [_, endorsed] = extension(life, GRID, "total", 60);
        endorsed.given(&chief(), grant(number))
    };
    let life = twice(twice(routed(&[(GRID, true)]), 1), 2);
    check(life, &handler(GRID), ask_extension("total", 60), Err("extension.spent"));
    check(routed(&[(GRID, true)]), &handler(GRID), ask_extension("handle/p1", 121), Err("extension.too_long"));
    check(routed(&[(GRID, true)]), &handler(GRID), ask_extension("feedback/p1", 10), Err("extension.clock"));
}

#[test]
fn set_aside_every_clock_stands_still_and_goes_on_by_itself_with_what_was_left() {
    let routed = routed(&[(GRID, true)]);
    let before = routed.incident.clocks.clone();
    let [_, _, life] = suspension(routed, 30);
    assert!(life.incident.clocks.iter().all(|clock| !clock.id.promise()), "only the bound's clock runs");
    let set_aside = life.incident.suspended().expect("set aside").clone();
    assert_eq!(set_aside.paused.len(), before.len(), "the whole life's clock, too");
    assert_eq!(set_aside.until, set_aside.since.plus_seconds(30 * DAY));
    let life = check(life, &machine(), resume(1), Err("suspension.early"));
    let life = check(life, &desk(GRID), issue(1), Err("suspension.stands"));
    let life = check(life, &machine(), breach("suspension", 1), Err("clock.no_promise"));
    // Noticed three days late: the clocks go on from the bound all the same.
    let life = check(life.wait(33 * DAY), &machine(), resume(1), Ok(&["resumed"]));
    assert!(life.incident.suspended().is_none() && life.clock("suspension").is_none());
    for was in &before {
        let now = life.incident.clock(was.id).expect("it goes on");
        assert_eq!(now.version, was.version + 1, "{}", was.id);
        assert_eq!(now.due.ms() - set_aside.until.ms(), was.due.ms() - set_aside.since.ms(), "{}", was.id);
    }
    let life = check(life, &machine(), resume(1), Err("suspension.none"));
    check(life, &machine(), breach("total", 1), Err("clock.stale"));
}

#[test]
fn a_person_resumes_earlier_and_at_once_means_that_nothing_has_changed() {
    let routed = routed(&[(GRID, true)]);
    let before = routed.incident.clocks.clone();
    let [_, _, mut life] = suspension(routed, 30);
    life.now = life.incident.suspended().expect("set aside").since;
    let life = check(life, &desk(GRID), resume(1), Ok(&["resumed"]));
    for was in &before {
        assert_eq!(life.incident.clock(was.id).map(|clock| clock.due), Some(was.due), "{}", was.id);
    }
    // A second suspension has a bound of its own; the first one's timer is old.
    let asked = life.given(&handler(GRID), ask_suspension(10)).given(&desk(GRID), endorse(2)).given(&chief(), grant(2));
    let again = check(asked.wait(20 * DAY), &machine(), resume(1), Err("suspension.stale"));
    let again = check(again, &machine(), resume(2), Ok(&["resumed"]));
    check(again, &handler(GRID), ask_suspension(10), Err("suspension.spent"));
}

#[test]
fn what_is_late_when_it_is_set_aside_stays_late() {
    let [_, _, life] = suspension(timed_out(routed(&[(GRID, true)]), "handle/p1"), 30);
    assert!(life.incident.overdue() && life.clock("handle/p1").is_some_and(|clock| clock.breached));
    let life = check(life.wait(31 * DAY), &machine(), resume(1), Ok(&["resumed"]));
    assert_eq!(life.clock("handle/p1").map(|clock| clock.version), Some(1), "nothing was left of it");
}

#[test]
fn the_police_and_priority_1_and_2_neither_extend_nor_wait() {
    for urgent in [accepted(Priority::LIFE), accepted(Priority::URGENT)] {
        let urgent = check(urgent, &handler(GRID), ask_extension("total", 60), Err("leave.urgent"));
        check(urgent, &handler(GRID), ask_suspension(30), Err("leave.urgent"));
    }
    let police = Life::new().given(&desk(POLICE), receive(report(POLICE, Some(POLICE), "a")));
    let police = police.given(&desk(POLICE), accept(Priority::ROUTINE));
    let police = check(police, &handler(POLICE), ask_extension("total", 60), Err("leave.urgent"));
    check(police, &handler(POLICE), ask_suspension(30), Err("leave.urgent"));
    // Danger that is told of while the request waits ends it, too.
    let [_, endorsed] = extension(accepted(Priority::ROUTINE), GRID, "total", 60);
    check(endorsed.given(&desk(GRID), raise(&[Flag::Weapon], None)), &chief(), grant(1), Err("leave.urgent"));
}

#[test]
fn danger_wakes_what_was_set_aside() {
    let [_, _, life] = suspension(routed(&[(GRID, true)]), 30);
    let calm = check(life.clone(), &desk(GRID), raise(&[Flag::Crowd], None), Ok(&["raised"]));
    assert!(calm.incident.suspended().is_some());
    let awake = check(life, &desk(POLICE), raise(&[Flag::Weapon], None), Ok(&["raised", "resumed"]));
    assert!(awake.incident.suspended().is_none() && awake.clock("total").is_some());
}

#[test]
fn an_upheld_appeal_leaves_the_lateness_and_puts_an_exemption_beside_it() {
    let late = timed_out(handling(), "handle/p2");
    let breaches = late.incident.breaches;
    let late = check(late, &handler(HOUSING), appeal("handle/p2", 1), Err("authority.agency"));
    let [_, _, life] = appealed(late, WATER, "handle/p2", 1);
    assert_eq!(life.incident.breaches, breaches, "late it was");
    assert!(life.clock("handle/p2").is_some_and(|clock| clock.breached));
    let exempt = &life.incident.exemptions()[0];
    assert_eq!((exempt.clock.to_string().as_str(), exempt.version, exempt.agency.as_str()), ("handle/p2", 1, WATER));
    let life = check(life, &handler(WATER), appeal("handle/p2", 1), Err("appeal.exempt"));
    let life = life.given(&desk(GRID), finish(1)).given(&everything(WATER), finish(2));
    assert_eq!(life.incident.exemptions().len(), 1, "it stands after the work is done");
}

#[test]
fn a_lateness_is_appealed_after_it_came_on_record_also_when_the_clock_is_over_and_not_for_ever() {
    let early = routed(&[(GRID, true)]);
    check(early, &handler(GRID), appeal("handle/p1", 1), Err("appeal.not_late"));
    let done = timed_out(routed(&[(GRID, true)]), "handle/p1").given(&everything(GRID), finish(1));
    assert!(done.clock("handle/p1").is_none());
    check(done.clone(), &handler(GRID), appeal("handle/p1", 2), Err("appeal.not_late"));
    check(done.clone(), &handler(GRID), appeal("handle/p1", 1), Ok(&["appeal_asked"]));
    check(done.wait(41 * DAY), &handler(GRID), appeal("handle/p1", 1), Err("appeal.too_late"));
}

#[test]
fn a_designation_is_reviewed_by_a_supervisor_who_is_no_duty_chief_and_did_not_ask() {
    let [designated, _, endorsed] = designation_appealed(Some(2));
    check(designated, &handler(WATER), appeal_designation(Some(2)), Err("authority.agency"));
    let endorsed = check(endorsed, &chief(), grant(1), Err("appeal.decider"));
    let endorsed = check(endorsed, &everything(GRID), grant(1), Err("appeal.decider"));
    let endorsed = check(endorsed, &chief(), refuse(1), Err("appeal.decider"));
    let life = check(endorsed, &supervisor(), grant(1), Ok(&["designation_lifted"]));
    assert_eq!((life.part(2).status, life.part(2).designated), (PartStatus::Returned, false));
    assert!(life.clock("handle/p2").is_none());
    let life = check(life, &desk(HOUSING), offer(Some(2), false, WATER), Err("transfer.designation"));
    check(life, &chief(), designate(2, WATER, false), Ok(&["designated"]));
}

#[test]
fn a_request_is_refused_with_a_listed_reason_by_somebody_else_and_may_come_again() {
    let [asked, endorsed] = extension(routed(&[(GRID, true)]), GRID, "total", 60);
    let asked = check(asked, &handler(GRID), ask_extension("total", 30), Err("request.pending"));
    let asked = check(asked, &desk(HOTLINE), refuse(1), Err("authority.agency"));
    check(asked, &desk(GRID), refuse(1), Ok(&["request_refused"]));
    let endorsed = check(endorsed, &desk(GRID), refuse(1), Err("authority.same_person"));
    let refused = check(endorsed, &chief(), refuse(1), Ok(&["request_refused"]));
    let refused = check(refused, &chief(), grant(1), Err("request.unknown"));
    check(refused, &handler(GRID), ask_extension("total", 60), Ok(&["extension_asked"]));
}

#[test]
fn the_end_of_a_life_ends_a_suspension_and_what_was_asked_for_the_work() {
    let [_, _, life] = suspension(routed(&[(GRID, true)]), 30);
    let gone = check(life, &desk(GRID), withdraw(), Ok(&["withdrawn"]));
    assert!(gone.incident.suspended().is_none() && gone.incident.clocks.is_empty());
    // After its bound and before the hub resumed it, no lateness is invented for the bound.
    let [_, _, life] = suspension(routed(&[(GRID, true)]), 30);
    check(life.wait(31 * DAY), &desk(GRID), withdraw(), Ok(&["withdrawn"]));
    let [asked, _] = extension(routed(&[(GRID, true)]), GRID, "total", 60);
    let gone = asked.given(&desk(GRID), withdraw());
    check(gone.clone(), &desk(GRID), endorse(1), Err("incident.ended"));
    assert!(gone.incident.request(1).is_none());
}

#[test]
fn a_first_contact_and_a_first_feedback_are_promised_and_kept() {
    let life = routed(&[(GRID, true)]);
    assert!(life.clock("contact/r1").is_some() && life.clock("feedback/p1").is_some());
    let life = check(life, &desk(HOUSING), contact(), Err("authority.agency"));
    let life = check(life, &handler(GRID), contact(), Ok(&["reporter_contacted"]));
    let life = check(life, &handler(GRID), feedback(1), Ok(&["feedback_given"]));
    assert!(life.clock("contact/r1").is_none() && life.clock("feedback/p1").is_none());
    assert!(life.part(1).worked.iter().any(|seat| seat.as_str() == "handler-grid"), "and does not check its own work");
    // Kept late is broken: the breach rides ahead.
    let late = routed(&[(GRID, true)]).wait(2 * HOUR);
    check(late, &handler(GRID), feedback(1), Ok(&["clock_breached", "feedback_given"]));
    // Who ends the work, or tells the result, has said it.
    let done = routed(&[(GRID, true)]).given(&everything(GRID), finish(1));
    assert!(done.clock("feedback/p1").is_none() && done.clock("contact/r1").is_some());
    assert!(done.given(&desk(HOTLINE), tell()).clock("contact/r1").is_none());
    // The next owner of a part owes its own first word.
    let taken = handling();
    assert_eq!(taken.clock("feedback/p2").map(|clock| clock.version), Some(1));
    // A reporter who waits anew is rung up anew.
    let again = closed().given(&desk(POLICE), ask_reopen()).given(&desk(GRID), Command::Reopen {});
    assert_eq!(again.clock("contact/r1").map(|clock| clock.version), Some(2));
    // Under protection nobody is rung up by himself.
    let secret = received().given(&desk(GRID), raise(&[], Some(Class::S))).given(&desk(GRID), accept(Priority::SOON));
    assert!(secret.clock("contact/r1").is_none() && secret.clock("answer/r1").is_some());
    // Nobody waits for an answer where a patrol found it.
    assert!(patrol().given(&desk(GRID), accept(Priority::SOON)).clock("contact/r1").is_none());
}

#[test]
fn what_is_near_its_due_time_is_a_view_of_any_instant() {
    let life = routed(&[(GRID, true)]);
    let handle = life.clock("handle/p1").expect("it runs").clone();
    let near = |at| near_due(&life.incident, calendar(), 25, at).iter().map(|clock| clock.id.to_string()).collect::<Vec<_>>();
    assert_eq!(near(handle.start), [""; 0]);
    assert_eq!(near(handle.start.plus_seconds(50 * MINUTE)), ["feedback/p1"]);
    assert_eq!(near(handle.start.plus_seconds(95 * MINUTE)), ["handle/p1"], "the feedback is late, not near");
    assert_eq!(share_left(&handle, calendar(), handle.start.plus_seconds(60 * MINUTE)), Some(50));
    assert_eq!(share_left(&handle, calendar(), handle.due), None);
    let [_, _, aside] = suspension(routed(&[(GRID, true)]), 1);
    let bound = aside.incident.suspended().expect("set aside").until;
    assert!(near_due(&aside.incident, calendar(), 25, bound.plus_seconds(-1)).is_empty(), "a bound is no promise");
}

#[test]
fn a_past_matter_is_touched_by_none_of_it() {
    let past = dispatched();
    for ask in [ask_extension("total", 60), ask_suspension(30), appeal("total", 1)] {
        let no = past.hear(&desk(HOTLINE), &ask, 0).expect_err("history");
        assert_eq!(no.code(), "incident.history_still", "{ask:?}");
    }
    assert!(past.incident.clocks.iter().all(|clock| clock.id.name != ClockName::Contact && clock.id.name != ClockName::Feedback));
}

#[test]
fn a_pause_carries_what_is_left_in_the_fact_itself() {
    let [_, _, life] = suspension(routed(&[(GRID, true)]), 30);
    let Some((Fact::Suspended(fact), _)) = life.log.last() else { panic!("set aside last") };
    let stops = fact.clocks.iter().filter(|step| matches!(step, Move::Stop(_))).count();
    assert_eq!(stops, fact.paused.len());
    assert!(fact.paused.iter().all(|paused| paused.left > 0 && paused.clock.version == 1));
}

#[test]
fn the_joint_centre_sees_what_it_has_to_decide_for_that_time_and_nothing_under_protection() {
    let hotline = Life::new().given(&desk(HOTLINE), receive(report(HOTLINE, Some(HOTLINE), "a")));
    let hotline = hotline.given(&desk(HOTLINE), accept(Priority::ROUTINE));
    let [asked, endorsed] = extension(hotline.clone(), HOTLINE, "total", 60);
    assert_eq!((asked.incident.decides(), endorsed.incident.decides()), (None, Some(&agency(GRID))));
    assert!(endorsed.incident.agencies().all(|involved| involved.as_str() != GRID), "no partner hears of it for that");
    assert_eq!(endorsed.given(&chief(), grant(1)).incident.decides(), None);
    let [_, secret] = extension(hotline.given(&desk(HOTLINE), raise(&[], Some(Class::S))), HOTLINE, "total", 60);
    assert_eq!(secret.incident.decides(), None);
}
