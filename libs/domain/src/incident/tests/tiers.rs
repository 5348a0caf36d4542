//! Up, down and sideways: who leads, who looks on, what is late, who is asked. Given, when, then.

use super::{kit::*, lives::*, tier_lives::*};
use crate::{
    incident::{Command, Fact, Flag, Priority, Refusal, Stage},
    reason::ReasonCode,
};

fn lead_at(life: &Life) -> (&str, Option<String>, Option<String>) {
    let lead = life.incident.lead.as_ref().expect("somebody leads");
    (lead.agency.as_str(), lead.area.map(|area| area.to_string()), lead.seat.as_ref().map(ToString::to_string))
}

#[test]
fn informing_upward_leaves_the_owner_where_it_is() {
    let before = accepted(Priority::URGENT);
    let after = check(before.clone(), &centre(), inform(), Ok(&["informed_upward"]));
    assert_eq!(after.incident.lead, before.incident.lead);
    let told = after.log.iter().find_map(|(fact, _)| if let Fact::InformedUpward(told) = fact { Some(told) } else { None });
    let told = told.expect("on record");
    assert_eq!((told.from, told.to), (area(CENTRE), Some(area("320111"))));
}

#[test]
fn an_escalation_moves_the_lead_when_a_seat_of_the_upper_tier_takes_it_and_not_before() {
    let offered = check(received(), &centre(), escalate(), Ok(&["escalated"]));
    assert_eq!(offered.incident.lead, received().incident.lead);
    assert_eq!(offered.clock("sign/t1").map(|clock| clock.version), Some(1));
    // Its own seat is of the wrong tier, and no timer takes it.
    assert_eq!(offered.hear(&centre(), &Command::TakeTier {}, 0).map_err(|no| no.code()), Err("tier.not_yours"));
    assert_eq!(offered.hear(&machine(), &Command::TakeTier {}, DAY).map_err(|no| no.code()), Err("authority.person"));
    let taken = check(offered, &desk(GRID), Command::TakeTier {}, Ok(&["tier_taken"]));
    assert_eq!(lead_at(&taken), (GRID, Some("320111".to_owned()), Some("desk-grid".to_owned())));
    assert!(taken.clock("sign/t1").is_none());
    // The tier that had it leads no more.
    check(taken, &centre(), inform(), Err("tier.not_yours"));
}

#[test]
fn what_was_offered_up_comes_back_with_a_reason_and_the_lead_never_left() {
    let offered = received().given(&centre(), escalate());
    check(offered.clone(), &desk(GRID), cannot_down(), Err("reason.unfit"));
    let back = check(offered, &desk(GRID), return_up(), Ok(&["tier_returned"]));
    assert_eq!(back.incident.lead, received().incident.lead);
    assert!(back.clock("sign/t1").is_none());
    check(back, &centre(), escalate(), Ok(&["escalated"]));
}

#[test]
fn what_is_handed_down_is_an_order_signed_there_or_answered_with_why_one_cannot() {
    let handed = check(received(), &desk(GRID), hand_down(CENTRE), Ok(&["handed_down"]));
    assert_eq!(handed.incident.lead, received().incident.lead);
    check(handed.clone(), &centre(), return_up(), Err("reason.unfit"));
    check(handed.clone(), &centre(), cannot_down(), Ok(&["tier_returned"]));
    let signed = check(handed, &centre(), Command::TakeTier {}, Ok(&["tier_taken"]));
    assert_eq!(lead_at(&signed), (GRID, Some(CENTRE.to_owned()), Some("centre-grid".to_owned())));
    // From the subdistrict it goes on to the community in which it lies, and to no other.
    check(signed.clone(), &centre(), hand_down("320111004002"), Err("tier.not_lower"));
    check(signed, &centre(), hand_down("320111004001"), Ok(&["handed_down"]));
}

#[test]
fn an_offer_between_tiers_is_void_once_another_agency_leads() {
    let waiting = || received().given(&centre(), escalate());
    let designated = check(waiting(), &chief(), designate_lead(HOTLINE), Ok(&["designated"]));
    let offered = waiting().given(&desk(GRID), offer(None, true, HOTLINE)).given(&machine(), deliver(1));
    let accepted = check(offered, &desk(HOTLINE), take(1), Ok(&["transfer_accepted"]));
    let watched = accepted.given(&desk(HOTLINE), Command::Note { topic: crate::incident::Topic::Note, sealed: note_words() });
    for life in [designated, watched] {
        assert!(life.clock("sign/t1").is_none());
        check(life, &desk(HOTLINE), Command::TakeTier {}, Err("tier.none"));
    }
}

fn note_words() -> Vec<crate::incident::Sealed> {
    let Command::Note { sealed, .. } = note() else { unreachable!("a note") };
    sealed
}

#[test]
fn a_transfer_of_a_part_alone_leaves_an_offer_between_tiers_waiting() {
    let waiting = two().given(&centre(), escalate()).given(&desk(WATER), deliver(1));
    let life = check(waiting, &desk(WATER), take(1), Ok(&["transfer_accepted"]));
    check(life, &desk(GRID), Command::TakeTier {}, Ok(&["tier_taken"]));
}

#[test]
fn a_supervision_is_replied_to_by_who_is_supervised_and_struck_off_by_somebody_else() {
    let opened = check(handling(), &supervisor(), supervise(WATER, 1), Ok(&["supervision_opened"]));
    assert_eq!(opened.lead(), GRID);
    assert!(opened.clock("reply/s1").is_some());
    check(opened.clone(), &desk(GRID), reply(1), Err("authority.agency"));
    check(opened.clone(), &desk(WATER), strike(1), Err("authority.role"));
    let replied = check(opened, &everything(WATER), reply(1), Ok(&["supervision_replied"]));
    assert!(replied.clock("reply/s1").is_none());
    check(replied.clone(), &everything(WATER), strike(1), Err("authority.same_person"));
    let struck = check(replied, &supervisor(), strike(1), Ok(&["supervision_struck"]));
    assert_eq!(struck.lead(), GRID);
}

#[test]
fn a_reply_after_its_hour_leaves_the_lateness_ahead_of_it() {
    let due = received().now.plus_seconds(HOUR);
    let reason = why(ReasonCode::SuperviseOverdue);
    let named = Command::Supervise { agency: agency(GRID), level: 3, due: Some(due), reason };
    let opened = check(received(), &supervisor(), named, Ok(&["supervision_opened"]));
    assert_eq!(opened.clock("reply/s1").map(|clock| clock.due), Some(due));
    check(opened.clone(), &desk(GRID), reply(1), Ok(&["supervision_replied"]));
    check(opened.wait(2 * HOUR), &desk(GRID), reply(1), Ok(&["clock_breached", "supervision_replied"]));
}

#[test]
fn a_supervision_outlives_the_closing() {
    let life = asked().given(&supervisor(), supervise(GRID, 2)).given(&desk(GRID), Command::Close {});
    assert_eq!(life.incident.clocks, []);
    let life = check(life, &desk(GRID), reply(1), Ok(&["supervision_replied"]));
    let life = check(life, &supervisor(), strike(1), Ok(&["supervision_struck"]));
    assert_eq!(life.incident.stage, Stage::Closed);
}

#[test]
fn of_two_who_are_called_by_eight_one_is_on_time_and_one_is_late() {
    let life = handling();
    let by = summon(&life, &[WATER, HOUSING], 20 * MINUTE);
    let called = check(life, &desk(GRID), by, Ok(&["summoned"]));
    assert_eq!((called.lead(), called.clock("arrive/c1").is_some(), called.clock("arrive/c2").is_some()), (GRID, true, true));
    check(called.clone(), &desk(POLICE), arrive(1), Err("authority.agency"));
    let water = check(called.wait(18 * MINUTE), &handler(WATER), arrive(1), Ok(&["summons_arrived"]));
    let housing = check(water.wait(35 * MINUTE), &desk(GRID), arrive(2), Ok(&["clock_breached", "summons_arrived"]));
    assert_eq!((housing.lead(), housing.incident.breaches), (GRID, 1));
    let calls = &housing.incident.tiers.as_ref().expect("called").calls;
    let late = |n: usize| calls[n].arrived.is_some_and(|arrived| arrived > calls[n].by);
    assert_eq!((late(0), late(1)), (false, true));
}

#[test]
fn who_is_called_may_see_it_and_is_not_of_the_matter() {
    let life = received();
    let by = summon(&life, &[POLICE], HOUR);
    let called = life.given(&desk(GRID), by);
    assert!(called.incident.seen_by().any(|agency| agency.as_str() == POLICE));
    assert!(!called.incident.of_police());
}

#[test]
fn a_reminder_is_on_record_and_has_a_limit() {
    let life = check(received(), &desk(HOTLINE), remind(GRID), Ok(&["reminded"]));
    let life = check(life, &supervisor(), remind(GRID), Ok(&["reminded"]));
    let life = check(life, &desk(HOTLINE), remind(GRID), Err("remind.limit"));
    // Another agency has reminders of its own.
    check(life, &desk(GRID), remind(HOTLINE), Ok(&["reminded"]));
}

#[test]
fn a_clock_that_ran_out_adds_the_upper_desk_and_never_moves_the_lead() {
    let late = at_the_centre().wait(HOUR).given(&machine(), breach("accept", 1));
    let before = late.incident.lead.clone();
    let seen = check(late, &machine(), oversee("accept", 1), Ok(&["supervisor_added"]));
    assert_eq!(seen.incident.lead, before);
    let overseers = &seen.incident.tiers.as_ref().expect("overseen").overseers;
    assert_eq!((overseers.len(), overseers[0].area), (1, area("320111")));
    // Asked again, it is there already; for another version nothing ran out.
    let seen = check(seen, &machine(), oversee("accept", 1), Ok(&[]));
    check(seen, &machine(), oversee("accept", 2), Err("oversee.clock"));
}

#[test]
fn a_conference_has_its_parties_and_ends_with_what_came_of_it() {
    let life = check(received(), &desk(GRID), confer(&[POLICE, GRID, HOTLINE]), Ok(&["conference_started"]));
    let conference = &life.incident.tiers.as_ref().expect("on a call").conferences[0];
    assert_eq!(conference.parties.iter().map(|party| party.as_str()).collect::<Vec<_>>(), [GRID, POLICE, HOTLINE]);
    assert_eq!((conference.report, life.lead()), (Some(1), GRID));
    check(life.clone(), &desk(WATER), hang_up(1, ReasonCode::ConferenceSettled), Err("authority.agency"));
    let life = check(life, &desk(POLICE), hang_up(1, ReasonCode::ConferenceAnswered), Ok(&["conference_ended"]));
    check(life.clone(), &desk(GRID), hang_up(1, ReasonCode::ConferenceSettled), Err("conference.unknown"));
    check(life, &desk(GRID), confer(&[POLICE]), Ok(&["conference_started"]));
}

#[test]
fn in_danger_nobody_hangs_up_before_the_other_desk_answers() {
    check(danger_call(), &desk(HOTLINE), hang_up(1, UNANSWERED), Err("conference.stay"));
    check(danger_call(), &desk(HOTLINE), hang_up(1, ReasonCode::ConferenceAnswered), Ok(&["conference_ended"]));
    check(danger_call(), &desk(HOTLINE), hang_up(1, ReasonCode::ConferenceDropped), Ok(&["conference_ended"]));
    check(on_a_call(), &desk(GRID), hang_up(1, UNANSWERED), Ok(&["conference_ended"]));
    let raised = on_a_call().given(&desk(POLICE), raise(&[Flag::ExtremeThreat], None));
    check(raised, &desk(GRID), hang_up(1, UNANSWERED), Err("conference.stay"));
}

#[test]
fn a_request_for_help_leaves_the_lead_and_is_granted_in_part_or_refused_with_a_reason() {
    let life = check(handling(), &desk(GRID), ask_help(HOUSING, 3), Ok(&["resource_asked"]));
    assert_eq!((life.lead(), life.clock("sign/q1").is_some()), (GRID, true));
    check(life.clone(), &desk(WATER), give_help(1, 1), Err("authority.agency"));
    check(life.clone(), &desk(HOUSING), give_help(1, 4), Err("request.nothing"));
    let some = check(life.clone(), &desk(HOUSING), give_help(1, 2), Ok(&["resource_granted"]));
    assert_eq!((some.lead(), some.clock("sign/q1")), (GRID, None));
    assert_eq!(some.incident.tiers.as_ref().and_then(|tiers| tiers.request(1)).and_then(|request| request.granted), Some(2));
    let none = check(life.wait(HOUR), &desk(HOUSING), cannot_help(1), Ok(&["clock_breached", "resource_refused"]));
    assert_eq!(none.lead(), GRID);
    check(none, &desk(POLICE), ask_help(HOUSING, 1), Err("authority.agency"));
}

#[test]
fn a_lower_tier_is_below_its_own_area_and_holds_the_matter() {
    use crate::incident::tiers::{above, below};
    let grid = area("320111004001003");
    assert_eq!(above(grid), Some(area("320111004001")));
    assert_eq!(above(area("320111")), None);
    assert!(below(area("320111"), area("320111004001"), grid));
    assert!(below(area("320111004"), grid, area("320111004001")));
    for (from, to, place) in [
        ("320111004", "320111004", "320111004001"),
        ("320111004", "320111", "320111004001"),
        ("320111004", "320111005001", "320111004001"),
        ("320111", "320111005", "320111004001"),
    ] {
        assert!(!below(area(from), area(to), area(place)), "{from} {to} {place}");
    }
}

#[test]
fn nothing_of_this_lapses_by_itself() {
    let life = received().given(&centre(), escalate()).wait(30 * DAY);
    let late = check(life, &machine(), breach("sign/t1", 1), Ok(&["clock_breached"]));
    assert_eq!(late.incident.lead, received().incident.lead);
    let no: Refusal = late.hear(&machine(), &Command::TakeTier {}, 0).expect_err("a person takes it");
    assert_eq!(no.code(), "authority.person");
}
