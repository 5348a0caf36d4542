//! A fact on its way in: the CloudEvents record, complete but for the time it is recorded at.
//!
//! The layout is fixed to the byte, so the journal writes the time in place and [`crate::header`](mod@crate::header)
//! reads without a parser. Header values carry no character that JSON would escape; free text belongs
//! into `data`.

use std::ops::Range;

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::subject::Subject;
use crate::time;

/// Longest record, in bytes.
pub const MAX_RECORD_BYTES: usize = 60_000;

/// What the writer says of one fact before it has a time.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// `<command>.<n>`, n from 1 over the whole decision.
    pub id: &'a str,
    /// `hub/<district>/<service>`.
    pub source: &'a str,
    /// What happened, for instance `incident.received`; the record's `type`.
    pub kind: &'a str,
    /// What it happened to.
    pub subject: &'a Subject,
    /// Who did it: a seat, a device, a rule.
    pub actor: &'a str,
    /// The command that led to it.
    pub command: &'a str,
    /// Digest of the request: 32 small hex digits.
    pub digest: &'a str,
    /// The n-th fact of its subject, from 1.
    pub version: u64,
    /// When it happened, where that is not when it was recorded; written as [`time::format`] writes.
    pub occurred: Option<&'a str>,
    /// How that time is known: device, seat, late, import.
    pub basis: &'a str,
    /// The policy versions in force.
    pub policy: &'a str,
    /// The W3C trace this belongs to.
    pub traceparent: Option<&'a str>,
    /// The fact itself, JSON.
    pub data: &'a RawValue,
}

/// A fact that cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// A header value that JSON would have to escape.
    #[error("record field {field} holds {value:?}: quotes, backslashes and control characters belong into data")]
    Escaped {
        /// The field's name in the record.
        field: &'static str,
        /// What was offered.
        value: String,
    },
    /// A header value of the wrong form.
    #[error("record field {field} holds {value:?}: {wanted}")]
    Form {
        /// The field's name in the record.
        field: &'static str,
        /// What was offered.
        value: String,
        /// What would do.
        wanted: &'static str,
    },
    /// More than [`MAX_RECORD_BYTES`].
    #[error("record {id} has {bytes} bytes, {MAX_RECORD_BYTES} are allowed: split the fact or store the text elsewhere")]
    TooLarge {
        /// The record's id.
        id: String,
        /// Its length.
        bytes: usize,
    },
}

/// A whole record with a blank where its time goes.
#[derive(Debug, Clone)]
pub struct Draft {
    bytes: Vec<u8>,
    time_at: usize,
    id_end: usize,
    subject: Subject,
    version: u64,
    traceparent: Range<usize>,
}

const BEFORE_ID: &str = r#"{"specversion":"1.0","id":""#;
const BLANK: &str = "0000-00-00T00:00:00.000+08:00";

impl Draft {
    /// Writes the record.
    ///
    /// # Errors
    /// [`DraftError`] when a header value has the wrong form or the record is too long.
    pub fn new(envelope: &Envelope<'_>) -> Result<Self, DraftError> {
        check(envelope)?;
        let data = envelope.data.get();
        let mut out = String::with_capacity(data.len() + envelope.source.len() + 2 * envelope.command.len() + 420);
        out.push_str(BEFORE_ID);
        out.push_str(envelope.id);
        let id_end = out.len();
        push(&mut out, r#"","source":""#, envelope.source);
        push(&mut out, r#"","type":""#, envelope.kind);
        push(&mut out, r#"","subject":""#, envelope.subject.as_str());
        push(&mut out, r#"","time":""#, "");
        let time_at = out.len();
        out.push_str(BLANK);
        push(&mut out, r#"","datacontenttype":"application/json","actor":""#, envelope.actor);
        push(&mut out, r#"","command":""#, envelope.command);
        push(&mut out, r#"","digest":""#, envelope.digest);
        push(&mut out, r#"","version":"#, &envelope.version.to_string());
        if let Some(occurred) = envelope.occurred {
            push(&mut out, r#","occurred":""#, occurred);
            out.push('"');
        }
        push(&mut out, r#","basis":""#, envelope.basis);
        push(&mut out, r#"","policy":""#, envelope.policy);
        let mut traceparent = 0..0;
        if let Some(value) = envelope.traceparent {
            push(&mut out, r#"","traceparent":""#, value);
            traceparent = out.len() - value.len()..out.len();
        }
        push(&mut out, r#"","data":"#, data);
        out.push('}');
        if out.len() > MAX_RECORD_BYTES {
            return Err(DraftError::TooLarge { id: envelope.id.to_owned(), bytes: out.len() });
        }
        let (subject, version) = (envelope.subject.clone(), envelope.version);
        Ok(Self { bytes: out.into_bytes(), time_at, id_end, subject, version, traceparent })
    }

    /// Writes the time in place; the record is then final.
    #[must_use]
    pub fn stamp(mut self, time_ms: i64) -> Bytes {
        self.bytes[self.time_at..self.time_at + time::WIDTH].copy_from_slice(&time::format(time_ms));
        self.bytes.into()
    }

    /// `<command>.<n>`.
    #[must_use]
    pub fn id(&self) -> &str {
        std::str::from_utf8(&self.bytes[BEFORE_ID.len()..self.id_end]).unwrap_or_default()
    }

    /// What the fact is about.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The n-th fact of its subject.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The W3C trace it belongs to.
    #[must_use]
    pub fn traceparent(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.bytes[self.traceparent.clone()]).ok()?;
        (!text.is_empty()).then_some(text)
    }

    /// The record's length in bytes; the time does not change it.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a record is never empty")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Appends the final record to `out` without giving up the draft.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>, time_text: &[u8; time::WIDTH]) {
        let at = out.len() + self.time_at;
        out.extend_from_slice(&self.bytes);
        out[at..at + time::WIDTH].copy_from_slice(time_text);
    }
}

fn push(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push_str(value);
}

fn check(envelope: &Envelope<'_>) -> Result<(), DraftError> {
    let plain = [
        ("id", envelope.id),
        ("source", envelope.source),
        ("type", envelope.kind),
        ("actor", envelope.actor),
        ("command", envelope.command),
        ("basis", envelope.basis),
        ("policy", envelope.policy),
        ("traceparent", envelope.traceparent.unwrap_or_default()),
    ];
    for (field, value) in plain {
        if value.bytes().any(|b| b < 0x20 || b == b'"' || b == b'\\') {
            return Err(DraftError::Escaped { field, value: value.to_owned() });
        }
    }
    let form = |field, value: &str, wanted| Err(DraftError::Form { field, value: value.to_owned(), wanted });
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if envelope.digest.len() != 32 || !envelope.digest.bytes().all(hex) {
        return form("digest", envelope.digest, "32 hex digits, small letters");
    }
    if let Some(occurred) = envelope.occurred.filter(|text| time::parse(text).is_none()) {
        return form("occurred", occurred, "an instant like 2026-07-08T19:02:20.123+08:00");
    }
    if envelope.version == 0 {
        return form("version", "0", "versions count from 1");
    }
    if let Some((field, value)) = plain.into_iter().take(5).find(|(_, value)| value.is_empty()) {
        return form(field, value, "a text that is not empty");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
