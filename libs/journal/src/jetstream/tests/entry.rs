//! Who gets in: users, passwords, certificates; and what is said of them.

use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Server, options, refused, still};
use crate::conformance::{decision, subject};
use crate::jetstream::{Access, AccessError, JetStream, OpenError, Options, Tls};
use crate::port::Journal;

const USERS: &str = r#"authorization { users: [ { user: hub, password: "s3@cret" } ] }"#;

fn guarded() -> (Server, Options) {
    let server = Server::with("sync_interval: always", USERS);
    let options = options(&server, still(), 64);
    (server, options)
}

#[tokio::test]
async fn a_user_gets_in_by_option_and_by_address() {
    let (_server, mut options) = guarded();
    let bare = options.url.clone();
    options.access = Access { user: Some("hub".to_owned()), password: Some("s3@cret".to_owned()), ..Access::default() };
    JetStream::open(options.clone()).await.expect("opens by options");
    options.access = Access::default();
    let host = bare.trim_start_matches("nats://");
    options.url = format!("nats://hub:s3%40cret@{host},nats://hub:s3%40cret@127.0.0.1:1");
    JetStream::open(options.clone()).await.expect("opens by address");
    let text = format!("{options:?}");
    assert!(text.contains(host) && !text.contains("cret"), "{text}");
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_not_told() {
    let (_server, mut options) = guarded();
    options.url = options.url.replace("nats://", "nats://hub:wr0ng@") + ",nats://hub:wr0ng@127.0.0.1:1";
    let error = refused(options.clone()).await;
    assert!(matches!(error, OpenError::Connect { .. }), "{error:?}");
    assert!(!format!("{error} {error:?} {:?}", error.source()).contains("wr0ng"), "{error:?}");
    options.url = options.url.replace(":wr0ng", "");
    assert!(matches!(refused(options).await, OpenError::Access(AccessError::NoPassword { .. })));
}

#[tokio::test]
async fn a_file_that_does_not_do_is_named() {
    let server = Server::synced();
    let folder = tempfile::tempdir().expect("a folder");
    let (missing, other) = (folder.path().join("hub.creds"), folder.path().join("other"));
    fs::write(&other, "nothing of use").expect("written");
    let mut options = options(&server, still(), 64);
    let tls = |ca: &Path, certificate: &Path, key: Option<PathBuf>| Access {
        tls: Some(Tls { ca: Some(ca.to_owned()), certificate: Some(certificate.to_owned()), key }),
        ..Access::default()
    };
    let creds = |file: &Path| Access { credentials: Some(file.to_owned()), ..Access::default() };
    for (access, named) in [(creds(&missing), &missing), (creds(&other), &other), (tls(&other, &missing, None), &other)] {
        options.access = access;
        let error = refused(options.clone()).await.to_string();
        assert!(error.contains(&named.display().to_string()), "{error}");
    }
}

/// An authority, and what it signed for a server and a client, as files.
pub(super) struct Papers {
    folder: tempfile::TempDir,
}

impl Papers {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut about = rcgen::CertificateParams::default();
        about.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = rcgen::CertifiedIssuer::self_signed(about, rcgen::KeyPair::generate().expect("a key")).expect("signed");
        fs::write(folder.path().join("ca.pem"), authority.pem()).expect("written");
        for name in ["127.0.0.1", "hub"] {
            let key = rcgen::KeyPair::generate().expect("a key");
            let about = rcgen::CertificateParams::new([name.to_owned()]).expect("a name");
            let signed = about.signed_by(&key, &authority).expect("signed");
            fs::write(folder.path().join(format!("{name}.pem")), signed.pem()).expect("written");
            fs::write(folder.path().join(format!("{name}.key")), key.serialize_pem()).expect("written");
        }
        Self { folder }
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

#[tokio::test]
async fn an_encrypted_connection_is_made_with_the_files_named() {
    let papers = Papers::new();
    let block = format!(
        "tls {{ cert_file: {:?}, key_file: {:?}, ca_file: {:?}, verify: true }}",
        papers.file("127.0.0.1.pem"),
        papers.file("127.0.0.1.key"),
        papers.file("ca.pem")
    );
    let server = Server::with("sync_interval: always", &block);
    let mut options = options(&server, still(), 64);
    options.url = options.url.replace("tls://", "nats://");
    let tls = Tls { ca: Some(papers.file("ca.pem")), certificate: Some(papers.file("hub.pem")), key: Some(papers.file("hub.key")) };
    options.access.tls = Some(Tls { certificate: None, key: None, ..tls.clone() });
    assert!(matches!(refused(options.clone()).await, OpenError::Connect { .. }), "without a certificate");
    options.access.tls = Some(Tls { key: None, ..tls.clone() });
    assert!(matches!(refused(options.clone()).await, OpenError::Access(AccessError::Half)));
    options.access.tls = Some(tls);
    let journal = JetStream::open(options).await.expect("opens");
    assert_eq!(journal.head().await.expect("a head").position, 1);
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_is_refused_where_that_is_wanted() {
    let server = Server::synced();
    let papers = Papers::new();
    let mut options = options(&server, still(), 64);
    options.access.tls = Some(Tls { ca: Some(papers.file("ca.pem")), ..Tls::default() });
    assert!(matches!(refused(options).await, OpenError::Connect { .. }));
}

#[tokio::test]
async fn a_server_that_is_away_is_seen_without_asking() {
    let server = Server::synced();
    let journal = JetStream::open(options(&server, still(), 64)).await.expect("opens");
    assert!(!journal.away());
    for (away, change) in [(true, Server::kill as fn(&Server)), (false, Server::restart)] {
        change(&server);
        for _ in 0..200 {
            if journal.away() == away {
                break;
            }
            super::pause().await;
        }
        assert_eq!(journal.away(), away);
    }
}

#[tokio::test]
async fn a_message_carries_the_trace_of_its_record() {
    let server = Server::synced();
    let journal = JetStream::open(options(&server, still(), 64)).await.expect("opens");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let (one, two) = (subject("one"), subject("two"));
    let mut told = decision("a", &[(&one, 0, 1, 1), (&two, 0, 1, 1)]);
    told.writes[1].facts[0] = crate::conformance::traced("a.2", &two, trace);
    journal.append(told).await.expect("goes in");
    let stream = async_nats::jetstream::new(journal.shared.client.clone()).get_stream("HUB_EVT_pukou").await.expect("there");
    for (position, wanted) in [(2, None), (3, Some(trace))] {
        let message = stream.get_raw_message(position).await.expect("there");
        assert_eq!(message.headers.get("traceparent").map(|value| value.as_str()), wanted, "position {position}");
    }
}
