//! `hub doctor` beside real things: an empty folder, a hub that runs, damage, NATS servers as they should be and should not.
//! [`mends`] breaks each thing and mends it by the command that is named; [`bridges`] does so with the bridges.

mod bridges;
mod mends;

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use journal::embedded::{Embedded, Options};
use serde_json::Value;
use testkit::nats::Server;
use wire::v1::{Channel, Role};

use crate::{
    child::{self, Hub},
    town::{Desk, report},
};

/// The service's user may not do to the stream what the journal promises nobody does; the administrator may do all.
const ACCOUNTS: &str = r#"
accounts { HUB { jetstream: enabled, users: [
  { user: hub, password: "secret", permissions { publish { deny: [
    "$JS.API.STREAM.DELETE.>", "$JS.API.STREAM.UPDATE.>", "$JS.API.STREAM.PURGE.>", "$JS.API.STREAM.RESTORE.>",
    "$JS.API.STREAM.MSG.DELETE.HUB_EVT_320111" ] } } }
  { user: admin, password: "secret" }
] } }"#;

/// What the doctor said.
struct Said {
    fine: bool,
    value: Value,
}

impl Said {
    /// The states of all checks of this name, and what was found.
    fn of(&self, name: &str) -> Vec<(&str, &str)> {
        let checks = self.value["checks"].as_array().expect("a list");
        let named = checks.iter().filter(|check| check["name"] == name);
        named.map(|check| (check["state"].as_str().expect("a state"), check["found"].as_str().expect("text"))).collect()
    }

    /// Whatever is not well names the command that mends it, the same one in both languages.
    fn named(self) -> Self {
        for check in self.value["checks"].as_array().expect("a list").iter().filter(|check| check["state"] != "ok") {
            let [zh, en] = ["mend_zh", "mend_en"].map(|way| commands(check[way].as_str().expect("a way out")));
            assert!(!en.is_empty() && zh == en, "no command, or another one in Chinese: {check:#}");
        }
        self
    }

    /// Exactly these fail, and each says the way out in both languages.
    fn fails(self, names: &[&str]) -> Self {
        let checks = self.value["checks"].as_array().expect("a list");
        let failed: Vec<_> = checks.iter().filter(|check| check["state"] == "fail").collect();
        let found: Vec<_> = failed.iter().map(|check| check["name"].as_str().expect("a name")).collect();
        assert_eq!(found, names, "{:#}", self.value);
        assert_eq!((self.fine, &self.value["ok"]), (names.is_empty(), &Value::Bool(names.is_empty())));
        assert!(failed.iter().all(|check| check["mend_zh"].is_string() && check["mend_en"].is_string()), "{failed:#?}");
        self
    }

    /// The one check of this name is in this state and tells these words.
    fn tells(self, name: &str, state: &str, words: &str) -> Self {
        match self.of(name).as_slice() {
            [(found, said)] if *found == state && said.contains(words) => {}
            other => panic!("{name} should be {state} and tell {words:?}: {other:?}"),
        }
        self
    }
}

/// The commands in a text: what stands between two backticks.
fn commands(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Everything below a folder: size, mode, time of the last change.
fn below(folder: &Path) -> BTreeMap<PathBuf, (u64, u32, i64, i64)> {
    let (mut found, mut waiting) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("listed").path();
            let about = fs::metadata(&path).expect("there");
            found.insert(path.clone(), (about.len(), about.mode(), about.mtime(), about.mtime_nsec()));
            if about.is_dir() {
                waiting.push(path);
            }
        }
    }
    found
}

fn doctor(data: &Path, more: &[&OsStr]) -> Said {
    let arguments = [&["doctor".as_ref(), "--json".as_ref(), "--data".as_ref(), data.as_os_str()], more].concat();
    let (fine, line, why) = child::run(&arguments);
    let value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON value: {line} {why}"));
    assert!(fine || why.contains("failed"), "it does not say why it failed: {why}");
    Said { fine, value }.named()
}

/// The doctor beside nobody: what was there is as it was.
fn alone(data: &Path, more: &[&OsStr]) -> Said {
    let before = below(data);
    let said = doctor(data, more);
    assert_eq!(below(data), before, "the doctor changed something");
    said
}

fn add_seat(data: &Path, name: &str) {
    let words = ["seat", "add", name, "--agency", "grid", "--role", "call_taker", "--data"].map(OsStr::new);
    let (fine, _, why) = child::run(&[&words[..], &[data.as_os_str()]].concat());
    assert!(fine, "{why}");
}

#[test]
fn an_empty_folder_is_no_failure_and_stays_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    alone(folder.path(), &[]).fails(&[]).tells("files", "warn", "no journal").tells("ring", "warn", "no keys yet");
    let missing = folder.path().join("missing");
    doctor(&missing, &[]).fails(&[]).tells("directory", "warn", "not there yet");
    assert!(!missing.exists(), "nothing was made");
}

#[test]
fn a_person_reads_groups_and_a_sum_and_wrong_use_is_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = Command::new(child::binary()).arg("doctor").arg("--data").arg(folder.path()).output().expect("it runs");
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success() && text.starts_with("设置 settings\n"), "{text}");
    assert!(text.lines().last().is_some_and(|line| line.contains("坏 0") && line.contains("0 failed")), "{text}");
    let out = Command::new(child::binary()).args(["doctor", "--what"]).output().expect("it runs");
    assert_eq!(out.status.code(), Some(2));
}

#[test]
fn settings_that_do_not_read_fail_by_their_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = child::settings(folder.path(), "quee = 1");
    let out = Command::new(child::binary()).args(["doctor", "--json", "--config"]).arg(&config).output().expect("it runs");
    assert_eq!(out.status.code(), Some(1));
    let value = serde_json::from_slice(&out.stdout).expect("one JSON value");
    Said { fine: false, value }.fails(&["settings"]).tells("settings", "fail", "line 2");
}

#[test]
fn beside_a_running_hub_its_services_are_asked_and_afterwards_its_snapshots_are_read() {
    let data = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(data.path(), None);
    let said = doctor(data.path(), &[]).fails(&[]);
    let pid = format!("process {}", hub.id());
    let said = said.tells("process", "ok", &pid).tells("files", "ok", &pid).tells("store", "ok", &pid);
    let health = said.of("health");
    assert!(health.len() == 5 && health.iter().all(|(state, found)| *state == "ok" && found.ends_with("serving")), "{health:?}");
    hub.stop();
    let said = alone(data.path(), &[]).fails(&[]).tells("process", "ok", "no hub runs").tells("store", "ok", "position 1");
    said.tells("facts", "ok", "all 1 read").tells("days", "ok", "").tells("district", "ok", "of district 320111");
    fs::set_permissions(data.path().join("operator.token"), fs::Permissions::from_mode(0o644)).expect("set");
    alone(data.path(), &[]).fails(&["private files"]).tells("private files", "fail", "operator.token has mode 644");
}

#[test]
fn a_hub_that_does_not_answer_fails() {
    let data = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(data.path(), None);
    fs::write(data.path().join(hub::process::ADDRESS_FILE), "http://127.0.0.1:1").expect("written");
    doctor(data.path(), &[]).fails(&["process"]).tells("process", "fail", "http://127.0.0.1:1");
    drop(hub);
}

#[test]
fn damage_is_named_with_file_and_offset_and_lost_keys_fail() {
    let data = tempfile::tempdir().expect("a folder");
    for name in ["desk-1", "desk-2"] {
        add_seat(data.path(), name);
    }
    let keys = data.path().join("keys");
    fs::rename(&keys, data.path().join("aside")).expect("moved");
    alone(data.path(), &[]).fails(&["ring"]).tells("ring", "fail", "would open nothing");
    fs::rename(data.path().join("aside"), &keys).expect("moved back");
    alone(data.path(), &[]).fails(&[]);
    let segment = data.path().join("journal/00000000000000000001.seg");
    let mut bytes = fs::read(&segment).expect("read");
    bytes[60] ^= 0x55;
    fs::write(&segment, bytes).expect("written");
    let said = alone(data.path(), &[]).fails(&["files"]);
    said.tells("files", "fail", "00000000000000000001.seg is damaged at byte 0");
}

#[test]
fn a_journal_that_ends_before_its_snapshot_or_is_another_districts_fails() {
    let data = tempfile::tempdir().expect("a folder");
    add_seat(data.path(), "desk-1");
    let other = tempfile::tempdir().expect("a folder");
    Hub::start(other.path(), None).stop();
    fs::remove_dir_all(data.path().join("journal")).expect("removed");
    fs::rename(other.path().join("journal"), data.path().join("journal")).expect("moved");
    alone(data.path(), &[]).fails(&["store"]).tells("store", "fail", "facts are gone");
    let config = other.path().join("other.toml");
    fs::write(&config, "district = \"320102\"\n").expect("written");
    let said = alone(data.path(), &["--config".as_ref(), config.as_os_str()]).fails(&["areas", "district", "store"]);
    said.tells("district", "fail", "is of district 320111; the settings say 320102");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_moved_fails_and_says_where_to() {
    let data = tempfile::tempdir().expect("a folder");
    Hub::start(data.path(), None).stop();
    let options = Options::new("320111", "main", Arc::new(|| 0));
    let journal = Embedded::open(&data.path().join("journal"), options).expect("opens");
    journal.mark_moved("nats://there:4222").await.expect("noted");
    journal.close();
    alone(data.path(), &[]).fails(&["moved"]).tells("moved", "fail", "copied to nats://there:4222");
}

#[test]
fn where_it_listens_is_closed_or_encrypted_and_certificates_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name);
    let config = place("hub.toml");
    let with = |listen: &str| {
        fs::write(&config, format!("[listen]\naddress = \"0.0.0.0:0\"\n{listen}")).expect("written");
        doctor(&place("data"), &["--config".as_ref(), config.as_os_str()])
    };
    with("").fails(&["address"]);
    with("insecure = true").fails(&[]).tells("address", "warn", "insecure");
    let tls = format!("[listen.tls]\ncertificate = {:?}\nkey = {:?}\n", place("c.pem"), place("k.pem"));
    with(&tls).fails(&["secret files", "certificate"]);
    let key = rcgen::KeyPair::generate().expect("a key");
    fs::write(place("k.pem"), key.serialize_pem()).expect("written");
    fs::set_permissions(place("k.pem"), fs::Permissions::from_mode(0o600)).expect("set");
    let sign = |year: i32, key: &rcgen::KeyPair| {
        let mut about = rcgen::CertificateParams::new(["hub.example".to_owned()]).expect("a name");
        (about.not_before, about.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(year, 1, 1));
        fs::write(place("c.pem"), about.self_signed(key).expect("signed").pem()).expect("written");
    };
    sign(2200, &key);
    with(&tls).fails(&[]).tells("certificate", "ok", "holds until 2200-01-01").tells("address", "ok", "with TLS");
    sign(2021, &key);
    with(&tls).fails(&["certificate"]).tells("certificate", "fail", "ended on 2021-01-01");
    sign(2200, &rcgen::KeyPair::generate().expect("a key"));
    with(&tls).fails(&["certificate"]).tells("certificate", "fail", "k.pem");
}

/// Settings that speak to a server as one of its users.
fn of(server: &Server, folder: &Path, user: &str) -> PathBuf {
    let secret = folder.join("secret");
    fs::write(&secret, "secret\n").expect("written");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("set");
    let (url, monitor) = (server.url(), server.monitor());
    let nats = format!("[journal.nats]\nuser = {user:?}\npassword_file = {secret:?}\nmonitors = [{monitor:?}]");
    child::settings(folder, &format!("url = {url:?}\n{nats}"))
}

fn with(config: &Path) -> [OsString; 2] {
    ["--config".into(), config.into()]
}

fn look(data: &Path, config: &Path) -> Said {
    let more = with(config);
    doctor(data, &[&more[0], &more[1]])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nats_server_with_everything_right_is_well_before_beside_and_after_a_hub() {
    let server = Server::with("sync_interval: always", ACCOUNTS);
    let (data, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let config = of(&server, folder.path(), "hub");
    let said = look(data.path(), &config).fails(&[]).tells("stream", "warn", "no stream").tells("ring", "warn", "no keys yet");
    said.tells("rights", "ok", "may not do to HUB_EVT_320111: UPDATE, MSG.DELETE, RESTORE, DELETE, PURGE");

    let hub = Hub::start(data.path(), Some(&config));
    let said = look(data.path(), &config).fails(&[]).tells("stream", "ok", "keep facts safe").tells("sync", "ok", "");
    let said = said.tells("replicas", "warn", "1 of 1").tells("facts", "ok", "position 1").tells("ring", "ok", "HUB_KEYS_320111");
    let said = said.tells("days", "ok", "").tells("server clock", "ok", "ms from ours").tells("reports", "ok", "process");
    assert_eq!(said.of("health").len(), 5);
    let token = hub.seat(data.path(), "desk-1", "grid", &[Role::CallTaker]).await;
    hub.stop();
    look(data.path(), &config).fails(&[]).tells("process", "ok", "no hub runs").tells("reports", "ok", "none wait");
    look(data.path(), &of(&server, folder.path(), "admin")).fails(&["rights"]);

    // A report that the servers did not take is kept, and seen while nobody delivers it.
    let config = of(&server, folder.path(), "hub");
    let hub = Hub::start(data.path(), Some(&config));
    server.kill();
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    let mut said = report("patrol", "D-1", "井盖松动");
    said.channel = Channel::Patrol.into();
    desk.report(said).await.expect("kept");
    hub.kill();
    let said = look(data.path(), &config).fails(&["servers"]);
    said.tells("reports", "warn", "1 wait").tells("ring", "warn", "not looked at");
}

#[test]
fn a_user_that_may_do_everything_fails_by_the_names_of_its_rights() {
    let server = Server::synced();
    let (data, url, monitor) = (tempfile::tempdir().expect("a folder"), server.url(), server.monitor());
    let more: Vec<&OsStr> = ["--journal", &url, "--monitor", &monitor].into_iter().map(OsStr::new).collect();
    let words = "may do to HUB_EVT_320111: UPDATE, MSG.DELETE, RESTORE, DELETE, PURGE";
    for _ in 0..2 {
        doctor(data.path(), &more).fails(&["rights"]).tells("rights", "fail", words);
        let serve = [&["seat".as_ref(), "list".as_ref(), "--data".as_ref(), data.path().as_os_str()], &more[..]].concat();
        assert!(child::run(&serve).0, "a process makes the stream");
    }
    doctor(data.path(), &more).fails(&["rights"]).tells("facts", "ok", "position 1");
}

#[test]
fn a_server_that_syncs_later_and_one_that_is_away_fail() {
    let server = Server::start("");
    let (data, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let config = child::settings(folder.path(), &format!("url = {:?}\nnats.monitors = [{:?}]", server.url(), server.monitor()));
    let said = look(data.path(), &config).fails(&["sync", "rights"]);
    said.tells("sync", "fail", "acknowledges before it syncs");
    let more = with(&config);
    let said = doctor(data.path(), &["--accept-loss".as_ref(), &more[0], &more[1]]).fails(&["rights"]);
    said.tells("sync", "warn", "may be lost");
    let spoken = child::settings(folder.path(), &format!("url = {:?}\nnats.monitors = [\"http://127.0.0.1:1\"]", server.url()));
    look(data.path(), &spoken).fails(&["sync", "rights"]).tells("sync", "fail", "does not answer");
    server.kill();
    look(data.path(), &config).fails(&["servers"]).tells("servers", "fail", "is the server running there");
    assert!(below(data.path()).is_empty(), "nothing was made");
}
