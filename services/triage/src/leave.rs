//! Requests for time and their decisions, first contacts and first feedbacks: from the wire to the rules' commands.

use std::collections::BTreeMap;

use domain::{
    id::ReportId,
    incident::{Appealed, ClockId, Command, Sealed},
};
use runtime::{
    act::Act,
    convert::{self, number},
    status,
};
use tonic::Status;
use wire::v1::triage_act_request::{Action, GrantRequest};

/// The command behind an action of these; any other is not known here.
pub(crate) fn command(act: &Act<'_>, action: Action) -> Result<Command, Status> {
    Ok(match action {
        Action::AskExtension(it) => Command::AskExtension {
            clock: clock("ask_extension.clock", &it.clock)?,
            amount: it.amount,
            reason: act.reason("ask_extension.reason", it.reason)?,
            sealed: act.seal("words", &it.words)?,
        },
        Action::AskSuspension(it) => Command::AskSuspension {
            days: it.days,
            reason: act.reason("ask_suspension.reason", it.reason)?,
            sealed: act.seal("words", &it.words)?,
        },
        Action::AskAppeal(it) => Command::AskAppeal {
            against: if it.clock.is_empty() {
                Appealed::Designation { part: (it.part != 0).then(|| number("ask_appeal.part", it.part)).transpose()? }
            } else {
                Appealed::Lateness { clock: clock("ask_appeal.clock", &it.clock)?, version: it.version }
            },
            reason: act.reason("ask_appeal.reason", it.reason)?,
            sealed: act.seal("words", &it.words)?,
        },
        Action::EndorseRequest(it) => Command::EndorseRequest { request: number("endorse_request.request", it.request)? },
        Action::GrantRequest(it) => {
            let (told, sealed) = told(act, &it)?;
            Command::GrantRequest { request: number("grant_request.request", it.request)?, told, sealed }
        }
        Action::RefuseRequest(it) => Command::RefuseRequest {
            request: number("refuse_request.request", it.request)?,
            reason: act.reason("refuse_request.reason", it.reason)?,
            sealed: act.seal("words", &it.words)?,
        },
        Action::Resume(it) => Command::Resume { version: it.version },
        Action::ContactReporter(it) => {
            let report = convert::report_id("contact_reporter.report_id", &it.report_id)?;
            Command::ContactReporter { report, sealed: act.seal_to(report, "words", &it.words)? }
        }
        Action::GiveFeedback(it) => {
            Command::GiveFeedback { part: number("give_feedback.part", it.part)?, sealed: act.seal("words", &it.words)? }
        }
        _ => return Err(status::bad_field("action", "动作不在词表内", "the action is not known here")),
    })
}

/// Who was told the new date, each under its own report's key: in words of its own, else in those for all who wait.
fn told(act: &Act<'_>, it: &GrantRequest) -> Result<(Vec<ReportId>, Vec<Sealed>), Status> {
    let mut words: BTreeMap<ReportId, &str> = BTreeMap::new();
    if !it.words.is_empty() {
        words.extend(act.waiting().into_iter().map(|report| (report, it.words.as_str())));
    }
    for told in &it.told {
        let report = convert::report_id("grant_request.told.report_id", &told.report_id)?;
        if told.words.is_empty() {
            return Err(status::bad_field("grant_request.told.words", "不能为空", "must be given"));
        }
        words.insert(report, &told.words);
    }
    let mut sealed = Vec::new();
    for (report, words) in &words {
        sealed.extend(act.seal_to(*report, "words", words)?);
    }
    Ok((words.into_keys().collect(), sealed))
}

fn clock(field: &str, text: &str) -> Result<ClockId, Status> {
    let en = "give a clock: total, handle/p1, answer/r1, sign/h1";
    text.parse().map_err(|_| status::bad_field(field, "请填写时限，如 total、handle/p1、answer/r1、sign/h1", en))
}
