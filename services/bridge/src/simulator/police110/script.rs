//! What only the police do: hand mediation on, ask the grid to help, link calls of one matter, take a matter back.

use domain::time::Time;
use wire::v1::{
    self, TransferStep as Wire,
    partner_frame::{Body, CategoryCorrected, FormAmended, Linked, Recalled, Supplement, Transfer as TransferFrame, Withdrawn},
};

use super::super::{
    case::{OrderStep, Report, Transfer, TransferStep},
    script::{Script, by_item, item, why},
    words::{self, Setting},
};

/// Town seconds after which a second call is worked on by itself where the first is not shared yet.
const LINK_SECONDS: i64 = 600;

impl Script<'_> {
    pub(in super::super) fn police(&mut self) {
        let case = self.case;
        self.answers();
        if case.mark("withdrawn").is_some() && case.mark("withdraw_refused").is_none() {
            return;
        }
        let linking = case.mark("linked").is_some() && case.mark("link_refused").is_none();
        if linking {
            return;
        }
        if let Some(report) = &case.report {
            self.link(report);
            self.called_again(report);
            self.withdraw(report);
            self.for_hotline(report);
            self.later();
        }
        self.mediation();
        self.assistance();
        self.recall();
        // Once the calls can be linked, nobody is sent twice.
        if !self.wishes.iter().any(|step| matches!(step.body, Body::Linked(_))) {
            self.work();
        }
        self.ending();
    }

    /// The call that a second one is about.
    fn first_call(report: &Report) -> Option<&str> {
        report.reference.strip_suffix("-2")
    }

    /// 关联: a second call about one matter goes on in the first.
    fn link(&mut self, report: &Report) {
        let case = self.case;
        let begun = !case.orders.is_empty() || case.mark("link_refused").is_some();
        let Some(into) = Self::first_call(report).filter(|_| !begun).and_then(|key| (self.around.shared_id)(key)) else { return };
        let due = self.after(report.at, "link", 40.0);
        let reason = why(if case.urgent() { "link.repeat_call" } else { "link.same_matter" });
        let seat = self.seat("dispatch");
        self.wish(due, seat, Body::Linked(Linked { from: String::new(), into, reason }));
    }

    /// When units may be sent at the earliest: a second call waits a little, to be linked.
    pub(in super::super) fn may_go(&self) -> Time {
        let second = self.case.report.as_ref().filter(|report| Self::first_call(report).is_some());
        let waits = second.filter(|_| self.case.mark("link_refused").is_none() && !self.case.urgent());
        waits.map_or(Time::default(), |report| report.at.plus_seconds(LINK_SECONDS))
    }

    /// 续报: the same caller rings up again.
    fn called_again(&mut self, report: &Report) {
        if self.case.mark("supplement").is_none() && self.fate("again").chance(0.03) {
            let due = self.after(report.at, "again when", 900.0);
            self.supplement(report, due);
        }
    }

    fn supplement(&mut self, report: &Report, due: Time) {
        let mut dice = self.fate("again words");
        let more = words::fill(dice.pick(words::AGAIN), &Setting { place: "这里" }, &mut dice);
        let source = self.around.partner.name().to_owned();
        let frame = Supplement { source, reference: report.reference.clone(), text: format!("{}{more}", report.text) };
        let seat = self.seat("takes calls");
        self.wish(due, seat, Body::Supplement(frame));
    }

    /// 撤回: before anybody arrived, and never where life or limb is in danger.
    fn withdraw(&mut self, report: &Report) {
        let case = self.case;
        let arrived = case.orders.iter().any(|order| order.step == OrderStep::OnScene);
        let asked = case.mark("withdraw_refused").is_some() || case.urgent() || case.dangerous() || case.joint();
        if arrived || asked || !self.fate("withdraw").chance(0.05) {
            return;
        }
        let due = self.after(report.at, "withdraw when", 240.0);
        let code = if self.fate("withdraw why").chance(0.7) { "withdraw.solved" } else { "withdraw.reporter" };
        let seat = self.seat("takes calls");
        self.wish(due, seat, Body::Withdrawn(Withdrawn { reason: why(code) }));
    }

    /// What is no police matter goes to 12345 before anybody is sent.
    fn for_hotline(&mut self, report: &Report) {
        let case = self.case;
        let fits = matches!(case.category.as_str(), "police/help" | "police/inquiry" | "police/other" | "police/noise");
        if !fits || case.urgent() || !case.transfers.is_empty() || !case.orders.is_empty() || !self.fate("hotline").chance(0.2) {
            return;
        }
        let due = self.after(report.at, "hotline when", 30.0);
        self.offer(due, "hotline", true, "", "PH-01");
    }

    /// A quarrel that calmed down is for mediators: the lead is offered, the police part ends after the answer.
    fn mediation(&mut self) {
        let case = self.case;
        if case.category != "police/dispute" || !case.transfers.is_empty() || !self.fate("mediate").chance(0.35) {
            return;
        }
        let there = case.orders.iter().filter(|order| order.step == OrderStep::OnScene).map(|order| order.since).max();
        let Some(there) = there.filter(|_| !case.dangerous() || case.scene == Some(true)) else { return };
        if case.tasks.iter().any(|task| task.finished.is_some()) || !case.led_by_us() {
            return;
        }
        let due = self.after(there.max(case.scene_at), "mediate when", 600.0);
        self.offer(due, "grid", true, "task/mediate", "PG-01");
    }

    /// Joint response: the grid is asked to assist, the lead stays.
    fn assistance(&mut self) {
        let case = self.case;
        let fits = matches!(case.category.as_str(), "police/traffic" | "police/hazard" | "police/missing" | "police/fire");
        if !fits || !case.transfers.is_empty() || !case.led_by_us() || !self.fate("assist").chance(0.15) {
            return;
        }
        let signed =
            case.orders.iter().find(|order| matches!(order.step, OrderStep::Signed | OrderStep::EnRoute | OrderStep::OnScene));
        let Some(since) = signed.map(|order| order.since) else { return };
        let due = self.after(since, "assist when", 60.0);
        self.offer(due, "grid", false, "task/assist", "PG-99");
    }

    fn offer(&mut self, due: Time, to: &str, lead: bool, task: &str, row: &str) {
        let frame = TransferFrame {
            step: Wire::Offered.into(),
            lead,
            from: self.case.us.clone(),
            to: to.to_owned(),
            reason: by_item(row),
            task: task.to_owned(),
            ..TransferFrame::default()
        };
        let seat = self.seat("dispatch");
        self.wish(due, seat, Body::Transfer(frame)).item = item(row);
    }

    /// 收回: what was handed over is reported again, and is worse.
    fn recall(&mut self) {
        let case = self.case;
        let Some(report) = &case.report else { return };
        let given = |transfer: &&Transfer| transfer.ours && transfer.lead && transfer.step == TransferStep::Accepted;
        let Some(given) = case.transfers.iter().find(given) else { return };
        if case.mark("recalled").is_some() || !self.fate("recall").chance(0.08) {
            return;
        }
        match case.mark("supplement").filter(|again| *again > given.since) {
            None => {
                let due = self.after(given.since, "recall when", 2_700.0);
                self.supplement(report, due);
            }
            Some(again) => {
                let due = self.after(again, "recall then", 40.0);
                let code = if self.fate("recall why").chance(0.6) { "recall.violent" } else { "recall.unhandled" };
                let frame = Recalled { agency: case.us.clone(), reason: why(code) };
                let seat = self.seat("dispatch");
                self.wish(due, seat, Body::Recalled(frame));
            }
        }
    }

    /// After the feedback form: some are amended, some get another category.
    fn later(&mut self) {
        let case = self.case;
        let Some(finished) = case.tasks.iter().find_map(|task| task.finished) else { return };
        if case.mark("amended").is_none() && self.fate("amend").chance(0.03) {
            let due = self.after(finished, "amend when", 1_200.0);
            let words = "更正：出动警力数填写有误，已按实际更正。".to_owned();
            let seat = self.seat("forms");
            let form = self.form(v1::Form::Feedback, 0, due);
            self.wish(due, seat, Body::FormAmended(FormAmended { words })).numbers.push(form);
        }
        if case.mark("corrected").is_none() && self.fate("correct").chance(0.04) {
            let due = self.after(finished, "correct when", 1_500.0);
            let category = self.fate("correct to").pick(&["police/dispute", "police/other", "police/help"]).to_owned();
            let seat = self.seat("forms");
            self.wish(due, seat, Body::CategoryCorrected(CategoryCorrected { category }));
        }
    }
}
