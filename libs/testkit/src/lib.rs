//! Fakes for tests: sentences with planted personal data, a clock turned by hand, and a real NATS server of a test's own.
//!
//! For development only: no product crate depends on it, and it depends on none of them.

pub mod clock;
pub mod nats;
pub mod personal;
mod random;
#[cfg(test)]
mod tests;

pub use random::Random;
