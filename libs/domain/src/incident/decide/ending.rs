//! Ends and what comes after them: closed, withdrawn, void, reopened; timers that ran out.

use super::{
    super::{
        clock::{ClockId, On as Kept},
        facts::{ClockBreached, Closed, ReopenAsked, ReopenRefused, Reopened, VoidAsked, Voided, Withdrawn},
        kinds::{Class, ClockName},
        refusal::Refusal,
    },
    Facts, On, fits,
};
use crate::{id::ReportId, reason::Reason};

/// A second person has a day to agree to a void (practice-rules §5.11).
const VOID_SECONDS: i64 = 24 * 3600;

impl On<'_> {
    /// Closes when no part is open and every reporter who is owed an answer was told and asked.
    pub(super) fn close(self) -> Facts {
        self.nothing_returned()?;
        if let Some(part) = self.incident.parts.iter().find(|part| !part.over()) {
            return Err(Refusal::PartsOpen { part: part.id });
        }
        if let Some(open) = self.incident.handovers.iter().find(|handover| handover.open()) {
            return Err(Refusal::OfferOpen { transfer: open.id });
        }
        if self.incident.reopen.is_some() {
            return Err(Refusal::ReopenPending {});
        }
        for (number, report) in (1..).zip(&self.incident.reports) {
            let asked = report.followup.reached || report.followup.tries >= self.context.book.followup_tries();
            if report.answer.is_some() && (report.told.is_none() || !asked) {
                return Err(Refusal::ReportersOpen { report: number });
            }
        }
        Ok(vec![Closed { clocks: self.clocks().stop_all().moves() }.into()])
    }

    pub(super) fn withdraw(self, reason: &Reason) -> Facts {
        fits(reason, &["withdraw.reporter", "withdraw.solved"])?;
        if let Some(priority) = self.incident.priority.filter(|priority| priority.emergency()) {
            return Err(Refusal::EmergencyStays { priority: priority.number() });
        }
        let clocks = self.clocks().stop_all().moves();
        Ok(vec![Withdrawn { report: None, reason: reason.clone(), sealed: Vec::new(), clocks }.into()])
    }

    pub(super) fn ask_void(self, reason: &Reason) -> Facts {
        fits(reason, &["void."])?;
        let Some(seat) = self.context.actor.seat() else {
            return Err(Refusal::NeedsPerson { command: super::super::command::Kind::AskVoid });
        };
        if self.incident.void_asked.as_ref().is_some_and(|(_, until)| self.context.at <= *until) {
            return Err(Refusal::VoidPending {});
        }
        let until = self.context.at.plus_seconds(VOID_SECONDS);
        Ok(vec![VoidAsked { seat: seat.id.clone(), reason: reason.clone(), sealed: Vec::new(), until }.into()])
    }

    pub(super) fn void(self) -> Facts {
        let (first, until) = self.incident.void_asked.as_ref().ok_or(Refusal::NoVoidAsked {})?;
        if self.context.at > *until {
            return Err(Refusal::VoidExpired {});
        }
        if self.context.actor.seat().is_some_and(|seat| seat.id == *first) {
            return Err(Refusal::SamePerson {});
        }
        Ok(vec![Voided { clocks: self.clocks().stop_all().moves() }.into()])
    }

    pub(super) fn ask_reopen(self, report: Option<ReportId>, reason: &Reason) -> Facts {
        fits(reason, &["reopen."])?;
        report.map(|id| self.report(id)).transpose()?;
        if self.incident.reopen.is_some() {
            return Err(Refusal::ReopenPending {});
        }
        Ok(vec![ReopenAsked { report, reason: reason.clone(), sealed: Vec::new(), clocks: Vec::new() }.into()])
    }

    /// Granted by somebody else than who asked. What the last round promised ends, but for the whole life's clock and
    /// those of parts that are still being worked on; the clocks of the new round carry higher versions.
    pub(super) fn reopen(self) -> Facts {
        self.reopening()?;
        let goes_on = |id: &ClockId| match id.on {
            Kept::Incident => id.name == ClockName::Total,
            Kept::Part(part) => self.incident.part(part).is_some_and(|part| !part.over()),
            Kept::Handover(number) => self
                .incident
                .handover(number)
                .is_some_and(|handover| handover.part.and_then(|part| self.incident.part(part)).is_none_or(|part| !part.over())),
            Kept::Report(_) => false,
            // What other desks owe is not undone by taking the matter up again.
            Kept::Tier(_) | Kept::Supervision(_) | Kept::Call(_) | Kept::Request(_) => true,
        };
        let old = self.incident.clocks.iter().map(|clock| clock.id).filter(|id| !goes_on(id));
        let ended = old.fold(self.clocks(), super::Clocks::stop);
        let answers = (1..).zip(&self.incident.reports).filter(|(_, report)| report.answer.is_some());
        let owed: &[ClockName] =
            if self.incident.class == Class::S { &[ClockName::Answer] } else { &[ClockName::Answer, ClockName::Contact] };
        let begin = |clocks, (number, _)| {
            owed.iter().fold(clocks, |clocks: super::Clocks<'_>, &name| clocks.start(ClockId::report(name, number)))
        };
        let clocks = answers.fold(ended, begin);
        Ok(vec![Reopened { round: self.incident.rounds + 1, clocks: clocks.moves() }.into()])
    }

    pub(super) fn refuse_reopen(self, reason: &Reason) -> Facts {
        fits(reason, &["reopen_refused."])?;
        self.reopening()?;
        Ok(vec![ReopenRefused { reason: reason.clone(), sealed: Vec::new(), clocks: Vec::new() }.into()])
    }

    fn reopening(self) -> Result<(), Refusal> {
        let asked = self.incident.reopen.as_ref().ok_or(Refusal::NoReopenAsked {})?;
        if asked.asked_by == self.context.actor.text() { Err(Refusal::SamePerson {}) } else { Ok(()) }
    }

    /// A timer that was set for an older version of its clock changes nothing and says so (rule 5).
    pub(super) fn breach(self, id: ClockId, version: u32) -> Facts {
        if self.incident.history {
            return Err(Refusal::HistoryStill {});
        }
        let name = || id.to_string();
        let clock = self.incident.clock(id).ok_or_else(|| Refusal::ClockUnknown { clock: name() })?;
        if !id.promise() {
            return Err(Refusal::ClockNoPromise { clock: name() });
        }
        if clock.version != version {
            return Err(Refusal::ClockStale { clock: name(), version, now: clock.version });
        }
        if clock.breached {
            return Err(Refusal::AlreadyBreached { clock: name() });
        }
        if self.context.at < clock.due {
            return Err(Refusal::ClockEarly { clock: name() });
        }
        Ok(vec![ClockBreached { clock: id, version, due: clock.due }.into()])
    }
}
