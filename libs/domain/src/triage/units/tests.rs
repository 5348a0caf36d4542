//! Whom to send: the bars as a table, then free before busy, then near before far.

use super::*;
use crate::incident::{
    kinds::Flag,
    tests::{kit::*, lives::received},
};

const HERE: Point = Point { lon_e7: 1_186_200_000, lat_e7: 320_500_000 };

fn unit(name: &str, of: &str, people: u32, licensed: u32) -> Announced {
    Announced {
        unit: name.parse().expect("a unit"),
        agency: agency(of),
        area: "320111004001".parse().expect("a community"),
        people,
        licensed,
        until: received().now.plus_seconds(8 * HOUR),
        point: None,
        seen: received().now,
    }
}

fn at(mut unit: Announced, metres_north: i64, minutes_ago: i64) -> Announced {
    unit.point = Some(Point { lat_e7: HERE.lat_e7 + metres_north * 10_000_000 / 111_320, ..HERE });
    unit.seen = received().now.plus_seconds(-minutes_ago * MINUTE);
    unit
}

fn flagged(flags: &[Flag]) -> Life {
    let mut new = report(GRID, Some(HOTLINE), "a");
    new.flags = flags.iter().copied().collect();
    new.place = crate::area::Place { area: "320111004001".parse().expect("a community") };
    Life::new().given(&desk(GRID), receive(new))
}

fn advice(life: &Life, of: &str, task: Option<&str>, units: &[Announced]) -> Advice {
    let (of, task) = (agency(of), task.map(|task| task.parse().expect("a task")));
    let need = Need { incident: &life.incident, agency: &of, task: task.as_ref(), point: Some(HERE), at: life.now };
    advise(&need, units.iter(), |_| None)
}

fn codes(reasons: &[Reason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.code.code()).collect()
}

/// The bars of practice-rules §3.9: flags, whose unit, how many people and licences, the task, and what bars it.
type Row = (&'static [Flag], &'static str, u32, u32, Option<&'static str>, Option<&'static str>);

const TABLE: &[Row] = &[
    (&[], GRID, 1, 0, Some("task/handle"), None),
    (&[Flag::Crowd], GRID, 1, 0, Some("task/handle"), None),
    (&[Flag::Weapon], GRID, 1, 0, Some("task/handle"), Some("triage.barred")),
    (&[Flag::Weapon], GRID, 4, 2, Some("task/assist"), Some("triage.barred")),
    (&[Flag::Weapon], GRID, 4, 0, None, Some("triage.barred")),
    (&[Flag::Weapon], GRID, 1, 0, Some("task/stage"), Some("unit.alone")),
    (&[Flag::Weapon], GRID, 2, 0, Some("task/stage"), None),
    (&[Flag::DomesticViolence], GRID, 1, 0, Some("task/stage"), Some("unit.alone")),
    (&[Flag::ExtremeThreat], GRID, 1, 0, Some("task/stage"), Some("unit.alone")),
    (&[Flag::MentalCrisis], GRID, 1, 0, Some("task/stage"), Some("unit.alone")),
    (&[Flag::MentalCrisis], WATER, 3, 0, Some("task/handle"), Some("triage.barred")),
    (&[Flag::Weapon], POLICE, 1, 1, Some("task/handle"), None),
    (&[], GRID, 3, 1, Some("task/enforce"), Some("unit.unlicensed")),
    (&[], GRID, 2, 2, Some("task/enforce"), None),
    (&[], POLICE, 1, 1, Some("task/enforce"), Some("unit.unlicensed")),
];

#[test]
fn the_bars_come_before_any_distance() {
    for (flags, of, people, licensed, task, bar) in TABLE {
        let near = at(unit("near", of, *people, *licensed), 10, 0);
        let found = advice(&flagged(flags), of, *task, &[near]);
        let said = found.units[0].barred.as_ref().map(|bar| bar.code.code());
        assert_eq!(said, *bar, "{flags:?} {of} {people} {licensed} {task:?}");
        assert!(found.units[0].reasons.iter().all(|reason| reason.complete() && reason.plain()));
    }
}

#[test]
fn nobody_off_shift_is_sent_and_a_barred_unit_stands_last_however_near() {
    let mut gone = at(unit("gone", GRID, 2, 0), 10, 0);
    gone.until = received().now;
    let found = advice(&flagged(&[]), GRID, None, &[gone, at(unit("far", GRID, 1, 0), 4000, 0)]);
    assert_eq!(found.units.iter().map(|unit| unit.unit.as_str()).collect::<Vec<_>>(), ["far", "gone"]);
    assert_eq!(found.units[1].barred, Some(Reason::new(ReasonCode::UnitOffShift, [])));
    assert_eq!(found.shortfalls, []);
}

#[test]
fn the_nearest_free_unit_comes_first_with_metres_and_the_age_of_its_position() {
    let life = flagged(&[]);
    let units = [at(unit("b", GRID, 1, 0), 900, 1), at(unit("a", GRID, 1, 0), 420, 3), at(unit("c", GRID, 1, 0), 50, 30)];
    let grid = agency(GRID);
    let need = Need { incident: &life.incident, agency: &grid, task: None, point: Some(HERE), at: life.now };
    let found = advise(&need, units.iter(), |unit| (unit.as_str() == "a").then_some(life.incident.id));
    let order: Vec<_> = found.units.iter().map(|unit| (unit.unit.as_str(), unit.busy.is_some(), unit.metres)).collect();
    // What was seen half an hour ago has no distance; what is on an order comes after all that are free.
    assert_eq!(order, [("b", false, Some(899)), ("c", false, None), ("a", true, Some(419))]);
    assert_eq!(codes(&found.units[2].reasons), ["unit.metres", "unit.position", "unit.busy"]);
    assert_eq!(codes(&found.units[1].reasons), ["unit.position_old"]);
}

#[test]
fn without_a_position_the_deeper_area_in_common_decides() {
    let mut elsewhere = unit("a", GRID, 1, 0);
    elsewhere.area = "320111005001".parse().expect("a community");
    let found = advice(&flagged(&[]), GRID, None, &[elsewhere, unit("b", GRID, 1, 0)]);
    assert_eq!(found.units.iter().map(|unit| unit.unit.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(codes(&found.units[0].reasons), ["unit.area"]);
    assert_eq!(codes(&found.shortfalls), ["unit.no_position"]);
}

#[test]
fn what_is_wanting_is_said() {
    let life = flagged(&[Flag::Weapon]);
    assert_eq!(codes(&advice(&life, GRID, None, &[]).shortfalls), ["unit.none_on_shift"]);
    let barred = advice(&life, GRID, None, &[unit("a", GRID, 2, 0), unit("b", GRID, 2, 0)]);
    assert_eq!(barred.shortfalls[0], Reason::new(ReasonCode::UnitNoneFree, [("number", "2")]));
    let other = advice(&life, POLICE, None, &[unit("a", GRID, 2, 0)]);
    assert_eq!((other.units.len(), codes(&other.shortfalls)), (0, vec!["unit.none_on_shift"]));
    let grid = agency(GRID);
    let need = Need { incident: &life.incident, agency: &grid, task: None, point: None, at: life.now };
    let units = [unit("a", GRID, 2, 0)];
    assert_eq!(codes(&advise(&need, units.iter(), |_| None).shortfalls), ["unit.none_free", "unit.no_point"]);
}

#[test]
fn metres_agree_with_known_distances() {
    let north = Point { lat_e7: HERE.lat_e7 + 10_000_000, ..HERE };
    assert_eq!(HERE.metres_to(north), 111_320);
    // 1 degree east at 32.05° north: 94.35 km on the sphere of the same degree.
    let east = HERE.metres_to(Point { lon_e7: HERE.lon_e7 + 10_000_000, ..HERE });
    assert!((94_250..94_450).contains(&east), "{east}");
    assert_eq!(HERE.metres_to(HERE), 0);
}
