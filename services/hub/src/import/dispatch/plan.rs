//! In which order the stages of a call's units are recorded.
//!
//! Each unit's own stages stand in the order of a life, whatever their times say; between units, the earlier goes first.
//! What has no time is not planned, but for an order itself and for its end, which names what is missing.

use std::collections::VecDeque;

use domain::{incident::UnitStage, time::Time};

use super::Unit;

/// One thing to record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Planned {
    /// Which unit of the call, from 0.
    pub(super) unit: usize,
    /// What: `Issued` is the order itself.
    pub(super) stage: UnitStage,
    /// When, where the file says so.
    pub(super) at: Option<Time>,
}

/// Everything that is told of these units, in the order of the record.
pub(super) fn plan(units: &[Unit]) -> Vec<Planned> {
    let mut waiting: Vec<VecDeque<Planned>> = units.iter().enumerate().map(|(number, unit)| stages(number, unit)).collect();
    let mut plan = Vec::new();
    // The first of equals: units stand in the order in which they were sent.
    while let Some(next) =
        waiting.iter_mut().filter(|unit| !unit.is_empty()).min_by_key(|unit| unit.front().and_then(|next| next.at))
    {
        plan.extend(next.pop_front());
    }
    plan
}

fn stages(number: usize, unit: &Unit) -> VecDeque<Planned> {
    let told = unit.steps.iter().filter(|(stage, at)| at.is_some() || *stage == UnitStage::Cleared);
    let steps = std::iter::once((UnitStage::Issued, unit.issued)).chain(told.copied());
    steps.map(|(stage, at)| Planned { unit: number, stage, at }).collect()
}

/// When the last unit was free again; none where one of them does not tell it.
pub(super) fn over(units: &[Unit]) -> Option<Time> {
    let freed = units.iter().map(|unit| unit.steps.iter().find(|(stage, _)| *stage == UnitStage::Cleared).and_then(|(_, at)| *at));
    freed.collect::<Option<Vec<Time>>>()?.into_iter().max()
}
