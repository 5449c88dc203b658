//! The clock that a home or a recipient lives by.

use std::{ffi::c_void, sync::Arc};

use freehold::{Clock, SetClock, SystemClock, Time};

use crate::{
    guard::{Fault, call, free, hand, lent},
    status::FhStatus,
    userdata::{FhDrop, Userdata},
};

/// A clock in the place of the operating system's: for tests, and for machines that have a better time.
pub struct FhClock(Kind);

enum Kind {
    Set(Arc<SetClock>),
    Calls(Arc<Calls>),
}

/// Says the time now. It is called by any thread, by several at once, and often; nothing may be thrown through it.
pub type FhNow = Option<unsafe extern "C" fn(userdata: *mut c_void) -> i64>;

/// A clock that stands where it is put, and says `now_ms`. Homes and recipients that were given it keep it when it is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_clock_new(now_ms: i64, out: *mut *mut FhClock) -> FhStatus {
    let set = || Arc::new(SetClock::new(Time::from_ms(now_ms)));
    let clock = || Ok(FhClock(Kind::Set(set())));
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, clock) }
}

/// A clock of the program's own. `drop` is called once nobody uses `userdata` any more; it may be NULL, and is not called when this fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_clock_calls(
    now: FhNow,
    userdata: *mut c_void,
    drop: FhDrop,
    out: *mut *mut FhClock,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let now = now.ok_or_else(Fault::null)?;
            let userdata = Userdata::new(userdata, drop);
            Ok(FhClock(Kind::Calls(Arc::new(Calls { now, userdata }))))
        })
    }
}

/// Puts a clock of `fh_clock_new` to `now_ms`, forwards or backwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_clock_set(clock: *const FhClock, now_ms: i64) -> FhStatus {
    call(|| {
        // SAFETY: the caller keeps to the header.
        match &unsafe { lent(clock) }?.0 {
            Kind::Set(clock) => clock.set(Time::from_ms(now_ms)),
            Kind::Calls(_) => return Err(Fault::argument("a clock that is not set")),
        }
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
    match unsafe { clock.as_ref() }.map(|clock| &clock.0) {
        Some(Kind::Set(clock)) => Arc::clone(clock) as Arc<dyn Clock>,
        Some(Kind::Calls(clock)) => Arc::clone(clock) as Arc<dyn Clock>,
        None => Arc::new(SystemClock),
    }
}

/// The function of a program.
struct Calls {
    now: unsafe extern "C" fn(*mut c_void) -> i64,
    userdata: Userdata,
}

impl Clock for Calls {
    fn now(&self) -> Time {
        // SAFETY: the caller gave this function for it.
        Time::from_ms(unsafe { (self.now)(self.userdata.get()) })
    }
}
