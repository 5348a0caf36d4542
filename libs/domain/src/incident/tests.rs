//! Tests of an incident's rules: the table walked cell by cell, each rule by given, when, then, and properties of
//! random lives. Read [`kit`] first.

mod cells;
mod claims;
mod duties;
mod ending;
mod handover;
mod history;
mod joint;
mod joint_asks;
mod keepers;
pub(crate) mod kit;
mod leave;
pub(crate) mod leave_asks;
pub(crate) mod lives;
mod opening;
pub(crate) mod properties;
mod refusals;
mod tier_asks;
pub(crate) mod tier_lives;
mod tiers;
mod work;
