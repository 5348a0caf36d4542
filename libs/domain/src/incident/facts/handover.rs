//! Orders inside one command line, transfers between agencies, designation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        clock::Move,
        kinds::{OnLapse, Stage},
    },
    Sealed,
};
use crate::{
    area::AreaCode,
    id::{Agency, MatterCode, SeatId, UnitId},
    reason::Reason,
};

/// A unit was ordered to a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderIssued {
    /// The hand-over's number within the incident, from 1.
    pub order: u16,
    /// The part.
    pub part: u16,
    /// The unit.
    pub unit: UnitId,
    /// What it is to do, where that is not the part's own task: stage at the gate, enter, hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<MatterCode>,
    /// The unsigned order that this one takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<u16>,
    /// Why this unit, and whether a person confirmed or overrode the proposal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The order reached the unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderDelivered {
    /// The order.
    pub order: u16,
    /// Clocks that begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The unit signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderSigned {
    /// The order.
    pub order: u16,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The unit cannot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderCannot {
    /// The order.
    pub order: u16,
    /// Why.
    pub reason: Reason,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The row of the hand-over catalogue that allows a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// The item.
    pub code: String,
    /// The catalogue's version.
    pub catalogue: String,
}

/// A part or the lead was offered to another agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferOffered {
    /// The hand-over's number within the incident, from 1.
    pub transfer: u16,
    /// The part; none when only the lead moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u16>,
    /// Acceptance moves the lead.
    pub lead: bool,
    /// From.
    pub from: Agency,
    /// To.
    pub to: Agency,
    /// To which desk of that agency, where it has several; the district's where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaCode>,
    /// Why.
    pub reason: Reason,
    /// The catalogue's row, where one is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Item>,
    /// What a lapse does.
    pub on_lapse: OnLapse,
    /// May the receiver return it?
    pub returnable: bool,
}

/// The offer reached the other agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferDelivered {
    /// The transfer.
    pub transfer: u16,
    /// Clocks that begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// A person of the receiver accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferAccepted {
    /// The transfer.
    pub transfer: u16,
    /// The seat that took it.
    pub seat: SeatId,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The receiver gave it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferReturned {
    /// The transfer.
    pub transfer: u16,
    /// Why.
    pub reason: Reason,
    /// The stage it came back from: before the part is handed over anew the incident is neither done, checked, told nor closed.
    pub at: Stage,
    /// A person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// Nobody answered in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferLapsed {
    /// The transfer.
    pub transfer: u16,
    /// What that does, by the relation table.
    pub effect: OnLapse,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The sender took the offer back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferWithdrawn {
    /// The transfer.
    pub transfer: u16,
    /// Why.
    pub reason: Reason,
    /// Clocks that end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}

/// The duty chief settled who does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Designated {
    /// The part; none when only the lead is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u16>,
    /// Who does it; it cannot be returned again, only appealed while being done.
    pub agency: Agency,
    /// Which desk of that agency, where it has several; the district's where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaCode>,
    /// The catalogue's row it rests on, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Item>,
    /// That agency leads from now on.
    pub lead: bool,
    /// On which basis.
    pub reason: Reason,
    /// Clocks that begin and end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Move>,
}
