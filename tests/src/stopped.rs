//! A disk that takes nothing more: the hub says so, acknowledges nothing and ends; started again, it has what it acknowledged.

use std::{
    io::Read as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use wire::v1::{self, Role};

use crate::{
    child::{self, Hub, Log},
    town::{Desk, report},
};

/// The same command, but a file that may not grow is an error for it and not its end.
fn hardened(hub: &Command) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(hub.get_program()).args(hub.get_args());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_disk_takes_nothing_more_nothing_is_acknowledged_and_the_hub_ends() {
    let data = tempfile::tempdir().expect("a folder");
    // A pipe: a log file could not grow either.
    let (mut log, into) = std::io::pipe().expect("a pipe");
    let hub = Hub::spawn(hardened(&child::serve(data.path(), None)), Log::To(Stdio::from(into)));
    let token = hub.seat(data.path(), "grid-1", "grid", &[Role::CallTaker]).await;
    let desk = Desk::at(&hub.uri, "grid-1", &token).await;
    let kept = desk.report(report("patrol", "L-1", "门口暴露垃圾")).await.expect("in");
    let ready = async || {
        let link = tonic::transport::Endpoint::from_shared(hub.uri.clone()).expect("an address").connect().await.ok()?;
        let asked = HealthCheckRequest { service: String::new() };
        Some(HealthClient::new(link).check(asked).await.ok()?.into_inner().status())
    };
    assert_eq!(ready().await, Some(ServingStatus::Serving));

    let limited = Command::new("prlimit").args(["--fsize=1", "--pid", &hub.id().to_string()]).status();
    assert!(limited.is_ok_and(|status| status.success()), "prlimit belongs to util-linux: install it");
    let lost = desk.report(report("patrol", "L-2", "井盖松动")).await.expect_err("the disk takes nothing");
    assert!(matches!(lost.code(), Code::Unknown | Code::Unavailable), "{lost:?}");
    // Ready no longer, and soon gone.
    let begun = Instant::now();
    while ready().await == Some(ServingStatus::Serving) {
        assert!(begun.elapsed() < Duration::from_secs(10), "it still says it is ready");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!hub.status().success(), "whoever watches it has to see that it failed");
    let mut said = String::new();
    log.read_to_string(&mut said).expect("a log");
    assert!(said.contains("stopped writing") && said.contains("start the hub again"), "{said}");

    let hub = Hub::start(data.path(), None);
    let desk = Desk::at(&hub.uri, "grid-1", &token).await;
    let again = desk.report(report("patrol", "L-1", "门口暴露垃圾")).await.expect("known");
    assert_eq!((again.outcome(), again.incident_id), (v1::ReportOutcome::Known, kept.incident_id));
    desk.report(report("patrol", "L-2", "井盖松动")).await.expect("asked again, it goes in or is known");
    hub.stop();
}
