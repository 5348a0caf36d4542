//! What `deploy/` hands to other programs and to a person: systemd units, a compose file with its images, a run-book. Held
//! against those programs and against the built hub; each check is also shown turning red.

mod container;
mod pages;
mod units;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{child, command_line, house};

/// A file of `deploy/`.
fn file(name: &str) -> PathBuf {
    house::root().join("deploy").join(name)
}

/// A text file of the tree.
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Did it end well, and what it said. `missing` is the way out where there is no such program.
fn run(command: &mut Command, missing: &str) -> (bool, String) {
    let out = command.output().unwrap_or_else(|error| panic!("{:?}: {error}: {missing}", command.get_program()));
    let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    (out.status.success(), said)
}

/// The help of the built hub for the command that these words begin with, and how many of them name it.
fn help(words: &[&str]) -> (String, usize) {
    let mut depth = 0;
    loop {
        let asked = words[..depth].iter().chain(&["--help"]);
        let (well, said) = run(Command::new(child::binary()).args(asked), "it was just built");
        assert!(well, "hub {:?} --help says {said}", &words[..depth]);
        match words.get(depth) {
            Some(word) if command_line::commands(&said).contains(word) => depth += 1,
            _ => return (said, depth),
        }
    }
}

/// What the built hub does not know of `words`, typed after `hub`: a command, an option, a service.
fn unknown(words: &[&str]) -> Vec<String> {
    let (help, depth) = help(words);
    let options = words.iter().filter(|word| word.starts_with('-') && word.len() > 1);
    let names = options.map(|word| word.split_once('=').map_or(*word, |(name, _)| name));
    let mut wrong: Vec<_> = names.filter(|name| !knows(&help, name)).map(|name| format!("{name}: no option")).collect();
    if depth == 0 && words.first().is_some_and(|word| !word.starts_with('-')) {
        wrong.push(format!("{}: no command", words[0]));
    }
    if words.first() == Some(&"serve") {
        let services = words[1..].iter().take_while(|word| !word.starts_with('-'));
        wrong.extend(services.filter(|word| !knows(&help, word)).map(|word| format!("{word}: no service")));
    }
    wrong
}

/// Does a help name this word, as a whole?
fn knows(help: &str, word: &str) -> bool {
    help.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').any(|known| known == word)
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_command_an_option_and_a_service_that_are_not_there_are_seen() {
    let of = |line: &str| unknown(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(of("serve intake triage --config F --data D"), [""; 0]);
    assert_eq!(of("seal export keys-copy --data=D"), [""; 0]);
    assert_eq!(of("paint --colour red"), ["--colour: no option", "paint: no command"]);
    assert_eq!(of("serve kitchen --colour red"), ["--colour: no option", "kitchen: no service"]);
    assert_eq!(of("seat add desk-1 --rol dispatcher"), ["--rol: no option"]);
}
