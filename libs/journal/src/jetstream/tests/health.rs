//! What is seen of a server and a stream, and that looking changes nothing.

use async_nats::jetstream::stream::Config;

use super::{Server, options, still};
use crate::jetstream::health::{Answer, Deed, Health};
use crate::jetstream::{Access, JetStream, Options};
use crate::port::Journal;

/// One user that may do what the journal needs, and one that may do everything.
const USERS: &str = r#"
accounts { HUB { jetstream: enabled, users: [
  { user: hub, password: "hub", permissions { publish { deny: [
    "$JS.API.STREAM.DELETE.>", "$JS.API.STREAM.UPDATE.>", "$JS.API.STREAM.PURGE.>", "$JS.API.STREAM.RESTORE.>",
    "$JS.API.STREAM.MSG.DELETE.HUB_EVT_pukou" ] } } }
  { user: admin, password: "admin" }
] } }"#;

fn of(server: &Server, user: &str) -> Options {
    let access = Access { user: Some(user.to_owned()), password: Some(user.to_owned()), ..Access::default() };
    Options { access, ..options(server, still(), 64) }
}

fn of_all(health: &Health, answer: &Answer) -> bool {
    health.rights.len() == Deed::ALL.len() && health.rights.iter().all(|(_, found)| found == answer)
}

#[tokio::test]
async fn rights_are_found_out_and_nothing_is_done() {
    let server = Server::with("sync_interval: always", USERS);
    let (hub, admin) = (of(&server, "hub"), of(&server, "admin"));
    let none = Health::look(&hub).await.expect("connects");
    assert!(matches!(none.stream, Ok(None)) && none.new_enough, "{none:?}");
    assert!(of_all(&none, &Answer::MayNot), "{none:?}");
    let journal = JetStream::open(hub.clone()).await.expect("opens");
    let seen = Health::look(&hub).await.expect("connects");
    assert!(of_all(&seen, &Answer::MayNot), "{seen:?}");
    assert!(seen.synced.is_ok() && seen.clocks.iter().all(|told| told.now_ms.is_ok()), "{seen:?}");
    let kept = seen.stream.expect("found").expect("there");
    assert!(kept.settings.is_ok() && kept.sealed.is_none() && kept.replicas == 1, "{kept:?}");
    let seen = Health::look(&admin).await.expect("connects");
    assert!(of_all(&seen, &Answer::May), "{seen:?}");
    assert_eq!(journal.head().await.expect("a head").position, 1, "nothing was taken out");
}

#[tokio::test]
async fn a_sealed_stream_is_seen_and_where_its_facts_went() {
    let server = Server::synced();
    JetStream::open(options(&server, still(), 64)).await.expect("opens");
    let context = async_nats::jetstream::new(async_nats::connect(server.url()).await.expect("connects"));
    let mut config = context.get_stream("HUB_EVT_pukou").await.expect("there").cached_info().config.clone();
    config.sealed = true;
    config.metadata.insert("moved-to".to_owned(), "nats://there".to_owned());
    context.update_stream(&config).await.expect("an administrator may");
    let seen = Health::look(&options(&server, still(), 64)).await.expect("connects");
    let kept = seen.stream.expect("found").expect("there");
    assert_eq!(kept.sealed.as_deref(), Some("nats://there"));
}

#[tokio::test]
async fn a_stream_that_can_be_purged_is_not_asked_about_purging() {
    let server = Server::synced();
    let context = async_nats::jetstream::new(async_nats::connect(server.url()).await.expect("connects"));
    let subjects = vec!["hub.evt.pukou.>".to_owned()];
    let config = Config { name: "HUB_EVT_pukou".to_owned(), subjects, ..Config::default() };
    let mut stream = context.create_stream(config).await.expect("made by somebody else");
    context.publish("hub.evt.pukou.a.b", "one".into()).await.expect("sent").await.expect("kept");
    let seen = Health::look(&options(&server, still(), 64)).await.expect("connects");
    for (deed, answer) in &seen.rights {
        assert_eq!(*answer, if *deed == Deed::Purge { Answer::NotAsked } else { Answer::May }, "{deed:?}");
    }
    assert!(seen.stream.expect("found").expect("there").settings.is_err());
    let state = &stream.info().await.expect("still there").state;
    assert_eq!((state.messages, state.first_sequence), (1, 1), "what is in it is in it");
}
