//! Which crate may know which. A crate that reaches over a wall turns this red; a new name here is a design decision.

use std::process::Command;

use serde_json::Value;

use crate::house;

/// Every crate and the workspace crates it may depend on. Tests and build scripts stand behind the same walls,
/// but tests may use `testkit` besides.
const WALLS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &[]),
    ("seal", &[]),
    ("journal", &["seal"]),
    ("wire", &[]),
    ("testkit", &[]),
    ("runtime", &["domain", "journal", "seal", "store", "wire"]),
    ("intake", &["domain", "runtime", "seal", "wire"]),
    ("triage", &["domain", "runtime", "seal", "wire"]),
    ("feedback", &["domain", "runtime", "seal", "wire"]),
    ("bridge", &["domain", "journal", "runtime", "seal", "wire"]),
    ("hub", &["domain", "store", "seal", "journal", "wire", "runtime", "intake", "triage", "feedback", "bridge"]),
    // Only reads what they read; nothing knows it but its own tests and the fuzz targets, which are no part of this workspace.
    ("outside", &["domain", "seal", "journal", "wire", "runtime", "bridge", "hub"]),
    (
        "system-tests",
        &["domain", "store", "seal", "journal", "wire", "testkit", "runtime", "intake", "triage", "feedback", "bridge", "hub"],
    ),
];

/// Each large library lives at one address: what would be hard to replace is named in one crate only.
const HOMES: &[(&str, &[&str])] = &[
    ("sled", &["store"]),
    ("async-nats", &["journal"]),
    ("prost", &["wire"]),
    ("prost-types", &["wire"]),
    ("protox", &["wire"]),
    ("tonic-prost", &["wire"]),
    ("tonic-prost-build", &["wire"]),
    ("opentelemetry", &["runtime"]),
    ("opentelemetry_sdk", &["runtime"]),
    ("opentelemetry-otlp", &["runtime"]),
    ("opentelemetry-proto", &["system-tests"]),
    ("hyper", &["runtime"]),
    ("hyper-util", &["runtime"]),
    ("axum", &["console", "portal"]),
];

/// All that the rules may use: nothing in it reads a clock, draws a number, opens a file or waits.
const PURE: &[&str] =
    &["aho-corasick", "ciborium", "jiff", "schemars", "serde", "serde_json", "sha2", "smol_str", "thiserror", "toml", "uuid"];

/// One direct dependency of one crate.
struct Edge {
    from: String,
    to: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    Build,
    Test,
}

/// What stands on the wrong side, one line each.
fn breaches(crates: &[String], edges: &[Edge]) -> Vec<String> {
    let mut out = Vec::new();
    for name in crates {
        if !WALLS.iter().any(|(known, _)| known == name) {
            out.push(format!("{name} is not in the table: say in WALLS what it may know"));
        }
    }
    for Edge { from, to, kind } in edges {
        let inside = crates.contains(to);
        let allowed = WALLS.iter().find(|(name, _)| name == from).map_or(&[][..], |(_, allowed)| allowed);
        let fakes = to == "testkit" && *kind == Kind::Test;
        if inside && !allowed.contains(&to.as_str()) && !fakes {
            out.push(format!("{from} must not know {to}"));
        }
        if let Some((_, homes)) = HOMES.iter().find(|(library, _)| library == to)
            && !homes.contains(&from.as_str())
        {
            out.push(format!("{from} must not name {to}: it lives in {}", homes.join(" and ")));
        }
        if from == "domain" && *kind == Kind::Normal && !inside && !PURE.contains(&to.as_str()) {
            out.push(format!("domain is pure and must not use {to}"));
        }
    }
    out
}

/// The workspace's crates and their direct dependencies, as cargo sees them.
fn graph() -> (Vec<String>, Vec<Edge>) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let asked = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(house::root())
        .output()
        .expect("cargo runs");
    assert!(asked.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&asked.stderr));
    let metadata: Value = serde_json::from_slice(&asked.stdout).expect("cargo writes JSON");
    let text = |value: &Value| value.as_str().expect("a name").to_owned();
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let packages = list(&metadata["packages"]);
    let edges = packages.iter().flat_map(|package| {
        list(&package["dependencies"]).into_iter().map(|dependency| Edge {
            from: text(&package["name"]),
            to: text(&dependency["name"]),
            kind: match dependency["kind"].as_str() {
                Some("dev") => Kind::Test,
                Some("build") => Kind::Build,
                _ => Kind::Normal,
            },
        })
    });
    (packages.iter().map(|package| text(&package["name"])).collect(), edges.collect())
}

#[test]
fn no_crate_reaches_over_a_wall() {
    let (crates, edges) = graph();
    assert!(crates.len() >= 10 && edges.len() >= 50, "cargo told of {} crates and {} edges only", crates.len(), edges.len());
    let found = breaches(&crates, &edges);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_crate_that_reaches_over_is_seen() {
    let crates: Vec<String> = WALLS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let edge = |from: &str, to: &str, kind| Edge { from: from.to_owned(), to: to.to_owned(), kind };
    for (from, to, kind, said) in [
        ("intake", "triage", Kind::Normal, "intake must not know triage"),
        ("intake", "journal", Kind::Normal, "intake must not know journal"),
        ("domain", "seal", Kind::Normal, "domain must not know seal"),
        ("domain", "tokio", Kind::Normal, "domain is pure and must not use tokio"),
        ("hub", "testkit", Kind::Normal, "hub must not know testkit"),
        ("store", "testkit", Kind::Build, "store must not know testkit"),
        ("runtime", "sled", Kind::Normal, "runtime must not name sled: it lives in store"),
        ("hub", "axum", Kind::Test, "hub must not name axum: it lives in console and portal"),
        ("wire", "domain", Kind::Test, "wire must not know domain"),
    ] {
        assert_eq!(breaches(&crates, &[edge(from, to, kind)]), [said]);
    }
    for (from, to, kind) in [
        ("hub", "intake", Kind::Normal),
        ("seal", "testkit", Kind::Test),
        ("store", "sled", Kind::Normal),
        ("domain", "serde", Kind::Normal),
    ] {
        assert_eq!(breaches(&crates, &[edge(from, to, kind)]), [""; 0], "{from} may use {to}");
    }
}

#[test]
fn a_crate_without_a_row_is_seen() {
    let said = breaches(&["common".to_owned()], &[]);
    assert_eq!(said, ["common is not in the table: say in WALLS what it may know"]);
}

#[test]
fn services_never_know_each_other() {
    let services = ["intake", "triage", "feedback"];
    for (name, allowed) in WALLS.iter().filter(|(name, _)| services.contains(name)) {
        assert!(!allowed.iter().any(|other| services.contains(other)), "{name}");
    }
}

/// Lines of the rules that wait for something.
fn waits(name: &str, text: &str) -> Vec<String> {
    let code = |line: &str| !line.trim_start().starts_with("//") && (line.contains("async ") || line.contains(".await"));
    text.lines().filter(|line| code(line)).map(|line| format!("{name} waits: {}", line.trim())).collect()
}

#[test]
fn the_rules_wait_for_nothing() {
    let files = house::files(&house::root().join("libs/domain/src"), ".rs");
    assert!(files.len() > 50, "{} files", files.len());
    let text = |file: &std::path::PathBuf| std::fs::read_to_string(file).expect("a source file");
    let found: Vec<_> = files.iter().flat_map(|file| waits(&file.display().to_string(), &text(file))).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_eq!(waits("x", "async fn f() { g().await }\n// async is fine here").len(), 1, "one that waits is seen");
}
