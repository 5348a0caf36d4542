//! Ends, what comes after them, and lateness.

use super::{kit::*, lives::*};
use crate::incident::{Command, Priority, Stage};

#[test]
fn the_lead_closes_when_every_part_ended_and_every_reporter_was_asked() {
    check(assisting().given(&desk(GRID), finish(1)), &desk(GRID), Command::Close {}, Err("part.open"));
    check(followup(), &desk(GRID), Command::Close {}, Err("close.reporters_open"));
    check(asked(), &desk(WATER), Command::Close {}, Err("authority.agency"));
    check(asked().given(&desk(POLICE), ask_reopen()), &desk(GRID), Command::Close {}, Err("reopen.pending"));
    let life = check(asked(), &desk(GRID), Command::Close {}, Ok(&["closed"]));
    assert_eq!((life.incident.stage, life.incident.clocks.len()), (Stage::Closed, 0));
}

#[test]
fn an_emergency_is_not_withdrawn() {
    check(accepted(Priority::LIFE), &desk(GRID), withdraw(), Err("emergency.stays"));
    let life = check(handling(), &desk(GRID), withdraw(), Ok(&["withdrawn"]));
    assert_eq!((life.incident.stage, life.incident.clocks.len()), (Stage::Withdrawn, 0));
}

#[test]
fn a_void_needs_a_second_person_within_a_day() {
    let asked = check(received(), &desk(GRID), ask_void(), Ok(&["void_asked"]));
    check(asked.clone(), &desk(GRID), Command::Void {}, Err("authority.same_person"));
    check(asked.clone(), &machine(), Command::Void {}, Err("authority.person"));
    check(asked.clone(), &other(GRID), ask_void(), Err("void.pending"));
    check(asked.clone(), &other(GRID), Command::Void {}, Ok(&["voided"]));
    // Accepting it was promised within half an hour: that nobody did stays on record.
    check(asked.clone().wait(23 * HOUR), &other(GRID), Command::Void {}, Ok(&["clock_breached", "voided"]));
    let expired = asked.wait(24 * HOUR + 1);
    check(expired.clone(), &other(GRID), Command::Void {}, Err("void.expired"));
    check(expired, &other(GRID), ask_void(), Ok(&["void_asked"]));
}

#[test]
fn reopening_is_asked_for_and_then_granted_or_refused_by_another_person() {
    let asked = check(closed(), &desk(GRID), ask_reopen(), Ok(&["reopen_asked"]));
    assert_eq!(asked.incident.stage, Stage::Closed);
    check(asked.clone(), &desk(GRID), Command::Reopen {}, Err("authority.same_person"));
    check(asked.clone(), &desk(GRID), refuse_reopen(), Err("authority.same_person"));
    let refused = check(asked.clone(), &other(GRID), refuse_reopen(), Ok(&["reopen_refused"]));
    check(refused, &other(GRID), Command::Reopen {}, Err("reopen.none"));
    let granted = check(asked, &other(GRID), Command::Reopen {}, Ok(&["reopened"]));
    assert_eq!((granted.incident.stage, granted.incident.rounds, granted.incident.ended), (Stage::Accepted, 1, None));
    assert!(granted.incident.reports[0].told.is_none(), "its reporter is told anew");
}

#[test]
fn a_reopened_incident_never_meets_an_old_timer() {
    let life = closed().given(&desk(POLICE), ask_reopen()).given(&desk(GRID), Command::Reopen {}).wait(30 * DAY);
    check(life.clone(), &machine(), breach("answer/r1", 1), Err("clock.stale"));
    check(life.clone(), &machine(), breach("handle/p1", 1), Err("clock.unknown"));
    check(life, &machine(), breach("answer/r1", 2), Ok(&["clock_breached"]));
}

#[test]
fn a_timer_that_fires_early_twice_or_for_a_stopped_clock_changes_nothing_and_says_so() {
    check(received(), &machine(), breach("accept", 1), Err("clock.early"));
    let late = check(received().wait(HOUR), &machine(), breach("accept", 1), Ok(&["clock_breached"]));
    check(late.clone(), &machine(), breach("accept", 1), Err("clock.breached"));
    check(late.given(&desk(GRID), accept(Priority::SOON)), &machine(), breach("accept", 1), Err("clock.unknown"));
}

#[test]
fn a_late_clock_shows_as_overdue_until_it_stops_and_its_lateness_stays_on_record() {
    let late = received().wait(HOUR).given(&machine(), breach("accept", 1));
    assert!(late.incident.overdue() && late.lead() == GRID, "a timer warns and moves nobody");
    let kept = late.given(&desk(GRID), accept(Priority::SOON));
    assert_eq!((kept.incident.overdue(), kept.incident.breaches), (false, 1));
}

#[test]
fn the_total_clock_never_restarts() {
    let start = |life: &Life| life.clock("total").map(|clock| (clock.start, clock.version));
    let first = start(&two()).map(|(_, version)| version);
    assert_eq!(first, Some(1));
    for life in [handling(), returned(2), returned(2).given(&chief(), designate(2, HOUSING, true)), checking()] {
        assert_eq!(start(&life), Some((life.incident.occurred, 1)), "at {}", life.incident.stage);
    }
}
