//! The ledger (承办责任台账): who held which duty of one incident, at which seat and in which tier, for how long.
//!
//! Folded from the incident's facts whenever somebody asks, never kept in the live fold. It follows what [`evolve`]
//! makes of each fact, so it holds no second opinion of who leads. A duty's spans lie end to end: while nobody owes it
//! (the incident is at rest between its end and a reopening, a part is finished) the span has no holder. So the shares of
//! the lead add up to all of the time.
//!
//! Time is the time of the record, which never runs back; of a past matter it is what its file tells, and a fact without a
//! time happened with the one before it. The sums of a day over many incidents are in [`days`].

pub mod days;
mod holders;
mod seats;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

pub use seats::Seats;

use crate::{
    area::{AreaCode, Level},
    fact::Stamp,
    id::{Agency, IncidentId, ReportId, SeatId},
    incident::{Fact, Incident, evolve},
    time::Time,
};
use holders::Holders;

/// One of the three duties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "duty", content = "of", rename_all = "snake_case")]
pub enum Duty {
    /// The lead (牵头): exactly one an incident.
    Lead,
    /// The owner of a part. While nobody has taken it, whoever leads.
    Part(u16),
    /// Owes the reporter of this report an answer (答复责任).
    Answer(ReportId),
}

/// Who holds a duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// The agency.
    pub agency: Agency,
    /// The seat, once a person took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<SeatId>,
    /// The area of that seat, else of the desk; the district where none is named.
    pub area: AreaCode,
    /// In which tier that is.
    #[serde(serialize_with = "tier")]
    pub tier: Level,
}

/// One stretch of one duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Which duty.
    #[serde(flatten)]
    pub duty: Duty,
    /// Who held it; nobody while it was not owed.
    #[serde(flatten)]
    pub holder: Option<Holder>,
    /// From this instant on.
    pub from: Time,
    /// Up to this one.
    pub to: Time,
    /// How long, in milliseconds.
    pub milliseconds: u64,
    /// Position of the fact that began it.
    pub position: u64,
}

/// How a duty bounced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The receiver gave it back.
    Returned,
    /// Nobody answered in time.
    Lapsed,
    /// It was offered once more.
    OfferedAgain,
}

/// A duty that bounced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bounce {
    /// Which duty.
    #[serde(flatten)]
    pub duty: Duty,
    /// How.
    pub turn: Turn,
    /// Who gave it back, did not answer, or offered it again.
    pub agency: Agency,
    /// When.
    pub at: Time,
    /// Position of the fact that says so.
    pub position: u64,
}

/// The ledger of one incident up to an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Whose.
    pub incident: IncidentId,
    /// Position of the last fact in it.
    pub position: u64,
    /// From the first report.
    pub from: Time,
    /// Up to the end, or the instant asked for.
    pub until: Time,
    /// The incident had ended by then.
    pub ended: bool,
    /// All of the time, in milliseconds: what the shares of the lead add up to.
    pub milliseconds: u64,
    /// Who held what at that instant; after the end nobody holds anything.
    pub now: Vec<Held>,
    /// Every stretch, by duty and in order.
    pub spans: Vec<Span>,
    /// Every bounce, in order.
    pub bounces: Vec<Bounce>,
}

/// A duty and who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Which duty.
    #[serde(flatten)]
    pub duty: Duty,
    /// Who holds it.
    #[serde(flatten)]
    pub holder: Holder,
    /// Since when.
    pub since: Time,
}

/// The word of a tier.
#[must_use]
pub const fn tier_word(tier: Level) -> &'static str {
    match tier {
        Level::District => "district",
        Level::Subdistrict => "subdistrict",
        Level::Community => "community",
        Level::Grid => "grid",
    }
}

fn tier<S: Serializer>(tier: &Level, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(tier_word(*tier))
}

/// Milliseconds from one instant to a later one.
fn between(from: Time, to: Time) -> u64 {
    u64::try_from(to.ms() - from.ms()).unwrap_or(0)
}

/// The time along which an incident's duties are counted: it never runs back.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Axis(Option<Time>);

impl Axis {
    /// When a fact happened. `history`: the incident, with this fact, is one of the past.
    pub(crate) fn at(&mut self, history: bool, stamp: &Stamp) -> Time {
        let told = if history { stamp.occurred.or(self.0).unwrap_or(stamp.time) } else { stamp.time };
        let at = self.0.map_or(told, |last| last.max(told));
        self.0 = Some(at);
        at
    }
}

/// Folds one incident's facts into its ledger.
struct Folding<'a> {
    incident: Incident,
    holders: Holders<'a>,
    axis: Axis,
    from: Option<Time>,
    ended: Option<Time>,
    /// The stretch that is still open, by duty.
    open: BTreeMap<Duty, (Option<Holder>, Time, u64)>,
    spans: Vec<Span>,
    bounces: Vec<Bounce>,
}

impl Ledger {
    /// The ledger of an incident from its facts, in order, as it stood at `until`. None where nothing was known by then.
    #[must_use]
    pub fn of<'f>(
        id: IncidentId,
        district: AreaCode,
        seats: &Seats,
        facts: impl IntoIterator<Item = &'f (Fact, Stamp)>,
        until: Time,
    ) -> Option<Self> {
        let mut folding = Folding {
            incident: Incident::new(id, district),
            holders: Holders::new(district, seats),
            axis: Axis::default(),
            from: None,
            ended: None,
            open: BTreeMap::new(),
            spans: Vec::new(),
            bounces: Vec::new(),
        };
        for (fact, stamp) in facts {
            let mut ahead = folding.axis;
            let history = history_with(&folding.incident, fact);
            if ahead.at(history, stamp) > until {
                break;
            }
            folding.apply(fact, stamp);
        }
        folding.finish(until)
    }

    /// What each agency held of one duty, in milliseconds; under `None` what nobody did.
    #[must_use]
    pub fn shares(&self, duty: Duty) -> BTreeMap<Option<&Agency>, u64> {
        let mut shares = BTreeMap::new();
        for span in self.spans.iter().filter(|span| span.duty == duty) {
            *shares.entry(span.holder.as_ref().map(|holder| &holder.agency)).or_default() += span.milliseconds;
        }
        shares
    }
}

/// Is the incident one of the past once this fact is folded in?
pub(crate) fn history_with(incident: &Incident, fact: &Fact) -> bool {
    if let Fact::Received(first) = fact {
        return first.history;
    }
    incident.history && !matches!(fact, Fact::Reopened(_))
}

impl Folding<'_> {
    fn apply(&mut self, fact: &Fact, stamp: &Stamp) {
        let at = self.axis.at(history_with(&self.incident, fact), stamp);
        self.from.get_or_insert(at);
        self.bounces.extend(bounced(&self.incident, fact, at, stamp.position));
        self.holders.learn(&self.incident, fact);
        evolve(&mut self.incident, fact, stamp);
        match (self.incident.stage.ended(), self.ended) {
            (true, None) => self.ended = Some(at),
            (false, Some(_)) => self.ended = None,
            (true, Some(_)) | (false, None) => {}
        }
        for (duty, holder) in self.holders.of(&self.incident, stamp.position) {
            let changed = self.open.get(&duty).map_or(holder.is_some(), |(known, ..)| *known != holder);
            if changed && let Some(over) = self.open.insert(duty, (holder, at, stamp.position)) {
                self.close(duty, over, at);
            }
        }
    }

    fn close(&mut self, duty: Duty, (holder, from, position): (Option<Holder>, Time, u64), to: Time) {
        // What began and ended in the same instant took no time.
        if to > from {
            self.spans.push(Span { duty, holder, from, to, milliseconds: between(from, to), position });
        }
    }

    fn finish(mut self, until: Time) -> Option<Ledger> {
        let from = self.from?;
        let until = self.ended.unwrap_or(until);
        let now = self
            .open
            .iter()
            .filter_map(|(duty, (holder, since, _))| holder.clone().map(|holder| Held { duty: *duty, holder, since: *since }));
        let now = now.collect();
        for (duty, open) in std::mem::take(&mut self.open) {
            self.close(duty, open, until);
        }
        self.spans.sort_by_key(|span| (span.duty, span.from));
        Some(Ledger {
            incident: self.incident.id,
            position: self.incident.position,
            from,
            until,
            ended: self.ended.is_some(),
            milliseconds: between(from, until),
            now,
            spans: self.spans,
            bounces: self.bounces,
        })
    }
}

/// The bounces that lie in a fact, seen from the incident before it.
fn bounced(before: &Incident, fact: &Fact, at: Time, position: u64) -> Vec<Bounce> {
    let bounce = |part: Option<u16>, lead: bool, turn, agency: &Agency| {
        let part = part.map(|part| (part != 0).then_some(Duty::Part(part)));
        let duties = part.flatten().into_iter().chain(lead.then_some(Duty::Lead));
        duties.map(|duty| Bounce { duty, turn, agency: agency.clone(), at, position }).collect::<Vec<_>>()
    };
    let known = |number: u16, turn| {
        before.handover(number).map(|offer| bounce(offer.part, offer.lead, turn, &offer.to)).unwrap_or_default()
    };
    if let Fact::TransferReturned(back) = fact {
        return known(back.transfer, Turn::Returned);
    }
    if let Fact::TransferLapsed(lapse) = fact {
        return known(lapse.transfer, Turn::Lapsed);
    }
    if let Fact::TransferOffered(offer) = fact {
        let again = |duty: &Bounce| {
            before.handovers.iter().filter(|known| known.kind == crate::incident::HandoverKind::Transfer).any(|known| {
                match duty.duty {
                    Duty::Part(part) => known.part == Some(part),
                    Duty::Lead => known.lead,
                    Duty::Answer(_) => false,
                }
            })
        };
        let mut all = bounce(offer.part, offer.lead, Turn::OfferedAgain, &offer.from);
        all.retain(again);
        return all;
    }
    Vec::new()
}
