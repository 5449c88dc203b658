//! The clock that a home or a recipient lives by.

use std::sync::Arc;

use freehold::{Clock, SetClock, SystemClock, Time};

use crate::{
    guard::{call, free, hand, lent},
    status::FhStatus,
};

/// A clock that stands where it is put: for tests, and for machines that have a better time than their operating system.
pub struct FhClock(Arc<SetClock>);

/// A clock that says `now_ms`. Homes and recipients that were given it keep it when it is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_clock_new(now_ms: i64, out: *mut *mut FhClock) -> FhStatus {
    let clock = || Ok(FhClock(Arc::new(SetClock::new(Time::from_ms(now_ms)))));
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, clock) }
}

/// Puts the clock to `now_ms`, forwards or backwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_clock_set(clock: *const FhClock, now_ms: i64) -> FhStatus {
    call(|| {
        // SAFETY: the caller keeps to the header.
        unsafe { lent(clock) }?.0.set(Time::from_ms(now_ms));
        Ok(())
    })
}

/// Frees a clock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_clock_free(clock: *mut FhClock) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(clock) }
}

/// The clock of a handle, or the operating system's if there is none.
///
/// # Safety
/// `clock` is NULL or a handle.
pub(crate) unsafe fn clock_or_system(clock: *const FhClock) -> Arc<dyn Clock> {
    // SAFETY: the caller says the same.
    match unsafe { clock.as_ref() } {
        Some(clock) => Arc::clone(&clock.0) as Arc<dyn Clock>,
        None => Arc::new(SystemClock),
    }
}
