//! What stands between C and Rust: every pointer is looked at, no panic passes, every error leaves its text.

use std::{
    cell::RefCell,
    ffi::c_char,
    panic::{AssertUnwindSafe, catch_unwind},
};

use freehold::Error;

use crate::status::FhStatus;

/// Why a call does nothing.
#[derive(Debug)]
pub(crate) struct Fault {
    status: FhStatus,
    message: String,
}

impl Fault {
    pub(crate) fn new(status: FhStatus, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, message }
    }

    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::new(FhStatus::BadArgument, message)
    }

    pub(crate) fn null() -> Self {
        Self::new(FhStatus::NullPointer, "a pointer is NULL")
    }
}

impl<E: Into<Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        let error = error.into();
        Self::new(FhStatus::of(error.reason()), error.to_string())
    }
}

/// Does something, and gives its status.
pub(crate) fn call(act: impl FnOnce() -> Result<(), Fault>) -> FhStatus {
    let panicked = |_| Err(Fault::new(FhStatus::Panic, "the library panicked"));
    match catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(panicked) {
        Ok(()) => FhStatus::Ok,
        Err(fault) => told(fault),
    }
}

/// Keeps the text of what went wrong for this thread, and gives its status.
pub(crate) fn told(fault: Fault) -> FhStatus {
    LAST.set(fault.message);
    fault.status
}

/// Does something, and writes what it comes to at `out`.
///
/// # Safety
/// `out` is NULL, or may be written.
pub(crate) unsafe fn give<T>(out: *mut T, act: impl FnOnce() -> Result<T, Fault>) -> FhStatus {
    call(|| {
        if out.is_null() {
            return Err(Fault::null());
        }
        let value = act()?;
        // SAFETY: it is not NULL, so the caller says that it may be written.
        unsafe { out.write(value) };
        Ok(())
    })
}

/// A structure that may grow: of its size its caller knows `struct_size`, the first field.
///
/// # Safety
/// It is `repr(C)`, and its first field is `struct_size`, a `usize`.
pub(crate) unsafe trait Grows {
    const NAME: &'static str;
}

/// Whether the caller knows the structure as it is here. Nothing but its first field is read.
///
/// # Safety
/// `pointer` is NULL, or that field is set.
unsafe fn fits<T: Grows>(pointer: *const T) -> Result<(), Fault> {
    // SAFETY: the caller says so, and where the field is says who implements the trait.
    let size = unsafe { lent(pointer.cast::<usize>()) }?;
    // There is one version of each yet. A later one reads and writes no further than its caller's goes.
    if *size != size_of::<T>() {
        return Err(Fault::argument(format!("struct_size of {}", T::NAME)));
    }
    Ok(())
}

/// As [`lent`], for a structure that may grow.
///
/// # Safety
/// As [`lent`], as far as its `struct_size` says.
pub(crate) unsafe fn known<'a, T: Grows>(pointer: *const T) -> Result<&'a T, Fault> {
    // SAFETY: the caller says the same.
    unsafe {
        fits(pointer)?;
        lent(pointer)
    }
}

/// As [`give`], for a structure that may grow: its caller has set its `struct_size`.
///
/// # Safety
/// As [`give`], and the field is set.
pub(crate) unsafe fn fill<T: Grows>(
    out: *mut T,
    act: impl FnOnce() -> Result<T, Fault>,
) -> FhStatus {
    // SAFETY: the caller says the same.
    unsafe {
        give(out, || {
            fits(out)?;
            act()
        })
    }
}

/// As [`fill`], for one that is not wanted if `out` is NULL.
///
/// # Safety
/// `out` is NULL, or as for [`fill`].
pub(crate) unsafe fn tell<T: Grows>(
    out: *mut T,
    act: impl FnOnce() -> Result<T, Fault>,
) -> FhStatus {
    if out.is_null() {
        return call(|| act().map(|_| ()));
    }
    // SAFETY: the caller says the same.
    unsafe { fill(out, act) }
}

/// As [`give`], for a handle: whoever called owns it.
///
/// # Safety
/// As [`give`].
pub(crate) unsafe fn hand<T>(out: *mut *mut T, act: impl FnOnce() -> Result<T, Fault>) -> FhStatus {
    // SAFETY: the caller says the same.
    unsafe { give(out, || Ok(Box::into_raw(Box::new(act()?)))) }
}

/// A handle, or a structure that is only read.
///
/// # Safety
/// `pointer` is NULL, or points to a `T` that nobody writes until the call returns.
pub(crate) unsafe fn lent<'a, T>(pointer: *const T) -> Result<&'a T, Fault> {
    // SAFETY: the caller says the same.
    unsafe { pointer.as_ref() }.ok_or_else(Fault::null)
}

/// A list; NULL if it is empty.
///
/// # Safety
/// `first` is NULL, or points to `len` elements that nobody writes until the call returns.
pub(crate) unsafe fn list<'a, T>(first: *const T, len: usize) -> Result<&'a [T], Fault> {
    if len == 0 {
        return Ok(&[]);
    }
    if first.is_null() {
        return Err(Fault::null());
    }
    // SAFETY: it is not NULL, so the caller says that the elements are there.
    Ok(unsafe { std::slice::from_raw_parts(first, len) })
}

/// Frees a handle, if there is one.
///
/// # Safety
/// `handle` is NULL, or came from [`hand`] and was not freed.
pub(crate) unsafe fn free<T>(handle: *mut T) {
    call(|| {
        if !handle.is_null() {
            // SAFETY: it came from a box, and nobody else frees it.
            drop(unsafe { Box::from_raw(handle) });
        }
        Ok(())
    });
}

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Copies the text of this thread's last error to `buffer`, with a NUL behind it, as far as there is room for both. Gives the length of
/// the whole text without the NUL; empty when nothing has failed. It is for people: programs look at the status.
///
/// `buffer` may be NULL when `room` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_last_error_message(buffer: *mut c_char, room: usize) -> usize {
    LAST.with_borrow(|text| {
        if room > 0 && !buffer.is_null() {
            let len = text.floor_char_boundary(room - 1);
            // SAFETY: the caller says that there is room for so many bytes, and one more.
            unsafe {
                buffer
                    .cast::<u8>()
                    .copy_from_nonoverlapping(text.as_ptr(), len);
                buffer.add(len).write(0);
            }
        }
        text.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_status() {
        let mut out = 7;
        // SAFETY: `out` is a number of this function's.
        let status = unsafe { give(&raw mut out, || panic!("on purpose")) };
        assert_eq!((status, out), (FhStatus::Panic, 7));
    }
}
