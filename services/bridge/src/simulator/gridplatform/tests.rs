//! What patrols find: as much as the pattern district has, filed under codes that exist; nobody off shift is sent.

use std::collections::BTreeSet;

use domain::{
    area::{Areas, Level},
    policy::Policies,
    time::Time,
};
use wire::v1::{self, PartnerFrame, partner_frame::Body};

use super::{
    super::{
        Arrival, Partner,
        case::Case,
        dice::Dice,
        place::{Places, on_shift},
        script::{self, Around},
        words::city,
    },
    finds::hour,
};

fn midnight() -> Time {
    "2026-07-08T00:00:00.000+08:00".parse().expect("a time")
}

fn days(seed: u64, days: i64) -> Vec<Arrival> {
    let places = Places::new(&Areas::pukou());
    let first = midnight().ms() / 3_600_000;
    (first..first + days * 24).flat_map(|at| hour(&places, seed, at)).collect()
}

#[test]
fn about_300_finds_come_in_a_day() {
    for seed in 1..=3 {
        let a_day = days(seed, 20).len() / 20;
        assert!((255..=345).contains(&a_day), "{a_day}");
    }
}

#[test]
fn every_find_has_a_number_of_its_own_and_a_grid_and_nearly_every_one_a_category() {
    let (policies, areas) = (Policies::sample(), Areas::pukou());
    let finds = days(1, 5);
    let numbers: BTreeSet<_> = finds.iter().map(|find| &find.report.reference).collect();
    assert_eq!(numbers.len(), finds.len());
    let mut dangers = 0;
    for find in &finds {
        let area: domain::area::AreaCode = find.report.area.parse().expect("a code");
        assert!(areas.get(area).is_some() && area.level() >= Level::Community, "{area}");
        assert!(!find.report.text.contains(['{', '}']), "{}", find.report.text);
        if find.report.category.is_empty() {
            dangers += 1;
        } else {
            let category = find.report.category.parse().expect("a code");
            assert!(policies.catalogue.get(&category).is_some(), "{category}");
        }
    }
    assert!((5..=70).contains(&dangers), "{dangers} of {}", finds.len());
}

#[test]
fn every_heading_of_the_street_is_filed() {
    let parks = city::filed("no such heading");
    for (title, _) in city::CITY {
        assert_ne!(city::filed(title), parks, "{title}");
    }
}

#[test]
fn nobody_off_shift_is_sent_and_nobody_alone_where_it_is_dangerous() {
    let places = Places::new(&Areas::pukou());
    for minute in (0..2_880).step_by(7) {
        let due = midnight().plus_seconds(minute * 60);
        for (nth, (priority, stage)) in [(4, false), (3, false), (2, false), (1, true), (4, true)].into_iter().enumerate() {
            let case = Case { area: "320111001001001".to_owned(), priority, ..Case::default() };
            let mut dice = Dice::about(&[minute.cast_unsigned(), nth as u64]);
            let (at, unit) = places.unit(Partner::GridPlatform, &case, stage, due, nth, &mut dice);
            assert!(at >= due && on_shift(&unit, at), "{unit} at {at}");
            assert!(unit.parse::<domain::id::UnitId>().is_ok(), "{unit}");
            if priority <= 2 || stage {
                assert!(unit.starts_with("team/"), "{unit}");
            }
            if priority <= 2 {
                assert_eq!(at, due, "danger waits for no shift");
            }
        }
    }
}

#[test]
fn what_is_fixed_on_the_way_is_told_once_and_taken_on_where_the_hub_refuses_it() {
    let places = Places::new(&Areas::pukou());
    let around = Around { partner: Partner::GridPlatform, places: &places, seed: 1, shared_id: &|_| None };
    let mut fixed = 0;
    for find in days(1, 1) {
        let mut case = Case::new(&find.report.reference, "grid");
        let said = |number, body| PartnerFrame { number, body: Some(body), ..PartnerFrame::default() };
        case.went_out(&said(1, Body::Report(find.report)), find.at);
        let Some(step) = script::next(&case, &around).filter(|step| matches!(step.body, Body::SelfHandled(_))) else { continue };
        fixed += 1;
        case.went_out(&said(2, step.body), step.due);
        assert_eq!(script::next(&case, &around), None, "the hub has the word");
        let receipt = v1::partner_frame::Receipt { number: 2, outcome: v1::FrameOutcome::Refused.into(), ..Default::default() };
        case.came_in(&said(9, Body::Receipt(receipt)), step.due);
        let next = script::next(&case, &around).expect("it is still a matter");
        assert!(matches!(next.body, Body::Accepted(_)), "{next:?}");
    }
    assert!(fixed > 50, "{fixed}");
}
