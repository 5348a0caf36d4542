//! The ledger as rows, so that both sides can lay theirs beside each other, frame by frame.

use std::path::Path;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wire::{Message as _, v1::PartnerFrame};

use super::ledger::{self, LedgerError, Record};

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The simulator's own; else the hub's.
    pub ours: bool,
    /// Its number.
    pub number: u64,
    /// The number before it on this link.
    pub previous: u64,
    /// SHA-256 of its encoded bytes, hex.
    pub digest: String,
    /// Which kind of frame, as the language calls it.
    pub kind: &'static str,
    /// The incident it names; empty where it names none.
    pub incident: String,
    /// The other side has it on its disk: an own frame that the hub committed, or a frame of the hub's.
    pub committed: bool,
}

/// All frames in the ledger of a simulator, in the order in which they were written down. It may be running.
///
/// # Errors
/// There is no ledger, or it is damaged.
pub fn rows(state: &Path) -> Result<Vec<Row>, LedgerError> {
    let records = ledger::look(state)?;
    let committed = |record: &Record| if let Record::Committed(number) = record { Some(*number) } else { None };
    let committed = records.iter().filter_map(committed).max().unwrap_or(0);
    let rows = records.iter().filter_map(|record| match record {
        Record::Ours { bytes, .. } => row(true, bytes, committed),
        Record::Theirs { bytes, .. } => row(false, bytes, u64::MAX),
        Record::Begun { .. } | Record::Committed(_) | Record::Batch(_) | Record::Journal(_) => None,
    });
    Ok(rows.collect())
}

fn row(ours: bool, bytes: &[u8], committed: u64) -> Option<Row> {
    let frame = PartnerFrame::decode(bytes).ok()?;
    let digest = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let (number, previous, kind) = (frame.number, frame.previous, kind(&frame));
    Some(Row { ours, number, previous, digest, kind, incident: frame.incident_id, committed: number <= committed })
}

/// What a frame is called; empty where it tells nothing.
#[must_use]
pub fn kind(frame: &PartnerFrame) -> &'static str {
    frame.body.as_ref().map_or("", |body| crate::inbound::kind(Some(body)))
}
