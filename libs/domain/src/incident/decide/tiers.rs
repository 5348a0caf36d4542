//! Up and down one command line: informing upward, offering the lead up (提级), handing it down (交办). The lead moves when
//! a person of the other tier takes it, never before and never by a timer (rule 8).

use super::{
    super::{
        clock::ClockId,
        command::Kind,
        facts::{Escalated, HandedDown, InformedUpward, Sealed, TierReturned, TierTaken},
        kinds::ClockName,
        refusal::Refusal,
        tiers::{TierMove, above, below},
    },
    Clocks, Facts, On, fits,
};
use crate::{area::AreaCode, reason::Reason, seat::Seat};

impl<'a> On<'a> {
    /// Who acts, as a person.
    pub(super) fn person(self, command: Kind) -> Result<&'a Seat, Refusal> {
        self.context.actor.seat().ok_or(Refusal::NeedsPerson { command })
    }

    /// The tier that has the lead: where it was taken, or else that of the seat of the leading agency that acts.
    fn own_tier(self, command: Kind) -> Result<AreaCode, Refusal> {
        let seat = self.person(command)?;
        let tier = self.incident.lead.as_ref().and_then(|lead| lead.area).unwrap_or(seat.area);
        at_tier(seat, tier)?;
        Ok(tier)
    }

    fn waiting_tier(self) -> Option<&'a TierMove> {
        self.incident.tiers.as_ref()?.waiting.as_ref()
    }

    fn nothing_waits(self) -> Result<(), Refusal> {
        self.waiting_tier().map_or(Ok(()), |waiting| Err(Refusal::TierWaits { area: waiting.to.to_string() }))
    }

    /// The offer that waits for a seat of the tier of who acts.
    fn for_me(self, command: Kind) -> Result<&'a TierMove, Refusal> {
        let waiting = self.waiting_tier().ok_or(Refusal::TierNone {})?;
        at_tier(self.person(command)?, waiting.to)?;
        Ok(waiting)
    }

    fn next_offer(self) -> u16 {
        self.incident.tiers.as_ref().map_or(0, |tiers| tiers.offers).saturating_add(1)
    }

    /// Ends what the receiver of an offer between tiers owes, where one waits.
    pub(super) fn no_tier_waits(self, clocks: Clocks<'a>) -> Clocks<'a> {
        let waiting = self.waiting_tier().map(|waiting| ClockId::tier(ClockName::Sign, waiting.offer));
        waiting.into_iter().fold(clocks, Clocks::stop)
    }

    /// Informs; the owner stays. The first report keeps the promise to report upward.
    pub(super) fn inform_upward(self, reason: &Reason, sealed: &[Sealed]) -> Facts {
        fits(reason, &["upward."])?;
        let from = self.own_tier(Kind::InformUpward)?;
        let clocks = self.clocks().stop(ClockId::incident(ClockName::Upward)).moves();
        Ok(vec![InformedUpward { from, to: above(from), reason: reason.clone(), sealed: sealed.to_vec(), clocks }.into()])
    }

    pub(super) fn escalate(self, reason: &Reason, sealed: &[Sealed]) -> Facts {
        fits(reason, &["escalate."])?;
        let from = self.own_tier(Kind::Escalate)?;
        let to = above(from).ok_or(Refusal::TierTop {})?;
        self.nothing_waits()?;
        let offer = self.next_offer();
        let clocks = self.clocks().start(ClockId::tier(ClockName::Sign, offer)).moves();
        Ok(vec![Escalated { offer, from, to, reason: reason.clone(), sealed: sealed.to_vec(), clocks }.into()])
    }

    /// Handed to a lower tier of one's own line, as an order: the lead moves when it is signed there.
    pub(super) fn hand_down(self, to: AreaCode, reason: &Reason) -> Facts {
        fits(reason, &["assign."])?;
        let from = self.own_tier(Kind::HandDown)?;
        if !below(from, to, self.incident.place.area) {
            return Err(Refusal::TierNotLower { area: to.to_string() });
        }
        self.nothing_waits()?;
        let offer = self.next_offer();
        let clocks = self.clocks().start(ClockId::tier(ClockName::Sign, offer)).moves();
        Ok(vec![HandedDown { offer, from, to, reason: reason.clone(), clocks }.into()])
    }

    pub(super) fn take_tier(self) -> Facts {
        let waiting = self.for_me(Kind::TakeTier)?;
        let seat = self.person(Kind::TakeTier)?.id.clone();
        let clocks = self.no_tier_waits(self.clocks()).moves();
        Ok(vec![TierTaken { offer: waiting.offer, area: waiting.to, seat, clocks }.into()])
    }

    /// What came up goes back with a reason of returns; of what came down, as an order, one says only why one cannot.
    pub(super) fn return_tier(self, reason: &Reason, sealed: &[Sealed]) -> Facts {
        let waiting = self.for_me(Kind::ReturnTier)?;
        let up = waiting.to.level() < waiting.from.level();
        fits(reason, if up { &["return."] } else { &["cannot."] })?;
        let clocks = self.no_tier_waits(self.clocks()).moves();
        Ok(vec![TierReturned { offer: waiting.offer, reason: reason.clone(), sealed: sealed.to_vec(), clocks }.into()])
    }
}

fn at_tier(seat: &Seat, tier: AreaCode) -> Result<(), Refusal> {
    if seat.area == tier {
        return Ok(());
    }
    Err(Refusal::TierNotYours { tier: tier.to_string(), area: seat.area.to_string() })
}
