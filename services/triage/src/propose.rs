//! A proposal for one incident: its words are opened in memory, looked through, and forgotten.

use std::sync::Arc;

use domain::{
    area::{Level, Place},
    id::Agency,
    incident::{Incident, Sealed, Stage},
    policy::police_areas::{Beat, Station},
    reason::{Reason, ReasonCode},
    triage::{self, Told},
    view::{Sight, Viewer},
};
use runtime::{
    Caller, Ports,
    convert::{self, number_of},
    sealing, status,
};
use tonic::Status;
use wire::v1;

use crate::units::{self, Units};

/// Open incidents near in time and area that one proposal opens the places of, the latest first.
const MOST_COMPARED: usize = 50;

/// Proposes category, priority, flags, route and place, with reasons; writes nothing.
pub(crate) async fn propose(
    ports: &Ports,
    units: &Units,
    caller: &Caller,
    request: &v1::ProposeRequest,
) -> Result<v1::Proposal, Status> {
    ports.fold.reached(request.at_least).await.map_err(|error| status::behind(&error))?;
    let id = convert::incident_id("incident_id", &request.incident_id)?;
    let incident = ports.fold.incident(id).await.map_err(|error| status::behind(&error))?;
    if incident.stage == Stage::New || caller.viewer.sight(&incident) < Sight::Whole {
        return Err(status::refused(&domain::incident::Refusal::Unknown {}));
    }
    let source = incident.lead_agency().cloned().unwrap_or_else(Agency::grid);
    let sealed = told(ports, &incident).await?;
    // A key that this process was not given, or that was erased, leaves the words unread: the terms stay.
    let mut text = sealing::text(ports, sealed.iter());
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
    let policies = ports.policies();
    let proposal = triage::propose(&input, &policies, &ports.areas);
    let asked: Vec<_> = match incident.parts.is_empty() {
        true => proposal.parts.iter().map(|part| (part.agency.clone(), part.task.clone())).collect(),
        false => incident.parts.iter().filter(|part| !part.over()).map(|part| (part.agency.clone(), part.task.clone())).collect(),
    };
    let advice = units.advice(ports, caller, &incident, &asked, &sealed);
    let stations = stations(ports, proposal.place);
    let mut answer = answer(&request.incident_id, incident.position, policies.versions(), proposal);
    answer.stations = stations;
    answer.hints = hints(ports, &caller.viewer, &incident, &sealed).await?;
    answer.units = advice;
    answer.bars = bars(&incident).iter().map(convert::to_reason).collect();
    Ok(answer)
}

/// All that was sealed with the incident's reports, in their order.
pub(crate) async fn told(ports: &Ports, incident: &Incident) -> Result<Vec<Sealed>, Status> {
    let mut all = Vec::new();
    for report in &incident.reports {
        all.extend(sealing::fields(ports, incident.id, report.id).await.map_err(|error| status::behind(&error))?);
    }
    Ok(all)
}

/// Open incidents that may be the same matter. One that the viewer does not see at all gives no hint; of one that it sees in
/// outline, what the two have in common in words, place and category is not told.
async fn hints(ports: &Ports, viewer: &Viewer, incident: &Incident, sealed: &[Sealed]) -> Result<Vec<v1::Hint>, Status> {
    let here = Told::of(incident, None);
    let near: Vec<Arc<Incident>> = ports.fold.look(|board| {
        let seen = board.incidents().filter(|other| other.id != incident.id && triage::comparable(other));
        let near = seen.filter(|other| viewer.sight(other) > Sight::Nothing && here.near(&Told::of(other, None)));
        let mut near: Vec<_> = near.cloned().collect();
        near.sort_by_key(|other| std::cmp::Reverse(other.occurred));
        near.truncate(MOST_COMPARED);
        near
    });
    let mut others = Vec::new();
    for other in &near {
        // Where exactly is compared only with what the viewer may read; of the rest the area counts.
        let whole = viewer.sight(other) == Sight::Whole;
        let point = if whole { units::point(ports, viewer, &told(ports, other).await?) } else { None };
        others.push((other.as_ref(), point));
    }
    let found = triage::hints((incident, units::point(ports, viewer, sealed)), others.into_iter());
    let whole = |hint: &triage::Hint| near.iter().any(|other| other.id == hint.incident && viewer.sight(other) == Sight::Whole);
    let told = |whole: bool, reason: &Reason| whole || matches!(reason.code, ReasonCode::HintArea | ReasonCode::HintMinutes);
    let hint = |hint: triage::Hint| v1::Hint {
        incident_id: hint.incident.to_string(),
        score: hint.score,
        reasons: hint.reasons.iter().filter(|reason| told(whole(&hint), reason)).map(convert::to_reason).collect(),
    };
    Ok(found.into_iter().map(hint).collect())
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
    let policies = ports.policies();
    let found = policies.police_areas.of(place.area, ports.clock.now());
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
        units: Vec::new(),
    }
}
