//! From the first word to the parts.

use super::{kit::*, lives::*};
use crate::{
    incident::{Class, Command, Flag, PartStatus, Priority, Satisfaction, Stage},
    reason::{Reason, ReasonCode},
};

#[test]
fn the_first_report_opens_the_incident_and_names_who_answers_for_it() {
    let life = check(Life::new(), &desk(GRID), receive(report(GRID, Some(HOTLINE), "a")), Ok(&["received"]));
    assert_eq!((life.incident.stage, life.lead()), (Stage::Received, GRID));
    assert!(life.clock("accept").is_some() && life.clock("answer/r1").is_some(), "both promises begin");
}

#[test]
fn nobody_is_promised_an_answer_who_asked_for_none() {
    assert!(patrol().clock("answer/r1").is_none());
}

#[test]
fn the_same_report_again_changes_nothing() {
    let life = check(received(), &desk(HOTLINE), receive(report(GRID, Some(HOTLINE), "a")), Ok(&[]));
    assert_eq!(life.incident.version, 1);
}

#[test]
fn changed_content_under_the_same_reference_is_a_supplement_in_every_stage() {
    for life in [received(), handling(), closed()] {
        let stage = life.incident.stage;
        let mut new = report(GRID, Some(HOTLINE), "b");
        new.terms = vec!["漏水".to_owned()];
        let life = check(life, &machine(), receive(new.clone()), Ok(&["supplemented"]));
        assert_eq!((life.incident.stage, life.incident.reports[0].digest.as_str()), (stage, "b"));
        assert_eq!(life.incident.terms, ["积水", "漏水"]);
        check(life, &machine(), receive(new), Ok(&[]));
    }
}

#[test]
fn flags_and_class_go_up_only() {
    let life = check(received(), &machine(), raise(&[Flag::Weapon], Some(Class::S)), Ok(&["raised"]));
    assert_eq!((life.incident.class, life.incident.flags.contains(&Flag::Weapon)), (Class::S, true));
    check(life.clone(), &desk(GRID), raise(&[], Some(Class::R)), Err("raise.nothing"));
    check(life, &desk(GRID), raise(&[Flag::Weapon], None), Err("raise.nothing"));
}

#[test]
fn the_two_short_lives_take_one_command_each() {
    let life = check(received(), &desk(GRID), answer(), Ok(&["answered"]));
    assert_eq!(life.incident.stage, Stage::Closed);
    assert!(life.incident.reports[0].told.is_some() && life.incident.clocks.is_empty());
    let life = check(patrol(), &handler(GRID), self_handle(), Ok(&["self_handled"]));
    assert_eq!((life.incident.stage, life.incident.clocks.len()), (Stage::Closed, 0));
}

#[test]
fn what_is_not_found_on_site_is_not_accepted() {
    let asked = check(received(), &desk(GRID), ask_verification(), Ok(&["verification_asked"]));
    check(asked.clone(), &desk(GRID), accept(Priority::SOON), Err("verify.pending"));
    let gone = asked.clone().given(&handler(GRID), verify(false));
    check(gone.clone(), &desk(GRID), accept(Priority::SOON), Err("verify.not_found"));
    check(gone, &desk(GRID), decline(), Ok(&["declined"]));
    check(asked.given(&handler(GRID), verify(true)), &desk(GRID), accept(Priority::SOON), Ok(&["accepted"]));
}

#[test]
fn police_matters_are_never_declined_whoever_leads() {
    let called = Life::new().given(&desk(POLICE), receive(report(POLICE, Some(POLICE), "a")));
    check(called.clone(), &desk(POLICE), decline(), Err("decline.police"));
    let moved = called.given(&desk(POLICE), offer(None, true, GRID)).given(&machine(), deliver(1)).given(&desk(GRID), take(1));
    assert_eq!(moved.lead(), GRID);
    check(moved, &desk(GRID), decline(), Err("decline.police"));
}

#[test]
fn acceptance_ends_its_own_clock_and_starts_the_total_from_what_occurred() {
    let life = received().wait(10 * MINUTE);
    let occurred = life.incident.occurred;
    let life = check(life, &desk(GRID), accept(Priority::SOON), Ok(&["accepted"]));
    assert!(life.clock("accept").is_none());
    assert_eq!(life.clock("total").map(|clock| clock.start), Some(occurred));
    assert_eq!(life.incident.priority, Some(Priority::SOON));
}

#[test]
fn an_emergency_goes_from_received_to_routed_in_one_command() {
    let life = check(received(), &desk(GRID), route_now(Priority::LIFE, GRID), Ok(&["accepted", "routed", "transfer_offered"]));
    assert_eq!((life.incident.stage, life.incident.priority), (Stage::Routed, Some(Priority::LIFE)));
    check(received(), &desk(GRID), route_now(Priority::SOON, GRID), Err("route.not_emergency"));
}

#[test]
fn the_leads_own_part_is_owned_at_once_and_each_other_agency_is_offered_its_part() {
    let life =
        check(accepted(Priority::SOON), &desk(GRID), route(&[(GRID, true), (WATER, true)]), Ok(&["routed", "transfer_offered"]));
    assert_eq!((life.part(1).status, life.part(2).status), (PartStatus::Owned, PartStatus::Offered));
    assert!(life.clock("handle/p1").is_some() && life.clock("handle/p2").is_none(), "an offer is not acceptance");
    assert!(life.clock("sign/h1").is_none(), "a holder's clock starts when it is delivered");
}

#[test]
fn an_agency_has_one_open_part_at_most() {
    check(two(), &desk(GRID), add_part(WATER), Err("route.agency_twice"));
    check(two(), &desk(GRID), add_part(POLICE), Ok(&["part_added", "transfer_offered"]));
    let own = check(routed(&[(WATER, true)]), &desk(GRID), add_part(GRID), Ok(&["part_added"]));
    assert!(own.clock("handle/p2").is_some());
}

#[test]
fn a_reason_must_belong_to_the_act_and_have_its_arguments() {
    let unfit = |code, args: &[(&str, &str)]| {
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Command::Accept { category: matter(), priority: Priority::SOON, place: None, reasons: vec![Reason { code, args }] }
    };
    check(received(), &desk(GRID), unfit(ReasonCode::VoidTest, &[]), Err("reason.unfit"));
    check(received(), &desk(GRID), unfit(ReasonCode::TriageKeyword, &[]), Err("reason.unfit"));
    check(received(), &desk(GRID), unfit(ReasonCode::TriageKeyword, &[("word", "积水")]), Ok(&["accepted"]));
}

#[test]
fn a_machine_takes_in_reminds_delivers_and_counts_and_never_judges() {
    use crate::incident::CommandKind::{Breach, DeliverOrder, DeliverTransfer, LapseTransfer, Oversee, Raise, Receive, Resume};
    let mut judged = 0;
    for life in lives() {
        for ask in asks(&life) {
            let got = life.hear(&machine(), &ask, 30 * DAY);
            if matches!(ask.kind(), Receive | Raise | DeliverOrder | DeliverTransfer | LapseTransfer | Breach | Oversee | Resume) {
                continue;
            }
            let no = got.expect_err("a verdict of a machine");
            let gate = ["authority.person", "incident."].iter().any(|start| no.code().starts_with(start));
            assert!(gate, "{ask:?}: {no}");
            judged += usize::from(no.code() == "authority.person");
        }
    }
    assert!(judged > 100, "only {judged} verdicts were tried");
}

#[test]
fn the_duty_chief_settles_across_agencies_and_does_nobodys_work() {
    let called = Life::new().given(&desk(POLICE), receive(report(POLICE, Some(POLICE), "a")));
    check(called.clone(), &chief(), accept(Priority::SOON), Ok(&["accepted"]));
    check(called, &chief(), answer(), Err("authority.agency"));
    check(followup(), &chief(), follow_up(Some(Satisfaction::Fair)), Err("authority.role"));
}
