//! `Audit.Ledger`: who held which duty of an incident. Who does not see it whole learns nothing of it.

use domain::{
    area::Level,
    incident::Refusal,
    ledger::{Bounce, Duty, Holder, Ledger, Turn},
    time::Time,
    view::{Sight, Viewer},
};
use tonic::Status;
use wire::v1::{self, duty_ledger_request::At};

use crate::{
    convert::{self, to_when},
    ledger::{self, Until},
    ports::Ports,
    status,
};

/// The ledger for this viewer.
pub(super) async fn ledger(ports: &Ports, viewer: &Viewer, request: v1::DutyLedgerRequest) -> Result<v1::DutyLedgerAnswer, Status> {
    let id = convert::incident_id("incident_id", &request.incident_id)?;
    let unknown = || status::refused(&Refusal::Unknown {});
    let incident = ports.fold.incident(id).await.map_err(|error| status::behind(&error))?;
    if incident.version == 0 || viewer.sight(&incident) < Sight::Whole {
        return Err(unknown());
    }
    let until = match request.at {
        None => Until::Head,
        Some(At::Position(position)) => Until::Position(position),
        Some(At::Time(time)) => Until::Time(convert::needed("time", convert::when("time", Some(time))?)?),
    };
    let district = ports.fold.look(domain::board::Board::district);
    let ledger = ledger::of(ports.journal.as_ref(), district, id, until).await.map_err(|error| status::behind(&error))?;
    ledger.map(|ledger| answer(&ledger)).ok_or_else(unknown)
}

fn answer(ledger: &Ledger) -> v1::DutyLedgerAnswer {
    let until = ledger.until;
    v1::DutyLedgerAnswer {
        incident_id: ledger.incident.to_string(),
        position: ledger.position,
        from: Some(to_when(ledger.from)),
        until: Some(to_when(until)),
        ended: ledger.ended,
        milliseconds: ledger.milliseconds,
        spans: ledger
            .spans
            .iter()
            .map(|held| v1::DutySpan {
                milliseconds: held.milliseconds,
                position: held.position,
                ..span(held.duty, held.holder.as_ref(), held.from, held.to)
            })
            .collect(),
        now: ledger.now.iter().map(|held| span(held.duty, Some(&held.holder), held.since, until)).collect(),
        bounces: ledger.bounces.iter().map(bounce).collect(),
    }
}

fn span(duty: Duty, holder: Option<&Holder>, from: Time, to: Time) -> v1::DutySpan {
    let (kind, part, report_id) = named(duty);
    let mut span = v1::DutySpan {
        duty: kind.into(),
        part,
        report_id,
        from: Some(to_when(from)),
        to: Some(to_when(to)),
        milliseconds: u64::try_from(to.ms() - from.ms()).unwrap_or(0),
        ..v1::DutySpan::default()
    };
    if let Some(holder) = holder {
        span.agency = holder.agency.to_string();
        span.seat = holder.seat.as_ref().map(ToString::to_string).unwrap_or_default();
        span.area = holder.area.to_string();
        span.set_tier(match holder.tier {
            Level::District => v1::DutyTier::District,
            Level::Subdistrict => v1::DutyTier::Subdistrict,
            Level::Community => v1::DutyTier::Community,
            Level::Grid => v1::DutyTier::Grid,
        });
    }
    span
}

fn named(duty: Duty) -> (v1::DutyKind, u32, String) {
    match duty {
        Duty::Lead => (v1::DutyKind::Lead, 0, String::new()),
        Duty::Part(part) => (v1::DutyKind::Part, part.into(), String::new()),
        Duty::Answer(report) => (v1::DutyKind::Answer, 0, report.to_string()),
    }
}

fn bounce(bounce: &Bounce) -> v1::DutyBounce {
    let (kind, part, _) = named(bounce.duty);
    let turn = match bounce.turn {
        Turn::Returned => v1::DutyTurn::Returned,
        Turn::Lapsed => v1::DutyTurn::Lapsed,
        Turn::OfferedAgain => v1::DutyTurn::OfferedAgain,
    };
    v1::DutyBounce {
        duty: kind.into(),
        part,
        turn: turn.into(),
        agency: bounce.agency.to_string(),
        at: Some(to_when(bounce.at)),
        position: bounce.position,
    }
}
