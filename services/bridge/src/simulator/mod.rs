//! The partner's side: a 110 system and a grid platform as processes of their own, that speak to the hub as real ones would.
//!
//! A simulator knows the published messages, its own town and its own disk, and nothing of the hub: no journal, no board.
//! Read [`engine`] for how frames travel, [`case`] for what is known of a matter, [`script`] for what is done next.

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

pub use engine::{Options, Outcome, Road, run};

/// The systems that are simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partner {
    /// 110.
    Police110,
    /// 网格平台.
    GridPlatform,
}

impl Partner {
    /// How it is called as a source of reports.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Self::Police110 => "police110",
            Self::GridPlatform => "gridplatform",
        }
    }

    /// Whose system it is.
    #[must_use]
    pub const fn agency(self) -> &'static str {
        match self {
            Self::Police110 => "police",
            Self::GridPlatform => "grid",
        }
    }

    /// What numbers of its people begin with.
    const fn letter(self) -> char {
        match self {
            Self::Police110 => 'p',
            Self::GridPlatform => 'g',
        }
    }
}

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
