//! What a snapshot keeps of a board, entry by entry, and how a board is put together from it again.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Board, Cold, Ledger, Looks, Outline, canonical};
use crate::{id::IncidentId, incident::Incident, partner, policy, seat, time::Time};

/// One kept entry of a board, for snapshots.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Entry {
    /// An incident, whole.
    Incident(Arc<Incident>),
    /// A seat.
    Seat(Arc<seat::Kept>),
    /// Looks at one incident's sealed data.
    Access(String, Arc<Looks>),
    /// The link to an agency's system.
    Partner(Arc<partner::Kept>),
    /// A policy that was adopted.
    Policy(Arc<policy::adopted::Kept>),
    /// The journal's own subject.
    Journal(String, Ledger),
}

impl Entry {
    /// As bytes, for snapshots.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical(self)
    }

    /// From [`to_bytes`](Self::to_bytes); `None` where the bytes are of another shape.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        ciborium::from_reader(bytes).ok()
    }
}

impl Board {
    /// Puts a kept entry back, when a snapshot is loaded.
    pub fn put(&mut self, entry: Entry) {
        match entry {
            Entry::Incident(incident) => self.thaw(incident),
            Entry::Seat(kept) => {
                self.seats.insert(kept.seat.id.clone(), kept);
            }
            Entry::Access(id, looks) => {
                self.access.insert(id, looks);
            }
            Entry::Partner(kept) => {
                self.partners.insert(kept.agency.clone(), kept);
            }
            Entry::Policy(kept) => self.put_policy(kept),
            Entry::Journal(id, ledger) => {
                self.journal.insert(id, ledger);
            }
        }
    }

    /// The outline with this number, for snapshots.
    #[must_use]
    pub fn outline(&self, number: u32) -> Option<&Outline> {
        self.outlines.get(number)
    }

    /// Puts an outline back, when a snapshot is loaded; before the cold incidents that name it.
    pub fn put_outline(&mut self, number: u32, outline: Outline) {
        self.outlines.put(number, outline);
    }

    /// Puts a cold incident back, when a snapshot is loaded. A warm one of the same id wins.
    pub fn put_cold(&mut self, id: IncidentId, cold: Cold) {
        if !self.incidents.contains_key(&id) {
            self.keep_cold(id, cold);
        }
    }

    /// Says up to where the entries of a loaded snapshot go.
    pub fn loaded(&mut self, position: u64, time: Time) {
        self.position = position;
        self.time = time;
    }
}
