//! Bounded collections with one encoding per value, and the container that tells Freehold files apart.

use freehold_model::wire as canonical;
use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// The first four bytes of every Freehold file.
pub(crate) const MAGIC: [u8; 4] = *b"FRHD";
/// The container version this crate writes and the only one it reads.
pub(crate) const CONTAINER_VERSION: u8 = 1;
/// Upper bound of any object that this crate decodes, in bytes.
pub(crate) const OBJECT_BYTES_MAX: usize = 1 << 22;

/// Why bytes are not a Freehold object.
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
    /// Does not begin with `FRHD`.
    #[error("not a Freehold file")]
    NotFreehold,
    /// A Freehold file of a type that this version does not know.
    #[error("unknown file type {0}")]
    UnknownFile(u8),
    /// A Freehold file of another type than was asked for.
    #[error("a {found} file, expected a {expected}")]
    WrongFile {
        /// Type in the file.
        found: FileType,
        /// Type asked for.
        expected: FileType,
    },
    /// Written by a version that this one cannot read.
    #[error("unsupported version {0}")]
    Version(u8),
}

/// What a Freehold file holds. The number is the fifth byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum FileType {
    /// A recipient's [`Card`](crate::Card).
    Card = 1,
    /// A recipient's [`Request`](crate::Request).
    Request = 2,
    /// A [`Grant`](crate::Grant): card, consent token and key bundles.
    Grant = 3,
    /// A [`Revocation`](crate::Revocation).
    Revocation = 4,
    /// A key bundle that extends a grant.
    Extension = 5,
    /// What a home hands to a recipient, at times when no relay can be met.
    Parcel = 6,
    /// What a recipient says that it has.
    Have = 7,
}

impl FileType {
    const ALL: [Self; 7] = [
        Self::Card,
        Self::Request,
        Self::Grant,
        Self::Revocation,
        Self::Extension,
        Self::Parcel,
        Self::Have,
    ];

    /// The type of a Freehold file, from its first six bytes.
    ///
    /// # Errors
    /// [`WireError::NotFreehold`], [`WireError::UnknownFile`], [`WireError::Version`].
    pub fn of(file: &[u8]) -> Result<Self, WireError> {
        let [m0, m1, m2, m3, tag, version, ..] = *file else {
            return Err(WireError::NotFreehold);
        };
        if [m0, m1, m2, m3] != MAGIC {
            return Err(WireError::NotFreehold);
        }
        if version != CONTAINER_VERSION {
            return Err(WireError::Version(version));
        }
        let known = Self::ALL.into_iter().find(|kind| *kind as u8 == tag);
        known.ok_or(WireError::UnknownFile(tag))
    }

    /// Puts an object's bytes into a file of this type.
    #[must_use]
    pub fn wrap(self, object: &[u8]) -> Vec<u8> {
        let mut file = Vec::with_capacity(object.len() + 6);
        file.extend_from_slice(&MAGIC);
        file.extend_from_slice(&[self as u8, CONTAINER_VERSION]);
        file.extend_from_slice(object);
        file
    }

    /// Takes the object's bytes out of a file of this type.
    ///
    /// # Errors
    /// As [`FileType::of`], and [`WireError::WrongFile`].
    pub fn unwrap_file(self, file: &[u8]) -> Result<&[u8], WireError> {
        let found = Self::of(file)?;
        if found != self {
            return Err(WireError::WrongFile {
                found,
                expected: self,
            });
        }
        file.get(6..).ok_or(WireError::NotFreehold)
    }
}

impl std::fmt::Display for FileType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Card => "card",
            Self::Request => "request",
            Self::Grant => "grant",
            Self::Revocation => "revocation",
            Self::Extension => "extension",
            Self::Parcel => "parcel",
            Self::Have => "have",
        })
    }
}

/// Encodes a value canonically.
pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    canonical::to_bytes(value)
}

/// Decodes a value and refuses every encoding but the canonical one.
pub(crate) fn decode<T: DeserializeOwned + Serialize>(
    bytes: &[u8],
    max: usize,
) -> Result<T, WireError> {
    Ok(canonical::from_bytes(bytes, max)?)
}

impl From<canonical::WireError> for WireError {
    fn from(error: canonical::WireError) -> Self {
        match error {
            canonical::WireError::TooLong { len, max } => Self::TooLong { len, max },
            canonical::WireError::Malformed => Self::Malformed,
            canonical::WireError::Trailing { extra } => Self::Trailing { extra },
            canonical::WireError::NotCanonical => Self::NotCanonical,
        }
    }
}

/// A set of 1 to `MAX` values, strictly ascending on the wire. There is no empty set: nothing granted is an error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Set<T, const MAX: usize>(Vec<T>);

impl<T: Ord, const MAX: usize> Set<T, MAX> {
    /// Sorts and deduplicates; `None` when the set would be empty or hold more than `MAX` values.
    pub fn new(values: impl IntoIterator<Item = T>) -> Option<Self> {
        let mut values: Vec<T> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        (1..=MAX).contains(&values.len()).then_some(Self(values))
    }

    /// The set of one value.
    #[must_use]
    pub fn of(value: T) -> Self {
        Self(vec![value])
    }

    /// Whether the value is in the set.
    pub fn contains(&self, value: &T) -> bool {
        self.0.binary_search(value).is_ok()
    }

    /// What both sets hold; `None` when that is nothing.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Option<Self>
    where
        T: Clone,
    {
        Self::new(self.0.iter().filter(|v| other.contains(v)).cloned())
    }

    /// Whether every value of this set is in the other.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|v| other.contains(v))
    }

    /// The values, ascending.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The values, ascending.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }
}

impl<'a, T, const MAX: usize> IntoIterator for &'a Set<T, MAX> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Serialize, const MAX: usize> Serialize for Set<T, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + Ord, const MAX: usize> Deserialize<'de> for Set<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = List::<T, MAX>::deserialize(deserializer)?;
        let ascending = list
            .0
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a < b));
        if list.0.is_empty() || !ascending {
            return Err(D::Error::custom("not a set"));
        }
        Ok(Self(list.0))
    }
}

/// A list of at most `MAX` values, counted while decoding so that a length alone allocates nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List<T, const MAX: usize>(pub(crate) Vec<T>);

impl<T: Serialize, const MAX: usize> Serialize for List<T, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values<T, const MAX: usize>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Values<T, MAX> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "at most {MAX} values")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    if values.len() == MAX {
                        return Err(A::Error::custom("too many values"));
                    }
                    values.push(value);
                }
                Ok(values)
            }
        }
        let values = deserializer.deserialize_seq(Values::<T, MAX>(std::marker::PhantomData))?;
        Ok(Self(values))
    }
}

/// Bytes that may be secret: wiped on drop, never printed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bytes(Zeroizing<Vec<u8>>);

impl Bytes {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl From<Zeroizing<Vec<u8>>> for Bytes {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytes({})", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Slice;
        impl Visitor<'_> for Slice {
            type Value = Bytes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes::new(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Small = Set<u16, 4>;

    /// [consent-1]
    #[test]
    fn canonical_postcard() {
        assert_eq!(decode::<u32>(&[0x80, 0x01], 9), Ok(128));
        assert_eq!(
            decode::<u32>(&[0x80, 0x00], 9),
            Err(WireError::NotCanonical),
            "overlong integer"
        );
        assert_eq!(
            decode::<u32>(&[5, 6], 9),
            Err(WireError::Trailing { extra: 1 })
        );
        assert_eq!(
            decode::<Small>(&[2, 1, 1], 9),
            Err(WireError::Malformed),
            "twice the same"
        );
        assert_eq!(
            decode::<Small>(&[2, 2, 1], 9),
            Err(WireError::Malformed),
            "unsorted"
        );
        assert_eq!(
            decode::<Small>(&[0], 9),
            Err(WireError::Malformed),
            "an empty set"
        );
        assert_eq!(
            decode::<Small>(&[5, 1, 2, 3, 4, 5], 9),
            Err(WireError::Malformed),
            "too many"
        );
        assert_eq!(
            decode::<u32>(&[1; 10], 9),
            Err(WireError::TooLong { len: 10, max: 9 })
        );
    }

    #[test]
    fn a_length_alone_allocates_nothing() {
        let bomb = [0xff, 0xff, 0xff, 0xff, 0x0f];
        assert_eq!(
            decode::<List<u64, 1000>>(&bomb, 9),
            Err(WireError::Malformed)
        );
        assert_eq!(
            decode::<List<(), 1000>>(&bomb, 9),
            Err(WireError::Malformed),
            "zero-sized elements"
        );
    }

    /// [consent-2]
    #[test]
    fn files_are_told_apart() {
        let file = FileType::Grant.wrap(b"x");
        assert_eq!(file, b"FRHD\x03\x01x");
        assert_eq!(FileType::of(&file), Ok(FileType::Grant));
        assert_eq!(FileType::Grant.unwrap_file(&file), Ok(&b"x"[..]));
        let wrong = WireError::WrongFile {
            found: FileType::Grant,
            expected: FileType::Card,
        };
        assert_eq!(FileType::Card.unwrap_file(&file), Err(wrong));
        assert_eq!(
            FileType::of(b"FRHD\x63\x01"),
            Err(WireError::UnknownFile(99))
        );
        assert_eq!(FileType::of(b"FRHD\x03\x02"), Err(WireError::Version(2)));
        assert_eq!(FileType::of(b"%PDF-1.7"), Err(WireError::NotFreehold));
        assert_eq!(FileType::of(b"FRH"), Err(WireError::NotFreehold));
    }
}
