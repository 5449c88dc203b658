//! Of `docs/spec/keys.md`.

mod cover;
mod digest;
mod envelope;
mod passphrase;
mod sign;
mod signed;
mod tree;

use freehold_crypto::{Cover, CoverError, Secret};

use super::{Entry, Failure, Hex, entry};

/// The operations of the page.
pub(super) fn operations() -> Vec<Entry> {
    vec![
        entry::<digest::Digest>(),
        entry::<tree::Top>(),
        entry::<tree::Child>(),
        entry::<tree::LeafOf>(),
        entry::<tree::Slot>(),
        entry::<cover::Restrict>(),
        entry::<cover::Read>(),
        entry::<cover::Open>(),
        entry::<cover::Puncture>(),
        entry::<cover::Unite>(),
        entry::<cover::Intersect>(),
        entry::<sign::ReadKey>(),
        entry::<sign::Sign>(),
        entry::<sign::Verify>(),
        entry::<envelope::Key>(),
        entry::<envelope::ReadKey>(),
        entry::<envelope::Open>(),
        entry::<passphrase::Derive>(),
    ]
}

/// Thirty-two secret bytes.
pub(super) fn secret(bytes: &Hex) -> Result<Secret, Failure> {
    bytes.array().map(Secret::from_bytes).ok_or(Failure::Length)
}

/// A cover of a tree of `depth`.
pub(super) fn cover(depth: u8, bytes: &Hex) -> Result<Cover, Failure> {
    Ok(Cover::from_bytes(depth, &bytes.0)?)
}

impl From<CoverError> for Failure {
    fn from(error: CoverError) -> Self {
        match error {
            CoverError::Length => Self::Length,
            CoverError::Position | CoverError::Depth => Self::Position,
            CoverError::Order => Self::Order,
            CoverError::Conflict => Self::Conflict,
        }
    }
}
