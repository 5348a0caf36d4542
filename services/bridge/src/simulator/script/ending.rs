//! From done to closed: checked by another person, reporters told and asked, closed by who leads.

use domain::time::Time;
use wire::v1::{
    Form, Satisfaction, Stage,
    partner_frame::{Body, Checked, Closed, FollowUpDone, Told},
};

use super::{
    super::{
        Partner,
        case::{Duty, Owed},
    },
    Script, why,
};

/// Tries after which nobody rings up again (practice-rules §4.3).
const TRIES: u32 = 3;

impl Script<'_> {
    /// When our own work was over; none while it is not.
    fn worked(&self) -> Option<Time> {
        let case = self.case;
        if case.tasks.iter().any(|task| !self.task_over(task)) {
            return None;
        }
        let ends = case.tasks.iter().filter_map(|task| task.finished);
        let given = case.transfers.iter().map(|transfer| transfer.since);
        ends.chain(given).max()
    }

    /// Since when the hub has it as done, as far as we know. Alone on it, we need not wait to be told.
    fn done(&self) -> Option<Time> {
        match self.case.stage {
            Some(Stage::Done | Stage::Checking | Stage::Followup) => Some(self.case.staged.max(self.worked().unwrap_or_default())),
            _ if self.case.joint() => None,
            _ => self.worked(),
        }
    }

    pub(in super::super) fn ending(&mut self) {
        self.look();
        let Some(done) = self.done() else { return };
        let leads = self.case.led_by_us();
        let checks = leads && self.worked().is_some() && self.checks();
        if checks && self.case.mark("checked").is_none() {
            self.check(done);
            return;
        }
        let source = self.around.partner.name();
        let mut settled = done.max(self.case.mark("checked").unwrap_or_default());
        for owed in &self.case.owed {
            match owed.told {
                None => self.tell(owed, settled, source),
                Some(told) if !owed.reached && owed.tries < TRIES => self.ask(owed, told.max(owed.asked), source),
                Some(told) => settled = settled.max(told).max(owed.asked),
            }
        }
        let asked = |owed: &Owed| owed.told.is_some() && (owed.reached || owed.tries >= TRIES);
        if leads && self.worked().is_some() && self.case.owed.iter().all(asked) && self.case.mark("closed").is_none() {
            self.close(settled);
        }
    }

    /// Grid work is looked at by somebody else; what came from others only at times.
    fn checks(&self) -> bool {
        match self.around.partner {
            Partner::Police110 => false,
            Partner::GridPlatform => self.case.report.is_some() || self.fate("checks").chance(0.3),
        }
    }

    /// Somebody is asked to look: they go and say what they found.
    fn look(&mut self) {
        let Some(look) = self.case.look else { return };
        let about = format!("look {}", look.at.ms());
        let due = self.after_awake(look.at, &about, if look.check { 4_500.0 } else { 1_500.0 });
        let passed = self.fate(&about).chance(0.9);
        self.checked(due, passed);
    }

    fn check(&mut self, done: Time) {
        let Some(not_before) = self.case.not_before(Duty::Check) else { return };
        let failed = self.case.mark("check_failed");
        let about = if failed.is_some() { "second check" } else { "check" };
        let base = done.max(failed.unwrap_or_default());
        let due = self.after_awake(base, about, 4_500.0).max(not_before);
        let passed = failed.is_some() || self.fate(about).chance(0.92);
        self.checked(due, passed);
    }

    fn checked(&mut self, due: Time, passed: bool) {
        let code = match passed {
            true => "check.passed",
            false => self.fate("check reason").pick(&["check.unsolved", "check.unsolved", "check.evidence"]),
        };
        let seat = self.seat("checker");
        let nth = usize::from(self.case.mark("check_failed").is_some());
        let form = self.form(Form::Inspection, nth, due);
        let grid = self.around.partner == Partner::GridPlatform;
        let step = self.wish(due, seat, Body::Checked(Checked { passed, reason: why(code) }));
        if grid {
            step.numbers.push(form);
        }
    }

    fn tell(&mut self, owed: &Owed, done: Time, source: &str) {
        let Some(not_before) = self.case.not_before(Duty::Tell) else { return };
        let due = self.after_awake(done, &format!("tell {}", owed.reference), 1_500.0).max(not_before);
        let words = "您反映的情况已处置，如有新情况请再联系我们。".to_owned();
        let seat = self.seat("tells");
        self.wish(due, seat, Body::Told(Told { source: source.to_owned(), reference: owed.reference.clone(), words }));
    }

    /// What the reporter says. Four in five are reached at a try.
    fn ask(&mut self, owed: &Owed, since: Time, source: &str) {
        let Some(not_before) = self.case.not_before(Duty::Ask) else { return };
        let about = format!("ask {} {}", owed.reference, owed.tries);
        let due = self.after_awake(since, &about, 12_000.0).max(not_before);
        let mut dice = self.fate(&format!("{about} answer"));
        let mut frame = FollowUpDone { source: source.to_owned(), reference: owed.reference.clone(), ..FollowUpDone::default() };
        if dice.chance(0.8) {
            let level = *dice.weighed(&[
                (40, Satisfaction::VerySatisfied),
                (38, Satisfaction::Satisfied),
                (13, Satisfaction::Fair),
                (6, Satisfaction::Dissatisfied),
                (3, Satisfaction::VeryDissatisfied),
            ]);
            let unhappy = matches!(level, Satisfaction::Dissatisfied | Satisfaction::VeryDissatisfied);
            frame.reached = true;
            frame.contacted = Some(dice.chance(0.95));
            frame.solved = Some(if unhappy { dice.chance(0.3) } else { dice.chance(0.97) });
            frame.satisfaction = level.into();
        }
        let seat = self.seat("asks");
        self.wish(due, seat, Body::FollowUpDone(frame));
    }

    fn close(&mut self, settled: Time) {
        let Some(not_before) = self.case.not_before(Duty::Close) else { return };
        // Reporters of others are answered by others; their time is not ours.
        let others = self.case.report.is_none() && self.case.stage != Some(Stage::Followup);
        let due = self.after(settled, "close", if others { 14_000.0 } else { 900.0 }).max(not_before);
        let seat = self.seat("closes");
        self.wish(due, seat, Body::Closed(Closed {}));
    }
}
