//! The sample policies hold together, and a mistake in a file is refused with its place.

use super::*;
use crate::{
    id::{Agency, AgencyKind, MatterCode},
    incident::{
        Book, Matter,
        kinds::{ClockKind, ClockName, OnLapse, Priority},
    },
    policy::{catalogue::Table, routes::Case},
    time::Time,
};

/// The sample, with one file's text changed.
fn with(file: &str, from: &str, to: &str) -> Result<Policies, PolicyError> {
    let changed: Vec<(&str, String)> = SAMPLE
        .iter()
        .map(|(name, text)| {
            assert!(*name != file || text.contains(from), "{file} holds no `{from}`");
            (*name, if *name == file { text.replacen(from, to, 1) } else { (*text).to_owned() })
        })
        .collect();
    Policies::from_files(&changed.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>())
}

fn refused(file: &str, from: &str, to: &str) -> String {
    with(file, from, to).expect_err("refused").to_string()
}

#[test]
fn the_sample_is_read_names_its_versions_and_says_that_it_is_a_sample() {
    let policies = Policies::from_files(&SAMPLE).expect("the sample is readable");
    assert_eq!(
        policies.versions(),
        "calendar/2026.1 catalogue/2026.2 handovers/2026.3 keywords/2026.1 limits/2026.2 relations/2026.1 routes/2026.1 satisfaction/2026.1 tiers/2026.1 police-areas/2026.1 leave/2026.1"
    );
    assert!(policies.limits.header.sample && policies.routes.header.sample && policies.keywords.header.sample);
}

#[test]
fn the_catalogue_holds_the_403_codes_of_city_management() {
    let policies = Policies::sample();
    let count = |table| policies.catalogue.iter().filter(|(_, matter)| matter.table == table).count();
    assert_eq!((count(Table::Object), count(Table::City)), (153, 250));
    assert_eq!(count(Table::Hotline), 16, "15 first-level classes of messages, and one for what fits none");
}

#[test]
fn every_promise_is_made_for_every_category_and_priority() {
    let policies = Policies::sample();
    let start = Time::from_ms(1_783_500_000_000);
    for (code, matter) in policies.catalogue.iter().filter(|(_, matter)| matter.table.categories()) {
        for priority in [Priority::LIFE, Priority::URGENT, Priority::SOON, Priority::ROUTINE] {
            for &clock in ClockName::ALL.iter().filter(|clock| **clock != ClockName::Suspension) {
                let limit = policies.limit(clock, matter_of(priority, code), start).expect("a row");
                assert!(limit.due > start, "{clock} {code}");
                let urgent = priority.emergency() || matter.table == Table::Police;
                assert!(!urgent || limit.kind == ClockKind::UrgentHours, "{clock} {code} {priority} must run on at night");
            }
        }
    }
    assert!(
        policies.limit(ClockName::Accept, Matter::default(), start).is_some(),
        "a report without a category is promised an answer too"
    );
}

#[test]
fn a_more_urgent_matter_is_never_given_more_time_at_no_hour_of_two_weeks() {
    let policies = Policies::sample();
    // From a Sunday on, over the long holiday of October with its made-up work days.
    let sunday: Time = "2026-09-27T00:10:00.000+08:00".parse().expect("an instant");
    for (code, _) in policies.catalogue.iter().filter(|(_, matter)| matter.table.categories()) {
        for start in (0..14 * 24).map(|hour| sunday.plus_seconds(hour * 3_600)) {
            for &clock in ClockName::ALL {
                let due = |priority| policies.limit(clock, matter_of(priority, code), start).map(|limit| limit.due);
                let dues = [Priority::LIFE, Priority::URGENT, Priority::SOON, Priority::ROUTINE].map(due);
                assert!(dues.is_sorted(), "{clock} {code} {start}: {dues:?}");
            }
        }
    }
}

#[test]
fn a_police_matter_without_a_category_has_the_clocks_of_the_police() {
    let policies = Policies::sample();
    let night: Time = "2026-07-08T02:00:00.000+08:00".parse().expect("an instant");
    let limit = policies.limit(ClockName::Accept, Matter { police: true, ..Matter::default() }, night).expect("a row");
    assert_eq!((limit.kind, limit.due), (ClockKind::UrgentHours, night.plus_seconds(300)), "nobody waits for office hours");
}

fn matter_of(priority: Priority, code: &MatterCode) -> Matter<'_> {
    Matter { priority: Some(priority), category: Some(code), police: code.as_str().starts_with("police/"), ..Matter::default() }
}

#[test]
fn police_grid_and_hotline_keep_what_lapses_and_a_department_is_deemed_to_have_signed() {
    let policies = Policies::sample();
    let lapse = |from, to| policies.relation(from, to).map(|relation| (relation.on_lapse, relation.returnable));
    assert_eq!(lapse(AgencyKind::Police, AgencyKind::Grid), Some((OnLapse::Keep, true)));
    assert_eq!(lapse(AgencyKind::Grid, AgencyKind::Department), Some((OnLapse::Deemed, true)));
    assert_eq!(lapse(AgencyKind::Police, AgencyKind::Police), Some((OnLapse::Raise, false)));
    assert_eq!(lapse(AgencyKind::Organisation, AgencyKind::Organisation), None);
}

#[test]
fn each_route_can_be_reached_by_some_case() {
    let policies = Policies::sample();
    let mut reached = std::collections::BTreeSet::new();
    let codes: Vec<_> = policies
        .catalogue
        .iter()
        .filter(|(_, matter)| matter.table.categories())
        .map(|(code, _)| Some(code))
        .chain([None])
        .collect();
    let mut words: Vec<Vec<&str>> = vec![Vec::new()];
    words.extend(policies.routes.all().iter().flat_map(|route| &route.words).map(|word| vec![word.as_str()]));
    let mut flags = vec![std::collections::BTreeSet::new()];
    flags.extend(crate::incident::kinds::Flag::ALL.iter().map(|flag| [*flag].into()));
    for source in [Agency::police(), Agency::grid(), Agency::hotline()] {
        for category in &codes {
            for words in &words {
                for flags in &flags {
                    for priority in [Priority::LIFE, Priority::ROUTINE] {
                        let case = Case { category: *category, flags, words, priority, source: &source };
                        reached.insert(policies.routes.find(case).expect("the last takes every case").id.clone());
                    }
                }
            }
        }
    }
    let never: Vec<_> = policies.routes.all().iter().filter(|route| !reached.contains(&route.id)).map(|route| &route.id).collect();
    assert!(never.is_empty(), "never reached: {never:?}");
}

#[test]
fn danger_is_never_sent_to_a_grid_worker() {
    let policies = Policies::sample();
    use crate::incident::kinds::Flag;
    for flag in [Flag::Weapon, Flag::DomesticViolence, Flag::MentalCrisis, Flag::ExtremeThreat] {
        let flags = [flag].into();
        for (code, _) in policies.catalogue.iter().filter(|(_, matter)| matter.table.categories()) {
            let case =
                Case { category: Some(code), flags: &flags, words: &[], priority: Priority::URGENT, source: &Agency::grid() };
            let route = policies.routes.find(case).expect("a route");
            assert_eq!(route.lead, Agency::police(), "{flag} {code}");
            let staged = |part: &crate::incident::NewPart| part.task.as_ref().is_some_and(|task| task.as_str() == "task/stage");
            assert!(route.parts.iter().all(|part| part.agency != Agency::grid() || staged(part)), "{flag} {code} by {}", route.id);
        }
    }
}

#[test]
fn a_mistake_is_refused_with_file_line_and_reason() {
    let line = refused("limits.toml", "amount = 1\n", "amount = \"one\"\n");
    assert!(line.starts_with("limits.toml, line 1") && line.contains("invalid type"), "{line}");
    assert!(
        refused("limits.toml", "category = \"police/\"", "category = \"polize/\"")
            .contains("no code of the catalogue begins with `polize/`")
    );
    assert!(refused("limits.toml", "amount = 1\n", "amount = 0\n").contains("amount 0"));
    assert!(refused("limits.toml", "kind = \"urgent_hours\"", "kind = \"work_hours\"").contains("run on without a break"));
    assert!(refused("limits.toml", "priorities = [1, 2]\n", "").contains("never applies"), "a row that hides all later ones");
    assert!(refused("routes.toml", "categories = [\"police/fire\"]", "categories = [\"police/flood\"]").contains("police/flood"));
    assert!(refused("routes.toml", "sources = [\"police\"]\n", "").contains("never applies: `source.police`"));
    assert!(
        refused("routes.toml", "id = \"default\"", "id = \"default\"\nflags = [\"crowd\"]").contains("must apply to every case")
    );
    assert!(refused("relations.toml", "on_lapse = \"raise\"", "on_lapse = \"keep\"").contains("an order cannot be returned"));
    assert!(refused("tiers.toml", "reminders = 3", "reminders = 0").contains("give 1 to 20"));
    assert!(refused("tiers.toml", "children = 10", "children = 0").contains("give 1 to 200"));
    assert!(refused("tiers.toml", "claim_minutes = 15", "claim_minutes = 1441").contains("give 1 to 1440"));
    assert!(refused("satisfaction.toml", "\"fair\"", "\"dissatisfied\"").contains("leaves out a better one"));
    assert!(refused("keywords.toml", "\"社保\"", "\"社\"").contains("fewer than two characters"));
    assert!(refused("keywords.toml", "code = \"police/theft\"", "code = \"police/thefts\"").contains("not in the catalogue"));
    assert!(refused("catalogue.toml", "\"06001\"", "\"16001\"").contains("does not begin with it"));
    assert!(refused("relations.toml", "version = \"2026.1\"", "version = \"2026 1\"").contains("stand in every record"));
}

#[test]
fn weights_that_no_score_could_hold_are_refused() {
    for name in ["title_factor = 3", "matter_weight = 5", "object_weight = 2"] {
        let (field, _) = name.split_once(" = ").expect("a field");
        assert!(refused("keywords.toml", name, &format!("{field} = 4294967295")).contains("20 at most"), "{field}");
        assert!(with("keywords.toml", name, &format!("{field} = 20")).is_ok(), "{field}");
    }
}

#[test]
fn a_policy_that_is_missing_or_given_twice_stops_the_start() {
    let missing = Policies::from_files(&SAMPLE[1..]).expect_err("no calendar").to_string();
    assert!(missing.contains("no file holds the policy `calendar`"), "{missing}");
    let mut twice = SAMPLE.to_vec();
    twice.push(("again.toml", SAMPLE[0].1));
    let twice = Policies::from_files(&twice).expect_err("two calendars").to_string();
    assert!(twice.contains("again.toml both hold the policy `calendar`"), "{twice}");
}

#[test]
fn villages_have_longer_to_arrive_and_are_those_of_the_table_of_areas() {
    let policies = Policies::sample();
    let areas = crate::area::Areas::pukou();
    let listed: std::collections::BTreeSet<_> =
        policies.limits.grounds().iter().flat_map(|ground| &ground.areas).copied().collect();
    let mut villages = std::collections::BTreeSet::new();
    for (subdistrict, _) in areas.children(areas.district()) {
        let within = areas.children(subdistrict).filter(|(_, area)| area.kind == crate::area::AreaKind::Village);
        villages.extend(within.map(|(code, _)| code));
    }
    assert_eq!(listed, villages);
    let village = *villages.first().expect("a village");
    let start = Time::from_ms(1_783_500_000_000);
    let minutes = |priority, area| {
        let matter = Matter { priority: Some(priority), area, ..Matter::default() };
        policies.limit(ClockName::Arrive, matter, start).expect("a row").amount
    };
    let town = Some("320111004001".parse().expect("a community in town"));
    assert_eq!(minutes(Priority::LIFE, town), 5);
    assert_eq!(minutes(Priority::LIFE, None), 5, "a place that is not known gives no more time");
    assert_eq!(minutes(Priority::LIFE, Some(village)), 15);
    let grid = format!("{village}001").parse().expect("a grid of it");
    assert_eq!(minutes(Priority::URGENT, Some(grid)), 20, "and all that lies within");
}

#[test]
fn how_long_the_work_may_take_follows_the_matter_and_its_condition() {
    let policies = Policies::sample();
    let start = Time::from_ms(1_783_500_000_000);
    let code: MatterCode = "city/01023".parse().expect("a code");
    let limit = |terms: &[String]| {
        let matter = Matter { priority: Some(Priority::ROUTINE), category: Some(&code), terms, ..Matter::default() };
        let limit = policies.limit(ClockName::Handle, matter, start).expect("a row");
        (limit.kind, limit.amount)
    };
    assert_eq!(limit(&[]), (ClockKind::WorkDays, 3));
    assert_eq!(limit(&["井盖".to_owned(), "井盖缺失".to_owned()]), (ClockKind::WorkHours, 120));
    let no = refused("limits.toml", "[\"井盖缺失\"]", "[\"从未听说\"]");
    assert!(no.contains("从未听说"), "{no}");
    let no = refused("limits.toml", "ground = \"village\"", "ground = \"moon\"");
    assert!(no.contains("moon"), "{no}");
    let no = refused("limits.toml", "clock = \"upward\"", "clock = \"suspension\"");
    assert!(no.contains("no promise"), "{no}");
}

#[test]
fn leave_that_cannot_be_is_refused_with_its_row() {
    for (from, to, names) in [
        ("days = 180", "days = 0", "suspension.days"),
        ("percent = 100", "percent = 0", "extension.percent"),
        ("clocks = [\"handle\", ", "clocks = [\"sign\", ", "extension.clocks"),
        ("\"extend.weather\"", "\"suspend.funds\"", "suspend.funds"),
        ("warn_percent = 20", "warn_percent = 100", "warn_percent"),
        ("days = 30", "day = 30", "leave.toml"),
    ] {
        let no = refused("leave.toml", from, to);
        assert!(no.contains(names), "{from} → {to}: {no}");
    }
    assert!(Policies::sample().leave.header.sample);
}
