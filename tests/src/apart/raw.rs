//! The stream as the server has it, read by `tests/python/raw_stream.py` and not by the hub.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{house, python, town::DISTRICT};

/// What was acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Reports: command and incident.
    pub(crate) reports: Vec<(String, String)>,
    /// Answers with a place in the journal: command, position, version.
    pub(crate) answers: Vec<(String, u64, u32)>,
}

/// Holds the stream against what was acknowledged: positions dense, versions of each subject 1, 2, 3, each acknowledged
/// report there once, no decision torn or doubled. What the reader counted.
pub(crate) fn holds(url: &str, heard: &Heard) -> Value {
    let reports: Vec<_> =
        heard.reports.iter().map(|(command, incident)| json!({ "command": command, "incident": incident })).collect();
    let answer =
        |(command, position, version): &(String, u64, u32)| json!({ "command": command, "position": position, "version": version });
    let answers: Vec<_> = heard.answers.iter().map(answer).collect();
    let mut reader = Command::new(python::python())
        .arg(house::root().join("tests/python/raw_stream.py"))
        .args([url, &format!("HUB_EVT_{DISTRICT}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the reader starts");
    let said = json!({ "reports": reports, "answers": answers }).to_string();
    reader.stdin.take().expect("piped").write_all(said.as_bytes()).expect("it reads");
    let out = reader.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "the stream does not hold: {text}");
    serde_json::from_str(text.trim()).expect("one JSON object")
}
