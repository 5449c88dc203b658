//! Texts and bytes, lent and owned, and ids.

use std::ffi::c_char;

use crate::{
    guard::{Fault, call, free, give, lent, list},
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

/// A view of bytes. Whose memory they are, and how long they last, is said where it is given. An empty one may be `{NULL, 0}`.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhBytes {
    /// The first one.
    pub data: *const u8,
    /// How many there are.
    pub len: usize,
}

impl FhBytes {
    /// # Safety
    /// The bytes are there, and nobody writes them until the call returns.
    pub(crate) unsafe fn bytes<'a>(self) -> Result<&'a [u8], Fault> {
        // SAFETY: the caller says the same.
        unsafe { list(self.data, self.len) }
    }
}

/// Bytes, or a text, that whoever was given them owns.
pub struct FhBuffer(Vec<u8>);

impl FhBuffer {
    pub(crate) fn of(bytes: impl Into<Vec<u8>>) -> Self {
        let mut bytes = bytes.into();
        bytes.push(0);
        Self(bytes)
    }
}

/// The bytes of a buffer; they last as long as it. Behind them stands a NUL that is not counted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_buffer_bytes(buffer: *const FhBuffer, out: *mut FhBytes) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        give(out, || {
            let bytes = &lent(buffer)?.0;
            Ok(FhBytes {
                data: bytes.as_ptr(),
                len: bytes.len() - 1,
            })
        })
    }
}

/// Frees a buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_buffer_free(buffer: *mut FhBuffer) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(buffer) }
}

/// What a consent, a recipient's card or a proposal as it was shown is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct FhId {
    /// A hash.
    pub bytes: [u8; 32],
}

/// How long the text of an id is, with the NUL behind it.
pub const FH_ID_TEXT: usize = 65;

/// Writes an id in hexadecimal, with a NUL behind it, to `FH_ID_TEXT` bytes at `text`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_id_text(id: *const FhId, text: *mut c_char) -> FhStatus {
    call(|| {
        // SAFETY: the caller keeps to the header.
        let id = unsafe { lent(id) }?;
        if text.is_null() {
            return Err(Fault::null());
        }
        let digits: String = id.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        // SAFETY: there are 64 digits, and the caller says that there is room for one byte more.
        unsafe {
            text.cast::<u8>()
                .copy_from_nonoverlapping(digits.as_ptr(), digits.len());
            text.add(digits.len()).write(0);
        }
        Ok(())
    })
}

/// Reads an id from its 64 hexadecimal digits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_id_parse(text: FhStr, out: *mut FhId) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        give(out, || {
            let id: freehold::consent::TokenId = text
                .text()?
                .parse()
                .map_err(|_| Fault::argument("not an id of 64 hexadecimal digits"))?;
            Ok(FhId { bytes: id.0 })
        })
    }
}
