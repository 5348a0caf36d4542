//! One matter, one trace: a report's way through all services as a collector is shown it, and what else it is sent.
//!
//! [`one_matter`] and [`one_trace`] take the processes by their addresses: one with all services, or one for each.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    net::TcpListener,
    path::Path,
    time::{Duration, Instant},
};

use journal::Header;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use runtime::{config::Telemetry, telemetry, trace::within};
use testkit::clock::Hand;
use tonic::{Code, body::Body, client::GrpcService, codegen::http};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use wire::v1::{self, Role};

use crate::{
    child::{self, Hub, Log},
    clocks::settled,
    collector::{Collector, Point, Seen},
    deeds::{accept, close, deliver_order, finish, follow_up, order, route, sign, tell},
    town::{DISTRICT, Deed, Desk, MONDAY, Town, clock, part, report, settings},
};

/// The caller's trace and its own span.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";
const DESK: &[Role] = &[Role::CallTaker, Role::Dispatcher, Role::Handler];

pub(crate) fn traceparent() -> String {
    format!("00-{TRACE}-{CALLER}-01")
}

/// Where each service answers, and the tokens of two seats of the grid.
pub(crate) struct Place<'a> {
    /// Takes reports in.
    pub(crate) intake: &'a str,
    /// Dispatches.
    pub(crate) triage: &'a str,
    /// Tells and closes.
    pub(crate) feedback: &'a str,
    /// Of a seat that decides and handles.
    pub(crate) desk: &'a str,
    /// Of a seat that follows up.
    pub(crate) asker: &'a str,
}

/// Waits until the process of `desk` has come to `position`: another process has written it.
async fn caught_up(desk: &Desk, incident: &str, position: u64) {
    let begun = Instant::now();
    let request = v1::ReadRequest { subject: format!("incident/{incident}"), from_version: 1, at_least: position };
    while let Err(status) = desk.roads.clone().audit.read(request.clone()).await {
        assert!(begun.elapsed() < Duration::from_secs(10), "position {position} does not come: {status:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A grid matter from its report to its end, all of it in the trace of `caller`. The incident, and the position of its end.
pub(crate) async fn one_matter(place: &Place<'_>, reference: &str, caller: &str) -> (String, u64) {
    within(Some(caller), async {
        let intake = Desk::at(place.intake, "desk", place.desk).await;
        let triage = Desk::at(place.triage, "desk", place.desk).await;
        let feedback = Desk::at(place.feedback, "desk", place.desk).await;
        let asker = Desk::at(place.feedback, "asker", place.asker).await;
        let taken = intake.report(report("patrol", reference, "小区门口垃圾堆了三天没人清运")).await.expect("a report gets in");
        let (id, told, mut last) = (taken.incident_id, taken.report_id, taken.position);
        let steps: [(&str, &Desk, Deed); 9] = [
            ("accept", &triage, accept("city/06010", 4).into()),
            ("route", &triage, route(vec![part("grid")]).into()),
            ("order", &triage, order(1, "grid/001-1").into()),
            ("deliver", &triage, deliver_order(1).into()),
            ("sign", &triage, sign(1).into()),
            ("finish", &triage, finish(1, "已清运").into()),
            ("tell", &feedback, tell(&told, "垃圾已清运").into()),
            ("follow", &asker, follow_up(&told, "满意").into()),
            ("close", &feedback, close().into()),
        ];
        for (step, desk, deed) in steps {
            caught_up(desk, &id, last).await;
            last = last.max(desk.does(step, &id, deed).await.position);
        }
        for desk in [&intake, &triage, &feedback] {
            caught_up(desk, &id, last).await;
        }
        (id, last)
    })
    .await
}

/// Checks that `spans` hold one whole trace of the matter whose records these are, as `processes` processes saw it: every
/// parent is there, every record names the span that wrote it, every process has taken every fact in.
pub(crate) fn one_trace(spans: &[Seen], records: &[(u64, Header<'_>)], processes: usize) {
    let spans: Vec<_> = spans.iter().filter(|span| span.trace == TRACE).collect();
    let by_id: BTreeMap<&str, &Seen> = spans.iter().map(|span| (span.id.as_str(), *span)).collect();
    assert_eq!(by_id.len(), spans.len(), "each span came once");
    for span in &spans {
        assert!(span.parent == CALLER || by_id.contains_key(span.parent.as_str()), "the parent of {span:?} is missing");
        // A process that was asked before it had caught up says so, and is asked again.
        assert!(!span.failed || span.name == "hub.v1.Audit/Read", "{span:?}");
    }
    let above = |span: &Seen| by_id.get(span.parent.as_str()).copied();
    let publish = "publish hub.evt.{district}.{kind}.{id}";
    let mut served = BTreeSet::new();
    let mut positions = BTreeSet::new();
    for (position, header) in records {
        let said = header.traceparent.expect("a record of this matter names its trace");
        let id = said.strip_prefix(&format!("00-{TRACE}-")).and_then(|rest| rest.strip_suffix("-01")).expect("this trace");
        let writing = by_id.get(id).unwrap_or_else(|| panic!("the span that wrote position {position} did not come"));
        assert_eq!((writing.name.as_str(), writing.kind), (publish, SpanKind::Producer));
        assert_eq!(writing.about["hub.subject"], header.subject);
        let execute = above(writing).expect("what publishes is a command");
        assert!(execute.name.starts_with("execute ") && execute.kind == SpanKind::Internal, "{execute:?}");
        assert_eq!(execute.about["hub.command.id"], header.command);
        assert!(spans.iter().any(|span| span.name == "decide" && span.parent == execute.id), "it was decided");
        let call = above(execute).expect("a command comes by a call");
        assert_eq!((call.kind, call.parent.as_str()), (SpanKind::Server, CALLER));
        assert_eq!((call.about["rpc.system.name"].as_str(), call.about["rpc.method"].as_str()), ("grpc", call.name.as_str()));
        assert_eq!(call.about["rpc.status_code"], "OK");
        assert_eq!([&writing.process, &execute.process], [&call.process; 2]);
        served.insert(call.name.as_str());
        positions.insert(position.to_string());
    }
    assert_eq!(served.into_iter().collect::<Vec<_>>(), ["hub.v1.Feedback/Act", "hub.v1.Intake/Report", "hub.v1.Triage/Act"]);
    let mut taken_in: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for span in spans.iter().filter(|span| span.name == "process hub.evt.{district}.{kind}.{id}") {
        let written = above(span).expect("a fact is written first");
        assert_eq!((span.kind, written.name.as_str()), (SpanKind::Consumer, publish));
        assert_eq!(span.links, [(TRACE.to_owned(), written.id.clone())]);
        assert!(taken_in.entry(&span.process).or_default().insert(span.about["hub.position"].clone()), "once a process");
    }
    assert_eq!(taken_in.len(), processes, "every process takes the facts in");
    assert!(taken_in.values().all(|seen| *seen == positions), "every one of them: {taken_in:?} of {positions:?}");
}

/// A hub whose log goes to `log`, telling of what it does to `collector`.
fn told(data: &Path, collector: &str, log: &Path) -> Hub {
    let mut command = child::serve(data, None);
    command.env("HUB_OTLP", collector).env("HUB_LOG", "debug,h2=off,hyper=off,tower=off").env("HUB_LOG_JSON", "1");
    Hub::spawn(command, Log::File(log))
}

fn sum(points: &[Point], fits: impl Fn(&Point) -> bool, of: impl Fn(&Point) -> f64) -> f64 {
    points.iter().filter(|point| fits(point)).map(of).sum()
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test are small")]
fn measured(metrics: &BTreeMap<String, Vec<Point>>, facts: u64) {
    let of = |name: &str| metrics.get(name).unwrap_or_else(|| panic!("no {name} came, but {:?}", metrics.keys()));
    let count = |name: &str| of(name).iter().map(|point| point.count).sum::<u64>();
    let whole = |name: &str| sum(of(name), |_| true, |point| point.value);
    let decisions = count("hub.append.duration");
    assert!(decisions >= 12 && decisions == count("hub.append.facts"), "{decisions} decisions");
    let longest = whole("hub.append.duration") / decisions as f64;
    assert!(longest > 0.0 && longest < 5.0, "{longest} s a decision");
    assert!(of("hub.append.duration").iter().all(|point| point.about["hub.outcome"] == "written"));
    assert_eq!((whole("hub.append.facts") + 1.0, whole("hub.fold.facts")), (facts as f64, facts as f64), "all but the first");
    assert!((whole("hub.batch.size") - (facts as f64 - 1.0)).abs() < 0.5 && count("hub.batch.size") <= facts);
    assert_eq!(count("hub.fold.delay"), facts - 1);
    assert!(whole("hub.fold.delay") / (facts as f64) < 5.0, "facts are taken in as they come");
    assert!(whole("hub.fold.lag") <= facts as f64);
    for level in ["hub.requests.active", "hub.journal.queue"] {
        assert!(whole(level).abs() < 0.5, "{level} is at rest again");
    }
    let too_early =
        |point: &Point| point.about["hub.code"] == "close.reporters_open" || point.about["hub.code"] == "incident.too_early";
    assert!(sum(of("hub.requests.refused"), too_early, |point| point.value) > 0.5, "{:?}", of("hub.requests.refused"));
    for (method, status) in
        [("hub.v1.Intake/Report", "OK"), ("hub.v1.Feedback/Act", "FAILED_PRECONDITION"), ("_OTHER", "UNIMPLEMENTED")]
    {
        let fits = |point: &Point| point.about["rpc.method"] == method && point.about["rpc.status_code"] == status;
        assert!(of("rpc.server.call.duration").iter().any(|point| fits(point) && point.count > 0), "{method} {status}");
    }
}

/// Asks for the health, and for a method that no service has.
async fn call_nothing(uri: &str) {
    let mut link = tonic::transport::Endpoint::from_shared(uri.to_owned()).expect("an address").connect().await.expect("reached");
    let mut health = HealthClient::new(link.clone());
    health.check(HealthCheckRequest::default()).await.expect("healthy");
    let request = http::Request::post(format!("{uri}/hub.v1.Nothing/AtAll")).header("content-type", "application/grpc");
    poll_fn(|cx| GrpcService::poll_ready(&mut link, cx)).await.expect("ready");
    let answer = GrpcService::call(&mut link, request.body(Body::empty()).expect("a request")).await.expect("an answer");
    assert_eq!(tonic::Status::from_header_map(answer.headers()).expect("a status").code(), Code::Unimplemented);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_one_trace_through_all_services_and_its_numbers_come_along() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, log) = (folder.path().join("data"), folder.path().join("hub.log"));
    let collector = Collector::start().await;
    let hub = told(&data, &collector.uri, &log);
    let desk = hub.seat(&data, "desk-1", "grid", DESK).await;
    let asker = hub.seat(&data, "asker-1", "grid", &[Role::FollowUp]).await;
    let uri = hub.uri.as_str();
    let place = Place { intake: uri, triage: uri, feedback: uri, desk: &desk, asker: &asker };
    let (id, _) = one_matter(&place, "T-1", &traceparent()).await;

    // A caller that says no trace, or none that is one, begins a trace; what it leads to is linked to what went before.
    let desk = Desk::at(uri, "desk-1", &desk).await;
    let taken = within(Some(&traceparent()), desk.report(report("patrol", "T-2", "井盖松动"))).await.expect("in");
    desk.does("accept", &taken.incident_id, accept("city/06010", 4)).await;
    assert!(!desk.may_not("close", &taken.incident_id, close()).await.is_empty());
    let mut intake = desk.roads.intake.clone();
    let mut bad = tonic::Request::new(report("patrol", "T-3", "路灯不亮"));
    bad.metadata_mut().insert("traceparent", format!("00-{TRACE}-0000000000000000-01").parse().expect("plain"));
    let other = intake.report(bad).await.expect("in").into_inner().incident_id;
    call_nothing(uri).await;
    hub.stop();

    let spans = collector.spans();
    let entries = child::entries(&data).await;
    let records: Vec<_> = entries.iter().map(|entry| (entry.position, journal::header(&entry.bytes).expect("a record"))).collect();
    let of = |incident: &str| -> Vec<_> {
        let subject = format!("incident/{incident}");
        records.iter().filter(|(_, header)| header.subject == subject).copied().collect()
    };
    let first: Vec<_> = of(&id).into_iter().chain(of(&taken.incident_id).into_iter().take(1)).collect();
    one_trace(&spans, &first, 1);
    // Whichever span of it is missing, it is seen.
    for name in ["hub.v1.Triage/Act", "execute route", "decide", "publish hub.", "process hub."] {
        let gone = spans.iter().position(|span| span.trace == TRACE && span.name.starts_with(name)).expect(name);
        let gap: Vec<_> = spans.iter().enumerate().filter(|(n, _)| *n != gone).map(|(_, span)| span.clone()).collect();
        assert!(std::panic::catch_unwind(|| one_trace(&gap, &first, 1)).is_err(), "{name} is not missed");
    }

    let accepted = spans.iter().find(|span| span.name == "execute accept" && span.trace != TRACE).expect("it was accepted");
    let received = of(&taken.incident_id)[0].1.traceparent.expect("a trace").to_owned();
    assert_eq!(accepted.links.iter().map(|(trace, id)| format!("00-{trace}-{id}-01")).collect::<Vec<_>>(), [received]);
    let began = of(&other)[0].1.traceparent.expect("a trace");
    assert!(!began.contains(TRACE), "{began}");
    assert!(spans.iter().any(|span| span.name == "hub.v1.Intake/Report" && span.parent.is_empty() && began.contains(&span.trace)));
    assert!(spans.iter().all(|span| !span.name.contains("grpc") && !span.name.contains("Nothing")), "{spans:#?}");
    let refused = spans.iter().find(|span| span.about.get("rpc.status_code").is_some_and(|code| code == "FAILED_PRECONDITION"));
    assert!(
        refused.is_some_and(|span| !span.failed && span.about.contains_key("hub.refusal")),
        "a refusal is an answer: {refused:?}"
    );

    let processes = collector.processes();
    let about = processes.first().expect("a process");
    assert_eq!((processes.len(), about["service.name"].as_str()), (1, "hub"));
    assert!(["hub.v1.Intake", "hub.v1.Triage", "hub.v1.Feedback"].iter().all(|name| about["hub.services"].contains(name)));
    measured(&collector.metrics(), entries.len() as u64);

    let log = std::fs::read_to_string(log).expect("a log");
    let lines = log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("one JSON object a line"));
    let ours: Vec<_> = lines.filter(|line| line["trace_id"] == TRACE).collect();
    let ids: BTreeSet<_> = spans.iter().map(|span| span.id.as_str()).collect();
    assert!(ours.len() >= 10, "what is logged within a trace names it: {log}");
    assert!(ours.iter().all(|line| line["span_id"].as_str().is_some_and(|id| ids.contains(id))), "and its span");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_hub_does_by_itself_goes_on_in_the_trace_of_what_went_before() {
    let collector = Collector::start().await;
    let telemetry = Telemetry { otlp: Some(collector.uri.clone()), ..Telemetry::default() };
    let exporting = telemetry::export(&telemetry, &["all"]).expect("an address");
    let data = tempfile::tempdir().expect("a folder");
    let hand = Hand::new(MONDAY);
    let town = Town::with(settings(data.path()), clock(&hand)).await;
    let desk = town.desk("grid-1", "grid", DISTRICT, DESK).await;
    let taken = within(Some(&traceparent()), desk.report(report("patrol", "C-1", "井盖松动"))).await.expect("in");
    hand.advance(72 * 3_600_000);
    settled(&town.ports).await;
    let subject = format!("incident/{}", taken.incident_id);
    let breach = |span: &Seen| span.name == "execute breach" && span.about["hub.subject"] == subject;
    let breach = collector.wait_for("of a breach", breach).await;
    assert_eq!((breach.trace.as_str(), breach.parent.is_empty()), (TRACE, false));
    town.close().await;
    exporting.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_collector_the_callers_own_trace_goes_into_the_record() {
    let data = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(data.path(), None);
    let token = hub.seat(data.path(), "desk-1", "grid", DESK).await;
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    within(Some(&traceparent()), desk.report(report("patrol", "N-1", "井盖松动"))).await.expect("in");
    desk.report(report("patrol", "N-2", "路灯不亮")).await.expect("in");
    hub.stop();
    let said: Vec<_> = child::entries(data.path())
        .await
        .iter()
        .filter_map(|entry| {
            let header = journal::header(&entry.bytes).expect("a record");
            (header.kind == "incident.received").then(|| header.traceparent.map(str::to_owned))
        })
        .collect();
    assert_eq!(said, [Some(traceparent()), None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_or_deaf_costs_the_hub_nothing() {
    // One address where nobody listens, and one where somebody does and never says a word.
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a free port");
    for collector in [nobody, deaf.local_addr().expect("an address")] {
        let data = tempfile::tempdir().expect("a folder");
        let log = data.path().join("hub.log");
        let hub = told(data.path(), &format!("http://{collector}"), &log);
        let token = hub.seat(data.path(), "desk-1", "grid", DESK).await;
        let desk = Desk::at(&hub.uri, "desk-1", &token).await;
        let begun = Instant::now();
        for n in 0..20 {
            desk.report(report("patrol", &format!("U-{n}"), "井盖松动")).await.expect("a report gets in");
        }
        // Long enough for some sendings to fail.
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(begun.elapsed() < Duration::from_secs(8), "reports take {:?}", begun.elapsed());
        let stopping = Instant::now();
        hub.stop();
        assert!(stopping.elapsed() < Duration::from_secs(5), "it stopped after {:?}", stopping.elapsed());
        let log = std::fs::read_to_string(log).expect("a log");
        assert_eq!(log.matches("are not taken").count(), 1, "it is said once: {log}");
    }
}
