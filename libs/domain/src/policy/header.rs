//! What every policy file says of itself, and errors that name file, line and reason.

use jiff::civil::Date;
use serde::{Deserialize, de::DeserializeOwned};

/// The head of a policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Which policy.
    pub name: String,
    /// Its version, as it stands in records.
    pub version: String,
    /// The first day it applies to.
    pub valid_from: Date,
    /// Where its rows come from.
    pub source: String,
    /// Sample data, not an office's own numbers; screens say so.
    pub sample: bool,
}

/// A policy file that cannot be used. Mend the file; nothing is replaced by a default.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or not of the shape that this policy has.
    #[error("{file}, line {line}: {reason}")]
    Unreadable {
        /// The file's name.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What the reader expected.
        reason: String,
    },
    /// Readable, but a row says what cannot be.
    #[error("{file}: {row}: {reason}")]
    Row {
        /// The file's name.
        file: String,
        /// Which row.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No file holds this policy.
    #[error("no file holds the policy `{name}`: add one with `name = \"{name}\"` in its head")]
    Missing {
        /// Which policy.
        name: &'static str,
    },
    /// Two files hold the same policy.
    #[error("{first} and {second} both hold the policy `{name}`: take one away")]
    Twice {
        /// Which policy.
        name: String,
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
}

/// One file and its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

impl File<'_> {
    /// Reads the whole file as a `T` and its head.
    pub(crate) fn parse<T: DeserializeOwned>(self) -> Result<(Header, T), PolicyError> {
        let head: Head = self.toml()?;
        let body = self.toml()?;
        let valid_from = head.valid_from.parse().map_err(|_| self.wrong("valid_from", "write a day like 2026-01-01"))?;
        let plain = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        if !plain(&head.name) || !plain(&head.version) {
            return Err(self.wrong("head", "name and version hold letters, digits and `-._` only: they stand in every record"));
        }
        let Head { name, version, source, sample, .. } = head;
        Ok((Header { name, version, valid_from, source, sample }, body))
    }

    fn toml<T: DeserializeOwned>(self) -> Result<T, PolicyError> {
        toml::from_str(self.text).map_err(|wrong| {
            let before = wrong.span().map_or(0, |span| span.start.min(self.text.len()));
            let line = 1 + self.text.as_bytes()[..before].iter().filter(|b| **b == b'\n').count();
            PolicyError::Unreadable { file: self.name.to_owned(), line, reason: wrong.message().to_owned() }
        })
    }

    /// A row of this file that says what cannot be.
    pub(crate) fn wrong(self, row: impl Into<String>, reason: impl Into<String>) -> PolicyError {
        PolicyError::Row { file: self.name.to_owned(), row: row.into(), reason: reason.into() }
    }
}

/// The files by the policy they hold.
pub(crate) struct Found<'a>(Vec<(String, File<'a>)>);

impl<'a> Found<'a> {
    pub(crate) fn new(files: &[(&'a str, &'a str)]) -> Result<Self, PolicyError> {
        let mut found: Vec<(String, File<'a>)> = Vec::new();
        for &(name, text) in files {
            let file = File { name, text };
            let head: Head = file.toml()?;
            if let Some((_, first)) = found.iter().find(|(known, _)| *known == head.name) {
                return Err(PolicyError::Twice { name: head.name, first: first.name.to_owned(), second: name.to_owned() });
            }
            found.push((head.name, file));
        }
        Ok(Self(found))
    }

    /// The names of the policies that the files hold.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The policy that a file holds, and what the file says of itself.
    pub(crate) fn head(&self, file: &str) -> Result<(File<'a>, Header), PolicyError> {
        let (_, found) = self.0.iter().find(|(_, known)| known.name == file).ok_or(PolicyError::Missing { name: "head" })?;
        let (header, _): (_, toml::Table) = found.parse()?;
        Ok((*found, header))
    }

    pub(crate) fn one(&self, name: &'static str) -> Result<File<'a>, PolicyError> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, file)| *file).ok_or(PolicyError::Missing { name })
    }
}

/// The head as it is written; the rest of the file is read apart.
#[derive(Deserialize)]
struct Head {
    name: String,
    version: String,
    valid_from: String,
    source: String,
    sample: bool,
}
