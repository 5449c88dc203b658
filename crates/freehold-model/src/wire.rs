//! Canonical bytes: one encoding per value.
//!
//! Objects are [postcard](https://postcard.jamesmunns.com/wire-format). postcard itself accepts overlong integers and bytes
//! after the end, so [`from_bytes`] encodes what it read once more and compares. Whatever is signed or hashed passes through here.

use alloc::vec::Vec;

use postcard::ser_flavors::Flavor;
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
    if !is_encoding(bytes, &value) {
        return Err(WireError::NotCanonical);
    }
    Ok(value)
}

/// Decodes the value that bytes begin with, in its canonical encoding, and gives what follows it.
///
/// # Errors
/// [`WireError::Malformed`] and [`WireError::NotCanonical`].
pub fn take_from_bytes<T: DeserializeOwned + Serialize>(
    bytes: &[u8],
) -> Result<(T, &[u8]), WireError> {
    let (value, rest) = postcard::take_from_bytes(bytes).map_err(|_| WireError::Malformed)?;
    let (own, rest) = bytes.split_at(bytes.len() - rest.len());
    if !is_encoding(own, &value) {
        return Err(WireError::NotCanonical);
    }
    Ok((value, rest))
}

/// Whether these bytes are the encoding of a value. No copy is made: what is encoded may be secret.
fn is_encoding<T: Serialize + ?Sized>(bytes: &[u8], value: &T) -> bool {
    postcard::serialize_with_flavor(value, Rest(bytes)).is_ok_and(<[u8]>::is_empty)
}

/// What is left to compare. Encoding into it fails at the first byte that is another.
struct Rest<'a>(&'a [u8]);

impl<'a> Flavor for Rest<'a> {
    type Output = &'a [u8];

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        let rest = self.0.strip_prefix(bytes);
        self.0 = rest.ok_or(postcard::Error::SerializeBufferFull)?;
        Ok(())
    }

    fn finalize(self) -> postcard::Result<&'a [u8]> {
        Ok(self.0)
    }
}
