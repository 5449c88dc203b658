//! What a program gives to be handed back to its functions.

use std::ffi::c_void;

/// Called with a `userdata` that nobody uses any more, once, by any thread.
pub type FhDrop = Option<unsafe extern "C" fn(userdata: *mut c_void)>;

/// A program's data.
pub(crate) struct Userdata {
    data: *mut c_void,
    drop: FhDrop,
}

// SAFETY: nothing here looks at what it points to, and the header says from which threads it is handed back.
unsafe impl Send for Userdata {}
// SAFETY: as above.
unsafe impl Sync for Userdata {}

impl Userdata {
    pub(crate) const fn new(data: *mut c_void, drop: FhDrop) -> Self {
        Self { data, drop }
    }

    /// Data that whoever called keeps until the call returns.
    pub(crate) const fn lent(data: *mut c_void) -> Self {
        Self::new(data, None)
    }

    pub(crate) const fn get(&self) -> *mut c_void {
        self.data
    }
}

impl Drop for Userdata {
    fn drop(&mut self) {
        if let Some(drop) = self.drop {
            // SAFETY: the caller gave this function for it.
            unsafe { drop(self.data) }
        }
    }
}
