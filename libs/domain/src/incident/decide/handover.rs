//! Orders inside one command line, transfers between agencies, designation by the duty chief (rules 1 and 3).

use super::{
    super::{
        clock::ClockId,
        command::Relation,
        facts::{
            Designated, Item, OrderCannot, OrderDelivered, OrderIssued, OrderSigned, Sealed, TransferAccepted, TransferDelivered,
            TransferLapsed, TransferOffered, TransferReturned, TransferWithdrawn,
        },
        kinds::{
            ClockName,
            HandoverKind::{Order, Transfer},
            HandoverStatus, OnLapse, PartStatus,
        },
        refusal::Refusal,
        state::Handover,
    },
    Clocks, Facts, On, fits,
};
use crate::{
    id::{Agency, UnitId},
    reason::Reason,
};

impl<'a> On<'a> {
    fn next_handover(self) -> u16 {
        u16::try_from(self.incident.handovers.len() + 1).unwrap_or(u16::MAX)
    }

    fn sign_clock(handover: u16) -> ClockId {
        ClockId::handover(ClockName::Sign, handover)
    }

    /// The dated relation table says whether and how two agencies hand over.
    pub(super) fn relation(self, from: &Agency, to: &Agency) -> Result<Relation, Refusal> {
        let none = || Refusal::NoRelation { from: from.to_string(), to: to.to_string() };
        self.context.book.relation(from.kind(), to.kind()).ok_or_else(none)
    }

    pub(super) fn issue_order(self, part: u16, unit: &UnitId) -> Facts {
        self.owned_part(part)?;
        if let Some(open) =
            self.incident.handovers.iter().find(|order| order.kind == Order && order.part == Some(part) && order.open())
        {
            return Err(Refusal::UnitBusy { order: open.id });
        }
        Ok(vec![OrderIssued { order: self.next_handover(), part, unit: unit.clone() }.into()])
    }

    pub(super) fn deliver_order(self, order: u16) -> Facts {
        let known = self.standing(order, Order, &[HandoverStatus::Issued])?;
        let mut clocks = self.clocks().start(Self::sign_clock(order));
        if let Some(part) = known.part {
            clocks = clocks.start(ClockId::part(ClockName::Arrive, part));
        }
        Ok(vec![OrderDelivered { order, clocks: clocks.moves() }.into()])
    }

    pub(super) fn sign_order(self, order: u16) -> Facts {
        self.still_on(self.delivered(order, Order)?)?;
        Ok(vec![OrderSigned { order, clocks: self.clocks().stop(Self::sign_clock(order)).moves() }.into()])
    }

    /// An order is not rejected; a unit that cannot says why, and the issuer reassigns.
    pub(super) fn cannot_order(self, order: u16, reason: &Reason, sealed: &[Sealed]) -> Facts {
        fits(reason, &["cannot."])?;
        let known = self.standing(order, Order, &[HandoverStatus::Delivered, HandoverStatus::Signed])?;
        self.still_on(known)?;
        let mut clocks = self.clocks().stop(Self::sign_clock(order));
        if let Some(part) = known.part {
            clocks = clocks.stop(ClockId::part(ClockName::Arrive, part));
        }
        Ok(vec![OrderCannot { order, reason: reason.clone(), sealed: sealed.to_vec(), clocks: clocks.moves() }.into()])
    }

    pub(super) fn offer(self, part: Option<u16>, lead: bool, to: &Agency, reason: &Reason, item: Option<&Item>) -> Facts {
        fits(reason, &["transfer."])?;
        if part.is_none() && !lead {
            return Err(Refusal::NothingMoves {});
        }
        let from = self.offering(part)?;
        if from == to {
            return Err(Refusal::SameAgency { agency: to.to_string() });
        }
        let open = self
            .incident
            .handovers
            .iter()
            .find(|known| known.kind == Transfer && known.open() && (known.part == part || known.lead && lead));
        if let Some(open) = open {
            return Err(Refusal::OfferOpen { transfer: open.id });
        }
        let relation = self.relation(from, to)?;
        let offered = TransferOffered {
            transfer: self.next_handover(),
            part,
            lead,
            from: from.clone(),
            to: to.clone(),
            reason: reason.clone(),
            item: item.cloned(),
            on_lapse: relation.on_lapse,
            returnable: relation.returnable,
        };
        Ok(vec![offered.into()])
    }

    /// Who offers: the part's owner; the lead for what lies returned or where only the lead moves.
    fn offering(self, part: Option<u16>) -> Result<&'a Agency, Refusal> {
        let lead = self.incident.lead_agency().ok_or(Refusal::Unknown {});
        let Some(number) = part else { return lead };
        let known = self.part(number)?;
        if known.designated {
            return Err(Refusal::DesignationNeeded { part: number });
        }
        match known.status {
            PartStatus::Returned if known.returns >= 2 => Err(Refusal::DesignationNeeded { part: number }),
            PartStatus::Returned => lead,
            PartStatus::Finished | PartStatus::Released | PartStatus::Offered => {
                Err(Refusal::PartNotOwned { part: number, status: known.status.word() })
            }
            PartStatus::Owned | PartStatus::Ordered | PartStatus::Signed | PartStatus::EnRoute | PartStatus::OnScene => {
                Ok(&known.agency)
            }
        }
    }

    pub(super) fn deliver_transfer(self, transfer: u16) -> Facts {
        self.standing(transfer, Transfer, &[HandoverStatus::Offered])?;
        let clocks = self.clocks().start(Self::sign_clock(transfer)).moves();
        Ok(vec![TransferDelivered { transfer, clocks }.into()])
    }

    /// The lead moves here and nowhere else: when a person of the receiver accepts.
    pub(super) fn accept_transfer(self, transfer: u16) -> Facts {
        let known = self.delivered(transfer, Transfer)?;
        let Some(seat) = self.context.actor.seat() else {
            return Err(Refusal::NeedsPerson { command: super::super::command::Kind::AcceptTransfer });
        };
        let clocks = match known.part {
            Some(part) => self.unit_clocks(part).start(ClockId::part(ClockName::Handle, part)),
            None => self.clocks().stop(Self::sign_clock(transfer)),
        };
        Ok(vec![TransferAccepted { transfer, seat: seat.id.clone(), clocks: clocks.moves() }.into()])
    }

    pub(super) fn return_transfer(self, transfer: u16, reason: &Reason, sealed: &[Sealed]) -> Facts {
        fits(reason, &["return."])?;
        let known = self.delivered(transfer, Transfer)?;
        if !known.returnable {
            return Err(Refusal::NotReturnable { transfer });
        }
        let returned = TransferReturned {
            transfer,
            reason: reason.clone(),
            at: self.incident.stage,
            sealed: sealed.to_vec(),
            clocks: self.clocks().stop(Self::sign_clock(transfer)).moves(),
        };
        Ok(vec![returned.into()])
    }

    /// Nobody answered in time; what follows stands in the relation table of the day it was offered.
    pub(super) fn lapse_transfer(self, transfer: u16) -> Facts {
        let known = self.delivered(transfer, Transfer)?;
        let clock = self.incident.clock(Self::sign_clock(transfer));
        if clock.is_some_and(|clock| self.context.at < clock.due) {
            return Err(Refusal::ClockEarly { clock: Self::sign_clock(transfer).to_string() });
        }
        let mut clocks = self.clocks().stop(Self::sign_clock(transfer));
        clocks = match (known.on_lapse, known.part) {
            (OnLapse::Deemed, Some(part)) => clocks.start(ClockId::part(ClockName::Handle, part)),
            (OnLapse::Keep, Some(_)) => self.kept(known, clocks),
            (OnLapse::Raise, _) | (_, None) => clocks,
        };
        Ok(vec![TransferLapsed { transfer, effect: known.on_lapse, clocks: clocks.moves() }.into()])
    }

    pub(super) fn withdraw_transfer(self, transfer: u16, reason: &Reason) -> Facts {
        fits(reason, &["withdraw."])?;
        let known = self.standing(transfer, Transfer, &[HandoverStatus::Offered, HandoverStatus::Delivered])?;
        let clocks = self.kept(known, self.clocks().stop(Self::sign_clock(transfer))).moves();
        Ok(vec![TransferWithdrawn { transfer, reason: reason.clone(), clocks }.into()])
    }

    /// After a second return only the duty chief settles it; it cannot be returned again.
    pub(super) fn designate(self, part: u16, agency: &Agency, lead: bool, reason: &Reason) -> Facts {
        fits(reason, &["transfer."])?;
        let known = self.part(part)?;
        if known.over() {
            return Err(Refusal::PartOver { part, status: known.status.word() });
        }
        if let Some(open) = self.open_transfer(part) {
            return Err(Refusal::OfferOpen { transfer: open.id });
        }
        let clocks = self.unit_clocks(part).start(ClockId::part(ClockName::Handle, part)).moves();
        Ok(vec![Designated { part, agency: agency.clone(), lead, reason: reason.clone(), clocks }.into()])
    }

    /// An offer of this part that still waits for an answer.
    pub(super) fn open_transfer(self, part: u16) -> Option<&'a Handover> {
        self.incident.handovers.iter().find(|known| known.kind == Transfer && known.part == Some(part) && known.open())
    }

    /// The sender keeps a part that it had asked another agency for: its own promise begins.
    fn kept(self, transfer: &Handover, clocks: Clocks<'a>) -> Clocks<'a> {
        let offered = transfer.part.filter(|&part| self.incident.part(part).is_some_and(|part| part.status == PartStatus::Offered));
        offered.into_iter().fold(clocks, |clocks, part| clocks.start(ClockId::part(ClockName::Handle, part)))
    }

    /// An order binds only as long as its part goes on, with the agency and the unit that it was given to.
    fn still_on(self, order: &Handover) -> Result<(), Refusal> {
        let Some(number) = order.part else { return Ok(()) };
        let part = self.part(number)?;
        if part.over() {
            return Err(Refusal::PartOver { part: number, status: part.status.word() });
        }
        if part.agency != order.to {
            return Err(Refusal::NotYourAgency { needed: part.agency.to_string(), agency: order.to.to_string() });
        }
        if part.unit != order.unit {
            return Err(Refusal::HandoverStands { handover: order.id, status: order.status.word() });
        }
        Ok(())
    }

    fn delivered(self, number: u16, kind: super::super::kinds::HandoverKind) -> Result<&'a Handover, Refusal> {
        let known = self.handover(number, kind)?;
        if matches!(known.status, HandoverStatus::Issued | HandoverStatus::Offered) {
            return Err(Refusal::NotDelivered { handover: number });
        }
        self.standing(number, kind, &[HandoverStatus::Delivered])
    }

    fn standing(
        self,
        number: u16,
        kind: super::super::kinds::HandoverKind,
        allowed: &[HandoverStatus],
    ) -> Result<&'a Handover, Refusal> {
        let known = self.handover(number, kind)?;
        if allowed.contains(&known.status) {
            Ok(known)
        } else {
            Err(Refusal::HandoverStands { handover: number, status: known.status.word() })
        }
    }
}
