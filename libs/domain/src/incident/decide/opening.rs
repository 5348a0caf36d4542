//! From first word to route: received, verified, answered, declined, accepted, routed.

use std::collections::BTreeSet;

use super::{
    super::{
        clock::ClockId,
        command::{NewPart, NewReport, Promised},
        facts::{
            Accepted, Answered, Declined, Fact, Lead, PartAdded, PartAsked, Raised, Received, Routed, Sealed, SelfHandled,
            Supplemented, TransferOffered, VerificationAsked, Verified,
        },
        kinds::{Class, ClockName, Flag, Priority, Stage},
        refusal::Refusal,
    },
    Facts, On, fit_triage, fits,
};
use crate::{
    area::Place,
    id::{Agency, AgencyKind, MatterCode, UnitId},
    reason::{Reason, ReasonCode},
};

impl On<'_> {
    /// A report under a known reference: the same content changes nothing, other content supplements (rule 7).
    pub(super) fn receive(self, new: &NewReport) -> Facts {
        fit_triage(&new.reasons)?;
        if self.incident.stage != Stage::New {
            let (_, known) = self.report(new.report.id)?;
            if known.digest == new.report.digest {
                return Ok(Vec::new());
            }
            let supplement = Supplemented {
                report: new.report.id,
                digest: new.report.digest.clone(),
                sealed: new.report.sealed.clone(),
                terms: new.terms.clone(),
            };
            // What is told later may call for more care than what was told first; never for less.
            let raised = self.raise(&new.flags, Some(new.class)).unwrap_or_default();
            return Ok(std::iter::once(supplement.into()).chain(raised).collect());
        }
        let mut clocks = self.clocks().of_police(new.lead.kind() == AgencyKind::Police).suggested(new.priority);
        if !new.history {
            clocks = clocks.start(ClockId::incident(ClockName::Accept));
        }
        match new.promised {
            Promised::Due(due) if new.history => clocks = clocks.given(ClockId::incident(ClockName::Total), due),
            Promised::Nothing if new.history => {}
            Promised::ByPolicy | Promised::Due(_) | Promised::Nothing => {
                if new.report.answer.is_some() {
                    clocks = clocks.start(ClockId::report(ClockName::Answer, 1));
                }
            }
        }
        let received = Received {
            report: new.report.clone(),
            place: new.place.within(new.class),
            class: new.class,
            flags: new.flags.clone(),
            terms: new.terms.clone(),
            priority: new.priority,
            lead: Lead { agency: new.lead.clone(), area: None, seat: None },
            history: new.history,
            reasons: new.reasons.clone(),
            clocks: clocks.moves(),
        };
        Ok(vec![received.into()])
    }

    /// Anyone may add a flag or raise the class; lowering takes two persons and is another command.
    pub(super) fn raise(self, flags: &BTreeSet<Flag>, class: Option<Class>) -> Facts {
        let flags: BTreeSet<Flag> = flags.difference(&self.incident.flags).copied().collect();
        let class = class.filter(|class| *class > self.incident.class);
        if flags.is_empty() && class.is_none() {
            return Err(Refusal::NothingRaised {});
        }
        Ok(vec![Raised { flags, class, reasons: Vec::new(), clocks: Vec::new() }.into()])
    }

    pub(super) fn answer(self, reason: &Reason, category: Option<&MatterCode>, sealed: &[Sealed]) -> Facts {
        fits(reason, &["answer."])?;
        let clocks = self.clocks().stop_all().moves();
        Ok(vec![Answered { reason: reason.clone(), category: category.cloned(), sealed: sealed.to_vec(), clocks }.into()])
    }

    /// What a patrol found and fixed by itself. Whoever is owed an answer has to be told: that is another life.
    pub(super) fn self_handle(self, unit: &UnitId, category: &MatterCode) -> Facts {
        if let Some((report, _)) = (1..).zip(&self.incident.reports).find(|(_, report)| report.answer.is_some()) {
            return Err(Refusal::ReportersOpen { report });
        }
        let clocks = self.clocks().stop_all().moves();
        let (sealed, evidence) = (Vec::new(), Vec::new());
        Ok(vec![SelfHandled { unit: unit.clone(), category: category.clone(), sealed, evidence, clocks }.into()])
    }

    pub(super) fn ask_verification(self, agency: &Agency) -> Facts {
        Ok(vec![VerificationAsked { agency: agency.clone(), clocks: Vec::new() }.into()])
    }

    pub(super) fn verify(self, found: bool) -> Facts {
        Ok(vec![Verified { found, unit: None, reason: None, sealed: Vec::new(), clocks: Vec::new() }.into()])
    }

    /// A police matter is never declined, whoever leads now.
    pub(super) fn decline(self, reason: &Reason, sealed: &[Sealed]) -> Facts {
        fits(reason, &["decline."])?;
        if self.incident.of_police() {
            return Err(Refusal::PoliceNeverDecline {});
        }
        let clocks = self.clocks().stop_all().moves();
        Ok(vec![Declined { reason: reason.clone(), sealed: sealed.to_vec(), clocks }.into()])
    }

    pub(super) fn accept(self, category: &MatterCode, priority: Priority, place: Option<Place>, reasons: &[Reason]) -> Facts {
        fit_triage(reasons)?;
        if self.incident.stage == Stage::Verifying {
            match self.incident.verified {
                None => return Err(Refusal::NotVerified {}),
                // The police take it on all the same: they never decline, and what they found is their feedback.
                Some(false) if !self.incident.of_police() => return Err(Refusal::NotFound {}),
                Some(_) => {}
            }
        }
        Ok(vec![self.accepted(category, priority, place, reasons)])
    }

    fn accepted(self, category: &MatterCode, priority: Priority, place: Option<Place>, reasons: &[Reason]) -> Fact {
        let mut clocks = self.clocks().settled(category, priority).stop(ClockId::incident(ClockName::Accept));
        if !self.incident.history {
            clocks = clocks.total();
            // What was promised to the reporters before category and priority were known is promised anew.
            let reports = (1..).zip(&self.incident.reports).map(|(number, _)| number);
            clocks = reports.fold(clocks, |clocks, number| clocks.anew(ClockId::report(ClockName::Answer, number)));
            // Nobody is rung up by himself where the matter is under protection (practice-rules §5.4).
            let rung_up = |report: &super::ReportState| report.answer.is_some() && self.incident.class != Class::S;
            let owed = (1..).zip(&self.incident.reports).filter(|(_, report)| rung_up(report));
            clocks = owed.fold(clocks, |clocks, (number, _)| clocks.start(ClockId::report(ClockName::Contact, number)));
        }
        let place = place.map(|place| place.within(self.incident.class));
        Accepted { category: category.clone(), priority, place, reasons: reasons.to_vec(), clocks: clocks.moves() }.into()
    }

    /// Settles the parts. A part of the leading agency is owned at once; each other agency is offered its part.
    pub(super) fn route(
        self,
        category: Option<&MatterCode>,
        priority: Option<Priority>,
        parts: &[NewPart],
        reasons: &[Reason],
    ) -> Facts {
        fit_triage(reasons)?;
        self.nothing_returned()?;
        let mut facts = Vec::new();
        let (category, priority) = if self.incident.stage == Stage::Received {
            let (Some(category), Some(priority)) = (category, priority) else { return Err(Refusal::NoCategory {}) };
            if !priority.emergency() {
                return Err(Refusal::NotEmergency {});
            }
            facts.push(self.accepted(category, priority, None, &[]));
            (category.clone(), priority)
        } else {
            let settled = self.incident.category.clone().zip(self.incident.priority);
            settled.ok_or(Refusal::NoCategory {})?
        };
        if !parts.iter().any(|part| part.mandatory) {
            return Err(Refusal::NoParts {});
        }
        let mut clocks = self.clocks().settled(&category, priority);
        let mut asked: Vec<PartAsked> = Vec::new();
        for part in parts {
            let number = self.free_part(&asked, part)?;
            let part = self.part_asked(number, part);
            if part.owned && !self.incident.history {
                clocks = clocks.handle(number);
            }
            asked.push(part);
        }
        let offers: Vec<Fact> = self.offers(&asked)?;
        facts.push(Routed { parts: asked, reasons: reasons.to_vec(), clocks: clocks.moves() }.into());
        facts.extend(offers);
        Ok(facts)
    }

    pub(super) fn add_part(self, part: &NewPart, reason: &Reason) -> Facts {
        fits(reason, &["triage.", "transfer.", "seat."])?;
        let number = self.free_part(&[], part)?;
        let asked = self.part_asked(number, part);
        let mut clocks = self.clocks();
        if asked.owned {
            clocks = clocks.handle(number);
        }
        let offers = self.offers(std::slice::from_ref(&asked))?;
        let mut facts = vec![PartAdded { part: asked, reason: reason.clone(), clocks: clocks.moves() }.into()];
        facts.extend(offers);
        Ok(facts)
    }

    /// A part as it is asked for; the leading agency owns its own at once.
    pub(super) fn part_asked(self, number: u16, part: &NewPart) -> PartAsked {
        PartAsked {
            part: number,
            agency: part.agency.clone(),
            area: None,
            mandatory: part.mandatory,
            task: part.task.clone(),
            owned: Some(&part.agency) == self.incident.lead_agency(),
        }
    }

    /// The number of a new part. An agency that has one open gets no second one this way.
    pub(super) fn free_part(self, asked: &[PartAsked], part: &NewPart) -> Result<u16, Refusal> {
        let open = self.incident.parts.iter().any(|known| known.agency == part.agency && !known.over());
        if open || asked.iter().any(|known| known.agency == part.agency) {
            return Err(Refusal::SameAgencyTwice { agency: part.agency.to_string() });
        }
        Ok(u16::try_from(self.incident.parts.len() + asked.len() + 1).unwrap_or(u16::MAX))
    }

    fn offers(self, asked: &[PartAsked]) -> Facts {
        let Some(from) = self.incident.lead_agency() else { return Ok(Vec::new()) };
        let others = asked.iter().filter(|part| !part.owned);
        let numbers = self.incident.handovers.len() + 1..;
        numbers
            .zip(others)
            .map(|(number, part)| {
                let relation = self.relation(from, &part.agency)?;
                let offer = TransferOffered {
                    transfer: u16::try_from(number).unwrap_or(u16::MAX),
                    part: Some(part.part),
                    lead: false,
                    from: from.clone(),
                    to: part.agency.clone(),
                    area: None,
                    reason: Reason::new(ReasonCode::TransferDuty, []),
                    item: self.item(from, &part.agency, None)?,
                    on_lapse: relation.on_lapse,
                    returnable: relation.returnable,
                };
                Ok(offer.into())
            })
            .collect()
    }
}
