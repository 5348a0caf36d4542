//! Handling and its proof.

use super::{kit::*, lives::*};
use crate::incident::{Command, PartStatus, Priority, Satisfaction, Stage};

#[test]
fn a_unit_sets_out_and_arrives_and_arrival_ends_its_clock() {
    let ordered = two().given(&desk(GRID), issue(1)).given(&machine(), deliver_order(2)).given(&handler(GRID), sign(2));
    let life = check(ordered, &handler(GRID), en_route(1), Ok(&["unit_en_route"]));
    let life = check(life, &handler(GRID), on_scene(1), Ok(&["unit_on_scene"]));
    assert_eq!((life.part(1).status, life.clock("arrive/p1").is_some()), (PartStatus::OnScene, false));
    check(two(), &handler(GRID), on_scene(1), Err("part.no_unit"));
}

#[test]
fn the_incident_is_done_with_its_last_mandatory_part() {
    let first = check(handling(), &desk(GRID), finish(1), Ok(&["part_finished"]));
    assert_eq!((first.incident.stage, first.clock("handle/p1").is_some()), (Stage::Handling, false));
    let last = check(first, &desk(WATER), finish(2), Ok(&["part_finished", "done"]));
    assert_eq!(last.incident.stage, Stage::Done);
    let early = check(assisting(), &desk(GRID), finish(1), Ok(&["part_finished", "done"]));
    check(early, &desk(HOTLINE), finish(2), Ok(&["part_finished"]));
}

#[test]
fn both_categories_are_kept_and_statistics_use_the_later() {
    let corrected = "city/pump".parse().expect("a plain name");
    let finish = Command::Finish { part: 1, category: Some(corrected), outcome: None, sealed: Vec::new() };
    let life = check(routed(&[(GRID, true)]), &desk(GRID), finish, Ok(&["part_finished", "done"]));
    assert_eq!(life.incident.category, Some(matter()));
    assert_eq!(life.incident.counted_category().map(crate::id::MatterCode::as_str), Some("city/pump"));
}

#[test]
fn the_lead_lets_an_assisting_part_go_but_not_a_mandatory_one() {
    let life = check(assisting(), &desk(GRID), release(2), Ok(&["part_released"]));
    assert_eq!((life.part(2).status, life.clock("handle/p2").is_some()), (PartStatus::Released, false));
    check(life, &desk(GRID), release(2), Err("part.over"));
    check(handling(), &desk(GRID), release(2), Err("part.mandatory"));
    check(assisting(), &desk(HOTLINE), release(2), Err("authority.agency"));
    check(assisted(), &desk(GRID), release(2), Err("transfer.open"));
}

#[test]
fn a_check_is_made_by_somebody_who_did_not_handle_it() {
    check(checking(), &everything(GRID), checked(true), Err("authority.same_person"));
    check(checking(), &desk(GRID), checked(true), Err("authority.role"));
    let passed = check(checking(), &checker(), checked(true), Ok(&["checked"]));
    assert_eq!((passed.incident.stage, passed.incident.checked), (Stage::Done, true));
    assert!(passed.clock("check").is_none());
}

#[test]
fn what_fails_its_check_goes_back_to_its_owner_with_a_new_clock() {
    let life = check(checking(), &checker(), checked(false), Ok(&["checked"]));
    assert_eq!((life.incident.stage, life.part(1).status), (Stage::Handling, PartStatus::Owned));
    assert_eq!(life.clock("handle/p1").map(|clock| clock.version), Some(2));
    check(life, &desk(GRID), finish(1), Ok(&["part_finished", "done"]));
}

#[test]
fn followup_begins_when_the_last_reporter_is_told() {
    let two = with_second_report(done(), Some(HOTLINE));
    let first = check(two, &desk(HOTLINE), tell(), Ok(&["reporter_told"]));
    assert_eq!(first.incident.stage, Stage::Done);
    assert!(first.clock("answer/r1").is_none() && first.clock("followup/r1").is_some());
    let second = Command::Tell { report: second_report(), sealed: Vec::new() };
    let last = check(first, &desk(HOTLINE), second, Ok(&["reporter_told"]));
    assert_eq!(last.incident.stage, Stage::Followup);
}

#[test]
fn the_answer_is_given_by_the_agency_that_owes_it() {
    check(done(), &desk(GRID), tell(), Err("authority.agency"));
    check(done(), &desk(HOTLINE), tell(), Ok(&["reporter_told"]));
}

#[test]
fn a_followup_is_made_by_somebody_who_did_not_handle_it() {
    check(followup(), &everything(GRID), follow_up(Some(Satisfaction::VerySatisfied)), Err("authority.same_person"));
    let life = check(followup(), &checker(), follow_up(Some(Satisfaction::Dissatisfied)), Ok(&["followed_up"]));
    let asked = &life.incident.reports[0].followup;
    assert_eq!((asked.reached, asked.solved, asked.satisfaction), (true, Some(false), Some(Satisfaction::Dissatisfied)));
    assert!(life.clock("followup/r1").is_none());
}

#[test]
fn who_was_not_reached_gave_no_opinion_and_counts_after_three_tries() {
    let mut life = followup();
    for tries in 1..=3 {
        check(life.clone(), &desk(GRID), Command::Close {}, Err("close.reporters_open"));
        life = check(life, &checker(), follow_up(None), Ok(&["followed_up"]));
        assert_eq!(life.incident.reports[0].followup.tries, tries);
        assert_eq!(life.clock("followup/r1").is_none(), tries == 3);
    }
    let asked = &life.incident.reports[0].followup;
    assert_eq!((asked.reached, asked.solved, asked.satisfaction), (false, None, None));
    check(life, &desk(GRID), Command::Close {}, Ok(&["closed"]));
}

#[test]
fn an_incident_whose_reporter_wants_no_answer_closes_from_done() {
    let life = patrol().given(&desk(GRID), accept(Priority::SOON)).given(&desk(GRID), route(&[(GRID, true)]));
    check(life.given(&desk(GRID), finish(1)), &desk(GRID), Command::Close {}, Ok(&["closed"]));
}
