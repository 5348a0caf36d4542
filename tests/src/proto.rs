//! The outside's language: it speaks the rules' words, and what was shipped of it cannot be broken.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use domain::incident::{CommandKind, kinds};
use wire::{v1, words::Word};

use crate::house;

/// Runs the linter that the justfile names, in the same version.
fn buf(arguments: &[&str]) -> Output {
    let justfile = fs::read_to_string(house::root().join("justfile")).expect("the justfile is there");
    let line = justfile.lines().find_map(|line| line.strip_prefix("buf := ")).expect("the justfile names the linter");
    let mut words = line.trim_matches('"').split(' ');
    let run = Command::new(words.next().expect("a program")).args(words).args(arguments).current_dir(house::root()).output();
    let out = run.unwrap_or_else(|e| panic!("the linter of proto/ cannot be started ({e}): install Node 20, which brings npx"));
    let said = said(&out);
    let reached = !said.contains("npm error") && !said.contains("npm ERR!") && out.status.code() != Some(127);
    assert!(reached, "npx could not fetch the linter of proto/: the npm registry has to be reachable once\n{said}");
    out
}

fn said(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

/// A copy of `proto/` with `from` replaced by `to` in `file`, held against what was shipped.
fn changed(file: &str, from: &str, to: &str) -> Output {
    let copy = tempfile::tempdir().expect("a temporary folder");
    let source = house::root().join("proto");
    for path in house::files(&source, "") {
        let target = copy.path().join(path.strip_prefix(&source).expect("a file of proto/"));
        fs::create_dir_all(target.parent().expect("a folder")).expect("a writable folder");
        fs::copy(&path, &target).expect("a copy");
    }
    let path = copy.path().join("hub/v1").join(file);
    let text = fs::read_to_string(&path).expect("a file of the language");
    assert_eq!(text.matches(from).count(), 1, "`{from}` stands once in {file}");
    fs::write(&path, text.replace(from, to)).expect("a writable copy");
    let text = |path: &Path| path.to_str().expect("a plain path").to_owned();
    buf(&["breaking", &text(copy.path()), "--against", &text(&source.join("shipped.binpb"))])
}

#[test]
fn what_was_shipped_is_not_broken() {
    let out = buf(&["breaking", "proto", "--against", "proto/shipped.binpb"]);
    assert!(out.status.success(), "{}", said(&out));
}

#[test]
fn a_broken_field_is_seen() {
    for (file, from, to, names) in [
        ("common.proto", "  uint32 version = 3;", "  uint64 version = 3;", "version"),
        ("common.proto", "  uint64 position = 2;", "", "position"),
        ("seat.proto", "  string agency = 2;", "  string agency = 9;", "agency"),
        ("audit.proto", "rpc Head(HeadRequest)", "rpc Tip(HeadRequest)", "Head"),
        ("common.proto", "  CLASS_S = 3;", "  CLASS_S = 4;", "Class"),
    ] {
        let out = changed(file, from, to);
        assert!(!out.status.success(), "`{from}` → `{to}` went through");
        assert!(said(&out).contains(names), "{}", said(&out));
    }
}

#[test]
fn a_field_more_breaks_nothing() {
    let out = changed("common.proto", "  string area = 1;", "  string area = 1;\n  // More.\n  string more = 2;");
    assert!(out.status.success(), "{}", said(&out));
}

/// The words of an enum of the rules that its twin on the wire does not have.
fn missing<W: Word>(words: impl IntoIterator<Item = &'static str>) -> Vec<&'static str> {
    words.into_iter().filter(|word| W::from_word(word).is_none()).collect()
}

#[test]
fn every_word_of_the_rules_can_be_said_on_the_wire() {
    macro_rules! same {
        ($($name:ident),*) => {$(
            let words: Vec<_> = kinds::$name::ALL.iter().map(|value| value.word()).collect();
            assert_eq!(missing::<v1::$name>(words.iter().copied()), [""; 0], stringify!($name));
            // UNSPECIFIED is 0 and has no word; after it the numbers run without a gap.
            let said = (1..).map_while(v1::$name::word_of).count();
            assert_eq!(said, words.len(), "{} on the wire has other words than the rules", stringify!($name));
        )*};
    }
    same!(
        Basis,
        Channel,
        Class,
        ClockKind,
        ClockName,
        Flag,
        Form,
        HandoverKind,
        HandoverStatus,
        OnLapse,
        PartStatus,
        RequestKind,
        Outcome,
        Satisfaction,
        Stage,
        Topic,
        UnitStage
    );
    let roles = domain::seat::Role::ALL;
    assert_eq!(missing::<v1::Role>(roles.iter().map(|role| role.word())), [""; 0]);
    assert_eq!((1..).map_while(v1::Role::word_of).count(), roles.len());
}

#[test]
fn a_word_that_the_wire_lacks_is_seen() {
    assert_eq!(missing::<v1::Stage>(["received", "lost"]), ["lost"]);
}

/// The actions that a service's `Act` takes, read from the text of its file.
fn actions(file: &str) -> Vec<String> {
    let text = fs::read_to_string(house::root().join("proto/hub/v1").join(file)).expect("a file of the language");
    let (_, rest) = text.split_once("oneof action {").expect("the file has actions");
    let (body, _) = rest.split_once('}').expect("the list ends");
    let fields = body.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.is_empty());
    fields.map(|line| line.split(' ').nth(1).expect("type name = number").to_owned()).collect()
}

/// A report comes through its own call; a breach is found, and the upper desk added, by the hub's own timers alone; the other halves of a link and of
/// a split follow from the first.
const ELSEWHERE: [CommandKind; 5] =
    [CommandKind::Receive, CommandKind::Breach, CommandKind::Oversee, CommandKind::TakeReports, CommandKind::OpenSplit];

#[test]
fn every_command_of_the_rules_is_asked_for_in_exactly_one_place() {
    let said: Vec<String> = ["intake.proto", "triage.proto", "feedback.proto"].iter().flat_map(|file| actions(file)).collect();
    for &kind in CommandKind::ALL {
        let places = said.iter().filter(|action| *action == kind.word()).count();
        let wanted = usize::from(!ELSEWHERE.contains(&kind));
        assert_eq!(places, wanted, "{kind} can be asked for in {places} places");
    }
    assert_eq!(said.len() + ELSEWHERE.len(), CommandKind::ALL.len(), "the wire has actions that the rules do not know: {said:?}");
}
