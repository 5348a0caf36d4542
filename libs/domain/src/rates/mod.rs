//! The rates: how many incidents were on time, returned, reopened; what the citizens say; what may be a sign of gaming.
//!
//! A picture folded from all facts in order, with one small [`entry::Entry`] an incident and nothing of the live fold. Every
//! number is the count of its *marks*: an incident and the position of the fact for which it counts. So each number can
//! list its facts, and there is no second way to count. Matters from files of the past are judged at what occurred, like
//! all others, and are summed apart as well.
//!
//! [`figure`] names what is counted, [`answer`] sums it, [`hidden`] keeps small numbers back from who may not see all.

pub mod answer;
mod entry;
pub mod figure;
pub mod hidden;
mod marks;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use answer::{Answer, Ask, By, Delay, Group, Listed, Row};
pub use figure::{Figure, RATES, Rate, Side};
pub use hidden::Number;

use crate::{
    fact::{Fact, Stamp},
    id::IncidentId,
    incident,
    ledger::Seats,
    policy::{Policies, PolicyError, adopted},
};
use entry::{Entry, elsewhere};

/// What the rates keep of a journal up to a position.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    position: u64,
    seats: Seats,
    entries: BTreeMap<IncidentId, Entry>,
    policies: BTreeMap<String, adopted::Kept>,
}

impl Rates {
    /// Position of the last fact folded in.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The policies in force where it stands: what was adopted, else these files.
    ///
    /// # Errors
    /// They do not hold together.
    pub fn in_force(&self, base: &[(&str, &str)]) -> Result<Policies, PolicyError> {
        adopted::in_force(base, self.policies.values())
    }

    /// Folds in one fact. One already seen changes nothing.
    pub fn apply(&mut self, fact: &Fact, stamp: &Stamp) {
        if stamp.position <= self.position {
            return;
        }
        self.position = stamp.position;
        match fact {
            Fact::Incident(id, fact) => self.apply_incident(*id, fact, stamp),
            Fact::Seat(id, fact) => self.seats.apply(id, fact, stamp.position),
            Fact::Policy(name, fact) => {
                let kept = adopted::Kept::folded(self.policies.remove(name), name, fact, stamp);
                self.policies.insert(name.clone(), kept);
            }
            Fact::Access(..) | Fact::Partner(..) | Fact::Journal(_) => {}
        }
    }

    fn apply_incident(&mut self, id: IncidentId, fact: &incident::Fact, stamp: &Stamp) {
        let other = elsewhere(fact).and_then(|other| self.entries.get(&other));
        let new = if self.entries.contains_key(&id) { None } else { Entry::new(fact, stamp, other) };
        let mut linked = Vec::new();
        if let incident::Fact::ReportsLinked(fact) = fact {
            let told = |id| other.and_then(|other| other.reports.iter().find(|report| report.id == id)).map(|report| report.from);
            linked.extend(fact.reports.iter().map(|report| (report, told(report.id))));
        }
        self.entries.extend(new.map(|new| (id, new)));
        if let Some(entry) = self.entries.get_mut(&id) {
            linked.into_iter().for_each(|(report, from)| entry.linked(report, from, stamp));
            entry.apply(fact, stamp, &self.seats);
        }
    }
}
