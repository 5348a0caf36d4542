//! The three administrators (三员) keep the hub; none of them decides anything about an incident.

use super::{kit::*, lives::*};
use crate::seat::Role;

#[test]
fn an_administrator_decides_nothing_about_an_incident() {
    let keepers = [Role::Administrator, Role::SecurityAdministrator, Role::AuditAdministrator];
    let keepers = keepers.map(|role| seat("keeper", GRID, &[role], false));
    for life in lives() {
        for ask in asks(&life) {
            for keeper in &keepers {
                let heard = life.hear(keeper, &ask, 0);
                assert!(heard.is_err(), "{} in {}: {heard:?}", ask.kind(), life.incident.stage);
            }
        }
    }
}

#[test]
fn an_administrators_role_stands_alone() {
    let apart = |roles: &[Role]| seat("keeper", GRID, roles, false).seat().is_some_and(crate::seat::Seat::apart);
    for role in Role::ALL.iter().copied().filter(|role| role.is_administrator()) {
        assert!(apart(&[role]));
        for other in Role::ALL.iter().copied().filter(|other| *other != role) {
            assert!(!apart(&[role, other]), "{} and {}", role.word(), other.word());
        }
    }
    assert!(apart(&[Role::CallTaker, Role::Dispatcher, Role::Auditor]));
}
