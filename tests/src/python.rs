//! A hub as a stranger meets it: a Python client that knows the published language alone, against the built binary.
//!
//! The client is `tests/python/client.py`. What it says that it saw is held against the journal's segments.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use journal::Entry;
use serde_json::{Value, json};
use wire::v1::{self, Class, Role};

use crate::{
    child::{self, Hub},
    house,
    town::{Desk, report},
};

/// The Python that the recipes install and name, or the one that lies where they install it.
pub(crate) fn python() -> PathBuf {
    let named = std::env::var_os("HUB_PYTHON").filter(|named| !named.is_empty()).map(PathBuf::from);
    let python = named.unwrap_or_else(|| house::root().join("target/tools/bin/python"));
    assert!(python.is_file(), "there is no Python at {}: `npx -y rust-just test` installs it", python.display());
    python
}

/// A hub with the client's three seats, and one of the police who writes beside it.
struct Scene {
    folder: tempfile::TempDir,
    tokens: [String; 3],
    police: String,
}

impl Scene {
    async fn set() -> (Self, Hub) {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let hub = Hub::start(&data, None);
        let tokens = [
            hub.seat(&data, "desk-1", "grid", &[Role::CallTaker, Role::Dispatcher]).await,
            hub.seat(&data, "worker-1", "grid", &[Role::Handler]).await,
            hub.seat(&data, "asker-1", "grid", &[Role::FollowUp]).await,
        ];
        let police = hub.seat(&data, "police-1", "police", &[Role::CallTaker]).await;
        (Self { folder, tokens, police }, hub)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the client.
    fn client(&self, mode: &str, hub: &Hub) -> Client {
        let [desk, worker, asker] = &self.tokens;
        let mut process = Command::new(python())
            .arg(house::root().join("tests/python/client.py"))
            .args([mode, address(hub), "--desk", desk, "--worker", worker, "--asker", asker])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let said = BufReader::new(process.stdout.take().expect("piped"));
        Client { process, said }
    }

    /// A plain matter of the grid is taken in, which the client's desk may see, and a protected one of the police, which it
    /// may not. The hidden one.
    async fn others_write(&self, hub: &Hub, round: u32) -> String {
        let grid = Desk::at(&hub.uri, "desk-1", &self.tokens[0]).await;
        grid.report(report("patrol", &format!("P-{round}"), "井盖松动")).await.expect("in");
        let police = Desk::at(&hub.uri, "police-1", &self.police).await;
        let hidden = v1::ReportRequest {
            class: Class::S.into(),
            ..report("police110", &format!("S-{round}"), "邻居家孩子长期被打")
        };
        police.report(hidden).await.expect("in").incident_id
    }
}

/// A hub's address as clients of other languages write it.
fn address(hub: &Hub) -> &str {
    hub.uri.strip_prefix("http://").expect("plain text")
}

/// The client, running.
struct Client {
    process: Child,
    said: BufReader<ChildStdout>,
}

impl Client {
    /// The next line it prints, which is one JSON object.
    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("text");
        serde_json::from_str(&line).unwrap_or_else(|_| {
            // Where it still waits for something, it waits in vain.
            let _ = self.process.kill();
            panic!("the client printed {line:?} and said\n{}", self.complaint())
        })
    }

    /// What it told on standard error, once it has ended.
    fn complaint(&mut self) -> String {
        let told = self.process.stderr.take().expect("piped");
        std::io::read_to_string(told).expect("text")
    }

    /// Tells it to connect again, there.
    fn goes_on(&mut self, address: &str) {
        let mut to = self.process.stdin.take().expect("piped");
        writeln!(to, "{address}").expect("the client waits");
    }

    /// What it saw, told at its end.
    fn seen(mut self) -> Value {
        let seen = self.line();
        let ended = self.process.wait().expect("it ends");
        assert!(ended.success(), "{ended}: {}", self.complaint());
        seen
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The facts in the segments, as the client tells facts: position, type and subject.
async fn facts(data: &Path) -> Vec<Value> {
    let told = |entry: &Entry| {
        let header = journal::header(&entry.bytes).expect("a record");
        json!({ "position": entry.position, "type": header.kind, "subject": header.subject })
    };
    child::entries(data).await.iter().map(told).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a whole number")
}

/// Every fact from the client's start to the closing was covered; those of the hidden incidents were not shown, all others
/// once and in order. How many were shown.
async fn holds(seen: &Value, data: &Path, hidden: &[String]) -> usize {
    let (start, covered) = (number(&seen["start"]), number(&seen["covered"]));
    let mut next = start + 1;
    for range in seen["ranges"].as_array().expect("ranges") {
        assert_eq!(number(&range[0]), next, "a range begins where the last one ended");
        next = number(&range[1]) + 1;
    }
    assert!(next == covered + 1 && covered >= number(&seen["closed"]), "covered up to the closing: {seen}");

    let written = facts(data).await;
    let within = written.into_iter().filter(|fact| (start + 1..=covered).contains(&number(&fact["position"])));
    let within: Vec<Value> = within.collect();
    let mine = json!(format!("incident/{}", seen["incident"].as_str().expect("an incident")));
    let kinds: Vec<_> = within.iter().filter(|fact| fact["subject"] == mine).map(|fact| fact["type"].clone()).collect();
    let life = [
        "received",
        "accepted",
        "routed",
        "order_issued",
        "order_delivered",
        "order_signed",
        "unit_on_scene",
        "part_finished",
        "done",
        "reporter_told",
        "followed_up",
        "closed",
    ];
    assert_eq!(kinds, life.map(|step| json!(format!("incident.{step}"))), "asked twice, done once");

    let hidden: Vec<_> = hidden.iter().map(|incident| json!(format!("incident/{incident}"))).collect();
    let (unseen, visible): (Vec<Value>, Vec<Value>) = within.into_iter().partition(|fact| hidden.contains(&fact["subject"]));
    assert_eq!(unseen.len(), hidden.len(), "one fact of each was covered");
    assert_eq!(seen["facts"], json!(visible), "each once, in order");

    let refusal = &seen["refusal"];
    let [status, domain, code, zh, en] =
        ["status", "domain", "code", "zh", "en"].map(|name| refusal[name].as_str().unwrap_or_default());
    assert_eq!([status, domain, code], ["FAILED_PRECONDITION", "hub.v1", "incident.too_early"]);
    assert!(zh.contains("办结") && en.contains("close"), "a sentence in each language: {refusal}");
    visible.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_the_published_language_alone_leads_a_matter_from_report_to_closing() {
    let (scene, hub) = Scene::set().await;
    let seen = scene.client("report", &hub).seen();
    hub.stop();
    assert_eq!(holds(&seen, &scene.data(), &[]).await, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_went_away_goes_on_where_it_was_and_misses_nothing() {
    let (scene, hub) = Scene::set().await;
    let mut client = scene.client("resume", &hub);
    let left = number(&client.line()["covered"]);
    let hidden = scene.others_write(&hub, 1).await;
    client.goes_on("");
    let seen = client.seen();
    hub.stop();
    assert!(number(&seen["start"]) < left && left < number(&seen["closed"]), "it left in the middle: {left}");
    assert_eq!(holds(&seen, &scene.data(), &[hidden]).await, 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_goes_on_although_the_hub_was_killed_and_came_up_elsewhere() {
    let (scene, hub) = Scene::set().await;
    let mut client = scene.client("resume", &hub);
    client.line();
    let before = scene.others_write(&hub, 1).await;
    hub.kill();
    let hub = Hub::start(&scene.data(), None);
    let after = scene.others_write(&hub, 2).await;
    client.goes_on(address(&hub));
    let seen = client.seen();
    hub.stop();
    assert_eq!(holds(&seen, &scene.data(), &[before, after]).await, 14);
}
