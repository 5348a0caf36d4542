//! Who gets in: tokens, certificates, locked seats; where the hub listens; health and reflection.

use std::net::SocketAddr;

use hub::process::{Process, Service};
use runtime::{Clock, config::Tls};
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient, server_reflection_request::MessageRequest,
    server_reflection_response::MessageResponse,
};
use wire::{
    link,
    v1::{self, Role, audit_client::AuditClient},
};

use crate::town::{DISTRICT, Town, code, report, settings};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_token_and_a_locked_seat_no_more() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let link = link::connect(&town.uri(), None).await.expect("the hub listens");
    let mute = AuditClient::new(link).head(v1::HeadRequest::default()).await.expect_err("no token");
    assert_eq!((mute.code(), code(&mute).as_str()), (Code::Unauthenticated, "identity.unknown"));

    let token = town.token("desk-1", "grid", DISTRICT, &[Role::CallTaker]).await;
    let (seat, secret) = token.split_once('.').expect("<seat>.<secret>");
    let turned: String = secret.chars().rev().collect();
    for wrong in ["", "nonsense", secret, &format!("{seat}.{turned}"), &format!("desk-2.{secret}"), &format!("operator.{secret}")] {
        let stranger = town.roads(wrong).await.audit.head(v1::HeadRequest::default()).await.expect_err("a wrong token");
        assert_eq!(stranger.code(), Code::Unauthenticated, "{wrong}");
    }
    let mut roads = town.roads(&token).await;
    roads.intake.report(report("patrol", "D-1", "井盖松动")).await.expect("a known seat reports");
    // A seat is no administrator.
    let refused = roads.seats.list(v1::ListSeatsRequest::default()).await.expect_err("not its business");
    assert_eq!((refused.code(), code(&refused).as_str()), (Code::PermissionDenied, "authority.forbidden"));

    let lock = v1::LockSeatRequest { command_id: "lock".to_owned(), seat_id: "desk-1".to_owned() };
    town.operator().await.seats.lock(lock).await.expect("the operator locks");
    let locked = roads.intake.report(report("patrol", "D-2", "井盖松动")).await.expect_err("locked");
    assert_eq!(locked.code(), Code::Unauthenticated);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_keeps_seats_and_decides_nothing() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let desk = town.desk("grid-1", "grid", DISTRICT, &[Role::CallTaker]).await;
    let taken = desk.report(report("patrol", "O-1", "井盖松动")).await.expect("in");
    let act = v1::TriageActRequest {
        command_id: "operator/accepts".to_owned(),
        incident_id: taken.incident_id,
        action: Some(crate::deeds::accept("city/06010", 4)),
        ..v1::TriageActRequest::default()
    };
    let refused = town.operator().await.triage.act(act).await.expect_err("no dispatcher");
    assert_eq!(code(&refused), "authority.role");
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_serving_and_reflection_lists_the_services() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let link = link::connect(&town.uri(), None).await.expect("the hub listens");
    let mut health = HealthClient::new(link.clone());
    for service in ["", "hub.v1.Intake", "hub.v1.Triage", "hub.v1.Feedback", "hub.v1.Audit", "hub.v1.Seats", "hub.v1.Policies"] {
        let answer = health.check(HealthCheckRequest { service: service.to_owned() }).await.expect("health answers");
        assert_eq!(answer.into_inner().status(), ServingStatus::Serving, "{service}");
    }
    let ask = ServerReflectionRequest { host: String::new(), message_request: Some(MessageRequest::ListServices(String::new())) };
    let mut answers = ServerReflectionClient::new(link)
        .server_reflection_info(futures::stream::iter([ask]))
        .await
        .expect("reflection answers")
        .into_inner();
    let answer = answers.message().await.expect("an answer").expect("one");
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else { panic!("{answer:?}") };
    let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    for wanted in [
        "hub.v1.Intake",
        "hub.v1.Triage",
        "hub.v1.Feedback",
        "hub.v1.Audit",
        "hub.v1.Seats",
        "hub.v1.Policies",
        "grpc.health.v1.Health",
    ] {
        assert!(names.contains(&wanted), "{wanted} is not among {names:?}");
    }
    town.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_for_other_machines_needs_tls_or_an_explicit_word() {
    let data = tempfile::tempdir().expect("a folder");
    let mut config = settings(data.path());
    config.listen.address = SocketAddr::from(([0, 0, 0, 0], 0));
    let mut process = Process::open(config.clone(), Clock::system()).await.expect("opens");
    let refused = process.serve(&Service::ALL, std::future::pending(), |_| ()).await.expect_err("reachable by anybody");
    assert!(refused.to_string().contains("--insecure"), "{refused}");
    process.close().await.expect("closes");

    config.listen.insecure = true;
    let mut process = Process::open(config, Clock::system()).await.expect("opens");
    let mut bound = None;
    process.serve(&Service::ALL, std::future::ready(()), |address| bound = Some(address)).await.expect("an explicit word");
    assert!(bound.is_some_and(|address| address.ip().is_unspecified()));
    process.close().await.expect("closes");
}

pub(crate) type Authority = rcgen::CertifiedIssuer<'static, rcgen::KeyPair>;

pub(crate) fn authority() -> Authority {
    let mut about = rcgen::CertificateParams::default();
    about.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    rcgen::CertifiedIssuer::self_signed(about, rcgen::KeyPair::generate().expect("a key")).expect("a certificate")
}

/// Certificate and key with this common name, PEM.
pub(crate) fn identity(authority: &Authority, name: &str) -> (String, String) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut about = rcgen::CertificateParams::new([name.to_owned()]).expect("a name");
    about.distinguished_name.push(rcgen::DnType::CommonName, name);
    (about.signed_by(&key, authority).expect("a certificate").pem(), key.serialize_pem())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_names_its_seat() {
    let data = tempfile::tempdir().expect("a folder");
    let files = tempfile::tempdir().expect("a folder");
    let (ours, theirs) = (authority(), authority());
    let put = |name: &str, text: &str| {
        let path = files.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    // Seats are set up while the hub listens on loopback only.
    let town = Town::open(data.path()).await;
    town.token("desk-1", "grid", DISTRICT, &[Role::CallTaker]).await;
    town.token("desk-2", "grid", DISTRICT, &[Role::CallTaker]).await;
    let lock = v1::LockSeatRequest { command_id: "lock".to_owned(), seat_id: "desk-2".to_owned() };
    town.operator().await.seats.lock(lock).await.expect("locked");
    town.close().await;

    let (certificate, key) = identity(&ours, "localhost");
    let mut config = settings(data.path());
    config.listen.tls = Some(Tls {
        certificate: put("hub.pem", &certificate),
        key: put("hub.key", &key),
        client_ca: Some(put("ca.pem", &ours.pem())),
    });
    let town = Town::with(config, Clock::system()).await;
    let uri = format!("https://localhost:{}", town.address.port());
    let head = async |from: &Authority, name: Option<&str>| {
        let mut tls = link::ClientTlsConfig::new().domain_name("localhost").ca_certificate(link::Certificate::from_pem(ours.pem()));
        if let Some(name) = name {
            let (certificate, key) = identity(from, name);
            tls = tls.identity(link::Identity::from_pem(certificate, key));
        }
        let link = link::connect(&uri, Some(tls)).await.map_err(|error| tonic::Status::unavailable(error.to_string()))?;
        AuditClient::new(link).head(v1::HeadRequest::default()).await
    };
    head(&ours, Some("desk-1")).await.expect("its certificate says who it is");
    for (from, name, code) in [
        (&ours, None, Code::Unauthenticated),
        (&ours, Some("desk-2"), Code::Unauthenticated),
        (&ours, Some("desk-9"), Code::Unauthenticated),
    ] {
        assert_eq!(head(from, name).await.expect_err("unknown").code(), code, "{name:?}");
    }
    head(&theirs, Some("desk-1")).await.expect_err("another authority names nobody here");
    town.close().await;
}
