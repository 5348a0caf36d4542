//! triage: proposes category, priority, agencies and place with its reasons; carries out what seats decide; keeps the clocks.
//!
//! It proposes and never decides: a seat (a person, or a script in the demo and in imports) does, and the facts say so.

use std::sync::Arc;

mod joint;
mod leave;
mod propose;
mod tiers;
mod units;

use domain::{
    id::IncidentId,
    incident::{Command, Form, Outcome, Topic, UnitStage},
};
use runtime::{
    Caller, Ports,
    act::Act,
    convert::{self, Said, needed, number, optional},
    status,
};
use tonic::{Request, Response, Status};
use wire::v1::{
    self,
    triage_act_request::Action,
    triage_server::{Triage, TriageServer},
};

use units::Units;

/// The service's name in records and health.
pub const NAME: &str = "hub.v1.Triage";

/// The service.
#[derive(Clone)]
pub struct Service {
    ports: Ports,
    units: Arc<Units>,
}

/// The service over these ports, ready for a server or a road within the process.
#[must_use]
pub fn build(ports: Ports) -> TriageServer<Service> {
    TriageServer::new(Service { ports, units: Arc::default() })
}

#[tonic::async_trait]
impl Triage for Service {
    async fn propose(&self, request: Request<v1::ProposeRequest>) -> Result<Response<v1::Proposal>, Status> {
        let caller = Caller::of(&request)?;
        propose::propose(&self.ports, &self.units, &caller, &request.into_inner()).await.map(Response::new)
    }

    async fn announce(&self, request: Request<v1::AnnounceRequest>) -> Result<Response<v1::AnnounceAnswer>, Status> {
        let caller = Caller::of(&request)?;
        self.units.announce(&self.ports, &caller, request.into_inner()).map(Response::new)
    }

    async fn act(&self, request: Request<v1::TriageActRequest>) -> Result<Response<v1::CommandAnswer>, Status> {
        let caller = Caller::of(&request)?;
        let said = request.get_ref();
        let said = Said { command_id: &said.command_id, occurred: said.occurred, basis: said.basis, service: "triage" };
        let ask = convert::ask(&self.ports, &request, &said)?;
        let request = request.into_inner();
        let act = Act::on(&self.ports, &caller, &request.incident_id, ask).await?;
        let id: IncidentId = convert::incident_id("incident_id", &request.incident_id)?;
        match needed("action", request.action)? {
            Action::Link(it) => joint::link(&self.ports, &caller, act, id, it).await,
            Action::Split(it) => joint::split(&caller, act, &request.command_id, it).await,
            action => {
                let mut command = command(&act, action)?;
                self.advise(&caller, id, &mut command).await?;
                act.run(command).await
            }
        }
    }
}

impl Service {
    /// An order for a unit that is known here says why this unit, and whether the seat followed the advice.
    async fn advise(&self, caller: &Caller, id: IncidentId, command: &mut Command) -> Result<(), Status> {
        let Command::IssueOrder { part, unit, task, reasons } = command else { return Ok(()) };
        // Of most units nothing is known here: then no sealed word is read for them.
        if !self.units.knows(unit) {
            return Ok(());
        }
        let incident = self.ports.fold.incident(id).await.map_err(|error| status::behind(&error))?;
        let sealed = propose::told(&self.ports, &incident).await?;
        reasons.extend(self.units.reasons(&self.ports, caller, &incident, *part, (unit, task.as_ref()), &sealed));
        Ok(())
    }
}

fn command(act: &Act<'_>, action: Action) -> Result<Command, Status> {
    Ok(match action {
        Action::AskVerification(it) => Command::AskVerification { agency: convert::agency("ask_verification.agency", &it.agency)? },
        Action::Verify(it) => Command::Verify { found: it.found },
        Action::Decline(it) => {
            Command::Decline { reason: act.reason("decline.reason", it.reason)?, sealed: act.seal("words", &it.words)? }
        }
        Action::Accept(it) => Command::Accept {
            category: convert::matter("accept.category", &it.category)?,
            priority: convert::priority("accept.priority", it.priority)?,
            place: convert::place("accept.place", it.place)?,
            reasons: act.reasons("accept.reasons", it.reasons)?,
        },
        Action::Route(it) => Command::Route {
            category: optional(&it.category, |text| convert::matter("route.category", text))?,
            priority: (it.priority != 0).then(|| convert::priority("route.priority", it.priority)).transpose()?,
            parts: it.parts.iter().map(|part| convert::new_part("route.parts", part)).collect::<Result<_, _>>()?,
            reasons: act.reasons("route.reasons", it.reasons)?,
        },
        Action::AddPart(it) => Command::AddPart {
            part: convert::new_part("add_part.part", &needed("add_part.part", it.part)?)?,
            reason: act.reason("add_part.reason", it.reason)?,
        },
        Action::OfferTransfer(it) => Command::OfferTransfer {
            part: (it.part != 0).then(|| number("offer_transfer.part", it.part)).transpose()?,
            lead: it.lead,
            to: convert::agency("offer_transfer.to", &it.to)?,
            reason: act.reason("offer_transfer.reason", it.reason)?,
            item: convert::item("offer_transfer.item", it.item)?,
        },
        Action::DeliverTransfer(it) => Command::DeliverTransfer { transfer: number("deliver_transfer.transfer", it.transfer)? },
        Action::AcceptTransfer(it) => Command::AcceptTransfer { transfer: number("accept_transfer.transfer", it.transfer)? },
        Action::ReturnTransfer(it) => Command::ReturnTransfer {
            transfer: number("return_transfer.transfer", it.transfer)?,
            reason: act.reason("return_transfer.reason", it.reason)?,
            sealed: act.seal("words", &it.words)?,
        },
        Action::LapseTransfer(it) => Command::LapseTransfer { transfer: number("lapse_transfer.transfer", it.transfer)? },
        Action::WithdrawTransfer(it) => Command::WithdrawTransfer {
            transfer: number("withdraw_transfer.transfer", it.transfer)?,
            reason: act.reason("withdraw_transfer.reason", it.reason)?,
        },
        Action::Designate(it) => Command::Designate {
            part: (it.part != 0).then(|| number("designate.part", it.part)).transpose()?,
            agency: convert::agency("designate.agency", &it.agency)?,
            lead: it.lead,
            reason: act.reason("designate.reason", it.reason)?,
        },
        Action::AskVoid(it) => Command::AskVoid { reason: act.reason("ask_void.reason", it.reason)? },
        Action::Void(_) => Command::Void {},
        Action::RecordRoute(it) => Command::RecordRoute {
            parts: it.parts.iter().map(|part| convert::new_part("record_route.parts", part)).collect::<Result<_, _>>()?,
            reasons: act.reasons("record_route.reasons", it.reasons)?,
        },
        Action::RecordOrder(it) => Command::RecordOrder {
            part: number("record_order.part", it.part)?,
            unit: convert::unit("record_order.unit", &it.unit)?,
        },
        Action::RecordStep(it) => Command::RecordStep {
            order: number("record_step.order", it.order)?,
            step: needed(
                "record_step.step",
                convert::word::<v1::UnitStage, _>("record_step.step", it.step, UnitStage::from_word)?,
            )?,
        },
        Action::RecordPriority(it) => Command::RecordPriority {
            priority: convert::priority("record_priority.priority", it.priority)?,
            reasons: act.reasons("record_priority.reasons", it.reasons)?,
        },
        work => return work_command(act, work),
    })
}

/// Orders, units on their way, parts done.
fn work_command(act: &Act<'_>, action: Action) -> Result<Command, Status> {
    Ok(match action {
        Action::IssueOrder(it) => Command::IssueOrder {
            part: number("issue_order.part", it.part)?,
            unit: convert::unit("issue_order.unit", &it.unit)?,
            task: optional(&it.task, |text| convert::matter("issue_order.task", text))?,
            reasons: act.reasons("issue_order.reasons", it.reasons)?,
        },
        Action::DeclareScene(it) => Command::DeclareScene { safe: it.safe },
        Action::Recall(it) => Command::Recall { reason: act.reason("recall.reason", it.reason)? },
        Action::Correct(it) => Command::Correct { category: convert::matter("correct.category", &it.category)? },
        Action::Note(it) => Command::Note {
            topic: convert::word::<v1::Topic, _>("note.topic", it.topic, Topic::from_word)?.unwrap_or(Topic::Note),
            sealed: act.seal("words", &it.words)?,
        },
        Action::Number(it) => Command::Number {
            form: needed("number.form", convert::word::<v1::Form, _>("number.form", it.form, Form::from_word)?)?,
            number: it.number,
            part: (it.part != 0).then(|| number("number.part", it.part)).transpose()?,
        },
        Action::DeliverOrder(it) => Command::DeliverOrder { order: number("deliver_order.order", it.order)? },
        Action::SignOrder(it) => Command::SignOrder { order: number("sign_order.order", it.order)? },
        Action::CannotOrder(it) => Command::CannotOrder {
            order: number("cannot_order.order", it.order)?,
            reason: act.reason("cannot_order.reason", it.reason)?,
            sealed: act.seal("words", &it.words)?,
        },
        Action::EnRoute(it) => Command::EnRoute {
            part: number("en_route.part", it.part)?,
            order: (it.order != 0).then(|| number("en_route.order", it.order)).transpose()?,
        },
        Action::OnScene(it) => Command::OnScene {
            part: number("on_scene.part", it.part)?,
            order: (it.order != 0).then(|| number("on_scene.order", it.order)).transpose()?,
        },
        Action::Finish(it) => Command::Finish {
            part: number("finish.part", it.part)?,
            category: optional(&it.category, |text| convert::matter("finish.category", text))?,
            outcome: convert::word::<v1::Outcome, _>("finish.outcome", it.outcome, Outcome::from_word)?,
            sealed: act.seal("words", &it.words)?,
        },
        Action::Release(it) => {
            Command::Release { part: number("release.part", it.part)?, reason: act.reason("release.reason", it.reason)? }
        }
        other => return tiers::command(act, other),
    })
}
