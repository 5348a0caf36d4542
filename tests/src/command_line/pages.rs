//! What is made from the commands themselves: the version, completions for shells, manual pages.

use std::{collections::BTreeSet, process::Command, time::UNIX_EPOCH};

use super::{Place, commands};
use crate::{child, house};

/// The commit at which this tree stood when the program was built, as git itself says it; nothing where there is no git.
fn commit() -> Option<String> {
    if !house::root().join(".git").exists() {
        return None;
    }
    let built = std::fs::metadata(child::binary()).and_then(|about| about.modified()).expect("it was built");
    let seconds = built.duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    // A tree without a log of its own stands where it always stood.
    let then = asked(&format!("HEAD@{{@{seconds}}}")).or_else(|| asked("HEAD"));
    Some(then.expect("git says the commit of its own folder"))
}

/// What git calls a commit; nothing where it knows none of this name.
fn asked(name: &str) -> Option<String> {
    let said = Command::new("git").args(["rev-parse", "--verify", "--quiet", name]).current_dir(house::root()).output();
    let said = said.expect("git is there where its folder is: install it (apt-get install git)");
    said.status.success().then(|| String::from_utf8(said.stdout).expect("text").trim().to_owned())
}

#[test]
fn the_version_names_the_commit_it_was_built_from() {
    let said = Place::new().hub("--version").ended_with(0).out;
    let shown = said.trim().strip_prefix(concat!("hub ", env!("CARGO_PKG_VERSION"), " (")).and_then(|rest| rest.strip_suffix(')'));
    let shown = shown.unwrap_or_else(|| panic!("version and commit: {said:?}"));
    match (option_env!("HUB_COMMIT").filter(|given| !given.is_empty()), commit()) {
        (Some(given), _) => assert!(given.starts_with(shown), "{shown} of {given}"),
        (None, Some(commit)) => assert_eq!(shown, &commit[..12]),
        (None, None) => assert_eq!(shown, "unknown"),
    }
}

#[test]
fn completions_know_every_command() {
    let place = Place::new();
    let help = place.hub("--help").ended_with(0).out;
    let names = commands(&help);
    assert!(names.len() > 12, "{names:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.hub(&format!("completions {shell}")).ended_with(0).out;
        let missing: Vec<_> = names.iter().filter(|name| !script.contains(**name)).collect();
        assert!(missing.is_empty() && script.contains("accept-loss"), "{shell} does not know {missing:?}");
    }
    place.hub("completions tcsh").ended_with(2).told(&["bash"]);
}

#[test]
fn bash_takes_the_completions_and_completes() {
    let place = Place::new();
    std::fs::write(place.path("hub.bash"), place.hub("completions bash").ended_with(0).out).expect("a writable folder");
    let ask = "source hub.bash; COMP_WORDS=(hub se); COMP_CWORD=1; _hub hub se hub; echo \"${COMPREPLY[@]}\"";
    let said = Command::new("bash").args(["--norc", "-c", ask]).current_dir(place.path(".")).output().expect("bash is there");
    let offered = String::from_utf8_lossy(&said.stdout);
    let offered: BTreeSet<_> = offered.split_whitespace().collect();
    assert_eq!(offered, BTreeSet::from(["seal", "seat", "serve"]), "{}", String::from_utf8_lossy(&said.stderr));
}

/// Every command by its whole name: `seat add`.
fn all(place: &Place) -> Vec<String> {
    let (mut waiting, mut all) = (vec![String::new()], Vec::new());
    while let Some(command) = waiting.pop() {
        let help = place.hub(format!("{command} --help").trim()).ended_with(0).out;
        waiting.extend(commands(&help).into_iter().map(|name| format!("{command} {name}").trim().to_owned()));
        all.push(command);
    }
    all
}

#[test]
fn every_command_has_its_manual_page() {
    let place = Place::new();
    let one = place.hub("man").ended_with(0).out;
    assert!(one.contains(".TH HUB 1") && one.contains("hub\\-serve"), "{one}");
    let said = place.json("man --out pages/man1");
    let pages: BTreeSet<_> = said["pages"].as_array().expect("a list").iter().filter_map(|page| page.as_str()).collect();
    let wanted: BTreeSet<String> = all(&place)
        .into_iter()
        .map(|command| {
            format!("pages/man1/{}.1", ["hub"].into_iter().chain(command.split_whitespace()).collect::<Vec<_>>().join("-"))
        })
        .collect();
    assert_eq!(pages, wanted.iter().map(String::as_str).collect());
    for page in pages {
        let text = std::fs::read_to_string(place.path(page)).expect("a page");
        assert!([".TH ", ".SH NAME", ".SH SYNOPSIS"].iter().all(|part| text.contains(part)), "{page}: {text}");
    }
    let serve = std::fs::read_to_string(place.path("pages/man1/hub-serve.1")).expect("a page");
    assert!(serve.contains("\\-\\-listen") && serve.contains(".TH HUB-SERVE 1"), "its options and its name: {serve}");
}
