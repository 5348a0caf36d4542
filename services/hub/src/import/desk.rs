//! The desk an import speaks from: a scripted seat, the roads to the services, and ids that are the same in every run.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{
    fact::command_key,
    id::{Agency, IncidentId},
    incident::Incident,
    seat::{Role, Seat},
    time::Time,
};
use runtime::{Caller, Ports, convert::to_when, identity::hex, status};
use tonic::{Code, Response, Status};
use wire::v1::{self, feedback_act_request as feedback, triage_act_request as triage};

use crate::roads::Roads;

/// How often a step is asked again where the hub is busy.
const TRIES: u64 = 10;

/// A scripted seat with its roads, and the catalogue's codes by the names that files use.
#[derive(Clone)]
pub struct Desk {
    roads: Roads,
    ports: Ports,
    labels: Arc<BTreeMap<String, String>>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

/// One step of one matter: where it belongs and what it is called in its command's id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    /// The source that the file's reports name.
    pub(super) source: &'a str,
    /// The matter's reference there.
    pub(super) reference: &'a str,
    /// The incident.
    pub(super) incident: &'a str,
    /// The step, once a matter.
    pub(super) name: &'a str,
    /// When it happened, where the file says so.
    pub(super) at: Option<Time>,
}

impl Desk {
    /// A desk of `agency` within this process. Every fact it causes says that a script did.
    pub(super) fn of(agency: Agency, ports: &Ports, table: &str) -> Self {
        let seat = Seat {
            id: "import".parse().expect("a plain name"),
            agency,
            area: ports.fold.look(domain::board::Board::district),
            roles: [Role::CallTaker, Role::Dispatcher].into(),
            scripted: true,
        };
        let policies = ports.policies();
        let of_table = policies.catalogue.iter().filter(|(code, _)| code.as_str().starts_with(table));
        let labels = of_table.map(|(code, matter)| (matter.name.clone(), code.to_string())).collect();
        Self { roads: Roads::local(ports, Caller::seat(seat)), ports: ports.clone(), labels: Arc::new(labels) }
    }

    /// The catalogue's code for a name that the file uses.
    pub(super) fn label(&self, name: &str) -> Option<&String> {
        self.labels.get(name)
    }

    /// Reports. Source, reference and content name this command, so its id is left to intake, which then also tells a
    /// repeat.
    pub(super) async fn report(&self, request: v1::ReportRequest) -> Result<v1::ReportAnswer, Status> {
        asked(|| {
            let (mut to, request) = (self.roads.intake.clone(), request.clone());
            async move { to.report(request).await }
        })
        .await
    }

    pub(super) async fn propose(&self, incident: &str, at_least: u64) -> Result<v1::Proposal, Status> {
        let request = v1::ProposeRequest { incident_id: incident.to_owned(), at_least };
        asked(|| {
            let (mut to, request) = (self.roads.triage.clone(), request.clone());
            async move { to.propose(request).await }
        })
        .await
    }

    /// Where a known incident stands: a look at the live board, which opens no sealed word.
    pub(super) async fn standing(&self, id: &str) -> Result<Arc<Incident>, Status> {
        let id: IncidentId = id.parse().map_err(|_| Status::internal("intake answered with an id that is none"))?;
        self.ports.fold.incident(id).await.map_err(|error| status::behind(&error))
    }

    /// A step of triage. Nothing is asked where `known` has accepted the same step before.
    pub(super) async fn triage(
        &self,
        step: Step<'_>,
        known: Option<&Incident>,
        action: triage::Action,
    ) -> Result<Option<v1::CommandAnswer>, Status> {
        let mut request = v1::TriageActRequest {
            command_id: String::new(),
            incident_id: step.incident.to_owned(),
            occurred: step.at.map(to_when),
            basis: v1::Basis::Import.into(),
            action: Some(action),
        };
        request.command_id = self.command(step, &request);
        if before(known, &request.command_id) {
            return Ok(None);
        }
        asked(|| {
            let (mut to, request) = (self.roads.triage.clone(), request.clone());
            async move { to.act(request).await }
        })
        .await
        .map(Some)
    }

    /// A step of feedback; as [`triage`](Self::triage).
    pub(super) async fn feedback(&self, step: Step<'_>, known: Option<&Incident>, action: feedback::Action) -> Result<(), Status> {
        let mut request = v1::FeedbackActRequest {
            command_id: String::new(),
            incident_id: step.incident.to_owned(),
            occurred: step.at.map(to_when),
            basis: v1::Basis::Import.into(),
            action: Some(action),
        };
        request.command_id = self.command(step, &request);
        if before(known, &request.command_id) {
            return Ok(());
        }
        asked(|| {
            let (mut to, request) = (self.roads.feedback.clone(), request.clone());
            async move { to.act(request).await }
        })
        .await
        .map(drop)
    }

    /// The same step with the same content has the same id in every run.
    fn command(&self, step: Step<'_>, request: &impl wire::Message) -> String {
        let Step { source, reference, name, .. } = step;
        let content = self.ports.sealer.fingerprint(&request.encode_to_vec());
        format!("import/{source}/{reference}/{name}/{}", hex(&content[..8]))
    }
}

fn before(known: Option<&Incident>, command: &str) -> bool {
    known.is_some_and(|known| known.answered(command_key(command)).is_some())
}

/// Reasons without arguments.
pub(super) fn reasons(codes: &[&str]) -> Vec<v1::Reason> {
    codes.iter().map(|&code| v1::Reason { code: code.to_owned(), args: BTreeMap::new() }).collect()
}

/// May this word of a file stand in the open log, as the name of a unit, a queue, a kind? A name has few digits and no long
/// string of letters and digits: nothing that reads like somebody's number, account or address.
pub(super) fn is_name(text: &str) -> bool {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let odd = |word: &str| word.len() > 6 && digits(word) > 0 && digits(word) < word.len();
    let readable = runtime::convert::readable(text, domain::reason::MOST_ARGUMENT);
    let apart = text.split(|c: char| !c.is_ascii_alphanumeric());
    !text.is_empty() && text.is_ascii() && readable && !text.contains('@') && digits(text) <= 4 && !apart.into_iter().any(odd)
}

/// A reason that repeats a word of the file, where that may stand in the open log; none where it may not.
pub(super) fn reason(code: &str, args: &[(&str, &str)]) -> Option<v1::Reason> {
    let args: BTreeMap<String, String> = args.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    args.values().all(|value| is_name(value)).then(|| v1::Reason { code: code.to_owned(), args })
}

/// A refusal is the row's own trouble; all else broke.
///
/// # Errors
/// What broke, as it came.
pub(super) fn refusal(status: Status) -> Result<Status, Status> {
    match status.code() {
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::OutOfRange => Ok(status),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_queues_and_units_stand_in_the_open_log_and_numbers_of_people_do_not() {
        for name in [
            "PWDx_Missed Trash\\Recycling (INTERNAL)",
            "District 10A: Allston/Brighton",
            "E01",
            "2120R",
            "MRTK03",
            "Structure Fire",
        ] {
            assert!(is_name(name), "{name}");
        }
        for number in ["", "13912345678", "169327594", "a@b.example", "zhang2002wei", "call 12345", "路灯", "line\nbreak"] {
            assert!(!is_name(number), "{number}");
        }
        assert!(reason("history.queue", &[("queue", "13912345678")]).is_none());
    }
}
