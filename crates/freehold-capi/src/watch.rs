//! Waiting for something to change.

use std::time::Duration;

use freehold::Watch;

use crate::{
    guard::{call, free, give, lent},
    status::FhStatus,
};

/// Tells that something was changed since it was last asked. It does not say what: look again. Any number of changes are told as one.
pub struct FhWatch(pub(crate) Watch);

/// Waits until something has changed, but no longer than `most_ms`. Gives whether it did: false when nothing came, and from when the
/// watch was closed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_watch_wait(
    watch: *const FhWatch,
    most_ms: u64,
    changed: *mut bool,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        give(changed, || {
            Ok(lent(watch)?.0.wait(Duration::from_millis(most_ms)))
        })
    }
}

/// Lets whoever waits go, for good. It may be called while another thread waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_watch_close(watch: *const FhWatch) -> FhStatus {
    call(|| {
        // SAFETY: the caller keeps to the header.
        unsafe { lent(watch) }?.0.close();
        Ok(())
    })
}

/// Frees a watch. Nobody may be waiting.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_watch_free(watch: *mut FhWatch) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(watch) }
}
