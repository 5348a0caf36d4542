//! What a frame of our own changes. It is believed to have worked until the hub says otherwise.

use domain::time::Time;
use wire::v1::{self, PartnerFrame, partner_frame::Body};

use super::{Case, Did, Duty, Order, OrderStep, Owed, Report, Transfer, TransferStep, form, occurred};

impl Case {
    /// Folds a frame of ours in.
    pub(crate) fn went_out(&mut self, frame: &PartnerFrame, at: Time) {
        let at = occurred(frame).unwrap_or(at);
        let Some(body) = &frame.body else { return };
        let did = self.did(frame, body, at);
        self.open.insert(frame.number, did);
    }

    fn did(&mut self, frame: &PartnerFrame, body: &Body, at: Time) -> Did {
        match body {
            Body::Report(report) => self.reported(report, at),
            Body::Supplement(_) => self.once("supplement", at),
            Body::Split(_) => self.once("split", at),
            Body::Withdrawn(_) => self.once("withdrawn", at),
            Body::Accepted(accepted) => {
                self.category.clone_from(&accepted.category);
                self.priority = accepted.priority;
                self.once("accepted", at)
            }
            Body::Order(order) => self.ordered(frame, order, at),
            Body::Transfer(transfer) => self.transferred(transfer, at),
            Body::Progress(progress) => self.moved_on(progress, at),
            Body::Finished(finished) => {
                if let Some(task) = self.task(finished.part) {
                    task.finished = Some(at);
                }
                Did::Finished(self.own(finished.part))
            }
            Body::Recalled(_) => {
                self.lead.clone_from(&self.us);
                let given = self.transfers.iter_mut().filter(|transfer| transfer.ours && transfer.lead);
                given.for_each(|transfer| transfer.step = TransferStep::Kept);
                self.begin(0, at, true);
                self.once("recalled", at)
            }
            Body::CategoryCorrected(corrected) => {
                self.category.clone_from(&corrected.category);
                self.once("corrected", at)
            }
            Body::SelfHandled(fixed) => {
                self.category.clone_from(&fixed.category);
                self.once("fixed", at)
            }
            Body::FormAmended(_) => self.once("amended", at),
            Body::Note(_) => self.once("note", at),
            Body::Linked(_) => self.once("linked", at),
            Body::Checked(checked) => {
                self.look = None;
                if !checked.passed {
                    self.begin(0, at, true);
                }
                self.marks.insert(if checked.passed { "checked" } else { "check_failed" }, at);
                Did::Duty(Duty::Check)
            }
            Body::Told(told) => {
                if let Some(owed) = self.owed.iter_mut().find(|owed| owed.reference == told.reference) {
                    owed.told = Some(at);
                }
                Did::Duty(Duty::Tell)
            }
            Body::FollowUpDone(asked) => {
                if let Some(owed) = self.owed.iter_mut().find(|owed| owed.reference == asked.reference) {
                    owed.tries += 1;
                    owed.asked = at;
                    owed.reached |= asked.reached;
                }
                Did::Duty(Duty::Ask)
            }
            Body::Closed(_) => {
                self.marks.insert("closed", at);
                Did::Duty(Duty::Close)
            }
            // Of the hub alone; a partner that says so says nothing.
            Body::Designated(_) | Body::Alert(_) | Body::Moved(_) | Body::Receipt(_) | Body::Look(_) => Did::Other,
        }
    }

    fn once(&mut self, name: &'static str, at: Time) -> Did {
        self.marks.insert(name, at);
        Did::Mark(name)
    }

    fn reported(&mut self, report: &v1::partner_frame::Report, at: Time) -> Did {
        self.report = Some(Report { reference: report.reference.clone(), at, text: report.text.clone() });
        self.category.clone_from(&report.category);
        self.priority = report.priority;
        self.flags.clone_from(&report.flags);
        self.area.clone_from(&report.area);
        self.begin(0, at, true);
        let asked = report.channel != i32::from(v1::Channel::Patrol) && report.channel != i32::from(v1::Channel::Sensor);
        if asked {
            self.owed.push(Owed { reference: report.reference.clone(), ..Owed::default() });
        }
        Did::Report
    }

    fn ordered(&mut self, frame: &PartnerFrame, order: &v1::partner_frame::Order, at: Time) -> Did {
        match order.step() {
            v1::OrderStep::Issued => {
                let form = [v1::Form::Dispatch, v1::Form::Assignment].into_iter().find_map(|kind| form(frame, kind));
                let form = form.map(|form| form.number.clone()).unwrap_or_default();
                let part = self.own(order.part);
                let round = self.task(part).map_or(0, |task| task.round);
                if order.priority > 0 {
                    self.priority = order.priority;
                }
                self.orders.push(Order {
                    number: 0,
                    part,
                    unit: order.unit.clone(),
                    task: order.task.clone(),
                    ours: true,
                    form,
                    round,
                    step: OrderStep::Issued,
                    since: at,
                });
                Did::Order(self.orders.len() - 1)
            }
            v1::OrderStep::Signed => self.step(order.order, &order.unit, OrderStep::Signed, at),
            v1::OrderStep::Cannot => self.step(order.order, &order.unit, OrderStep::Gone, at),
            v1::OrderStep::Delivered | v1::OrderStep::Unspecified => Did::Other,
        }
    }

    fn step(&mut self, number: u32, unit: &str, step: OrderStep, at: Time) -> Did {
        if let Some(order) = self.order(number, unit, step) {
            order.step = step;
            order.since = at;
        }
        Did::Other
    }

    fn transferred(&mut self, transfer: &v1::partner_frame::Transfer, at: Time) -> Did {
        let answered = match transfer.step() {
            v1::TransferStep::Offered => {
                self.transfers.push(Transfer {
                    number: 0,
                    part: transfer.part,
                    lead: transfer.lead,
                    ours: true,
                    other: transfer.to.clone(),
                    step: TransferStep::Open,
                    since: at,
                });
                return Did::Offer(self.transfers.len() - 1);
            }
            v1::TransferStep::Accepted => TransferStep::Accepted,
            v1::TransferStep::Returned | v1::TransferStep::Withdrawn => TransferStep::Kept,
            v1::TransferStep::Delivered | v1::TransferStep::Lapsed | v1::TransferStep::Unspecified => return Did::Other,
        };
        if let Some(known) = self.transfers.iter_mut().find(|known| known.number == transfer.transfer && known.number > 0) {
            known.step = answered;
            known.since = at;
            let (part, lead, to_us) = (known.part, known.lead, !known.ours);
            if answered == TransferStep::Accepted && to_us {
                self.begin(part, at, true);
                if lead {
                    self.lead.clone_from(&self.us);
                }
            }
        }
        Did::Answer(transfer.transfer)
    }

    fn moved_on(&mut self, progress: &v1::partner_frame::Progress, at: Time) -> Did {
        match progress.step() {
            v1::ProgressStep::EnRoute => self.step(progress.order, &progress.unit, OrderStep::EnRoute, at),
            v1::ProgressStep::OnScene => self.step(progress.order, &progress.unit, OrderStep::OnScene, at),
            v1::ProgressStep::SceneSafe | v1::ProgressStep::SceneUnsafe => {
                let safe = progress.step() == v1::ProgressStep::SceneSafe;
                self.scene = Some(safe);
                self.scene_at = at;
                Did::Other
            }
            v1::ProgressStep::Unspecified => Did::Other,
        }
    }
}
