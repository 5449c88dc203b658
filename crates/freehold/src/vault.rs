//! The household's key material: a random root per (stream, epoch, generation), or what puncturing left of it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use freehold_crypto::{Cover, Entropy, Leaf, Root, Secret, Walker, tree_depth};
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
    material: Material,
    covers: HashMap<(Level, Facet), SlotKeys>,
}

enum Material {
    Root(Root),
    Punctured(BTreeMap<(Level, Facet), Cover>),
}

/// How a row of the vault is written.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct VaultRow {
    root: Option<[u8; 32]>,
    trees: Vec<Tree>,
}

#[derive(Serialize, Deserialize, Zeroize)]
struct Tree {
    #[zeroize(skip)]
    level: Level,
    #[zeroize(skip)]
    facet: Facet,
    cover: Vec<u8>,
}

impl Vault {
    /// Reads the roots of a stream.
    pub(crate) fn load(rows: &Rows, stream: u32) -> Result<Self, Error> {
        let mut roots = BTreeMap::new();
        rows.each(log_rows(Space::Vault, stream)?, |key, row: VaultRow| {
            let (epoch, generation) = crate::rows::vault_place(key);
            roots.insert((epoch, generation), EpochKeys::from_row(&row)?);
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
        let keys = EpochKeys {
            material: Material::Root(Root::random(entropy)?),
            covers: HashMap::new(),
        };
        rows.put(
            batch,
            vault_key(self.stream, epoch, least)?,
            &keys.to_row(),
            entropy,
        )?;
        self.roots.insert((epoch, least), keys);
        Ok(least)
    }

    /// Every root there is.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (Epoch, u32)> {
        self.roots.keys().copied()
    }

    /// What is held of a tree.
    pub(crate) fn cover(&self, at: KeyPlace) -> Option<Cover> {
        self.roots
            .get(&(at.epoch, at.generation))?
            .cover(at.level, at.facet)
    }

    /// Punctures the slots of `ranges` in every generation of `epoch`: their keys are gone when the batch is committed.
    pub(crate) fn puncture(
        &mut self,
        epoch: Epoch,
        ranges: &[(Level, Range<u32>)],
        rows: &Rows,
        batch: &mut Batch,
        entropy: &mut dyn Entropy,
    ) -> Result<(), Error> {
        let generations: Vec<u32> = self.generations(epoch).collect();
        for generation in generations {
            let Some(keys) = self.roots.get_mut(&(epoch, generation)) else {
                continue;
            };
            keys.puncture(ranges);
            rows.put(
                batch,
                vault_key(self.stream, epoch, generation)?,
                &keys.to_row(),
                entropy,
            )?;
        }
        Ok(())
    }

    fn generations(&self, epoch: Epoch) -> impl Iterator<Item = u32> {
        self.roots
            .range((epoch, 0)..=(epoch, u32::MAX))
            .map(|((_, generation), _)| *generation)
    }
}

impl KeySource for Vault {
    fn leaf(&mut self, at: KeyPlace, start: Time) -> Option<Leaf> {
        let keys = self.roots.get_mut(&(at.epoch, at.generation))?;
        if let Some(cover) = keys.covers.get_mut(&(at.level, at.facet)) {
            return cover.leaf(start);
        }
        let cover = SlotKeys::new(at, keys.cover(at.level, at.facet)?);
        keys.covers
            .entry((at.level, at.facet))
            .or_insert(cover)
            .leaf(start)
    }
}

impl EpochKeys {
    fn cover(&self, level: Level, facet: Facet) -> Option<Cover> {
        match &self.material {
            Material::Root(root) => Some(root.tree(level, facet)),
            Material::Punctured(trees) => trees.get(&(level, facet)).map(whole),
        }
    }

    /// The first puncture deletes the root and keeps what is left of every tree that could be asked for.
    fn puncture(&mut self, ranges: &[(Level, Range<u32>)]) {
        // No path of a walker outlives the puncture.
        self.covers.clear();
        let mut trees = BTreeMap::new();
        for level in Level::ALL {
            for facet in Facet::ALL {
                let Some(mut cover) = self.cover(level, facet) else {
                    continue;
                };
                for (_, range) in ranges.iter().filter(|(punctured, _)| *punctured == level) {
                    cover = cover.puncture(range.clone());
                }
                trees.insert((level, facet), cover);
            }
        }
        self.material = Material::Punctured(trees);
    }

    fn to_row(&self) -> VaultRow {
        let (root, trees) = match &self.material {
            Material::Root(root) => (Some(*root.secret().expose()), Vec::new()),
            Material::Punctured(trees) => {
                let tree = |((level, facet), cover): (&(Level, Facet), &Cover)| Tree {
                    level: *level,
                    facet: *facet,
                    cover: cover.to_bytes().to_vec(),
                };
                (None, trees.iter().map(tree).collect())
            }
        };
        VaultRow { root, trees }
    }

    fn from_row(row: &VaultRow) -> Result<Self, Error> {
        let material = match row.root {
            Some(root) => Material::Root(Root::from_secret(Secret::from_bytes(root))),
            None => {
                let tree = |tree: &Tree| {
                    let cover = Cover::from_bytes(tree_depth(tree.level), &tree.cover)
                        .map_err(|_| Error::Damaged)?;
                    Ok(((tree.level, tree.facet), cover))
                };
                Material::Punctured(row.trees.iter().map(tree).collect::<Result<_, Error>>()?)
            }
        };
        Ok(Self {
            material,
            covers: HashMap::new(),
        })
    }
}
