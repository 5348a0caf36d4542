//! Past calls and past requests come in once, with the times of their files and none besides: the real files, and small
//! ones that are cut, mended, or reopened.
//!
//! The real files are public data that is kept beside the tree, never in it; where they are absent the tests that need
//! them fail and say so.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{
    id::IncidentId,
    incident::{
        HandoverStatus, Incident, PartStatus, Stage,
        UnitStage::{self, Delivered, EnRoute, OnScene, Signed},
    },
};
use hub::{
    import::{self, Outcome, Source, Summary, dispatch::Dispatch, file, requests::Requests, when::Layout},
    process::Process,
};
use serde_json::Value;

use crate::{
    child, house,
    import::{digest, open, standing},
};

fn bytes(name: &str) -> Vec<u8> {
    let path = house::root().join("../shared/data").join(name);
    assert!(path.exists(), "{name} is not there: lay the shared data beside the tree as shared/data");
    file::read(&path).expect("the file can be read")
}

/// The rows of a real file by the names of their columns, read by somebody else's reader.
fn rows(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let plain = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::Reader::from_reader(plain);
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

async fn take_in(process: &Process, source: &impl Source) -> Outcome {
    let begun = std::time::Instant::now();
    let outcome = import::run(process, source, || {}).await.expect("the journal answers");
    told(&format!("{:?} in {:?}", outcome.summary, begun.elapsed()));
    assert_eq!(outcome.rejections, []);
    outcome
}

#[expect(clippy::print_stdout, reason = "a test tells what it measured")]
fn told(line: &str) {
    println!("{line}");
}

async fn incident(process: &Process, source: &str, reference: &str) -> Arc<Incident> {
    process.ports.fold.incident(IncidentId::opened_by(source, reference)).await.expect("known")
}

/// Facts by the reference of their matter, in the journal's order.
async fn facts(data: &std::path::Path, source: &str) -> BTreeMap<String, Vec<Value>> {
    let (mut names, mut facts): (BTreeMap<String, String>, BTreeMap<String, Vec<Value>>) = <_>::default();
    for entry in child::entries(data).await {
        let fact: Value = serde_json::from_slice(&entry.bytes).expect("a record is JSON");
        let subject = fact["subject"].as_str().expect("a subject").to_owned();
        if fact["data"]["report"]["source"] == source {
            names.insert(subject.clone(), fact["data"]["report"]["reference"].as_str().expect("a reference").to_owned());
        }
        if let Some(name) = names.get(&subject) {
            facts.entry(name.clone()).or_default().push(fact);
        }
    }
    facts
}

/// A cell's time as a record writes it; none where the cell is empty.
fn written(row: &BTreeMap<String, String>, column: &str, layout: Layout) -> Option<String> {
    let text = row[column].trim();
    (!text.is_empty()).then(|| layout.read(text).expect("a time").to_string())
}

/// When a stage of an order occurred, by the facts of its call.
fn occurred<'a>(facts: &'a [Value], kind: &str, order: u16) -> Option<&'a str> {
    let mut found = facts.iter().filter(|fact| fact["type"] == kind && fact["data"]["order"] == order);
    let fact = found.next()?;
    assert!(found.next().is_none(), "{kind} of order {order} stands twice");
    assert_eq!(fact["basis"], "import");
    fact["occurred"].as_str()
}

/// Imports again, opens again, folds again: all the same, and nothing more.
async fn stays_the_same(data: &std::path::Path, source: &impl Source, position: u64, rows: u64) {
    let process = open(data).await;
    let first = digest(&process);
    let again = take_in(&process, source).await.summary;
    assert_eq!(again, Summary { rows, known: rows, position, ..Summary::default() }, "a second import adds nothing");
    assert_eq!(digest(&process), first);
    process.close().await.expect("it closes");
    std::fs::remove_dir_all(data.join("store")).expect("the snapshots can be removed");
    let process = open(data).await;
    assert_eq!(digest(&process), first, "from the segments alone");
    assert_eq!(process.ports.fold.look(|board| board.counts().overdue), 0, "no live timer touches the past");
    process.close().await.expect("it closes");
}

/// The stages of an order: its fact, its column.
const SF: [(&str, &str, UnitStage); 5] = [
    ("incident.order_issued", "Dispatch DtTm", UnitStage::Issued),
    ("incident.order_signed", "Response DtTm", Signed),
    ("incident.unit_en_route", "Response DtTm", EnRoute),
    ("incident.unit_on_scene", "On Scene DtTm", OnScene),
    ("incident.unit_recorded", "Available DtTm", UnitStage::Cleared),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_units_rows_become_one_incident_a_call_with_every_stage_at_its_own_time_or_missing() {
    let bytes = bytes("dispatch-sf-fire.csv");
    let source = Dispatch::open(&bytes).expect("a known layout");
    let data = tempfile::tempdir().expect("a folder");
    let process = open(data.path()).await;
    let summary = take_in(&process, &source).await.summary;
    assert_eq!((summary.rows, summary.taken, summary.incidents, summary.rejected), (865, 865, 173, 0));
    assert_eq!(standing(&process, Stage::Closed), 173);

    let rows = rows(&bytes);
    let mut calls: BTreeMap<&str, Arc<Incident>> = BTreeMap::new();
    for row in &rows {
        if !calls.contains_key(row["Call Number"].as_str()) {
            calls.insert(&row["Call Number"], incident(&process, "dispatch-sf", &row["Call Number"]).await);
        }
    }
    assert_eq!(calls.len(), 173);
    assert_eq!(calls.values().map(|call| call.handovers.len()).sum::<usize>(), 865, "one order a unit");
    let missing = |stage: UnitStage| {
        let orders = calls.values().flat_map(|call| &call.handovers);
        orders.filter(|order| order.missing.contains(&stage)).count()
    };
    assert_eq!([OnScene, Signed, EnRoute, Delivered, UnitStage::Cleared].map(missing), [319, 14, 14, 865, 0]);
    for call in calls.values() {
        assert!(call.history && call.parts.len() == 1 && call.clocks.is_empty());
        assert_eq!((call.parts[0].agency.as_str(), call.parts[0].status), ("police", PartStatus::Finished));
        assert!(call.handovers.iter().all(|order| order.status == HandoverStatus::Recorded));
        assert_eq!(call.missing, [Stage::Followup]);
        assert_eq!(call.place.area.to_string(), "320111", "a place far away is no place of ours");
    }
    assert_eq!(calls["181612524"].priority.map(|priority| priority.number()), Some(2), "B at first, 3 at last");
    process.close().await.expect("it closes");

    let facts = facts(data.path(), "dispatch-sf").await;
    let mut freed: BTreeMap<&str, String> = BTreeMap::new();
    for row in &rows {
        let (call, of_call) = (&calls[row["Call Number"].as_str()], &facts[&row["Call Number"]]);
        let unit = format!("sf/{}", row["Unit ID"]);
        let order = call.handovers.iter().find(|order| order.unit.as_ref().is_some_and(|u| u.as_str() == unit)).expect("its order");
        for (kind, column, stage) in SF {
            let wanted = written(row, column, Layout::MonthFirst);
            assert_eq!(occurred(of_call, kind, order.id), wanted.as_deref(), "{kind} of {unit} in {}", row["RowID"]);
            assert_eq!(order.missing.contains(&stage), wanted.is_none(), "{stage} of {unit} in {}", row["RowID"]);
        }
        let moved = [written(row, "Transport DtTm", Layout::MonthFirst), written(row, "Hospital DtTm", Layout::MonthFirst)];
        let progressed =
            of_call.iter().filter(|fact| fact["type"] == "incident.unit_progressed" && fact["data"]["order"] == order.id);
        let progressed: Vec<_> = progressed.map(|fact| fact["occurred"].as_str().expect("timed").to_owned()).collect();
        assert_eq!(progressed, moved.into_iter().flatten().collect::<Vec<_>>());
        let free = written(row, "Available DtTm", Layout::MonthFirst).expect("each row tells it");
        let last = freed.entry(&row["Call Number"]).or_default();
        *last = free.max(last.clone());
        for (kind, column) in [("incident.received", "Received DtTm"), ("incident.accepted", "Entry DtTm")] {
            let fact = of_call.iter().find(|fact| fact["type"] == kind).expect("there");
            assert_eq!(fact["occurred"].as_str(), written(row, column, Layout::MonthFirst).as_deref(), "{kind}");
        }
    }
    for (call, last) in freed {
        for kind in ["incident.part_finished", "incident.done", "incident.history_recorded"] {
            let fact = facts[call].iter().find(|fact| fact["type"] == kind).expect("there");
            assert_eq!(fact["occurred"], Value::from(last.clone()), "{kind} of {call}: with its last unit");
        }
    }
    let process = open(data.path()).await;
    let first = digest(&process);
    process.close().await.expect("it closes");
    assert_eq!(child::released(data.path()).await, (summary.position, first), "by an optimised build, from the records alone");
    stays_the_same(data.path(), &source, summary.position, 865).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn imperfect_dispatch_rows_come_in_with_what_they_tell() {
    let bytes = bytes("dispatch-vabeach-ems.csv");
    let source = Dispatch::open(&bytes).expect("a known layout");
    let data = tempfile::tempdir().expect("a folder");
    let process = open(data.path()).await;
    let summary = take_in(&process, &source).await.summary;
    assert_eq!((summary.rows, summary.taken, summary.incidents), (965, 965, 965));
    let (mut orders, mut missing) = (0, BTreeMap::<&str, usize>::new());
    for row in rows(&bytes) {
        let call = incident(&process, "dispatch-vabeach", &row["EMSCallNumber"]).await;
        let given: u8 = row["CallPriority"].parse().expect("a number");
        assert_eq!(call.priority.map(|priority| priority.number()), Some(given.min(4)));
        assert_eq!(
            (call.stage, call.occurred.to_string()),
            (Stage::Closed, written(&row, "CallDateandTime", Layout::MonthFirst).expect("told"))
        );
        assert_eq!(call.handovers.len(), usize::from(!row["RescueSquad.Number"].is_empty()));
        let untold: BTreeSet<Stage> = call.missing.iter().copied().collect();
        assert_eq!(untold.contains(&Stage::Routed), row["DispatchDateandTime"].is_empty(), "{}", row["EMSCallNumber"]);
        assert_eq!(untold.contains(&Stage::Handling), row["EnrouteDateandTime"].is_empty(), "{}", row["EMSCallNumber"]);
        orders += call.handovers.len();
        for stage in call.handovers.iter().flat_map(|order| &order.missing) {
            *missing.entry(stage.word()).or_default() += 1;
        }
    }
    assert_eq!(orders, 952);
    assert_eq!(missing, [("delivered", 952), ("en_route", 15), ("on_scene", 67), ("signed", 952)].into());
    process.close().await.expect("it closes");
    let unlocated = facts(data.path(), "dispatch-vabeach").await;
    let said = |facts: &Vec<Value>| facts.iter().any(|fact| fact["data"]["reasons"].to_string().contains("history.unlocated"));
    assert_eq!(unlocated.values().filter(|facts| said(facts)).count(), 965, "X and Y are 0 in every row");
    stays_the_same(data.path(), &source, summary.position, 965).await;
}

/// Due and closing times, channel, queue, and the file's own judgement of both dates.
async fn requests_come_in_with_their_promises(name: &str, wanted: [usize; 4]) {
    let bytes = bytes(name);
    let source = Requests::open(&bytes).expect("all columns are there");
    let data = tempfile::tempdir().expect("a folder");
    let process = open(data.path()).await;
    let summary = take_in(&process, &source).await.summary;
    let rows = rows(&bytes);
    let all = rows.len() as u64;
    assert_eq!((summary.rows, summary.taken, summary.incidents), (all, all, all));
    let mut judged = 0;
    let (mut late, mut unsaid, mut open_due) = (0, 0, 0);
    for row in &rows {
        let request = incident(&process, "requests-boston", &row["case_enquiry_id"]).await;
        let [due, closed] = ["target_dt", "closed_dt"].map(|column| written(row, column, Layout::YearFirst));
        assert_eq!(request.stage, if row["case_status"] == "Closed" { Stage::Closed } else { Stage::Routed });
        match (&due, &closed) {
            (Some(due), Some(closed)) => {
                judged += 1;
                late += usize::from(request.breaches == 1);
                match row["ontime"].as_str() {
                    "ONTIME" => assert_eq!(request.breaches, 0, "{}", row["case_enquiry_id"]),
                    "OVERDUE" => assert_eq!(request.breaches, 1, "{}", row["case_enquiry_id"]),
                    // The city left its own judgement open; the dates say it.
                    _ => {
                        unsaid += 1;
                        assert_eq!(request.breaches == 1, closed > due, "{}", row["case_enquiry_id"]);
                    }
                }
            }
            (Some(due), None) => {
                open_due += 1;
                let clock = request.clock("total".parse().expect("a clock")).expect("still promised");
                assert_eq!((clock.due.to_string(), request.breaches), (due.clone(), 0), "nobody judges what is open");
            }
            (None, _) => assert_eq!((request.breaches, request.clocks.len()), (0, 0), "no promise was made"),
        }
        assert_eq!(request.occurred.to_string(), written(row, "open_dt", Layout::YearFirst).expect("told"));
        let department = format!("department/{}", row["department"].to_ascii_lowercase().replace(' ', "-"));
        assert_eq!((request.parts.len(), request.parts[0].agency.as_str()), (1, department.as_str()));
        assert_eq!(request.reports[0].answer.is_none(), row["source"] == "Employee Generated", "nobody waits for what was found");
        assert!(request.missing.starts_with(&[Stage::Accepted, Stage::Routed]), "neither has a time in the file");
    }
    assert_eq!([judged, late, unsaid, open_due], wanted);
    process.close().await.expect("it closes");

    let facts = facts(data.path(), "requests-boston").await;
    for row in &rows {
        let facts = &facts[&row["case_enquiry_id"]];
        let of = |kind: &str| facts.iter().find(|fact| fact["type"] == kind);
        assert!(
            of("incident.routed").expect("there")["data"]["reasons"]
                .to_string()
                .contains(&Value::from(row["queue"].as_str()).to_string())
        );
        let [due, closed] =
            ["target_dt", "closed_dt"].map(|column| written(row, column, Layout::YearFirst).map_or(Value::Null, Value::from));
        assert_eq!(of("incident.received").expect("there")["data"]["clocks"][0]["start"]["due"], due);
        assert_eq!(of("incident.history_recorded").map_or(Value::Null, |fact| fact["occurred"].clone()), closed);
    }
    stays_the_same(data.path(), &source, summary.position, all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_judged_as_their_file_judges_them() {
    requests_come_in_with_their_promises("requests-boston-311.csv", [1373, 266, 3, 339]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_packed_requests_are_judged_as_their_file_judges_them() {
    requests_come_in_with_their_promises("requests-boston-311-more.csv.gz", [7752, 1179, 23, 384]).await;
}

const HEADER: &str = "Call Number,Unit ID,Call Type,Received DtTm,Entry DtTm,Dispatch DtTm,Response DtTm,On Scene DtTm,Transport DtTm,\
    Hospital DtTm,Available DtTm,Original Priority,Final Priority,Unit sequence in call dispatch";

/// Two units of each of `calls` calls, in rows that stand apart.
fn two_units(calls: u32) -> String {
    let row = |call: u32, unit: u32| {
        let at = |minute: u32| format!("03/01/2017 0{unit}:{minute:02}:07 PM");
        let (sent, went, came, free) = (at(1), at(2), at(3), at(40));
        format!(
            "c{call},E0{unit},Vehicle Fire,03/01/2017 12:59:01 PM,03/01/2017 01:00:00 PM,{sent},{went},{came},,,{free},3,3,{unit}\n"
        )
    };
    let rows = (1..=2).flat_map(|unit| (1..=calls).map(move |call| (call, unit)));
    rows.fold(format!("{HEADER}\n"), |text, (call, unit)| text + &row(call, unit))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispatch_that_was_cut_is_completed_by_the_next() {
    let source = Dispatch::open(two_units(120).as_bytes()).expect("a known layout");
    let straight = tempfile::tempdir().expect("a folder");
    let process = open(straight.path()).await;
    let whole = take_in(&process, &source).await.summary;
    process.close().await.expect("it closes");

    let data = tempfile::tempdir().expect("a folder");
    let process = open(data.path()).await;
    let (mut rows, (cut, mut until)) = (0, tokio::sync::mpsc::channel::<()>(1));
    let cut_short = tokio::select! {
        _ = import::run(&process, &source, || { rows += 1; if rows == 40 { let _ = cut.try_send(()); } }) => false,
        _ = until.recv() => true,
    };
    assert!(cut_short, "the import is cut while calls are on their way");
    process.close().await.expect("it closes");

    let process = open(data.path()).await;
    let closed = standing(&process, Stage::Closed);
    assert!((1..120).contains(&closed), "{closed} of 120 were through");
    let rest = take_in(&process, &source).await.summary;
    assert_eq!((rest.taken + rest.known, rest.position), (240, whole.position), "as many facts as without the cut");
    assert_eq!(standing(&process, Stage::Closed), 120);
    assert_eq!(take_in(&process, &source).await.summary.facts, 0);
    process.close().await.expect("it closes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_a_broken_row_waits_for_the_mended_file_before_it_ends() {
    let data = tempfile::tempdir().expect("a folder");
    let process = open(data.path()).await;
    let broken = two_units(2).replacen("c1,E02,Vehicle Fire,03/01/2017 12:59:01 PM", "c1,E02,Vehicle Fire,noon", 1);
    let source = Dispatch::open(broken.as_bytes()).expect("a known layout");
    let outcome = import::run(&process, &source, || {}).await.expect("the journal answers");
    let codes: Vec<_> = outcome.rejections.iter().map(|rejection| (rejection.line, rejection.code.as_str())).collect();
    assert_eq!(codes, [(4, "row.time")]);
    assert_eq!((outcome.summary.taken, standing(&process, Stage::Closed), standing(&process, Stage::Handling)), (3, 1, 1));

    let mended = two_units(2);
    let source = Dispatch::open(mended.as_bytes()).expect("a known layout");
    let summary = take_in(&process, &source).await.summary;
    assert_eq!((summary.taken, summary.known, standing(&process, Stage::Closed)), (1, 3, 2));
    let call = incident(&process, "dispatch-sf", "c1").await;
    assert_eq!(call.handovers.iter().map(|order| order.missing.as_slice()).collect::<Vec<_>>(), [&[Delivered][..]; 2]);

    // A unit that turns up after the end is said to be too late, and the rest stands.
    let late = mended.clone() + &mended.lines().nth(1).expect("a row").replace(",E01,", ",E09,");
    let source = Dispatch::open(late.as_bytes()).expect("a known layout");
    let outcome = import::run(&process, &source, || {}).await.expect("the journal answers");
    let codes: Vec<_> = outcome.rejections.iter().map(|rejection| (rejection.line, rejection.code.as_str())).collect();
    assert_eq!((codes, outcome.summary.facts), (vec![(6, "incident.ended")], 0));
    process.close().await.expect("it closes");
}

#[test]
fn the_command_line_says_what_became_of_the_rows_and_what_the_file_tells() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, file) = (folder.path().join("data"), folder.path().join("calls.csv"));
    std::fs::write(&file, two_units(3)).expect("a writable folder");
    let import = |kind: &str| {
        child::run(&["import".as_ref(), kind.as_ref(), file.as_ref(), "--json".as_ref(), "--data".as_ref(), data.as_ref()])
    };
    let (fine, line, why) = import("requests");
    assert!(!fine && why.contains("缺少列“case_enquiry_id”") && !data.exists(), "{line}{why}");
    for (taken, facts) in [(6, 48), (0, 0)] {
        let (fine, line, why) = import("dispatch");
        assert!(fine, "{why}");
        let said: Value = serde_json::from_str(&line).expect("one JSON object");
        assert_eq!((said["rows"].as_u64(), said["taken"].as_u64(), said["facts"].as_u64()), (Some(6), Some(taken), Some(facts)));
        let told = serde_json::json!({ "calls": 3, "orders": 6, "missing": { "delivered": 6 } });
        assert_eq!(said["file"], told);
    }
}
