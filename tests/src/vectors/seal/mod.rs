//! Of `docs/spec/seal.md`.

mod bound;
mod formula;
mod keys;
mod large;
mod row;
mod salt;
mod small;

use freehold_crypto::{Entropy, EntropyError, Leaf, OpenError, SealError};

use super::{Entry, Failure, Hex, entry, keys::cover};

/// The operations of the page.
pub(super) fn operations() -> Vec<Entry> {
    vec![
        entry::<keys::Keys>(),
        entry::<salt::DrawSalt>(),
        entry::<small::Seal>(),
        entry::<small::Open>(),
        entry::<large::Padme>(),
        entry::<large::Seal>(),
        entry::<large::Open>(),
        entry::<row::Seal>(),
        entry::<row::Open>(),
    ]
}

/// The leaf below a node at its tree's depth.
pub(super) fn leaf_of(node: &Hex) -> Result<Leaf, Failure> {
    let tree = cover(0, &[&[0, 0, 1], node.0.as_slice()].concat().into())?;
    tree.leaf(0).ok_or(Failure::Absent)
}

/// The randomness that a case says.
struct Given<'a>(&'a Hex);

impl Entropy for Given<'_> {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), EntropyError> {
        if self.0.0.len() != out.len() {
            return Err(EntropyError);
        }
        out.copy_from_slice(&self.0.0);
        Ok(())
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Length => Self::Length,
            OpenError::Commitment => Self::Commitment,
            OpenError::Authentication => Self::Authentication,
            OpenError::Padding => Self::Padding,
        }
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        match error {
            // Randomness of another length than what is asked for.
            SealError::Length | SealError::Entropy(_) => Self::Length,
        }
    }
}
