//! Promises and their lateness, by a clock turned by hand: each breach once, in order, never by an old timer.

use std::time::{Duration, Instant};

use domain::{
    fact::command_key,
    incident::{Basis, ClockId, Command, Refusal},
    seat::Actor,
    time::Time,
};
use runtime::{Ask, Error, Ports, execute};
use testkit::clock::Hand;
use wire::v1::{self, Role, triage_act_request};

use crate::{
    deeds::{accept, ask_reopen, reopen, route, whole_life},
    town::{DISTRICT, Desk, MONDAY, Town, clock, part, record, report, settings, why},
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

async fn desks(town: &Town) -> (Desk, Desk) {
    let desk = town.desk("grid-1", "grid", DISTRICT, &[Role::CallTaker, Role::Dispatcher, Role::DutyChief]).await;
    (desk, town.desk("asker-1", "grid", DISTRICT, &[Role::FollowUp, Role::DutyChief]).await)
}

/// Waits until no timer that is due is left undone.
pub(crate) async fn settled(ports: &Ports) {
    let begun = Instant::now();
    while ports.fold.look(|board| board.due(ports.clock.now()).count()) > 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "timers that are due are not recorded");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // A look more, in which nothing may happen.
    tokio::time::sleep(Duration::from_millis(500)).await;
}

/// All facts of a type in the journal: position, subject, data.
async fn facts(town: &Town, kind: &str) -> Vec<(u64, String, serde_json::Value)> {
    let mut audit = town.operator().await.audit;
    let head = audit.head(v1::HeadRequest::default()).await.expect("a head").into_inner().position;
    let mut stream = audit.follow(v1::FollowRequest { from: 1, until: head }).await.expect("a stream").into_inner();
    let mut found = Vec::new();
    while let Some(frame) = stream.message().await.expect("a frame") {
        for fact in &frame.facts {
            let record = record(fact);
            if record["type"] == kind {
                found.push((fact.position, record["subject"].as_str().unwrap_or_default().to_owned(), record["data"].clone()));
            }
        }
    }
    found
}

/// All breaches in the journal: position, subject, clock, version, due.
async fn breaches(town: &Town) -> Vec<(u64, String, String, u64, String)> {
    let mut audit = town.operator().await.audit;
    let head = audit.head(v1::HeadRequest::default()).await.expect("a head").into_inner().position;
    let mut stream = audit.follow(v1::FollowRequest { from: 1, until: head }).await.expect("a stream").into_inner();
    let mut found = Vec::new();
    while let Some(frame) = stream.message().await.expect("a frame") {
        for fact in &frame.facts {
            let record = record(fact);
            if record["type"] == "incident.clock_breached" {
                assert_eq!(record["actor"], "machine/clock");
                let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
                let data = &record["data"];
                found.push((
                    fact.position,
                    text(&record["subject"]),
                    text(&data["clock"]),
                    data["version"].as_u64().unwrap_or_default(),
                    text(&data["due"]),
                ));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn after_hours_of_downtime_each_breach_is_recorded_once_and_in_order() {
    let data = tempfile::tempdir().expect("a folder");
    let hand = Hand::new(MONDAY);
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    let (desk, _) = desks(&town).await;
    let mut waiting = Vec::new();
    for n in 0..6 {
        waiting.push(desk.report(report("patrol", &format!("W-{n}"), "井盖松动")).await.expect("in").incident_id);
        hand.advance(3 * MINUTE);
    }
    // One is accepted in time: its clock stops.
    desk.does("accept", &waiting[3], accept("city/06010", 4)).await;
    settled(&town.ports).await;
    assert_eq!(breaches(&town).await, [], "nothing is late yet");
    assert_eq!(desk.board().await.overdue, 0);
    town.close().await;

    hand.advance(5 * HOUR);
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    let desk = town.again(&desk).await;
    settled(&town.ports).await;
    let late = breaches(&town).await;
    let of: Vec<_> = late.iter().filter(|(_, _, clock, ..)| clock == "accept").map(|(_, subject, ..)| subject.clone()).collect();
    let wanted: Vec<_> = [0, 1, 2, 4, 5].map(|n: usize| format!("incident/{}", waiting[n])).into();
    assert_eq!(of, wanted, "each once, the earliest first");
    assert!(late.is_sorted_by(|a, b| a.4 <= b.4), "in the order they fell due: {late:?}");
    assert_eq!(desk.board().await.overdue, 5);
    let seen = desk.sees(&waiting[0], 0).await.expect("seen");
    assert!(seen.overdue && seen.breaches == 1 && seen.clocks.iter().any(|clock| clock.breached));
    town.close().await;

    // Again downtime: what is on record is not recorded again.
    hand.advance(HOUR);
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    let desk = town.again(&desk).await;
    settled(&town.ports).await;
    assert_eq!(breaches(&town).await, late);
    // A late one that is accepted is late no more; that it was stays on record.
    desk.does("accept", &waiting[0], accept("city/06010", 4)).await;
    assert_eq!(desk.board().await.overdue, 4);
    assert_eq!(desk.sees(&waiting[0], 0).await.expect("seen").breaches, 1);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_timer_does_nothing_to_an_incident_that_was_reopened() {
    let data = tempfile::tempdir().expect("a folder");
    let hand = Hand::new(MONDAY);
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    let (desk, asker) = desks(&town).await;
    let taken = desk.report(report("web", "R-1", "门口暴露垃圾")).await.expect("in");
    let (id, told) = (taken.incident_id.as_str(), taken.report_id.as_str());
    let answer = async |desk: &Desk| {
        let seen = desk.sees(id, 0).await.expect("seen");
        seen.clocks.into_iter().find(|clock| clock.clock == "answer/r1").map(|clock| {
            let due = clock.due.and_then(|due| wire::time::millis(&due)).expect("a due time");
            (clock.version, due)
        })
    };
    let (old, old_due) = answer(&desk).await.expect("the answer's clock runs");
    whole_life(&desk, &asker, id, told).await;
    assert_eq!(answer(&desk).await, None, "closed: no clock runs");

    hand.advance(3 * DAY);
    desk.does("ask-again", id, ask_reopen(told)).await;
    asker.does("again", id, reopen()).await;
    let said = triage_act_request::ContactReporter { report_id: told.to_owned(), words: "重新办理".to_owned() };
    desk.does("ring", id, triage_act_request::Action::ContactReporter(said)).await;
    let (new, new_due) = answer(&desk).await.expect("a new round, a new clock");
    assert!(new > old && new_due > old_due, "{old} {old_due} {new} {new_due}");

    // Somebody who held the old timer fires it: refused by name, nothing written.
    hand.set(old_due + MINUTE);
    settled(&town.ports).await;
    let of_answer = |late: Vec<(u64, String, String, u64, String)>| -> Vec<u64> {
        late.into_iter().filter(|(_, _, clock, ..)| clock == "answer/r1").map(|(_, _, _, version, _)| version).collect()
    };
    assert_eq!(of_answer(breaches(&town).await), [0; 0], "the old due time passed and nothing happened");
    let clock_id: ClockId = "answer/r1".parse().expect("a clock");
    let fired = |version: u32| {
        let command = format!("clock/{id}/answer/r1/{version}/by-hand");
        let ask = Ask {
            digest: command_key(&command),
            command: command.parse().expect("an id"),
            actor: Actor::Machine("clock"),
            occurred: None::<Time>,
            basis: Basis::Device,
            traceparent: None,
            service: "triage",
        };
        let (ports, id) = (town.ports.clone(), id.parse().expect("an id"));
        async move { execute(&ports, id, &ask, &Command::Breach { clock: clock_id, version }).await }
    };
    let stale = fired(old).await.expect_err("an old timer");
    assert!(matches!(stale, Error::Refused(Refusal::ClockStale { .. })), "{stale}");
    let early = fired(new).await.expect_err("the new one is not due");
    assert!(matches!(early, Error::Refused(Refusal::ClockEarly { .. })), "{early}");
    assert_eq!(desk.board().await.overdue, 0);

    hand.set(new_due + MINUTE);
    settled(&town.ports).await;
    assert_eq!(of_answer(breaches(&town).await), [u64::from(new)], "the new one is late, once");
    assert_eq!(desk.board().await.overdue, 1);
    town.close().await;
}

/// Asked by who takes calls, agreed to by the desk, granted by the duty chief.
async fn granted(id: &str, asker: &Desk, desk: &Desk, chief: &Desk, ask: triage_act_request::Action, told: &str) {
    asker.does("ask", id, ask).await;
    assert_eq!(asker.may_not("own-endorse", id, endorse()).await, "authority.role");
    assert_eq!(chief.may_not("grant-first", id, grant(told)).await, "request.not_endorsed");
    desk.does("endorse", id, endorse()).await;
    let seen = desk.sees(id, 0).await.expect("seen");
    assert_eq!((seen.requests.len(), seen.requests[0].endorsed_by.as_str()), (1, "grid-1"));
    chief.does("grant", id, grant(told)).await;
}

const fn endorse() -> triage_act_request::Action {
    triage_act_request::Action::EndorseRequest(triage_act_request::EndorseRequest { request: 1 })
}

fn grant(words: &str) -> triage_act_request::Action {
    let words = words.to_owned();
    triage_act_request::Action::GrantRequest(triage_act_request::GrantRequest { request: 1, words, told: Vec::new() })
}

fn due_of(seen: &v1::Incident, clock: &str) -> i64 {
    let clock = seen.clocks.iter().find(|known| known.clock == clock).unwrap_or_else(|| panic!("{clock} runs"));
    clock.due.and_then(|due| wire::time::millis(&due)).expect("a due time")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_aside_goes_on_at_its_bound_after_a_downtime_and_all_comes_in_order() {
    let data = tempfile::tempdir().expect("a folder");
    let hand = Hand::new(MONDAY);
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    let (desk, _) = desks(&town).await;
    let asker = town.desk("calls-1", "grid", DISTRICT, &[Role::CallTaker]).await;
    let chief = town.desk("chief-1", "grid", DISTRICT, &[Role::DutyChief]).await;
    let mut ids = Vec::new();
    for (n, category) in ["city/06010", "city/06010", "city/06012"].into_iter().enumerate() {
        let id = desk.report(report("web", &format!("S-{n}"), "门口暴露垃圾")).await.expect("in").incident_id;
        desk.does("accept", &id, accept(category, 4)).await;
        desk.does("route", &id, route(vec![part("grid")])).await;
        ids.push(id);
    }
    let [aside, longer, plain] = ids.as_slice() else { panic!("three") };
    let before = desk.sees(aside, 0).await.expect("seen");

    // One is set aside for three days.
    let (words, reason) = ("资金待落实".to_owned(), why("suspend.funds"));
    let ask = triage_act_request::AskSuspension { days: 3, reason, words };
    granted(aside, &asker, &desk, &chief, triage_act_request::Action::AskSuspension(ask), "").await;
    let seen = desk.sees(aside, 0).await.expect("seen");
    let suspension = seen.suspension.as_ref().expect("set aside");
    let of = |when: Option<&wire::Timestamp>| when.and_then(wire::time::millis).expect("a time");
    let (since, until) = (of(suspension.since.as_ref()), of(suspension.until.as_ref()));
    assert_eq!(until - since, 3 * DAY);
    assert_eq!(suspension.clocks.len(), before.clocks.len(), "all stand still");
    assert_eq!(desk.may_not("work", aside, crate::deeds::order(1, "grid/001-1")).await, "suspension.stands");

    // One gets more time, and its reporter is told so in the same act, or it does not.
    let (words, reason) = ("连日暴雨".to_owned(), why("extend.weather"));
    let ask = triage_act_request::AskExtension { clock: "handle/p1".to_owned(), amount: 120, reason, words };
    let old = due_of(&desk.sees(longer, 0).await.expect("seen"), "handle/p1");
    asker.does("ask", longer, triage_act_request::Action::AskExtension(ask)).await;
    desk.does("endorse", longer, endorse()).await;
    assert_eq!(chief.may_not("silent", longer, grant("")).await, "extension.untold");
    chief.does("grant", longer, grant("办理时限延长两小时")).await;
    let seen = desk.sees(longer, 0).await.expect("seen");
    let new = due_of(&seen, "handle/p1");
    assert!(new > old && seen.requests.is_empty(), "{old} {new}");
    let extended = facts(&town, "incident.clock_extended").await;
    assert_eq!((extended.len(), extended[0].2["told"].as_array().map(Vec::len)), (1, Some(1)));
    assert!(!extended[0].2.to_string().contains("两小时"), "the words are sealed");
    let digest = domain::board::Board::digest;
    town.close().await;

    hand.advance(10 * DAY);
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    let desk = town.again(&desk).await;
    settled(&town.ports).await;
    let resumed = facts(&town, "incident.resumed").await;
    assert_eq!(resumed.iter().map(|(_, subject, _)| subject.as_str()).collect::<Vec<_>>(), [format!("incident/{aside}")]);
    let late = breaches(&town).await;
    assert!(late.is_sorted_by(|a, b| a.4 <= b.4), "in the order they fell due: {late:?}");
    let once: std::collections::BTreeSet<_> = late.iter().map(|(_, subject, clock, ..)| (subject, clock)).collect();
    assert_eq!(once.len(), late.len(), "each once");
    let bound = Time::from_ms(until).to_string();
    for (position, subject, clock, _, due) in &late {
        assert_eq!(position > &resumed[0].0, *due > bound, "{subject} {clock} due {due} around the bound {bound}");
    }
    let of_aside: Vec<_> = late.iter().filter(|(_, subject, ..)| subject.ends_with(aside.as_str())).collect();
    assert!(of_aside.iter().all(|(.., version, _)| *version == 2), "under the versions after the pause: {of_aside:?}");
    let handled = of_aside.iter().find(|(_, _, clock, ..)| clock == "handle/p1").expect("late after the bound");
    // 240 working minutes were left of 240 but for those before it was set aside.
    let left = due_of(&before, "handle/p1") - since;
    assert!(handled.4 > bound && left > 0);
    let of_longer = late.iter().find(|(_, subject, clock, ..)| subject.ends_with(longer.as_str()) && clock == "handle/p1");
    assert_eq!(of_longer.map(|(.., version, due)| (*version, due.clone())), Some((2, Time::from_ms(new).to_string())));
    assert!(late.iter().any(|(_, subject, clock, ..)| subject.ends_with(plain.as_str()) && clock == "handle/p1"));

    // Upheld, the lateness stays, and an exemption stands beside it.
    let asker = town.again(&asker).await;
    let chief = town.again(&chief).await;
    let (words, reason) = ("平台故障".to_owned(), why("appeal.system"));
    let appeal = triage_act_request::AskAppeal { clock: "handle/p1".to_owned(), version: 1, part: 0, reason, words };
    granted(plain, &asker, &desk, &chief, triage_act_request::Action::AskAppeal(appeal), "").await;
    let seen = desk.sees(plain, 0).await.expect("seen");
    assert!(seen.overdue && seen.exemptions.len() == 1 && seen.exemptions[0].clock == "handle/p1");
    let live = town.ports.fold.look(digest);
    town.close().await;

    // Again: nothing is resumed or broken twice, and the board is the same.
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    settled(&town.ports).await;
    assert_eq!((facts(&town, "incident.resumed").await.len(), breaches(&town).await), (1, late));
    assert_eq!(town.ports.fold.look(digest), live);
    town.close().await;
}
