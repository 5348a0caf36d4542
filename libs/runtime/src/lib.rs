//! The shell around the rules: one write path, one follow path, written once for all services.
//!
//! [`execute`](mod@execute) carries a command out (load, decide, append, look again on conflict). [`fold`] follows the
//! journal into one live board a process. [`react`] runs what the hub does by itself. [`serve`] puts services on
//! the network. [`trace`] follows one matter through all of it. Nothing in here knows a rule; nothing in here knows one service by name.

#![warn(clippy::wildcard_enum_match_arm)]

pub mod act;
pub mod adopting;
pub mod audit;
pub mod clock;
pub mod config;
pub mod convert;
pub mod datum;
pub mod execute;
pub mod fold;
pub mod identity;
pub mod ledger;
pub mod metrics;
pub mod outside;
pub mod policies;
pub mod ports;
pub mod rates;
pub mod react;
pub mod report;
pub mod sealing;
pub mod seats;
pub mod serve;
pub mod spool;
pub mod status;
pub mod telemetry;
pub mod trace;

pub use clock::Clock;
pub use execute::{Answer, Ask, Error, execute};
pub use fold::Fold;
pub use identity::Caller;
pub use ports::Ports;
