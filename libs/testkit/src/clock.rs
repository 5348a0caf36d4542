//! A clock turned by hand.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// Shows what it was set to. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    /// A clock that shows `now_ms`: milliseconds since 1970-01-01T00:00Z.
    #[must_use]
    pub fn new(now_ms: i64) -> Self {
        Self(Arc::new(AtomicI64::new(now_ms)))
    }

    /// What it shows, in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Turns it to `now_ms`, back too.
    pub fn set(&self, now_ms: i64) {
        self.0.store(now_ms, Ordering::SeqCst);
    }

    /// Turns it on by `by_ms` and says what it shows then.
    pub fn advance(&self, by_ms: i64) -> i64 {
        self.0.fetch_add(by_ms, Ordering::SeqCst) + by_ms
    }
}
