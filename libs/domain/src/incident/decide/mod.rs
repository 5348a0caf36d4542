//! Decides what follows from a command, or why nothing may. Pure: the same incident, command and context give
//! the same facts.
//!
//! Three gates, in this order: the edge table ([`super::edges`]), who may ([`authority`]), then the rule itself.

mod aid;
mod authority;
mod claim;
mod clocks;
mod contact;
mod ending;
mod grant;
mod handover;
mod history;
mod joint;
mod leave;
mod opening;
mod supervision;
mod tiers;
mod work;

use super::{
    clock::Move,
    command::Command,
    context::Context,
    edges::{self, Cell},
    facts::{ClockBreached, Fact},
    kinds::Stage,
    pieces::{Handover, Part, ReportState},
    refusal::Refusal,
    state::Incident,
};
use crate::{
    id::ReportId,
    reason::{Reason, ReasonCode},
};
use clocks::Clocks;

/// Decides what follows from `command`, or why nothing may.
///
/// No facts means that everything asked for is already so.
///
/// # Errors
/// A [`Refusal`]: the rules say no. Nothing is retried.
pub fn decide(incident: &Incident, command: &Command, context: &Context<'_>) -> Result<Vec<Fact>, Refusal> {
    gate(incident, command)?;
    authority::may(incident, command, context)?;
    grant::awake(incident, command)?;
    let mut facts = rule(incident, command, context)?;
    facts.extend(grant::woken(incident, context, &facts));
    Ok(late(incident, context, &facts).into_iter().chain(facts).collect())
}

/// A promise that ran out before it was kept was broken, whether or not its timer came first: a clock that these facts
/// stop or start anew after its due time leaves its breach, ahead of them.
fn late(incident: &Incident, context: &Context<'_>, facts: &[Fact]) -> Vec<Fact> {
    if incident.history {
        return Vec::new();
    }
    let moved = facts.iter().flat_map(Fact::moves).map(|step| match step {
        Move::Start(clock) => clock.id,
        Move::Stop(id) => *id,
    });
    let running = moved.filter_map(|id| incident.clock(id));
    let late = running.filter(|clock| !clock.breached && clock.id.promise() && context.when() > clock.due);
    late.map(|clock| ClockBreached { clock: clock.id, version: clock.version, due: clock.due }.into()).collect()
}

fn gate(incident: &Incident, command: &Command) -> Result<(), Refusal> {
    let kind = command.kind();
    match edges::cell(incident.stage, kind) {
        Some(Cell::Edge(edge)) if edge.history && !incident.history => Err(Refusal::HistoryOnly {}),
        Some(Cell::Edge(_)) => Ok(()),
        Some(Cell::Refused(why)) => Err(why.refusal(incident.stage, kind)),
        // The table's test walks every cell; a gap is refused, never let through.
        None => Err(Refusal::TooEarly { stage: incident.stage, command: kind }),
    }
}

fn rule(incident: &Incident, command: &Command, context: &Context<'_>) -> Result<Vec<Fact>, Refusal> {
    let on = On { incident, context };
    match command {
        Command::Receive { new } => on.receive(new),
        Command::Raise { flags, class } => on.raise(flags, *class),
        Command::Answer { reason, category, sealed } => on.answer(reason, category.as_ref(), sealed),
        Command::SelfHandle { unit, category } => on.self_handle(unit, category),
        Command::AskVerification { agency } => on.ask_verification(agency),
        Command::Verify { found } => on.verify(*found),
        Command::Decline { reason, sealed } => on.decline(reason, sealed),
        Command::Accept { category, priority, place, reasons } => on.accept(category, *priority, *place, reasons),
        Command::Route { category, priority, parts, reasons } => on.route(category.as_ref(), *priority, parts, reasons),
        Command::AddPart { part, reason } => on.add_part(part, reason),
        Command::IssueOrder { part, unit, task, reasons } => on.issue_order(*part, unit, task.as_ref(), reasons),
        Command::DeliverOrder { order } => on.deliver_order(*order),
        Command::SignOrder { order } => on.sign_order(*order),
        Command::CannotOrder { order, reason, sealed } => on.cannot_order(*order, reason, sealed),
        Command::OfferTransfer { part, lead, to, reason, item } => on.offer(*part, *lead, to, reason, item.as_ref()),
        Command::DeliverTransfer { transfer } => on.deliver_transfer(*transfer),
        Command::AcceptTransfer { transfer } => on.accept_transfer(*transfer),
        Command::ReturnTransfer { transfer, reason, sealed } => on.return_transfer(*transfer, reason, sealed),
        Command::LapseTransfer { transfer } => on.lapse_transfer(*transfer),
        Command::WithdrawTransfer { transfer, reason } => on.withdraw_transfer(*transfer, reason),
        Command::Designate { part, agency, lead, reason } => on.designate(*part, agency, *lead, reason),
        Command::EnRoute { part, order } => on.en_route(*part, *order),
        Command::OnScene { part, order } => on.on_scene(*part, *order),
        Command::Finish { part, category, outcome, sealed } => on.finish(*part, category.as_ref(), *outcome, sealed),
        Command::Release { part, reason } => on.release(*part, reason),
        Command::AskCheck { agency } => on.ask_check(agency),
        Command::Check { passed, reason } => on.check(*passed, reason),
        Command::Tell { report, sealed } => on.tell(*report, sealed),
        Command::FollowUp { report, reached, contacted, solved, satisfaction, sealed } => {
            on.follow_up(*report, *reached, *contacted, *solved, *satisfaction, sealed)
        }
        Command::Close {} => on.close(),
        Command::Withdraw { reason } => on.withdraw(reason),
        Command::AskVoid { reason } => on.ask_void(reason),
        Command::Void {} => on.void(),
        Command::AskReopen { report, reason } => on.ask_reopen(*report, reason),
        Command::Reopen {} => on.reopen(),
        Command::RefuseReopen { reason } => on.refuse_reopen(reason),
        Command::Breach { clock, version } => on.breach(*clock, *version),
        Command::AskExtension { clock, amount, reason, sealed } => on.ask_extension(*clock, *amount, reason, sealed),
        Command::AskSuspension { days, reason, sealed } => on.ask_suspension(*days, reason, sealed),
        Command::AskAppeal { against, reason, sealed } => on.ask_appeal(against, reason, sealed),
        Command::EndorseRequest { request } => on.endorse(*request),
        Command::GrantRequest { request, told, sealed } => on.grant(*request, told, sealed),
        Command::RefuseRequest { request, reason, sealed } => on.refuse_request(*request, reason, sealed),
        Command::Resume { version } => on.resume(*version),
        Command::ContactReporter { report, sealed } => on.contact_reporter(*report, sealed),
        Command::GiveFeedback { part, sealed } => on.give_feedback(*part, sealed),
        Command::DeclareScene { safe } => on.declare_scene(*safe),
        Command::Link { into, reason } => on.link(*into, reason),
        Command::TakeReports { from, class, flags, reports } => on.take_reports(*from, *class, flags, reports),
        Command::Split { into, category, reason } => on.split(*into, category, reason),
        Command::OpenSplit { matter } => on.open_split(matter),
        Command::Recall { reason } => on.recall(reason),
        Command::Correct { category } => on.correct(category),
        Command::Note { topic, sealed } => on.note(*topic, sealed),
        Command::Number { form, number, part } => on.number(*form, number, *part),
        Command::InformUpward { reason, sealed } => on.inform_upward(reason, sealed),
        Command::Escalate { reason, sealed } => on.escalate(reason, sealed),
        Command::HandDown { to, reason } => on.hand_down(*to, reason),
        Command::TakeTier {} => on.take_tier(),
        Command::ReturnTier { reason, sealed } => on.return_tier(reason, sealed),
        Command::Supervise { agency, level, due, reason } => on.supervise(agency, *level, *due, reason),
        Command::ReplySupervision { supervision, sealed } => on.reply_supervision(*supervision, sealed),
        Command::StrikeSupervision { supervision, reason } => on.strike_supervision(*supervision, reason),
        Command::Summon { agencies, area, by, reason } => on.summon(agencies, *area, *by, reason),
        Command::Arrive { call } => on.arrive(*call),
        Command::Remind { agency, reason } => on.remind(agency, reason),
        Command::Oversee { clock, version, agency, area } => on.oversee(*clock, *version, agency, *area),
        Command::Confer { parties, report, reason } => on.confer(parties, *report, reason),
        Command::EndConference { conference, outcome, sealed } => on.end_conference(*conference, outcome, sealed),
        Command::AskResource { agency, what, quantity, reason } => on.ask_resource(agency, what, *quantity, reason),
        Command::GrantResource { request, quantity } => on.grant_resource(*request, *quantity),
        Command::CannotResource { request, reason } => on.cannot_resource(*request, reason),
        Command::Claim { reason } => on.claim(reason.as_ref()),
        Command::ReleaseClaim {} => on.release_claim(),
        Command::RecordRoute { parts, reasons } => on.record_route(parts, reasons),
        Command::RecordOrder { part, unit } => on.record_order(*part, unit),
        Command::RecordStep { order, step } => on.record_step(*order, *step),
        Command::RecordPriority { priority, reasons } => on.record_priority(*priority, reasons),
        Command::Record { sealed, answered } => on.record(sealed, *answered),
    }
}

/// One incident under one command.
#[derive(Clone, Copy)]
struct On<'a> {
    incident: &'a Incident,
    context: &'a Context<'a>,
}

type Facts = Result<Vec<Fact>, Refusal>;

impl<'a> On<'a> {
    fn clocks(self) -> Clocks<'a> {
        Clocks::new(self.incident, self.context)
    }

    fn part(self, number: u16) -> Result<&'a Part, Refusal> {
        self.incident.part(number).ok_or(Refusal::NoPart { part: number })
    }

    /// A part that somebody owns and that has not ended.
    fn owned_part(self, number: u16) -> Result<&'a Part, Refusal> {
        use super::kinds::PartStatus::{EnRoute, Finished, Offered, OnScene, Ordered, Owned, Released, Returned, Signed};
        let part = self.part(number)?;
        match part.status {
            Offered => Err(Refusal::PartNotOwned { part: number, status: part.status.word() }),
            Returned => Err(Refusal::PartReturned { part: number }),
            Finished | Released => Err(Refusal::PartOver { part: number, status: part.status.word() }),
            Owned | Ordered | Signed | EnRoute | OnScene => Ok(part),
        }
    }

    fn handover(self, number: u16, kind: super::kinds::HandoverKind) -> Result<&'a Handover, Refusal> {
        let handover = self.incident.handover(number).ok_or(Refusal::NoHandover { handover: number })?;
        if handover.kind == kind { Ok(handover) } else { Err(Refusal::WrongKind { handover: number }) }
    }

    fn report(self, id: ReportId) -> Result<(u16, &'a ReportState), Refusal> {
        self.incident.report(id).ok_or(Refusal::NoReport {})
    }

    /// Rule 3: while a part lies returned, the incident is neither routed, done, checked, told nor closed.
    fn nothing_returned(self) -> Result<(), Refusal> {
        let returned = self.incident.parts.iter().find(|part| part.status == super::kinds::PartStatus::Returned);
        returned.map_or(Ok(()), |part| Err(Refusal::PartReturned { part: part.id }))
    }

    /// Emitted with the end of a part: are all mandatory parts done now?
    fn done_without(self, ended: u16) -> Option<Fact> {
        let working = matches!(self.incident.stage, Stage::Routed | Stage::Handling);
        let left = self.incident.parts.iter().any(|part| part.mandatory && !part.over() && part.id != ended);
        (working && !left).then(|| super::facts::Done { clocks: Vec::new() }.into())
    }
}

/// A reason fits where its code belongs and its arguments are all there.
fn fits(reason: &Reason, family: &[&str]) -> Result<(), Refusal> {
    let code = reason.code.code();
    let listed = family.iter().any(|prefix| code.starts_with(prefix));
    if listed && reason.complete() && reason.plain() { Ok(()) } else { Err(Refusal::BadReason { code: code.to_owned() }) }
}

/// Codes that say nothing about the matter itself, only who decided; they accompany others.
const DECIDER: [ReasonCode; 3] = [ReasonCode::ScriptedSeat, ReasonCode::SeatConfirm, ReasonCode::SeatOverride];

/// Reasons of triage: proposals and who settled them.
fn fit_triage(reasons: &[Reason]) -> Result<(), Refusal> {
    reasons.iter().try_for_each(|reason| {
        if DECIDER.contains(&reason.code) { Ok(()) } else { fits(reason, &["triage.", "unit.", "history."]) }
    })
}
