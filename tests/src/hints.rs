//! Duplicate hints on real requests, whose staff named the duplicates: how many of those are found, and what else is hinted.

use std::process::Command;

use crate::{child, house};

#[test]
fn three_in_four_of_the_duplicates_that_staff_named_are_among_the_five_hints() {
    let data = house::root().join("../shared/data");
    let files = ["requests-boston-duplicates.csv", "requests-boston-311.csv", "requests-boston-311-more.csv.gz"].map(|name| {
        let path = data.join(name);
        assert!(path.exists(), "{name} is not there: lay the shared data beside the tree as shared/data");
        path
    });
    let folder = tempfile::tempdir().expect("a folder");
    let mut bench = Command::new(child::binary());
    bench.args(["bench", "hints", "--json", "--data"]).arg(folder.path()).args(files);
    let said = bench.output().expect("it runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let rows: serde_json::Value = serde_json::from_slice(&said.stdout).expect("one JSON value");
    let value = |name: &str| {
        let row = rows.as_array().expect("rows").iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}: {rows}"));
        (row["value"].as_f64().expect("a number"), row["beside"]["against"].as_str().expect("words").to_owned())
    };
    let ((one, _), (five, of), (wrong, others)) = (value("hints, recall at 1"), value("hints, recall at 5"), value("hints, false"));
    assert!(of.contains("of 129;") && of.contains("among 12000 requests"), "{of}");
    assert!(others.contains("of 11766;"), "{others}");
    assert!(one >= 50.0 && five >= 75.0 && wrong <= 25.0, "{rows}");
}
