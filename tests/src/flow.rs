//! Keeps the picture of a report's way in `services/README.md` current: made from the edge table of the rules and from the
//! published calls, never drawn by hand.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
};

use domain::incident::{Stage, edges::TABLE};

use crate::house;

const BEGIN: &str = "<!-- flow:begin -->\n";
const END: &str = "<!-- flow:end -->";
const SERVICES: [&str; 3] = ["intake", "triage", "feedback"];

/// Which service carries out a command, by the word of the rules: the one whose `Act` has it. A report comes by a call of
/// its own; what the hub does of itself, it does in triage.
fn carriers() -> BTreeMap<String, &'static str> {
    let mut out = BTreeMap::from([("receive".to_owned(), "intake")]);
    for service in SERVICES {
        let path = house::root().join(format!("proto/hub/v1/{service}.proto"));
        let proto = fs::read_to_string(path).expect("every service has its file");
        let action = proto.split("oneof action {").nth(1).and_then(|rest| rest.split_once("\n  }")).expect("an Act").0;
        for line in action.lines().filter(|line| !line.trim_start().starts_with("//")) {
            if let Some((name, _)) = line.split_once(" = ") {
                out.insert(name.split_whitespace().last().expect("a name").to_owned(), service);
            }
        }
    }
    for row in TABLE {
        out.entry(row.command.word().to_owned()).or_insert("triage");
    }
    out
}

type Facts = BTreeMap<&'static str, Vec<&'static str>>;

/// `triage: accepted, routed`, a line a service.
fn told(facts: &Facts, between: &str) -> String {
    let line = |service: &&str| Some(format!("{service}: {}", facts.get(*service)?.join(", ")));
    SERVICES.iter().filter_map(line).collect::<Vec<_>>().join(between)
}

/// The way of a live report: stages, and on each arrow the facts that lead on; below, what may be added meanwhile.
fn block() -> String {
    let carriers = carriers();
    let (mut ways, mut stays) = (BTreeMap::<(Stage, Stage), Facts>::new(), BTreeMap::<Stage, Facts>::new());
    for row in TABLE {
        let by = carriers[row.command.word()];
        for edge in row.edges.iter().filter(|edge| !edge.history) {
            for &to in edge.to {
                let facts = if to == edge.from { stays.entry(to).or_default() } else { ways.entry((edge.from, to)).or_default() };
                let facts = facts.entry(by).or_default();
                for fact in row.facts.iter().map(|fact| fact.trim_start_matches("incident.")) {
                    if !facts.contains(&fact) {
                        facts.push(fact);
                    }
                }
            }
        }
    }
    let mut out = String::from("```mermaid\nflowchart TD\n");
    for stage in Stage::ALL {
        let shape = if stage.ended() || *stage == Stage::New { ("([", "])") } else { ("[", "]") };
        let _ = writeln!(out, "    {stage}{}\"{stage} {}\"{}", shape.0, stage.zh(), shape.1);
    }
    for ((from, to), facts) in &ways {
        let _ = writeln!(out, "    {from} -->|\"{}\"| {to}", told(facts, "<br>"));
    }
    out.push_str("```\n\n| while it is | may be added, and it stays there |\n|---|---|\n");
    for (stage, facts) in &stays {
        let _ = writeln!(out, "| {stage} {} | {} |", stage.zh(), told(facts, "; "));
    }
    out
}

#[test]
fn the_way_of_a_report_in_the_readme_is_the_one_of_the_code() {
    let path = house::root().join("services/README.md");
    let readme = fs::read_to_string(&path).expect("services has a README.md");
    let (before, rest) = readme.split_once(BEGIN).expect("README.md has the mark flow:begin");
    let (shown, after) = rest.split_once(END).expect("README.md has the mark flow:end");
    let current = block();
    if shown == current {
        return;
    }
    assert!(
        std::env::var("HUB_BLESS").is_ok_and(|set| set == "1"),
        "services/README.md shows an old way: run `HUB_BLESS=1 cargo test -p system-tests the_way_of_a_report` and commit it"
    );
    fs::write(&path, format!("{before}{BEGIN}{current}{END}{after}")).expect("README.md can be written");
}

#[test]
fn the_way_of_a_report_shows_every_stage_and_every_live_fact() {
    let shown = block();
    let words: BTreeSet<_> = shown.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    assert!(Stage::ALL.iter().all(|stage| words.contains(stage.word())), "{shown}");
    for row in TABLE.iter().filter(|row| row.edges.iter().any(|edge| !edge.history)) {
        let missing: Vec<_> = row.facts.iter().filter(|fact| !words.contains(fact.trim_start_matches("incident."))).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", row.command);
    }
}

#[test]
fn every_act_that_is_published_is_a_command_of_the_rules() {
    let known: BTreeSet<_> = TABLE.iter().map(|row| row.command.word()).collect();
    let strange: Vec<_> = carriers().into_keys().filter(|word| !known.contains(word.as_str())).collect();
    assert_eq!(strange, [""; 0]);
}
