//! What keeps a hub from being ready is told at `/readyz`, beside its health by gRPC, and gone once it is mended.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use testkit::nats::Server;

use super::get;
use crate::child::{self, Hub, Log};

fn serve(data: &Path, config: Option<&Path>) -> Command {
    let mut command = child::serve(data, config);
    command.env("HUB_PROMETHEUS", "127.0.0.1:0");
    command
}

fn figures_of(hub: &Hub) -> String {
    hub.said["prometheus"].as_str().expect("an address").to_owned()
}

/// Waits until the page says this.
async fn says(at: &str, status: u16, words: &str) {
    let begun = Instant::now();
    loop {
        let (found, _, text) = get(at, "/readyz", "").await;
        if found == status && text.contains(words) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{found} {text:?}, and not {status} {words:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_is_ready_again_once_its_journals_servers_are_back() {
    let server = Server::synced();
    let (data, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let config = child::settings(folder.path(), &format!("url = {:?}\nnats.monitors = [{:?}]", server.url(), server.monitor()));
    let hub = Hub::spawn(serve(data.path(), Some(&config)), Log::Aside);
    let at = figures_of(&hub);
    says(&at, 200, "ready\n").await;
    server.kill();
    says(&at, 503, "not ready: the journal's servers are away").await;
    assert_eq!(get(&at, "/livez", "").await.0, 200, "it lives");
    server.restart();
    says(&at, 200, "ready\n").await;
    hub.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intake_without_room_for_reports_is_not_ready() {
    let server = Server::synced();
    let (data, folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let journal = |bytes: &str| {
        let (url, monitor) = (server.url(), server.monitor());
        child::settings(folder.path(), &format!("url = {url:?}\nnats.monitors = [{monitor:?}]\n{bytes}"))
    };
    let small = journal("spool_bytes = 1000");
    let hub = Hub::spawn(serve(data.path(), Some(&small)), Log::Aside);
    says(&figures_of(&hub), 503, "there is no room for more reports").await;
    hub.stop();
    let hub = Hub::spawn(serve(data.path(), Some(&journal(""))), Log::Aside);
    says(&figures_of(&hub), 200, "ready").await;
    hub.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_listens_unless_an_address_is_set_and_others_are_let_in_by_a_word_only() {
    let data = tempfile::tempdir().expect("a folder");
    let hub = Hub::start(data.path(), None);
    assert!(hub.said["prometheus"].is_null() && !data.path().join("hub.prometheus").exists());
    hub.stop();
    let mut open = child::serve(data.path(), None);
    open.env("HUB_PROMETHEUS", "0.0.0.0:0");
    let refused = Hub::try_spawn(open, Log::Aside).err().expect("it does not start");
    assert!(refused.contains("telemetry.prometheus_open = true"), "{refused}");
    let mut open = child::serve(data.path(), None);
    open.env("HUB_PROMETHEUS", "0.0.0.0:0").env("HUB_PROMETHEUS_OPEN", "1");
    let hub = Hub::spawn(open, Log::Aside);
    assert!(hub.said["prometheus"].as_str().is_some_and(|at| at.starts_with("0.0.0.0:")));
    assert!(data.path().join("hub.prometheus").exists());
    hub.stop();
    assert!(!data.path().join("hub.prometheus").exists(), "the note goes with the hub");
}
