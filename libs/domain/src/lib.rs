//! The rules of the hub, and nothing else.
//!
//! Reads no clock, opens no socket, touches no disk. A caller hands in what is known and gets back
//! what follows from it, so every rule can be tested with plain values and replayed years later
//! with the same answer. Read [`incident`] first: one matter's whole life, from first word to closing.

#![warn(clippy::wildcard_enum_match_arm)]

pub mod access;
pub mod area;
pub mod board;
pub mod fact;
pub mod id;
pub mod incident;
pub mod ledger;
pub mod partner;
pub mod policy;
pub mod rates;
pub mod reason;
pub mod seat;
mod text;
pub mod time;
pub mod triage;
pub mod view;
