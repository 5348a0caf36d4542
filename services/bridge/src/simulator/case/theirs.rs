//! What a frame of the hub's changes. Anything may come, in any state; what makes no sense here changes nothing.

use domain::time::Time;
use wire::v1::{self, PartnerFrame, Stage, partner_frame::Body};

use super::{Case, Did, Look, Order, OrderStep, Transfer, TransferStep, occurred};

/// Something that other cases have to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// Our linking of this case was taken.
    LinkTaken,
    /// This case goes on in the incident of this id.
    GoesOnIn(String),
}

impl Case {
    /// Folds a frame of the hub's in, which came at `came`.
    pub(crate) fn came_in(&mut self, frame: &PartnerFrame, came: Time) -> Option<News> {
        // Nobody acts on what has not reached them.
        let at = occurred(frame).unwrap_or(came).max(came);
        if self.incident.is_empty() {
            self.incident.clone_from(&frame.incident_id);
        }
        if let Some(situation) = &frame.situation {
            self.situation(situation, at);
        }
        let body = frame.body.as_ref()?;
        match body {
            Body::Order(order) => self.order_came(order, at),
            Body::Transfer(transfer) => self.transfer_came(transfer, at),
            Body::Designated(designated) if designated.agency == self.us => {
                if designated.lead {
                    self.lead.clone_from(&self.us);
                }
                self.begin(designated.part, at, true);
            }
            Body::Recalled(recalled) => {
                self.lead.clone_from(&recalled.agency);
                let others = self.transfers.iter_mut().filter(|transfer| !transfer.ours && transfer.lead);
                others.for_each(|transfer| transfer.step = TransferStep::Kept);
            }
            Body::Look(look) => self.look = Some(Look { check: look.check, at }),
            Body::Alert(alert) => {
                self.flags.extend(alert.flags.iter().filter(|flag| !self.flags.contains(flag)).copied().collect::<Vec<_>>())
            }
            Body::Moved(moved) => self.stands(moved.stage(), at),
            Body::Withdrawn(_) => self.stands(Stage::Withdrawn, at),
            Body::Closed(_) => self.stands(Stage::Closed, at),
            Body::Report(report) if self.report.is_none() => {
                self.area_from(&report.area);
                if self.priority == 0 {
                    self.priority = report.priority;
                }
            }
            Body::Checked(checked) if !checked.passed => self.begin(0, at, true),
            Body::Linked(linked) => {
                let away = linked.from.is_empty() || linked.from == self.incident;
                if away && !linked.into.is_empty() && linked.into != self.incident {
                    return Some(News::GoesOnIn(linked.into.clone()));
                }
            }
            Body::Receipt(receipt) => {
                let (did, outcome) = self.answered(receipt, at)?;
                let linked = did == Did::Mark("linked") && outcome == v1::FrameOutcome::Taken;
                return linked.then_some(News::LinkTaken);
            }
            Body::Designated(_)
            | Body::Report(_)
            | Body::Checked(_)
            | Body::Supplement(_)
            | Body::Split(_)
            | Body::Accepted(_)
            | Body::SelfHandled(_)
            | Body::Progress(_)
            | Body::Finished(_)
            | Body::CategoryCorrected(_)
            | Body::FormAmended(_)
            | Body::Note(_)
            | Body::Told(_)
            | Body::FollowUpDone(_) => {}
        }
        None
    }

    fn situation(&mut self, now: &v1::Situation, at: Time) {
        self.area_from(&now.area);
        if now.priority > 0 {
            self.priority = now.priority;
        }
        if !now.category.is_empty() && self.category.is_empty() {
            self.category.clone_from(&now.category);
        }
        self.lead.clone_from(&now.lead);
        if now.part > 0 {
            self.part_is(now.part);
        }
        let more: Vec<i32> = now.flags.iter().filter(|flag| !self.flags.contains(flag)).copied().collect();
        self.flags.extend(more);
        if now.scene_safe.is_some() && now.scene_safe != self.scene {
            self.scene = now.scene_safe;
            self.scene_at = at;
        }
        self.stay_outside = now.stay_outside;
        self.stands(now.stage(), at);
    }

    fn area_from(&mut self, area: &str) {
        if area.len() > self.area.len() {
            area.clone_into(&mut self.area);
        }
    }

    /// The number of our own part is known now: what was filed under it is our own.
    fn part_is(&mut self, part: u32) {
        if self.part == part {
            return;
        }
        self.part = part;
        if self.tasks.iter().any(|task| task.part == 0) {
            self.tasks.retain(|task| task.part != part);
        }
        self.tasks.iter_mut().filter(|task| task.part == part).for_each(|task| task.part = 0);
        self.orders.iter_mut().filter(|order| order.part == part).for_each(|order| order.part = 0);
    }

    fn stands(&mut self, stage: Stage, at: Time) {
        if stage == Stage::Unspecified || self.stage == Some(stage) {
            return;
        }
        let before = self.stage.replace(stage);
        self.staged = at;
        // What the hub did not let us do before may be possible now.
        self.held.values_mut().for_each(|held| *held = (0, at));
        if before.is_some_and(ended) && !ended(stage) {
            self.again(at);
        }
        self.over = ended(stage);
    }

    /// Taken up again (重办): the work begins anew.
    fn again(&mut self, at: Time) {
        self.marks.clear();
        self.held.clear();
        self.owed.iter_mut().for_each(|owed| (owed.told, owed.tries, owed.reached) = (None, 0, false));
        if self.lead == self.us {
            self.begin(0, at, true);
        }
    }

    fn order_came(&mut self, order: &v1::partner_frame::Order, at: Time) {
        let known = self.orders.iter().any(|known| known.number == order.order && order.order > 0);
        match order.step() {
            v1::OrderStep::Issued if !known => {
                // Our own, as the hub numbers it?
                let own = |known: &&mut Order| known.ours && known.number == 0 && known.unit == order.unit;
                if let Some(ours) = self.orders.iter_mut().rev().find(own) {
                    ours.number = order.order;
                    return;
                }
                self.begin(order.part, at, false);
                let part = self.own(order.part);
                let round = self.task(part).map_or(0, |task| task.round);
                self.orders.push(Order {
                    number: order.order,
                    part,
                    unit: order.unit.clone(),
                    task: order.task.clone(),
                    ours: false,
                    form: String::new(),
                    round,
                    step: OrderStep::Issued,
                    since: at,
                });
                order.reports.iter().for_each(|report| self.area_from(&report.area));
            }
            v1::OrderStep::Cannot => {
                if let Some(gone) =
                    self.order(order.order, &order.unit, OrderStep::Gone).filter(|known| known.number == order.order)
                {
                    gone.step = OrderStep::Gone;
                }
            }
            v1::OrderStep::Issued | v1::OrderStep::Delivered | v1::OrderStep::Signed | v1::OrderStep::Unspecified => {}
        }
    }

    fn transfer_came(&mut self, transfer: &v1::partner_frame::Transfer, at: Time) {
        let ours = transfer.from == self.us;
        if !ours && transfer.to != self.us {
            return;
        }
        let known = self.known_transfer(transfer, ours);
        let known = match (known, transfer.step()) {
            (Some(known), _) => known,
            (None, v1::TransferStep::Offered | v1::TransferStep::Delivered) => {
                transfer.reports.iter().for_each(|report| self.area_from(&report.area));
                let other = if ours { transfer.to.clone() } else { transfer.from.clone() };
                let (number, part, lead) = (transfer.transfer, transfer.part, transfer.lead);
                self.transfers.push(Transfer { number, part, lead, ours, other, step: TransferStep::Open, since: at });
                return;
            }
            (None, _) => return,
        };
        known.number = transfer.transfer;
        if known.part == 0 {
            known.part = transfer.part;
        }
        let step = match transfer.step() {
            v1::TransferStep::Accepted => TransferStep::Accepted,
            v1::TransferStep::Returned | v1::TransferStep::Lapsed | v1::TransferStep::Withdrawn => TransferStep::Kept,
            v1::TransferStep::Offered | v1::TransferStep::Delivered | v1::TransferStep::Unspecified => return,
        };
        if known.step != step {
            known.step = step;
            known.since = at;
        }
    }

    /// The one that the hub means: by its number, else our open one to the same agency.
    fn known_transfer(&mut self, transfer: &v1::partner_frame::Transfer, ours: bool) -> Option<&mut Transfer> {
        let same = |known: &Transfer| known.number == transfer.transfer && transfer.transfer > 0;
        let nameless =
            |known: &Transfer| ours && known.ours && known.number == 0 && known.other == transfer.to && known.lead == transfer.lead;
        let at = self.transfers.iter().position(same).or_else(|| self.transfers.iter().position(nameless));
        at.and_then(|at| self.transfers.get_mut(at))
    }
}

/// Is this an end?
const fn ended(stage: Stage) -> bool {
    matches!(stage, Stage::Closed | Stage::Declined | Stage::Merged | Stage::Withdrawn | Stage::Void)
}
