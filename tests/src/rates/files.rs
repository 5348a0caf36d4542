//! The real files: a city's own judgement of its due times comes back from `hub stats`, and delays of replies are what a
//! spreadsheet gives.

use std::{collections::BTreeSet, process::Command};

use domain::id::IncidentId;
use hub::import::{self, Source, file, messages::Messages, requests::Requests};
use serde_json::Value;

use super::{equal_to_the_digit, hub};
use crate::{house, import::open, python::python};

const REQUESTS: &str = "requests-boston-311.csv";
const MESSAGES: &str = "messages-with-replies.csv";

fn path(name: &str) -> std::path::PathBuf {
    let path = house::root().join("../shared/data").join(name);
    assert!(path.exists(), "{name} is not there: lay the shared data beside the tree as shared/data");
    path
}

/// What Python's own csv reader and calendar make of these files.
fn spreadsheet(what: &str, files: &[&str]) -> Value {
    let mut command = Command::new(python());
    command.arg(house::root().join("tests/python/spreadsheet.py")).arg(what).args(files.iter().map(|name| path(name)));
    let out = command.output().expect("Python runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).expect("one JSON object")
}

async fn take_in(data: &std::path::Path, source: &impl Source) {
    let process = open(data).await;
    let outcome = import::run(&process, source, || {}).await.expect("the journal answers");
    assert_eq!(outcome.rejections, []);
    process.close().await.expect("it closes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citys_own_judgement_of_every_row_with_both_dates_comes_back_from_hub_stats() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = file::read(&path(REQUESTS)).expect("the file can be read");
    take_in(folder.path(), &Requests::open(&bytes).expect("all columns are there")).await;
    let wanted = spreadsheet("judged", &[REQUESTS]);
    let said = hub(folder.path(), "stats --source requests-boston");
    assert_eq!((said["incidents"].as_u64(), said["with_limit"].as_u64()), (Some(2000), wanted["with_limit"].as_u64()));
    for name in ["on_time", "late"] {
        let rows = wanted[name].as_array().expect("rows");
        assert_eq!(said[name].as_u64(), Some(rows.len() as u64), "{name}");
        assert_eq!(said["past"][name], said[name], "all of it is of the past");
        let of_file: BTreeSet<String> = rows
            .iter()
            .map(|row| IncidentId::opened_by("requests-boston", row.as_str().expect("a reference")).to_string())
            .collect();
        let listed = hub(folder.path(), &format!("stats --source requests-boston --facts {name}"));
        let listed = listed["facts"]["list"].as_array().expect("facts").iter();
        let listed: BTreeSet<String> = listed.map(|fact| fact["incident"].as_str().expect("an id").to_owned()).collect();
        assert_eq!(listed, of_file, "row by row, {name}");
    }
    assert_eq!((said["exempt"].as_u64(), said["live"]["incidents"].as_u64()), (Some(0), Some(0)));
    assert_eq!(hub(folder.path(), "stats --source messages")["incidents"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn delays_of_replies_are_what_a_spreadsheet_gives_and_all_numbers_what_the_records_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = file::read(&path(MESSAGES)).expect("the file can be read");
    take_in(folder.path(), &Messages::open(&bytes).expect("a file of messages")).await;
    let wanted = spreadsheet("replies", &[MESSAGES]);
    let said = hub(folder.path(), "stats --source messages");
    let delay = |name: &str| said["reply_delay"][name].as_i64().expect("a number");
    assert_eq!(delay("count"), wanted["count"]);
    assert_eq!(delay("total_milliseconds"), wanted["total"].as_i64().expect("seconds") * 1000);
    let median = wanted["median"].as_f64().expect("seconds");
    #[expect(clippy::cast_precision_loss, reason = "some days in milliseconds are whole numbers in a float, too")]
    let ours = delay("median_milliseconds") as f64;
    assert_eq!(ours, median * 1000.0 * said["reply_delay"]["median_of"].as_f64().expect("a number"));
    // Requests with due times beside them, in the same journal.
    let bytes = file::read(&path(REQUESTS)).expect("the file can be read");
    take_in(folder.path(), &Requests::open(&bytes).expect("all columns are there")).await;
    equal_to_the_digit(folder.path()).await;
}
