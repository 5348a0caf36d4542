//! The name of what a fact is about: `<kind>/<id>`, for instance `incident/5f0c…`.
//!
//! Both halves keep to characters that a NATS subject and a JSON string carry as they are, so
//! nothing is ever escaped on the way.

use std::fmt;
use std::sync::Arc;

/// Longest subject, in bytes.
pub const MAX_SUBJECT_BYTES: usize = 200;

/// What a fact is about. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(Arc<str>);

/// A text that is no subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "subject {text:?} is not <kind>/<id>: kind takes a-z 0-9 -, id takes A-Z a-z 0-9 . _ - without empty parts between dots, {MAX_SUBJECT_BYTES} bytes at most"
)]
pub struct SubjectError {
    /// What was offered.
    pub text: String,
}

impl Subject {
    /// Reads `<kind>/<id>`.
    ///
    /// # Errors
    /// [`SubjectError`] when the text is not of that form.
    pub fn new(text: &str) -> Result<Self, SubjectError> {
        if is_subject(text) { Ok(Self(text.into())) } else { Err(SubjectError { text: text.to_owned() }) }
    }

    /// Puts the two halves together.
    ///
    /// # Errors
    /// [`SubjectError`] when the result is not a subject.
    pub fn of(kind: &str, id: &str) -> Result<Self, SubjectError> {
        Self::new(&format!("{kind}/{id}"))
    }

    /// The half before the slash.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.0.split_once('/').map_or("", |(kind, _)| kind)
    }

    /// The half after the slash.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, id)| id)
    }

    /// The whole of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where facts about this travel on NATS: `hub.evt.<district>.<kind>.<id>`.
    #[must_use]
    pub fn nats(&self, district: &str) -> String {
        format!("hub.evt.{district}.{}.{}", self.kind(), self.id())
    }
}

fn is_subject(text: &str) -> bool {
    let Some((kind, id)) = text.split_once('/') else {
        return false;
    };
    text.len() <= MAX_SUBJECT_BYTES
        && is_token(kind)
        && id.split('.').all(|part| !part.is_empty())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// A kind or a district: one NATS token of small letters, digits and hyphens.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl std::str::FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        Self::new(text)
    }
}

impl AsRef<str> for Subject {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
