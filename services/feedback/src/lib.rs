//! feedback: tells the reporters, checks the result, asks for satisfaction, closes or reopens.
//!
//! Telling (答复), asking (回访) and what the handler reports (反馈) are three facts. Rates are views over them and
//! live elsewhere. Who may do what is in `domain::incident`; here requests become commands.

use domain::incident::Command;
use runtime::{
    Caller, Ports,
    act::Act,
    convert::{self, Said, needed},
};
use tonic::{Request, Response, Status};
use wire::v1::{
    self,
    feedback_act_request::Action,
    feedback_server::{Feedback, FeedbackServer},
};

/// The service's name in records and health.
pub const NAME: &str = "hub.v1.Feedback";

/// The service.
#[derive(Clone)]
pub struct Service {
    ports: Ports,
}

/// The service over these ports, ready for a server or a road within the process.
#[must_use]
pub fn build(ports: Ports) -> FeedbackServer<Service> {
    FeedbackServer::new(Service { ports })
}

#[tonic::async_trait]
impl Feedback for Service {
    async fn act(&self, request: Request<v1::FeedbackActRequest>) -> Result<Response<v1::CommandAnswer>, Status> {
        let caller = Caller::of(&request)?;
        let said = request.get_ref();
        let said = Said { command_id: &said.command_id, occurred: said.occurred, basis: said.basis, service: "feedback" };
        let ask = convert::ask(&self.ports, &request, &said)?;
        let request = request.into_inner();
        let act = Act::on(&self.ports, &caller, &request.incident_id, ask).await?;
        let command = command(&act, needed("action", request.action)?)?;
        act.run(command).await
    }
}

fn command(act: &Act<'_>, action: Action) -> Result<Command, Status> {
    Ok(match action {
        Action::AskCheck(it) => Command::AskCheck { agency: convert::agency("ask_check.agency", &it.agency)? },
        Action::Check(it) => Command::Check { passed: it.passed, reason: act.reason("check.reason", it.reason)? },
        Action::Tell(it) => {
            Command::Tell { report: convert::report_id("tell.report_id", &it.report_id)?, sealed: act.seal("answer", &it.words)? }
        }
        Action::FollowUp(it) => Command::FollowUp {
            report: convert::report_id("follow_up.report_id", &it.report_id)?,
            reached: it.reached,
            contacted: it.contacted,
            solved: it.solved,
            satisfaction: convert::satisfaction("follow_up.satisfaction", it.satisfaction)?,
            sealed: act.seal("words", &it.words)?,
        },
        Action::Close(_) => Command::Close {},
        Action::AskReopen(it) => Command::AskReopen {
            report: convert::optional(&it.report_id, |text| convert::report_id("ask_reopen.report_id", text))?,
            reason: act.reason("ask_reopen.reason", it.reason)?,
        },
        Action::Reopen(_) => Command::Reopen {},
        Action::RefuseReopen(it) => Command::RefuseReopen { reason: act.reason("refuse_reopen.reason", it.reason)? },
        Action::Record(it) => {
            Command::Record { sealed: act.seal("answer", &it.words)?, answered: convert::when("record.answered", it.answered)? }
        }
    })
}
