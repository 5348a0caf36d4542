//! Copies that are not made, and that change nothing.

use super::*;

async fn refused(from: Place, to: Place) -> CopyError {
    copy(from, to, |_| ()).await.expect_err("it is refused")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_differs_is_refused_at_the_position() {
    let (server, one, other) = (Server::synced(), tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let (mut ends, mut others) = (Ends::default(), Ends::default());
    ends.append(&open(one.path()), 0..40).await;
    let journal = attach(&server).await;
    others.append(&journal, 0..20).await;
    others.append(&journal, 500..501).await;
    let before = all(&journal).await;
    let error = refused(dir(one.path()), stream(&server)).await;
    let at = before.len() as u64 - 2;
    assert!(matches!(error, CopyError::Differs { position, .. } if position == at), "{error:?}, not {at}");
    assert!(all(&journal).await == before, "nothing was changed");
    ends.append(&open(one.path()), 40..42).await;

    let mut strange = Ends::default();
    strange.append(&open(other.path()), 2000..2001).await;
    let error = refused(stream(&server), dir(other.path())).await;
    assert!(matches!(error, CopyError::Differs { position: 2, .. }), "{error:?}");
    others.append(&journal, 501..502).await;
    strange.append(&open(other.path()), 2001..2003).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shorter_source_and_other_nonsense_are_refused() {
    let (server, one, other) = (Server::synced(), tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let empty = other.path().join("nothing");
    assert!(matches!(refused(dir(&empty), stream(&server)).await, CopyError::Absent { .. }));
    assert!(matches!(refused(stream(&server), dir(&empty)).await, CopyError::Absent { .. }));
    assert!(!empty.exists(), "and nothing is made");
    let mut ends = Ends::default();
    ends.append(&open(one.path()), 0..10).await;
    let mut elsewhere = on(&server, still(), 64);
    elsewhere.district = "gulou".to_owned();
    assert!(matches!(refused(dir(one.path()), Place::JetStream(elsewhere)).await, CopyError::District { .. }));
    assert!(matches!(refused(dir(one.path()), dir(one.path())).await, CopyError::Same { .. }));
    let held = open(one.path());
    let error = refused(dir(one.path()), stream(&server)).await;
    assert!(matches!(error, CopyError::Open { .. }), "{error:?}");
    drop(held);
    moved(dir(one.path()), stream(&server)).await;
    let error = refused(dir(one.path()), dir(other.path())).await;
    assert!(matches!(&error, CopyError::Moved { to, .. } if *to == server.url()), "{error:?}");
    ends.append(&attach(&server).await, 10..20).await;
    let error = refused(dir(one.path()), stream(&server)).await;
    assert!(matches!(error, CopyError::Longer { .. }), "{error:?}");
    moved(stream(&server), dir(other.path())).await;
    ends.append(&open(other.path()), 20..30).await;
    let error = refused(dir(other.path()), stream(&server)).await;
    assert!(matches!(error, CopyError::Sealed { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_into_the_target_meanwhile_is_noticed() {
    let (server, one) = (Server::synced(), tempfile::tempdir().expect("a"));
    let mut ends = Ends::default();
    ends.append(&open(one.path()), 0..2500).await;
    let client = async_nats::connect(server.url()).await.expect("connects");
    let mut written = false;
    let progress = |_: Progress| {
        if !written {
            written = true;
            let send = client.request("hub.evt.pukou.incident.x", "another's".into());
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(send)).expect("acknowledged");
        }
    };
    let error = copy(dir(one.path()), stream(&server), progress).await.expect_err("somebody wrote");
    assert!(matches!(error, CopyError::Overtaken { .. }), "{error:?}");
    ends.append(&open(one.path()), 2500..2501).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_is_none_is_named_and_no_password_is_told() {
    let (server, one) = (Server::synced(), tempfile::tempdir().expect("a"));
    let journal = attach(&server).await;
    Ends::default().append(&journal, 0..10).await;
    let end = journal.head().await.expect("a head").position;
    let client = async_nats::connect(server.url()).await.expect("connects");
    client.request("hub.evt.pukou.incident.x", "not a record".into()).await.expect("acknowledged");
    let mut with = on(&server, still(), 64);
    with.url = with.url.replace("nats://", "nats://hub:s3cret@");
    let mut seen = String::new();
    let error = copy(Place::JetStream(with), dir(one.path()), |_| ()).await.expect_err("not all can be copied");
    assert!(matches!(error, CopyError::Record { position, .. } if position == end + 1), "{error:?}");
    seen += &format!("{error} {error:?}");
    for file in std::fs::read_dir(one.path()).expect("listed") {
        seen += &String::from_utf8_lossy(&std::fs::read(file.expect("an entry").path()).expect("readable"));
    }
    assert!(seen.contains(&server.url()) && !seen.contains("s3cret"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_seal_the_source_is_told_before_the_work() {
    let users = r#"authorization { users: [
        { user: hub, password: pw, permissions: { publish: { deny: ["$JS.API.STREAM.UPDATE.>"] } } }
        { user: admin, password: pw }
    ] }"#;
    let (server, one) = (Server::with("sync_interval: always", users), tempfile::tempdir().expect("a"));
    let url = |user: &str| server.url().replace("nats://", &format!("nats://{user}:pw@"));
    let as_user = |user: &str| crate::jetstream::Options { url: url(user), ..on(&server, still(), 256) };
    let journal = JetStream::open(as_user("hub")).await.expect("opens");
    let mut ends = Ends::default();
    ends.append(&journal, 0..10).await;
    let begun = std::time::Instant::now();
    let error = refused(Place::JetStream(as_user("hub")), dir(one.path())).await;
    assert!(matches!(error, CopyError::Rights { .. }), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "at once");
    assert_eq!(Embedded::open_to_fill(one.path(), files()).expect("opens").head().await.expect("a head").position, 0);
    ends.append(&journal, 10..20).await;
    moved(Place::JetStream(as_user("admin")), dir(one.path())).await;
    refuses(&journal, &ends, &one.path().canonicalize().expect("there").display().to_string()).await;
}

#[tokio::test]
async fn a_stream_under_two_addresses_is_not_copied_onto_itself() {
    let server = Server::synced();
    drop(attach(&server).await);
    let mut again = on(&server, still(), 256);
    again.url = format!("{0},{0}", again.url);
    let error = refused(stream(&server), Place::JetStream(again)).await;
    assert!(matches!(error, CopyError::Same { .. }), "{error:?}");
    assert_eq!(attach(&server).await.moved().await.expect("known"), None, "and is not sealed");
}
