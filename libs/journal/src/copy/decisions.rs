//! Which records were one decision: they stand together, are of one command, and count from one. Decisions are gathered into
//! groups, as many as the target takes at once.

use super::CopyError;
use crate::header::header;
use crate::port::{Entry, MAX_FACTS};

/// How much a target takes at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) facts: usize,
    pub(super) bytes: usize,
}

/// Whole decisions.
pub(super) type Group = Vec<Vec<Entry>>;

/// Records that wait for the rest of theirs.
pub(super) struct Decisions {
    limits: Limits,
    group: Group,
    facts: usize,
    bytes: usize,
    open: Vec<Entry>,
    /// Command of the open decision, and the number of its last fact.
    last: Option<(String, u64)>,
}

impl Decisions {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, group: Vec::new(), facts: 0, bytes: 0, open: Vec::new(), last: None }
    }

    /// Adds the next record; gives back a group where it is full.
    pub(super) fn add(&mut self, entry: Entry) -> Result<Option<Group>, CopyError> {
        let wrong = |error: crate::RecordError| CopyError::Record { position: entry.position, what: error.to_string() };
        let header = header(&entry.bytes).map_err(wrong)?;
        let number = header.id.strip_prefix(header.command).and_then(|rest| rest.strip_prefix('.')?.parse::<u64>().ok());
        let goes_on = |(command, last): &(String, u64)| command == header.command && number == Some(last + 1);
        let same = self.last.as_ref().is_some_and(goes_on) && self.open.len() < MAX_FACTS;
        let last = number.map(|number| (header.command.to_owned(), number));
        let full = if same { None } else { self.close() };
        self.last = last;
        self.open.push(entry);
        Ok(full)
    }

    /// All that is left; nothing follows.
    pub(super) fn rest(&mut self) -> Group {
        let mut rest = std::mem::take(&mut self.group);
        rest.push(std::mem::take(&mut self.open));
        (self.facts, self.bytes, self.last) = (0, 0, None);
        rest
    }

    /// The open decision is whole: it goes into the group, or begins the next one.
    fn close(&mut self) -> Option<Group> {
        let decision = std::mem::take(&mut self.open);
        if decision.is_empty() {
            return None;
        }
        let (facts, bytes) = (decision.len(), decision.iter().map(|entry| entry.bytes.len() + 512).sum::<usize>());
        let fits = self.facts + facts <= self.limits.facts && self.bytes + bytes <= self.limits.bytes;
        let full = (!fits && !self.group.is_empty()).then(|| {
            (self.facts, self.bytes) = (0, 0);
            std::mem::take(&mut self.group)
        });
        (self.facts, self.bytes) = (self.facts + facts, self.bytes + bytes);
        self.group.push(decision);
        full
    }
}
