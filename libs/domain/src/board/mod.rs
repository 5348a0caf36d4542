//! The board: the live picture of a district, folded from its facts and from nothing else.
//!
//! Same journal, same code, same picture: a digest over every subject's whole state proves it. An incident that
//! ended more than seven days ago (in the journal's own time) is *cold*: its id, last position and hash stay here,
//! and whoever needs more folds it anew from its facts.

mod cold;
mod counts;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use cold::Outlines;
pub use cold::{Cold, Outline};
pub use counts::{Counts, Tally};

use crate::{
    access,
    area::AreaCode,
    fact::{self, Accepted, Fact, Stamp},
    id::{IncidentId, SeatId},
    incident::{self, Clock, ClockId, Incident, clock::Move},
    seat,
    time::{DAY_MS, Time},
};

/// How long an ended incident stays whole in memory, in the journal's time.
pub const WARM_MS: i64 = 7 * DAY_MS;

/// A timer that waits: when, whose, which clock, set for which version.
pub type Timer = (Time, IncidentId, ClockId, u32);

/// The live picture of one district.
#[derive(Debug, Clone)]
pub struct Board {
    district: AreaCode,
    position: u64,
    time: Time,
    incidents: BTreeMap<IncidentId, Arc<Incident>>,
    cold: BTreeMap<IncidentId, Cold>,
    outlines: Outlines,
    seats: BTreeMap<SeatId, Arc<seat::Kept>>,
    access: BTreeMap<String, Arc<Looks>>,
    journal: BTreeMap<String, Ledger>,
    timers: BTreeSet<Timer>,
    ended: BTreeSet<(Time, IncidentId)>,
    cooled: Vec<IncidentId>,
}

/// Looks at the sealed data of one incident.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    /// Facts folded so far.
    pub version: u32,
    /// Position of the last.
    pub position: u64,
    /// How often sealed fields were opened.
    pub revealed: u32,
    /// How many reports were erased.
    pub erased: u32,
    /// Commands it accepted.
    pub commands: Vec<Accepted>,
}

/// The journal's own subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Facts folded so far.
    pub version: u32,
    /// Position of the last.
    pub position: u64,
    /// The district's six digits.
    pub district: String,
    /// Where it was moved to.
    pub moved: Option<String>,
}

/// One kept entry of a board, for snapshots.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Entry {
    /// An incident, whole.
    Incident(Arc<Incident>),
    /// A seat.
    Seat(Arc<seat::Kept>),
    /// Looks at one incident's sealed data.
    Access(String, Arc<Looks>),
    /// The journal's own subject.
    Journal(String, Ledger),
}

impl Board {
    /// The board of a district of which nothing is known.
    #[must_use]
    pub fn new(district: AreaCode) -> Self {
        Self {
            district,
            position: 0,
            time: Time::from_ms(0),
            incidents: BTreeMap::new(),
            cold: BTreeMap::new(),
            outlines: Outlines::default(),
            seats: BTreeMap::new(),
            access: BTreeMap::new(),
            journal: BTreeMap::new(),
            timers: BTreeSet::new(),
            ended: BTreeSet::new(),
            cooled: Vec::new(),
        }
    }

    /// Position of the last fact folded in.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The journal's time: when the last fact was recorded.
    #[must_use]
    pub const fn time(&self) -> Time {
        self.time
    }

    /// The district's code.
    #[must_use]
    pub const fn district(&self) -> AreaCode {
        self.district
    }

    /// Is this incident known but cold? Then it must be [`thaw`](Self::thaw)ed before a fact about it is folded in.
    #[must_use]
    pub fn cold(&self, id: IncidentId) -> Option<&Cold> {
        self.cold.get(&id)
    }

    /// The incident, if it is known and warm.
    #[must_use]
    pub fn incident(&self, id: IncidentId) -> Option<&Arc<Incident>> {
        self.incidents.get(&id)
    }

    /// All warm incidents, by id.
    pub fn incidents(&self) -> impl Iterator<Item = &Arc<Incident>> {
        self.incidents.values()
    }

    /// The seat with this name.
    #[must_use]
    pub fn seat(&self, id: &SeatId) -> Option<&Arc<seat::Kept>> {
        self.seats.get(id)
    }

    /// All seats, by name.
    pub fn seats(&self) -> impl Iterator<Item = &Arc<seat::Kept>> {
        self.seats.values()
    }

    /// Looks at the sealed data of one incident.
    #[must_use]
    pub fn looks(&self, id: &str) -> Option<&Arc<Looks>> {
        self.access.get(id)
    }

    /// The journal's own subject, once opened.
    #[must_use]
    pub fn ledger(&self) -> Option<(&String, &Ledger)> {
        self.journal.iter().next()
    }

    /// Timers due at `now`, the earliest first.
    pub fn due(&self, now: Time) -> impl Iterator<Item = &Timer> {
        self.timers.iter().take_while(move |(due, ..)| *due <= now)
    }

    /// When the next timer is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Time> {
        self.timers.first().map(|(due, ..)| *due)
    }

    /// Folds in one fact. One already seen changes nothing.
    pub fn apply(&mut self, fact: &Fact, stamp: &Stamp) {
        match fact {
            Fact::Incident(id, fact) => self.apply_incident(*id, fact, stamp),
            Fact::Seat(id, fact) => self.apply_seat(id, fact, stamp),
            Fact::Access(id, fact) => {
                let looks = Arc::make_mut(self.access.entry(id.clone()).or_default());
                if stamp.version > looks.version {
                    looks.version = stamp.version;
                    looks.position = stamp.position;
                    fact::remember(&mut looks.commands, stamp);
                    match fact {
                        access::Fact::Revealed(_) => looks.revealed += 1,
                        access::Fact::Erased(_) => looks.erased += 1,
                    }
                }
            }
            Fact::Journal(fact) => self.apply_journal(fact, stamp),
        }
        self.position = self.position.max(stamp.position);
        self.time = self.time.max(stamp.time);
        self.cool();
    }

    fn apply_journal(&mut self, fact: &fact::Journal, stamp: &Stamp) {
        match fact {
            fact::Journal::Opened(opened) => {
                let ledger = self.journal.entry(opened.id.clone()).or_default();
                if stamp.version > ledger.version {
                    *ledger =
                        Ledger { version: stamp.version, position: stamp.position, district: opened.district.clone(), moved: None };
                }
            }
            fact::Journal::Moved(moved) => {
                for ledger in self.journal.values_mut().filter(|ledger| stamp.version > ledger.version) {
                    ledger.version = stamp.version;
                    ledger.position = stamp.position;
                    ledger.moved = Some(moved.to.clone());
                }
            }
        }
    }

    fn apply_seat(&mut self, id: &SeatId, fact: &seat::Fact, stamp: &Stamp) {
        if self.seats.get(id).is_some_and(|kept| stamp.version <= kept.version) {
            return;
        }
        match fact {
            seat::Fact::Added(added) => {
                let mut commands = self.seats.remove(id).map(|known| Arc::unwrap_or_clone(known).commands).unwrap_or_default();
                fact::remember(&mut commands, stamp);
                let kept = seat::Kept {
                    version: stamp.version,
                    position: stamp.position,
                    seat: added.seat.clone(),
                    token_sha256: added.token_sha256.clone(),
                    locked: None,
                    commands,
                };
                self.seats.insert(id.clone(), Arc::new(kept));
            }
            seat::Fact::Locked(_) => {
                if let Some(kept) = self.seats.get_mut(id) {
                    let kept = Arc::make_mut(kept);
                    kept.version = stamp.version;
                    kept.position = stamp.position;
                    kept.locked = Some(stamp.time);
                    fact::remember(&mut kept.commands, stamp);
                }
            }
        }
    }

    fn apply_incident(&mut self, id: IncidentId, fact: &incident::Fact, stamp: &Stamp) {
        if self.cold.get(&id).is_some_and(|cold| stamp.version <= cold.version) {
            return;
        }
        let district = self.district;
        let kept = self.incidents.entry(id).or_insert_with(|| Arc::new(Incident::new(id, district)));
        if stamp.version <= kept.version {
            return;
        }
        let moves = fact.moves();
        for step in moves {
            let moved = match step {
                Move::Start(clock) => clock.id,
                Move::Stop(id) => *id,
            };
            if let Some(clock) = kept.clock(moved) {
                self.timers.remove(&timer(id, clock));
            }
        }
        if let incident::Fact::ClockBreached(breach) = fact {
            self.timers.remove(&(breach.due, id, breach.clock, breach.version));
        }
        let was_ended = kept.ended;
        let incident = Arc::make_mut(kept);
        incident::evolve(incident, fact, stamp);
        if !incident.history {
            let started = moves.iter().filter_map(|step| match step {
                Move::Start(clock) => Some(clock),
                Move::Stop(_) => None,
            });
            self.timers.extend(started.map(|clock| timer(id, clock)));
        }
        if was_ended != incident.ended {
            was_ended.map(|ended| self.ended.remove(&(ended, id)));
            incident.ended.map(|ended| self.ended.insert((ended, id)));
        }
    }

    /// Lets incidents that ended long ago go cold.
    fn cool(&mut self) {
        while let Some(&(ended, id)) = self.ended.first() {
            if ended.ms() + WARM_MS > self.time.ms() {
                return;
            }
            self.ended.pop_first();
            if let Some(incident) = self.incidents.remove(&id) {
                let outline = self.outlines.number(Outline::of(&incident));
                self.keep_cold(id, Cold::of(&incident, outline));
                self.cooled.push(id);
            }
        }
    }

    fn keep_cold(&mut self, id: IncidentId, cold: Cold) {
        self.outlines.count(&cold, 1);
        if let Some(old) = self.cold.insert(id, cold) {
            self.outlines.count(&old, -1);
        }
    }

    /// Incidents that went cold since this was last asked, for snapshots.
    pub fn take_cooled(&mut self) -> Vec<IncidentId> {
        std::mem::take(&mut self.cooled)
    }

    /// Puts a cold incident, folded anew from its facts, back among the warm ones.
    pub fn thaw(&mut self, incident: Arc<Incident>) {
        if let Some(cold) = self.cold.remove(&incident.id) {
            self.outlines.count(&cold, -1);
        }
        self.put_incident(incident);
    }

    fn put_incident(&mut self, incident: Arc<Incident>) {
        let id = incident.id;
        if !incident.history {
            self.timers.extend(incident.clocks.iter().filter(|clock| !clock.breached).map(|clock| timer(id, clock)));
        }
        incident.ended.map(|ended| self.ended.insert((ended, id)));
        self.incidents.insert(id, incident);
    }

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

    /// The counts over all incidents, for a viewer that may see everything.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts_of(|_| true, |_| true)
    }

    /// The counts over the incidents that `seen` lets through; cold ones by their outline.
    #[must_use]
    pub fn counts_of(&self, seen: impl Fn(&Incident) -> bool, cold: impl Fn(&Outline) -> bool) -> Counts {
        let mut counts = Counts::at(self.position, self.time);
        for incident in self.incidents.values().filter(|incident| seen(incident)) {
            counts.add(incident);
        }
        for (_, tally) in self.outlines.iter().filter(|(outline, _)| cold(outline)) {
            counts.add_cold(tally);
        }
        counts
    }

    /// What decides who may know of an incident as it stands on this board; `None` where it is unknown.
    #[must_use]
    pub fn outline_of(&self, id: IncidentId) -> Option<Outline> {
        let cold = || self.outlines.get(self.cold.get(&id)?.outline).cloned();
        self.incidents.get(&id).map(|incident| Outline::of(incident)).or_else(cold)
    }

    /// SHA-256 over, in id order, each subject's id, version and hash of its whole state.
    ///
    /// Depends on the position alone: not on the wall clock, not on what is warm or cold.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut whole = Sha256::new();
        let mut add = |subject: &str, version: u32, hash: &[u8; 32]| {
            whole.update(subject.as_bytes());
            whole.update([0]);
            whole.update(version.to_be_bytes());
            whole.update(hash);
        };
        for (id, looks) in &self.access {
            add(&format!("access/{id}"), looks.version, &state_hash(looks));
        }
        let mut cold = self.cold.iter().peekable();
        for (id, incident) in &self.incidents {
            while let Some((cold_id, kept)) = cold.next_if(|(cold_id, _)| *cold_id < id) {
                add(&format!("incident/{cold_id}"), kept.version, &kept.hash);
            }
            add(&format!("incident/{id}"), incident.version, &state_hash(incident));
        }
        for (id, kept) in cold {
            add(&format!("incident/{id}"), kept.version, &kept.hash);
        }
        for (id, ledger) in &self.journal {
            add(&format!("journal/{id}"), ledger.version, &state_hash(ledger));
        }
        for (id, kept) in &self.seats {
            add(&format!("seat/{id}"), kept.version, &state_hash(kept));
        }
        whole.finalize().into()
    }
}

fn timer(id: IncidentId, clock: &Clock) -> Timer {
    (clock.due, id, clock.id, clock.version)
}

/// Hash of a subject's canonical whole state: its fields as JSON, in the order of the type.
fn state_hash<S: Serialize>(state: &S) -> [u8; 32] {
    let mut hash = Sha256::new();
    let written = serde_json::to_writer(HashWriter(&mut hash), state);
    debug_assert!(written.is_ok(), "a state holds only text keys and numbers");
    hash.finalize().into()
}

struct HashWriter<'a>(&'a mut Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
