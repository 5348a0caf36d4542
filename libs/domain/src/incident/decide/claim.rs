//! Claim and lease: which seat works on an incident, for the others to see. Of two that take it at once one wins, and the
//! other is told who and when. It bars nobody: in danger whoever is there acts.
//!
//! A lease ends by itself, judged at the hub's time of the next command; there is no timer.

use super::{
    super::{
        command::Kind,
        facts::{ClaimReleased, Claimed},
        refusal::Refusal,
        tiers::Claim,
    },
    Facts, On, fits,
};
use crate::reason::Reason;

impl<'a> On<'a> {
    fn live_claim(self) -> Option<&'a Claim> {
        self.incident.tiers.as_ref()?.claimed(self.context.at)
    }

    /// A live claim of another seat is taken over only with a reason.
    pub(super) fn claim(self, reason: Option<&Reason>) -> Facts {
        reason.map_or(Ok(()), |reason| fits(reason, &["takeover."]))?;
        let seat = &self.person(Kind::Claim)?.id;
        let over = self.live_claim().filter(|claim| claim.seat != *seat);
        if let (Some(claim), None) = (over, reason) {
            let (since, until) = (claim.since.to_string(), claim.until.to_string());
            return Err(Refusal::ClaimTaken { seat: claim.seat.to_string(), since, until });
        }
        let minutes = self.context.book.claim_minutes();
        let until = self.context.at.plus_seconds(i64::from(minutes) * 60);
        let (over, reason) = (over.map(|claim| claim.seat.clone()), over.and(reason).cloned());
        Ok(vec![Claimed { seat: seat.clone(), minutes, until, over, reason }.into()])
    }

    pub(super) fn release_claim(self) -> Facts {
        let seat = &self.person(Kind::ReleaseClaim)?.id;
        self.live_claim().filter(|claim| claim.seat == *seat).ok_or(Refusal::NoClaim {})?;
        Ok(vec![ClaimReleased { seat: seat.clone() }.into()])
    }
}
