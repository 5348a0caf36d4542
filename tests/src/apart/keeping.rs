//! The server away: intake keeps what it is told, says so, and delivers it once.

use std::time::Duration;

use testkit::Random;
use wire::v1::{ReportOutcome, Role};

use super::{
    fleet::Fleet,
    raw::{self, Heard},
};
use crate::{
    child::{self, Hub},
    deeds::accept,
    town::{Desk, code, report},
};

const ROWS: &[(&str, &[&str])] = &[("intake-1", &["intake"]), ("triage-1", &["triage"]), ("feedback-1", &["feedback"])];

#[tokio::test(flavor = "multi_thread")]
async fn while_the_server_is_away_reports_are_kept_and_delivered_once_later() {
    let fleet = Fleet::start(ROWS);
    let token = fleet.seat("intake-1", "desk-1", "grid", &[Role::CallTaker, Role::Dispatcher]).await;
    fleet.agreed(&token).await;
    let desk = fleet.desk("desk-1", &token, &mut Random::new(1)).await.expect("all run");
    let mut heard = Heard::default();
    let first = desk.report(report("patrol", "R-0", "门口暴露垃圾")).await.expect("taken");
    assert!(!first.kept_locally && first.position > 0);
    fleet.server.kill();
    for n in 1..=30 {
        let said = report("patrol", &format!("R-{n}"), &format!("第{n}处暴露垃圾"));
        let answer = desk.report(said.clone()).await.expect("kept");
        assert!(answer.kept_locally && answer.position == 0 && answer.outcome() == ReportOutcome::Taken, "{answer:?}");
        let again = desk.report(said).await.expect("kept");
        assert_eq!((again.kept_locally, again.outcome(), &again.incident_id), (true, ReportOutcome::Known, &answer.incident_id));
        heard.reports.push((String::new(), answer.incident_id));
    }
    let known = desk.report(report("patrol", "R-0", "门口暴露垃圾")).await.expect("known");
    assert_eq!((known.kept_locally, known.outcome(), known.position), (false, ReportOutcome::Known, first.position));

    // What is no report waits for the journal, and is told so.
    let refused =
        desk.act("desk-1/accept", &first.incident_id, accept("city/06010", 3)).await.expect_err("nobody is there to write");
    assert_eq!((refused.code(), code(&refused).as_str()), (tonic::Code::Unavailable, "journal.away"), "{refused:?}");

    // The process that keeps them dies; they are on its disk.
    fleet.kill("intake-1");
    fleet.server.restart();
    fleet.all_up();
    let desk = fleet.desk("desk-1", &token, &mut Random::new(1)).await.expect("all run");
    for (_, incident) in &heard.reports {
        let mut seen = None;
        for _ in 0..200 {
            seen = desk.sees(incident, 0).await.ok();
            if seen.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(seen.is_some(), "{incident} was kept and is delivered");
    }
    let again = desk.report(report("patrol", "R-7", "第7处暴露垃圾")).await.expect("known");
    assert_eq!((again.kept_locally, again.outcome()), (false, ReportOutcome::Known));
    desk.act("desk-1/accept", &first.incident_id, accept("city/06010", 3))
        .await
        .expect("the same command, once the journal is back");
    let (position, _) = fleet.agreed(&token).await;
    let facts = position;
    // The command ids of reports without one are made of their content; the incident tells enough.
    let reports = std::mem::take(&mut heard.reports);
    let counted = raw::holds(&fleet.server.url(), &heard);
    assert_eq!(counted["position"], facts);
    assert_eq!(counted["kinds"]["incident.received"], reports.len() + 1, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_is_delivered_after_the_journal_came_home_to_files() {
    let fleet = Fleet::start(&[("intake-1", &["intake"])]);
    let token = fleet.seat("intake-1", "desk-1", "grid", &[Role::CallTaker, Role::Dispatcher]).await;
    let desk = Desk::at(&fleet.uri("intake-1").expect("it runs"), "desk-1", &token).await;
    fleet.server.kill();
    let kept = desk.report(report("patrol", "R-1", "门口暴露垃圾")).await.expect("kept");
    assert!(kept.kept_locally);
    fleet.kill("intake-1");
    fleet.server.restart();
    let data = fleet.data("intake-1");
    let (url, keys, home) = (fleet.server.url(), format!("{}-keys", data.display()), data.display().to_string());
    for command in [vec!["copy", &url, &home], vec!["seal", "export", &keys]] {
        let (fine, _, why) = fleet.run(&command);
        assert!(fine, "{command:?}: {why}");
    }
    let here = ["--data".as_ref(), data.as_os_str()];
    let (fine, _, why) = child::run(&[&["seal".as_ref(), "import".as_ref(), keys.as_ref()], &here[..]].concat());
    assert!(fine, "{why}");
    let hub = Hub::start(&data, None);
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    let mut seen = desk.sees(&kept.incident_id, 0).await;
    for _ in 0..100 {
        if seen.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        seen = desk.sees(&kept.incident_id, 0).await;
    }
    assert!(format!("{:?}", seen.expect("it was delivered")).contains("垃圾"), "and its words open");
    hub.stop();
}
