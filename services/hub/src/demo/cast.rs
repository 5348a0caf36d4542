//! Who acts: scripted seats of every agency. Each is set up as a fact, so that the log names it, and each speaks for
//! itself on a road within the process. Nothing is decided here.

use std::collections::BTreeSet;

use anyhow::Context as _;
use domain::{
    area::{AreaCode, AreaKind},
    id::Agency,
    seat::{Role, Seat},
};
use runtime::{Caller, Ports, convert::number_of};
use wire::v1;

use crate::roads::Roads;

/// Departments that parts are handed to.
pub(crate) const DEPARTMENTS: [&str; 14] = [
    "urban",
    "housing",
    "water",
    "transport",
    "environment",
    "market",
    "labour",
    "education",
    "health",
    "agriculture",
    "justice",
    "civil",
    "land",
    "fire",
];

/// Work places of the three desks: what the seat is called, and what it is there for.
const DESKS: &[(&str, &[Role])] = &[
    ("calls", &[Role::CallTaker]),
    ("desk", &[Role::Dispatcher]),
    ("chief", &[Role::DutyChief]),
    ("field", &[Role::Handler]),
    ("check", &[Role::Checker]),
    ("followup", &[Role::FollowUp]),
    ("super", &[Role::Supervisor]),
];
/// Work places of a subdistrict centre (街道分中心).
const CENTRE: &[(&str, &[Role])] = &[("desk", &[Role::Dispatcher]), ("field", &[Role::Handler]), ("check", &[Role::Checker])];
/// Work places of a department.
const DEPARTMENT: &[(&str, &[Role])] = &[("desk", &[Role::Dispatcher]), ("field", &[Role::Handler])];

/// A seat and its voice.
pub(crate) struct Member {
    /// The seat.
    pub(crate) seat: Seat,
    /// Its roads to the services.
    pub(crate) roads: Roads,
}

/// All seats.
pub(crate) struct Cast(Vec<Member>);

impl Cast {
    /// Sets up the seats that are not there yet.
    ///
    /// # Errors
    /// A seat could not be written.
    pub(crate) async fn set_up(ports: &Ports) -> anyhow::Result<Self> {
        let operator = Roads::local(ports, Caller::operator(ports));
        let mut members = Vec::new();
        for seat in seats(ports)? {
            if ports.fold.look(|board| board.seat(&seat.id).is_none()) {
                let request = v1::AddSeatRequest { command_id: format!("demo/seat/{}", seat.id), seat: Some(said(&seat)) };
                operator.seats.clone().add(request).await.with_context(|| format!("set up the seat {}", seat.id))?;
            }
            members.push(Member { roads: Roads::local(ports, Caller::seat(seat.clone())), seat });
        }
        Ok(Self(members))
    }

    /// The seat of `agency` with `role` nearest to `area`: the subdistrict's own, else the district's.
    pub(crate) fn seat(&self, agency: &Agency, role: Role, area: AreaCode) -> Option<&Member> {
        let fit = |member: &&Member| member.seat.agency == *agency && member.seat.has(role) && member.seat.area.contains(area);
        self.0.iter().filter(fit).max_by_key(|member| member.seat.area.level())
    }

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }
}

/// The seats of the pattern district.
fn seats(ports: &Ports) -> anyhow::Result<Vec<Seat>> {
    let district = ports.areas.district();
    let mut seats = Vec::new();
    let mut add = |prefix: &str, agency: &Agency, area: AreaCode, places: &[(&str, &[Role])]| -> anyhow::Result<()> {
        for (name, roles) in places {
            let id = format!("demo-{prefix}-{name}").parse().context("name a demo seat")?;
            let roles: BTreeSet<Role> = roles.iter().copied().collect();
            seats.push(Seat { id, agency: agency.clone(), area, roles, scripted: true });
        }
        Ok(())
    };
    for (prefix, agency) in [("110", Agency::police()), ("12345", Agency::hotline()), ("grid", Agency::grid())] {
        add(prefix, &agency, district, DESKS)?;
    }
    for (code, _) in ports.areas.children(district).filter(|(_, area)| area.kind == AreaKind::Subdistrict) {
        add(&format!("grid-{code}"), &Agency::grid(), code, CENTRE)?;
    }
    for department in DEPARTMENTS {
        let agency = format!("department/{department}").parse().context("name a department")?;
        add(department, &agency, district, DEPARTMENT)?;
    }
    Ok(seats)
}

fn said(seat: &Seat) -> v1::Seat {
    v1::Seat {
        seat_id: seat.id.to_string(),
        agency: seat.agency.to_string(),
        area: seat.area.to_string(),
        roles: seat.roles.iter().map(|role| number_of::<v1::Role>(role.word())).collect(),
        scripted: seat.scripted,
    }
}
