//! What a refusal undoes. A case never stands still because the hub said no: a duty is tried again later and then given
//! up, an order goes to another unit, and what has ended at the hub has ended here.

use domain::time::Time;
use wire::v1::{self, FrameOutcome};

use super::{Case, OrderStep, TransferStep};

/// How often a duty is tried before it is given up.
pub(super) const MOST_TRIES: u8 = 4;
/// Orders of one case that may be refused before its work counts as done elsewhere.
const MOST_ORDERS: usize = 3;
/// Town seconds until the second try; each further one waits as much longer.
const AGAIN_SECONDS: i64 = 3_600;

/// What is owed, and comes back when it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Duty {
    /// A part's end.
    Finish,
    /// 核查.
    Check,
    /// 答复.
    Tell,
    /// 回访.
    Ask,
    /// 办结.
    Close,
}

/// What a frame of ours did, so that a refusal can undo it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Did {
    /// It told of the matter: without it there is no case.
    Report,
    /// It happened once.
    Mark(&'static str),
    /// An order went out, the n-th of the case.
    Order(usize),
    /// A transfer was offered, the n-th of the case.
    Offer(usize),
    /// The transfer of this number was answered.
    Answer(u32),
    /// The task on this part ended.
    Finished(u32),
    /// Something that is owed.
    Duty(Duty),
    /// What needs no undoing.
    Other,
}

impl Case {
    /// The hub says what became of a frame of ours. Gives what the frame did, once.
    pub(crate) fn answered(&mut self, receipt: &v1::partner_frame::Receipt, at: Time) -> Option<(Did, FrameOutcome)> {
        let did = self.open.remove(&receipt.number)?;
        let outcome = receipt.outcome();
        match outcome {
            FrameOutcome::Taken | FrameOutcome::Known | FrameOutcome::Unspecified => {}
            FrameOutcome::Refused | FrameOutcome::Wrong => {
                self.refused += 1;
                self.undo(&did, &receipt.code, at);
            }
        }
        Some((did, outcome))
    }

    fn undo(&mut self, did: &Did, code: &str, at: Time) {
        if matches!(code, "incident.ended" | "incident.unknown" | "incident.beyond_reopening") && self.stage.is_none() {
            self.over = true;
        }
        // It is not ours, or no longer: an offer that lapsed before our answer came shows nothing of the matter any more.
        if code == "frame.no_incident" && self.report.is_none() {
            self.over = true;
        }
        match did {
            Did::Report => self.over = true,
            Did::Mark("linked") => _ = self.marks.insert("link_refused", at),
            Did::Mark("withdrawn") => _ = self.marks.insert("withdraw_refused", at),
            // It is taken on like any other then.
            Did::Mark("fixed") => _ = self.marks.remove("fixed"),
            Did::Mark("recalled") => _ = self.marks.insert("recall_refused", at),
            Did::Order(nth) => self.order_refused(*nth, at),
            Did::Offer(nth) => {
                if let Some(offer) = self.transfers.get_mut(*nth) {
                    offer.step = TransferStep::Kept;
                    offer.since = at;
                }
            }
            Did::Finished(part) => {
                if self.hold(Duty::Finish, at)
                    && let Some(task) = self.task(*part)
                {
                    task.finished = None;
                }
            }
            Did::Duty(duty) => {
                self.hold(*duty, at);
                self.owe_again(*duty);
            }
            // An answer that came too late found somebody else's decision; the hub's own frames say which.
            Did::Answer(_) | Did::Mark(_) | Did::Other => {}
        }
    }

    /// Puts a duty off. Says whether it is tried again.
    fn hold(&mut self, duty: Duty, at: Time) -> bool {
        let (tries, until) = self.held.entry(duty).or_insert((0, at));
        *tries += 1;
        *until = at.plus_seconds(AGAIN_SECONDS * i64::from(*tries));
        *tries < MOST_TRIES
    }

    fn owe_again(&mut self, duty: Duty) {
        match duty {
            Duty::Check => _ = self.marks.remove("checked"),
            Duty::Close => _ = self.marks.remove("closed"),
            Duty::Tell => self.owed.iter_mut().filter(|owed| owed.tries == 0).for_each(|owed| owed.told = None),
            // Who was rung up was rung up; the try counts.
            Duty::Ask => self.owed.iter_mut().for_each(|owed| owed.reached &= owed.tries >= 3),
            Duty::Finish => {}
        }
    }

    /// An order that the hub does not take binds nobody. After a few the work is somebody else's.
    fn order_refused(&mut self, nth: usize, at: Time) {
        let Some(order) = self.orders.get_mut(nth) else { return };
        order.step = OrderStep::Gone;
        order.since = at;
        let (part, round) = (order.part, order.round);
        let gone = self.orders.iter().filter(|order| order.ours && order.part == part && order.round == round);
        if gone.filter(|order| order.step == OrderStep::Gone).count() >= MOST_ORDERS
            && let Some(task) = self.task(part)
        {
            task.finished = Some(at);
        }
    }
}
