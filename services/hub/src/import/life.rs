//! One message's life, as far as the file tells it: reported, accepted, routed, and closed where it was answered.
//!
//! Each step has a fixed command id and looks at where the incident stands, so whatever was done before is not done
//! again. A step that the file does not tell is left out; the rules name it as missing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{
    id::IncidentId,
    incident::{Incident as State, Stage},
};
use runtime::{Ports, convert::to_when, identity::hex, status};
use tonic::{Code, Response, Status};
use wire::{
    v1::{self, ReportOutcome, feedback_act_request as feedback, triage_act_request as triage},
    words::Word as _,
};

use super::messages::{self, Message, Reply};
use crate::roads::Roads;

/// The category of a message for which neither file nor words name one.
const GENERAL: &str = "hotline/other";
/// How often a step is asked again where the hub is busy.
const TRIES: u64 = 10;

/// What became of one row.
#[derive(Debug)]
pub(super) enum Done {
    /// It opened an incident.
    Taken,
    /// Its content was known.
    Known,
    /// It brought other content under a known reference.
    Supplement,
    /// A service refused a step.
    Refused {
        /// The incident had been opened by this row before.
        opened: bool,
        /// Why.
        status: Status,
    },
}

impl Done {
    /// Did this row open an incident?
    pub(super) const fn opened(&self) -> bool {
        matches!(self, Self::Taken | Self::Refused { opened: true, .. })
    }
}

/// What carries rows through their lives: the roads, and the catalogue's codes by their names.
#[derive(Clone)]
pub(super) struct Script {
    roads: Roads,
    ports: Ports,
    labels: Arc<BTreeMap<String, String>>,
}

/// An incident on its way.
struct Incident<'a> {
    id: String,
    reference: &'a str,
    stage: Stage,
    position: u64,
}

impl Script {
    pub(super) fn new(roads: Roads, ports: &Ports, labels: BTreeMap<String, String>) -> Self {
        Self { roads, ports: ports.clone(), labels: Arc::new(labels) }
    }

    /// Carries one message as far as the file tells.
    ///
    /// # Errors
    /// Something broke; a refusal is no error but [`Done::Refused`].
    pub(super) async fn live(&self, message: &Message) -> Result<Done, Status> {
        let answer = match self.report(message).await {
            Ok(answer) => answer,
            Err(status) => return refused(false, status),
        };
        let outcome = answer.outcome();
        let opened = outcome == ReportOutcome::Taken;
        match self.go_on(message, answer).await {
            Ok(()) => Ok(match outcome {
                ReportOutcome::Taken => Done::Taken,
                ReportOutcome::Supplement => Done::Supplement,
                ReportOutcome::Known | ReportOutcome::Unspecified => Done::Known,
            }),
            Err(status) => refused(opened, status),
        }
    }

    /// Source, reference and content name this command, so its id is left to intake, which then also tells a repeat.
    async fn report(&self, message: &Message) -> Result<v1::ReportAnswer, Status> {
        let request = v1::ReportRequest {
            source: messages::SOURCE.to_owned(),
            reference: message.reference.clone(),
            channel: v1::Channel::Web.into(),
            title: message.title.clone(),
            text: message.text.clone(),
            reporter: Some(v1::Reporter { name: message.reporter.clone(), ..v1::Reporter::default() }),
            occurred: Some(to_when(message.at)),
            basis: v1::Basis::Import.into(),
            history: true,
            ..v1::ReportRequest::default()
        };
        asked(|| {
            let (mut to, request) = (self.roads.intake.clone(), request.clone());
            async move { to.report(request).await }
        })
        .await
    }

    async fn go_on(&self, message: &Message, answer: v1::ReportAnswer) -> Result<(), Status> {
        let fresh = answer.outcome() == ReportOutcome::Taken;
        let mut incident =
            Incident { id: answer.incident_id, reference: &message.reference, stage: Stage::Received, position: answer.position };
        if !fresh {
            let known = self.standing(&incident.id).await?;
            // What people took up, or never came from a file, is theirs.
            if !known.history || known.rounds > 0 {
                return Ok(());
            }
            incident.stage = known.stage;
        }
        if matches!(incident.stage, Stage::Received | Stage::Accepted) {
            self.settle(&mut incident, message.label.as_deref()).await?;
        }
        match &message.reply {
            Some(reply) if matches!(incident.stage, Stage::Received | Stage::Accepted | Stage::Routed) => {
                self.record(&incident, reply).await
            }
            _ => Ok(()),
        }
    }

    /// Where a known incident stands: a look at the live board, which opens no sealed word.
    async fn standing(&self, id: &str) -> Result<Arc<State>, Status> {
        let id: IncidentId = id.parse().map_err(|_| Status::internal("intake answered with an id that is none"))?;
        self.ports.fold.incident(id).await.map_err(|error| status::behind(&error))
    }

    /// Accepts and routes as proposed; the file's own class comes before the proposed one.
    async fn settle(&self, incident: &mut Incident<'_>, label: Option<&str>) -> Result<(), Status> {
        let request = v1::ProposeRequest { incident_id: incident.id.clone(), at_least: incident.position };
        let proposal = asked(|| {
            let (mut to, request) = (self.roads.triage.clone(), request.clone());
            async move { to.propose(request).await }
        })
        .await?;
        if incident.stage == Stage::Received {
            let labelled = label.and_then(|label| self.labels.get(label)).cloned();
            let category = labelled.unwrap_or_else(|| proposed(&proposal));
            let settled = if category == proposal.category { "seat.confirm" } else { "seat.override" };
            let accept = triage::Accept {
                category,
                priority: proposal.priority,
                place: None,
                reasons: reasons(&[settled, "seat.scripted", "history.row"]),
            };
            self.decide(incident, "accept", triage::Action::Accept(accept)).await?;
        }
        let route = triage::Route { parts: parts(&proposal), reasons: with_scripted(&proposal), ..triage::Route::default() };
        self.decide(incident, "route", triage::Action::Route(route)).await
    }

    async fn decide(&self, incident: &mut Incident<'_>, step: &str, action: triage::Action) -> Result<(), Status> {
        let mut request = v1::TriageActRequest {
            command_id: String::new(),
            incident_id: incident.id.clone(),
            occurred: None,
            basis: v1::Basis::Import.into(),
            action: Some(action),
        };
        request.command_id = self.command(incident, step, &request);
        let answer = asked(|| {
            let (mut to, request) = (self.roads.triage.clone(), request.clone());
            async move { to.act(request).await }
        })
        .await?;
        incident.stage = v1::Stage::word_of(answer.stage).and_then(|word| Stage::from_word(&word)).unwrap_or(incident.stage);
        incident.position = answer.position;
        Ok(())
    }

    /// Records the answer, which closes the incident at the answer's own time.
    async fn record(&self, incident: &Incident<'_>, reply: &Reply) -> Result<(), Status> {
        let answered = reply.at.map(to_when);
        let mut request = v1::FeedbackActRequest {
            command_id: String::new(),
            incident_id: incident.id.clone(),
            occurred: answered,
            basis: v1::Basis::Import.into(),
            action: Some(feedback::Action::Record(feedback::Record { words: reply.words.clone(), answered })),
        };
        request.command_id = self.command(incident, "record", &request);
        asked(|| {
            let (mut to, request) = (self.roads.feedback.clone(), request.clone());
            async move { to.act(request).await }
        })
        .await
        .map(drop)
    }

    /// The same step with the same content has the same id in every run.
    fn command(&self, incident: &Incident<'_>, step: &str, request: &impl wire::Message) -> String {
        let content = self.ports.sealer.fingerprint(&request.encode_to_vec());
        format!("import/messages/{}/{step}/{}", incident.reference, hex(&content[..8]))
    }
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

fn reasons(codes: &[&str]) -> Vec<v1::Reason> {
    codes.iter().map(|&code| v1::Reason { code: code.to_owned(), args: BTreeMap::new() }).collect()
}

/// Broke, or was refused?
fn refused(opened: bool, status: Status) -> Result<Done, Status> {
    match status.code() {
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::OutOfRange => Ok(Done::Refused { opened, status }),
        _ => Err(status),
    }
}

/// Asks, and asks again with the same command id where the hub is busy or others wrote first.
async fn asked<T, F: Future<Output = Result<Response<T>, Status>>>(ask: impl Fn() -> F) -> Result<T, Status> {
    let mut tried = 0;
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(status)
                if tried < TRIES && matches!(status.code(), Code::ResourceExhausted | Code::Unavailable | Code::Aborted) =>
            {
                tried += 1;
                tokio::time::sleep(Duration::from_millis(20 * tried)).await;
            }
            Err(status) => return Err(status),
        }
    }
}
