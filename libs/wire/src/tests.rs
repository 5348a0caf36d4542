//! What the generated words and the roads promise.

use crate::{
    DESCRIPTORS, Message, link, time,
    v1::{
        self, Channel, Class, HeadAnswer, HeadRequest, ReportRequest, Reporter, Stage,
        audit_client::AuditClient,
        audit_server::{Audit, AuditServer},
    },
    words::Word,
};

#[test]
fn a_time_comes_back_to_the_millisecond_even_before_1970() {
    for ms in [0, 1, 999, 1000, -1, -999, -1000, -1001, 1_783_508_540_123] {
        assert_eq!(time::millis(&time::timestamp(ms)), Some(ms), "{ms}");
    }
}

#[test]
fn a_time_that_is_none_is_refused() {
    for (seconds, nanos) in [(0, -1), (0, 1_000_000_000), (i64::MAX, 0), (253_402_300_800, 0), (-62_135_596_801, 0)] {
        assert_eq!(time::millis(&crate::Timestamp { seconds, nanos }), None, "{seconds}.{nanos}");
    }
}

#[test]
fn every_method_is_known_by_its_name() {
    let all = crate::methods();
    assert!(all.contains("hub.v1.Intake/Report") && all.contains("hub.v1.Partner/Exchange"), "{all:?}");
    assert!(all.len() > 15 && all.iter().all(|name| name.starts_with("hub.v1.") && name.matches('/').count() == 1), "{all:?}");
}

#[test]
fn a_word_names_one_value_and_only_in_its_own_spelling() {
    assert_eq!(Stage::from_word("followup"), Some(Stage::Followup));
    assert_eq!(Channel::WalkIn.word().as_deref(), Some("walk_in"));
    assert_eq!(Class::from_word("S"), Some(Class::S));
    assert_eq!(v1::PartStatus::word_of(v1::PartStatus::EnRoute.into()).as_deref(), Some("en_route"));
    for wrong in ["", "s", "UNSPECIFIED", "unspecified", "CLASS_S"] {
        assert_eq!(Class::from_word(wrong), None, "{wrong}");
    }
    assert_eq!(Stage::from_word("Closed"), None);
    assert_eq!(Stage::word_of(0), None);
    assert_eq!(Stage::word_of(99), None);
}

#[test]
fn printing_a_report_shows_no_person() {
    let report = ReportRequest {
        source: "police110".into(),
        text: "SECRET text".into(),
        reporter: Some(Reporter { name: "SECRET name".into(), phone: "SECRET phone".into(), id_number: "SECRET number".into() }),
        address: "SECRET address".into(),
        ..ReportRequest::default()
    };
    let shown = format!("{report:?} {:?}", report.reporter);
    assert!(shown.contains("police110") && shown.contains("hidden") && shown.contains("title: empty"), "{shown}");
    assert!(!shown.contains("SECRET"), "{shown}");
}

/// Finds messages by the names of their fields, so that a new one with words in it is not forgotten.
#[test]
fn every_message_with_words_of_a_person_hides_them() {
    let personal = ["words", "text", "title", "address", "phone", "token", "id_number"];
    let hidden = include_str!("../build.rs");
    let set = prost_types::FileDescriptorSet::decode(DESCRIPTORS).expect("protox wrote a descriptor set");
    let mut seen = 0;
    let own = set.file.iter().filter(|file| file.package() == "hub.v1");
    let mut waiting: Vec<_> = own.flat_map(|file| &file.message_type).map(|m| (format!("hub.v1.{}", m.name()), m)).collect();
    while let Some((name, message)) = waiting.pop() {
        waiting.extend(message.nested_type.iter().map(|inner| (format!("{name}.{}", inner.name()), inner)));
        if message.field.iter().any(|field| personal.contains(&field.name())) {
            seen += 1;
            assert!(hidden.contains(&format!("\"{name}\"")), "{name} carries a person's words: add it to HIDDEN in build.rs");
        }
    }
    assert!(seen >= 11, "only {seen} messages with words found");
}

/// A server that says how far it was asked to go.
struct Echo;

#[tonic::async_trait]
impl Audit for Echo {
    type FollowStream = tonic::codegen::BoxStream<v1::Frame>;

    async fn head(&self, request: tonic::Request<HeadRequest>) -> Result<tonic::Response<HeadAnswer>, tonic::Status> {
        Ok(tonic::Response::new(HeadAnswer { position: request.into_inner().at_least, ..HeadAnswer::default() }))
    }

    async fn follow(&self, _: tonic::Request<v1::FollowRequest>) -> Result<tonic::Response<Self::FollowStream>, tonic::Status> {
        Err(tonic::Status::unimplemented("not in this test"))
    }

    async fn read(&self, _: tonic::Request<v1::ReadRequest>) -> Result<tonic::Response<v1::ReadAnswer>, tonic::Status> {
        Err(tonic::Status::unimplemented("not in this test"))
    }

    async fn board(&self, _: tonic::Request<v1::BoardRequest>) -> Result<tonic::Response<v1::BoardAnswer>, tonic::Status> {
        Err(tonic::Status::unimplemented("not in this test"))
    }

    async fn ledger(
        &self,
        _: tonic::Request<v1::DutyLedgerRequest>,
    ) -> Result<tonic::Response<v1::DutyLedgerAnswer>, tonic::Status> {
        Err(tonic::Status::unimplemented("not in this test"))
    }

    async fn stats(&self, _: tonic::Request<v1::StatsRequest>) -> Result<tonic::Response<v1::StatsAnswer>, tonic::Status> {
        Err(tonic::Status::unimplemented("not in this test"))
    }

    async fn digest(&self, _: tonic::Request<v1::DigestRequest>) -> Result<tonic::Response<v1::DigestAnswer>, tonic::Status> {
        Err(tonic::Status::unimplemented("not in this test"))
    }
}

async fn asked(road: link::Link) -> u64 {
    let answer = AuditClient::new(road).head(HeadRequest { at_least: 41 }).await.expect("the server answers");
    answer.into_inner().position
}

#[tokio::test]
async fn the_same_client_reaches_a_server_in_the_process_and_over_a_socket() {
    assert_eq!(asked(link::local(AuditServer::new(Echo))).await, 41);

    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = socket.local_addr().expect("bound");
    let incoming = tonic::transport::server::TcpIncoming::from(socket);
    let server =
        tokio::spawn(tonic::transport::Server::builder().add_service(AuditServer::new(Echo)).serve_with_incoming(incoming));
    let road = link::connect(&format!("http://{address}"), None).await.expect("the server listens");
    assert_eq!(asked(road).await, 41);
    server.abort();
}

/// A certificate authority made on the spot.
fn authority() -> rcgen::CertifiedIssuer<'static, rcgen::KeyPair> {
    let mut about = rcgen::CertificateParams::default();
    about.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    rcgen::CertifiedIssuer::self_signed(about, rcgen::KeyPair::generate().expect("a key")).expect("a certificate")
}

/// A certificate and key for `name`, signed by `authority`.
fn identity(authority: &rcgen::CertifiedIssuer<'static, rcgen::KeyPair>, name: &str) -> link::Identity {
    let key = rcgen::KeyPair::generate().expect("a key");
    let about = rcgen::CertificateParams::new([name.to_owned()]).expect("a name");
    link::Identity::from_pem(about.signed_by(&key, authority).expect("a certificate").pem(), key.serialize_pem())
}

#[tokio::test]
async fn over_tls_each_side_proves_who_it_is() {
    let ours = authority();
    let theirs = authority();
    let trusted = link::Certificate::from_pem(ours.pem());
    let tls = tonic::transport::ServerTlsConfig::new().identity(identity(&ours, "localhost")).client_ca_root(trusted.clone());
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let uri = format!("https://localhost:{}", socket.local_addr().expect("bound").port());
    let incoming = tonic::transport::server::TcpIncoming::from(socket);
    let mut server = tonic::transport::Server::builder().tls_config(tls).expect("certificates that fit");
    let server = tokio::spawn(server.add_service(AuditServer::new(Echo)).serve_with_incoming(incoming));

    let client = || link::ClientTlsConfig::new().domain_name("localhost");
    let known = client().ca_certificate(trusted.clone()).identity(identity(&ours, "desk"));
    assert_eq!(asked(link::connect(&uri, Some(known)).await.expect("both sides are known")).await, 41);

    let other_hub = client().ca_certificate(link::Certificate::from_pem(theirs.pem())).identity(identity(&ours, "desk"));
    let refused = link::connect(&uri, Some(other_hub)).await.expect_err("the hub's certificate is not trusted");
    assert!(matches!(refused, link::LinkError::Unreached { .. }), "{refused}");

    // The server refuses a stranger only after the client's side of the handshake: the first call tells.
    let stranger = client().ca_certificate(trusted).identity(identity(&theirs, "desk"));
    if let Ok(road) = link::connect(&uri, Some(stranger)).await {
        AuditClient::new(road).head(HeadRequest::default()).await.expect_err("a stranger's certificate opens nothing");
    }
    server.abort();
}

#[tokio::test]
async fn a_wrong_address_says_what_to_do() {
    let wrong = link::connect("not an address", None).await.expect_err("no address");
    assert!(wrong.to_string().contains("write it like"), "{wrong}");
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = socket.local_addr().expect("bound");
    drop(socket);
    let nobody = link::connect(&format!("http://{address}"), None).await.expect_err("nobody listens");
    assert!(nobody.to_string().contains("check that it runs"), "{nobody}");
}
