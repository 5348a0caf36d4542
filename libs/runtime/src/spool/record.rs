//! What is written for a report that waits, and for one that waits no more.

use std::fmt::Write as _;

use domain::{
    fact::command_key,
    id::{CommandId, IncidentId},
    incident::{Basis, NewReport},
    seat::{Actor, Seat},
    time::Time,
};
use journal::{Decision, Draft, DraftError, Envelope, MAX_RECORD_BYTES, Subject, Write as Append};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{execute::Ask, trace};

/// A report as it waits: all that is needed to carry it out later, nothing of it readable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    incident: IncidentId,
    command: CommandId,
    /// Of the request, 32 hex digits.
    digest: String,
    seat: Seat,
    /// When it was kept; it occurred then, where nothing better is known.
    at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    occurred: Option<Time>,
    basis: Basis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    pub(super) new: NewReport,
}

/// The machine that keeps, as records name it.
const ACTOR: &str = "machine/spool";
const KEPT: &str = "report.kept";
const DELIVERED: &str = "report.delivered";
/// What a record of the journal has beside the report and this one has not: clocks, policy versions. A report that fits here
/// with so much to spare fits there.
const SPARE: usize = 4_096;

impl Kept {
    pub(super) fn new(incident: IncidentId, ask: &Ask, at: Time, new: NewReport) -> Self {
        Self {
            incident,
            command: ask.command.clone(),
            digest: format!("{:032x}", ask.digest),
            seat: ask.actor.seat().expect("only seats report").clone(),
            at,
            occurred: ask.occurred,
            basis: ask.basis,
            // The call that told it, so that its delivery belongs to that trace.
            traceparent: trace::current().or_else(|| ask.traceparent.clone()),
            new,
        }
    }

    pub(super) fn incident(&self) -> IncidentId {
        self.incident
    }

    pub(super) fn command(&self) -> &str {
        self.command.as_str()
    }

    pub(super) fn digest(&self) -> &str {
        &self.digest
    }

    /// Who asks for what, as on the day. That it is written down late, and when it was told, is part of the fact.
    pub(super) fn ask(&self) -> Ask {
        let late = self.occurred.is_none() && self.basis == Basis::Seat;
        Ask {
            command: self.command.clone(),
            digest: u128::from_str_radix(&self.digest, 16).unwrap_or_default(),
            actor: Actor::Seat(self.seat.clone()),
            occurred: Some(self.occurred.unwrap_or(self.at)),
            basis: if late { Basis::Late } else { self.basis },
            traceparent: self.traceparent.clone(),
            service: "intake",
        }
    }

    /// The same report under an id of its own content: for one whose id belongs to another request.
    pub(super) fn renamed(&self) -> Ask {
        let report = &self.new.report;
        let command = format!("report/{}/{}/{}", report.source, report.reference, report.digest);
        let digest = u128::from_str_radix(&report.digest, 16).unwrap_or_default();
        let command = command.parse().unwrap_or_else(|_| self.command.clone());
        Ask { command, digest, ..self.ask() }
    }

    /// What is written for it.
    pub(super) fn line(&self, number: u64) -> Result<Line, DraftError> {
        let data = RawValue::from_string(serde_json::to_string(self).expect("a report is made of text and numbers"));
        let data = data.expect("just written");
        let line = Line::new(number, 1, 0, KEPT, &data)?;
        if line.bytes() + SPARE > MAX_RECORD_BYTES {
            return Err(DraftError::TooLarge { id: self.command.to_string(), bytes: line.bytes() + SPARE });
        }
        Ok(line)
    }
}

/// What is written once a report waits no more.
pub(super) fn delivered(number: u64, position: u64) -> Result<Line, DraftError> {
    let data = RawValue::from_string("{}".to_owned()).expect("JSON");
    Line::new(number, 2, position, DELIVERED, &data)
}

/// One record on its way to disk.
pub(super) struct Line {
    subject: Subject,
    expected: u64,
    command: String,
    draft: Draft,
}

impl Line {
    fn new(number: u64, version: u64, expected: u64, kind: &str, data: &RawValue) -> Result<Self, DraftError> {
        let subject = Subject::of("report", &number.to_string()).expect("a number is a subject's id");
        let mut command = String::from(if version == 1 { "keep/" } else { "deliver/" });
        let _ = write!(command, "{number}");
        let draft = Draft::new(&Envelope {
            id: &format!("{command}.1"),
            source: "hub/spool",
            kind,
            subject: &subject,
            actor: ACTOR,
            command: &command,
            digest: &format!("{:032x}", command_key(&command)),
            version,
            occurred: None,
            basis: Basis::Device.word(),
            policy: "",
            traceparent: None,
            data,
        })?;
        Ok(Self { subject, expected, command, draft })
    }

    pub(super) fn bytes(&self) -> usize {
        self.draft.len()
    }

    pub(super) fn into_decision(self) -> Decision {
        let write = Append { subject: self.subject, expected: self.expected, facts: vec![self.draft] };
        Decision { command: self.command, writes: vec![write] }
    }
}

/// A record as it is read back.
pub(super) enum Read {
    /// The files begin.
    Opened,
    /// A report began to wait.
    Kept(u64, Box<Kept>),
    /// It waits no more.
    Delivered(u64),
}

/// Reads a record of the spool; an error says what is wrong with it.
pub(super) fn read(record: &[u8]) -> Result<Read, String> {
    let header = journal::header(record).map_err(|error| error.to_string())?;
    let number = || {
        let number = header.subject.strip_prefix("report/").and_then(|number| number.parse().ok());
        number.ok_or_else(|| format!("subject {}", header.subject))
    };
    match header.kind {
        "journal.opened" => Ok(Read::Opened),
        KEPT => {
            let kept = serde_json::from_str(header.data).map_err(|error| error.to_string())?;
            Ok(Read::Kept(number()?, Box::new(kept)))
        }
        DELIVERED => Ok(Read::Delivered(number()?)),
        kind => Err(format!("type {kind}")),
    }
}
