//! A policy is put in force while the hub runs: a fact, by which every decision from then on is made; a bad one changes nothing.

use std::process::Command;

use tonic::Code;
use wire::v1::{self, Role};

use crate::{
    child,
    deeds::{accept, route},
    house,
    town::{DISTRICT, Town, part, record, report},
};

const FILE: &str = "limits.toml";

/// The sample limits as another version.
fn limits(version: &str) -> String {
    let text = std::fs::read_to_string(house::root().join("deploy/policy").join(FILE)).expect("readable");
    let line = |line: &str| if line.starts_with("version = ") { format!("version = \"{version}\"\n") } else { format!("{line}\n") };
    text.lines().map(line).collect()
}

fn ask(command: &str, text: String) -> v1::AdoptPolicyRequest {
    v1::AdoptPolicyRequest { command_id: command.to_owned(), file: FILE.to_owned(), text }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_adopted_by_a_fact_named_by_decisions_and_in_force_after_a_restart() {
    let data = tempfile::tempdir().expect("a folder");
    let town = Town::open(data.path()).await;
    let grid = town.desk("grid-1", "grid", DISTRICT, &[Role::CallTaker, Role::Dispatcher]).await;
    let mut operator = town.operator().await;
    let taken = grid.report(report("patrol", "L-1", "巷口有暴露垃圾")).await.expect("it gets in");
    let id = taken.incident_id.as_str();
    let by = |facts: &[v1::Fact]| record(facts.last().expect("a fact"))["policy"].as_str().expect("versions").to_owned();
    grid.does("accept", id, accept("city/06010", 3)).await;
    let sample = domain::policy::Policies::sample().limits.header.version;
    assert!(by(&grid.facts(&format!("incident/{id}")).await).contains(&format!(" limits/{sample} ")));

    // Who is no administrator adopts nothing.
    let denied = grid.roads.clone().policies.adopt(ask("grid/limits", limits("2027.2"))).await.expect_err("not its office");
    assert_eq!(denied.code(), Code::PermissionDenied);

    let adopted = operator.policies.adopt(ask("op/limits", limits("2027.2"))).await.expect("it holds").into_inner();
    assert_eq!((adopted.name.as_str(), adopted.version.as_str(), adopted.unchanged), ("limits", "2027.2", false));
    let again = operator.policies.adopt(ask("op/limits", limits("2027.2"))).await.expect("the same").into_inner();
    assert!(again.unchanged && again.position == adopted.position, "{again:?}");
    grid.does("route", id, route(vec![part("grid")])).await;
    let facts = grid.facts(&format!("incident/{id}")).await;
    assert!(by(&facts).contains(" limits/2027.2 "), "{}", by(&facts));
    // The whole text stands in the journal, and anyone may read by what is judged.
    let stands = record(&grid.facts("policy/limits").await[0]);
    assert_eq!(stands["data"]["text"], limits("2027.2"));

    // A bad one is refused with file, line and reason; the one before stays.
    let broken = limits("2027.3").replacen("amount = ", "amount = x", 1);
    let refused = operator.policies.adopt(ask("op/broken", broken)).await.expect_err("it cannot be read");
    assert_eq!(refused.code(), Code::InvalidArgument);
    let (_, zh, en) = runtime::status::explained(&refused);
    assert!(en.contains("limits.toml, line ") && zh.contains("limits.toml, line "), "{zh} / {en}");
    let other = limits("2027.2").replacen("amount = ", "amount = 1", 1);
    let used = operator.policies.adopt(ask("op/used", other)).await.expect_err("one version, one content");
    assert!(runtime::status::explained(&used).2.contains("limits/2027.2 was in force already"), "{used:?}");
    town.close().await;

    // Opened again, from the snapshot and by the command line: still in force, and the digest says so from the facts alone.
    let hub = |arguments: &[&str]| {
        let said = Command::new(child::binary()).args(arguments).arg("--data").arg(data.path()).output().expect("it runs");
        assert!(said.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).expect("text")
    };
    let listed = hub(&["policy", "list"]);
    let line = listed.lines().find(|line| line.starts_with("limits ")).expect("limits");
    assert!(line.contains("2027.2") && line.contains(&format!("position {}", adopted.position)), "{line}");
    assert!(listed.lines().any(|line| line.starts_with("routes ") && line.contains("the files")), "{listed}");
    let digest = hub(&["digest"]);
    std::fs::remove_dir_all(data.path().join("store")).expect("the pictures go");
    assert_eq!(hub(&["digest"]), digest, "from the facts alone");
    let file = data.path().join("newer.toml");
    std::fs::write(&file, limits("2027.4")).expect("written");
    assert!(hub(&["policy", "adopt", &file.display().to_string()]).starts_with("limits/2027.4 is in force from position "));
    assert!(hub(&["policy", "list"]).lines().any(|line| line.starts_with("limits ") && line.contains("2027.4")));
}
