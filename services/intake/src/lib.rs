//! intake: one door for every report, whoever sends it. Lets each report in exactly once.
//!
//! Locates a report, seals what is personal, gives it its class and keeps the words of our own vocabulary. It
//! decides nothing about the matter: that is triage, and a person.

mod many;
mod report;
mod reveal;

use domain::{incident::Command, view::Sight};
use runtime::{
    Caller, Ports,
    act::Act,
    convert::{self, Said, needed, optional},
    sealing, status,
};
use tonic::{Request, Response, Status, Streaming};
use wire::v1::{
    self,
    intake_act_request::Action,
    intake_server::{Intake, IntakeServer},
};

/// The service's name in records and health.
pub const NAME: &str = "hub.v1.Intake";

/// The service.
#[derive(Clone)]
pub struct Service {
    ports: Ports,
}

/// The service over these ports, ready for a server or a road within the process.
#[must_use]
pub fn build(ports: Ports) -> IntakeServer<Service> {
    IntakeServer::new(Service { ports })
}

#[tonic::async_trait]
impl Intake for Service {
    async fn report(&self, request: Request<v1::ReportRequest>) -> Result<Response<v1::ReportAnswer>, Status> {
        let caller = Caller::of(&request)?;
        let trace = convert::traceparent(&request);
        report::take_in(&self.ports, &caller, trace, request.into_inner()).await.map(Response::new)
    }

    async fn report_many(&self, request: Request<Streaming<v1::ReportRequest>>) -> Result<Response<v1::ReportManyAnswer>, Status> {
        let caller = Caller::of(&request)?;
        many::take_in(&self.ports, &caller, request.into_inner()).await.map(Response::new)
    }

    async fn get_incident(&self, request: Request<v1::GetIncidentRequest>) -> Result<Response<v1::Incident>, Status> {
        let viewer = Caller::of(&request)?.viewer;
        let v1::GetIncidentRequest { incident_id, at_least } = request.into_inner();
        self.ports.fold.reached(at_least).await.map_err(|error| status::behind(&error))?;
        let id = convert::incident_id("incident_id", &incident_id)?;
        let incident = self.ports.fold.incident(id).await.map_err(|error| status::behind(&error))?;
        let sight = viewer.sight(&incident);
        if incident.version == 0 || sight == Sight::Nothing {
            return Err(status::refused(&domain::incident::Refusal::Unknown {}));
        }
        let mut gists = Vec::new();
        if sight == Sight::Whole {
            for report in &incident.reports {
                gists.push(sealing::gist(&self.ports, &viewer, id, report.id).await?);
            }
        }
        Ok(Response::new(convert::incident(&incident, sight, |n| gists.get(n).cloned().unwrap_or_default())))
    }

    async fn act(&self, request: Request<v1::IntakeActRequest>) -> Result<Response<v1::CommandAnswer>, Status> {
        let caller = Caller::of(&request)?;
        let said = request.get_ref();
        let said = Said { command_id: &said.command_id, occurred: said.occurred, basis: said.basis, service: "intake" };
        let ask = convert::ask(&self.ports, &request, &said)?;
        let request = request.into_inner();
        let act = Act::on(&self.ports, &caller, &request.incident_id, ask).await?;
        let command = command(&act, needed("action", request.action)?)?;
        act.run(command).await
    }

    async fn reveal(&self, request: Request<v1::RevealRequest>) -> Result<Response<v1::RevealAnswer>, Status> {
        reveal::reveal(&self.ports, request).await.map(Response::new)
    }
}

fn command(act: &Act<'_>, action: Action) -> Result<Command, Status> {
    Ok(match action {
        Action::Answer(it) => Command::Answer {
            reason: act.reason("answer.reason", it.reason)?,
            category: optional(&it.category, |text| convert::matter("answer.category", text))?,
            sealed: act.seal("answer", &it.words)?,
        },
        Action::SelfHandle(it) => Command::SelfHandle {
            unit: convert::unit("self_handle.unit", &it.unit)?,
            category: convert::matter("self_handle.category", &it.category)?,
        },
        Action::Raise(it) => {
            Command::Raise { flags: convert::flags("raise.flags", &it.flags)?, class: convert::class("raise.class", it.class)? }
        }
        Action::Withdraw(it) => Command::Withdraw { reason: act.reason("withdraw.reason", it.reason)? },
    })
}
