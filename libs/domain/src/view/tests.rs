//! What a viewer may not see.

use super::*;
use crate::{
    id::{Agency, IncidentId},
    incident::{Class, Incident, Lead},
};

fn seat(agency: Agency, area: &str, roles: &[Role]) -> Viewer {
    Viewer::Seat(Seat {
        id: "s1".parse().expect("a plain name"),
        agency,
        area: area.parse().expect("an area code"),
        roles: roles.iter().copied().collect(),
        scripted: false,
    })
}

fn incident(class: Class, lead: Agency) -> Incident {
    let mut incident = Incident::new(IncidentId::from_u128(1), "320111".parse().expect("a district"));
    incident.place.area = "320111004001".parse().expect("a community");
    incident.class = class;
    incident.lead = Some(Lead { agency: lead, area: None, seat: None });
    incident
}

#[test]
fn an_incident_of_class_s_does_not_exist_for_seats_outside_it() {
    let hidden = incident(Class::S, Agency::police());
    assert_eq!(seat(Agency::grid(), "320111004", &[Role::Dispatcher]).sight(&hidden), Sight::Nothing);
    assert_eq!(seat(Agency::police(), "320111", &[Role::Dispatcher]).sight(&hidden), Sight::Whole);
    assert_eq!(seat(Agency::police(), "320111005", &[Role::Dispatcher]).sight(&hidden), Sight::Nothing);
}

#[test]
fn an_ordinary_incident_is_an_outline_for_the_other_desk_of_its_area() {
    let open = incident(Class::N, Agency::police());
    assert_eq!(seat(Agency::grid(), "320111004", &[Role::Dispatcher]).sight(&open), Sight::Outline);
    assert_eq!(seat(Agency::grid(), "320111005", &[Role::Dispatcher]).sight(&open), Sight::Nothing);
    assert_eq!(seat(Agency::grid(), "320111", &[Role::Administrator]).sight(&open), Sight::Nothing);
    assert_eq!(seat(Agency::grid(), "320111", &[Role::Auditor]).sight(&open), Sight::Whole);
}
