//! Up, down and sideways: tiers, supervision, summonses, reminders, conference calls, requests for help, claims.

use domain::incident::Command;
use runtime::{
    act::Act,
    convert::{self, needed, number, optional},
};
use tonic::Status;
use wire::v1::triage_act_request::Action;

/// The command of an action between tiers and desks.
pub(crate) fn command(act: &Act<'_>, action: Action) -> Result<Command, Status> {
    Ok(match action {
        Action::InformUpward(it) => {
            Command::InformUpward { reason: act.reason("inform_upward.reason", it.reason)?, sealed: act.seal("words", &it.words)? }
        }
        Action::Escalate(it) => {
            Command::Escalate { reason: act.reason("escalate.reason", it.reason)?, sealed: act.seal("words", &it.words)? }
        }
        Action::HandDown(it) => {
            Command::HandDown { to: convert::area("hand_down.to", &it.to)?, reason: act.reason("hand_down.reason", it.reason)? }
        }
        Action::TakeTier(_) => Command::TakeTier {},
        Action::ReturnTier(it) => {
            Command::ReturnTier { reason: act.reason("return_tier.reason", it.reason)?, sealed: act.seal("words", &it.words)? }
        }
        Action::Supervise(it) => Command::Supervise {
            agency: convert::agency("supervise.agency", &it.agency)?,
            // What no level has is refused by the rules.
            level: u8::try_from(it.level).unwrap_or(0),
            due: convert::when("supervise.due", it.due)?,
            reason: act.reason("supervise.reason", it.reason)?,
        },
        Action::ReplySupervision(it) => Command::ReplySupervision {
            supervision: number("reply_supervision.supervision", it.supervision)?,
            sealed: act.seal("words", &it.words)?,
        },
        Action::StrikeSupervision(it) => Command::StrikeSupervision {
            supervision: number("strike_supervision.supervision", it.supervision)?,
            reason: act.reason("strike_supervision.reason", it.reason)?,
        },
        Action::Summon(it) => Command::Summon {
            agencies: agencies("summon.agencies", &it.agencies)?,
            area: convert::area("summon.area", &it.area)?,
            by: needed("summon.by", convert::when("summon.by", it.by)?)?,
            reason: act.reason("summon.reason", it.reason)?,
        },
        Action::Arrive(it) => Command::Arrive { call: number("arrive.call", it.call)? },
        Action::Remind(it) => Command::Remind {
            agency: convert::agency("remind.agency", &it.agency)?,
            reason: act.reason("remind.reason", it.reason)?,
        },
        other => return help(act, other),
    })
}

/// Conference calls, requests for help, claims.
fn help(act: &Act<'_>, action: Action) -> Result<Command, Status> {
    Ok(match action {
        Action::Confer(it) => Command::Confer {
            parties: agencies("confer.parties", &it.parties)?,
            report: optional(&it.report_id, |text| convert::report_id("confer.report_id", text))?,
            reason: act.reason("confer.reason", it.reason)?,
        },
        Action::EndConference(it) => Command::EndConference {
            conference: number("end_conference.conference", it.conference)?,
            outcome: act.reason("end_conference.outcome", it.outcome)?,
            sealed: act.seal("words", &it.words)?,
        },
        Action::AskResource(it) => Command::AskResource {
            agency: convert::agency("ask_resource.agency", &it.agency)?,
            what: convert::matter("ask_resource.what", &it.what)?,
            quantity: number("ask_resource.quantity", it.quantity)?,
            reason: act.reason("ask_resource.reason", it.reason)?,
        },
        Action::GrantResource(it) => Command::GrantResource {
            request: number("grant_resource.request", it.request)?,
            quantity: number("grant_resource.quantity", it.quantity)?,
        },
        Action::CannotResource(it) => Command::CannotResource {
            request: number("cannot_resource.request", it.request)?,
            reason: act.reason("cannot_resource.reason", it.reason)?,
        },
        Action::Claim(it) => {
            Command::Claim { reason: it.reason.map(|reason| act.reason("claim.reason", Some(reason))).transpose()? }
        }
        Action::ReleaseClaim(_) => Command::ReleaseClaim {},
        other => return crate::leave::command(act, other),
    })
}

fn agencies(field: &str, names: &[String]) -> Result<Vec<domain::id::Agency>, Status> {
    names.iter().map(|name| convert::agency(field, name)).collect()
}
