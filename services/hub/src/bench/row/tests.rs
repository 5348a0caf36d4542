//! Tests of the table.

use super::{super::meter::Spent, *};

fn row(value: f64, target: Option<Target>) -> Row {
    let spent = Spent { cpu_percent: 150.4, rss_mb: 20.0 };
    Row { name: "x".into(), value, unit: "facts/s", target, against: "y".into(), spent, times: None, record_bytes: Some(512.3) }
}

#[test]
fn a_target_is_met_at_its_very_number() {
    assert_eq!(row(8.0, Some(Target::AtLeast(8.0))).met(), Some(true));
    assert_eq!(row(7.9, Some(Target::AtLeast(8.0))).met(), Some(false));
    assert_eq!(row(400.0, Some(Target::AtMost(400.0))).met(), Some(true));
    assert_eq!(row(401.0, Some(Target::AtMost(400.0))).met(), Some(false));
    assert_eq!(row(1.0, None).met(), None);
}

#[test]
fn machines_get_exactly_the_six_promised_names() {
    let rows = json(&[row(1234.56, Some(Target::AtLeast(1000.0)))]);
    let names: Vec<_> = rows[0].as_object().expect("an object").keys().cloned().collect();
    let mut wanted = ["name", "value", "unit", "target", "met", "beside"];
    wanted.sort_unstable();
    assert_eq!(names, wanted);
    assert_eq!(rows[0]["value"], 1235.0);
    assert_eq!(rows[0]["beside"]["record_bytes"], 512.0);
}

#[test]
fn people_get_thousands_apart_and_what_falls_short_in_capitals() {
    let table = table(&[row(1_234_567.0, Some(Target::AtLeast(2_000_000.0)))]);
    assert!(table.contains("1,234,567 facts/s") && table.contains("NO 未达标"), "{table}");
}
