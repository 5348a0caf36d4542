//! Fakes for tests: sentences with planted personal data, and a clock turned by hand.
//!
//! For development only: no product crate depends on it, and it depends on none of them.

pub mod clock;
pub mod personal;
mod random;
#[cfg(test)]
mod tests;

pub use random::Random;
