//! The household's key material: a random root per (stream, epoch, generation), or what puncturing left of it.

use std::collections::BTreeMap;

use freehold_crypto::{Cover, Entropy, Leaf, Root, Secret, Walker};
use freehold_model::{Epoch, Facet, Level, Time};
use freehold_store::Batch;
use freehold_sync::Entry;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Error,
    rows::{Rows, Space, log_rows, vault_key},
};

/// Gives the keys of slots to whoever holds them: the owner from the vault, a recipient from its key bundles.
pub(crate) trait KeySource {
    /// The key of the slot that starts at `start`, if it is held.
    fn leaf(&mut self, at: KeyPlace, start: Time) -> Option<Leaf>;
}

/// A tree: which level and facet of which root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyPlace {
    pub(crate) epoch: Epoch,
    pub(crate) generation: u32,
    pub(crate) level: Level,
    pub(crate) facet: Facet,
}

impl KeyPlace {
    /// The tree that a piece of `entry` is sealed under.
    pub(crate) fn of(entry: &Entry, level: Level, facet: Facet) -> Self {
        Self {
            epoch: entry.header().epoch(),
            generation: entry.header().generation(),
            level,
            facet,
        }
    }
}

/// A cover whose leaves are found by a slot's start.
pub(crate) struct SlotKeys {
    place: KeyPlace,
    walker: Walker<Cover>,
}

impl SlotKeys {
    pub(crate) fn new(place: KeyPlace, cover: Cover) -> Self {
        Self {
            place,
            walker: Walker::new(cover),
        }
    }

    pub(crate) fn leaf(&mut self, start: Time) -> Option<Leaf> {
        self.walker
            .leaf(self.place.epoch.index(self.place.level, start)?)
    }
}

/// All of a cover once more.
pub(crate) fn whole(cover: &Cover) -> Cover {
    cover.restrict(0..cover.width())
}

/// The roots of one stream.
pub(crate) struct Vault {
    stream: u32,
    roots: BTreeMap<(Epoch, u32), EpochKeys>,
}

/// The keys of one (epoch, generation).
struct EpochKeys {
    /// In a place of its own: the map moves what it holds about, and would leave copies behind.
    root: Box<Root>,
    covers: BTreeMap<(Level, Facet), SlotKeys>,
}

/// How a row of the vault is written. What puncturing will leave of a root becomes a variant of its own.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) enum VaultRow {
    Root([u8; 32]),
}

impl Vault {
    /// Reads the roots of a stream.
    pub(crate) fn load(rows: &Rows, stream: u32) -> Result<Self, Error> {
        let mut roots = BTreeMap::new();
        rows.each(log_rows(Space::Vault, stream)?, |key, row: VaultRow| {
            let (epoch, generation) = crate::rows::vault_place(key);
            roots.insert((epoch, generation), EpochKeys::new(row.root()));
            Ok(())
        })?;
        Ok(Self { stream, roots })
    }

    /// The generation to seal under in `epoch`: the newest, made now if it is older than `least`. A new root is written to `batch`.
    pub(crate) fn sealing(
        &mut self,
        epoch: Epoch,
        least: u32,
        rows: &Rows,
        batch: &mut Batch,
        entropy: &mut dyn Entropy,
    ) -> Result<u32, Error> {
        let newest = self.generations(epoch).last();
        if let Some(generation) = newest.filter(|generation| *generation >= least) {
            return Ok(generation);
        }
        let root = Root::random(entropy)?;
        let row = VaultRow::Root(*root.secret().expose());
        rows.put(batch, vault_key(self.stream, epoch, least)?, &row, entropy)?;
        let keys = EpochKeys::new(root);
        self.roots.insert((epoch, least), keys);
        Ok(least)
    }

    /// Every root there is.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (Epoch, u32)> {
        self.roots.keys().copied()
    }

    /// What is held of a tree.
    pub(crate) fn cover(&self, at: KeyPlace) -> Option<Cover> {
        let keys = self.roots.get(&(at.epoch, at.generation))?;
        Some(keys.root.tree(at.level, at.facet))
    }

    fn generations(&self, epoch: Epoch) -> impl Iterator<Item = u32> {
        self.roots
            .range((epoch, 0)..=(epoch, u32::MAX))
            .map(|((_, generation), _)| *generation)
    }
}

impl KeySource for Vault {
    fn leaf(&mut self, at: KeyPlace, start: Time) -> Option<Leaf> {
        let EpochKeys { root, covers } = self.roots.get_mut(&(at.epoch, at.generation))?;
        covers
            .entry((at.level, at.facet))
            .or_insert_with(|| SlotKeys::new(at, root.tree(at.level, at.facet)))
            .leaf(start)
    }
}

impl EpochKeys {
    fn new(root: Root) -> Self {
        Self {
            root: Box::new(root),
            covers: BTreeMap::new(),
        }
    }
}

impl VaultRow {
    fn root(&self) -> Root {
        match self {
            Self::Root(root) => Root::from_secret(Secret::from_bytes(*root)),
        }
    }
}
