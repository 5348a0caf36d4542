//! A hub's figures as Prometheus reads them, and what the dashboards and alerts of `deploy/grafana` make of them.
//!
//! [`exposition`] reads strictly, [`promql`] says what a query uses, [`boards`] and [`rules`] what is shipped.

mod boards;
mod exposition;
mod promql;
mod ready;
mod rules;

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use hub::roads::Roads;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use wire::v1::Role;

use crate::{
    child,
    deeds::close,
    town::{DISTRICT, Desk, add_seat, report},
};
use boards::Asked;
use exposition::Scrape;

/// How long a debug build on a busy machine may take to have shown everything.
const PATIENCE: Duration = Duration::from_secs(120);

/// Status, head and text of a page.
pub(crate) async fn get(at: &str, path: &str, accept: &str) -> (u16, String, String) {
    let place = at.strip_prefix("http://").unwrap_or(at);
    let mut stream = TcpStream::connect(place).await.expect("it listens");
    let asked = format!("GET {path} HTTP/1.1\r\nhost: {place}\r\naccept: {accept}\r\n\r\n");
    stream.write_all(asked.as_bytes()).await.expect("it reads");
    let mut said = String::new();
    stream.read_to_string(&mut said).await.expect("text, and an end");
    let (head, text) = said.split_once("\r\n\r\n").expect("HTTP");
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, head.to_owned(), text.to_owned())
}

async fn scrape(at: &str) -> Scrape {
    let (status, _, text) = get(at, "/metrics", "text/plain").await;
    assert_eq!(status, 200);
    Scrape::read(&text).unwrap_or_else(|why| panic!("{why}\n{text}"))
}

/// A town that runs. Dropped, it is asked to stop, so that its partners stop, too.
struct Demo(Child);

impl Demo {
    fn start(data: &Path) -> Self {
        let mut command = Command::new(child::binary());
        command.args(["demo", "--json", "--seconds", "0", "--speed", "600", "--data"]).arg(data);
        command.env("HUB_PROMETHEUS", "127.0.0.1:0").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().expect("the demo starts"))
    }

    /// What the running hub notes in its data directory.
    async fn note(&mut self, data: &Path, name: &str) -> String {
        let begun = Instant::now();
        loop {
            if let Ok(note) = std::fs::read_to_string(data.join(name)) {
                return note;
            }
            assert!(self.0.try_wait().expect("a child of ours").is_none(), "the demo ended");
            assert!(begun.elapsed() < PATIENCE, "it does not note {name}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// A report that comes in, and a step that the rules refuse.
async fn traffic(uri: &str, data: &Path) {
    let operator = runtime::identity::operator_token(data).expect("the operator's token is there");
    let mut roads = Roads::connect(uri, &operator).await.expect("the hub answers");
    let token = add_seat(&mut roads, "seat/desk-f", "desk-f", "grid", DISTRICT, &[Role::CallTaker, Role::Handler]).await;
    let desk = Desk::at(uri, "desk-f", &token).await;
    let taken = desk.report(report("patrol", "F-1", "井盖松动")).await.expect("in");
    assert!(!desk.may_not("close", &taken.incident_id, close()).await.is_empty());
}

/// All that is asked of a hub's figures: by panels, variables and alerts.
fn asked() -> Vec<Asked> {
    let boards = boards::all();
    let panels = boards.iter().flat_map(|(name, board)| boards::looked_at(name, board).0);
    let alerts = rules::shipped().into_iter().map(|rule| {
        let legend = boards::labels(&format!("{} {}", rule.summary, rule.description));
        let legend = legend.into_iter().filter(|label| label != "$value").collect();
        Asked { place: format!("alerts.yaml, {}", rule.name), query: rule.query, legend }
    });
    panels.chain(alerts).collect()
}

fn missing(asked: &[Asked], scrape: &Scrape) -> Vec<String> {
    let mut out = Vec::new();
    for Asked { place, query, legend } in asked {
        out.extend(promql::missing(query, legend, scrape).into_iter().map(|what| format!("{place}: {what}")));
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn every_name_of_dashboards_and_alerts_is_one_that_a_hub_gives() {
    let data = tempfile::tempdir().expect("a folder");
    let mut demo = Demo::start(data.path());
    let at = demo.note(data.path(), "hub.prometheus").await;
    let uri = demo.note(data.path(), hub::process::ADDRESS_FILE).await;
    traffic(&uri, data.path()).await;
    let (asked, begun) = (asked(), Instant::now());
    assert!(asked.len() > 60, "{} queries", asked.len());
    let seen = loop {
        let seen = scrape(&at).await;
        let missing = missing(&asked, &seen);
        if missing.is_empty() {
            break seen;
        }
        assert!(begun.elapsed() < PATIENCE, "\n{}", missing.join("\n"));
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    // One that is written wrong is seen, wherever it stands.
    for (is, becomes) in [("hub_fold_lag", "hub_fold_lags"), ("hub_partner", "partner"), ("\"wrong\"", "\"wrnog\""), ("le,", "el,")]
    {
        let wrong: Vec<_> = asked.iter().map(|one| Asked { query: one.query.replace(is, becomes), ..one.clone() }).collect();
        assert!(!missing(&wrong, &seen).is_empty(), "{becomes} is not seen");
    }
    figures_are_right(&seen);
    open_metrics_say_the_same(&at, &seen).await;
    assert_eq!(get(&at, "/readyz", "").await.2, "ready\n");
}

fn figures_are_right(seen: &Scrape) {
    let one = |name: &str| seen.of(name).first().map_or_else(|| panic!("no {name}"), |series| series.value);
    assert!((one("hub_ready") - 1.0).abs() < f64::EPSILON && one("hub_fold_stopped").abs() < f64::EPSILON);
    assert!(one("hub_journal_position") >= 1.0 && one("hub_journal_segments") >= 1.0 && one("hub_journal_size_bytes") > 0.0);
    assert!(one("hub_disk_free_bytes") > 0.0 && one("hub_disk_free_bytes") <= one("hub_disk_size_bytes"));
    assert!(one("process_memory_usage_bytes") > 1e6 && one("process_open_files") > 3.0);
    let partners: Vec<_> = seen.of("hub_bridge_up").iter().map(|series| series.labels["hub_partner"].clone()).collect();
    assert_eq!(partners.len(), 2, "{partners:?}");
    // No label takes more than a few words, and none says who, where or what.
    let most = |name: &str| seen.of(name).len();
    assert!(seen.series.iter().all(|series| most(&series.name) < 600), "a name has too many series");
    let words = seen.series.iter().flat_map(|series| series.labels.values());
    assert!(words.clone().all(|word| word.is_ascii() && word.len() < 80), "{:?}", words.collect::<Vec<_>>());
}

/// The other format has the same series under the same names.
async fn open_metrics_say_the_same(at: &str, seen: &Scrape) {
    let (_, head, text) = get(at, "/metrics", "application/openmetrics-text; version=1.0.0").await;
    assert!(head.contains("application/openmetrics-text; version=1.0.0; charset=utf-8") && text.ends_with("\n# EOF\n"), "{head}");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let names: std::collections::BTreeSet<_> = lines.filter_map(|line| line.split(['{', ' ']).next()).collect();
    let gone: Vec<_> = seen.series.iter().filter(|series| !names.contains(series.name.as_str())).collect();
    assert!(gone.is_empty(), "{gone:?}");
    let units = text.lines().filter_map(|line| line.strip_prefix("# UNIT ")?.split_once(' '));
    assert!(units.clone().count() > 5 && units.clone().all(|(name, unit)| name.ends_with(&format!("_{unit}"))), "{text}");
}
