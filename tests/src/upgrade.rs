//! What an older hub wrote opens today; and what a newer one writes stops an older replica, which says so.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use runtime::Clock;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use testkit::nats::Server;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use wire::v1::{self, Purpose, Role};

use crate::{
    child::{self, Hub, Log},
    deeds::accept,
    house,
    town::{Desk, Town, report, settings},
};

/// What the first hub printed of its own data.
fn told() -> Value {
    let text = std::fs::read_to_string(house::root().join("tests/past/first.json")).expect("it is there");
    serde_json::from_str(&text).expect("JSON")
}

/// A copy of the data that it left.
fn left(folder: &Path) -> PathBuf {
    let unpacked = Command::new("tar").arg("-xzf").arg(house::root().join("tests/past/first.tar.gz")).current_dir(folder).status();
    assert!(unpacked.expect("tar is there").success(), "the archive is whole");
    folder.join("town")
}

fn printed(what: &[&str], data: &Path) -> String {
    let mut command = Command::new(child::binary());
    let out = command.args(what).arg("--json").arg("--data").arg(data).output().expect("the hub runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("text")
}

#[test]
fn the_first_hubs_facts_and_board_are_what_it_printed_itself() {
    let (folder, told) = (tempfile::tempdir().expect("a folder"), told());
    let data = left(folder.path());
    let followed = printed(&["follow", "--once"], &data);
    assert_eq!(format!("{:x}", Sha256::digest(&followed)), told["follow_sha256"], "each record byte for byte");
    let board: Value = serde_json::from_str(&printed(&["board"], &data)).expect("JSON");
    assert_eq!(board, told["board"]);
    let digest = child::digest(&data);
    std::fs::remove_dir_all(data.join("store")).expect("its snapshots lie in store/");
    assert_eq!(child::digest(&data), digest, "its snapshot is of another schema and changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_of_today_goes_on_over_the_first_hubs_data() {
    let (folder, told) = (tempfile::tempdir().expect("a folder"), told());
    let data = left(folder.path());
    let rebuilt = child::digest(&data);
    let log = folder.path().join("log");
    let hub = Hub::spawn(child::serve(&data, None), Log::File(&log));
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    // Its seats may still call, its sealed words still open, and the next fact follows the last.
    let desk = Desk::at(&hub.uri, "keeper", &text(&told["seat"]["token"])).await;
    let request = v1::RevealRequest {
        command_id: "reveal/1".to_owned(),
        report_id: text(&told["sealed"]["report"]),
        incident_id: text(&told["sealed"]["incident"]),
        purpose: Purpose::Handling.into(),
    };
    let opened = desk.roads.clone().intake.reveal(request).await.expect("for who leads it").into_inner();
    assert!(opened.fields["text"].chars().count() > 5, "words that only the first hub's keys open");
    let taken = desk.report(report("patrol", "N-1", "井盖松动")).await.expect("in");
    assert!(taken.position > rebuilt.0, "{taken:?}");
    hub.stop();
    let live = child::digest(&data);
    assert!(live.0 >= taken.position && live.1 != rebuilt.1);
    std::fs::remove_dir_all(data.join("store")).expect("the new snapshot lies there, too");
    assert_eq!(child::digest(&data), live, "the new snapshot is the board");
}

/// Two replicas over one server, of which the other one is newer already and writes what this one does not know.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_stops_at_a_newer_ones_fact_and_is_not_ready_and_says_so() {
    let (folder, server) = (tempfile::tempdir().expect("a folder"), Server::synced());
    let mut config = settings(&folder.path().join("newer"));
    config.journal.url = Some(server.url());
    config.journal.nats.monitors = vec![server.monitor()];
    let newer = Town::with(config, Clock::system()).await;
    let (data, log) = (folder.path().join("older"), folder.path().join("log"));
    let mut older = child::serve(&data, None);
    older.args(["--journal", &server.url(), "--monitor", &server.monitor()]);
    let older = Hub::spawn(older, Log::File(&log));
    let token = older.seat(&data, "desk-1", "grid", &[Role::CallTaker, Role::Dispatcher]).await;
    let desk = Desk::at(&older.uri, "desk-1", &token).await;
    let taken = desk.report(report("patrol", "X-1", "井盖松动")).await.expect("in");
    assert!(ready(&older.uri).await, "before, it is ready");

    let at = newer.teleports(&taken).await;
    let named = |text: &str| text.contains("incident.teleported") && text.contains(&at.to_string());

    let begun = Instant::now();
    while ready(&older.uri).await {
        assert!(begun.elapsed() < Duration::from_secs(10), "it says that it is ready, and is not");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let late = desk.act("accept/1", &taken.incident_id, accept("city/06010", 4)).await.expect_err("the board stopped");
    assert!(late.code() == Code::Unavailable && named(late.message()), "{late:?}");
    // A reporter is heard all the same: what is told now waits on this process' own disk.
    let waiting = desk.report(report("patrol", "X-2", "井盖松动")).await.expect("kept");
    assert!(waiting.kept_locally && waiting.position == 0, "{waiting:?}");
    let logged = std::fs::read_to_string(&log).expect("a log");
    assert!(named(&logged), "{logged}");
    older.kill();
    newer.close().await;
}

async fn ready(uri: &str) -> bool {
    let link = wire::link::connect(uri, None).await.expect("the hub listens");
    let asked = HealthCheckRequest { service: String::new() };
    let said = HealthClient::new(link).check(asked).await.expect("health answers").into_inner();
    said.status() == ServingStatus::Serving
}
