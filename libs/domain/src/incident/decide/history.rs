//! Past matters from files: who had them, what their units went through, how they ended.
//!
//! Stages may be missing and are named, never invented. No promise of today is made here, and lateness is judged at what
//! occurred. Facts stand in the order in which they are recorded, whatever their times say.

use super::{
    super::{
        command::NewPart,
        facts::{
            ClockBreached, Fact, HistoryRecorded, OrderDelivered, OrderIssued, OrderSigned, PartAsked, PriorityChanged, Routed,
            Sealed, UnitEnRoute, UnitOnScene, UnitProgressed, UnitRecorded,
        },
        kinds::{HandoverKind, HandoverStatus, Priority, Stage, UnitStage},
        refusal::Refusal,
    },
    Facts, On, fit_triage,
};
use crate::{id::UnitId, reason::Reason, time::Time};

impl On<'_> {
    /// The file says who had it, not who offered it to whom: every part is owned, and nothing is handed over.
    pub(super) fn record_route(self, parts: &[NewPart], reasons: &[Reason]) -> Facts {
        fit_triage(reasons)?;
        if !parts.iter().any(|part| part.mandatory) {
            return Err(Refusal::NoParts {});
        }
        let mut asked: Vec<PartAsked> = Vec::new();
        for part in parts {
            let number = self.free_part(&asked, part)?;
            asked.push(PartAsked { owned: true, ..self.part_asked(number, part) });
        }
        Ok(vec![Routed { parts: asked, reasons: reasons.to_vec(), clocks: Vec::new() }.into()])
    }

    /// One order a unit; several units of a part go at once, signed or not.
    pub(super) fn record_order(self, part: u16, unit: &UnitId) -> Facts {
        self.owned_part(part)?;
        let of_unit = self.incident.handovers.iter().find(|known| known.part == Some(part) && known.unit.as_ref() == Some(unit));
        if let Some(known) = of_unit {
            return Err(Refusal::StepTold { order: known.id, step: UnitStage::Issued.word() });
        }
        let (task, instead_of, reasons, clocks) = (None, None, Vec::new(), Vec::new());
        let order = self.next_handover();
        Ok(vec![OrderIssued { order, part, unit: unit.clone(), task, instead_of, reasons, clocks }.into()])
    }

    /// Each stage once. What is told of an order ends when its unit is free again, or the file says no more.
    pub(super) fn record_step(self, order: u16, step: UnitStage) -> Facts {
        let known = self.handover(order, HandoverKind::Order)?;
        let part = known.part.ok_or(Refusal::NoHandover { handover: order })?;
        self.owned_part(part)?;
        let unit = known.unit.clone().ok_or(Refusal::UnitMissing { part })?;
        let told = Refusal::StepTold { order, step: step.word() };
        if known.status == HandoverStatus::Recorded {
            return Err(told);
        }
        let open = known.missing.contains(&step);
        let clocks = Vec::new();
        let fact: Fact = match step {
            UnitStage::Delivered if open => OrderDelivered { order, clocks }.into(),
            UnitStage::Signed if open => OrderSigned { order, clocks }.into(),
            UnitStage::EnRoute if open => UnitEnRoute { part, order: Some(order), unit }.into(),
            UnitStage::OnScene if open => UnitOnScene { part, order: Some(order), unit, clocks }.into(),
            UnitStage::Transporting | UnitStage::AtHospital => UnitProgressed { part, order, unit, step }.into(),
            UnitStage::Cleared => {
                let mut missing = known.missing.clone();
                missing.extend(self.context.occurred.is_none().then_some(UnitStage::Cleared));
                UnitRecorded { part, order, unit, missing }.into()
            }
            UnitStage::Issued | UnitStage::Delivered | UnitStage::Signed | UnitStage::EnRoute | UnitStage::OnScene => {
                return Err(told);
            }
        };
        Ok(vec![fact])
    }

    /// The file settles it, up or down: it tells what was, and lowers nothing of today.
    pub(super) fn record_priority(self, priority: Priority, reasons: &[Reason]) -> Facts {
        fit_triage(reasons)?;
        if self.incident.priority == Some(priority) {
            return Ok(Vec::new());
        }
        Ok(vec![PriorityChanged { before: self.incident.priority, priority, reasons: reasons.to_vec() }.into()])
    }

    /// Records the end of a past life: when its reporter was answered or, where the file tells of no answer, when it ended.
    pub(super) fn record(self, sealed: &[Sealed], answered: Option<Time>) -> Facts {
        let ended = answered.or(self.context.occurred);
        let late = self.incident.clocks.iter().filter(|clock| ended.is_some_and(|ended| ended > clock.due));
        let breached = late.map(|clock| ClockBreached { clock: clock.id, version: clock.version, due: clock.due }.into());
        let mut facts: Vec<Fact> = breached.collect();
        let untold = [Stage::Accepted, Stage::Routed, Stage::Handling, Stage::Done, Stage::Followup];
        let mut missing: Vec<Stage> = self.incident.missing.clone();
        missing.extend(untold.into_iter().filter(|stage| *stage > self.incident.stage));
        if ended.is_none() {
            missing.push(Stage::Closed);
        }
        let clocks = self.clocks().stop_all().moves();
        facts.push(HistoryRecorded { missing, sealed: sealed.to_vec(), answered, clocks }.into());
        Ok(facts)
    }
}
