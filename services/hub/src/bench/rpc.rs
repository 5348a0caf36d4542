//! The same loop over gRPC on loopback, each seat with its own token and connections: reported, no target.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use futures::future::BoxFuture;
use runtime::{Caller, Clock, Ports, convert};
use tokio::sync::oneshot;
use wire::v1::{self, feedback_act_request::Action as Feedback, triage_act_request::Action as Triage};

use super::{
    life::{DECISIONS, Life, Who},
    meter::{Meter, Times, micros},
    whole::Outcome,
};
use crate::{
    process::{Process, Service},
    roads::Roads,
};

/// Incidents that are led at once.
const ABREAST: usize = 256;

/// Serves and leads lives for so long, in one process.
pub(crate) async fn measured(dir: &Path, long: Duration) -> anyhow::Result<Outcome> {
    let mut config = super::config(dir);
    config.listen.address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    config.listen.requests = ABREAST;
    let mut process = Process::open(config, Clock::system()).await?;
    let ports = process.ports.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let (bound, address) = oneshot::channel();
    let leading = tokio::spawn(async move {
        let address: std::net::SocketAddr = address.await.context("the server did not start")?;
        let outcome = run(&ports, &format!("http://{address}"), long).await;
        // The server is there as long as this task: it cannot have gone.
        let _ = stop.send(());
        outcome
    });
    let until = async {
        let _ = stopped.await;
    };
    let served = process
        .serve(&Service::ALL, until, |address| {
            // The task that waits for it lives.
            let _ = bound.send(address);
        })
        .await;
    let outcome = leading.await.context("lead lives over gRPC")?;
    process.close().await?;
    served?;
    outcome
}

async fn run(ports: &Ports, uri: &str, long: Duration) -> anyhow::Result<Outcome> {
    let roads = Arc::new(roads(ports, uri).await?);
    let next = Arc::new(AtomicU64::new(0));
    let before = ports.journal.head().await?.position;
    let meter = Meter::start()?;
    let until = Instant::now() + long;
    let tasks: Vec<_> = (0..ABREAST).map(|_| tokio::spawn(lead(roads.clone(), next.clone(), until))).collect();
    let (mut incidents, mut micros) = (0, Vec::new());
    for task in tasks {
        let (whole, some) = task.await.context("a life broke")??;
        incidents += whole;
        micros.extend(some);
    }
    let seconds = meter.elapsed().as_secs_f64();
    let spent = meter.spent()?;
    let facts = ports.journal.head().await?.position - before;
    let record_bytes = Some(super::whole::record_bytes(ports).await?);
    Ok(Outcome {
        incidents,
        decisions: micros.len() as u64,
        facts,
        seconds,
        spent,
        times: Times::of(micros),
        record_bytes,
        abreast: ABREAST,
    })
}

/// Sets the seats up and connects each with its token.
async fn roads(ports: &Ports, uri: &str) -> anyhow::Result<Vec<Roads>> {
    let mut operator = Roads::local(ports, Caller::operator(ports));
    let mut roads = Vec::new();
    for who in Who::ALL {
        let seat = wire_seat(&who.seat());
        let request = v1::AddSeatRequest { command_id: format!("bench/seat/{}", seat.seat_id), seat: Some(seat) };
        let token = operator.seats.add(request).await.map_err(failed)?.into_inner().token;
        roads.push(Roads::connect(uri, &token).await.context("reach our own server")?);
    }
    Ok(roads)
}

fn wire_seat(seat: &domain::seat::Seat) -> v1::Seat {
    v1::Seat {
        seat_id: seat.id.to_string(),
        agency: seat.agency.to_string(),
        area: seat.area.to_string(),
        roles: seat.roles.iter().map(|role| convert::number_of::<v1::Role>(role.word())).collect(),
        scripted: seat.scripted,
    }
}

fn failed(status: tonic::Status) -> anyhow::Error {
    anyhow::anyhow!("{}: {}", status.code(), status.message())
}

async fn lead(roads: Arc<Vec<Roads>>, next: Arc<AtomicU64>, until: Instant) -> anyhow::Result<(u64, Vec<u32>)> {
    let (mut whole, mut times) = (0, Vec::new());
    loop {
        let life = Life::new("loop", next.fetch_add(1, Ordering::Relaxed));
        for n in 0..DECISIONS {
            if Instant::now() >= until {
                return Ok((whole, times));
            }
            let begun = Instant::now();
            decide(&roads, &life, n).await.map_err(failed)?;
            times.push(micros(begun));
        }
        whole += 1;
    }
}

/// A request under way.
type Call = BoxFuture<'static, Result<(), tonic::Status>>;

/// Decision `n` of a life as a request: the same that [`Life::receive`] and [`Life::follow`] ask of the rules.
fn decide(roads: &[Roads], life: &Life, n: usize) -> Call {
    let part = |agency: &str| v1::NewPart { agency: agency.to_owned(), mandatory: true, task: String::new() };
    let confirmed = || vec![v1::Reason { code: "seat.confirm".to_owned(), ..v1::Reason::default() }];
    let category = || Life::CATEGORY.to_owned();
    let finish = |part| Triage::Finish(v1::triage_act_request::Finish { part, ..Default::default() });
    let (who, action) = match n {
        0 => return report(roads, life),
        1 => (
            Who::PoliceDesk,
            Triage::Accept(v1::triage_act_request::Accept { category: category(), priority: 3, place: None, reasons: confirmed() }),
        ),
        2 => {
            let parts = vec![part("police"), part("grid")];
            (Who::PoliceDesk, Triage::Route(v1::triage_act_request::Route { parts, reasons: confirmed(), ..Default::default() }))
        }
        3 => (Who::GridDesk, Triage::DeliverTransfer(v1::triage_act_request::DeliverTransfer { transfer: 1 })),
        4 => (Who::GridDesk, Triage::AcceptTransfer(v1::triage_act_request::AcceptTransfer { transfer: 1 })),
        5 => (Who::PoliceUnit, finish(1)),
        6 => (Who::GridUnit, finish(2)),
        _ => return feedback(roads, life, n),
    };
    let command_id = format!("{}/{n}", life.reference);
    let request = v1::TriageActRequest { command_id, incident_id: life.id.to_string(), action: Some(action), ..Default::default() };
    let mut triage = roads[who as usize].triage.clone();
    Box::pin(async move { triage.act(request).await.map(drop) })
}

fn report(roads: &[Roads], life: &Life) -> Call {
    let request = v1::ReportRequest {
        source: Life::SOURCE.to_owned(),
        reference: life.reference.clone(),
        channel: v1::Channel::Phone.into(),
        text: Life::WORDS.to_owned(),
        area: life.area().to_owned(),
        ..Default::default()
    };
    let mut intake = roads[Who::PoliceDesk as usize].intake.clone();
    Box::pin(async move { intake.report(request).await.map(drop) })
}

fn feedback(roads: &[Roads], life: &Life, n: usize) -> Call {
    let report_id = life.report.to_string();
    let (who, action) = match n {
        7 => (Who::PoliceDesk, Feedback::Tell(v1::feedback_act_request::Tell { report_id, words: Life::TOLD.to_owned() })),
        8 => {
            let (solved, satisfaction) = (Some(true), v1::Satisfaction::Satisfied.into());
            let asked = v1::feedback_act_request::FollowUp {
                report_id,
                reached: true,
                contacted: Some(true),
                solved,
                satisfaction,
                words: String::new(),
            };
            (Who::FollowUp, Feedback::FollowUp(asked))
        }
        _ => (Who::PoliceDesk, Feedback::Close(v1::feedback_act_request::Close {})),
    };
    let command_id = format!("{}/{n}", life.reference);
    let request =
        v1::FeedbackActRequest { command_id, incident_id: life.id.to_string(), action: Some(action), ..Default::default() };
    let mut feedback = roads[who as usize].feedback.clone();
    Box::pin(async move { feedback.act(request).await.map(drop) })
}
