//! One matter as a partner's own system knows it: folded from the frames that went out and came in, from nothing else.
//!
//! A simulator that was killed folds its ledger again and stands where it stood. What is done next is said by each
//! partner's script; read [`ours`] and [`theirs`] for what frames change, [`receipt`] for what a refusal undoes.

mod ours;
mod receipt;
mod theirs;

use std::collections::BTreeMap;

use domain::time::Time;
use wire::v1::{self, FormNumber, PartnerFrame, Stage};

pub(crate) use receipt::{Did, Duty};
pub(crate) use theirs::News;

/// A matter.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Case {
    /// Our own intake number, or the incident's id where it began with others.
    pub(crate) key: String,
    /// The shared id; empty until the hub said it.
    pub(crate) incident: String,
    /// Which agency we are.
    pub(crate) us: String,
    /// Our own report, where it began with us.
    pub(crate) report: Option<Report>,
    /// The category that counts for us.
    pub(crate) category: String,
    /// 1 to 4; 0 where it is not known.
    pub(crate) priority: u32,
    /// Words that call for care, as numbers of the wire.
    pub(crate) flags: Vec<i32>,
    /// Where, as an area's code.
    pub(crate) area: String,
    /// Where it stands with the hub; none before the hub said so.
    pub(crate) stage: Option<Stage>,
    /// When that moved last.
    pub(crate) staged: Time,
    /// Who leads, as the hub says; empty before it did.
    pub(crate) lead: String,
    /// Our own part's number; 0 where it is not known.
    pub(crate) part: u32,
    /// What the police said of the scene.
    pub(crate) scene: Option<bool>,
    /// When they said it.
    pub(crate) scene_at: Time,
    /// Our people wait outside.
    pub(crate) stay_outside: bool,
    /// What we are to do.
    pub(crate) tasks: Vec<Task>,
    /// Orders to our units, in order.
    pub(crate) orders: Vec<Order>,
    /// Transfers by us or to us.
    pub(crate) transfers: Vec<Transfer>,
    /// Reporters that we owe an answer.
    pub(crate) owed: Vec<Owed>,
    /// What our people are asked to look at.
    pub(crate) look: Option<Look>,
    /// What happened once, by its name.
    pub(crate) marks: BTreeMap<&'static str, Time>,
    /// What was refused and is tried again later, how often, and when at the earliest.
    pub(crate) held: BTreeMap<Duty, (u8, Time)>,
    /// Own frames without a receipt yet.
    pub(crate) open: BTreeMap<u64, Did>,
    /// Frames that were refused or wrong.
    pub(crate) refused: u32,
    /// Nothing is left to do.
    pub(crate) over: bool,
}

/// What was told to us.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Report {
    /// Our number for it.
    pub(crate) reference: String,
    /// When it was told.
    pub(crate) at: Time,
    /// Its words.
    pub(crate) text: String,
}

/// Something that we are to do on it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Task {
    /// The part; 0 where it is our own.
    pub(crate) part: u32,
    /// Since when.
    pub(crate) since: Time,
    /// We send units ourselves; else the hub's seats do.
    pub(crate) ours: bool,
    /// How often it began anew: a failed check, a matter that came back.
    pub(crate) round: u32,
    /// Its end.
    pub(crate) finished: Option<Time>,
}

/// An order to a unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    /// The hub's number; 0 where it is not known.
    pub(crate) number: u32,
    /// The part; 0 where it is our own.
    pub(crate) part: u32,
    /// To whom.
    pub(crate) unit: String,
    /// What it is to do; empty where it is the part's own task.
    pub(crate) task: String,
    /// We issued it.
    pub(crate) ours: bool,
    /// The number of our own form for it.
    pub(crate) form: String,
    /// In which round of its task.
    pub(crate) round: u32,
    /// How far it came.
    pub(crate) step: OrderStep,
    /// Since when.
    pub(crate) since: Time,
}

/// How far an order came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OrderStep {
    /// 已下达.
    Issued,
    /// 已签收.
    Signed,
    /// 已出动.
    EnRoute,
    /// 已到场.
    OnScene,
    /// It binds nobody any more: the unit could not, or the hub refused it.
    Gone,
}

/// A transfer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Transfer {
    /// The hub's number; 0 where it is not known yet.
    pub(crate) number: u32,
    /// The part; 0 where only the lead moves.
    pub(crate) part: u32,
    /// The lead moves with it.
    pub(crate) lead: bool,
    /// From us; else to us.
    pub(crate) ours: bool,
    /// The other agency.
    pub(crate) other: String,
    /// How it stands.
    pub(crate) step: TransferStep,
    /// Since when.
    pub(crate) since: Time,
}

/// How a transfer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransferStep {
    /// It waits for an answer.
    Open,
    /// 已接收.
    Accepted,
    /// 退回, 超时未签收, 撤回, or refused by the hub: the sender keeps it.
    Kept,
}

/// A reporter that we owe an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Owed {
    /// Our number for the report.
    pub(crate) reference: String,
    /// When the reporter was told.
    pub(crate) told: Option<Time>,
    /// How often we rang up, and when last.
    pub(crate) tries: u32,
    /// When we rang up last.
    pub(crate) asked: Time,
    /// Somebody answered.
    pub(crate) reached: bool,
}

/// Our people are asked to look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    /// After the work; else before acceptance.
    pub(crate) check: bool,
    /// When we were asked.
    pub(crate) at: Time,
}

impl Case {
    /// A case of which nothing is known but how it is called.
    pub(crate) fn new(key: &str, us: &str) -> Self {
        Self { key: key.to_owned(), us: us.to_owned(), ..Self::default() }
    }

    /// When something happened; none where it did not.
    pub(crate) fn mark(&self, name: &str) -> Option<Time> {
        self.marks.get(name).copied()
    }

    /// Does somebody else lead it, as far as we know?
    pub(crate) fn led_by_us(&self) -> bool {
        let given_away =
            self.transfers.iter().any(|transfer| transfer.ours && transfer.lead && transfer.step == TransferStep::Accepted);
        if self.lead.is_empty() { self.report.is_some() && !given_away } else { self.lead == self.us }
    }

    /// Is another agency at work on it as well, or asked to be?
    pub(crate) fn joint(&self) -> bool {
        let kept = |transfer: &Transfer| transfer.ours && transfer.step == TransferStep::Kept;
        self.report.is_none() || self.transfers.iter().any(|transfer| !kept(transfer))
    }

    /// The part's number as tasks and orders carry it: 0 for our own.
    pub(crate) fn own(&self, part: u32) -> u32 {
        if part == self.part { 0 } else { part }
    }

    /// The task on a part.
    pub(crate) fn task(&mut self, part: u32) -> Option<&mut Task> {
        let part = self.own(part);
        self.tasks.iter_mut().find(|task| task.part == part)
    }

    /// Something more to do, or to do again.
    fn begin(&mut self, part: u32, since: Time, ours: bool) {
        match self.task(part) {
            None => {
                let part = self.own(part);
                self.tasks.push(Task { part, since, ours, round: 0, finished: None });
            }
            Some(task) if task.finished.is_some() => {
                task.round += 1;
                task.since = since;
                task.ours |= ours;
                task.finished = None;
            }
            Some(task) => task.ours |= ours,
        }
    }

    /// Orders of a task that bind a unit in its present round.
    pub(crate) fn live<'a>(&'a self, task: &'a Task) -> impl Iterator<Item = &'a Order> {
        let of_task = |order: &&Order| order.part == task.part && order.round == task.round && order.step != OrderStep::Gone;
        self.orders.iter().filter(of_task)
    }

    /// The order that a frame means, of those that have not come as far: by its number, else by its unit, else the latest.
    fn order(&mut self, number: u32, unit: &str, before: OrderStep) -> Option<&mut Order> {
        let numbered = number > 0 && self.orders.iter().any(|order| order.number == number);
        let meant = |order: &Order| match (numbered, unit) {
            (true, _) => order.number == number,
            (false, "") => true,
            (false, unit) => order.unit == unit,
        };
        let at = self.orders.iter().rposition(|order| order.step < before && meant(order));
        at.and_then(|at| self.orders.get_mut(at))
    }

    /// May a duty be tried, and not before when? None once it was refused too often.
    pub(crate) fn not_before(&self, duty: Duty) -> Option<Time> {
        match self.held.get(&duty) {
            None => Some(Time::default()),
            Some((tries, _)) if *tries >= receipt::MOST_TRIES => None,
            Some((_, until)) => Some(*until),
        }
    }

    /// The priority that scripts go by.
    pub(crate) const fn urgent(&self) -> bool {
        matches!(self.priority, 1 | 2)
    }

    /// Is there a flag that keeps everybody but the police outside?
    pub(crate) fn dangerous(&self) -> bool {
        let danger = [v1::Flag::Weapon, v1::Flag::ExtremeThreat, v1::Flag::DomesticViolence, v1::Flag::MentalCrisis];
        self.flags.iter().any(|flag| danger.iter().any(|danger| i32::from(*danger) == *flag))
    }
}

/// When it happened, as the sender says.
pub(crate) fn occurred(frame: &PartnerFrame) -> Option<Time> {
    frame.occurred.as_ref().and_then(wire::time::millis).map(Time::from_ms)
}

/// The number of a form that a frame names.
fn form(frame: &PartnerFrame, form: v1::Form) -> Option<&FormNumber> {
    frame.numbers.iter().find(|number| number.form == i32::from(form))
}

#[cfg(test)]
mod tests;
