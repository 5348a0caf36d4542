//! Every refusal there is, each produced by a case; and how they read in both languages.

use std::collections::BTreeSet;

use super::{kit::*, leave_asks::*, lives::*, tier_lives::*};
use crate::{
    incident::{Class, Command, Flag, Item, MOST, Priority, Refusal, Satisfaction, Topic, UnitStage},
    reason::{Reason, ReasonCode, holes},
    seat::{Actor, Language},
};

/// Given, who, when, then this code.
fn cases() -> Vec<(Life, Actor, Command, &'static str)> {
    let grid = || desk(GRID);
    let taught = || followup().given(&checker(), follow_up(None));
    let second = with_second_report(done(), None).given(&desk(HOTLINE), tell());
    let blocked = assisted().given(&desk(HOTLINE), deliver(1)).given(&desk(HOTLINE), give_back(1));
    let lawyers = || routed(&[(GRID, true), (LAWYERS, false)]).given(&machine(), deliver(1));
    let late = received().wait(HOUR);
    let reopened = closed().given(&desk(POLICE), ask_reopen()).given(&grid(), Command::Reopen {});
    let mut stranger = report(GRID, None, "a");
    stranger.report.id = second_report();
    vec![
        (Life::new(), grid(), accept(Priority::SOON), "incident.unknown"),
        (received(), grid(), sign(1), "incident.too_early"),
        (accepted(Priority::SOON), grid(), answer(), "incident.too_late"),
        (closed(), grid(), accept(Priority::SOON), "incident.ended"),
        (merged(), grid(), ask_reopen(), "incident.beyond_reopening"),
        (received(), grid(), record(None), "incident.history_only"),
        (history(90), machine(), breach("answer/r1", 1), "incident.history_still"),
        (dispatched(), script(POLICE), record_step(1, UnitStage::Issued), "history.told"),
        (received(), desk(POLICE), accept(Priority::SOON), "authority.agency"),
        (received(), handler(GRID), accept(Priority::SOON), "authority.role"),
        (received(), machine(), accept(Priority::SOON), "authority.person"),
        (received().given(&grid(), ask_void()), grid(), Command::Void {}, "authority.same_person"),
        (checking(), everything(GRID), checked(true), "authority.same_person"),
        (taught(), everything(GRID), follow_up(None), "authority.same_person"),
        (Life::new().given(&desk(POLICE), receive(report(POLICE, None, "a"))), desk(POLICE), decline(), "decline.police"),
        (accepted(Priority::URGENT), grid(), withdraw(), "emergency.stays"),
        (received(), grid(), route_now(Priority::SOON, GRID), "route.not_emergency"),
        (received(), grid(), route(&[(GRID, true)]), "route.no_category"),
        (accepted(Priority::SOON), grid(), route(&[(GRID, false)]), "route.no_parts"),
        (accepted(Priority::SOON), grid(), route(&[(GRID, true), (GRID, true)]), "route.agency_twice"),
        (two(), grid(), issue(9), "part.unknown"),
        (two(), grid(), sign(9), "handover.unknown"),
        (received(), grid(), receive(stranger), "report.unknown"),
        (two(), desk(WATER), issue(2), "part.not_owned"),
        (handling().given(&grid(), finish(1)), grid(), finish(1), "part.over"),
        (two(), grid(), release(1), "part.mandatory"),
        (blocked, grid(), finish(1), "part.returned"),
        (assisting().given(&grid(), finish(1)), grid(), Command::Close {}, "part.open"),
        (two(), grid(), en_route(1), "part.no_unit"),
        (two().given(&grid(), issue(1)), grid(), issue(1), "order.open"),
        (two(), grid(), lone(), "unit.barred"),
        (two(), desk(WATER), sign(1), "handover.kind"),
        (two().given(&machine(), deliver(1)), machine(), deliver(1), "handover.status"),
        (two(), desk(WATER), take(1), "handover.not_delivered"),
        (received().given(&grid(), offer(None, true, HOTLINE)), grid(), offer(None, true, HOTLINE), "transfer.open"),
        (
            Life::new().given(&desk(LAWYERS), receive(report(LAWYERS, None, "a"))),
            desk(LAWYERS),
            offer(None, true, GRID),
            "transfer.no_relation",
        ),
        (received(), grid(), offer(None, true, GRID), "transfer.same_agency"),
        (received(), grid(), offer(None, false, HOTLINE), "transfer.nothing"),
        (lead_came_back(2), grid(), offer(None, true, HOTLINE), "transfer.lead_designation"),
        (lead_moved_on(), desk(HOTLINE), take(1), "transfer.lead_moved"),
        (lawyers(), desk(LAWYERS), give_back(1), "transfer.not_returnable"),
        (returned(2), grid(), offer(Some(2), false, HOUSING), "transfer.designation"),
        (verifying(), grid(), accept(Priority::SOON), "verify.pending"),
        (verifying().given(&handler(GRID), verify(false)), grid(), accept(Priority::SOON), "verify.not_found"),
        (with_second_report(done(), None), desk(HOTLINE), tell_second(), "answer.none_owed"),
        (second, checker(), follow_up_second(), "followup.not_told"),
        (done(), grid(), Command::Close {}, "close.reporters_open"),
        (followup(), checker(), unreached_but_satisfied(), "followup.unreached"),
        (closed().given(&desk(POLICE), ask_reopen()), grid(), ask_reopen(), "reopen.pending"),
        (closed(), grid(), Command::Reopen {}, "reopen.none"),
        (received().given(&grid(), ask_void()), other(GRID), ask_void(), "void.pending"),
        (received(), grid(), Command::Void {}, "void.none"),
        (received().given(&grid(), ask_void()).wait(25 * HOUR), other(GRID), Command::Void {}, "void.expired"),
        (received(), machine(), breach("handle/p1", 1), "clock.unknown"),
        (reopened, machine(), breach("answer/r1", 1), "clock.stale"),
        (received(), machine(), breach("accept", 1), "clock.early"),
        (late.given(&machine(), breach("accept", 1)), machine(), breach("accept", 1), "clock.breached"),
        (received(), grid(), raise(&[], None), "raise.nothing"),
        (armed(), grid(), issue(1), "scene.stage"),
        (armed().given(&grid(), stage(1)), handler(GRID), on_scene(1), "scene.unsafe"),
        (received(), grid(), link(1), "link.itself"),
        (secret(), grid(), link(2), "link.class"),
        (Life::new().given(&grid(), open_split()), grid(), split(), "split.twice"),
        (received(), grid(), recall(), "recall.no_watch"),
        (received(), grid(), offer_by("unknown"), "transfer.not_in_catalogue"),
        (received(), grid(), Command::Note { topic: Topic::Note, sealed: Vec::new() }, "note.empty"),
        (received(), grid(), number("王 1"), "number.unfit"),
        (received().given(&grid(), split()).given(&grid(), split()), grid(), split(), "split.limit"),
        (received(), grid(), escalate(), "tier.top"),
        (received(), grid(), hand_down("320111005"), "tier.not_lower"),
        (at_the_centre(), grid(), escalate(), "tier.not_yours"),
        (received().given(&centre(), escalate()), centre(), escalate(), "tier.waits"),
        (received(), grid(), Command::TakeTier {}, "tier.none"),
        (received(), supervisor(), supervise(HOUSING, 1), "tier.not_involved"),
        (received(), supervisor(), strike(1), "supervision.unknown"),
        (replied().given(&supervisor(), strike(1)), supervisor(), strike(1), "supervision.struck"),
        (received().given(&supervisor(), supervise(GRID, 1)), supervisor(), strike(1), "supervision.not_replied"),
        (received(), supervisor(), supervise(GRID, 4), "supervision.level"),
        (received(), grid(), summon(&received(), &[WATER], -60), "due.past"),
        (received(), grid(), summon(&received(), &[], 60), "summons.nobody"),
        (received(), grid(), arrive(1), "summons.no_call"),
        (called().given(&desk(WATER), arrive(1)), desk(WATER), arrive(1), "summons.arrived"),
        (reminded(), desk(HOTLINE), remind(GRID), "remind.limit"),
        (received(), machine(), oversee("total", 1), "oversee.clock"),
        (received(), grid(), confer(&[GRID]), "conference.alone"),
        (on_a_call(), grid(), confer(&[POLICE]), "conference.open"),
        (received(), grid(), hang_up(1, UNANSWERED), "conference.unknown"),
        (danger_call(), desk(HOTLINE), hang_up(1, UNANSWERED), "conference.stay"),
        (received(), grid(), ask_help(WATER, 0), "request.nothing"),
        (received(), grid(), cannot_help(1), "help.unknown"),
        (helped(), desk(WATER), cannot_help(1), "request.answered"),
        (received(), grid(), crowd(), "tier.too_many"),
        (received().given(&grid(), claim(None)), other(GRID), claim(None), "claim.taken"),
        (received(), grid(), Command::ReleaseClaim {}, "claim.none"),
        (received(), grid(), Command::Decline { reason: why(ReasonCode::VoidTest), sealed: Vec::new() }, "reason.unfit"),
    ]
}

/// Refusals of leave of a promise.
fn leave_cases() -> Vec<(Life, Actor, Command, &'static str)> {
    let grid = || desk(GRID);
    let own = || routed(&[(GRID, true)]);
    let [asked, endorsed] = extension(own(), GRID, "handle/p1", 30);
    let set_aside = || suspension(own(), 30)[2].clone();
    let resumed = set_aside().given(&grid(), resume(1));
    let again = suspension(resumed.clone(), 10)[1].clone().given(&chief(), grant(2));
    let extended = |times: u16| {
        (1..=times).fold(own(), |life, number| extension(life, GRID, "total", 60)[1].clone().given(&chief(), grant(number)))
    };
    let exempt = appealed(timed_out(own(), "handle/p1"), GRID, "handle/p1", 1)[2].clone();
    let water = handling().given(&handler(WATER), ask_extension("handle/p2", 60)).given(&desk(WATER), endorse(1));
    vec![
        (set_aside(), machine(), breach("suspension", 1), "clock.no_promise"),
        (own(), grid(), ask_extension("feedback/p1", 10), "extension.clock"),
        (own().wait(3 * HOUR), grid(), ask_extension("handle/p1", 10), "extension.overdue"),
        (extended(2), grid(), ask_extension("total", 60), "extension.spent"),
        (own(), grid(), ask_extension("handle/p1", 0), "extension.too_long"),
        (endorsed.clone(), chief(), grant_telling(1, &[]), "extension.untold"),
        (accepted(Priority::URGENT), grid(), ask_suspension(30), "leave.urgent"),
        (set_aside(), grid(), finish(1), "suspension.stands"),
        (own(), grid(), resume(1), "suspension.none"),
        (again.clone(), machine(), resume(1), "suspension.stale"),
        (set_aside(), machine(), resume(1), "suspension.early"),
        (again.given(&grid(), resume(2)), grid(), ask_suspension(1), "suspension.spent"),
        (own(), grid(), ask_suspension(91), "suspension.too_long"),
        (own(), grid(), appeal("handle/p1", 1), "appeal.not_late"),
        (timed_out(own(), "handle/p1").wait(41 * DAY), grid(), appeal("handle/p1", 1), "appeal.too_late"),
        (exempt, grid(), appeal("handle/p1", 1), "appeal.exempt"),
        (own(), grid(), appeal_designation(Some(1)), "appeal.not_designated"),
        (designation_appealed(Some(2))[2].clone(), chief(), grant(1), "appeal.decider"),
        (asked.clone(), grid(), ask_extension("handle/p1", 10), "request.pending"),
        (own(), grid(), endorse(1), "request.unknown"),
        (asked, chief(), grant(1), "request.not_endorsed"),
        (endorsed, grid(), endorse(1), "request.endorsed"),
        (water, everything(WATER), grant(1), "request.not_above"),
        (own(), handler(GRID), Command::GiveFeedback { part: 1, sealed: Vec::new() }, "request.no_words"),
    ]
}

/// Routed to the grid, and somebody there is armed.
fn armed() -> Life {
    routed(&[(GRID, true)]).given(&desk(GRID), raise(&[Flag::Weapon], None))
}

/// Water was called.
fn called() -> Life {
    let life = received();
    let summons = summon(&life, &[WATER], HOUR);
    life.given(&desk(GRID), summons)
}

/// More agencies than one incident calls.
fn crowd() -> Command {
    let life = received();
    let names: Vec<String> = (0..=MOST).map(|n| format!("department/d{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    summon(&life, &names, HOUR)
}

fn secret() -> Life {
    received().given(&desk(GRID), raise(&[], Some(Class::S)))
}

fn stage(part: u16) -> Command {
    let (unit, task) = ("worker/7".parse().expect("a plain name"), "task/stage".parse().ok());
    Command::IssueOrder { part, unit, task, reasons: Vec::new() }
}

fn lone() -> Command {
    let reasons = vec![Reason::new(ReasonCode::UnitAlone, [("flag", "weapon")])];
    Command::IssueOrder { part: 1, unit: "worker/7".parse().expect("a plain name"), task: None, reasons }
}

fn offer_by(code: &str) -> Command {
    let item = Item { code: code.to_owned(), catalogue: String::new() };
    Command::OfferTransfer { part: None, lead: true, to: agency(HOTLINE), reason: why(ReasonCode::TransferDuty), item: Some(item) }
}

fn tell_second() -> Command {
    Command::Tell { report: second_report(), sealed: Vec::new() }
}

fn follow_up_second() -> Command {
    Command::FollowUp {
        report: second_report(),
        reached: true,
        contacted: None,
        solved: None,
        satisfaction: None,
        sealed: Vec::new(),
    }
}

fn unreached_but_satisfied() -> Command {
    let satisfaction = Some(Satisfaction::Satisfied);
    Command::FollowUp { report: the_report(), reached: false, contacted: None, solved: None, satisfaction, sealed: Vec::new() }
}

/// Said by the shell, which remembers commands, not by the rules.
const OUTSIDE: [&str; 1] = ["command.reused"];

#[test]
fn every_refusal_is_produced_by_a_case() {
    let mut covered: BTreeSet<&str> = OUTSIDE.into();
    for (life, who, command, code) in cases().into_iter().chain(leave_cases()) {
        let got = life.hear(&who, &command, 0);
        assert_eq!(got.as_ref().map_err(Refusal::code), Err(code), "{} asks {command:?}: {got:?}", who.text());
        covered.insert(code);
    }
    let all: BTreeSet<&str> = Refusal::ALL.iter().map(|(code, ..)| *code).collect();
    assert_eq!(covered, all);
}

#[test]
fn every_refusal_has_one_code_and_both_texts_with_the_same_arguments() {
    let mut codes = BTreeSet::new();
    for &(code, zh, en) in Refusal::ALL {
        println!("{code:28} {zh} | {en}");
        assert!(codes.insert(code), "{code} twice");
        assert_eq!(holes(zh), holes(en), "{code}");
        assert!(!zh.is_ascii() && en.is_ascii(), "{code}");
    }
}

#[test]
fn a_refusal_puts_its_arguments_in_their_places_in_both_languages() {
    for (life, who, command, code) in cases().into_iter().chain(leave_cases()) {
        let no = life.hear(&who, &command, 0).expect_err("a case of a refusal");
        let (zh, en) = (no.text(Language::Zh), no.text(Language::En));
        assert!(!zh.contains('{') && !en.contains('{'), "{code}: {zh} | {en}");
        assert!(en.is_ascii(), "{code}: {en}");
        let (_, sentence, _) = Refusal::ALL.iter().find(|(known, ..)| *known == code).expect("listed");
        let named: BTreeSet<&str> = no.args().iter().map(|(name, _)| *name).collect();
        assert_eq!(named, holes(sentence).into_iter().collect(), "{code}");
    }
}

#[test]
fn our_own_words_are_english_in_english_and_chinese_in_chinese() {
    let text = |life: Life, who: Actor, command: Command| {
        let no = life.hear(&who, &command, 0).expect_err("refused");
        (no.text(Language::Zh), no.text(Language::En))
    };
    let (zh, en) = text(accepted(Priority::SOON), desk(GRID), ask_reopen());
    assert_eq!((zh.as_str(), en.as_str()), ("事件处于“受理”，还不能申请重办", "the incident is accepted: too early to ask reopen"));
    let (zh, en) = text(two(), desk(WATER), issue(2));
    assert_eq!((zh.as_str(), en.as_str()), ("第2号任务单待签收，还没有承办", "part 2 is offered: nobody owns it yet"));
    let (zh, en) = text(received(), desk(POLICE), accept(Priority::SOON));
    assert_eq!((zh.as_str(), en.as_str()), ("应由网格中心办理，本席位属于110", "this is for grid; the seat belongs to police"));
    let (zh, en) = text(received(), handler(GRID), accept(Priority::SOON));
    assert_eq!(
        (zh.as_str(), en.as_str()),
        ("本席位没有“派警席 / 值班长”职责", "the seat does not have the role dispatcher / duty chief")
    );
    let (zh, en) = text(received(), machine(), breach("accept", 1));
    assert_eq!((zh.as_str(), en.as_str()), ("时限 受理 尚未到期", "clock accept is not due yet"));
}
