//! Position 1: the journal says what it is.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::header::header;
use crate::port::{AppendError, Decision, ReadError, Write};
use crate::record::{Draft, DraftError, Envelope};
use crate::subject::{Subject, SubjectError};
use crate::subjects::Key;

/// Why the first record could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum FirstError {
    /// The id is no part of a subject.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The id does not go into a record.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// It was not taken.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// It cannot be read back.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is not what a journal starts with.
    #[error("position 1 is not journal.opened")]
    Strange,
    /// It is no JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// What a journal says of itself.
#[derive(Debug, Deserialize)]
pub(crate) struct First {
    /// Its name.
    pub(crate) id: String,
    /// Whose facts these are.
    pub(crate) district: String,
}

/// Reads position 1.
pub(crate) fn read(record: &[u8]) -> Result<First, FirstError> {
    let header = header(record).map_err(|_| FirstError::Strange)?;
    if header.kind != "journal.opened" {
        return Err(FirstError::Strange);
    }
    Ok(serde_json::from_str(header.data)?)
}

/// A journal's first decision.
pub(crate) fn decision(district: &str, id: &str) -> Result<Decision, FirstError> {
    let subject = Subject::of("journal", id)?;
    let data = RawValue::from_string(serde_json::json!({ "id": id, "district": district }).to_string())?;
    let command = format!("open/{id}");
    let digest: String = Key::of(data.get()).to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let draft = Draft::new(&Envelope {
        id: &format!("{command}.1"),
        source: &format!("hub/{district}/journal"),
        kind: "journal.opened",
        subject: &subject,
        actor: "journal",
        command: &command,
        digest: &digest,
        version: 1,
        occurred: None,
        basis: "device",
        policy: "",
        traceparent: None,
        data: &data,
    })?;
    Ok(Decision { command, writes: vec![Write { subject, expected: 0, facts: vec![draft] }] })
}
