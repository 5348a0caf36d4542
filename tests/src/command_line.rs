//! The command line as a user meets it: the built binary, its exit codes, and what machines read from it.
//!
//! Every command ends with 0, 1 (failed) or 2 (wrong use); under `--json` the last line of standard output is one value.

mod pages;

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use hub::process::Process;
use runtime::Clock;
use serde_json::{Value, json};
use testkit::clock::Hand;

use crate::{
    child::{self, Hub, Log},
    town::{self, Desk},
    whole::door,
};

/// No command of these tests takes longer, in seconds; one that does is ended and named.
const PATIENCE_SECONDS: u64 = 30;
const DAY_MS: i64 = 86_400_000;
const BOARD: [&str; 8] = ["position", "at", "incidents", "open", "by_stage", "by_agency", "by_priority", "overdue"];
const COLUMNS: &str = "留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间";

/// An empty folder in which commands are typed. Their data lie in `hub-data`, as for anybody who names no other folder.
struct Place(tempfile::TempDir);

/// What came of one command.
struct Ended {
    line: String,
    code: Option<i32>,
    out: String,
    err: String,
}

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(child::binary());
        command.args(line.split_whitespace()).current_dir(self.0.path()).stdin(Stdio::null());
        for variable in ["HUB_DISTRICT", "HUB_DATA", "HUB_LISTEN", "HUB_LOG", "HUB_LOG_JSON", "HUB_PROMETHEUS"] {
            command.env_remove(variable);
        }
        command
    }

    /// Types `hub LINE` and waits for its end.
    fn hub(&self, line: &str) -> Ended {
        let told = tempfile::tempdir().expect("a folder");
        let [out, err] = ["out", "err"].map(|name| told.path().join(name));
        let into = |file| File::create(file).expect("a writable folder");
        let mut process = self.command(line).stdout(into(&out)).stderr(into(&err)).spawn().expect("the hub runs");
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = process.try_wait().expect("a child of ours") {
                break status;
            }
            if begun.elapsed() > Duration::from_secs(PATIENCE_SECONDS) {
                process.kill().and_then(|()| process.wait()).expect("it can be ended");
                panic!("`hub {line}` does not end");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let [out, err] = [out, err].map(|file| std::fs::read_to_string(file).expect("text"));
        Ended { line: line.to_owned(), code: status.code(), out, err }
    }

    /// Types `hub LINE --json`, which has to go well; the value on the last line.
    fn json(&self, line: &str) -> Value {
        self.hub(&format!("{line} --json")).ended_with(0).value()
    }

    fn write(&self, name: &str, rows: &[String]) {
        let text = [&[COLUMNS.to_owned()], rows].concat().join("\n");
        std::fs::write(self.path(name), text + "\n").expect("a writable folder");
    }

    /// Starts `hub serve` here.
    fn serve(&self) -> Hub {
        Hub::spawn(self.command("serve --listen 127.0.0.1:0 --json"), Log::Aside)
    }
}

impl Ended {
    /// It ended with this code, and told a person why where it did not go well.
    fn ended_with(self, code: i32) -> Self {
        let Self { line, out, err, .. } = &self;
        assert_eq!(self.code, Some(code), "`hub {line}` said\n{out}{err}");
        assert!(code == 0 || !err.trim().is_empty(), "`hub {line}` ended with {code} and does not say why");
        self
    }

    /// It tells this on standard error.
    fn told(self, words: &[&str]) -> Self {
        for words in words {
            assert!(self.err.contains(words), "`hub {}` does not say {words:?}:\n{}", self.line, self.err);
        }
        self
    }

    fn value(&self) -> Value {
        let last = self.out.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|_| panic!("`hub {}` ends with {last:?}, which is no JSON value", self.line))
    }
}

/// The value is one object with exactly these keys.
fn has_keys(value: &Value, keys: &[&str]) {
    let mut found: Vec<_> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut wanted = keys.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
}

/// An answered message in our own words.
fn message(n: usize) -> String {
    format!("{n},U{n},路灯不亮,2020/1/6 12:09:38,第{n}盏路灯不亮,已修复,2020/1/9 9:00")
}

/// A place with a few facts: three answered messages.
fn lived_in() -> Place {
    let place = Place::new();
    place.write("messages.csv", &[1, 2, 3].map(message));
    place.hub("import messages messages.csv").ended_with(0);
    place
}

#[test]
fn wrong_use_ends_with_2_and_does_nothing() {
    let place = lived_in();
    let (before, mut wrong) = (place.hub("follow --once").out, Vec::new());
    for line in [
        "",
        "paint",
        "board --colour",
        "board --at nonsense",
        "digest --at nonsense",
        "digest --at -1",
        "follow --from first",
        "show",
        "show no-incident-id",
        "ledger",
        "ledger no-incident-id",
        "ledger --by agency",
        "ledger --by person --day 2026-07-08",
        "stats --by person",
        "stats --facts people",
        "stats --from yesterday",
        "import",
        "import messages",
        "import dispatch",
        "import requests",
        "seat add desk-1 --role dispatcher",
        "seat add desk-1 --agency grid",
        "seat add desk-1 --agency grid --role king",
        "seat add desk-1 --agency grid --role handler --area 999",
        "seat lock",
        "serve everything",
        "serve --listen here",
        "demo --speed 0",
        "bench loop --seconds 0",
    ] {
        let Ended { code, out, err, .. } = place.hub(line);
        if code != Some(2) || !out.is_empty() || err.is_empty() {
            wrong.push(format!("`hub {line}` ended with {code:?} and said {out:?} {err:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(place.hub("follow --once").out, before, "nothing was written");
}

#[test]
fn what_fails_ends_with_1_and_says_what_to_do() {
    let place = Place::new();
    for line in ["board", "board --at 3", "digest", "follow --once", "stats", "show 94a92d1f-05b3-55ce-b29d-d49dcd95d0d7"] {
        let ended = place.hub(line).ended_with(1).told(&["hub serve", "--data"]);
        assert_eq!(ended.out, "", "`hub {line}` has nothing to show");
    }
    for kind in ["messages", "dispatch", "requests"] {
        place.hub(&format!("import {kind} none.csv")).ended_with(1).told(&["none.csv"]);
    }
    place.hub("serve --config none.toml").ended_with(1).told(&["none.toml"]);
    assert!(!place.path("hub-data").exists(), "no data directory is left behind");
    let place = lived_in();
    for what in ["show", "ledger"] {
        place.hub(&format!("{what} 94a92d1f-05b3-55ce-b29d-d49dcd95d0d7")).ended_with(1).told(&["94a92d1f", "hub follow --once"]);
    }
}

#[test]
fn an_import_says_what_became_of_every_row() {
    let place = Place::new();
    let other = message(1).replace("第1盏路灯", "第1盏路灯还是");
    place.write("messages.csv", &[message(1), message(1), other, message(2).replace("2020/1/6", "前天")]);
    let keys = ["rows", "taken", "known", "supplements", "rejected", "incidents", "facts", "position"];
    for (again, wanted) in [(false, [4, 1, 1, 1, 1, 1]), (true, [4, 0, 3, 0, 1, 0])] {
        let said = place.json("import messages messages.csv");
        has_keys(&said, &keys);
        let figures: Vec<_> = keys.iter().map(|key| said[*key].as_u64().expect("a whole number")).collect();
        assert_eq!(figures[..6], wanted, "{said}");
        assert_eq!(figures[0], figures[1..5].iter().sum::<u64>(), "every row is counted once: {said}");
        assert_eq!(figures[6] == 0, again, "a second import adds nothing: {said}");
        assert_eq!(place.json("digest")["position"], said["position"]);
    }
}

#[test]
fn board_and_digest_are_one_object_each_now_and_as_they_were() {
    let place = lived_in();
    let (board, digest) = (place.json("board"), place.json("digest"));
    has_keys(&board, &BOARD);
    has_keys(&digest, &["position", "digest"]);
    assert_eq!(board["position"], digest["position"]);
    assert_eq!(board["incidents"], 3);
    assert_eq!(digest["digest"].as_str().map(str::len), Some(64));

    let (then, first) = (place.json("board --at 4"), place.json("digest --at 4"));
    has_keys(&then, &BOARD);
    assert_eq!((&then["position"], &first["position"]), (&json!(4), &json!(4)));
    assert_ne!(first["digest"], digest["digest"]);
    let at = board["at"].as_str().expect("an instant");
    assert_eq!(place.json(&format!("board --at {at}")), board, "an instant does as well as a position");
    assert_eq!(place.json(&format!("digest --at {at}")), digest);
}

#[test]
fn a_demo_leaves_the_board_it_shows() {
    let place = Place::new();
    let mut said = place.json("demo --seconds 2 --speed 600");
    has_keys(&said, &[&BOARD[..], &["address"]].concat());
    let address = said.as_object_mut().and_then(|said| said.remove("address")).expect("an address");
    assert!(address.as_str().is_some_and(|address| address.parse::<SocketAddr>().is_ok()), "{address}");
    assert!(said["incidents"].as_u64() > Some(0), "the town lives: {said}");
    assert_eq!(place.json("board --data hub-demo"), said);
}

#[tokio::test(flavor = "multi_thread")]
async fn seats_are_kept_alone_and_beside_a_running_hub() {
    let place = Place::new();
    let added = place.json("seat add desk-1 --agency grid --role call_taker --role dispatcher");
    has_keys(&added, &["seat", "token", "position"]);
    let hub = place.serve();
    let beside = place.json("seat add asker-1 --agency hotline --area 320111004 --role follow_up");
    has_keys(&beside, &["seat", "token", "position"]);
    for said in [&added, &beside] {
        let token = said["token"].as_str().expect("a token");
        let desk = Desk::at(&hub.uri, "anybody", token).await;
        assert_eq!(desk.board().await.incidents, 0, "the token opens the door");
    }
    let seats = |locked: bool| {
        json!([
            { "seat": "asker-1", "agency": "hotline", "area": "320111004", "roles": ["follow_up"], "locked": false },
            { "seat": "desk-1", "agency": "grid", "area": "320111", "roles": ["call_taker", "dispatcher"], "locked": locked },
        ])
    };
    assert_eq!(place.json("seat list"), seats(false));
    has_keys(&place.json("seat lock desk-1"), &["seat", "position"]);
    assert_eq!(place.json("seat list"), seats(true));
    hub.stop();
    assert_eq!(place.json("seat list"), seats(true), "the same from the journal");
}

#[tokio::test(flavor = "multi_thread")]
async fn seats_are_kept_beside_a_hub_that_speaks_tls() {
    let place = Place::new();
    let ours = door::authority();
    let (certificate, key) = door::identity(&ours, "localhost");
    for (name, text) in [("hub.pem", certificate + &ours.pem()), ("hub.key", key)] {
        std::fs::write(place.path(name), text).expect("a writable folder");
    }
    std::fs::write(place.path("hub.toml"), "[listen.tls]\ncertificate = \"hub.pem\"\nkey = \"hub.key\"\n")
        .expect("a writable folder");
    let line = "serve --listen 127.0.0.1:0 --json --config hub.toml";
    let hub = Hub::spawn(place.command(line), Log::Aside);
    let added = place.json("seat add desk-1 --agency grid --role call_taker --config hub.toml");
    has_keys(&added, &["seat", "token", "position"]);
    let seats = place.json("seat list --config hub.toml");
    assert_eq!(seats[0]["seat"], "desk-1", "{seats}");
    hub.stop();
    assert_eq!(place.json("seat list"), seats, "the same from the journal");
}

#[test]
fn a_seat_that_is_not_there_is_named_in_both_languages() {
    let ended = lived_in().hub("seat lock nobody").ended_with(1).told(&["nobody"]);
    assert!(!ended.err.is_ascii(), "in Chinese, too: {}", ended.err);
}

/// The records of the journal, position by position, as `hub follow` tells them to machines.
fn records(place: &Place) -> Vec<Value> {
    let told = place.hub("follow --once --json").ended_with(0);
    let line = |(at, line): (usize, &str)| {
        let mut fact: Value = serde_json::from_str(line).expect("JSON");
        has_keys(&fact, &["position", "record"]);
        assert_eq!(fact["position"], at + 1, "positions are dense");
        fact["record"].take()
    };
    told.out.lines().enumerate().map(line).collect()
}

#[test]
fn follow_prints_a_record_a_line() {
    let place = lived_in();
    let records = records(&place);
    assert_eq!(place.json("digest")["position"], records.len());
    assert!(records.iter().all(|record| record["specversion"] == "1.0"));
    let told = place.hub("follow --from 3 --until 4").ended_with(0).out;
    let told: Vec<_> = told.lines().map(|line| line.trim_start().split_once(' ').expect("a position and a record")).collect();
    assert_eq!(told.iter().map(|(position, _)| *position).collect::<Vec<_>>(), ["3", "4"]);
    for ((_, record), wanted) in told.iter().zip(&records[2..]) {
        assert_eq!(serde_json::from_str::<Value>(record).expect("JSON"), *wanted);
    }
}

#[test]
fn show_prints_an_incident_with_its_facts() {
    let place = lived_in();
    let records = records(&place);
    let received = records.iter().find(|record| record["type"] == "incident.received").expect("an incident");
    let subject = &received["subject"];
    let id = subject.as_str().and_then(|subject| subject.strip_prefix("incident/")).expect("an incident's subject");
    let told = place.hub(&format!("show {id}")).ended_with(0).out;
    assert!(told.contains(id) && told.contains("incident.received"), "{told}");

    let shown = place.json(&format!("show {id}"));
    has_keys(&shown, &["incident", "facts"]);
    let facts: Vec<_> = records.iter().filter(|record| record["subject"] == *subject).collect();
    assert_eq!(shown["facts"], json!(facts));
    assert_eq!(shown["incident"]["id"], id);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let rows: Vec<_> = (1..=60).map(message).collect();
    place.write("messages.csv", &rows);
    place.hub("import messages messages.csv").ended_with(0);
    assert!(place.hub("follow --once").out.len() > 200_000, "more than a pipe takes");
    for line in ["follow --once", "follow --once --json", "follow"] {
        let mut process = piped(place.command(line));
        let mut reader = BufReader::new(process.stdout.take().expect("piped"));
        let mut first = String::new();
        reader.read_line(&mut first).expect("text");
        assert!(first.contains("journal.opened"), "{first}");
        drop(reader);
        let ended = process.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success() && said.is_empty(), "`hub {line} | head -1`: {}: {said}", ended.status);
    }
}

fn piped(mut command: Command) -> std::process::Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the hub runs")
}

/// The commands that a help names.
pub(crate) fn commands(help: &str) -> Vec<&str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect()
}

#[test]
fn the_help_of_every_command_has_an_example() {
    let place = Place::new();
    let (mut waiting, mut asked, mut bare) = (vec![String::new()], 0, Vec::new());
    while let Some(command) = waiting.pop() {
        let help = place.hub(format!("{command} --help").trim()).ended_with(0).out;
        waiting.extend(commands(&help).into_iter().map(|name| format!("{command} {name}").trim().to_owned()));
        asked += 1;
        if !command.is_empty() && !help.contains("Example") {
            bare.push(command);
        }
    }
    assert!(asked > 12, "only {asked} commands found");
    assert_eq!(bare, [""; 0], "commands whose help has no example");
}

#[test]
fn serving_other_machines_without_tls_is_refused_with_a_way_out() {
    let place = Place::new();
    let ended = place.hub("serve --listen 0.0.0.0:0").ended_with(1).told(&["0.0.0.0", "[listen.tls]", "127.0.0.1", "--insecure"]);
    assert_eq!(ended.out, "", "it never listened");
}

#[test]
fn a_second_hub_on_the_same_data_names_the_first() {
    let place = Place::new();
    let first = place.serve();
    let pid = first.id().to_string();
    place.hub("serve --listen 127.0.0.1:0").ended_with(1).told(&[&format!("process {pid}")]);
    place.json("seat add desk-1 --agency grid --role handler");
    first.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_ahead_of_now_is_not_served_and_a_demo_goes_on_with_it() {
    let place = Place::new();
    let tomorrow = Hand::new(Clock::system().now().ms() + DAY_MS);
    let mut settings = town::settings(&place.path("hub-data"));
    settings.journal.id = Some("demo-320111-1".to_owned());
    let process = Process::open(settings, town::clock(&tomorrow)).await.expect("the hub opens");
    process.close().await.expect("it closes");
    let before = place.json("digest");
    place.hub("serve --listen 127.0.0.1:0").ended_with(1).told(&["ahead", "hub demo"]);
    assert_eq!(place.json("digest"), before, "nothing was written");
    let after = place.json("demo --seconds 1 --data hub-data");
    assert!(after["position"].as_u64() > before["position"].as_u64(), "{after}");
}

#[test]
fn a_demo_writes_into_no_journal_that_a_hub_began() {
    let place = Place::new();
    place.json("seat add desk-1 --agency grid --role handler");
    let before = place.json("digest");
    place.hub("demo --seconds 1 --data hub-data").ended_with(1).told(&["演示", "not begun by a demo"]);
    assert_eq!(place.json("digest"), before, "nothing was written");
}
