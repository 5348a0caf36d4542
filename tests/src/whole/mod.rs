//! The whole hub over real sockets: a report's life, who gets in, who sees what, what a caller is told,
//! where a matter lies, whom to send.

mod answers;
pub(crate) mod door;
mod life;
mod many;
mod places;
mod policies;
mod sights;
mod tiers;
mod units;
