//! Each thing broken, seen by the doctor, mended by the command that it names, and well again.

use std::{
    ffi::OsStr,
    fs::{self, File},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use hub::process::Process;
use runtime::Clock;
use testkit::{clock::Hand, nats::Server};

use super::{Said, add_seat, alone, doctor, look, of, with};
use crate::{
    child::{self, Hub, Log},
    house, town,
};

/// The command that the one check of this name mends things by.
pub(super) fn mend(said: &Said, name: &str) -> String {
    let checks = said.value["checks"].as_array().expect("a list");
    let one = checks.iter().find(|check| check["name"] == name && check["state"] != "ok").expect("it is not well");
    super::commands(one["mend_en"].as_str().expect("a way out"))[0].to_owned()
}

/// Types a command of the doctor's, with what stands for a reader's own put in.
pub(super) fn run(command: &str, own: &[(&str, &str)]) {
    let command = own.iter().fold(command.to_owned(), |command, (word, value)| command.replace(word, value));
    let path = format!("{}:{}", child::binary().parent().expect("a folder").display(), std::env::var("PATH").unwrap_or_default());
    let out = Command::new("sh").args(["-c", &command]).env("PATH", path).output().expect("a shell");
    assert!(out.status.success(), "{command}: {}", String::from_utf8_lossy(&out.stderr));
}

fn config(folder: &Path, text: &str) -> std::path::PathBuf {
    let file = folder.join("hub.toml");
    fs::write(&file, text).expect("written");
    file
}

fn by(data: &Path, config: &Path) -> Said {
    doctor(data, &["--config".as_ref(), config.as_os_str()])
}

#[test]
fn settings_that_are_not_there_or_name_bad_policies() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, file) = (folder.path().join("data"), folder.path().join("hub.toml"));
    let said = by(&data, &file).fails(&["settings"]).tells("settings", "fail", "hub.toml");
    run(&mend(&said, "settings"), &[("vi ", "touch ")]);
    by(&data, &file).fails(&[]);

    let policy = folder.path().join("policy");
    run(&format!("cp -r {} {}", house::root().join("deploy/policy").display(), policy.display()), &[]);
    config(folder.path(), &format!("policy = {policy:?}\n"));
    by(&data, &file).fails(&[]).tells("policies", "warn", "sample data");
    let limits = fs::read_to_string(policy.join("limits.toml")).expect("a policy");
    fs::write(policy.join("limits.toml"), limits.replace("2026-01-01", "2199-01-01")).expect("written");
    by(&data, &file).fails(&["in force"]).tells("in force", "fail", "limits/2026.2 from 2199-01-01 on");
    fs::write(policy.join("limits.toml"), "name = 1\n").expect("written");
    let said = by(&data, &file).fails(&["policies"]).tells("policies", "fail", "limits.toml");
    run(&mend(&said, "policies"), &[]);
    by(&data, &file).fails(&[]).tells("policies", "warn", "those that come with the hub");
}

#[test]
fn a_disk_with_no_room_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().display();
    // A disk of its own in a mount namespace: it goes with the commands.
    let on_disk = |size: &str, then: &str| {
        let script = format!("mount -t tmpfs -o size={size} none {place} && {{ {then}; }}");
        let out = Command::new("unshare")
            .args(["-m", "sh", "-c", &script])
            .output()
            .expect("unshare is there: apt-get install util-linux");
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        let why = String::from_utf8_lossy(&out.stderr).into_owned();
        let value = said.lines().last().and_then(|line| serde_json::from_str(line).ok());
        let value = value.unwrap_or_else(|| panic!("run as root, for a disk of its own: {said} {why}"));
        Said { fine: out.status.success(), value }
    };
    let look = format!("{} doctor --json --data {place}", child::binary().display());
    let said = on_disk("64m", &look).fails(&["free space"]).tells("free space", "fail", "0.1 GiB free");
    assert!(mend(&said, "free space").contains(&place.to_string()));
    on_disk("1g", &look).fails(&[]).tells("free space", "warn", "1.0 GiB free");
    on_disk("64m", &format!("mount -o remount,size=8g {place} && {look}")).fails(&[]).tells("free space", "ok", "8.0 GiB free");
}

#[test]
fn a_directory_that_is_not_ours() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("set");
    let data = folder.path().join("data");
    fs::create_dir(&data).expect("made");
    let nobody = || {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(child::binary());
        let out =
            command.args(["doctor", "--json", "--data"]).arg(&data).output().expect("setpriv is there: apt-get install util-linux");
        let value = serde_json::from_slice(&out.stdout);
        let value = value.unwrap_or_else(|_| panic!("run as root: {}", String::from_utf8_lossy(&out.stderr)));
        Said { fine: out.status.success(), value }.named()
    };
    let said = nobody().fails(&["directory"]).tells("directory", "fail", "this user may not write in");
    run(&mend(&said, "directory"), &[("USER", "65534")]);
    nobody().fails(&[]).tells("directory", "ok", "can be written");
}

#[test]
fn a_district_that_has_no_areas() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let file = config(folder.path(), "district = \"320102\"\n");
    let said = by(&data, &file).fails(&["areas"]).tells("areas", "fail", "the settings say 320102");
    let more = format!("hub doctor --data {} --config {}", data.display(), file.display());
    // Well again, or the command would end with 1.
    run(&mend(&said, "areas"), &[("hub doctor", &more)]);
}

#[test]
fn files_that_others_can_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    add_seat(&data, "desk-1");
    fs::set_permissions(data.join("keys/keys.json"), fs::Permissions::from_mode(0o644)).expect("set");
    fs::set_permissions(data.join("keys"), fs::Permissions::from_mode(0o755)).expect("set");
    let said = alone(&data, &[]).fails(&["private files"]);
    run(&mend(&said, "private files"), &[]);
    alone(&data, &[]).fails(&[]);
    let secret = folder.path().join("nats.password");
    fs::write(&secret, "secret").expect("written");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).expect("set");
    let file = config(folder.path(), &format!("[journal.nats]\npassword_file = {secret:?}\n"));
    let said = by(&data, &file).fails(&[]).tells("secret files", "warn", "nats.password");
    run(&mend(&said, "secret files"), &[]);
    by(&data, &file).fails(&[]).tells("secret files", "ok", "closed to others");
}

#[test]
fn a_damaged_segment_and_lost_keys_come_back_from_their_copies() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    for name in ["desk-1", "desk-2"] {
        add_seat(&data, name);
    }
    run(&format!("cp -rp {} {}", data.display(), backup.display()), &[]);
    let segment = data.join("journal/00000000000000000001.seg");
    let mut bytes = fs::read(&segment).expect("read");
    bytes[60] ^= 0x55;
    fs::write(&segment, bytes).expect("written");
    let said = alone(&data, &[]).fails(&["files"]);
    let own = [("BACKUP", backup.to_str().expect("text")), ("FILE", "00000000000000000001.seg")];
    run(&mend(&said, "files"), &own);
    alone(&data, &[]).fails(&[]);

    let keys = folder.path().join("keys-copy");
    run(&format!("hub seal export {} --data {}", keys.display(), data.display()), &[]);
    fs::remove_dir_all(data.join("keys")).expect("removed");
    let said = alone(&data, &[]).fails(&["ring"]);
    run(&mend(&said, "ring"), &[("BACKUP", keys.to_str().expect("text"))]);
    alone(&data, &[]).fails(&[]).tells("ring", "ok", "keep a copy");
}

#[test]
fn snapshots_of_another_schema_or_damaged() {
    let data = tempfile::tempdir().expect("a folder");
    add_seat(data.path(), "desk-1");
    let kept = data.path().join("store");
    fs::remove_dir_all(&kept).expect("it was there");
    let store = store::Store::open(&kept).expect("opens");
    store.save("board", 1, 1, [("a", Some("b"))]).expect("kept");
    drop(store);
    let said = alone(data.path(), &[]).fails(&[]).tells("store", "warn", "of schema 1, and this program reads");
    // Either way out: a start folds the board anew, or they are taken away.
    Hub::start(data.path(), None).stop();
    alone(data.path(), &[]).fails(&[]).tells("store", "ok", "whole, up to position");
    let mut bytes = fs::read(kept.join("conf")).expect("read");
    bytes[5] ^= 0xff;
    fs::write(kept.join("conf"), bytes).expect("written");
    alone(data.path(), &[]).fails(&[]).tells("store", "warn", "damaged");
    let command = super::commands(
        said.value["checks"].as_array().expect("a list").iter().find(|check| check["name"] == "store").expect("it")["mend_en"]
            .as_str()
            .expect("text"),
    )[1]
    .to_owned();
    run(&command, &[]);
    alone(data.path(), &[]).fails(&[]).tells("store", "ok", "no snapshot yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_are_away_and_reports_that_wait_for_them() {
    let server = Server::with("sync_interval: always", super::ACCOUNTS);
    let (data, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let config = of(&server, folder.path(), "hub");
    let hub = Hub::start(data.path(), Some(&config));
    let token = hub.seat(data.path(), "desk-1", "grid", &[wire::v1::Role::CallTaker]).await;
    server.kill();
    let desk = crate::town::Desk::at(&hub.uri, "desk-1", &token).await;
    let mut said = crate::town::report("patrol", "D-1", "井盖松动");
    said.channel = wire::v1::Channel::Patrol.into();
    desk.report(said).await.expect("kept");
    let begun = std::time::Instant::now();
    while unserved(&look(data.path(), &config)) < 3 {
        assert!(begun.elapsed() < Duration::from_secs(20), "its services are well: {:?}", look(data.path(), &config).of("health"));
    }
    hub.kill();
    let said = look(data.path(), &config).fails(&["servers"]).tells("reports", "warn", "1 wait");
    assert!(mend(&said, "reports").starts_with("hub serve --data "), "{}", mend(&said, "reports"));
    server.restart();
    let hub = Hub::start(data.path(), Some(&config));
    let begun = std::time::Instant::now();
    while desk_sees_nothing(&hub, &token).await {
        assert!(begun.elapsed() < Duration::from_secs(20), "the report is not delivered");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    hub.stop();
    look(data.path(), &config).fails(&[]).tells("reports", "ok", "none wait").tells("servers", "ok", "answers");
}

/// How many services do not serve, by the doctor.
fn unserved(said: &Said) -> usize {
    let health = said.of("health");
    health.iter().filter(|(state, found)| *state == "fail" && found.ends_with("not_serving")).count()
}

async fn desk_sees_nothing(hub: &Hub, token: &str) -> bool {
    crate::town::Desk::at(&hub.uri, "desk-1", token).await.board().await.incidents == 0
}

#[test]
fn a_stream_whose_facts_went_elsewhere() {
    let server = Server::synced();
    let folder = tempfile::tempdir().expect("a folder");
    let (data, new, url) = (folder.path().join("data"), folder.path().join("new"), server.url());
    let place = format!("--journal {url} --monitor {}", server.monitor());
    run(&format!("hub seat add desk-1 --agency grid --role call_taker --data {} {place}", data.display()), &[]);
    run(&format!("hub copy {url} {} --monitor {}", new.display(), server.monitor()), &[]);
    let more: Vec<&OsStr> = place.split(' ').map(OsStr::new).collect();
    let said = doctor(&data, &more);
    let sealed = said.of("sealed");
    assert!(sealed.len() == 1 && sealed[0].0 == "fail" && sealed[0].1.contains(new.to_str().expect("text")), "{:#}", said.value);
    assert_eq!(mend(&said, "sealed"), format!("hub serve --data {}", new.display()));
    doctor(&new, &[]).tells("files", "ok", "opens at position");
}

#[test]
fn a_port_that_somebody_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let (listen, figures) = (TcpListener::bind("127.0.0.1:0").expect("a port"), TcpListener::bind("127.0.0.1:0").expect("a port"));
    let [at, figures_at] = [&listen, &figures].map(|taken| taken.local_addr().expect("an address"));
    let file = config(folder.path(), &format!("[listen]\naddress = \"{at}\"\n[telemetry]\nprometheus = \"{figures_at}\"\n"));
    let said = by(folder.path(), &file).fails(&["figures"]).tells("port", "warn", &at.to_string());
    said.tells("figures", "fail", &figures_at.to_string());
    drop((listen, figures));
    let said = by(folder.path(), &file).fails(&[]).tells("figures", "ok", "once the hub runs");
    assert!(said.of("port").is_empty());
}

#[test]
fn figures_that_are_not_where_they_should_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let open = config(folder.path(), "[telemetry]\nprometheus = \"0.0.0.0:0\"\n");
    by(&data, &open).fails(&["figures"]).tells("figures", "fail", "can be read from other machines");
    config(folder.path(), "[telemetry]\nprometheus = \"0.0.0.0:0\"\nprometheus_open = true\n");
    by(&data, &open).fails(&[]);
    doctor(&data, &[]).tells("figures", "ok", "not read by anybody");

    // A hub that was started without, though the settings name an address by now.
    let file = config(folder.path(), "[telemetry]\nprometheus = \"127.0.0.1:0\"\n");
    let hub = Hub::start(&data, None);
    by(&data, &file).fails(&[]).tells("figures", "warn", "was started without");
    hub.stop();
    let hub = Hub::start(&data, Some(&file));
    by(&data, &file).fails(&[]).tells("figures", "ok", "ready;");
    let note = data.join("hub.prometheus");
    let right = fs::read_to_string(&note).expect("a note");
    fs::write(&note, "http://127.0.0.1:1").expect("written");
    by(&data, &file).fails(&["figures"]).tells("figures", "fail", "and they are not");
    fs::write(&note, right).expect("written");
    by(&data, &file).fails(&[]).tells("figures", "ok", "series at http://127.0.0.1:");
    // The note of one that was killed is no note of the next.
    hub.kill();
    assert!(note.exists());
    let hub = Hub::start(&data, None);
    doctor(&data, &[]).fails(&[]).tells("figures", "ok", "not read by anybody");
    hub.stop();
}

#[test]
fn a_hub_that_is_not_ready_by_its_own_word() {
    let server = Server::synced();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let journal = |bytes: &str| {
        let (url, monitor) = (server.url(), server.monitor());
        child::settings(folder.path(), &format!("url = {url:?}\nnats.monitors = [{monitor:?}]\n{bytes}"))
    };
    let start = |file: &Path| {
        let mut command = child::serve(&data, Some(file));
        command.env("HUB_PROMETHEUS", "127.0.0.1:0");
        Hub::spawn(command, Log::Aside)
    };
    let file = journal("spool_bytes = 1000");
    let hub = start(&file);
    let said = look(&data, &file);
    assert!(said.of("figures")[0].1.contains("not ready: there is no room for more reports"), "{:#}", said.value);
    hub.stop();
    let hub = start(&journal(""));
    look(&data, &file).tells("figures", "ok", "ready;");
    hub.stop();
}

#[test]
fn few_open_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let limited = |before: &str| {
        let line = format!("{before}; exec {} doctor --json --data {}", child::binary().display(), folder.path().display());
        let out = Command::new("sh").args(["-c", &line]).output().expect("a shell");
        Said { fine: out.status.success(), value: serde_json::from_slice(&out.stdout).expect("one JSON value") }
    };
    let said = limited("ulimit -n 200").fails(&["open files"]).tells("open files", "fail", "200 at most");
    limited("ulimit -n 1024").fails(&[]).tells("open files", "warn", "1536 may be needed");
    let command = mend(&said, "open files");
    limited(&command.replace("65536", "4096")).fails(&[]).tells("open files", "ok", "4096 at most");
}

#[test]
fn a_clock_that_was_set_back() {
    let data = tempfile::tempdir().expect("a folder");
    add_seat(data.path(), "desk-1");
    let file = File::options().append(true).open(data.path().join("journal/00000000000000000001.seg")).expect("a segment");
    file.set_modified(SystemTime::now() + Duration::from_secs(3_600)).expect("set");
    let said = alone(data.path(), &[]).fails(&[]).tells("clock jump", "warn", "00000000000000000001.seg was written 36");
    assert!(mend(&said, "clock jump").contains("set-ntp"));
    // As it is once the clock is right again.
    file.set_modified(SystemTime::now()).expect("set");
    alone(data.path(), &[]).fails(&[]).tells("clock jump", "ok", "");
}

/// A hub's journal, begun and closed by a clock that is so many hours off.
async fn begun(data: &Path, hours: i64) {
    let hand = Hand::new(Clock::system().now().ms() + hours * 3_600_000);
    let process = Process::open(town::settings(data), town::clock(&hand)).await.expect("the hub opens");
    process.close().await.expect("it closes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_ahead_of_the_clock() {
    let data = tempfile::tempdir().expect("a folder");
    begun(data.path(), 1).await;
    let said = alone(data.path(), &[]).fails(&["clock"]).tells("clock", "fail", "ahead of this machine's");
    assert!(mend(&said, "clock").contains("set-ntp"));
    let right = tempfile::tempdir().expect("a folder");
    begun(right.path(), 0).await;
    alone(right.path(), &[]).fails(&[]).tells("clock", "ok", "the last fact is of");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_the_days_to_come_that_nobody_has_made() {
    let data = tempfile::tempdir().expect("a folder");
    begun(data.path(), -24 * 30).await;
    let said = alone(data.path(), &[]).fails(&[]).tells("days", "warn", "are not made yet");
    assert_eq!(mend(&said, "days"), "hub serve");
    Hub::start(data.path(), None).stop();
    alone(data.path(), &[]).fails(&[]).tells("days", "ok", "a key for each agency and day");
}

#[test]
fn a_finished_segment_that_rotted() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let small = child::settings(folder.path(), "segment_bytes = 2048");
    for n in 0..6 {
        run(
            &format!("hub seat add desk-{n} --agency grid --role handler --data {} --config {}", data.display(), small.display()),
            &[],
        );
    }
    let backup = folder.path().join("backup");
    run(&format!("cp -rp {} {}", data.display(), backup.display()), &[]);
    let segments = house::files(&data.join("journal"), ".seg");
    assert!(segments.len() > 2, "some are finished: {segments:?}");
    let (segment, name) = (&segments[1], segments[1].file_name().and_then(OsStr::to_str).expect("text"));
    let mut bytes = fs::read(segment).expect("read");
    bytes[100] ^= 0x55;
    fs::write(segment, bytes).expect("written");
    // Opening believes the index of a finished segment: only who reads every fact sees it.
    let said = alone(&data, &[]).fails(&["files"]);
    assert!(said.of("files").iter().any(|(state, found)| *state == "fail" && found.contains(name)), "{:#}", said.value);
    run(&mend(&said, "files"), &[("BACKUP", backup.to_str().expect("text")), ("FILE", name)]);
    alone(&data, &[]).fails(&[]).tells("facts", "ok", "each whole");
}

#[test]
fn what_is_not_well_beside_servers_names_its_command_too() {
    let server = Server::start("");
    let (data, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let config = child::settings(folder.path(), &format!("url = {:?}\nnats.monitors = [{:?}]", server.url(), server.monitor()));
    let more = with(&config);
    let said = doctor(data.path(), &[&more[0], &more[1]]).fails(&["sync", "rights"]);
    assert!(mend(&said, "sync").starts_with("nats-server -c deploy/nats/one.conf"), "{}", mend(&said, "sync"));
    assert!(house::root().join("deploy/nats/one.conf").is_file());
}
