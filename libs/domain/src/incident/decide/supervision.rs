//! Supervision (督办), summons (吹哨), reminders (催办), and the upper desk that looks on when a clock ran out. The owner
//! stays with all of them; a machine may add who looks on and judges nothing.

use super::{
    super::{
        clock::ClockId,
        command::Kind,
        facts::{
            Called, Fact, Reminded, Sealed, Summoned, SummonsArrived, SupervisionOpened, SupervisionReplied, SupervisionStruck,
            SupervisorAdded,
        },
        kinds::ClockName,
        refusal::Refusal,
        tiers::{MOST, Supervision},
    },
    Facts, On, fits,
};
use crate::{
    area::AreaCode,
    id::Agency,
    reason::{Reason, ReasonCode},
    time::Time,
};

impl<'a> On<'a> {
    fn supervision(self, number: u16) -> Result<&'a Supervision, Refusal> {
        let known = self.incident.tiers.as_ref().and_then(|tiers| tiers.supervision(number));
        let known = known.ok_or(Refusal::NoSupervision { supervision: number })?;
        if known.struck { Err(Refusal::SupervisionOver { supervision: number }) } else { Ok(known) }
    }

    /// Has this agency the lead, a part or an answer duty?
    fn involved(self, agency: &Agency) -> Result<(), Refusal> {
        let has = self.incident.agencies().any(|known| known == agency);
        if has { Ok(()) } else { Err(Refusal::NotInvolved { agency: agency.to_string() }) }
    }

    fn ahead(self, due: Time) -> Result<(), Refusal> {
        if due > self.context.when() { Ok(()) } else { Err(Refusal::DuePast {}) }
    }

    pub(super) fn supervise(self, agency: &Agency, level: u8, due: Option<Time>, reason: &Reason) -> Facts {
        fits(reason, &["supervise."])?;
        if !(1..=3).contains(&level) {
            return Err(Refusal::BadLevel {});
        }
        self.involved(agency)?;
        let supervision = next(self.incident.tiers.as_ref().map_or(0, |tiers| tiers.supervisions.len()))?;
        let clock = ClockId::supervision(ClockName::Reply, supervision);
        let clocks = match due {
            Some(due) => {
                self.ahead(due)?;
                self.clocks().given(clock, due)
            }
            None => self.clocks().start(clock),
        };
        let from = self.person(Kind::Supervise)?.agency.clone();
        let (agency, reason, clocks) = (agency.clone(), reason.clone(), clocks.moves());
        Ok(vec![SupervisionOpened { supervision, level, from, agency, reason, clocks }.into()])
    }

    /// A reply may be followed by another one until the supervision is struck off.
    pub(super) fn reply_supervision(self, supervision: u16, sealed: &[Sealed]) -> Facts {
        self.supervision(supervision)?;
        let seat = self.person(Kind::ReplySupervision)?.id.clone();
        let clocks = self.clocks().stop(ClockId::supervision(ClockName::Reply, supervision)).moves();
        Ok(vec![SupervisionReplied { supervision, seat, sealed: sealed.to_vec(), clocks }.into()])
    }

    /// Struck off by a supervisor, and never by who replied.
    pub(super) fn strike_supervision(self, supervision: u16, reason: &Reason) -> Facts {
        fits(reason, &["strike."])?;
        let known = self.supervision(supervision)?;
        let replied = known.replied.as_ref().ok_or(Refusal::NotReplied { supervision })?;
        if self.person(Kind::StrikeSupervision)?.id == *replied {
            return Err(Refusal::SamePerson {});
        }
        let clocks = self.clocks().stop(ClockId::supervision(ClockName::Reply, supervision)).moves();
        Ok(vec![SupervisionStruck { supervision, reason: reason.clone(), clocks }.into()])
    }

    /// Each agency that is called has a clock of its own, due at the hour that the summons names.
    pub(super) fn summon(self, agencies: &[Agency], area: AreaCode, by: Time, reason: &Reason) -> Facts {
        fits(reason, &["summon."])?;
        let twice = |(nth, agency): (usize, &Agency)| agencies[..nth].contains(agency);
        if agencies.is_empty() || agencies.iter().enumerate().any(twice) {
            return Err(Refusal::NobodySummoned {});
        }
        self.ahead(by)?;
        let known = self.incident.tiers.as_ref();
        let before = known.map_or(0, |tiers| tiers.calls.len());
        next(before + agencies.len() - 1)?;
        let calls: Vec<Called> = (before..)
            .zip(agencies)
            .map(|(before, agency)| Ok(Called { call: next(before)?, agency: agency.clone() }))
            .collect::<Result<_, Refusal>>()?;
        let begun = calls.iter().fold(self.clocks(), |clocks, call| clocks.given(arrival(call.call), by));
        let summoned = Summoned {
            summons: known.map_or(0, |tiers| tiers.summonses).saturating_add(1),
            from: self.person(Kind::Summon)?.agency.clone(),
            area,
            by,
            reason: reason.clone(),
            clocks: begun.moves(),
            calls,
        };
        Ok(vec![summoned.into()])
    }

    /// Said by those who were called, or by the desk that called them. Late is late: the breach rides ahead.
    pub(super) fn arrive(self, call: u16) -> Facts {
        let seat = self.person(Kind::Arrive)?;
        let known = self.incident.tiers.as_ref().and_then(|tiers| tiers.call(call)).ok_or(Refusal::NoCall { call })?;
        if known.agency != seat.agency && known.from != seat.agency {
            return Err(Refusal::NotYourAgency { needed: known.agency.to_string(), agency: seat.agency.to_string() });
        }
        if known.arrived.is_some() {
            return Err(Refusal::CallAnswered { call });
        }
        Ok(vec![SummonsArrived { call, clocks: self.clocks().stop(arrival(call)).moves() }.into()])
    }

    pub(super) fn remind(self, agency: &Agency, reason: &Reason) -> Facts {
        fits(reason, &["remind."])?;
        self.involved(agency)?;
        let times = self.incident.tiers.as_ref().map_or(0, |tiers| tiers.reminded(agency));
        let most = self.context.book.reminders();
        if times >= most {
            return Err(Refusal::RemindedEnough { agency: agency.to_string(), most });
        }
        Ok(vec![Reminded { agency: agency.clone(), times: times + 1, reason: reason.clone() }.into()])
    }

    /// A clock whose lateness is on record brings the upper desk in to look on; the lead stays where it is.
    pub(super) fn oversee(self, clock: ClockId, version: u32, agency: &Agency, area: AreaCode) -> Facts {
        let late = self.incident.clock(clock).filter(|running| running.breached && running.version == version);
        if late.is_none() {
            return Err(Refusal::ClockKept { clock: clock.to_string() });
        }
        self.involved(agency)?;
        let known = self.incident.tiers.iter().flat_map(|tiers| &tiers.overseers);
        if known.into_iter().any(|known| known.clock == clock && known.version == version) {
            return Ok(Vec::new());
        }
        let reason = Reason::new(ReasonCode::ClockRan, []);
        let added: Fact = SupervisorAdded { clock, version, agency: agency.clone(), area, reason }.into();
        Ok(vec![added])
    }
}

const fn arrival(call: u16) -> ClockId {
    ClockId::call(ClockName::Arrive, call)
}

/// The number of the next one after so many.
pub(super) fn next(before: usize) -> Result<u16, Refusal> {
    let number = u16::try_from(before + 1).ok().filter(|_| before < MOST);
    number.ok_or(Refusal::TooMany { most: MOST })
}
