//! One matter's whole life, from first word to closing.
//!
//! Read [`edges`] first (which command may come in which stage), then [`decide`] (what follows from it, or why
//! nothing may), then [`evolve`] (how a fact changes the incident). `state` is what they pass between them.

pub mod clock;
mod command;
mod context;
mod decide;
pub mod docs;
pub mod edges;
mod evolve;
mod facts;
pub mod kinds;
mod leave;
mod pieces;
mod refusal;
mod state;
mod tiers;
mod warn;

pub use clock::{Clock, ClockId, Paused};
pub use command::{Command, Kind as CommandKind, NewPart, NewReport, Promised, SplitFrom};
pub use context::{Book, Context, Limit, Matter, Relation};
pub use decide::decide;
pub use evolve::evolve;
pub use facts::*;
pub use kinds::{
    Basis, Channel, Class, ClockKind, ClockName, Flag, Form, HandoverKind, HandoverStatus, OnLapse, Outcome, PartStatus, Priority,
    RequestKind, Satisfaction, Stage, Topic, UnitStage,
};
pub use leave::{Exemption, Leaves, Pending, Suspension, Wanted};
pub use pieces::{Followup, FormNumber, Handover, Part, Reopening, ReportState};
pub use refusal::Refusal;
pub use state::Incident;
pub use tiers::{Call, Claim, Conference, MOST, Overseer, ResourceRequest, Supervision, TierMove, Tiers};
pub use warn::{near_due, share_left};

#[cfg(test)]
pub(crate) mod tests;
