//! The bridge: how the hub and the systems of other agencies exchange frames.
//!
//! [`simulator`] is the partner's side: a 110 and a grid platform as processes of their own. Files between two sides are
//! written and read by [`ferry`], the same code on both.

pub mod ferry;
pub mod simulator;
