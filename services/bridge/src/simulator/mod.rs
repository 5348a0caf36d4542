//! The partner's side: a 110 system and a grid platform as processes of their own, that speak to the hub as real ones would.
//!
//! A simulator knows the published messages, its own town and its own disk, and nothing of the hub: no journal, no board.
//! Read [`engine`] for how frames travel, `case` for what is known of a matter, `script` for what is done next.

mod case;
pub mod curve;
pub mod dice;
pub mod engine;
mod gridplatform;
mod place;
mod police110;
mod script;
pub mod words;

use domain::time::Time;
use wire::v1;

pub use crate::partner::Partner;
pub use engine::{Options, Outcome, Road, run};

/// Something that is told to a partner.
#[derive(Debug, Clone, PartialEq)]
struct Arrival {
    /// When.
    at: Time,
    /// Who takes it down.
    person: String,
    /// What.
    report: v1::partner_frame::Report,
}
