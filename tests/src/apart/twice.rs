//! Two replicas of triage with one clock that is turned by hand: what falls due is done once.

use domain::incident::Stage;
use hub::process::{Process, Service};
use runtime::{Caller, config::Config};
use testkit::{clock::Hand, nats::Server};
use wire::v1::Role;

use super::raw::{self, Heard};
use crate::town::{self, DISTRICT, Desk, MONDAY, add_seat, clock, report};

fn settings(folder: &std::path::Path, name: &str, server: &Server) -> Config {
    let mut config = town::settings(&folder.join(name));
    config.journal.url = Some(server.url());
    config.journal.nats.monitors = vec![server.monitor()];
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn what_falls_due_is_done_once_by_two_replicas() {
    let (folder, server, hand) = (tempfile::tempdir().expect("a folder"), Server::synced(), Hand::new(MONDAY));
    let open = async |name: &str| {
        let mut process = Process::open(settings(folder.path(), name, &server), clock(&hand)).await.expect("it opens");
        process.begin(&[Service::Intake, Service::Triage]).await.expect("it begins");
        process
    };
    let (one, two) = (open("one").await, open("two").await);
    let mut operator = hub::roads::Roads::local(&one.ports, Caller::operator(&one.ports));
    add_seat(&mut operator, "seat/desk-1", "desk-1", "grid", DISTRICT, &[Role::CallTaker]).await;
    two.ports.fold.reached(one.ports.fold.position()).await.expect("the other process follows");
    let seat = one.ports.fold.look(|board| board.seat(&"desk-1".parse().expect("a name")).expect("there").seat.clone());
    let desk = Desk::on(hub::roads::Roads::local(&two.ports, Caller::seat(seat)), "desk-1", "");
    let mut incidents = Vec::new();
    for n in 0..20 {
        incidents.push(desk.report(report("patrol", &format!("R-{n}"), "门口暴露垃圾")).await.expect("taken").incident_id);
    }
    // Long after every clock that a report starts.
    hand.advance(30 * 86_400_000);
    let late = |process: &Process| process.ports.fold.look(|board| board.counts().overdue);
    for _ in 0..200 {
        if late(&one) >= incidents.len() as u64 && late(&two) == late(&one) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!((late(&one), late(&two)), (20, 20));
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let digest = |process: &Process| process.ports.fold.look(|board| (board.position(), board.digest()));
    assert_eq!(digest(&one), digest(&two), "both show one board");
    assert_eq!(one.ports.fold.look(|board| board.incidents().filter(|incident| incident.stage == Stage::Received).count()), 20);
    let counted = raw::holds(&server.url(), &Heard::default());
    assert_eq!(counted["kinds"]["incident.received"], 20);
    one.close().await.expect("closes");
    two.close().await.expect("closes");
}
