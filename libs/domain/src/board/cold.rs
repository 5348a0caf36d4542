//! What stays of an incident that ended long ago.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{counts::Tally, state_hash};
use crate::{
    area::AreaCode,
    id::{Agency, IncidentId},
    incident::{Class, Incident, Stage},
};

/// Enough to prove it, to find it and to count it: 64 bytes.
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
    /// Number of its outline among the board's.
    pub outline: u32,
}

/// What an incident leaves behind when it goes cold.
#[derive(Debug, Clone)]
pub struct Frozen {
    pub(super) id: IncidentId,
    pub(super) outline: Outline,
    pub(super) hash: [u8; 32],
    pub(super) position: u64,
    pub(super) version: u32,
    pub(super) stage: Stage,
}

impl Frozen {
    /// Of an incident as it stands.
    #[must_use]
    pub fn of(incident: &Incident) -> Self {
        let (id, outline, hash) = (incident.id, Outline::of(incident), state_hash(incident));
        Self { id, outline, hash, position: incident.position, version: incident.version, stage: incident.stage }
    }
}

/// What decides who may know of an incident; many cold ones share one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Outline {
    /// Where it lies.
    pub area: AreaCode,
    /// How far it may be seen.
    pub class: Class,
    /// Agencies that had to do with it.
    pub agencies: BTreeSet<Agency>,
}

impl Outline {
    /// Of an incident as it stands.
    #[must_use]
    pub fn of(incident: &Incident) -> Self {
        Self { area: incident.place.area, class: incident.class, agencies: incident.seen_by().cloned().collect() }
    }
}

/// The outlines of all cold incidents, each with how many stand in which stage.
#[derive(Debug, Clone, Default)]
pub(super) struct Outlines {
    numbers: BTreeMap<Outline, u32>,
    kept: BTreeMap<u32, (Outline, Tally)>,
}

impl Outlines {
    /// The number of an outline; a new one where it is not known yet.
    pub(super) fn number(&mut self, outline: Outline) -> u32 {
        if let Some(number) = self.numbers.get(&outline) {
            return *number;
        }
        let number = self.kept.last_key_value().map_or(0, |(last, _)| last + 1);
        self.put(number, outline);
        number
    }

    /// Puts a kept outline back.
    pub(super) fn put(&mut self, number: u32, outline: Outline) {
        self.numbers.insert(outline.clone(), number);
        self.kept.entry(number).or_insert_with(|| (outline, Tally::new()));
    }

    pub(super) fn get(&self, number: u32) -> Option<&Outline> {
        self.kept.get(&number).map(|(outline, _)| outline)
    }

    /// Counts one incident of this outline up or down.
    pub(super) fn count(&mut self, cold: &Cold, by: i64) {
        if let Some((_, tally)) = self.kept.get_mut(&cold.outline) {
            tally.add(cold.stage, by);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Outline, Tally)> {
        self.kept.values()
    }
}

/// Bytes of a cold incident in a snapshot.
const BYTES: usize = 49;

impl Cold {
    /// As 49 bytes, for snapshots.
    #[must_use]
    pub fn to_bytes(self) -> [u8; BYTES] {
        let mut out = [0; BYTES];
        out[..32].copy_from_slice(&self.hash);
        out[32..40].copy_from_slice(&self.position.to_be_bytes());
        out[40..44].copy_from_slice(&self.version.to_be_bytes());
        out[44] = Stage::ALL.iter().position(|stage| *stage == self.stage).and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX);
        out[45..].copy_from_slice(&self.outline.to_be_bytes());
        out
    }

    /// From [`to_bytes`](Self::to_bytes); `None` where the bytes are of another shape.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; BYTES]) -> Option<Self> {
        Some(Self {
            hash: bytes[..32].try_into().ok()?,
            position: u64::from_be_bytes(bytes[32..40].try_into().ok()?),
            version: u32::from_be_bytes(bytes[40..44].try_into().ok()?),
            stage: *Stage::ALL.get(usize::from(bytes[44]))?,
            outline: u32::from_be_bytes(bytes[45..].try_into().ok()?),
        })
    }
}
