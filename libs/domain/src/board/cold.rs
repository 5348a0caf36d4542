//! What stays of an incident that ended long ago.

use super::state_hash;
use crate::incident::{Incident, Stage};

/// Enough to prove it and to find it: 64 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cold {
    /// Hash of its whole state.
    pub hash: [u8; 32],
    /// Position of its last fact.
    pub position: u64,
    /// How many facts it has.
    pub version: u32,
    /// How it ended.
    pub stage: Stage,
}

impl Cold {
    /// Of an incident as it stands.
    #[must_use]
    pub fn of(incident: &Incident) -> Self {
        Self { hash: state_hash(incident), position: incident.position, version: incident.version, stage: incident.stage }
    }

    /// As 45 bytes, for snapshots.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 45] {
        let mut out = [0; 45];
        out[..32].copy_from_slice(&self.hash);
        out[32..40].copy_from_slice(&self.position.to_be_bytes());
        out[40..44].copy_from_slice(&self.version.to_be_bytes());
        out[44] = Stage::ALL.iter().position(|stage| *stage == self.stage).and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX);
        out
    }

    /// From [`to_bytes`](Self::to_bytes); `None` where the bytes are of another shape.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 45]) -> Option<Self> {
        Some(Self {
            hash: bytes[..32].try_into().ok()?,
            position: u64::from_be_bytes(bytes[32..40].try_into().ok()?),
            version: u32::from_be_bytes(bytes[40..44].try_into().ok()?),
            stage: *Stage::ALL.get(usize::from(bytes[44]))?,
        })
    }
}
