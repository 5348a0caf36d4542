//! Orders and units: each task gets one, signs it, leaves, arrives, works, ends. What a unit cannot do, the next one does.

use domain::time::Time;
use wire::v1::{
    Basis, Form, Outcome,
    partner_frame::{Body, Finished, Order as OrderFrame, Progress},
};
use wire::v1::{OrderStep as Wire, ProgressStep};

use super::{
    super::{
        Partner,
        case::{Duty, Order, OrderStep, Task},
    },
    Script, why,
};

/// What a unit does that waits outside until it is safe (外围待命).
const STAGE: &str = "task/stage";
/// The priority of what nobody gave one.
const ROUTINE: u32 = 4;
/// Town seconds after which an offer that nobody answered holds nobody up any more.
const PATIENCE_SECONDS: i64 = 6 * 3_600;

/// Usual seconds of a part's steps.
struct Usual {
    order: f64,
    sign: f64,
    leave: f64,
    arrive: f64,
    work: f64,
}

impl Script<'_> {
    /// All tasks that are ours.
    pub(in super::super) fn work(&mut self) {
        let case = self.case;
        for task in &case.tasks {
            if self.task_over(task) {
                continue;
            }
            self.units(task);
            // Who may take it over decides first.
            let hold = self.offered(task).map_or(Time::default(), |since| since.plus_seconds(PATIENCE_SECONDS));
            let hold = hold.max(self.may_go());
            self.dispatch(task, hold);
            self.finish(task, hold);
        }
    }

    fn usual(&self) -> Usual {
        let (order, sign, leave, arrive, work) = match (self.around.partner, self.case.urgent()) {
            (Partner::Police110, true) => (20.0, 8.0, 25.0, 200.0, 1_500.0),
            (Partner::Police110, false) => (70.0, 12.0, 60.0, 450.0, 1_100.0),
            (Partner::GridPlatform, true) => (60.0, 30.0, 60.0, 360.0, 1_800.0),
            (Partner::GridPlatform, false) if self.at_once() => (20.0, 10.0, 5.0, 30.0, 240.0),
            (Partner::GridPlatform, false) => (700.0, 160.0, 500.0, 900.0, 3_000.0),
        };
        Usual { order, sign, leave, arrive, work }
    }

    /// Fixed by the patrol that found it (即巡即办).
    fn at_once(&self) -> bool {
        self.case.report.is_some() && self.case.priority == 4 && self.fate("at once").chance(0.35)
    }

    /// Grid people stay outside until the police say that it is safe.
    fn barred(&self) -> bool {
        self.around.partner == Partner::GridPlatform
            && self.case.scene != Some(true)
            && (self.case.stay_outside || self.case.dangerous())
    }

    /// Sends the first unit, another one for one that could not, and now and then a second car.
    fn dispatch(&mut self, task: &Task, hold: Time) {
        let case = self.case;
        let of_round = || case.orders.iter().filter(|order| order.part == task.part && order.round == task.round);
        let (sent, live) = (of_round().count(), case.live(task).count());
        let last = of_round().map(|order| order.since).max();
        let usual = self.usual();
        let about = format!("order {}/{}/{sent}", task.part, task.round);
        let police = self.around.partner == Partner::Police110;
        let due = match (live, last) {
            (0, None) if task.ours => {
                let base = case.mark("accepted").map_or(task.since, |accepted| accepted.max(task.since));
                self.after(base, &about, usual.order)
            }
            // Another unit for one that could not.
            (0, Some(last)) if task.ours => self.after(last, &about, usual.order),
            (1, Some(_)) if task.ours && police && sent == 1 && case.urgent() && self.fate("second car").chance(0.3) => {
                let first = of_round().next().map_or(task.since, |order| order.since);
                self.after(first, &about, 50.0)
            }
            _ => return,
        };
        let stage = self.barred();
        let (due, unit) =
            self.around.places.unit(self.around.partner, case, stage, due.max(hold), case.orders.len(), &mut self.fate("unit"));
        let form = match self.around.partner {
            Partner::Police110 => Form::Dispatch,
            Partner::GridPlatform => Form::Assignment,
        };
        let form = self.form(form, case.orders.len(), due);
        let frame = OrderFrame {
            step: Wire::Issued.into(),
            part: task.part,
            unit,
            task: if stage { STAGE.to_owned() } else { String::new() },
            category: if case.category.is_empty() { self.plain().to_owned() } else { case.category.clone() },
            priority: if case.priority == 0 { ROUTINE } else { case.priority },
            ..OrderFrame::default()
        };
        let seat = self.seat("dispatch");
        self.wish(due, seat, Body::Order(frame)).numbers.push(form);
    }

    /// What a partner calls a matter that came to it without a category.
    const fn plain(&self) -> &'static str {
        match self.around.partner {
            Partner::Police110 => "police/other",
            Partner::GridPlatform => "city/06047",
        }
    }

    /// What each unit under way does next.
    fn units(&mut self, task: &Task) {
        let (case, usual) = (self.case, self.usual());
        for (nth, order) in case.orders.iter().enumerate() {
            if order.part != task.part || order.round != task.round {
                continue;
            }
            let about = |what: &str| format!("{what} {nth}");
            match order.step {
                OrderStep::Issued => self.sign(order, nth, usual.sign),
                OrderStep::Signed => {
                    let due = self.after(order.since, &about("leave"), usual.leave);
                    self.progress(order, due, ProgressStep::EnRoute);
                }
                OrderStep::EnRoute if self.barred() => {}
                OrderStep::EnRoute => {
                    let called = if case.scene == Some(true) { case.scene_at } else { order.since };
                    let due = self.after(order.since.max(called), &about("arrive"), usual.arrive);
                    self.progress(order, due, ProgressStep::OnScene);
                }
                OrderStep::OnScene => self.scene(order, nth),
                OrderStep::Gone => {}
            }
        }
    }

    fn sign(&mut self, order: &Order, nth: usize, usual: f64) {
        let mut dice = self.fate(&format!("sign {nth}"));
        let cannot = dice.chance(0.04);
        let due = order.since.plus_seconds(dice.seconds(if cannot { usual * 3.0 } else { usual }));
        let reason = dice.pick(&["cannot.busy", "cannot.busy", "cannot.equipment", "cannot.beyond_power", "cannot.unsafe"]);
        let frame = OrderFrame {
            step: if cannot { Wire::Cannot } else { Wire::Signed }.into(),
            order: order.number,
            part: order.part,
            unit: order.unit.clone(),
            reason: if cannot { why(reason) } else { None },
            ..OrderFrame::default()
        };
        let crew = self.crew(&order.unit);
        self.wish(due, crew, Body::Order(frame)).basis = Basis::Device;
    }

    fn progress(&mut self, order: &Order, due: Time, step: ProgressStep) {
        let frame = Progress { step: step.into(), part: order.part, order: order.number, unit: order.unit.clone() };
        let crew = self.crew(&order.unit);
        self.wish(due, crew, Body::Progress(frame)).basis = Basis::Device;
    }

    /// The police who are there say whether others may come; now and then first that they may not.
    fn scene(&mut self, order: &Order, nth: usize) {
        let case = self.case;
        if self.around.partner != Partner::Police110 || !case.dangerous() || case.scene == Some(true) {
            return;
        }
        let unsafe_first = case.scene.is_none() && self.fate("unsafe").chance(0.25);
        let (step, usual) = if unsafe_first { (ProgressStep::SceneUnsafe, 70.0) } else { (ProgressStep::SceneSafe, 420.0) };
        let base = order.since.max(case.scene_at);
        let due = self.after(base, &format!("scene {nth} {unsafe_first}"), usual);
        self.progress(order, due, step);
    }

    /// The end of a part, once all its units are there and the scene is safe.
    fn finish(&mut self, task: &Task, hold: Time) {
        let case = self.case;
        let Some(not_before) = case.not_before(Duty::Finish) else { return };
        let Some(arrived) = case.live(task).map(|order| order.since).max() else { return };
        let all_there = case.live(task).all(|order| order.step == OrderStep::OnScene);
        let police = self.around.partner == Partner::Police110;
        if !all_there || police && case.dangerous() && case.scene != Some(true) {
            return;
        }
        let about = format!("finish {}/{}", task.part, task.round);
        let mut dice = self.fate(&about);
        let due = arrived.max(case.scene_at).plus_seconds(dice.seconds(self.usual().work)).max(not_before).max(hold);
        // What the scene gives away, the part ends after.
        let due = case.transfers.iter().filter(|transfer| transfer.ours).map(|transfer| transfer.since).fold(due, Time::max);
        let category = match self.around.partner {
            Partner::Police110 if dice.chance(0.12) => dice.pick(&["police/dispute", "police/help", "police/other"]).to_owned(),
            Partner::Police110 => case.category.clone(),
            Partner::GridPlatform => String::new(),
        };
        let (outcome, words) = self.outcome(&mut dice);
        let frame = Finished { part: task.part, category, outcome: outcome.into(), words: words.to_owned() };
        let unit = case.live(task).next().map(|order| order.unit.clone()).unwrap_or_default();
        let crew = self.crew(&unit);
        let form = self.form(Form::Feedback, usize::try_from(task.round).unwrap_or(0), due);
        let step = self.wish(due, crew, Body::Finished(frame));
        if police {
            step.numbers.push(form);
        }
    }

    fn outcome(&self, dice: &mut super::Dice) -> (Outcome, &'static str) {
        *match self.around.partner {
            Partner::Police110 => dice.weighed(&[
                (46, (Outcome::Solved, "到场处置完毕，现场恢复正常，当事各方已离开。")),
                (20, (Outcome::Explained, "到场了解情况并作出说明，报警人表示清楚。")),
                (18, (Outcome::Mediated, "现场调解，双方同意各自让一步。")),
                (8, (Outcome::CaseOpened, "已受案，移交办案部门。")),
                (6, (Outcome::NotFound, "到场未发现所报情况，已电话告知报警人。")),
                (2, (Outcome::Unsolvable, "现场条件不具备，已说明原因并登记。")),
            ]),
            Partner::GridPlatform => dice.weighed(&[
                (70, (Outcome::Solved, "已清理整改，处置前后照片已上传。")),
                (14, (Outcome::Solved, "已联系责任单位当场整改。")),
                (8, (Outcome::Explained, "已上门告知并说明规定，约定整改时间。")),
                (5, (Outcome::NotFound, "到场时情况已不存在。")),
                (3, (Outcome::Unsolvable, "需上级统筹安排，已登记并设置提示。")),
            ]),
        }
    }
}
