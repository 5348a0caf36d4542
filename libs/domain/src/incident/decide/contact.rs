//! Promises kept on the way: the first contact with a reporter, the first feedback of a handler.

use super::{
    super::{
        clock::ClockId,
        command::Kind,
        facts::{FeedbackGiven, ReporterContacted, Sealed},
        kinds::ClockName,
        refusal::Refusal,
    },
    Facts, On,
    leave::worded,
};
use crate::id::ReportId;

impl On<'_> {
    /// Whoever has to do with the matter may ring up; the promise is kept by the first of them.
    pub(super) fn contact_reporter(self, report: ReportId, sealed: &[Sealed]) -> Facts {
        let (number, known) = self.report(report)?;
        let Some(answers) = &known.answer else { return Err(Refusal::NoAnswerOwed {}) };
        let seat = self.seat(Kind::ContactReporter)?;
        if !self.incident.agencies().any(|agency| *agency == seat.agency) {
            return Err(Refusal::NotYourAgency { needed: answers.to_string(), agency: seat.agency.to_string() });
        }
        let clocks = self.clocks().stop(ClockId::report(ClockName::Contact, number)).moves();
        Ok(vec![ReporterContacted { report, sealed: sealed.to_vec(), clocks }.into()])
    }

    pub(super) fn give_feedback(self, part: u16, sealed: &[Sealed]) -> Facts {
        self.owned_part(part)?;
        worded(sealed)?;
        let clocks = self.clocks().stop(ClockId::part(ClockName::Feedback, part)).moves();
        Ok(vec![FeedbackGiven { part, sealed: sealed.to_vec(), clocks }.into()])
    }
}
