//! Texts and bytes that are lent.

use std::ffi::c_char;

use crate::{
    guard::{Fault, list},
    status::FhStatus,
};

/// A text in UTF-8 without a NUL at its end. It is a view: whose memory it is, and how long it lasts, is said where it is given. An empty
/// one may be `{NULL, 0}`.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhStr {
    /// Its first byte.
    pub data: *const c_char,
    /// How many bytes there are.
    pub len: usize,
}

impl FhStr {
    pub(crate) const fn of(text: &str) -> Self {
        Self {
            data: text.as_ptr().cast(),
            len: text.len(),
        }
    }

    /// # Safety
    /// The bytes are there, and nobody writes them until the call returns.
    pub(crate) unsafe fn text<'a>(self) -> Result<&'a str, Fault> {
        // SAFETY: the caller says the same.
        let bytes = unsafe { list(self.data.cast::<u8>(), self.len) }?;
        str::from_utf8(bytes).map_err(|_| Fault::new(FhStatus::NotUtf8, "a text is not UTF-8"))
    }

    /// The text, or nothing if it is empty.
    ///
    /// # Safety
    /// As [`FhStr::text`].
    pub(crate) unsafe fn some<'a>(self) -> Result<Option<&'a str>, Fault> {
        // SAFETY: the caller says the same.
        let text = unsafe { self.text() }?;
        Ok((!text.is_empty()).then_some(text))
    }
}
