//! Tests of the whole: the walls between the crates, the house's tidiness, the outside's language, and a running hub.
//!
//! Rules are tested beside their code; what stands here needs more than one crate, or looks at the tree itself.

mod apart;
mod bridge;
mod child;
mod clocks;
mod collector;
mod command_line;
mod deeds;
mod deploy;
mod digest;
mod doctor;
mod figures;
mod flow;
mod harm;
mod hints;
mod house;
mod import;
mod kills;
mod past;
mod personal;
mod proto;
mod python;
mod rates;
mod snapshots;
mod stopped;
mod synced;
mod three;
mod tidy;
mod town;
mod trace;
mod twice;
mod upgrade;
mod walls;
mod whole;
