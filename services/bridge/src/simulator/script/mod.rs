//! What a partner does next with a case: a function of the case and the seed, of nothing else.
//!
//! Pending work is therefore kept nowhere: a simulator that was killed goes on where it was. Every step that is possible
//! is wished for with its time; the earliest is taken. Whether the hub agrees is the hub's business.
//!
//! Read [`work`] for orders and units, [`answers`] for what others offer, [`ending`] for checks and answers; what only one
//! partner does stands in [`police110`](super::police110) and [`gridplatform`](super::gridplatform).

mod answers;
mod ending;
mod work;

use domain::time::{DAY_MS, Time};
use wire::v1::{Basis, Form, FormNumber, Item, Reason, partner_frame::Body};

use super::{
    Partner,
    case::{Case, Task, TransferStep},
    dice::{Dice, named},
    place::Places,
};

/// The version of the hand-over catalogue that partners know.
const CATALOGUE: &str = "2026.3";

/// One thing that a partner will do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// When.
    pub(crate) due: Time,
    /// What.
    pub(crate) body: Body,
    /// Numbers of forms that come with it.
    pub(crate) numbers: Vec<FormNumber>,
    /// Who.
    pub(crate) person: String,
    /// How the time is known.
    pub(crate) basis: Basis,
    /// The row of the hand-over catalogue.
    pub(crate) item: Option<Item>,
}

/// What a script may know beside the case.
pub(crate) struct Around<'a> {
    /// Which partner.
    pub(crate) partner: Partner,
    /// Communities and grids.
    pub(crate) places: &'a Places,
    /// The same seed, the same decisions.
    pub(crate) seed: u64,
    /// The shared id of another case of ours, by its key; none where it is not known or that case is over.
    pub(crate) shared_id: &'a dyn Fn(&str) -> Option<String>,
}

/// The next step, if anything is left to do.
pub(crate) fn next(case: &Case, around: &Around<'_>) -> Option<Step> {
    if case.over {
        return None;
    }
    let mut script = Script { case, around, wishes: Vec::new() };
    match around.partner {
        Partner::Police110 => script.police(),
        Partner::GridPlatform => script.grid(),
    }
    // Of two at the same instant the first wished for comes first.
    script.wishes.into_iter().min_by_key(|step| step.due)
}

/// One case as its partner's people look at it.
pub(crate) struct Script<'a> {
    pub(super) case: &'a Case,
    pub(super) around: &'a Around<'a>,
    pub(super) wishes: Vec<Step>,
}

impl<'a> Script<'a> {
    /// Dice about something of this case; the same name, the same throw.
    pub(super) fn fate(&self, about: &str) -> Dice {
        Dice::about(&[self.around.seed, named(&self.case.key), named(about)])
    }

    /// When something is done that follows on `base` and usually takes `usual` seconds.
    pub(super) fn after(&self, base: Time, about: &str, usual: f64) -> Time {
        base.plus_seconds(self.fate(about).seconds(usual))
    }

    /// The same, while people are awake: nobody is rung up at night.
    pub(super) fn after_awake(&self, base: Time, about: &str, usual: f64) -> Time {
        let mut dice = self.fate(about);
        let due = base.plus_seconds(dice.seconds(usual));
        within(due, 9, 20, dice.below(5_400).cast_signed())
    }

    /// Wishes for a step; what is needed to find the case at the hub comes with it.
    pub(super) fn wish(&mut self, due: Time, person: String, body: Body) -> &mut Step {
        let mut numbers = Vec::new();
        if self.case.incident.is_empty()
            && let Some(report) = &self.case.report
        {
            numbers.push(FormNumber { form: Form::Intake.into(), number: report.reference.clone(), part: 0 });
        }
        self.wishes.push(Step { due, body, numbers, person, basis: Basis::Seat, item: None });
        self.wishes.last_mut().expect("just pushed")
    }

    /// A seat of ours, by what it does.
    pub(super) fn seat(&self, does: &str) -> String {
        let mut dice = self.fate(does);
        format!("{}9{:03}", self.around.partner.letter(), dice.below(40) + 1)
    }

    /// Whoever drives or walks with a unit.
    pub(super) fn crew(&self, unit: &str) -> String {
        format!("{}{:04}", self.around.partner.letter(), named(unit) % 8_000 + 100)
    }

    /// The number of our `nth` form of this kind: the same digits as the report's, or drawn where the case began elsewhere.
    pub(super) fn form(&self, form: Form, nth: usize, at: Time) -> FormNumber {
        let letter = match form {
            Form::Intake => "J",
            Form::Dispatch => "C",
            Form::Feedback => "F",
            Form::Case => "L",
            Form::Assignment => "P",
            Form::Inspection => "H",
            Form::Unspecified => "X",
        };
        let rest = match &self.case.report {
            Some(report) => report.reference[1..].to_owned(),
            None => format!("{}-x{}", at.date().replace('-', ""), self.case.key.get(..8).unwrap_or(&self.case.key)),
        };
        FormNumber { form: form.into(), number: format!("{letter}{rest}-{}", nth + 1), part: 0 }
    }

    /// Does nothing of this task remain with us? It ended, or it went to another agency before anybody was sent.
    pub(super) fn task_over(&self, task: &Task) -> bool {
        let away = |part: u32, lead: bool| part == task.part && (part > 0 || lead && self.case.live(task).next().is_none());
        let given = self.case.transfers.iter().filter(|transfer| transfer.ours && transfer.step == TransferStep::Accepted);
        task.finished.is_some() || given.clone().any(|transfer| away(self.case.own(transfer.part), transfer.lead))
    }

    /// Is an offer of ours about the lead, or about this part, still open?
    pub(super) fn offered(&self, task: &Task) -> Option<Time> {
        let about = |part: u32, lead: bool| lead || part > 0 && part == task.part;
        let mut open = self.case.transfers.iter().filter(|transfer| transfer.ours && transfer.step == TransferStep::Open);
        open.find(|transfer| about(self.case.own(transfer.part), transfer.lead)).map(|transfer| transfer.since)
    }
}

/// A reason without arguments.
pub(super) fn why(code: &str) -> Option<Reason> {
    Some(Reason { code: code.to_owned(), ..Reason::default() })
}

/// A row of the hand-over catalogue.
pub(super) fn item(code: &str) -> Option<Item> {
    Some(Item { code: code.to_owned(), catalogue: CATALOGUE.to_owned() })
}

/// The reason that names such a row.
pub(super) fn by_item(code: &str) -> Option<Reason> {
    let args = [("item".to_owned(), code.to_owned())].into();
    Some(Reason { code: "transfer.catalogue".to_owned(), args })
}

/// The hour of the district's day.
pub(super) fn hour(at: Time) -> i64 {
    i64::from(at.civil().hour())
}

/// The next instant between two hours of the day, not before `at`; who had to wait comes `spread` seconds after the first hour.
pub(super) fn within(at: Time, from: i64, to: i64, spread: i64) -> Time {
    if (from..to).contains(&hour(at)) {
        return at;
    }
    let midnight = at.day() * DAY_MS - 8 * 3_600_000;
    let later = if hour(at) < from { 0 } else { DAY_MS };
    Time::from_ms(midnight + later).plus_seconds(from * 3_600 + spread)
}
