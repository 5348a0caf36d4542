//! What a person reads at three in the morning is what the program says and takes: every message that the run-book quotes stands
//! in the sources, every `hub` command in a page of the tree is one that the built binary knows.

use std::path::PathBuf;

use super::{assert_none, file, read, unknown};
use crate::house;

/// How the run-book writes the hub with the settings of the machine.
const AS_HUB: &str = "as_hub";

/// The messages of a page: its quoted lines, each with `…` for what differs.
fn messages(page: &str) -> Vec<&str> {
    page.lines().filter_map(|line| line.strip_prefix("> ")).map(str::trim).collect()
}

/// A source text with the lines of a long message joined, as the compiler does it.
fn joined(source: &str) -> String {
    let mut lines = source.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| text + line.trim_start())
}

/// Does this source say the message? What stands for `…` is a place for a value there, or the same three dots.
fn says(source: &str, message: &str) -> bool {
    let message = message.replace('{', "{{").replace('}', "}}");
    let mut parts = message.split('…').filter(|part| !part.trim().is_empty());
    let Some(first) = parts.next() else { return false };
    let rest: Vec<_> = parts.collect();
    let follows = |at: usize| {
        rest.iter().try_fold(&source[at + first.len()..], |text, part| {
            let value = || text.strip_prefix('{')?.split_once('}').map(|(_, after)| after);
            text.strip_prefix('…').or_else(value)?.strip_prefix(part)
        })
    };
    source.match_indices(first).any(|(at, _)| follows(at).is_some())
}

fn sources() -> Vec<String> {
    let folders = ["libs", "services"].map(|folder| house::files(&house::root().join(folder), ".rs"));
    let product = |path: &PathBuf| path.iter().any(|part| part == "src") && !house::short(path).contains("tests");
    folders.into_iter().flatten().filter(product).map(|path| joined(&read(&path))).collect()
}

/// What a page quotes and no source says; a message of a few letters says nothing.
fn unsaid(page: &str, sources: &[String]) -> Vec<String> {
    let wrong = |message: &&str| {
        let letters = message.chars().filter(|c| c.is_alphabetic()).count();
        letters < 10 || !sources.iter().any(|source| says(source, message))
    };
    messages(page).into_iter().filter(wrong).map(|message| format!("nothing says: {message}")).collect()
}

/// The `hub` commands in the shell blocks of a page, as words behind `hub`.
fn typed(page: &str) -> Vec<Vec<&str>> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
    let lines = blocks.flat_map(str::lines).map(|line| line.split(" # ").next().unwrap_or_default());
    lines.flat_map(|line| line.split(['|', ';', '&', '(', ')'])).filter_map(command).collect()
}

/// The files of the tree that the shell blocks of a page name.
fn named(page: &str) -> Vec<&str> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
    let lines = blocks.flat_map(str::lines).map(|line| line.split(" # ").next().unwrap_or_default());
    let words = lines.flat_map(|line| line.split([' ', '"', '\'', '=', ';'])).filter(|word| !word.contains(['*', '$', '<', '…']));
    words.filter(|word| ["deploy/", "libs/", "proto/", "services/", "tests/"].iter().any(|room| word.starts_with(room))).collect()
}

fn command(part: &str) -> Option<Vec<&str>> {
    let words: Vec<_> = part.split_whitespace().collect();
    let at = match words.first()? {
        &"sudo" => words.iter().position(|word| *word == "-u")? + 2,
        _ => words.iter().position(|word| !word.contains('=')).unwrap_or_default(),
    };
    let hub = |word: &&&str| ["hub", AS_HUB, "/usr/local/bin/hub", "target/release/hub"].contains(word);
    let at = words.iter().position(|word| *word == "/usr/local/bin/hub").unwrap_or(at);
    words.get(at).filter(hub)?;
    let redirected = |word: &&str| word.starts_with('>') || word.starts_with("2>");
    Some(words[at + 1..].iter().copied().take_while(|word| !redirected(word)).collect())
}

#[test]
fn every_message_of_the_run_book_is_one_that_the_program_says() {
    let page = read(&file("runbook.md"));
    assert!(messages(&page).len() > 15, "only {} messages found", messages(&page).len());
    assert_none(&unsaid(&page, &sources()));
}

#[test]
fn a_message_that_nobody_says_is_seen() {
    let sources = [joined("error!(\"the disk of {host} is \\\n     full: {why}; free some of it with `rm {{…}}`\")")];
    let said = [
        "> the disk of … is full: …; free some of it",
        "> the disk of … is full: …",
        "> … is full: …; free some",
        "> free some of it with `rm {…}`",
    ];
    assert_eq!(unsaid(&said.join("\n"), &sources), [""; 0]);
    for unsaid_line in
        ["> the disk of … is fuller: …", "> the disk of host is full", "> the disk of …; free some of it", "> … is …"]
    {
        assert_eq!(unsaid(unsaid_line, &sources).len(), 1, "{unsaid_line}");
    }
}

#[test]
fn every_command_in_a_page_is_one_that_the_hub_knows() {
    let pages = house::files(house::root(), ".md");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in pages {
        for words in typed(&read(&path)) {
            seen += 1;
            let name = house::short(&path);
            wrong.extend(unknown(&words).into_iter().map(|what| format!("{name}: hub {}: {what}", words.join(" "))));
        }
    }
    assert!(seen > 40, "only {seen} commands found");
    assert_none(&wrong);
}

#[test]
fn every_file_of_the_tree_that_a_command_names_is_there() {
    let pages: Vec<_> = house::files(house::root(), ".md").iter().map(|path| (house::short(path), read(path))).collect();
    let names = || pages.iter().flat_map(|(page, text)| named(text).into_iter().map(move |name| (page, name)));
    assert!(names().count() > 8, "only {} files are named", names().count());
    let missing = names().filter(|(_, name)| !house::root().join(name).exists());
    assert_none(&missing.map(|(page, name)| format!("{page}: {name} is not there")).collect::<Vec<_>>());
    assert_eq!(named("```sh\ncp deploy/nothing.conf /etc  # deploy/more\n```\n`deploy/less`"), ["deploy/nothing.conf"]);
}

#[test]
fn commands_are_found_wherever_they_stand_in_a_line() {
    let page = "hub paint\n```sh\nA=1 hub board --at 3 | jq .\nsudo -u hub hub doctor --json  # look\nsystemctl status hub --no-pager\n\
                docker compose exec intake /usr/local/bin/hub links > out\nas_hub digest && as_hub show ID\n```\n";
    let found: Vec<_> = typed(page).iter().map(|words| words.join(" ")).collect();
    assert_eq!(found, ["board --at 3", "doctor --json", "links", "digest", "show ID"]);
}
