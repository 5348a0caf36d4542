//! An incident, a seat: as a viewer may see them.

use domain::{
    incident::{ClockId, FormNumber, Incident, Item},
    seat::{Kept, Role, Seat},
    view::Sight,
};
use tonic::Status;
use wire::v1;

use super::{agency, area, number_of, to_when, word};
use crate::status;

/// An incident for a viewer with this sight. `gist` gives the masked words of the n-th report, from 0.
#[must_use]
pub fn incident(incident: &Incident, sight: Sight, gist: impl Fn(usize) -> String) -> v1::Incident {
    let mut view = v1::Incident {
        incident_id: incident.id.to_string(),
        position: incident.position,
        version: incident.version,
        sight: if sight == Sight::Whole { v1::Sight::Whole } else { v1::Sight::Outline }.into(),
        stage: number_of::<v1::Stage>(incident.stage.word()),
        place: Some(v1::Place { area: incident.place.area.to_string() }),
        priority: incident.priority.map_or(0, |priority| priority.number().into()),
        class: number_of::<v1::Class>(incident.class.word()),
        received: Some(to_when(incident.received)),
        occurred: Some(to_when(incident.occurred)),
        ended: incident.ended.map(to_when),
        history: incident.history,
        lead: incident.lead.as_ref().map(|lead| v1::Lead {
            agency: lead.agency.to_string(),
            seat: lead.seat.as_ref().map(ToString::to_string).unwrap_or_default(),
            area: lead.area.as_ref().map(ToString::to_string).unwrap_or_default(),
        }),
        overdue: incident.overdue(),
        rounds: incident.rounds.into(),
        ..v1::Incident::default()
    };
    if sight == Sight::Whole {
        whole(&mut view, incident, gist);
    }
    view
}

fn whole(view: &mut v1::Incident, incident: &Incident, gist: impl Fn(usize) -> String) {
    let text = |value: Option<&dyn std::fmt::Display>| value.map(ToString::to_string).unwrap_or_default();
    view.tiers = incident.tiers.as_deref().map(super::tiers::view);
    view.flags = incident.flags.iter().map(|flag| number_of::<v1::Flag>(flag.word())).collect();
    view.category = text(incident.category.as_ref().map(|c| c as _));
    view.category_feedback = text(incident.category_feedback.as_ref().map(|c| c as _));
    view.terms.clone_from(&incident.terms);
    view.reports = incident
        .reports
        .iter()
        .enumerate()
        .map(|(n, report)| v1::ReportView {
            report_id: report.id.to_string(),
            source: report.source.clone(),
            reference: report.reference.clone(),
            channel: number_of::<v1::Channel>(report.channel.word()),
            answer_agency: text(report.answer.as_ref().map(|a| a as _)),
            told: report.told.map(to_when),
            followup: (report.followup.tries > 0).then(|| v1::FollowupView {
                tries: report.followup.tries.into(),
                reached: report.followup.reached,
                solved: report.followup.solved,
                satisfaction: report.followup.satisfaction.map_or(0, |level| number_of::<v1::Satisfaction>(level.word())),
            }),
            gist: gist(n),
        })
        .collect();
    view.parts = incident
        .parts
        .iter()
        .map(|part| v1::PartView {
            part: part.id.into(),
            agency: part.agency.to_string(),
            seat: text(part.seat.as_ref().map(|s| s as _)),
            mandatory: part.mandatory,
            task: text(part.task.as_ref().map(|t| t as _)),
            status: number_of::<v1::PartStatus>(part.status.word()),
            unit: text(part.unit.as_ref().map(|u| u as _)),
            returns: part.returns.into(),
            designated: part.designated,
            finished_by: text(part.finished_by.as_ref().map(|s| s as _)),
        })
        .collect();
    view.handovers = incident
        .handovers
        .iter()
        .map(|handover| v1::HandoverView {
            handover: handover.id.into(),
            kind: number_of::<v1::HandoverKind>(handover.kind.word()),
            status: number_of::<v1::HandoverStatus>(handover.status.word()),
            part: handover.part.unwrap_or(0).into(),
            lead: handover.lead,
            from: handover.from.to_string(),
            to: handover.to.to_string(),
            unit: text(handover.unit.as_ref().map(|u| u as _)),
            on_lapse: number_of::<v1::OnLapse>(handover.on_lapse.word()),
            returnable: handover.returnable,
            returned_at: handover.returned_at.map_or(0, |stage| number_of::<v1::Stage>(stage.word())),
            task: text(handover.task.as_ref().map(|task| task as _)),
            item: handover.item.as_ref().map(to_item),
            missing: handover.missing.iter().map(|stage| number_of::<v1::UnitStage>(stage.word())).collect(),
        })
        .collect();
    view.clocks = incident
        .clocks
        .iter()
        .map(|clock| v1::ClockView {
            clock: ClockId::to_string(&clock.id),
            name: number_of::<v1::ClockName>(clock.id.name.word()),
            version: clock.version,
            kind: number_of::<v1::ClockKind>(clock.kind.word()),
            amount: clock.amount,
            start: Some(to_when(clock.start)),
            due: Some(to_when(clock.due)),
            breached: clock.breached,
        })
        .collect();
    view.breaches = incident.breaches.into();
    view.missing = incident.missing.iter().map(|stage| number_of::<v1::Stage>(stage.word())).collect();
    view.verified = incident.verified;
    view.checked = incident.checked;
    view.reopen_asked = incident.reopen.is_some();
    view.scene_safe = incident.scene;
    view.watch = incident.watch.iter().map(ToString::to_string).collect();
    view.into = text(incident.into.as_ref().map(|id| id as _));
    view.parent = text(incident.parent.as_ref().map(|id| id as _));
    view.children = incident.children.iter().map(ToString::to_string).collect();
    view.numbers = incident.numbers.iter().map(number_view).collect();
    super::leave::view(view, incident);
    view.void_until = incident.void_asked.as_ref().map(|(_, until)| to_when(*until));
}

/// A row of the hand-over catalogue as the wire shows it.
#[must_use]
pub fn to_item(item: &Item) -> v1::Item {
    v1::Item { code: item.code.clone(), catalogue: item.catalogue.clone() }
}

fn number_view(kept: &FormNumber) -> v1::NumberView {
    v1::NumberView {
        agency: kept.agency.to_string(),
        form: number_of::<v1::Form>(kept.form.word()),
        number: kept.number.clone(),
        part: kept.part.unwrap_or(0).into(),
    }
}

/// A seat as the wire shows it.
#[must_use]
pub fn seat_view(kept: &Kept) -> v1::SeatView {
    v1::SeatView {
        seat: Some(v1::Seat {
            seat_id: kept.seat.id.to_string(),
            agency: kept.seat.agency.to_string(),
            area: kept.seat.area.to_string(),
            roles: kept.seat.roles.iter().map(|role| number_of::<v1::Role>(role.word())).collect(),
            scripted: kept.seat.scripted,
        }),
        locked: kept.locked.map(to_when),
    }
}

/// A seat as the wire gives it.
///
/// # Errors
/// `INVALID_ARGUMENT` naming the field.
pub fn seat_of(seat: &v1::Seat) -> Result<Seat, Status> {
    let roles = seat.roles.iter().filter_map(|&number| word::<v1::Role, _>("seat.roles", number, Role::from_word).transpose());
    let seat = Seat {
        id: seat.seat_id.parse().map_err(|_| {
            let (zh, en) = ("席位名须为1至64个字母、数字或 - _ .", "name the seat with 1 to 64 letters, digits or - _ .");
            status::bad_field("seat.seat_id", zh, en)
        })?,
        agency: agency("seat.agency", &seat.agency)?,
        area: area("seat.area", &seat.area)?,
        roles: roles.collect::<Result<_, _>>()?,
        scripted: seat.scripted,
    };
    if seat.roles.is_empty() {
        return Err(status::bad_field("seat.roles", "至少要有一个职责", "give at least one role"));
    }
    Ok(seat)
}
