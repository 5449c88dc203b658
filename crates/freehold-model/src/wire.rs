//! Canonical bytes: one encoding per value.
//!
//! Objects are [postcard](https://postcard.jamesmunns.com/wire-format). postcard itself accepts overlong integers and bytes
//! after the end, so [`from_bytes`] re-encodes what it read and compares. Whatever is signed or hashed passes through here.

use alloc::vec::Vec;

use serde::{Serialize, de::DeserializeOwned};

/// Why bytes are not the encoding of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Longer than the object may be; nothing was decoded.
    #[error("{len} bytes, at most {max} allowed")]
    TooLong {
        /// Length found, bytes.
        len: usize,
        /// Length allowed, bytes.
        max: usize,
    },
    /// Not the encoding of such an object: cut off, out of bounds, unknown tag, unsorted, empty where it may not be.
    #[error("malformed object")]
    Malformed,
    /// Bytes follow the object.
    #[error("{extra} bytes after the end")]
    Trailing {
        /// How many.
        extra: usize,
    },
    /// Decodes, but is not the one canonical encoding of its value.
    #[error("not canonical")]
    NotCanonical,
}

/// Encodes a value canonically.
///
/// postcard refuses only sequences that do not know their length, and no derived type has one; it would give no bytes, which
/// nothing decodes.
#[must_use]
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    to_bytes_with_room(value, 0)
}

/// [`to_bytes`], and room for so many bytes after them.
///
/// Memory is taken once. A vector that grows leaves copies of its bytes behind, and what is encoded may be secret.
#[must_use]
pub fn to_bytes_with_room<T: Serialize + ?Sized>(value: &T, room: usize) -> Vec<u8> {
    let len = postcard::experimental::serialized_size(value).unwrap_or_default();
    postcard::to_extend(value, Vec::with_capacity(len + room)).unwrap_or_default()
}

/// Decodes a value of at most `max` bytes and refuses every encoding but the canonical one.
///
/// # Errors
/// [`WireError::TooLong`] before anything is decoded, then [`WireError::Malformed`], [`WireError::Trailing`] and
/// [`WireError::NotCanonical`].
pub fn from_bytes<T: DeserializeOwned + Serialize>(
    bytes: &[u8],
    max: usize,
) -> Result<T, WireError> {
    if bytes.len() > max {
        return Err(WireError::TooLong {
            len: bytes.len(),
            max,
        });
    }
    let (value, rest) = postcard::take_from_bytes::<T>(bytes).map_err(|_| WireError::Malformed)?;
    if !rest.is_empty() {
        return Err(WireError::Trailing { extra: rest.len() });
    }
    if to_bytes(&value) != bytes {
        return Err(WireError::NotCanonical);
    }
    Ok(value)
}
