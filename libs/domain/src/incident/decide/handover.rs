//! Orders inside one command line, transfers between agencies, designation by the duty chief (rules 1 and 3).

use super::{
    super::{
        clock::ClockId,
        context::Relation,
        facts::{
            Designated, Item, OrderCannot, OrderDelivered, OrderIssued, OrderSigned, Sealed, TransferAccepted, TransferDelivered,
            TransferLapsed, TransferOffered, TransferReturned, TransferWithdrawn,
        },
        kinds::{
            ClockName,
            HandoverKind::{Order, Transfer},
            HandoverStatus, OnLapse, PartStatus,
        },
        pieces::Handover,
        refusal::Refusal,
    },
    Clocks, Facts, On, fit_triage, fits,
};
use crate::{
    id::{Agency, MatterCode, UnitId},
    reason::Reason,
    triage::units,
};

/// What a unit does that waits outside until it is safe (外围待命).
const STAGE: &str = "task/stage";

impl<'a> On<'a> {
    pub(super) fn next_handover(self) -> u16 {
        u16::try_from(self.incident.handovers.len() + 1).unwrap_or(u16::MAX)
    }

    fn sign_clock(handover: u16) -> ClockId {
        ClockId::handover(ClockName::Sign, handover)
    }

    fn arrive_clock(order: u16) -> ClockId {
        ClockId::handover(ClockName::Arrive, order)
    }

    /// Ends what one order's unit owes: signing and arriving.
    pub(super) fn order_clocks(self, order: u16) -> Clocks<'a> {
        self.clocks().stop(Self::sign_clock(order)).stop(Self::arrive_clock(order))
    }

    /// The dated relation table says whether and how two agencies hand over.
    pub(super) fn relation(self, from: &Agency, to: &Agency) -> Result<Relation, Refusal> {
        let none = || Refusal::NoRelation { from: from.to_string(), to: to.to_string() };
        self.context.book.relation(from.kind(), to.kind()).filter(|relation| relation.kind == Transfer).ok_or_else(none)
    }

    /// The row of the hand-over catalogue that allows it. One that is named has to be there; else the first that fits.
    pub(super) fn item(self, from: &Agency, to: &Agency, named: Option<&Item>) -> Result<Option<Item>, Refusal> {
        let found = self.context.book.item(from.kind(), to.kind(), named, self.incident.category.as_ref());
        match (named, found) {
            (Some(named), None) => {
                Err(Refusal::NotInCatalogue { item: named.code.clone(), from: from.to_string(), to: to.to_string() })
            }
            (_, found) => Ok(found),
        }
    }

    pub(super) fn issue_order(self, part: u16, unit: &UnitId, task: Option<&MatterCode>, reasons: &[Reason]) -> Facts {
        fit_triage(reasons)?;
        let agency = &self.owned_part(part)?.agency;
        // Nobody but the police is sent in before they say that it is safe: until then units stage outside.
        if self.incident.barred(agency) && task.is_none_or(|task| task.as_str() != STAGE) {
            return Err(Refusal::StageOutside {});
        }
        if let Some(bar) = reasons.iter().find(|reason| units::bars(reason.code)) {
            return Err(Refusal::UnitBarred { unit: unit.to_string(), why: bar.code.code() });
        }
        // An order that nobody signed in time is issued again, in the place of the old one (practice-rules §3.1).
        let open = self.incident.orders(part).find(|order| order.open());
        let clocks = match open {
            None => self.clocks(),
            Some(open) => {
                let signing = self.incident.clock(Self::sign_clock(open.id));
                if !signing.is_some_and(|clock| clock.breached || self.context.at > clock.due) {
                    return Err(Refusal::UnitBusy { order: open.id });
                }
                self.order_clocks(open.id)
            }
        };
        let issued = OrderIssued {
            order: self.next_handover(),
            part,
            unit: unit.clone(),
            task: task.cloned(),
            instead_of: open.map(|open| open.id),
            reasons: reasons.to_vec(),
            clocks: clocks.moves(),
        };
        Ok(vec![issued.into()])
    }

    pub(super) fn deliver_order(self, order: u16) -> Facts {
        self.standing(order, Order, &[HandoverStatus::Issued])?;
        let clocks = self.clocks().start(Self::sign_clock(order)).start(Self::arrive_clock(order));
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
        let clocks = self.order_clocks(order).moves();
        Ok(vec![OrderCannot { order, reason: reason.clone(), sealed: sealed.to_vec(), clocks }.into()])
    }

    pub(super) fn offer(self, part: Option<u16>, lead: bool, to: &Agency, reason: &Reason, item: Option<&Item>) -> Facts {
        fits(reason, &["transfer."])?;
        if part.is_none() && !lead {
            return Err(Refusal::NothingMoves {});
        }
        let from = self.offering(part)?;
        if lead {
            self.lead_moves(from)?;
        }
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
            area: None,
            reason: reason.clone(),
            item: self.item(from, to, item)?,
            on_lapse: relation.on_lapse,
            returnable: relation.returnable,
        };
        Ok(vec![offered.into()])
    }

    /// Only who leads offers the lead, and not after a second return or a designation.
    fn lead_moves(self, from: &Agency) -> Result<(), Refusal> {
        let lead = self.incident.lead_agency().ok_or(Refusal::Unknown {})?;
        if from != lead {
            return Err(Refusal::NotYourAgency { needed: lead.to_string(), agency: from.to_string() });
        }
        if self.incident.lead_designated || self.incident.lead_returns >= 2 {
            return Err(Refusal::LeadDesignation {});
        }
        Ok(())
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

    /// The lead moves when a person of the receiver accepts it from who still leads; else only by designation.
    pub(super) fn accept_transfer(self, transfer: u16) -> Facts {
        let known = self.delivered(transfer, Transfer)?;
        if known.lead && self.incident.lead_agency() != Some(&known.from) {
            return Err(Refusal::LeadMoved { transfer });
        }
        let Some(seat) = self.context.actor.seat() else {
            return Err(Refusal::NeedsPerson { command: super::super::command::Kind::AcceptTransfer });
        };
        let clocks = match known.part {
            Some(part) => self.taken(known, part),
            None => self.clocks().stop(Self::sign_clock(transfer)),
        };
        let clocks = if known.lead { self.no_tier_waits(clocks) } else { clocks };
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
        let stopped = self.clocks().stop(Self::sign_clock(transfer));
        let clocks = match (known.on_lapse, known.part) {
            (OnLapse::Deemed, Some(part)) => self.taken(known, part),
            (OnLapse::Keep, Some(_)) => self.kept(known, stopped),
            (OnLapse::Raise, _) | (_, None) => stopped,
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
    pub(super) fn designate(self, part: Option<u16>, agency: &Agency, lead: bool, reason: &Reason) -> Facts {
        fits(reason, &["transfer."])?;
        if part.is_none() && !lead {
            return Err(Refusal::NothingMoves {});
        }
        let touches = |known: &&Handover| known.part.is_some() && known.part == part || lead && known.lead;
        let open = self.incident.handovers.iter().filter(|known| known.kind == Transfer && known.open());
        if let Some(open) = open.clone().find(touches) {
            return Err(Refusal::OfferOpen { transfer: open.id });
        }
        let clocks = match part {
            None => self.clocks(),
            Some(number) => {
                let known = self.part(number)?;
                if known.over() {
                    return Err(Refusal::PartOver { part: number, status: known.status.word() });
                }
                self.unit_clocks(number).handle(number)
            }
        };
        let clocks = if lead { self.no_tier_waits(clocks) } else { clocks };
        let designated = Designated {
            part,
            agency: agency.clone(),
            area: None,
            item: None,
            lead,
            reason: reason.clone(),
            clocks: clocks.moves(),
        };
        Ok(vec![designated.into()])
    }

    /// The receiver owns the part: what units of the sender owed ends, and its own promise counts from when the offer
    /// reached it, not from its signature.
    fn taken(self, transfer: &Handover, part: u16) -> Clocks<'a> {
        let from = transfer.delivered.unwrap_or_else(|| self.context.when());
        self.unit_clocks(part).stop(Self::sign_clock(transfer.id)).handle_from(part, from)
    }

    /// An offer of this part that still waits for an answer.
    pub(super) fn open_transfer(self, part: u16) -> Option<&'a Handover> {
        self.incident.handovers.iter().find(|known| known.kind == Transfer && known.part == Some(part) && known.open())
    }

    /// The sender keeps a part that it had asked another agency for: its own promise begins.
    fn kept(self, transfer: &Handover, clocks: Clocks<'a>) -> Clocks<'a> {
        let begins = |part: &super::Part| part.status == PartStatus::Offered && part.returns == 0;
        let offered = transfer.part.filter(|&part| self.incident.part(part).is_some_and(begins));
        offered.into_iter().fold(clocks, |clocks, part| clocks.handle(part))
    }

    /// An order binds only as long as its part goes on, with the agency that it was given to.
    fn still_on(self, order: &Handover) -> Result<(), Refusal> {
        let Some(number) = order.part else { return Ok(()) };
        let part = self.owned_part(number)?;
        if part.agency != order.to {
            return Err(Refusal::NotYourAgency { needed: part.agency.to_string(), agency: order.to.to_string() });
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
