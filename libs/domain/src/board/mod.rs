//! The board: the live picture of a district, folded from its facts and from nothing else.
//!
//! Same journal, same code, same picture: a digest over every subject's whole state proves it. An incident that
//! ended more than seven days ago (in the journal's own time) may go *cold*: its id, last position and hash stay here,
//! and whoever needs more folds it anew from its facts. When it does so is up to the caller, and shows in no answer.

mod canonical;
mod cold;
mod counts;
mod entry;
mod policies;

use std::{
    collections::{BTreeMap, BTreeSet, btree_map},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use canonical::canonical;
use cold::Outlines;
pub use cold::{Cold, Frozen, Outline};
pub use counts::{Counts, Tally};
pub use entry::Entry;

use crate::{
    access,
    area::AreaCode,
    fact::{self, Accepted, Fact, Stamp},
    id::{Agency, IncidentId, SeatId},
    incident::{self, Clock, ClockId, Incident, clock::Move},
    partner, policy, seat,
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
    partners: BTreeMap<Agency, Arc<partner::Kept>>,
    policies: BTreeMap<String, Arc<policy::adopted::Kept>>,
    /// Position of the last fact about a policy.
    policies_at: u64,
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
    #[serde(with = "crate::fact::commands")]
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

/// A new fact is about an incident of which only a hash is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("incident {0} went cold: thaw it first")]
pub struct IsCold(pub IncidentId);

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
            partners: BTreeMap::new(),
            policies: BTreeMap::new(),
            policies_at: 0,
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

    /// Is this incident known but cold? Then what stays of it.
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

    /// Looks at sealed data, by incident.
    pub fn all_looks(&self) -> impl Iterator<Item = (&String, &Arc<Looks>)> {
        self.access.iter()
    }

    /// Looks at the sealed data of one incident.
    #[must_use]
    pub fn looks(&self, id: &str) -> Option<&Arc<Looks>> {
        self.access.get(id)
    }

    /// The link to an agency's system.
    #[must_use]
    pub fn partner(&self, agency: &Agency) -> Option<&Arc<partner::Kept>> {
        self.partners.get(agency)
    }

    /// All links, by agency.
    pub fn partners(&self) -> impl Iterator<Item = &Arc<partner::Kept>> {
        self.partners.values()
    }

    /// The warm incident for which an agency's own form has this number.
    #[must_use]
    pub fn numbered(&self, agency: &Agency, number: &str) -> Option<&Arc<Incident>> {
        let has = |incident: &&Arc<Incident>| incident.numbers.iter().any(|kept| kept.number == number && kept.agency == *agency);
        self.incidents().find(has)
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
    ///
    /// # Errors
    /// [`IsCold`]: nothing was folded in; [`thaw`](Self::thaw) the incident, then try again.
    pub fn apply(&mut self, fact: &Fact, stamp: &Stamp) -> Result<(), IsCold> {
        match fact {
            Fact::Incident(id, fact) => self.apply_incident(*id, fact, stamp)?,
            Fact::Seat(id, fact) => self.apply_seat(id, fact, stamp),
            Fact::Access(id, fact) => self.apply_access(id, fact, stamp),
            Fact::Partner(agency, fact) => self.apply_partner(agency, fact, stamp),
            Fact::Policy(name, fact) => self.apply_policy(name, fact, stamp),
            Fact::Journal(fact) => self.apply_journal(fact, stamp),
        }
        self.position = self.position.max(stamp.position);
        self.time = self.time.max(stamp.time);
        Ok(())
    }

    fn apply_access(&mut self, id: &str, fact: &access::Fact, stamp: &Stamp) {
        let looks = Arc::make_mut(self.access.entry(id.to_owned()).or_default());
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

    fn apply_partner(&mut self, agency: &Agency, fact: &partner::Fact, stamp: &Stamp) {
        let kept = self.partners.entry(agency.clone()).or_insert_with(|| Arc::new(partner::Kept::new(agency.clone())));
        Arc::make_mut(kept).apply(fact, stamp);
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
            seat::Fact::Locked(_) => self.change_seat(id, stamp, |kept| kept.locked = Some(stamp.time)),
            seat::Fact::Reset(reset) => self.change_seat(id, stamp, |kept| kept.token_sha256.clone_from(&reset.token_sha256)),
        }
    }

    fn change_seat(&mut self, id: &SeatId, stamp: &Stamp, change: impl FnOnce(&mut seat::Kept)) {
        if let Some(kept) = self.seats.get_mut(id) {
            let kept = Arc::make_mut(kept);
            kept.version = stamp.version;
            kept.position = stamp.position;
            fact::remember(&mut kept.commands, stamp);
            change(kept);
        }
    }

    fn apply_incident(&mut self, id: IncidentId, fact: &incident::Fact, stamp: &Stamp) -> Result<(), IsCold> {
        let kept = match self.incidents.entry(id) {
            btree_map::Entry::Occupied(kept) => kept.into_mut(),
            btree_map::Entry::Vacant(place) => match self.cold.get(&id) {
                Some(cold) if stamp.version > cold.version => return Err(IsCold(id)),
                Some(_) => return Ok(()),
                None => place.insert(Arc::new(Incident::new(id, self.district))),
            },
        };
        if stamp.version <= kept.version {
            return Ok(());
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
        }
        incident.ended.map(|ended| self.ended.insert((ended, id)));
        Ok(())
    }

    /// Lets incidents that ended long ago go cold.
    pub fn cool(&mut self) {
        let frozen = self.take_ripe().iter().map(|incident| Frozen::of(incident)).collect();
        self.freeze(frozen);
    }

    /// Incidents that ended long ago, each once: [`freeze`](Self::freeze) what [`Frozen::of`] makes of them, wherever
    /// that is done.
    pub fn take_ripe(&mut self) -> Vec<Arc<Incident>> {
        let mut ripe = Vec::new();
        while let Some(&(ended, id)) = self.ended.first() {
            if ended.ms() + WARM_MS > self.time.ms() {
                break;
            }
            self.ended.pop_first();
            ripe.extend(self.incidents.get(&id).cloned());
        }
        ripe
    }

    /// Lets these go cold. One that changed meanwhile stays warm, and is ripe again.
    pub fn freeze(&mut self, frozen: Vec<Frozen>) {
        for Frozen { id, outline, hash, position, version, stage } in frozen {
            if self.incidents.get(&id).is_some_and(|incident| incident.version == version) {
                self.incidents.remove(&id);
                let outline = self.outlines.number(outline);
                self.keep_cold(id, Cold { hash, position, version, stage, outline });
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
        for (agency, kept) in &self.partners {
            add(&format!("partner/{agency}"), kept.version, &state_hash(kept));
        }
        for (name, kept) in &self.policies {
            add(&format!("policy/{name}"), kept.version, &state_hash(kept));
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

/// Hash of a subject's canonical whole state: its fields as CBOR (RFC 8949), in the order of the type.
fn state_hash<S: Serialize>(state: &S) -> [u8; 32] {
    Sha256::digest(canonical(state)).into()
}

#[cfg(test)]
mod tests;
