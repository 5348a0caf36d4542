//! One report, from request to fact.
//!
//! Identity is (source, reference): the same report sent twice, to two replicas, across a crash, opens one incident.
//! The same content again changes nothing; other content is a supplement.

use domain::{
    fact::command_key,
    id::{Agency, AgencyKind, CommandId, IncidentId, ReportId},
    view::Sight,
};
use runtime::{
    Ask, Caller, Ports, convert, fold,
    report::{self, Given},
    spool::{self, Taken},
    status,
};
use tonic::Status;
use wire::v1::{self, ReportOutcome};

/// Takes one report in.
pub(crate) async fn take_in(
    ports: &Ports,
    caller: &Caller,
    trace: Option<String>,
    said: v1::ReportRequest,
) -> Result<v1::ReportAnswer, Status> {
    let (source, reference) = (&said.source, &said.reference);
    report::named(source, reference)?;
    speaks_for(caller, source)?;
    let (id, report_id) = (goes_on_as(ports, source, reference).await?, ReportId::of(source, reference));
    let new = report::checked(ports, caller.scripted(), &said, &Given::default())?;
    let given = !said.command_id.is_empty();
    let command = if given {
        convert::command_id("command_id", &said.command_id)?
    } else {
        let id = format!("report/{source}/{reference}/{}", new.report.digest);
        id.parse::<CommandId>().map_err(|_| report::plain_name("reference"))?
    };
    // A given id belongs to one caller and one request; a derived one to what was told, whoever tells it.
    let digest = if given {
        convert::digest(ports, caller, &said)
    } else {
        u128::from_str_radix(&new.report.digest, 16).unwrap_or_default()
    };
    let ask = Ask {
        command,
        digest,
        actor: caller.actor.clone(),
        occurred: convert::occurred(ports, said.occurred)?,
        basis: convert::basis(caller, said.basis)?,
        traceparent: trace,
        service: "intake",
    };
    let known = ports.fold.look(|board| board.outline_of(id));
    if known.is_some_and(|outline| caller.viewer.sight_of(&outline) == Sight::Nothing) && !told_before(ports, id, &ask).await? {
        return Err(status::forbidden("这个编号已由其他席位登记", "another seat has reported under this reference"));
    }
    let answer = match spool::take(ports, id, &ask, new).await.map_err(|error| status::of(&error))? {
        Taken::In(answer) => answer,
        Taken::Kept { supplement, repeated } => return Ok(kept(id, report_id, supplement, repeated)),
    };
    let first = answer.facts > 0 && usize::try_from(answer.version) == Ok(answer.facts);
    let outcome = match (answer.facts, first, answer.repeated && !given) {
        (0, _, _) | (_, _, true) => ReportOutcome::Known,
        (_, true, false) => ReportOutcome::Taken,
        (_, false, false) => ReportOutcome::Supplement,
    };
    Ok(v1::ReportAnswer {
        incident_id: id.to_string(),
        report_id: report_id.to_string(),
        outcome: outcome.into(),
        kept_locally: false,
        position: answer.position,
        version: answer.version,
    })
}

/// The incident that a report belongs to: the one it opened, or the one that goes on in its place.
async fn goes_on_as(ports: &Ports, source: &str, reference: &str) -> Result<IncidentId, Status> {
    let mut id = IncidentId::opened_by(source, reference);
    // An incident that others went on in can go on in another one itself; a circle cannot be made.
    while ports.fold.look(|board| board.outline_of(id)).is_some()
        && let Some(into) = ports.fold.incident(id).await.map_err(|error| status::behind(&error))?.into
    {
        id = into;
    }
    Ok(id)
}

/// The answer to a report that is on this process' own disk: it has no place in the journal yet.
fn kept(id: IncidentId, report: ReportId, supplement: bool, repeated: bool) -> v1::ReportAnswer {
    let outcome = match (repeated, supplement) {
        (true, _) => ReportOutcome::Known,
        (false, true) => ReportOutcome::Supplement,
        (false, false) => ReportOutcome::Taken,
    };
    let (incident_id, report_id) = (id.to_string(), report.to_string());
    v1::ReportAnswer { incident_id, report_id, outcome: outcome.into(), kept_locally: true, position: 0, version: 0 }
}

/// Did this very caller say this very thing before? Then it is answered as it was, though the matter is out of its sight now.
async fn told_before(ports: &Ports, id: IncidentId, ask: &Ask) -> Result<bool, Status> {
    let facts = fold::facts_of(ports.journal.as_ref(), id).await.map_err(|error| status::behind(&error))?;
    let (command, actor) = (command_key(ask.command.as_str()), ask.actor.text());
    Ok(facts.iter().any(|(_, stamp)| stamp.command == command && stamp.digest == ask.digest && stamp.actor == actor))
}

/// The 110 and 12345 speak for themselves alone: their reports lead to their desks and are sealed to their keys. What
/// nobody else speaks for comes in by the grid's desks, and by whoever else has found something.
fn speaks_for(caller: &Caller, source: &str) -> Result<(), Status> {
    let Some(seat) = caller.actor.seat() else { return Ok(()) };
    let desk = report::agency_of(source);
    let others = desk == Agency::grid() && !matches!(seat.agency.kind(), AgencyKind::Police);
    if seat.scripted || seat.agency == desk || others {
        return Ok(());
    }
    let zh = "本席位不能以该来源登记：110以police110、12345以hotline12345登记，其他来源由网格席位登记";
    let en = "the seat does not speak for this source: 110 reports as police110, 12345 as hotline12345, other sources by the grid";
    Err(status::forbidden(zh, en))
}
