//! Whom to send: units say that they are on shift, the proposal ranks them with reasons, an order says whether it was followed,
//! and a unit that may not go is not sent.

use std::time::{Duration, SystemTime};

use tonic::Code;
use wire::v1::{
    self, Datum, Role, intake_act_request as intake, intake_act_request::Action as Intake, triage_act_request as triage,
    triage_act_request::Action as Triage,
};

use crate::{
    deeds::{accept, route},
    town::{DISTRICT, Desk, Town, part, record, report},
};

const HERE: (i32, i32) = (1_185_632_390, 320_532_490);

fn unit(name: &str, people: u32, metres_north: i32) -> v1::AnnouncedUnit {
    let until = SystemTime::now() + Duration::from_secs(3600);
    let lat_e7 = HERE.1 + metres_north * 90;
    v1::AnnouncedUnit {
        unit: name.to_owned(),
        area: DISTRICT.to_owned(),
        people,
        licensed: 0,
        until: Some(until.into()),
        point: Some(v1::Point { lon_e7: HERE.0, lat_e7, datum: Datum::Cgcs2000.into() }),
    }
}

async fn announce(desk: &Desk, units: Vec<v1::AnnouncedUnit>) -> Result<u32, tonic::Status> {
    let said = desk.roads.clone().triage.announce(v1::AnnounceRequest { units }).await?;
    Ok(said.into_inner().on_shift)
}

async fn advice(desk: &Desk, incident_id: &str, at_least: u64) -> Vec<v1::UnitAdvice> {
    let ask = v1::ProposeRequest { incident_id: incident_id.to_owned(), at_least };
    desk.roads.clone().triage.propose(ask).await.expect("a proposal").into_inner().units
}

fn order(unit: &str) -> Triage {
    Triage::IssueOrder(triage::IssueOrder { part: 1, unit: unit.to_owned(), task: "task/stage".to_owned(), reasons: Vec::new() })
}

fn codes(reasons: &[v1::Reason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.code.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_ranked_with_reasons_orders_say_whether_it_was_followed_and_nobody_goes_alone_to_a_weapon() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let grid = town.desk("grid-1", "grid", DISTRICT, &[Role::CallTaker, Role::Dispatcher]).await;
    let other = town.desk("water-1", "department/water", DISTRICT, &[Role::Dispatcher]).await;
    let point = Some(v1::Point { lon_e7: HERE.0, lat_e7: HERE.1, datum: Datum::Cgcs2000.into() });
    let taken = grid.report(v1::ReportRequest { point, ..report("patrol", "U-1", "巷口有暴露垃圾") }).await.expect("it gets in");
    let id = taken.incident_id.as_str();
    let accepted = grid.does("accept", id, accept("city/06010", 3)).await;

    // Nobody has said anything yet.
    let nobody = advice(&grid, id, accepted.position).await;
    assert_eq!((nobody.len(), nobody[0].agency.as_str(), nobody[0].units.len()), (1, "grid", 0));
    assert_eq!(codes(&nobody[0].shortfalls), ["unit.none_on_shift"]);

    let units = vec![unit("worker/far", 2, 2000), unit("worker/near", 1, 420), unit("worker/mid", 2, 900)];
    assert_eq!(announce(&grid, units).await.expect("noted"), 3);
    let theirs = announce(&other, vec![unit("worker/near", 1, 0)]).await.expect_err("another agency's name");
    assert_eq!(theirs.code(), Code::InvalidArgument);
    let long = v1::AnnouncedUnit { until: Some((SystemTime::now() + Duration::from_secs(90_000)).into()), ..unit("x", 1, 0) };
    assert_eq!(announce(&grid, vec![long]).await.expect_err("no shift is so long").code(), Code::InvalidArgument);

    let ranked = advice(&grid, id, accepted.position).await;
    let seen: Vec<_> = ranked[0].units.iter().map(|unit| (unit.unit.as_str(), unit.metres.is_some(), unit.barred)).collect();
    assert_eq!(seen, [("worker/near", true, false), ("worker/mid", true, false), ("worker/far", true, false)]);
    let near = &ranked[0].units[0];
    assert!(near.metres.is_some_and(|metres| (410..430).contains(&metres)), "{near:?}");
    assert_eq!(codes(&near.reasons), ["unit.metres", "unit.position"]);
    // Whose units they are not sees none of them.
    assert_eq!(advice_if_seen(&other, id).await, None);

    // A weapon: the lone worker is barred, and its order refused; two may stage outside.
    let routed = grid.does("route", id, route(vec![part("grid")])).await;
    let weapon = Intake::Raise(intake::Raise { flags: vec![v1::Flag::Weapon.into()], class: 0 });
    let raised = grid.does("weapon", id, weapon).await;
    assert!(raised.position > routed.position);
    let barred = advice(&grid, id, raised.position).await;
    assert!(barred[0].units.iter().all(|unit| unit.barred), "their task is not to stage: {barred:?}");
    assert_eq!(grid.may_not("alone", id, order("worker/near")).await, "unit.barred");
    let far = grid.does("send", id, order("worker/far")).await;
    let facts = grid.facts(&format!("incident/{id}")).await;
    let issued = record(facts.last().expect("a fact"));
    assert_eq!(issued["type"], "incident.order_issued");
    let said: Vec<_> = issued["data"]["reasons"].as_array().expect("reasons").iter().map(|it| it["code"].clone()).collect();
    // The nearer pair was advised: the seat chose otherwise.
    assert_eq!(said, ["unit.metres", "unit.position", "seat.override"]);

    // On an order now: of another matter it is last of those that may go.
    let second = grid.report(v1::ReportRequest { point, ..report("patrol", "U-2", "井盖松动") }).await.expect("it gets in");
    let ranked = advice(&grid, &second.incident_id, far.position.max(second.position)).await;
    let last = ranked[0].units.last().expect("three units");
    assert_eq!((last.unit.as_str(), last.busy), ("worker/far", true));

    // Off shift, and where anybody was is nowhere on the disk.
    let gone = v1::AnnouncedUnit { until: Some(SystemTime::now().into()), ..unit("worker/near", 1, 0) };
    assert_eq!(announce(&grid, vec![gone]).await.expect("noted"), 2);
    town.close().await;
    for file in crate::house::files(data.path(), "") {
        let bytes = std::fs::read(&file).expect("readable");
        let lat = (HERE.1 + 420 * 90).to_string();
        assert!(!bytes.windows(lat.len()).any(|at| at == lat.as_bytes()), "{}", file.display());
    }
}

/// The advice, where the caller sees the incident at all.
async fn advice_if_seen(desk: &Desk, incident_id: &str) -> Option<Vec<v1::UnitAdvice>> {
    let ask = v1::ProposeRequest { incident_id: incident_id.to_owned(), at_least: 0 };
    desk.roads.clone().triage.propose(ask).await.ok().map(|answer| answer.into_inner().units)
}
