//! Over gRPC: a ledger for who sees the incident whole, rates over what the caller may see, small numbers hidden.

use tonic::Code;
use wire::v1::{self, Class, DutyKind, DutyTier, Role};

use crate::{
    deeds::{accept, deliver, give_back, route},
    town::{DISTRICT, Desk, HERE, Town, code, part, report},
};

const DESK: &[Role] = &[Role::CallTaker, Role::Dispatcher];

async fn ledger(
    desk: &Desk,
    incident_id: &str,
    at: Option<v1::duty_ledger_request::At>,
) -> Result<v1::DutyLedgerAnswer, tonic::Status> {
    let request = v1::DutyLedgerRequest { incident_id: incident_id.to_owned(), at_least: 0, at };
    Ok(desk.roads.clone().audit.ledger(request).await?.into_inner())
}

async fn stats(desk: &Desk, request: v1::StatsRequest) -> v1::StatsAnswer {
    desk.roads.clone().audit.stats(request).await.expect("an answer").into_inner()
}

/// A number: told, or hidden because it is small or for others' sake.
fn number(row: &v1::StatsRow, name: &str) -> (Option<u64>, bool) {
    let found = row.numbers.iter().find(|number| number.name == name);
    found.map_or_else(|| panic!("no {name}"), |number| (number.value, number.small))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_is_for_who_sees_the_incident_whole() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let grid = town.desk("grid-1", "grid", HERE, DESK).await;
    let hotline = town.desk("hotline-1", "hotline", DISTRICT, DESK).await;
    let police = town.desk("police-1", "police", DISTRICT, DESK).await;
    let auditor = town.desk("auditor-1", "organisation/audit", DISTRICT, &[Role::Auditor]).await;
    let v1::ReportAnswer { incident_id: id, position: taken, .. } =
        grid.report(report("patrol", "P-1", "井盖松动")).await.expect("in");
    grid.does("accept", &id, accept("city/manhole", 4)).await;
    grid.does("route", &id, route(vec![part("grid"), part("hotline")])).await;
    hotline.does("deliver", &id, deliver(1)).await;
    let returned = hotline.does("return", &id, give_back(1, "不清楚在哪")).await.position;

    let hidden = ledger(&police, &id, None).await.expect_err("an outline is not enough");
    assert_eq!((hidden.code(), code(&hidden).as_str()), (Code::NotFound, "incident.unknown"));
    let nobody = ledger(&auditor, "00000000-0000-5000-8000-000000000000", None).await.expect_err("unknown");
    assert_eq!((hidden.code(), hidden.message()), (nobody.code(), nobody.message()), "hidden and unknown look the same");

    let told = ledger(&grid, &id, None).await.expect("its own");
    let read = ledger(&auditor, &id, None).await.expect("an auditor reads all");
    assert_eq!((read.position, read.from, &read.bounces), (told.position, told.from, &told.bounces));
    let lead: Vec<_> = told.spans.iter().filter(|span| span.duty() == DutyKind::Lead).collect();
    assert_eq!(lead.iter().map(|span| span.milliseconds).sum::<u64>(), told.milliseconds);
    let now = told.now.iter().find(|held| held.duty() == DutyKind::Lead).expect("somebody leads");
    let held = (now.agency.as_str(), now.seat.as_str(), now.area.as_str(), now.tier());
    assert_eq!(held, ("grid", "grid-1", HERE, DutyTier::Community));
    let bounce = &told.bounces[0];
    let wanted = (DutyKind::Part, 2, v1::DutyTurn::Returned, "hotline", returned);
    assert_eq!((bounce.duty(), bounce.part, bounce.turn(), bounce.agency.as_str(), bounce.position), wanted);

    let then = ledger(&grid, &id, Some(v1::duty_ledger_request::At::Position(taken))).await.expect("then");
    assert_eq!((then.position, then.milliseconds, then.bounces.len()), (taken, 0, 0));
    assert_eq!((then.now[0].agency.as_str(), then.now[0].seat.as_str()), ("grid", ""), "nobody had taken it yet");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_hold_what_the_caller_may_see_and_hide_small_numbers_from_who_may_not_see_all() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let grid = town.desk("grid-1", "grid", DISTRICT, DESK).await;
    let police = town.desk("police-1", "police", DISTRICT, DESK).await;
    let hotline = town.desk("hotline-1", "hotline", DISTRICT, DESK).await;
    let keeper = town.desk("keeper-1", "grid", DISTRICT, &[Role::Administrator]).await;
    let auditor = town.desk("auditor-1", "organisation/audit", DISTRICT, &[Role::Auditor]).await;
    for n in 0..12 {
        grid.report(report("patrol", &format!("P-{n}"), "井盖松动")).await.expect("in");
    }
    for n in 0..7 {
        hotline.report(report("hotline12345", &format!("W-{n}"), "路灯不亮")).await.expect("in");
    }
    for n in 0..3 {
        police.report(report("police110", &format!("C-{n}"), "路口两车刮擦")).await.expect("in");
    }
    let protected = v1::ReportRequest { class: Class::S.into(), ..report("police110", "S-1", "邻居家孩子长期被打") };
    let at_least = police.report(protected).await.expect("in").position;
    let ask = v1::StatsRequest { at_least, by: v1::StatsBy::Source.into(), facts: "incidents".to_owned(), ..Default::default() };

    let all = stats(&auditor, ask.clone()).await;
    let of = |answer: &v1::StatsAnswer, key: &str, name: &str| {
        answer.groups.iter().find(|row| row.key == key).map(|row| number(row, name))
    };
    assert_eq!(number(all.all.as_ref().expect("a row"), "incidents"), (Some(23), false));
    assert_eq!(of(&all, "police110", "incidents"), Some((Some(4), false)));
    assert_eq!((all.hidden_below, all.facts.len(), all.satisfied_levels.len()), (0, 23, 3));
    assert!(all.live.is_some() && all.past.is_some());

    let seen = stats(&grid, ask.clone()).await;
    let sum = seen.all.as_ref().expect("a row");
    assert_eq!(number(sum, "incidents"), (Some(22), false), "the protected one does not exist here");
    assert_eq!(of(&seen, "police110", "incidents"), Some((None, true)), "3 are small");
    assert_eq!(of(&seen, "hotline12345", "incidents"), Some((None, false)), "and 7 would tell of them");
    assert_eq!(of(&seen, "patrol", "incidents"), Some((Some(12), false)));
    assert_eq!((seen.hidden_below, seen.live.is_none(), seen.past.is_none()), (5, true, true));
    assert!(sum.numbers.iter().all(|number| number.name != "open"), "what is left of a sum tells of its parts");
    assert_eq!(seen.facts.len(), 12, "facts of what it sees whole, not of outlines");

    let none = stats(&keeper, ask).await;
    assert_eq!((number(none.all.as_ref().expect("a row"), "incidents"), none.groups.len()), ((None, true), 0));
    let wrong = v1::StatsRequest { facts: "people".to_owned(), ..Default::default() };
    let wrong = grid.roads.clone().audit.stats(wrong).await.expect_err("no such number");
    assert_eq!((wrong.code(), code(&wrong).as_str()), (Code::InvalidArgument, "request.field"));
    // What came since is in the next answer, without reading the rest anew.
    let at_least = grid.report(report("patrol", "P-99", "井盖松动")).await.expect("in").position;
    let later = stats(&auditor, v1::StatsRequest { at_least, ..Default::default() }).await;
    assert_eq!((later.position, number(later.all.as_ref().expect("a row"), "incidents").0), (at_least, Some(24)));
    town.close().await;
}
