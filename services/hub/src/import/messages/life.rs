//! One message's life, as far as the file tells it: reported, accepted, routed, and closed where it was answered.
//!
//! Each step has a fixed command id and looks at where the incident stands, so whatever was done before is not done
//! again. A step that the file does not tell is left out; the rules name it as missing.

use domain::incident::Stage;
use runtime::convert::to_when;
use tonic::Status;
use wire::{
    v1::{self, ReportOutcome, feedback_act_request as feedback, triage_act_request as triage},
    words::Word as _,
};

use super::{
    super::{
        Carried, Done, Gone,
        desk::{Desk, Step, reasons, refusal},
    },
    Message, Reply, SOURCE,
};

/// The category of a message for which neither file nor words name one.
const GENERAL: &str = "hotline/other";

/// An incident on its way.
struct Incident<'a> {
    id: String,
    reference: &'a str,
    stage: Stage,
    position: u64,
}

impl Incident<'_> {
    fn step<'a>(&'a self, name: &'a str) -> Step<'a> {
        Step { source: SOURCE, reference: self.reference, incident: &self.id, name, at: None }
    }
}

/// Carries one message as far as the file tells.
///
/// # Errors
/// Something broke; a refusal is no error but [`Done::Refused`].
pub(super) async fn live(desk: Desk, message: Message) -> Carried {
    let broke = |status| (message.line, status);
    let mut gone = Gone { reference: message.reference.clone(), opened: false, rows: Vec::new() };
    let done = match desk.report(report(&message)).await {
        Ok(answer) => {
            let outcome = answer.outcome();
            gone.opened = outcome == ReportOutcome::Taken;
            match go_on(&desk, &message, answer).await {
                Ok(()) => match outcome {
                    ReportOutcome::Taken => Done::Taken,
                    ReportOutcome::Supplement => Done::Supplement,
                    ReportOutcome::Known | ReportOutcome::Unspecified => Done::Known,
                },
                Err(status) => Done::Refused(refusal(status).map_err(broke)?),
            }
        }
        Err(status) => Done::Refused(refusal(status).map_err(broke)?),
    };
    gone.rows.push((message.line, done));
    Ok(gone)
}

fn report(message: &Message) -> v1::ReportRequest {
    v1::ReportRequest {
        source: SOURCE.to_owned(),
        reference: message.reference.clone(),
        channel: v1::Channel::Web.into(),
        title: message.title.clone(),
        text: message.text.clone(),
        reporter: Some(v1::Reporter { name: message.reporter.clone(), ..v1::Reporter::default() }),
        occurred: Some(to_when(message.at)),
        basis: v1::Basis::Import.into(),
        history: true,
        ..v1::ReportRequest::default()
    }
}

async fn go_on(desk: &Desk, message: &Message, answer: v1::ReportAnswer) -> Result<(), Status> {
    let fresh = answer.outcome() == ReportOutcome::Taken;
    let mut incident =
        Incident { id: answer.incident_id, reference: &message.reference, stage: Stage::Received, position: answer.position };
    if !fresh {
        let known = desk.standing(&incident.id).await?;
        // What people took up, or never came from a file, is theirs.
        if !known.history || known.rounds > 0 {
            return Ok(());
        }
        incident.stage = known.stage;
    }
    if matches!(incident.stage, Stage::Received | Stage::Accepted) {
        settle(desk, &mut incident, message.label.as_deref()).await?;
    }
    match &message.reply {
        Some(reply) if matches!(incident.stage, Stage::Received | Stage::Accepted | Stage::Routed) => {
            record(desk, &incident, reply).await
        }
        _ => Ok(()),
    }
}

/// Accepts and routes as proposed; the file's own class comes before the proposed one.
async fn settle(desk: &Desk, incident: &mut Incident<'_>, label: Option<&str>) -> Result<(), Status> {
    let proposal = desk.propose(&incident.id, incident.position).await?;
    if incident.stage == Stage::Received {
        let labelled = label.and_then(|label| desk.label(label)).cloned();
        let category = labelled.unwrap_or_else(|| proposed(&proposal));
        let settled = if category == proposal.category { "seat.confirm" } else { "seat.override" };
        let accept = triage::Accept {
            category,
            priority: proposal.priority,
            place: None,
            reasons: reasons(&[settled, "seat.scripted", "history.row"]),
        };
        decide(desk, incident, "accept", triage::Action::Accept(accept)).await?;
    }
    let route = triage::Route { parts: parts(&proposal), reasons: with_scripted(&proposal), ..triage::Route::default() };
    decide(desk, incident, "route", triage::Action::Route(route)).await
}

async fn decide(desk: &Desk, incident: &mut Incident<'_>, name: &str, action: triage::Action) -> Result<(), Status> {
    let Some(answer) = desk.triage(incident.step(name), None, action).await? else { return Ok(()) };
    incident.stage = v1::Stage::word_of(answer.stage).and_then(|word| Stage::from_word(&word)).unwrap_or(incident.stage);
    incident.position = answer.position;
    Ok(())
}

/// Records the answer, which closes the incident at the answer's own time.
async fn record(desk: &Desk, incident: &Incident<'_>, reply: &Reply) -> Result<(), Status> {
    let record = feedback::Record { words: reply.words.clone(), answered: reply.at.map(to_when) };
    desk.feedback(Step { at: reply.at, ..incident.step("record") }, None, feedback::Action::Record(record)).await
}

/// The proposed category, or the best that came into question, or the general one.
fn proposed(proposal: &v1::Proposal) -> String {
    let best = proposal.candidates.first().map(|candidate| candidate.code.clone());
    match (proposal.category.is_empty(), best) {
        (false, _) => proposal.category.clone(),
        (true, Some(best)) => best,
        (true, None) => GENERAL.to_owned(),
    }
}

/// The proposed parts, one of them mandatory at least.
fn parts(proposal: &v1::Proposal) -> Vec<v1::NewPart> {
    let mut parts = proposal.parts.clone();
    if parts.is_empty() {
        parts.push(v1::NewPart { agency: "hotline".to_owned(), mandatory: true, task: String::new() });
    }
    if !parts.iter().any(|part| part.mandatory) {
        parts[0].mandatory = true;
    }
    parts
}

/// Why these parts, as the proposal says it, and that a script settled them.
fn with_scripted(proposal: &v1::Proposal) -> Vec<v1::Reason> {
    let mut all = proposal.reasons.clone();
    all.extend(reasons(&["seat.scripted"]));
    all
}
