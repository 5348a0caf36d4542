//! Policies as facts: adopting one writes its whole text, so that every process works by the same, and a decision of long ago can
//! be looked at with the rows it was made by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Policies, PolicyError, SAMPLE, header::Found};
use crate::{
    fact::{Accepted, Stamp, remember},
    time::Time,
};

/// A longer file would not fit a record.
pub const MOST_BYTES: usize = 40_000;

crate::fact::shapes! {
    /// One fact about one policy.
    Fact {
        /// A version of it was put in force.
        "policy.adopted" Adopted,
    }
}

/// A version of a policy was put in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Adopted {
    /// Its version, as every record names it.
    pub version: String,
    /// The first day it applies to, as its head says.
    pub valid_from: String,
    /// Where its rows come from.
    pub source: String,
    /// Sample data, not an office's own numbers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sample: bool,
    /// The file's text, whole.
    pub text: String,
}

/// A policy as folded from its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// Facts folded so far.
    pub version: u32,
    /// Position of the last.
    pub position: u64,
    /// What is in force.
    pub adopted: Adopted,
    /// Since when.
    pub since: Time,
    /// Every version that was ever in force, the first first.
    pub past: Vec<String>,
    /// Commands it accepted.
    #[serde(with = "crate::fact::commands")]
    pub commands: Vec<Accepted>,
}

impl Kept {
    /// Folds in a fact; `known` is what was kept before.
    #[must_use]
    pub fn folded(known: Option<Self>, name: &str, fact: &Fact, stamp: &Stamp) -> Self {
        let Fact::Adopted(adopted) = fact;
        let (mut commands, mut past) = known.map(|known| (known.commands, known.past)).unwrap_or_default();
        remember(&mut commands, stamp);
        past.push(adopted.version.clone());
        let (version, position) = (stamp.version, stamp.position);
        Self { name: name.to_owned(), version, position, adopted: adopted.clone(), since: stamp.time, past, commands }
    }
}

/// Why a file is not put in force. The one before stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAdopted {
    /// It is no policy, or does not go with the others in force.
    #[error(transparent)]
    Bad(#[from] PolicyError),
    /// It holds a policy that this hub does not know.
    #[error("`{name}` is no policy of this hub: it knows {known}")]
    Unknown {
        /// What its head says.
        name: String,
        /// What would be right.
        known: String,
    },
    /// Two decisions under one name would be made by different rows.
    #[error("{name}/{version} was in force already, with other content or before another one: give it a new version")]
    VersionUsed {
        /// Which policy.
        name: String,
        /// Which version.
        version: String,
    },
    /// Its first day is still to come.
    #[error("{name}/{version} is valid from {day}: adopt it on that day or later")]
    TooEarly {
        /// Which policy.
        name: String,
        /// Which version.
        version: String,
        /// The day.
        day: String,
    },
    /// Too long for a record.
    #[error("the file has {bytes} bytes: {MOST_BYTES} at most")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
}

/// What follows from wanting a file in force: its policy's name and the fact; no fact where it is in force already.
///
/// `base` are the files that hold where nothing was adopted; `kept` what was.
///
/// # Errors
/// [`NotAdopted`]: nothing changes.
pub fn adopt<'a>(
    file: (&str, &str),
    base: &[(&str, &str)],
    kept: impl Iterator<Item = &'a Kept> + Clone,
    now: Time,
) -> Result<(String, Option<Adopted>), NotAdopted> {
    let (called, text) = file;
    if text.len() > MOST_BYTES {
        return Err(NotAdopted::TooLong { bytes: text.len() });
    }
    let (_, header) = Found::new(&[file])?.head(called)?;
    let name = header.name;
    let named = |files: &[(&str, &str)]| Found::new(files).map(|found| found.names());
    let known = named(&SAMPLE)?;
    if !known.contains(&name) {
        return Err(NotAdopted::Unknown { name, known: known.join(", ") });
    }
    // The whole set has to hold together: a route may name a matter that the catalogue has no more.
    in_force_with(base, kept.clone(), Some(file))?;
    let before = kept.clone().find(|kept| kept.name == name);
    if before.is_some_and(|before| before.adopted.text == text) {
        return Ok((name, None));
    }
    let version = header.version;
    if before.is_some_and(|before| before.past.contains(&version)) {
        return Err(NotAdopted::VersionUsed { name, version });
    }
    let day = header.valid_from.to_string();
    if day > now.date() {
        return Err(NotAdopted::TooEarly { name, version, day });
    }
    let adopted = Adopted { version, valid_from: day, source: header.source, sample: header.sample, text: text.to_owned() };
    Ok((name, Some(adopted)))
}

/// The policies in force: what was adopted, and for the rest the files that hold where nothing was.
///
/// # Errors
/// They do not hold together.
pub fn in_force<'a>(base: &[(&str, &str)], kept: impl Iterator<Item = &'a Kept>) -> Result<Policies, PolicyError> {
    in_force_with(base, kept, None)
}

fn in_force_with<'a>(
    base: &[(&str, &str)],
    kept: impl Iterator<Item = &'a Kept>,
    new: Option<(&str, &str)>,
) -> Result<Policies, PolicyError> {
    let adopted: Vec<(String, &str)> =
        kept.map(|kept| (format!("{}/{}", kept.name, kept.adopted.version), kept.adopted.text.as_str())).collect();
    // Later ones take the place of earlier ones of the same name.
    let mut files: Vec<(String, (&str, &str))> = Vec::new();
    let all = base.iter().copied().chain(adopted.iter().map(|(called, text)| (called.as_str(), *text))).chain(new);
    for (called, text) in all {
        let Some(name) = Found::new(&[(called, text)])?.names().pop() else { continue };
        files.retain(|(known, _)| *known != name);
        files.push((name, (called, text)));
    }
    let files: Vec<(&str, &str)> = files.into_iter().map(|(_, file)| file).collect();
    Policies::from_files(&files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(version: &str, from: &str) -> String {
        let (_, text) = SAMPLE.iter().find(|(file, _)| *file == "limits.toml").expect("it is a sample");
        let line = |line: &str| match line.split_once(" = ") {
            Some(("version", _)) => format!("version = \"{version}\"\n"),
            Some(("valid_from", _)) => format!("valid_from = \"{from}\"\n"),
            Some(_) | None => format!("{line}\n"),
        };
        text.lines().map(line).collect()
    }

    fn now() -> Time {
        "2026-07-08T19:02:00.000+08:00".parse().expect("an instant")
    }

    fn kept(adopted: Adopted) -> Kept {
        let (past, since) = (vec![adopted.version.clone()], now());
        Kept { name: "limits".to_owned(), version: 1, position: 2, adopted, since, past, commands: Vec::new() }
    }

    fn asked(text: &str, kept: &[Kept]) -> Result<(String, Option<Adopted>), NotAdopted> {
        adopt(("limits.toml", text), &SAMPLE, kept.iter(), now())
    }

    #[test]
    fn a_new_version_is_put_in_force_and_named_by_every_decision_from_then_on() {
        let text = limits("2026.9", "2026-07-01");
        let (name, fact) = asked(&text, &[]).expect("it holds");
        let kept = [kept(fact.expect("it is new"))];
        assert_eq!(name, "limits");
        let read = in_force(&SAMPLE, kept.iter()).expect("they hold together");
        assert!(read.versions().contains(" limits/2026.9 "), "{}", read.versions());
        assert_eq!(asked(&text, &kept).expect("it holds").1, None, "the same again changes nothing");
    }

    #[test]
    fn a_bad_file_is_refused_with_file_line_and_reason() {
        let broken = limits("2026.9", "2026-07-01").replacen("amount = ", "amount = x", 1);
        let said = asked(&broken, &[]).expect_err("it cannot be read").to_string();
        assert!(said.starts_with("limits.toml, line "), "{said}");
        // Readable, and against the rest: a category that the catalogue does not have.
        let stray = limits("2026.9", "2026-07-01").replacen("category = \"police/", "category = \"nowhere/", 1);
        assert!(matches!(asked(&stray, &[]), Err(NotAdopted::Bad(PolicyError::Row { .. }))), "{:?}", asked(&stray, &[]));
    }

    #[test]
    fn a_version_is_used_once_a_future_day_waits_and_a_stranger_is_named() {
        let first = asked(&limits("2026.9", "2026-07-01"), &[]).expect("it holds").1.expect("it is new");
        let other = limits("2026.9", "2026-07-02");
        assert!(matches!(asked(&other, &[kept(first)]), Err(NotAdopted::VersionUsed { .. })));
        assert!(matches!(asked(&limits("2027.1", "2026-07-09"), &[]), Err(NotAdopted::TooEarly { .. })));
        let stranger = "name = \"tariffs\"\nversion = \"1\"\nvalid_from = \"2026-01-01\"\nsource = \"us\"\nsample = true\n";
        assert!(matches!(asked(stranger, &[]), Err(NotAdopted::Unknown { .. })));
        let long = format!("{}# {}", limits("2026.9", "2026-07-01"), "x".repeat(MOST_BYTES));
        assert!(matches!(asked(&long, &[]), Err(NotAdopted::TooLong { .. })));
    }
}
