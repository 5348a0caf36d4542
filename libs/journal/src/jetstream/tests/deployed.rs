//! The configuration as it is deployed: what the service's user may do, and what it may not.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures::StreamExt;

use super::{Server, options, still};
use crate::conformance::{Clock, Harness, Spoil, decision, subject};
use crate::copy::{CopyError, Place, copy};
use crate::jetstream::{JetStream, Options, Put};
use crate::port::{AppendError, Journal, Position};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/nats").join(name)
}

const PASSWORDS: [(&str, &str); 2] = [("HUB_NATS_PASSWORD", "serv1ce"), ("HUB_NATS_ADMIN_PASSWORD", "pers0n")];

fn as_user(server: &Server, user: &str, clock: Clock, queue: usize) -> Options {
    let mut options = options(server, clock, queue);
    // The district that the files name.
    "320111".clone_into(&mut options.district);
    options.access.user = Some(user.to_owned());
    options.access.password = Some(if user == "hub" { "serv1ce" } else { "pers0n" }.to_owned());
    options
}

struct Deployed(Server);

fn fresh() -> Deployed {
    Deployed(Server::deployed(&file("one.conf"), &PASSWORDS))
}

#[async_trait::async_trait]
impl Harness for Deployed {
    async fn open(&self, clock: Clock, queue: usize) -> std::sync::Arc<dyn Journal> {
        self.reopen(clock, queue, 0).await.expect("opens")
    }

    async fn reopen(&self, clock: Clock, queue: usize, floor: Position) -> Result<std::sync::Arc<dyn Journal>, String> {
        let opened = JetStream::open(Options { floor, ..as_user(&self.0, "hub", clock, queue) }).await;
        opened.map(|journal| std::sync::Arc::new(journal) as std::sync::Arc<dyn Journal>).map_err(|error| format!("{error:?}"))
    }

    async fn spoil(&self, what: Spoil) {
        match what {
            Spoil::Tail => self.0.tear_tail(),
            Spoil::Middle => self.0.damage_middle(),
        }
    }

    async fn close(&self, journal: std::sync::Arc<dyn Journal>) {
        drop(journal);
    }
}

mod promises {
    use super::fresh;

    crate::conformance!(fresh());
}

#[tokio::test]
async fn the_service_cannot_take_anything_out_of_the_journal() {
    let Deployed(server) = fresh();
    let journal = JetStream::open(as_user(&server, "hub", still(), 64)).await.expect("opens");
    let one = subject("one");
    journal.append(decision("a", &[(&one, 0, 1, 3)])).await.expect("goes in");
    let before = journal.read(&one, 1).await.expect("readable");
    let client = &journal.shared.client;
    let kept = async_nats::jetstream::new(client.clone()).get_stream("HUB_EVT_320111").await.expect("there").cached_info().clone();
    let mut open = kept.config.clone();
    (open.deny_delete, open.deny_purge) = (false, false);
    let config = serde_json::to_string(&open).expect("JSON");
    let snapshot = r#"{"deliver_subject":"_INBOX.x"}"#.to_owned();
    for (what, body) in [
        ("STREAM.DELETE.HUB_EVT_320111", String::new()),
        ("STREAM.UPDATE.HUB_EVT_320111", config.clone()),
        ("STREAM.PURGE.HUB_EVT_320111", String::new()),
        ("STREAM.RESTORE.HUB_EVT_320111", format!(r#"{{"config":{config},"state":{{}}}}"#)),
        ("STREAM.SNAPSHOT.HUB_EVT_320111", snapshot),
        ("STREAM.MSG.DELETE.HUB_EVT_320111", r#"{"seq":2}"#.to_owned()),
        ("STREAM.MSG.DELETE.HUB_EVT_320111", r#"{"seq":2,"no_erase":true}"#.to_owned()),
        ("STREAM.DELETE.KV_HUB_KEYS_320111", String::new()),
        ("STREAM.CREATE.OTHER", r#"{"name":"OTHER","subjects":["x"]}"#.to_owned()),
    ] {
        let subject = format!("$JS.API.{what}");
        let mut denied = journal.shared.denied.clone();
        denied.mark_unchanged();
        tokio::select! {
            answer = client.request(subject.clone(), body.into()) => panic!("{what} was answered: {answer:?}"),
            said = tokio::time::timeout(Duration::from_secs(5), denied.wait_for(|said| said.contains(&subject))) => {
                said.expect("in time").expect("open");
            }
        }
    }
    assert_eq!(journal.read(&one, 1).await.expect("readable"), before);
    assert_eq!(journal.head().await.expect("a head").position, 4);
    let mut seen = Vec::new();
    let mut stream = journal.follow(1);
    while seen.len() < 4 {
        seen.extend(stream.next().await.expect("more").expect("readable"));
    }
    let now = async_nats::jetstream::new(client.clone()).get_stream("HUB_EVT_320111").await.expect("there").cached_info().clone();
    assert_eq!((now.config, now.created), (kept.config, kept.created));
    // Even who may is stopped by the stream itself.
    let admin = JetStream::open(as_user(&server, "admin", still(), 64)).await.expect("opens");
    admin.shared.stream.delete_message(2).await.expect_err("denied by the stream");
    admin.shared.stream.purge().await.expect_err("denied by the stream");
}

#[tokio::test]
async fn the_service_keeps_its_keys() {
    let Deployed(server) = fresh();
    let journal = JetStream::open(as_user(&server, "hub", still(), 64)).await.expect("opens");
    let bucket = journal.bucket().await.expect("made");
    let ring = vec![7; 5 << 20];
    let Put::Done { revision } = bucket.put("ring", &ring, 0).await.expect("answered") else { panic!("nobody was there") };
    let Put::Done { revision } = bucket.put("ring", b"less", revision).await.expect("erased") else { panic!("nobody was there") };
    let mut watching = bucket.watch("ring").expect("a key");
    assert_eq!(watching.next().await, Some((b"less".to_vec(), revision)));
}

#[tokio::test]
async fn only_an_administrator_moves_a_journal() {
    let (Deployed(server), folder) = (fresh(), tempfile::tempdir().expect("a folder"));
    let journal = JetStream::open(as_user(&server, "hub", still(), 64)).await.expect("opens");
    let one = subject("one");
    journal.append(decision("a", &[(&one, 0, 1, 3)])).await.expect("goes in");
    let files = || Place::Embedded(folder.path().to_owned(), crate::Options::new("320111", "main", still()));
    let from = |user| Place::JetStream(as_user(&server, user, still(), 64));
    let error = copy(from("hub"), files(), |_| ()).await.expect_err("it may not");
    assert!(matches!(error, CopyError::Rights { .. }), "{error:?}");
    assert_eq!(copy(from("admin"), files(), |_| ()).await.expect("it may").position, 4);
    let error = journal.append(decision("b", &[(&one, 4, 4, 1)])).await.expect_err("it has moved");
    assert!(matches!(error, AppendError::Moved { .. }), "{error:?}");
}

#[test]
fn the_configuration_of_three_nodes_is_sound() {
    let papers = super::entry::Papers::new();
    for node in ["three/a.conf", "three/b.conf", "three/c.conf"] {
        let mut check = Command::new(testkit::nats::binary());
        check.arg("-t").arg("-c").arg(file(node)).envs(PASSWORDS).env("HUB_NATS_STORE", papers.file("store"));
        check.env("HUB_NATS_CERT", papers.file("127.0.0.1.pem")).env("HUB_NATS_KEY", papers.file("127.0.0.1.key"));
        let checked = check.env("HUB_NATS_CA", papers.file("ca.pem")).output().expect("it runs");
        assert!(checked.status.success(), "{node}: {}", String::from_utf8_lossy(&checked.stderr));
    }
}
