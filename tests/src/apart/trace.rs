//! One matter, three processes, one trace; the messages of the stream carry it, too.

use wire::v1::Role;

use super::{
    fleet::Fleet,
    raw::{self, Heard},
};
use crate::{
    collector::Collector,
    trace::{Place, one_matter, one_trace, traceparent},
};

const ROWS: &[(&str, &[&str])] = &[("intake", &["intake"]), ("triage", &["triage"]), ("feedback", &["feedback"])];

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_one_trace_through_three_processes() {
    let collector = Collector::start().await;
    let fleet = Fleet::told(ROWS, Some(&collector.uri));
    let desk = fleet.seat("intake", "desk", "grid", &[Role::CallTaker, Role::Dispatcher, Role::Handler]).await;
    let asker = fleet.seat("intake", "asker", "grid", &[Role::FollowUp]).await;
    fleet.agreed(&desk).await;
    let uri = |name| fleet.uri(name).expect("it runs");
    let (intake, triage, feedback) = (uri("intake"), uri("triage"), uri("feedback"));
    let place = Place { intake: &intake, triage: &triage, feedback: &feedback, desk: &desk, asker: &asker };
    let (id, _) = one_matter(&place, "T-1", &traceparent()).await;
    let (fine, _, why) = fleet.run(&["show", &id]);
    assert!(fine, "{why}");
    for name in fleet.names() {
        fleet.stop(name);
    }
    let records = fleet.records();
    let records = records.iter().map(|(position, record)| (*position, journal::header(record.as_bytes()).expect("a record")));
    let records: Vec<_> = records.filter(|(_, header)| header.subject == format!("incident/{id}")).collect();
    one_trace(&collector.spans(), &records, 3);
    // The independent reader looks at the headers of the messages.
    raw::holds(&fleet.server.url(), &Heard::default());
}
