//! Where the shell gets the time from. The rules never do: it is handed to them.

use std::{
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use domain::time::Time;

/// A clock: the machine's, a faster one, or one turned by hand.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        }))
    }

    /// Begins at `start` and runs `speed` times as fast as the machine's.
    #[must_use]
    pub fn fast(start: Time, speed: u32) -> Self {
        let begun = Instant::now();
        Self(Arc::new(move || {
            let passed = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX / 2);
            start.ms().saturating_add(passed.saturating_mul(i64::from(speed)))
        }))
    }

    /// Any source of milliseconds since 1970, for tests.
    #[must_use]
    pub fn from_fn(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Time {
        Time::from_ms((self.0)())
    }

    /// The same clock as the journal takes it.
    #[must_use]
    pub fn source(&self) -> Arc<dyn Fn() -> i64 + Send + Sync> {
        Arc::clone(&self.0)
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
