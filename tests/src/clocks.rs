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
use wire::v1::{self, Role};

use crate::{
    deeds::{accept, ask_reopen, reopen, whole_life},
    town::{DISTRICT, Desk, MONDAY, Town, clock, record, report, settings},
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
