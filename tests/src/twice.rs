//! The same report sent again: to two callers at once, across a restart. One incident, one fact.

use wire::v1::{ReportOutcome, Role};

use crate::town::{DISTRICT, Desk, Town, record, report};

const TAKES: &[Role] = &[Role::CallTaker];

async fn two(town: &Town) -> [Desk; 2] {
    [town.desk("desk-1", "hotline", DISTRICT, TAKES).await, town.desk("desk-2", "hotline", DISTRICT, TAKES).await]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_report_from_two_desks_64_times_at_once_is_one_incident_and_one_fact() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desks = two(&town).await;
    for round in 0..10 {
        let reference = format!("T-{round}");
        let all: Vec<_> = (0..64)
            .map(|n| tokio::spawn(desks[n % 2].report(report("hotline12345", &reference, "楼道堆物，消防通道被占"))))
            .collect();
        let (mut incidents, mut outcomes, mut positions) = (Vec::new(), Vec::new(), Vec::new());
        for sent in all {
            let answer = sent.await.expect("no panic").expect("nobody is turned away");
            outcomes.push(answer.outcome());
            positions.push((answer.position, answer.version));
            incidents.push(answer.incident_id);
        }
        incidents.dedup();
        positions.dedup();
        assert_eq!(incidents.len(), 1, "one incident");
        assert_eq!(positions.len(), 1, "everybody gets the same answer: {positions:?}");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == ReportOutcome::Taken).count(), 1, "one was first");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == ReportOutcome::Known).count(), 63);
        let facts = desks[0].facts(&format!("incident/{}", incidents[0])).await;
        assert_eq!(facts.len(), 1, "one fact");
        assert_eq!(record(&facts[0])["type"], "incident.received");
    }
    assert_eq!(desks[0].board().await.incidents, 10);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_the_same_is_known_and_other_words_are_a_supplement() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let [desk, _] = two(&town).await;
    let words = || report("hotline12345", "T-1", "楼道堆物");
    let first = desk.report(words()).await.expect("in");
    assert_eq!((first.outcome(), first.version), (ReportOutcome::Taken, 1));
    town.close().await;

    // Once with the snapshot, once without it.
    for without in [false, true] {
        if without {
            std::fs::remove_dir_all(data.path().join("store")).expect("the snapshots lie in store/");
        }
        let town = Town::open(data.path()).await;
        let desk = town.again(&desk).await;
        let again = desk.report(words()).await.expect("known");
        assert_eq!(
            (again.outcome(), again.position, &again.incident_id),
            (ReportOutcome::Known, first.position, &first.incident_id)
        );
        town.close().await;
    }

    let town = Town::open(data.path()).await;
    let desk = town.again(&desk).await;
    let mut more = words();
    more.text = "楼道堆物，今天又多了两辆电动车".to_owned();
    let supplements: Vec<_> = (0..16).map(|_| tokio::spawn(desk.report(more.clone()))).collect();
    let mut outcomes = Vec::new();
    for sent in supplements {
        let answer = sent.await.expect("no panic").expect("in");
        assert_eq!((&answer.incident_id, answer.version), (&first.incident_id, 2));
        outcomes.push(answer.outcome());
    }
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == ReportOutcome::Supplement).count(), 1, "{outcomes:?}");
    let facts = desk.facts(&format!("incident/{}", first.incident_id)).await;
    let kinds: Vec<_> = facts.iter().map(|fact| record(fact)["type"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(kinds, ["incident.received", "incident.supplemented"]);
    let late = desk.report(words()).await.expect("known");
    assert_eq!(late.outcome(), ReportOutcome::Known, "the first words, sent again late, are known too");
    assert_eq!(desk.facts(&format!("incident/{}", first.incident_id)).await.len(), 2);
    town.close().await;
}
