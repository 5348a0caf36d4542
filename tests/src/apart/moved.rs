//! A journal that moves: from files to a server and back, with its keys, and what the old place says then.

use std::{ffi::OsStr, path::Path};

use testkit::nats::Server;
use wire::v1::Role;

use crate::{
    child::{self, Hub, Log},
    town::{Desk, report},
};

/// Runs a command of the hub that has to succeed; the last line it printed.
fn done(arguments: &[&OsStr]) -> String {
    let (fine, line, why) = child::run(arguments);
    assert!(fine, "{arguments:?}: {why}");
    line
}

/// The same, with `--monitor` of the server.
fn with(server: &Server, arguments: &[&OsStr]) -> String {
    let monitor = server.monitor();
    done(&[arguments, &[OsStr::new("--monitor"), OsStr::new(&monitor), OsStr::new("--json")]].concat())
}

fn digest_at(server: &Server) -> (u64, String) {
    let url = server.url();
    let line = with(server, &["digest".as_ref(), "--journal".as_ref(), url.as_ref()]);
    let said: serde_json::Value = serde_json::from_str(&line).expect("one JSON object");
    (said["position"].as_u64().expect("a position"), said["digest"].as_str().expect("a digest").to_owned())
}

/// Moves the journal of `data` to a server and from there into another directory: the digest stays, and every byte.
pub(crate) async fn there_and_back(data: &Path, position: u64, digest: &str) {
    let (server, back) = (Server::synced(), tempfile::tempdir().expect("a folder"));
    let (url, wanted) = (server.url(), (position, digest.to_owned()));
    let first = child::entries(data).await;
    with(&server, &["copy".as_ref(), data.as_ref(), url.as_ref()]);
    assert_eq!(digest_at(&server), wanted, "on the server");
    with(&server, &["copy".as_ref(), url.as_ref(), back.path().as_ref()]);
    assert_eq!(child::digest(back.path()), wanted, "back in files");
    assert!(child::entries(back.path()).await == first, "byte for byte");
    let again = with(&server, &["copy".as_ref(), url.as_ref(), back.path().as_ref()]);
    let again: serde_json::Value = serde_json::from_str(&again).expect("one JSON object");
    assert_eq!((&again["copied_now"], &again["compared"]), (&0.into(), &position.into()), "a second time copies nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_moves_to_a_server_with_its_keys_and_the_old_place_says_where_it_went() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, keys, next) = (folder.path().join("data"), folder.path().join("keys"), folder.path().join("next"));
    let hub = Hub::start(&data, None);
    let token = hub.seat(&data, "desk-1", "grid", &[Role::CallTaker]).await;
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    let told = desk.report(report("patrol", "R-1", "小区门口垃圾堆了三天没人清运")).await.expect("taken");
    let before = desk.sees(&told.incident_id, told.position).await.expect("seen");
    hub.stop();
    let was = child::digest(&data);

    let server = Server::synced();
    let (url, monitor) = (server.url(), server.monitor());
    let journal: [&OsStr; 4] = ["--journal".as_ref(), url.as_ref(), "--monitor".as_ref(), monitor.as_ref()];
    with(&server, &["copy".as_ref(), data.as_ref(), url.as_ref()]);
    assert_eq!(digest_at(&server), was);

    // Without its keys the new hub does not begin: new ones would open nothing of what is there.
    let mut command = child::serve(&next, None);
    command.args(journal);
    assert!(Hub::try_spawn(command, Log::Aside).is_err(), "no keys, no hub");
    done(&["seal".as_ref(), "export".as_ref(), keys.as_ref(), "--data".as_ref(), data.as_ref()]);
    done(&[&["seal".as_ref(), "import".as_ref(), keys.as_ref()], &journal[..]].concat());
    let mut command = child::serve(&next, None);
    command.args(journal);
    let hub = Hub::spawn(command, Log::Aside);
    let desk = Desk::at(&hub.uri, "desk-1", &token).await;
    let after = desk.sees(&told.incident_id, told.position).await.expect("seen");
    assert_eq!(after, before, "the same seat sees the same matter, words and all");
    assert!(format!("{after:?}").contains("垃圾"), "the words open: {after:?}");
    hub.stop();

    let (fine, _, why) =
        child::run(&["serve".as_ref(), "--listen".as_ref(), "127.0.0.1:0".as_ref(), "--data".as_ref(), data.as_ref()]);
    assert!(!fine && why.contains("moved to") && why.contains("nats://"), "the old place says where to: {why}");
}
