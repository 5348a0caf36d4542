//! The town's calls: as many as the pattern district has, filed under codes that exist, without anybody's words.

use std::collections::BTreeSet;

use domain::{area::Areas, incident::Priority, policy::Policies};

use super::{
    super::{Arrival, place::Places, words::police},
    calls::hour,
};

fn days(seed: u64, days: i64) -> Vec<Arrival> {
    let places = Places::new(&Areas::pukou());
    let first = "2026-07-08T00:00:00.000+08:00".parse::<domain::time::Time>().expect("a time").ms() / 3_600_000;
    (first..first + days * 24).flat_map(|at| hour(&places, seed, at)).collect()
}

#[test]
fn about_140_calls_come_in_a_day() {
    for seed in 1..=3 {
        let a_day = days(seed, 20).len() / 20;
        assert!((119..=161).contains(&a_day), "{a_day}");
    }
}

#[test]
fn every_call_has_a_number_of_its_own_a_known_category_a_community_and_a_priority() {
    let (policies, areas) = (Policies::sample(), Areas::pukou());
    let calls = days(1, 10);
    let numbers: BTreeSet<_> = calls.iter().map(|call| &call.report.reference).collect();
    assert_eq!(numbers.len(), calls.len());
    for call in &calls {
        let report = &call.report;
        let category = report.category.parse().expect("a code");
        assert!(policies.catalogue.get(&category).is_some(), "{}", report.category);
        assert!(areas.get(report.area.parse().expect("a code")).is_some(), "{}", report.area);
        assert!(u8::try_from(report.priority).is_ok_and(|number| Priority::try_from(number).is_ok()));
        assert!(!report.text.contains(['{', '}']) && !report.text.is_empty(), "{}", report.text);
        assert!(call.at.ms() < report.taken.as_ref().and_then(wire::time::millis).expect("a time"));
    }
}

#[test]
fn no_number_of_a_form_reads_like_a_persons() {
    for call in days(2, 3) {
        let number = &call.report.reference;
        let bare: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
        for text in [number.clone(), bare, number.replacen('J', "C", 1) + "-1"] {
            assert_eq!(seal::mask(&text).text, text);
        }
    }
}

#[test]
fn second_calls_name_the_first_and_tell_the_same_kind_of_matter() {
    let calls = days(1, 20);
    let seconds: Vec<_> = calls.iter().filter(|call| call.report.reference.ends_with("-2")).collect();
    assert!(seconds.len() > 40, "{}", seconds.len());
    for second in seconds {
        let first = second.report.reference.trim_end_matches("-2");
        let first = calls.iter().find(|call| call.report.reference == first).expect("the first call");
        assert!(first.at < second.at);
        assert_eq!(first.report.area, second.report.area);
    }
}

#[test]
fn matters_of_all_priorities_and_the_flags_of_danger_are_there() {
    let matters = || police::MATTERS.iter().flat_map(|(_, matters)| matters.iter());
    let priorities: BTreeSet<_> = matters().map(|matter| matter.priority).collect();
    assert_eq!(priorities, [1, 2, 3, 4].into());
    let flags: BTreeSet<i32> = matters().flat_map(|matter| matter.flags).map(|flag| i32::from(*flag)).collect();
    assert!(flags.len() >= 5, "{flags:?}");
}
