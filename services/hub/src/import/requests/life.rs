//! One request's life, as far as the file tells it: received with its own due time, had by a queue, closed.
//!
//! Each step has a fixed command id and is asked once: what the incident has accepted before is left out.

use runtime::convert::to_when;
use tonic::Status;
use wire::v1::{self, ReportOutcome, feedback_act_request as feedback, triage_act_request as triage};

use super::{
    super::{
        Carried, Done, Gone,
        desk::{Desk, Step, reason, reasons, refusal},
    },
    RequestRow, SOURCE,
};

/// Carries one request as far as the file tells.
///
/// # Errors
/// Something broke; a refusal is no error but [`Done::Refused`].
pub(super) async fn live(desk: Desk, row: RequestRow) -> Carried {
    let mut gone = Gone { reference: row.reference.clone(), opened: false, rows: Vec::new() };
    let done = match go(&desk, &row, &mut gone.opened).await {
        Ok(ReportOutcome::Taken) => Done::Taken,
        Ok(ReportOutcome::Supplement) => Done::Supplement,
        Ok(ReportOutcome::Known | ReportOutcome::Unspecified) => Done::Known,
        Err(status) => Done::Refused(refusal(status).map_err(|status| (row.line, status))?),
    };
    gone.rows.push((row.line, done));
    Ok(gone)
}

async fn go(desk: &Desk, row: &RequestRow, opened: &mut bool) -> Result<ReportOutcome, Status> {
    let answer = desk.report(report(row)).await?;
    let outcome = answer.outcome();
    *opened = outcome == ReportOutcome::Taken;
    let id = &answer.incident_id;
    let known = if *opened { None } else { Some(desk.standing(id).await?) };
    let known = known.as_deref();
    // What people took up is theirs.
    if known.is_some_and(|known| !known.history || known.rounds > 0) {
        return Ok(outcome);
    }
    let step = |name, at| Step { source: SOURCE, reference: &row.reference, incident: id, name, at };
    desk.triage(step("route", None), known, triage::Action::RecordRoute(route(row))).await?;
    if row.over {
        let record = feedback::Record { words: row.words.clone(), answered: None };
        desk.feedback(step("record", row.closed), known, feedback::Action::Record(record)).await?;
    }
    Ok(outcome)
}

fn report(row: &RequestRow) -> v1::ReportRequest {
    v1::ReportRequest {
        source: SOURCE.to_owned(),
        reference: row.reference.clone(),
        channel: row.channel.into(),
        title: row.title.clone(),
        text: row.text.clone(),
        address: row.address.clone(),
        occurred: row.opened.map(to_when),
        basis: v1::Basis::Import.into(),
        history: true,
        promised: Some(v1::Promise { due: row.due.map(to_when) }),
        ..v1::ReportRequest::default()
    }
}

/// Who had it: the department of the queue, whose name stands beside it.
fn route(row: &RequestRow) -> triage::RecordRoute {
    let parts = vec![v1::NewPart { agency: row.department.to_string(), mandatory: true, task: String::new() }];
    let mut why = reasons(&["history.row", "seat.scripted", "triage.outside_district"]);
    why.extend(reason("history.kind", &[("kind", &row.kind)]));
    why.extend(reason("history.queue", &[("queue", &row.queue)]));
    triage::RecordRoute { parts, reasons: why }
}
