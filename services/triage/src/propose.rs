//! A proposal for one incident: its words are opened in memory, looked through, and forgotten.

use domain::{
    area::{Level, Place},
    id::Agency,
    incident::{Incident, Stage},
    policy::police_areas::{Beat, Station},
    reason::{Reason, ReasonCode},
    triage,
    view::{Sight, Viewer},
};
use runtime::{
    Caller, Ports,
    convert::{self, number_of},
    sealing, status,
};
use tonic::Status;
use wire::v1;

/// Proposes category, priority, flags, route and place, with reasons; writes nothing.
pub(crate) async fn propose(ports: &Ports, caller: &Caller, request: &v1::ProposeRequest) -> Result<v1::Proposal, Status> {
    ports.fold.reached(request.at_least).await.map_err(|error| status::behind(&error))?;
    let id = convert::incident_id("incident_id", &request.incident_id)?;
    let incident = ports.fold.incident(id).await.map_err(|error| status::behind(&error))?;
    if incident.stage == Stage::New || caller.viewer.sight(&incident) < Sight::Whole {
        return Err(status::refused(&domain::incident::Refusal::Unknown {}));
    }
    let source = incident.lead_agency().cloned().unwrap_or_else(Agency::grid);
    let mut text = String::new();
    for report in &incident.reports {
        let fields = sealing::fields(ports, id, report.id).await.map_err(|error| status::behind(&error))?;
        // A key that this process was not given, or that was erased, leaves the words unread: the terms stay.
        text.push_str(&sealing::text(ports, fields.iter()));
        text.push('\n');
    }
    if text.trim().is_empty() {
        text = incident.terms.join(" ");
    }
    let (title, words) = text.split_once('\n').unwrap_or(("", &text));
    let input = triage::Input {
        title,
        text: words,
        source: &source,
        priority: incident.priority,
        place: given(incident.place, ports),
        point: None,
    };
    let proposal = triage::propose(&input, &ports.policies, &ports.areas);
    let stations = stations(ports, proposal.place);
    let mut answer = answer(&request.incident_id, incident.position, ports.policies.versions(), proposal);
    answer.stations = stations;
    answer.hints = hints(ports, &caller.viewer, &incident);
    answer.bars = bars(&incident).iter().map(convert::to_reason).collect();
    Ok(answer)
}

/// Open incidents that may be the same matter. One that the viewer does not see at all gives no hint; of one that it sees in
/// outline, what the two have in common in words and category is not told.
fn hints(ports: &Ports, viewer: &Viewer, incident: &Incident) -> Vec<v1::Hint> {
    let found = ports.fold.look(|board| {
        let seen = board.incidents().map(AsRef::as_ref).filter(|other| viewer.sight(other) > Sight::Nothing);
        let whole = |hint: &triage::Hint| board.incident(hint.incident).map(|other| viewer.sight(other)) == Some(Sight::Whole);
        triage::hints(incident, seen).into_iter().map(|hint| (whole(&hint), hint)).collect::<Vec<_>>()
    });
    let told = |whole: bool, reason: &Reason| whole || matches!(reason.code, ReasonCode::HintArea | ReasonCode::HintMinutes);
    let hint = |(whole, hint): (bool, triage::Hint)| v1::Hint {
        incident_id: hint.incident.to_string(),
        score: hint.score,
        reasons: hint.reasons.iter().filter(|reason| told(whole, reason)).map(convert::to_reason).collect(),
    };
    found.into_iter().map(hint).collect()
}

/// Who may not be sent in, and why: these come before any distance.
fn bars(incident: &Incident) -> Vec<Reason> {
    let barred = incident.barred(&Agency::grid());
    let flag = incident.danger().filter(|_| barred);
    flag.map(|flag| Reason::new(ReasonCode::TriageBarred, [("flag", flag.word())])).into_iter().collect()
}

/// The police stations that look after a place, by the dated mapping. One that is known no closer than the district has none.
fn stations(ports: &Ports, place: Place) -> Vec<v1::Station> {
    if place.area.level() == Level::District {
        return Vec::new();
    }
    let found = ports.policies.police_areas.of(place.area, ports.clock.now());
    let said = |(station, beat): (&Station, &Beat)| v1::Station {
        code: station.code.clone(),
        name: station.name.clone(),
        bureau: station.bureau.clone(),
        beat: beat.beat.clone().unwrap_or_default(),
    };
    found.into_iter().map(said).collect()
}

/// The place that intake settled, where it is better than "somewhere in the district".
fn given(place: Place, ports: &Ports) -> Option<Place> {
    let district = ports.fold.look(domain::board::Board::district);
    (place.area != district).then_some(place)
}

fn answer(incident_id: &str, position: u64, policy: &str, proposal: triage::Proposal) -> v1::Proposal {
    let candidates = proposal.candidates.iter().map(|candidate| v1::Candidate {
        code: candidate.code.to_string(),
        score: candidate.score,
        reasons: candidate.reasons.iter().map(convert::to_reason).collect(),
    });
    let parts = proposal.parts.iter().map(|part| v1::NewPart {
        agency: part.agency.to_string(),
        mandatory: part.mandatory,
        task: part.task.as_ref().map(ToString::to_string).unwrap_or_default(),
    });
    v1::Proposal {
        incident_id: incident_id.to_owned(),
        position,
        category: proposal.category.as_ref().map(ToString::to_string).unwrap_or_default(),
        candidates: candidates.collect(),
        priority: proposal.priority.number().into(),
        flags: proposal.flags.iter().map(|flag| number_of::<v1::Flag>(flag.word())).collect(),
        class: number_of::<v1::Class>(proposal.class.word()),
        lead: proposal.lead.to_string(),
        parts: parts.collect(),
        place: Some(v1::Place { area: proposal.place.area.to_string() }),
        terms: proposal.terms,
        reasons: proposal.reasons.iter().map(convert::to_reason).collect(),
        policy: policy.to_owned(),
        stations: Vec::new(),
        hints: Vec::new(),
        bars: Vec::new(),
    }
}
