use freehold_model::wire::WireError;
use thiserror::Error;

/// Why bytes are not a log that can be believed, or a piece cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LogError {
    /// The bytes are not of the object's layout.
    #[error("malformed object")]
    Malformed,
    /// The bytes say what another, the one encoding says.
    #[error("not the canonical encoding")]
    NotCanonical,
    /// A count or a length is over its bound.
    #[error("over the bound of {bound}")]
    TooLarge {
        /// The bound that was passed.
        bound: usize,
    },
    /// The object is of a version that this library does not know.
    #[error("version {found} is not known")]
    Version {
        /// The version that was found.
        found: u8,
    },
    /// Slots overlap, run backwards, or leave the epoch.
    #[error("slots out of order")]
    Slots,
    /// The entry does not continue the chain at this place.
    #[error("entry {found} does not follow, {expected} was due")]
    Sequence {
        /// The sequence number that was due.
        expected: u64,
        /// The sequence number that was found.
        found: u64,
    },
    /// The chain over the entries is not the one that the checkpoint signs.
    #[error("the chain differs from the checkpoint")]
    Chain,
    /// A piece or a body is not the one that the header names.
    #[error("the body differs from its header")]
    Body,
    /// A signature does not verify under the key that must have made it.
    #[error("a signature does not verify")]
    Signature,
    /// The object belongs to another log.
    #[error("belongs to another log")]
    OtherLog,
    /// The piece is not held: erased, not granted or not replicated.
    #[error("the piece is not held")]
    Absent,
    /// The key does not open the piece.
    #[error("the key does not open the piece")]
    Sealed,
    /// No randomness could be had.
    #[error("no randomness")]
    Entropy,
}

impl From<WireError> for LogError {
    fn from(error: WireError) -> Self {
        match error {
            WireError::TooLong { max, .. } => Self::TooLarge { bound: max },
            WireError::Malformed => Self::Malformed,
            WireError::Trailing { .. } | WireError::NotCanonical => Self::NotCanonical,
        }
    }
}
