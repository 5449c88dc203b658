//! The clock that a home or a recipient lives by.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use freehold::{SetClock, SystemClock, Time};

use crate::FfiError;

/// A clock in the place of the operating system's: for tests, and for machines that have a better time.
#[derive(uniffi::Object)]
pub struct Clock(Kind);

/// A clock of the program's own.
#[uniffi::export(foreign)]
pub trait ClockCalls: Send + Sync {
    /// The time now. It is called by any thread, by several at once, and often.
    ///
    /// # Errors
    /// None should be thrown: the time that it said last is taken then, and before it ever said one, the operating system's.
    fn now_ms(&self) -> Result<i64, FfiError>;
}

#[uniffi::export]
impl Clock {
    /// A clock that stands where it is put, and says `now_ms`.
    #[uniffi::constructor]
    #[must_use]
    pub fn standing(now_ms: i64) -> Arc<Self> {
        let clock = SetClock::new(Time::from_ms(now_ms));
        Arc::new(Self(Kind::Set(Arc::new(clock))))
    }

    /// A clock of the program's own.
    #[uniffi::constructor]
    #[must_use]
    pub fn over(calls: Arc<dyn ClockCalls>) -> Arc<Self> {
        let last = AtomicI64::new(i64::MIN);
        Arc::new(Self(Kind::Calls(Arc::new(Calls { calls, last }))))
    }

    /// Puts a standing clock to `now_ms`, forwards or backwards.
    ///
    /// # Errors
    /// [`FfiError::Argument`] for a clock that does not stand.
    pub fn set(&self, now_ms: i64) -> Result<(), FfiError> {
        match &self.0 {
            Kind::Set(clock) => clock.set(Time::from_ms(now_ms)),
            Kind::Calls(_) => return Err(FfiError::argument("a clock that does not stand")),
        }
        Ok(())
    }

    /// The time by it.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            Kind::Set(clock) => freehold::Clock::now(&**clock).ms(),
            Kind::Calls(clock) => freehold::Clock::now(&**clock).ms(),
        }
    }
}

enum Kind {
    Set(Arc<SetClock>),
    Calls(Arc<Calls>),
}

/// The clock of an object, or the operating system's if there is none.
pub(crate) fn clock_or_system(clock: Option<&Arc<Clock>>) -> Arc<dyn freehold::Clock> {
    match clock.map(|clock| &clock.0) {
        Some(Kind::Set(clock)) => Arc::clone(clock) as Arc<dyn freehold::Clock>,
        Some(Kind::Calls(clock)) => Arc::clone(clock) as Arc<dyn freehold::Clock>,
        None => Arc::new(SystemClock),
    }
}

struct Calls {
    calls: Arc<dyn ClockCalls>,
    /// What it said last.
    last: AtomicI64,
}

impl freehold::Clock for Calls {
    fn now(&self) -> Time {
        if let Ok(now) = self.calls.now_ms() {
            self.last.store(now, Ordering::Relaxed);
            return Time::from_ms(now);
        }
        match self.last.load(Ordering::Relaxed) {
            i64::MIN => freehold::Clock::now(&SystemClock),
            last => Time::from_ms(last),
        }
    }
}
