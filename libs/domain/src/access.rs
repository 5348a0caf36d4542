//! Looks at sealed data: each one is a fact, with who, what and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    id::{IncidentId, ReportId, SeatId},
    reason::Reason,
};

crate::fact::shapes! {
    /// One look at sealed data.
    Fact {
        /// Sealed fields were opened for a seat.
        "access.revealed" Revealed,
        /// One report's personal data was erased by a reasoned decision.
        "access.erased" Erased,
    }
}

/// Why somebody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To handle the incident.
    Handling,
    /// To reach the reporter.
    Contact,
    /// To check or follow up.
    Followup,
    /// To audit.
    Audit,
}

/// Sealed fields were opened for a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Revealed {
    /// The incident.
    pub incident: IncidentId,
    /// The report whose fields were opened.
    pub report: ReportId,
    /// Which fields.
    pub fields: Vec<String>,
    /// For which seat.
    pub seat: SeatId,
    /// Why.
    pub purpose: Purpose,
}

/// One report's personal data was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Erased {
    /// The report.
    pub report: ReportId,
    /// Names of the keys that were destroyed: all that ever sealed something of this report.
    pub keys: Vec<String>,
    /// Which rule asked for it.
    pub reason: Reason,
}
