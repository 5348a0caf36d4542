//! From done to closed, and beyond: checked, told, asked, closed, taken up again.

use domain::{
    fact::command_key,
    id::Agency,
    incident::{ReportState, Satisfaction, Stage},
    seat::Role,
};
use wire::v1::{self, feedback_act_request as feedback};

use super::{Act, On, Step, by_partner, pace::Hours, why};

/// Tries after which nobody rings up again (practice-rules §4.3).
const TRIES: u16 = 3;

/// The id of the one command that asks to take an incident up again in a round.
pub(crate) fn ask_reopen_id(id: domain::id::IncidentId, rounds: u16) -> String {
    format!("demo/{id}/r{rounds}/ask_reopen")
}

impl On<'_> {
    pub(super) fn ending(&self, wishes: &mut Vec<Step>) {
        if self.incident.reopen.is_some() {
            self.decide_reopening(wishes);
            return;
        }
        match self.incident.stage {
            Stage::Done => {
                self.settle_assisting(wishes);
                if wishes.is_empty() {
                    self.check_or_tell(wishes);
                }
            }
            Stage::Checking => self.check(wishes),
            Stage::Followup => {
                self.settle_followup(wishes);
                if wishes.is_empty() {
                    self.close(wishes);
                }
            }
            _ => self.second_look(wishes),
        }
    }

    fn owed(&self) -> impl Iterator<Item = (&ReportState, &Agency)> {
        self.incident.reports.iter().filter_map(|report| Some((report, report.answer.as_ref()?)))
    }

    fn check_or_tell(&self, wishes: &mut Vec<Step>) {
        let checked = match self.lead.as_str() {
            "grid" => 0.7,
            "hotline" => 0.3,
            _ => 0.06,
        };
        if !self.incident.checked && self.pace.draw("checked").chance(checked) {
            let act = Act::Feedback(feedback::Action::AskCheck(feedback::AskCheck { agency: self.lead.to_string() }));
            let ask = self.pace.step("ask_check", &self.lead, Role::Dispatcher, 700.0, act);
            // Whether a partner's people look once more is theirs to say; our reporters do not wait for that.
            if !by_partner(self.incident, &ask) {
                wishes.push(ask);
                return;
            }
        }
        self.tell(wishes);
        if wishes.is_empty() {
            self.close(wishes);
        }
    }

    fn check(&self, wishes: &mut Vec<Step>) {
        let mut dice = self.pace.draw("check_result");
        let passed = dice.chance(0.9);
        let code = if passed { "check.passed" } else { dice.pick(&["check.unsolved", "check.unsolved", "check.evidence"]) };
        let act = Act::Feedback(feedback::Action::Check(feedback::Check { passed, reason: why(code) }));
        wishes.push(self.pace.step_within("check", &self.lead, Role::Checker, 4_500.0, Hours::Waking, act));
    }

    fn tell(&self, wishes: &mut Vec<Step>) {
        for (report, answer) in self.owed().filter(|(report, _)| report.told.is_none()) {
            let words = "您反映的事项已处理完毕，感谢您的监督。".to_owned();
            let act = Act::Feedback(feedback::Action::Tell(feedback::Tell { report_id: report.id.to_string(), words }));
            wishes.push(self.pace.step_within("tell", answer, Role::CallTaker, 1_500.0, Hours::Waking, act));
        }
    }

    /// Every reporter who is owed an answer is told and asked; one who is not reached is tried three times.
    fn settle_followup(&self, wishes: &mut Vec<Step>) {
        self.settle_assisting(wishes);
        self.tell(wishes);
        let waiting = |report: &ReportState| report.told.is_some() && !report.followup.reached && report.followup.tries < TRIES;
        for (report, answer) in self.owed().filter(|(report, _)| waiting(report)) {
            let act = Act::Feedback(feedback::Action::FollowUp(self.asked(report)));
            wishes.push(self.pace.step_within("follow_up", answer, Role::FollowUp, 14_000.0, Hours::Waking, act));
        }
        if !wishes.is_empty() || self.incident.rounds >= 2 {
            return;
        }
        let asked = self.incident.answered(command_key(&ask_reopen_id(self.incident.id, self.incident.rounds))).is_some();
        let unhappy = |report: &ReportState| report.followup.solved == Some(false);
        if let Some((report, answer)) = self.owed().find(|(report, _)| unhappy(report)).filter(|_| !asked)
            && self.pace.fate("wants_reopening").chance(0.75)
        {
            let reason = why("reopen.unsolved");
            let act = Act::Feedback(feedback::Action::AskReopen(feedback::AskReopen { report_id: report.id.to_string(), reason }));
            wishes.push(self.pace.step("ask_reopen", answer, Role::FollowUp, 400.0, act));
        }
    }

    /// What the reporter says. Four in five are reached at a try.
    fn asked(&self, report: &ReportState) -> feedback::FollowUp {
        let mut dice = self.pace.draw("followup_answer");
        let report_id = report.id.to_string();
        if dice.chance(0.2) {
            return feedback::FollowUp { report_id, reached: false, ..feedback::FollowUp::default() };
        }
        let level = *dice.weighed(&[
            (36, Satisfaction::VerySatisfied),
            (38, Satisfaction::Satisfied),
            (14, Satisfaction::Fair),
            (8, Satisfaction::Dissatisfied),
            (4, Satisfaction::VeryDissatisfied),
        ]);
        let solved = if level >= Satisfaction::Dissatisfied { dice.chance(0.3) } else { dice.chance(0.97) };
        feedback::FollowUp {
            report_id,
            reached: true,
            contacted: Some(dice.chance(0.93)),
            solved: Some(solved),
            satisfaction: runtime::convert::number_of::<v1::Satisfaction>(level.word()),
            words: String::new(),
        }
    }

    fn close(&self, wishes: &mut Vec<Step>) {
        let act = Act::Feedback(feedback::Action::Close(feedback::Close {}));
        wishes.push(self.pace.step("close", &self.lead, Role::Dispatcher, 900.0, act));
    }

    /// Granted or refused by the duty chief, never by who asked.
    fn decide_reopening(&self, wishes: &mut Vec<Step>) {
        let mut dice = self.pace.draw("reopening");
        let (name, action) = if dice.chance(0.65) {
            ("reopen", feedback::Action::Reopen(feedback::Reopen {}))
        } else {
            let reason = why(dice.pick(&["reopen_refused.done", "reopen_refused.new_matter"]));
            ("refuse_reopen", feedback::Action::RefuseReopen(feedback::RefuseReopen { reason }))
        };
        wishes.push(self.pace.step(name, &self.lead, Role::DutyChief, 2_400.0, Act::Feedback(action)));
    }

    /// Supervision looks at one closed incident in sixty and finds it unsolved.
    fn second_look(&self, wishes: &mut Vec<Step>) {
        let asked = self.incident.answered(command_key(&ask_reopen_id(self.incident.id, self.incident.rounds))).is_some();
        if asked || self.incident.rounds > 0 || self.incident.parts.is_empty() || !self.pace.fate("second_look").chance(0.016) {
            return;
        }
        let reason = why("reopen.supervisor");
        let act = Act::Feedback(feedback::Action::AskReopen(feedback::AskReopen { report_id: String::new(), reason }));
        wishes.push(self.pace.step_within("ask_reopen", &self.lead, Role::Supervisor, 40_000.0, Hours::Waking, act));
    }
}
