//! Units on shift, as they say it themselves: in memory until their shift ends, in no journal and on no disk.
//!
//! What they are advised for is a rule of `domain::triage::units`. A process that starts anew knows none until they speak again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::{
    area::Point,
    id::{Agency, IncidentId, MatterCode, UnitId},
    incident::{Incident, Sealed},
    reason::{Reason, ReasonCode},
    seat::{Role, Seat},
    time::Time,
    triage::units::{Advice, Announced, Need, Ranked, advise},
    view::Viewer,
};
use runtime::{
    Caller, Ports,
    convert::{self, needed},
    datum, sealing, status,
};
use tonic::Status;
use wire::v1;

/// One call names no more units than this.
const MOST_A_CALL: usize = 1000;
/// More units than a district ever has on shift; a caller's mistake does not fill the memory.
const MOST: usize = 20_000;
/// The longest shift.
const LONGEST_SECONDS: i64 = 24 * 3600;
/// More people than ever go together.
const MOST_PEOPLE: u32 = 500;

/// Who is on shift, as far as this process was told.
#[derive(Default)]
pub(crate) struct Units(Mutex<BTreeMap<UnitId, Announced>>);

impl Units {
    fn known(&self) -> MutexGuard<'_, BTreeMap<UnitId, Announced>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Did this unit say anything of itself here?
    pub(crate) fn knows(&self, unit: &UnitId) -> bool {
        self.known().contains_key(unit)
    }

    /// Takes note of what units say.
    pub(crate) fn announce(&self, ports: &Ports, caller: &Caller, said: v1::AnnounceRequest) -> Result<v1::AnnounceAnswer, Status> {
        let seat = caller.actor.seat().ok_or_else(status::unauthenticated)?;
        if ![Role::Handler, Role::Dispatcher, Role::DutyChief].iter().any(|&role| seat.has(role)) {
            return Err(status::forbidden("须由处置席或派警席报告", "a handler's or dispatcher's seat says this"));
        }
        if said.units.len() > MOST_A_CALL {
            return Err(status::bad_field("units", "一次最多1000个", "1,000 at most in one call"));
        }
        let now = ports.clock.now();
        let read: Vec<Announced> = said.units.into_iter().map(|unit| announced(seat, unit, now)).collect::<Result<_, _>>()?;
        let mut known = self.known();
        known.retain(|_, unit| unit.until > now);
        for unit in read {
            // A unit speaks for itself: what another agency calls the same is another unit's name.
            if known.get(&unit.unit).is_some_and(|other| other.agency != unit.agency) {
                return Err(status::bad_field("units.unit", "编号已由其他单位使用", "another agency has a unit of this name"));
            }
            if unit.until <= now {
                known.remove(&unit.unit);
            } else if known.len() < MOST || known.contains_key(&unit.unit) {
                known.insert(unit.unit.clone(), unit);
            } else {
                return Err(Status::resource_exhausted("more units on shift than a district has"));
            }
        }
        let on_shift = known.values().filter(|unit| unit.agency == seat.agency).count();
        Ok(v1::AnnounceAnswer { on_shift: u32::try_from(on_shift).unwrap_or(u32::MAX) })
    }

    /// Whom the caller could send: its own agency's units, and for a duty chief those of every agency that is asked.
    pub(crate) fn advice(
        &self,
        ports: &Ports,
        caller: &Caller,
        incident: &Incident,
        parts: &[(Agency, Option<MatterCode>)],
        sealed: &[Sealed],
    ) -> Vec<v1::UnitAdvice> {
        let Viewer::Seat(seat) = &caller.viewer else { return Vec::new() };
        let mine = |agency: &Agency| *agency == seat.agency || seat.has(Role::DutyChief);
        let agencies = parts.iter().filter(|(agency, _)| mine(agency));
        let point = point(ports, &caller.viewer, sealed);
        let advice = agencies.map(|(agency, task)| {
            let need = Need { incident, agency, task: task.as_ref(), point, at: ports.clock.now() };
            to_advice(agency, self.of(ports, &need))
        });
        advice.collect()
    }

    /// Why this unit for this part: what the advice says of it, and whether the seat followed it. Nothing where the unit did not
    /// announce itself here.
    pub(crate) fn reasons(
        &self,
        ports: &Ports,
        caller: &Caller,
        incident: &Incident,
        part: u16,
        order: (&UnitId, Option<&MatterCode>),
        sealed: &[Sealed],
    ) -> Vec<Reason> {
        let Some(part) = incident.part(part) else { return Vec::new() };
        let task = order.1.or(part.task.as_ref());
        let point = point(ports, &caller.viewer, sealed);
        let advice = self.of(ports, &Need { incident, agency: &part.agency, task, point, at: ports.clock.now() });
        let first = advice.units.first().filter(|unit| unit.barred.is_none() && unit.busy.is_none());
        let Some(chosen) = advice.units.iter().find(|unit| unit.unit == *order.0) else { return Vec::new() };
        let followed = first.is_none_or(|first| first.unit == chosen.unit);
        let settled = Reason::new(if followed { ReasonCode::SeatConfirm } else { ReasonCode::SeatOverride }, []);
        chosen.reasons.iter().cloned().chain([settled]).collect()
    }

    fn of(&self, ports: &Ports, need: &Need<'_>) -> Advice {
        let ours: Vec<Announced> = self.known().values().filter(|unit| unit.agency == *need.agency).cloned().collect();
        let names: BTreeSet<&UnitId> = ours.iter().map(|unit| &unit.unit).collect();
        let busy = if names.is_empty() { BTreeMap::new() } else { busy(ports, need.incident.id, &names) };
        advise(need, ours.iter(), |unit| busy.get(unit).copied())
    }
}

/// Where a matter is, for a viewer who may read it; opened in memory, for the moment of the call.
pub(crate) fn point(ports: &Ports, viewer: &Viewer, sealed: &[Sealed]) -> Option<Point> {
    let readable = sealed.iter().rev().filter(|field| field.field == "point" && sealing::may_open(viewer, &field.key));
    readable.filter_map(|field| sealing::open(ports, field).ok()).find_map(|text| datum::read(&text))
}

/// Units with an order on another incident.
fn busy(ports: &Ports, here: IncidentId, names: &BTreeSet<&UnitId>) -> BTreeMap<UnitId, IncidentId> {
    let on = |incident: &Incident| {
        let parts = incident.parts.iter().filter(|part| !part.over());
        let orders = parts.flat_map(|part| incident.orders(part.id)).filter_map(|order| order.unit.clone());
        orders.filter(|unit| names.contains(unit)).map(|unit| (unit, incident.id)).collect::<Vec<_>>()
    };
    ports.fold.look(|board| {
        let open = board.incidents().filter(|incident| incident.id != here && !incident.stage.ended());
        open.flat_map(|incident| on(incident)).collect()
    })
}

fn announced(seat: &Seat, said: v1::AnnouncedUnit, now: Time) -> Result<Announced, Status> {
    let until = needed("units.until", convert::when("units.until", said.until)?)?;
    if until > now.plus_seconds(LONGEST_SECONDS) {
        return Err(status::bad_field("units.until", "班次最长24小时", "a shift has 24 hours at most"));
    }
    if !(1..=MOST_PEOPLE).contains(&said.people) || said.licensed > said.people {
        return Err(status::bad_field(
            "units.people",
            "人数1至500，持证人数不超过人数",
            "1 to 500 people, and no more licences than people",
        ));
    }
    Ok(Announced {
        unit: convert::unit("units.unit", &said.unit)?,
        agency: seat.agency.clone(),
        area: convert::area("units.area", &said.area)?,
        people: said.people,
        licensed: said.licensed,
        until,
        point: said.point.as_ref().map(datum::to_cgcs2000).transpose()?,
        seen: now,
    })
}

fn to_advice(agency: &Agency, advice: Advice) -> v1::UnitAdvice {
    let unit = |ranked: &Ranked| v1::AdvisedUnit {
        unit: ranked.unit.to_string(),
        barred: ranked.barred.is_some(),
        busy: ranked.busy.is_some(),
        metres: ranked.metres,
        reasons: ranked.reasons.iter().map(convert::to_reason).collect(),
    };
    v1::UnitAdvice {
        agency: agency.to_string(),
        units: advice.units.iter().map(unit).collect(),
        shortfalls: advice.shortfalls.iter().map(convert::to_reason).collect(),
    }
}
