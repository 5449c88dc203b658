use std::time::{SystemTime, UNIX_EPOCH};

use crate::Time;

/// Where a home or a recipient takes the time from. Apps and tests may set their own.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Time;
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Time::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock that stands where it is put: for tests, and for scripts that name a time.
#[derive(Debug, Default)]
pub struct SetClock(std::sync::atomic::AtomicI64);

impl SetClock {
    /// A clock that says `now`.
    #[must_use]
    pub fn new(now: Time) -> Self {
        Self(std::sync::atomic::AtomicI64::new(now.ms()))
    }

    /// Puts the clock to `now`, forwards or backwards.
    pub fn set(&self, now: Time) {
        self.0.store(now.ms(), std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Time {
        Time::from_ms(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}
