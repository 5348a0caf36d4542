//! Who may ask for what: persons only, which roles, which agency.

use super::super::{
    command::{Command, Kind},
    context::Context,
    refusal::Refusal,
    state::Incident,
};
use crate::{
    id::Agency,
    seat::{Actor, Role, Seat},
};

/// What a machine may do: take in, remind, deliver, count. All else is a person's verdict (practice-rules §5.11).
const MACHINE: &[Kind] = &[
    Kind::Receive,
    Kind::Raise,
    Kind::DeliverOrder,
    Kind::DeliverTransfer,
    Kind::LapseTransfer,
    Kind::Breach,
    Kind::Oversee,
    Kind::Resume,
];

/// What an import does for whatever agency the file is of.
const HISTORY: &[Kind] = &[Kind::RecordRoute, Kind::RecordOrder, Kind::RecordStep, Kind::RecordPriority, Kind::Record];

/// Roles that handle matters: all but those that keep the hub itself and those that only read.
const WORKING: &[Role] =
    &[Role::CallTaker, Role::Dispatcher, Role::DutyChief, Role::Handler, Role::Checker, Role::FollowUp, Role::Supervisor];

/// Roles that may ask for each command; a seat needs one of them.
const ROLES: &[(&[Kind], &[Role])] = &[
    (
        &[
            Kind::Accept,
            Kind::Decline,
            Kind::Route,
            Kind::AddPart,
            Kind::IssueOrder,
            Kind::OfferTransfer,
            Kind::WithdrawTransfer,
            Kind::AcceptTransfer,
            Kind::ReturnTransfer,
            Kind::Release,
            Kind::AskCheck,
            Kind::Close,
            Kind::AskVerification,
            Kind::RecordRoute,
            Kind::RecordOrder,
            Kind::RecordStep,
            Kind::RecordPriority,
            Kind::Record,
            Kind::Split,
            Kind::OpenSplit,
            Kind::Recall,
        ],
        &[Role::Dispatcher, Role::DutyChief],
    ),
    (&[Kind::Answer, Kind::Withdraw, Kind::Link, Kind::TakeReports], &[Role::CallTaker, Role::Dispatcher, Role::DutyChief]),
    (
        &[
            Kind::SelfHandle,
            Kind::Verify,
            Kind::SignOrder,
            Kind::CannotOrder,
            Kind::EnRoute,
            Kind::OnScene,
            Kind::Finish,
            Kind::DeclareScene,
            Kind::Correct,
        ],
        &[Role::Handler, Role::Dispatcher, Role::DutyChief],
    ),
    (
        &[
            Kind::Receive,
            Kind::Raise,
            Kind::DeliverOrder,
            Kind::DeliverTransfer,
            Kind::LapseTransfer,
            Kind::AskVoid,
            Kind::AskReopen,
            Kind::Note,
            Kind::Number,
        ],
        WORKING,
    ),
    (
        &[
            Kind::InformUpward,
            Kind::Escalate,
            Kind::HandDown,
            Kind::TakeTier,
            Kind::ReturnTier,
            Kind::Summon,
            Kind::GrantResource,
            Kind::CannotResource,
        ],
        &[Role::Dispatcher, Role::DutyChief],
    ),
    (&[Kind::Supervise, Kind::StrikeSupervision, Kind::Oversee], &[Role::Supervisor, Role::DutyChief]),
    (&[Kind::ReplySupervision, Kind::Arrive, Kind::AskResource], &[Role::Handler, Role::Dispatcher, Role::DutyChief]),
    (&[Kind::Confer, Kind::EndConference], &[Role::CallTaker, Role::Dispatcher, Role::DutyChief]),
    (&[Kind::Remind], &[Role::CallTaker, Role::Dispatcher, Role::DutyChief, Role::FollowUp, Role::Supervisor]),
    (&[Kind::Claim, Kind::ReleaseClaim], WORKING),
    (
        &[Kind::AskExtension, Kind::AskSuspension, Kind::AskAppeal, Kind::ContactReporter],
        &[Role::Handler, Role::CallTaker, Role::Dispatcher, Role::DutyChief],
    ),
    (&[Kind::GiveFeedback], &[Role::Handler, Role::Dispatcher, Role::DutyChief]),
    (&[Kind::EndorseRequest, Kind::Resume], &[Role::Dispatcher, Role::DutyChief]),
    (&[Kind::GrantRequest], &[Role::DutyChief, Role::Supervisor]),
    (&[Kind::RefuseRequest], &[Role::Dispatcher, Role::DutyChief, Role::Supervisor]),
    (&[Kind::Designate], &[Role::DutyChief]),
    (&[Kind::Check], &[Role::Checker]),
    (&[Kind::Tell], &[Role::CallTaker, Role::Dispatcher, Role::DutyChief, Role::FollowUp]),
    (&[Kind::FollowUp], &[Role::FollowUp, Role::CallTaker]),
    (&[Kind::Void, Kind::Reopen, Kind::RefuseReopen], &[Role::Dispatcher, Role::DutyChief, Role::Supervisor]),
];

/// May this actor ask for this at all?
pub(super) fn may(incident: &Incident, command: &Command, context: &Context<'_>) -> Result<(), Refusal> {
    let kind = command.kind();
    let Actor::Seat(seat) = context.actor else {
        return if MACHINE.contains(&kind) { Ok(()) } else { Err(Refusal::NeedsPerson { command: kind }) };
    };
    role(seat, kind)?;
    match whose(incident, command) {
        Some(agency) if *agency != seat.agency && !over_all(seat, kind) => {
            Err(Refusal::NotYourAgency { needed: agency.to_string(), agency: seat.agency.to_string() })
        }
        _ => Ok(()),
    }
}

fn role(seat: &Seat, kind: Kind) -> Result<(), Refusal> {
    // An administrator decides nothing about an incident, whatever the table does not name.
    let all = if seat.administers_only() { Some(WORKING) } else { None };
    let listed = ROLES.iter().find(|(kinds, _)| kinds.contains(&kind)).map(|(_, roles)| *roles);
    let Some(roles) = listed.or(all) else { return Ok(()) };
    if roles.iter().any(|&role| seat.has(role)) {
        Ok(())
    } else {
        let needed: Vec<_> = roles.iter().map(|role| role.word()).collect();
        Err(Refusal::NotYourRole { needed: needed.join(" / ") })
    }
}

/// The duty chief of the joint duty room settles across agencies; he never does another agency's work for it.
fn over_all(seat: &Seat, kind: Kind) -> bool {
    let settles = matches!(
        kind,
        Kind::Accept
            | Kind::Route
            | Kind::AddPart
            | Kind::Designate
            | Kind::Release
            | Kind::AskCheck
            | Kind::Close
            | Kind::Void
            | Kind::Reopen
            | Kind::RefuseReopen
            | Kind::WithdrawTransfer
            | Kind::Summon
            | Kind::Resume
    );
    settles && seat.has(Role::DutyChief) || HISTORY.contains(&kind) && seat.scripted
}

/// The agency whose seat is needed; `None` where any may, or where there is nothing yet to own.
fn whose<'a>(incident: &'a Incident, command: &'a Command) -> Option<&'a Agency> {
    let of_part = |part: u16| incident.part(part).map(|part| &part.agency);
    let sender = |number: u16| incident.handover(number).map(|handover| &handover.from);
    let receiver = |number: u16| incident.handover(number).map(|handover| &handover.to);
    match command {
        Command::Answer { .. }
        | Command::SelfHandle { .. }
        | Command::AskVerification { .. }
        | Command::Decline { .. }
        | Command::Accept { .. }
        | Command::Route { .. }
        | Command::AddPart { .. }
        | Command::Release { .. }
        | Command::AskCheck { .. }
        | Command::Close {}
        | Command::Withdraw { .. }
        | Command::Void {}
        | Command::Reopen {}
        | Command::RefuseReopen { .. }
        | Command::Designate { .. }
        | Command::Link { .. }
        | Command::Correct { .. }
        | Command::InformUpward { .. }
        | Command::Escalate { .. }
        | Command::HandDown { .. }
        | Command::TakeTier {}
        | Command::ReturnTier { .. }
        | Command::Summon { .. }
        | Command::AskSuspension { .. }
        | Command::Resume { .. }
        | Command::RecordRoute { .. }
        | Command::RecordPriority { .. }
        | Command::Record { .. } => incident.lead_agency(),
        Command::OfferTransfer { part: Some(part), lead: false, .. } => match incident.part(*part) {
            // Nobody owns what was returned: the lead hands it over anew.
            Some(part) if part.status != super::super::kinds::PartStatus::Returned => Some(&part.agency),
            _ => incident.lead_agency(),
        },
        Command::OfferTransfer { .. } => incident.lead_agency(),
        Command::IssueOrder { part, .. }
        | Command::EnRoute { part, .. }
        | Command::OnScene { part, .. }
        | Command::RecordOrder { part, .. }
        | Command::GiveFeedback { part, .. }
        | Command::Finish { part, .. } => of_part(*part),
        Command::SignOrder { order }
        | Command::CannotOrder { order, .. }
        | Command::DeliverOrder { order }
        | Command::RecordStep { order, .. } => receiver(*order),
        Command::AcceptTransfer { transfer } | Command::ReturnTransfer { transfer, .. } | Command::DeliverTransfer { transfer } => {
            receiver(*transfer)
        }
        Command::WithdrawTransfer { transfer, .. } => sender(*transfer),
        Command::Tell { report, .. } => incident.report(*report).and_then(|(_, report)| report.answer.as_ref()),
        Command::ReplySupervision { supervision, .. } => incident.tiers.as_ref()?.supervision(*supervision).map(|of| &of.agency),
        Command::GrantResource { request, .. } | Command::CannotResource { request, .. } => {
            incident.tiers.as_ref()?.request(*request).map(|of| &of.agency)
        }
        Command::AskExtension { clock, .. } => incident.holder(*clock),
        Command::EndorseRequest { request } => incident.request(*request).map(|request| &request.agency),
        Command::Receive { .. }
        | Command::Raise { .. }
        | Command::Verify { .. }
        | Command::LapseTransfer { .. }
        | Command::Check { .. }
        | Command::FollowUp { .. }
        | Command::AskVoid { .. }
        | Command::AskReopen { .. }
        | Command::DeclareScene { .. }
        | Command::Split { .. }
        | Command::TakeReports { .. }
        | Command::OpenSplit { .. }
        | Command::Recall { .. }
        | Command::Note { .. }
        | Command::Number { .. }
        | Command::Supervise { .. }
        | Command::StrikeSupervision { .. }
        | Command::Arrive { .. }
        | Command::Remind { .. }
        | Command::Oversee { .. }
        | Command::Confer { .. }
        | Command::EndConference { .. }
        | Command::AskResource { .. }
        | Command::Claim { .. }
        | Command::ReleaseClaim {}
        | Command::Breach { .. }
        | Command::AskAppeal { .. }
        | Command::GrantRequest { .. }
        | Command::RefuseRequest { .. }
        | Command::ContactReporter { .. } => None,
    }
}
