//! What an incident keeps of what goes up, down and sideways: offers between tiers, supervisions, summonses, reminders,
//! conference calls, requests for help, and the seat that works on it. None of it moves the lead but an offer between
//! tiers that a person took.

use serde::{Deserialize, Serialize};

use super::clock::ClockId;
use crate::{
    area::{AreaCode, Level},
    id::{Agency, MatterCode, SeatId},
    time::Time,
};

/// Most supervisions, calls, conferences and requests of one incident, each.
pub const MOST: usize = 200;

/// All of it. Kept apart in one piece: most incidents have none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tiers {
    /// How often it was offered to another tier.
    pub offers: u16,
    /// The offer that waits for an answer.
    pub waiting: Option<TierMove>,
    /// How often the upper tier was informed.
    pub informed: u16,
    /// Supervisions; number n stands at n − 1.
    pub supervisions: Vec<Supervision>,
    /// How often agencies were called to a place.
    pub summonses: u16,
    /// Who was called; call n stands at n − 1.
    pub calls: Vec<Call>,
    /// How often each agency was reminded.
    pub reminders: Vec<(Agency, u16)>,
    /// Upper desks that look on.
    pub overseers: Vec<Overseer>,
    /// Conference calls; number n stands at n − 1.
    pub conferences: Vec<Conference>,
    /// What other agencies were asked for; number n stands at n − 1.
    pub requests: Vec<ResourceRequest>,
    /// The seat that works on it.
    pub claim: Option<Claim>,
}

/// The lead on its way from one tier to another of the same agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierMove {
    /// Its number, from 1.
    pub offer: u16,
    /// From the desk of this area.
    pub from: AreaCode,
    /// To the desk of this one.
    pub to: AreaCode,
}

/// 督办: an upper desk wants a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervision {
    /// Its number, from 1.
    pub id: u16,
    /// 1 to 3; 1 is the strictest.
    pub level: u8,
    /// Whose desk opened it.
    pub from: Agency,
    /// Who has to reply.
    pub agency: Agency,
    /// Who opened it.
    pub by: Option<SeatId>,
    /// Who replied last; somebody else strikes it off.
    pub replied: Option<SeatId>,
    /// Struck off.
    pub struck: bool,
}

/// One agency that was called to a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its number, from 1.
    pub id: u16,
    /// By which summons.
    pub summons: u16,
    /// Who.
    pub agency: Agency,
    /// Where to.
    pub area: AreaCode,
    /// Until when.
    pub by: Time,
    /// Whose desk called.
    pub from: Agency,
    /// When they were there.
    pub arrived: Option<Time>,
}

/// An upper desk that looks on because a clock ran out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overseer {
    /// Whose desk.
    pub agency: Agency,
    /// Of which tier.
    pub area: AreaCode,
    /// The clock that ran out.
    pub clock: ClockId,
    /// Its version.
    pub version: u32,
}

/// 三方通话.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conference {
    /// Its number, from 1.
    pub id: u16,
    /// Who is on it.
    pub parties: Vec<Agency>,
    /// The reporter is on it: which report, from 1.
    pub report: Option<u16>,
    /// When it began.
    pub started: Time,
    /// When it ended.
    pub ended: Option<Time>,
}

/// Another agency is asked for what is lacking. The lead stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceRequest {
    /// Its number, from 1.
    pub id: u16,
    /// Who asks.
    pub from: Agency,
    /// Who is asked.
    pub agency: Agency,
    /// What for.
    pub what: MatterCode,
    /// How many.
    pub quantity: u16,
    /// How many were granted: 0 where it cannot.
    pub granted: Option<u16>,
}

/// The seat that works on it. For the others to see; it bars nobody from acting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Which seat.
    pub seat: SeatId,
    /// Since when.
    pub since: Time,
    /// Until when, if the seat does nothing more.
    pub until: Time,
    /// How long it lasts after each of the seat's acts.
    pub minutes: u32,
}

impl Claim {
    /// Until when it lasts after an act at this time.
    #[must_use]
    pub fn lasts_from(&self, at: Time) -> Time {
        at.plus_seconds(i64::from(self.minutes) * 60)
    }
}

impl Tiers {
    /// Supervision `number`.
    #[must_use]
    pub fn supervision(&self, number: u16) -> Option<&Supervision> {
        nth(&self.supervisions, number)
    }

    /// Call `number`.
    #[must_use]
    pub fn call(&self, number: u16) -> Option<&Call> {
        nth(&self.calls, number)
    }

    /// Conference `number`.
    #[must_use]
    pub fn conference(&self, number: u16) -> Option<&Conference> {
        nth(&self.conferences, number)
    }

    /// Request `number`.
    #[must_use]
    pub fn request(&self, number: u16) -> Option<&ResourceRequest> {
        nth(&self.requests, number)
    }

    /// How often this agency was reminded.
    #[must_use]
    pub fn reminded(&self, agency: &Agency) -> u16 {
        self.reminders.iter().find(|(known, _)| known == agency).map_or(0, |(_, times)| *times)
    }

    /// The claim that holds at this time. One that ran out has ended by itself.
    #[must_use]
    pub fn claimed(&self, at: Time) -> Option<&Claim> {
        self.claim.as_ref().filter(|claim| at <= claim.until)
    }

    /// Agencies that have to do with it beside its lead and its parts.
    pub fn agencies(&self) -> impl Iterator<Item = &Agency> {
        let supervised = self.supervisions.iter().flat_map(|of| [&of.agency, &of.from]);
        let called = self.calls.iter().flat_map(|call| [&call.agency, &call.from]);
        let overseers = self.overseers.iter().map(|of| &of.agency);
        let on_call = self.conferences.iter().flat_map(|conference| &conference.parties);
        let asked = self.requests.iter().map(|request| &request.agency);
        supervised.chain(called).chain(overseers).chain(on_call).chain(asked)
    }
}

/// The area of the next tier up: grid → community → subdistrict → district; none above.
#[must_use]
pub(super) fn above(area: AreaCode) -> Option<AreaCode> {
    area.parent()
}

/// May a matter that lies at `place` go from the desk of `from` down to that of `to`?
#[must_use]
pub(super) fn below(from: AreaCode, to: AreaCode, place: AreaCode) -> bool {
    let lower = to.level() > from.level() && to.level() > Level::District && from.contains(to);
    lower && (to.contains(place) || place.contains(to))
}

fn nth<T>(all: &[T], number: u16) -> Option<&T> {
    all.get(usize::from(number).checked_sub(1)?)
}
