//! Joint response: the scene, calls that belong together, matters split off, a lead that is called back, notes and forms.

use std::collections::BTreeSet;

use super::{
    super::{
        clock::ClockId,
        command::{Kind, SplitFrom},
        facts::{
            CategoryCorrected, Fact, Lead, LinkedReport, Merged, Noted, Numbered, Recalled, ReportsLinked, SceneDeclared, Sealed,
            Split, SplitOff,
        },
        kinds::{Class, ClockName, Flag, Form, PartStatus, Topic},
        refusal::Refusal,
    },
    Facts, On, fits,
};
use crate::{
    id::{AgencyKind, IncidentId, MatterCode},
    reason::Reason,
};

/// Most forms that one incident keeps the numbers of.
const MOST_NUMBERS: usize = 200;
/// Longest number of a form, in bytes.
const MOST_NUMBER: usize = 40;

impl<'a> On<'a> {
    /// The police command the scene: who has nothing to do with the incident says nothing about it.
    pub(super) fn declare_scene(self, safe: bool) -> Facts {
        let police = self.context.actor.seat().is_some_and(|seat| seat.agency.kind() == AgencyKind::Police);
        let theirs = self.incident.agencies().any(|agency| agency.kind() == AgencyKind::Police);
        if !police || !theirs {
            let agency = self.context.actor.seat().map(|seat| seat.agency.to_string()).unwrap_or_default();
            return Err(Refusal::NotYourAgency { needed: "police".to_owned(), agency });
        }
        if self.incident.scene == Some(safe) {
            return Ok(Vec::new());
        }
        Ok(vec![SceneDeclared { safe }.into()])
    }

    /// What has no parts yet may go on within another incident. Class S stands alone: nothing is linked to it by hand.
    pub(super) fn link(self, into: IncidentId, reason: &Reason) -> Facts {
        fits(reason, &["link."])?;
        if into == self.incident.id {
            return Err(Refusal::LinkToItself {});
        }
        if self.incident.class == Class::S {
            return Err(Refusal::ClassStandsAlone {});
        }
        let clocks = self.clocks().stop_all().moves();
        Ok(vec![Merged { into, reason: reason.clone(), clocks }.into()])
    }

    /// The main incident takes the reports, each with its own number and answer duty. At priority 1 or 2 a further call
    /// is an escalation, and raises an alert (practice-rules §2.4).
    pub(super) fn take_reports(self, from: IncidentId, class: Class, flags: &BTreeSet<Flag>, reports: &[LinkedReport]) -> Facts {
        if self.incident.class == Class::S || class == Class::S {
            return Err(Refusal::ClassStandsAlone {});
        }
        if reports.is_empty() {
            return Err(Refusal::NoReport {});
        }
        let first = self.incident.reports.len() + 1;
        let owed = (first..).zip(reports).filter(|(_, report)| report.answer.is_some());
        // Who is handled already rings up who called last, too.
        let accepted = self.incident.stage > super::Stage::Verifying;
        let promised = |number, name| ClockId::report(name, u16::try_from(number).unwrap_or(u16::MAX));
        let begin = |clocks: super::Clocks<'a>, (number, _)| {
            let clocks = clocks.start(promised(number, ClockName::Answer));
            if accepted { clocks.start(promised(number, ClockName::Contact)) } else { clocks }
        };
        let clocks = owed.fold(self.clocks(), begin).moves();
        let linked = ReportsLinked { from, reports: reports.to_vec(), clocks };
        let mut flags = flags.clone();
        if self.incident.matter().priority.is_some_and(super::super::kinds::Priority::emergency) {
            flags.insert(Flag::Repeat);
        }
        let raised = self.raise(&flags, Some(class)).unwrap_or_default();
        Ok(std::iter::once(linked.into()).chain(raised).collect())
    }

    pub(super) fn split(self, into: IncidentId, category: &MatterCode, reason: &Reason) -> Facts {
        fits(reason, &["split."])?;
        if self.incident.parent.is_some() {
            return Err(Refusal::SplitTwice {});
        }
        let most = self.context.book.children();
        if self.incident.children.len() >= most {
            return Err(Refusal::SplitEnough { most });
        }
        // Who leads or works on it finds a second matter in it.
        if let Some(seat) = self.context.actor.seat() {
            let works = |part: &super::Part| part.agency == seat.agency && part.status > PartStatus::Offered && !part.over();
            if self.incident.lead_agency() != Some(&seat.agency) && !self.incident.parts.iter().any(works) {
                let needed = self.incident.lead_agency().map(ToString::to_string).unwrap_or_default();
                return Err(Refusal::NotYourAgency { needed, agency: seat.agency.to_string() });
            }
        }
        Ok(vec![Split { into, category: category.clone(), reason: reason.clone() }.into()])
    }

    /// A matter of its own: category, priority and lead are settled by who split it off.
    pub(super) fn open_split(self, matter: &SplitFrom) -> Facts {
        fits(&matter.reason, &["split."])?;
        let clocks = self.clocks().of_police(matter.lead.kind() == AgencyKind::Police).settled(&matter.category, matter.priority);
        let opened = SplitOff {
            from: matter.incident,
            place: matter.place.within(matter.class),
            class: matter.class,
            flags: matter.flags.clone(),
            category: matter.category.clone(),
            priority: matter.priority,
            lead: Lead { agency: matter.lead.clone(), area: None, seat: None },
            reason: matter.reason.clone(),
            clocks: clocks.start(ClockId::incident(ClockName::Total)).moves(),
        };
        Ok(vec![opened.into()])
    }

    /// Who handed the lead over and kept watch takes it back at once: an order, not an offer.
    pub(super) fn recall(self, reason: &Reason) -> Facts {
        fits(reason, &["recall."])?;
        let Some(seat) = self.context.actor.seat() else { return Err(Refusal::NeedsPerson { command: Kind::Recall }) };
        if !self.incident.watch.contains(&seat.agency) {
            return Err(Refusal::NoWatch {});
        }
        let open = self.incident.handovers.iter().filter(|known| known.lead && known.open());
        let sign = |handover: u16| ClockId::handover(ClockName::Sign, handover);
        let clocks = open.fold(self.clocks(), |clocks, known| clocks.stop(sign(known.id)));
        let clocks = self.no_tier_waits(clocks).moves();
        let recalled = Recalled { agency: seat.agency.clone(), seat: seat.id.clone(), reason: reason.clone(), clocks };
        Ok(vec![recalled.into()])
    }

    pub(super) fn correct(self, category: &MatterCode) -> Facts {
        if self.incident.category_feedback.as_ref() == Some(category) {
            return Ok(Vec::new());
        }
        Ok(vec![CategoryCorrected { category: category.clone() }.into()])
    }

    pub(super) fn note(self, topic: Topic, sealed: &[Sealed]) -> Facts {
        if sealed.is_empty() {
            return Err(Refusal::NothingNoted {});
        }
        Ok(vec![Noted { topic, sealed: sealed.to_vec() }.into()])
    }

    /// A form's number is kept once; it stands in the open log, so it is a plain name and nothing that reads like a person's.
    pub(super) fn number(self, form: Form, number: &str, part: Option<u16>) -> Facts {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        if !(1..=MOST_NUMBER).contains(&number.len()) || !number.chars().all(plain) || self.incident.numbers.len() >= MOST_NUMBERS {
            return Err(Refusal::BadNumber {});
        }
        part.map_or(Ok(()), |part| self.part(part).map(|_| ()))?;
        let Some(agency) = self.context.actor.seat().map(|seat| seat.agency.clone()) else {
            return Err(Refusal::NeedsPerson { command: Kind::Number });
        };
        let known = |kept: &super::super::pieces::FormNumber| kept.agency == agency && kept.form == form && kept.number == number;
        if self.incident.numbers.iter().any(known) {
            return Ok(Vec::new());
        }
        let numbered: Fact = Numbered { agency, form, number: number.to_owned(), part }.into();
        Ok(vec![numbered])
    }
}
