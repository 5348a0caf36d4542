//! Handling and its proof: units on their way, parts done, checks, telling and asking the reporters.

use super::{
    super::{
        clock::ClockId,
        facts::{CheckAsked, Checked, FollowedUp, PartFinished, PartReleased, ReporterTold, Sealed, UnitEnRoute, UnitOnScene},
        kinds::{ClockName, Outcome, PartStatus, Satisfaction},
        refusal::Refusal,
    },
    Facts, On, fits,
};
use crate::{
    id::{Agency, MatterCode, ReportId, UnitId},
    reason::Reason,
};

impl<'a> On<'a> {
    pub(super) fn en_route(self, part: u16, order: Option<u16>) -> Facts {
        let (order, unit) = self.unit_of(part, order)?;
        Ok(vec![UnitEnRoute { part, order: Some(order), unit }.into()])
    }

    pub(super) fn on_scene(self, part: u16, order: Option<u16>) -> Facts {
        let (order, unit) = self.unit_of(part, order)?;
        if self.part(part).is_ok_and(|part| self.incident.barred(&part.agency)) {
            return Err(Refusal::SceneUnsafe {});
        }
        // Who is there has signed by coming.
        Ok(vec![UnitOnScene { part, order: Some(order), unit, clocks: self.order_clocks(order).moves() }.into()])
    }

    /// The unit that an order binds to a part; the latest where none is named.
    fn unit_of(self, part: u16, order: Option<u16>) -> Result<(u16, UnitId), Refusal> {
        self.owned_part(part)?;
        let mut live = self.incident.orders(part);
        let order = match order {
            None => live.next_back().ok_or(Refusal::UnitMissing { part })?,
            Some(number) => live.find(|order| order.id == number).ok_or(Refusal::NoHandover { handover: number })?,
        };
        Ok((order.id, order.unit.clone().ok_or(Refusal::UnitMissing { part })?))
    }

    /// A part ends by itself; with the last mandatory one the incident is done. What is on offer is taken back first,
    /// so that nobody accepts work that is done.
    pub(super) fn finish(self, part: u16, category: Option<&MatterCode>, outcome: Option<Outcome>, sealed: &[Sealed]) -> Facts {
        self.owned_part(part)?;
        if let Some(open) = self.open_transfer(part) {
            return Err(Refusal::OfferOpen { transfer: open.id });
        }
        let finished = PartFinished {
            part,
            category: category.cloned(),
            outcome,
            evidence: Vec::new(),
            sealed: sealed.to_vec(),
            clocks: self.part_clocks(part),
        };
        let done = self.done_without(part);
        if done.is_some() {
            self.nothing_returned()?;
        }
        Ok(std::iter::once(finished.into()).chain(done).collect())
    }

    pub(super) fn release(self, part: u16, reason: &Reason) -> Facts {
        fits(reason, &["release."])?;
        let known = self.part(part)?;
        if known.mandatory {
            return Err(Refusal::PartMandatory { part });
        }
        if known.over() {
            return Err(Refusal::PartOver { part, status: known.status.word() });
        }
        if let Some(open) = self.open_transfer(part) {
            return Err(Refusal::OfferOpen { transfer: open.id });
        }
        Ok(vec![PartReleased { part, reason: reason.clone(), clocks: self.part_clocks(part) }.into()])
    }

    /// Ends what a part owes.
    pub(super) fn part_clocks(self, part: u16) -> Vec<super::super::clock::Move> {
        let handling = [ClockName::Handle, ClockName::Feedback].map(|name| ClockId::part(name, part));
        handling.into_iter().fold(self.unit_clocks(part), super::Clocks::stop).moves()
    }

    /// Ends what units and receivers owe on a part: signing and arriving.
    pub(super) fn unit_clocks(self, part: u16) -> super::Clocks<'a> {
        let of_part = self.incident.handovers.iter().filter(|handover| handover.part == Some(part));
        let owed =
            of_part.flat_map(|handover| [ClockName::Sign, ClockName::Arrive].map(|name| ClockId::handover(name, handover.id)));
        owed.fold(self.clocks(), super::Clocks::stop)
    }

    pub(super) fn ask_check(self, agency: &Agency) -> Facts {
        self.nothing_returned()?;
        let clocks = self.clocks().start(ClockId::incident(ClockName::Check)).moves();
        Ok(vec![CheckAsked { agency: agency.clone(), clocks }.into()])
    }

    /// Checked by somebody who did not handle it; what fails goes back to its owners.
    pub(super) fn check(self, passed: bool, reason: &Reason) -> Facts {
        fits(reason, &["check."])?;
        self.not_a_handler()?;
        let back: Vec<u16> = if passed {
            Vec::new()
        } else {
            // Of this round only: what an earlier one settled stays settled.
            let round = self.incident.rounds;
            let finished = |part: &&super::Part| part.status == PartStatus::Finished && part.mandatory && part.round == round;
            self.incident.parts.iter().filter(finished).map(|part| part.id).collect()
        };
        let stopped = self.clocks().stop(ClockId::incident(ClockName::Check));
        let clocks = back.iter().fold(stopped, |clocks, &part| clocks.start(ClockId::part(ClockName::Handle, part))).moves();
        let (sealed, evidence) = (Vec::new(), Vec::new());
        Ok(vec![Checked { passed, reason: reason.clone(), sealed, evidence, back, clocks }.into()])
    }

    pub(super) fn tell(self, report: ReportId, sealed: &[Sealed]) -> Facts {
        let (number, known) = self.report(report)?;
        if known.answer.is_none() {
            return Err(Refusal::NoAnswerOwed {});
        }
        self.nothing_returned()?;
        let contacted = self.clocks().stop(ClockId::report(ClockName::Contact, number));
        let mut clocks = contacted.stop(ClockId::report(ClockName::Answer, number));
        // Told again, the promise to ask goes on from the first time.
        if known.told.is_none() {
            clocks = clocks.start(ClockId::report(ClockName::Followup, number));
        }
        let clocks = clocks.moves();
        Ok(vec![ReporterTold { report, sealed: sealed.to_vec(), clocks }.into()])
    }

    /// Asked by somebody who did not handle it; who was not reached gave no opinion.
    pub(super) fn follow_up(
        self,
        report: ReportId,
        reached: bool,
        contacted: Option<bool>,
        solved: Option<bool>,
        satisfaction: Option<Satisfaction>,
        sealed: &[Sealed],
    ) -> Facts {
        let (number, known) = self.report(report)?;
        if known.told.is_none() {
            return Err(Refusal::NotTold {});
        }
        if !reached && (contacted.is_some() || solved.is_some() || satisfaction.is_some()) {
            return Err(Refusal::Unreached {});
        }
        self.not_a_handler()?;
        let mut clocks = self.clocks();
        if reached || known.followup.tries + 1 >= self.context.book.followup_tries() {
            clocks = clocks.stop(ClockId::report(ClockName::Followup, number));
        }
        let asked = FollowedUp {
            report,
            reached,
            contacted,
            reason: None,
            solved,
            satisfaction,
            sealed: sealed.to_vec(),
            clocks: clocks.moves(),
        };
        Ok(vec![asked.into()])
    }

    fn not_a_handler(self) -> Result<(), Refusal> {
        let seat = self.context.actor.seat().map(|seat| &seat.id);
        if self.incident.parts.iter().any(|part| seat.is_some_and(|seat| part.worked.contains(seat))) {
            return Err(Refusal::SamePerson {});
        }
        Ok(())
    }
}
