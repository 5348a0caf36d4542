//! The house is kept tidy: short files that say what they are for, a README in every room, nothing left lying about.

use std::{collections::BTreeSet, fs, path::Path};

use crate::house;

/// No file is longer, in lines; tests lie in files of their own.
const MOST_LINES: usize = 500;

/// What lies at the root, besides dot-files and what is ignored.
const ROOT: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "deploy",
    "justfile",
    "libs",
    "proto",
    "rust-toolchain.toml",
    "services",
    "tests",
];

/// Folders that say in a README what lives there and what must not, besides every crate.
const ROOMS: &[&str] = &["proto", "deploy", "deploy/policy", "libs", "services", "tests"];

/// Words that stand for work not done; put together here so that this file does not name them itself.
const UNDONE: &[&str] =
    &[concat!("to", "do!("), concat!("unimple", "mented!("), concat!("db", "g!("), concat!("FIX", "ME"), concat!("XX", "X:")];

/// What is wrong with one source file.
fn faults(name: &str, text: &str) -> Vec<String> {
    let mut out = Vec::new();
    if !text.starts_with("//!") {
        out.push(format!("{name}: does not open with `//!` and what it is for"));
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        out.push(format!("{name}: {lines} lines; split it, the most is {MOST_LINES}"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(word) = UNDONE.iter().find(|word| line.contains(**word)) {
            out.push(format!("{name}:{number}: `{word}` is work not done"));
        }
    }
    out
}

/// What lies at the root and should not, or is missing there.
fn root_faults(entries: &BTreeSet<String>, ignored: &str) -> Vec<String> {
    let ignored: Vec<&str> = ignored.lines().map(|line| line.trim_matches('/')).collect();
    // Of patterns, only those with one star at their beginning are understood: `*.rejected.csv`.
    let matches =
        |entry: &str| ignored.iter().any(|known| known.strip_prefix('*').map_or(*known == entry, |tail| entry.ends_with(tail)));
    let known = |entry: &str| ROOT.contains(&entry) || entry.starts_with('.') || matches(entry);
    let strange = entries.iter().filter(|entry| !known(entry)).map(|entry| format!("{entry} does not belong at the root"));
    let missing = ROOT.iter().filter(|entry| !entries.contains(**entry)).map(|entry| format!("{entry} is missing at the root"));
    strange.chain(missing).collect()
}

/// The folders without a word about themselves: the named rooms and every crate need a README.
fn bare_rooms(root: &Path) -> Vec<String> {
    let crates = ["libs", "services"].into_iter().flat_map(|folder| house::files(&root.join(folder), "Cargo.toml"));
    let crates = crates.filter_map(|manifest| manifest.parent().map(Path::to_owned));
    let rooms = ROOMS.iter().map(|room| root.join(room)).chain(crates);
    let bare = rooms.filter(|room| fs::read_to_string(room.join("README.md")).map_or(true, |text| text.trim().is_empty()));
    bare.map(|room| format!("{} has no README.md", room.strip_prefix(root).unwrap_or(&room).display())).collect()
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_source_file_says_what_it_is_for_and_is_short_and_finished() {
    let sources: Vec<_> = ["libs", "services", "tests"].iter().flat_map(|f| house::files(&house::root().join(f), ".rs")).collect();
    assert!(sources.len() > 20, "only {} source files found", sources.len());
    let found: Vec<String> = sources
        .iter()
        .flat_map(|path| faults(&house::short(path), &fs::read_to_string(path).expect("a source file is UTF-8 text")))
        .collect();
    assert_none(&found);
}

#[test]
fn every_room_has_a_readme() {
    assert_none(&bare_rooms(house::root()));
}

#[test]
fn nothing_lies_about_at_the_root() {
    let entries = fs::read_dir(house::root()).expect("the root is there");
    let entries = entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    let ignored = fs::read_to_string(house::root().join(".gitignore")).expect("there is a .gitignore");
    assert_none(&root_faults(&entries, &ignored));
}

#[test]
fn an_untidy_file_is_seen() {
    assert_eq!(faults("good.rs", "//! Good.\n\nfn good() {}\n"), [""; 0]);
    assert_eq!(faults("mute.rs", "fn mute() {}\n"), ["mute.rs: does not open with `//!` and what it is for"]);
    let long = "//! Long.\n".to_owned() + &"\n".repeat(MOST_LINES);
    assert_eq!(faults("long.rs", &long), ["long.rs: 501 lines; split it, the most is 500"]);
    let undone = format!("//! Undone.\nfn f() {{ {}) }}\n", UNDONE[0]);
    assert_eq!(faults("undone.rs", &undone), [format!("undone.rs:2: `{}` is work not done", UNDONE[0])]);
}

#[test]
fn a_strange_and_a_missing_entry_at_the_root_are_seen() {
    let mut entries: BTreeSet<String> = ROOT.iter().map(|entry| (*entry).to_owned()).collect();
    entries.extend([".git".to_owned(), "target".to_owned()]);
    assert_eq!(root_faults(&entries, "/target\n"), [""; 0]);
    entries.remove("justfile");
    entries.insert("notes.txt".to_owned());
    assert_eq!(root_faults(&entries, "/target\n"), ["notes.txt does not belong at the root", "justfile is missing at the root"]);
}

#[test]
fn a_room_without_a_readme_is_seen() {
    let house = tempfile::tempdir().expect("a temporary folder");
    let put = |path: &str, text: &str| {
        let path = house.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
        fs::write(path, text).expect("a writable folder");
    };
    ROOMS.iter().for_each(|room| put(&format!("{room}/README.md"), "What lives here.\n"));
    put("libs/told/Cargo.toml", "");
    put("libs/told/README.md", "What lives here.\n");
    assert_eq!(bare_rooms(house.path()), [""; 0]);
    put("services/mute/Cargo.toml", "");
    put("libs/told/README.md", "\n");
    assert_eq!(bare_rooms(house.path()), ["libs/told has no README.md", "services/mute has no README.md"]);
}
