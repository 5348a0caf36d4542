//! The board in figures. `overdue` counts recorded breaches of clocks that still run, never the wall clock.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    incident::{Incident, Stage},
    time::Time,
};

/// How many incidents stand in each stage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally([i64; Stage::ALL.len()]);

impl Tally {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self([0; Stage::ALL.len()])
    }

    /// Counts one up or down.
    pub fn add(&mut self, stage: Stage, by: i64) {
        self.0[stage as usize] += by;
    }

    /// The stages and their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (Stage, i64)> {
        Stage::ALL.iter().copied().zip(self.0)
    }
}

/// The board in figures, as `hub board --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// The position the figures are of.
    pub position: u64,
    /// The journal's time there.
    pub at: Time,
    /// All incidents.
    pub incidents: u64,
    /// Those that have not ended.
    pub open: u64,
    /// All, by stage.
    pub by_stage: BTreeMap<String, u64>,
    /// Open ones, by leading agency.
    pub by_agency: BTreeMap<String, u64>,
    /// Open ones, by priority; `none` before triage.
    pub by_priority: BTreeMap<String, u64>,
    /// Open ones with a clock that ran out.
    pub overdue: u64,
}

impl Counts {
    pub(super) const fn at(position: u64, at: Time) -> Self {
        Self {
            position,
            at,
            incidents: 0,
            open: 0,
            by_stage: BTreeMap::new(),
            by_agency: BTreeMap::new(),
            by_priority: BTreeMap::new(),
            overdue: 0,
        }
    }

    pub(super) fn add(&mut self, incident: &Incident) {
        self.incidents += 1;
        count(&mut self.by_stage, incident.stage.word(), 1);
        if incident.stage.ended() {
            return;
        }
        self.open += 1;
        if let Some(agency) = incident.lead_agency() {
            count(&mut self.by_agency, agency.as_str(), 1);
        }
        match incident.priority {
            Some(priority) => count(&mut self.by_priority, &priority.to_string(), 1),
            None => count(&mut self.by_priority, "none", 1),
        }
        self.overdue += u64::from(incident.overdue());
    }

    pub(super) fn add_cold(&mut self, cold: &Tally) {
        for (stage, number) in cold.iter() {
            let number = u64::try_from(number).unwrap_or(0);
            if number > 0 {
                self.incidents += number;
                count(&mut self.by_stage, stage.word(), number);
            }
        }
    }
}

fn count(map: &mut BTreeMap<String, u64>, key: &str, by: u64) {
    match map.get_mut(key) {
        Some(number) => *number += by,
        None => {
            map.insert(key.to_owned(), by);
        }
    }
}
