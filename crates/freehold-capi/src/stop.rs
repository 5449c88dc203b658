//! Ending what blocks.

use std::time::Duration;

use freehold::Stop;

use crate::{
    guard::{call, free, give, hand, lent},
    status::FhStatus,
};

/// Ends what blocks: when somebody says so, or at a time. What it ended did what it did: nothing that was taken or given is undone.
pub struct FhStop(pub(crate) Stop);

/// One that waits to be told.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_stop_new(out: *mut *mut FhStop) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhStop(Stop::new()))) }
}

/// One that does not wait for longer than `most_ms` from now on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_stop_after(most_ms: u64, out: *mut *mut FhStop) -> FhStatus {
    let stop = || Ok(FhStop(Stop::after(Duration::from_millis(most_ms))));
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, stop) }
}

/// Ends what was given this, soon and for good. It may be called while another thread waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_stop_stop(stop: *const FhStop) -> FhStatus {
    call(|| {
        // SAFETY: the caller keeps to the header.
        unsafe { lent(stop) }?.0.stop();
        Ok(())
    })
}

/// Whether it was told, or its time has come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_stop_is_stopped(stop: *const FhStop, stopped: *mut bool) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(stopped, || Ok(lent(stop)?.0.is_stopped())) }
}

/// Frees it. What was given it goes on without.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_stop_free(stop: *mut FhStop) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(stop) }
}

/// What a handle says, or never if there is none.
///
/// # Safety
/// `stop` is NULL or a handle.
pub(crate) unsafe fn stop_or_never(stop: *const FhStop) -> Stop {
    // SAFETY: the caller says the same.
    unsafe { stop.as_ref() }.map_or_else(Stop::new, |stop| stop.0.clone())
}
