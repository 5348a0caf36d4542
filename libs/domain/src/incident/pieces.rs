//! What an incident keeps of its reports, parts, hand-overs and forms.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    facts::{Item, LinkedReport},
    kinds::{Channel, Form, HandoverKind, HandoverStatus, OnLapse, PartStatus, Satisfaction, Stage, UnitStage},
};
use crate::{
    id::{Agency, IncidentId, MatterCode, ReportId, SeatId, UnitId},
    time::Time,
};

/// The number that an agency's own form has there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormNumber {
    /// Whose form.
    pub agency: Agency,
    /// Which form.
    pub form: Form,
    /// Its number.
    pub number: String,
    /// The part it is about.
    pub part: Option<u16>,
}

/// A report as the incident keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportState {
    /// Its id.
    pub id: ReportId,
    /// Who told us.
    pub source: String,
    /// The number it has there.
    pub reference: String,
    /// How it came.
    pub channel: Channel,
    /// Digest of its latest content.
    pub digest: String,
    /// Who owes its reporter an answer.
    pub answer: Option<Agency>,
    /// The incident it had opened, which became a part of this one; its words stand there.
    pub from: Option<IncidentId>,
    /// When its reporter was told the result.
    pub told: Option<Time>,
    /// Tries to ask its reporter, and what the last one brought.
    pub followup: Followup,
}

/// What asking a reporter brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followup {
    /// How often it was tried.
    pub tries: u16,
    /// The reporter was reached.
    pub reached: bool,
    /// The reporter's answer.
    pub solved: Option<bool>,
    /// The reporter's answer.
    pub satisfaction: Option<Satisfaction>,
}

/// What one agency is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its number, from 1.
    pub id: u16,
    /// Who owns it, or is asked to.
    pub agency: Agency,
    /// The seat that owns it, once a person took it.
    pub seat: Option<SeatId>,
    /// The incident cannot close before it ended.
    pub mandatory: bool,
    /// What is asked.
    pub task: Option<MatterCode>,
    /// Where it stands.
    pub status: PartStatus,
    /// The unit on it.
    pub unit: Option<UnitId>,
    /// How often it was returned; after the second only the duty chief settles it.
    pub returns: u16,
    /// Settled by the duty chief: cannot be returned.
    pub designated: bool,
    /// In which round it was asked for: 0 until the incident is taken up again.
    pub round: u16,
    /// Who reported it done.
    pub finished_by: Option<SeatId>,
    /// Seats that worked on it; somebody else checks and follows up.
    pub worked: BTreeSet<SeatId>,
}

/// An order or a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// Its number, from 1.
    pub id: u16,
    /// Which kind.
    pub kind: HandoverKind,
    /// Where it stands.
    pub status: HandoverStatus,
    /// The part it is about; none when only the lead moves.
    pub part: Option<u16>,
    /// Acceptance moves the lead.
    pub lead: bool,
    /// From.
    pub from: Agency,
    /// To.
    pub to: Agency,
    /// The unit, of an order.
    pub unit: Option<UnitId>,
    /// What the unit is to do, where that is not the part's own task.
    pub task: Option<MatterCode>,
    /// The row of the hand-over catalogue that allows it, of a transfer.
    pub item: Option<Item>,
    /// What a lapse does.
    pub on_lapse: OnLapse,
    /// May it be returned?
    pub returnable: bool,
    /// When it reached its receiver, as occurred: what its holder owes counts from here.
    pub delivered: Option<Time>,
    /// The stage it was returned from.
    pub returned_at: Option<Stage>,
    /// Stages of a past order of which no time is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<UnitStage>,
}

/// Somebody asks to take it up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopening {
    /// Whose reporter asks.
    pub report: Option<ReportId>,
    /// Who wrote it down; somebody else grants it.
    pub asked_by: String,
}

impl ReportState {
    /// The report as another incident takes it over, with its number and its answer duty.
    #[must_use]
    pub fn linked(&self) -> LinkedReport {
        LinkedReport {
            id: self.id,
            source: self.source.clone(),
            reference: self.reference.clone(),
            channel: self.channel,
            digest: self.digest.clone(),
            answer: self.answer.clone(),
        }
    }
}

impl Part {
    /// Nothing more is expected of it.
    #[must_use]
    pub const fn over(&self) -> bool {
        matches!(self.status, PartStatus::Finished | PartStatus::Released)
    }
}

impl Handover {
    /// Still waits for an answer.
    #[must_use]
    pub const fn open(&self) -> bool {
        matches!(self.status, HandoverStatus::Issued | HandoverStatus::Offered | HandoverStatus::Delivered)
    }
}
