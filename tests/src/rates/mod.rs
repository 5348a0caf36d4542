//! The rates and the ledger of duties, held against slow sums that know the journal's JSON alone: over a town's journal and
//! over imported ones. [`slow`] is the second opinion; nothing of the rules' fold is used there.

mod files;
mod seen;
mod slow;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    path::Path,
};

use domain::{
    id::IncidentId,
    rates::{Ask, Figure, Rates},
};
use journal::{Journal as _, embedded::Embedded};
use runtime::ledger::Until;
use serde_json::Value;

use crate::child;

/// Runs `hub LINE --json` over `data`; its last value.
fn hub(data: &Path, line: &str) -> Value {
    let words = line.split_whitespace().map(OsStr::new);
    let place = ["--json".as_ref(), "--data".as_ref(), data.as_os_str()];
    let (fine, last, why) = child::run(&words.chain(place).collect::<Vec<_>>());
    assert!(fine, "hub {line}: {why}");
    serde_json::from_str(&last).unwrap_or_else(|_| panic!("hub {line} ends with {last:?}"))
}

/// Every number of `row` is as `wanted` says, by name.
fn same(what: &str, row: &Value, wanted: &BTreeMap<&'static str, Vec<(u64, String)>>) {
    assert_eq!(wanted.len(), Figure::ALL.len(), "the slow sum knows every number");
    for (name, facts) in wanted {
        assert_eq!(row[*name].as_u64(), Some(facts.len() as u64), "{name} of {what}");
    }
}

/// `hub stats` says the same as the slow sum: all, live and past, and each group, to the digit.
async fn equal_to_the_digit(data: &Path) -> slow::Lives {
    let lives = slow::Lives::read(&child::entries(data).await);
    for by in ["agency", "area", "matter", "source"] {
        let said = hub(data, &format!("stats --by {by}"));
        same("all", &said, &lives.numbers(|_| true));
        same("live", &said["live"], &lives.numbers(|life| !life.history()));
        same("past", &said["past"], &lives.numbers(slow::Life::history));
        assert_eq!(said["reply_delay"], lives.delays(|_| true));
        let keys: BTreeSet<String> = lives.all().map(|life| lives.key(life, by)).collect();
        let groups = said["groups"].as_object().expect("groups");
        assert_eq!(groups.keys().cloned().collect::<BTreeSet<_>>(), keys, "by {by}");
        for (key, row) in groups {
            same(&format!("{by} {key}"), row, &lives.numbers(|life| lives.key(life, by) == *key));
            assert_eq!(row["reply_delay"], lives.delays(|life| lives.key(life, by) == *key));
        }
    }
    each_lists_its_facts(data, &lives).await;
    lives
}

async fn each_lists_its_facts(data: &Path, lives: &slow::Lives) {
    let journal = Embedded::read_only(&data.join("journal")).expect("the segments are whole");
    let mut rates = Rates::default();
    let head = journal.head().await.expect("a head").position;
    runtime::rates::catch_up(&journal, &mut rates, head, |_| {}).await.expect("readable");
    let policies = domain::policy::Policies::sample();
    let wanted = lives.numbers(|_| true);
    for figure in Figure::ALL {
        let ask = Ask { facts: Some(*figure), ..Ask::default() };
        let answer = rates.answer(&ask, &policies.satisfaction, None, |_| true, |_| true);
        let listed: Vec<_> = answer.facts.iter().map(|fact| (fact.position, fact.incident.to_string())).collect();
        let mut wanted = wanted[figure.word()].clone();
        wanted.sort();
        assert_eq!(listed, wanted, "the facts of {}", figure.word());
    }
    let said = hub(data, "stats --facts closed");
    let listed = said["facts"]["list"].as_array().expect("a list");
    assert_eq!((said["facts"]["of"].as_str(), listed.len() as u64), (Some("closed"), said["closed"].as_u64().expect("a number")));
}

/// The ledger of every incident covers all of its time, and says who led as the slow sum does; days add up to it.
async fn every_share_adds_up(data: &Path, lives: &slow::Lives) {
    let journal = Embedded::read_only(&data.join("journal")).expect("the segments are whole");
    let end = journal.head().await.expect("a head").time_ms;
    let district = "320111".parse().expect("the district");
    let mut led: BTreeMap<String, i64> = BTreeMap::new();
    for life in lives.all() {
        let id: IncidentId = life.id.parse().expect("an id");
        let ledger = runtime::ledger::of(&journal, district, id, Until::Head).await.expect("readable").expect("known");
        let shares = ledger.shares(domain::ledger::Duty::Lead);
        assert_eq!(shares.values().sum::<u64>(), ledger.milliseconds, "the shares of {id} are all of its time");
        let slow = life.led(end);
        let of_agencies = shares.iter().filter_map(|(agency, ms)| Some(((*agency)?.to_string(), *ms as i64))).collect();
        assert_eq!(slow, of_agencies, "who led {id}");
        slow.into_iter().for_each(|(agency, ms)| *led.entry(agency).or_default() += ms);
    }
    let (first, last) = lives.days(end);
    let mut of_days: BTreeMap<String, i64> = BTreeMap::new();
    for day in first..=last {
        let at = domain::time::Time::from_ms(day * 86_400_000);
        let said = hub(data, &format!("ledger --by agency --day {}", at.date()));
        for (agency, sum) in said["agencies"].as_object().expect("agencies") {
            *of_days.entry(agency.clone()).or_default() += sum["lead_milliseconds"].as_i64().expect("a number");
        }
    }
    of_days.retain(|_, ms| *ms > 0);
    led.retain(|_, ms| *ms > 0);
    assert_eq!(of_days, led, "the days hold all of the time");
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_and_ledger_of_a_town_are_what_its_journal_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("town");
    hub(&data, "demo --speed 1800 --seconds 15 --seed 7");
    let lives = equal_to_the_digit(&data).await;
    let happened = lives.numbers(|_| true);
    for name in ["closed", "answered", "self_handled", "told", "running"] {
        assert!(!happened[name].is_empty(), "{name} never happened: the comparison says nothing of it");
    }
    every_share_adds_up(&data, &lives).await;
    // One of them as a person asks for it.
    let one = happened["returned"].first().or_else(|| happened["closed"].first()).expect("one").1.clone();
    let said = hub(&data, &format!("ledger {one}"));
    assert_eq!(said["incident"].as_str(), Some(one.as_str()));
    let lead = said["spans"].as_array().expect("spans").iter().filter(|span| span["duty"] == "lead");
    assert_eq!(lead.map(|span| span["milliseconds"].as_u64().expect("a number")).sum::<u64>(), said["milliseconds"]);
    let position = lives.all().find(|life| life.id == one).expect("it").first();
    let then = hub(&data, &format!("ledger {one} --at {position}"));
    assert_eq!((then["position"].as_u64(), then["milliseconds"].as_u64()), (Some(position), Some(0)));
}
