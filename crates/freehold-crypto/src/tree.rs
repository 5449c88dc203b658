//! The key tree over the slots of one (stream, epoch, generation, level, facet).
//!
//! A binary tree of SHA-256 steps: a node opens exactly the leaves below it. Here are its two ends,
//! the random [`Root`] and the [`Leaf`] of a slot; between them is what somebody holds of a tree, a
//! [`Cover`].

use freehold_model::{Facet, Level};

use crate::cover::Cover;
use crate::entropy::{Entropy, EntropyError};
use crate::hash::{Domain, Stepper};
use crate::secret::Secret;

/// The depth of the trees of a level, [`Level::depth`].
#[must_use]
pub const fn tree_depth(level: Level) -> u8 {
    level.depth()
}

/// The random secret of one (stream, epoch, generation), from which all its trees
/// grow and nothing else may (keys-4).
#[derive(Debug, PartialEq, Eq)]
pub struct Root(Secret);

impl Root {
    /// A fresh root.
    ///
    /// # Errors
    /// [`EntropyError`] when the source fails.
    pub fn random(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        Secret::random(entropy).map(Self)
    }

    /// A root read back from the vault.
    #[must_use]
    pub const fn from_secret(secret: Secret) -> Self {
        Self(secret)
    }

    /// The secret, for sealing it into the vault. The first puncture must delete it.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.0
    }

    /// The whole tree of one level and facet.
    #[must_use]
    pub fn tree(&self, level: Level, facet: Facet) -> Cover {
        let mut top = Secret::zero();
        Stepper::new().step(
            Domain::Tree,
            level.number(),
            facet.number(),
            self.0.expose(),
            top.expose_mut(),
        );
        Cover::whole(tree_depth(level), top)
    }
}

/// The key of one slot. Everything sealed for the slot is sealed under keys derived from it.
#[derive(Debug, PartialEq, Eq)]
pub struct Leaf(pub(crate) Secret);

impl Leaf {
    /// The leaf's bytes, for deriving and for tests of what a cover opens.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}
