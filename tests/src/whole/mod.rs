//! The whole hub over real sockets: a report's life, who gets in, who sees what, what a caller is told,
//! where a matter lies.

mod answers;
pub(crate) mod door;
mod life;
mod many;
mod places;
mod sights;
mod tiers;
