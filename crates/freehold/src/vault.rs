//! The household's key material: a random root per (stream, epoch, generation), or what puncturing left of it.

use std::{collections::BTreeMap, ops::Range};

use freehold_crypto::{Cover, Entropy, Leaf, Root, Secret, Walker, tree_depth};
use freehold_model::{Epoch, Facet, Level, Time};
use freehold_store::Batch;
use freehold_sync::Entry;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Error,
    household::PARTIES_MAX,
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

    /// What is left without these leaves. The cover and the path that was kept are wiped.
    fn puncture(self, ranges: &[Range<u32>]) -> Self {
        let punctured = |cover: Cover, range: &Range<u32>| cover.puncture(range.clone());
        let cover = ranges.iter().fold(self.walker.into_inner(), punctured);
        Self::new(self.place, cover)
    }
}

/// All of a cover once more.
pub(crate) fn whole(cover: &Cover) -> Cover {
    cover.restrict(0..cover.width())
}

/// Leaves that are to go, by epoch and level.
pub(crate) type Leaves = BTreeMap<(Epoch, Level), Vec<Range<u32>>>;

/// The roots of one stream, and what puncturing left of them.
pub(crate) struct Vault {
    stream: u32,
    roots: BTreeMap<(Epoch, u32), EpochKeys>,
}

/// The keys of one (epoch, generation).
struct EpochKeys {
    /// None once it was punctured: then `covers` has all that is left.
    /// In a place of its own: the map moves what it holds about, and would leave copies behind.
    root: Option<Box<Root>>,
    covers: BTreeMap<(Level, Facet), SlotKeys>,
}

/// How a row of the vault is written.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) enum VaultRow {
    /// In a place of its own, as [`EpochKeys::root`].
    Root(Box<[u8; 32]>),
    /// The root is gone; what is left of each tree, empty ones included.
    Punctured(Vec<Tree>),
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Tree {
    #[zeroize(skip)]
    level: Level,
    #[zeroize(skip)]
    facet: Facet,
    nodes: Vec<u8>,
}

impl VaultRow {
    /// Whether it reads as the keys of an epoch and a generation.
    pub(crate) fn check(&self, epoch: Epoch, generation: u32) -> Result<(), Error> {
        EpochKeys::from_row(self, epoch, generation).map(drop)
    }
}

impl Vault {
    /// Reads the roots of a stream.
    pub(crate) fn load(rows: &Rows, stream: u32) -> Result<Self, Error> {
        let mut roots = BTreeMap::new();
        rows.each(log_rows(Space::Vault, stream)?, |key, row: VaultRow| {
            let (epoch, generation) = crate::rows::vault_place(key);
            let keys = EpochKeys::from_row(&row, epoch, generation)?;
            roots.insert((epoch, generation), keys);
            Ok(())
        })?;
        Ok(Self { stream, roots })
    }

    /// The generation to seal under in `epoch`: the newest, made now by the agent with this number if it is older than `least`. A new
    /// root is written to `batch`.
    pub(crate) fn sealing(
        &mut self,
        epoch: Epoch,
        (least, agent): (u32, u8),
        rows: &Rows,
        batch: &mut Batch,
        entropy: &mut dyn Entropy,
    ) -> Result<u32, Error> {
        let newest = self.generations(epoch).last();
        if let Some(generation) = newest.filter(|generation| *generation >= least) {
            return Ok(generation);
        }
        let generation = generation_of(agent, least);
        let root = Root::random(entropy)?;
        let row = VaultRow::Root(Box::new(*root.secret().expose()));
        let key = vault_key(self.stream, epoch, generation)?;
        rows.put(batch, key, &row, entropy)?;
        self.roots.insert((epoch, generation), EpochKeys::new(root));
        Ok(generation)
    }

    /// The newest generation of which the key of a slot is held.
    pub(crate) fn newest_with(
        &mut self,
        epoch: Epoch,
        (level, facet): (Level, Facet),
        start: Time,
    ) -> Option<u32> {
        let held: Vec<u32> = self.generations(epoch).collect();
        held.into_iter().rev().find(|generation| {
            let at = KeyPlace {
                epoch,
                generation: *generation,
                level,
                facet,
            };
            self.leaf(at, start).is_some()
        })
    }

    /// Joins what was handed out with what is held, and writes that to `batch`.
    ///
    /// # Errors
    /// [`Error::Damaged`] when both are of different roots.
    pub(crate) fn unite(
        &mut self,
        (epoch, generation): (Epoch, u32),
        trees: &VaultRow,
        rows: &Rows,
        batch: &mut Batch,
        entropy: &mut dyn Entropy,
    ) -> Result<(), Error> {
        let more = EpochKeys::from_row(trees, epoch, generation)?;
        let keys = match self.roots.remove(&(epoch, generation)) {
            Some(held) => held.unite(more)?,
            None => more,
        };
        let key = vault_key(self.stream, epoch, generation)?;
        rows.put(batch, key, &keys.to_row(), entropy)?;
        self.roots.insert((epoch, generation), keys);
        Ok(())
    }

    /// What is held of these trees between two times, as it is handed out.
    pub(crate) fn part(
        &self,
        (epoch, generation): (Epoch, u32),
        trees: impl Iterator<Item = (Level, Facet, Range<u32>)>,
    ) -> VaultRow {
        let part = trees.filter_map(|(level, facet, leaves)| {
            let at = KeyPlace {
                epoch,
                generation,
                level,
                facet,
            };
            let cover = self.cover(at)?.restrict(leaves);
            let nodes = std::mem::take(&mut *cover.to_bytes());
            Some(Tree {
                level,
                facet,
                nodes,
            })
        });
        VaultRow::Punctured(part.collect())
    }

    /// Deletes what is held of a root as a whole.
    pub(crate) fn forget(
        &mut self,
        (epoch, generation): (Epoch, u32),
        batch: &mut Batch,
    ) -> Result<(), Error> {
        batch.delete(vault_key(self.stream, epoch, generation)?);
        self.roots.remove(&(epoch, generation));
        Ok(())
    }

    /// A generation after every one there is of a stream, in any epoch.
    pub(crate) fn after_all(rows: &Rows, stream: u32, least: u32) -> Result<u32, Error> {
        let mut newest = least;
        rows.raw(log_rows(Space::Vault, stream)?, |key, _| {
            newest = newest.max(crate::rows::vault_place(key).1);
        })?;
        Ok(newest + 1)
    }

    /// Replaces every root of the epochs in `leaves` by what is left of its `trees` without these leaves, and writes that to
    /// `batch`.
    pub(crate) fn puncture(
        &mut self,
        trees: &[(Level, Facet)],
        leaves: &Leaves,
        rows: &Rows,
        batch: &mut Batch,
        entropy: &mut dyn Entropy,
    ) -> Result<(), Error> {
        let epochs: Vec<Epoch> = leaves.keys().map(|(epoch, _)| *epoch).collect();
        for ((epoch, generation), keys) in &mut self.roots {
            if !epochs.contains(epoch) {
                continue;
            }
            keys.puncture((*epoch, *generation), trees, leaves);
            let key = vault_key(self.stream, *epoch, *generation)?;
            rows.put(batch, key, &keys.to_row(), entropy)?;
        }
        Ok(())
    }

    /// Every root there is, or was before it was punctured.
    pub(crate) fn roots(&self) -> impl Iterator<Item = (Epoch, u32)> {
        self.roots.keys().copied()
    }

    /// Whether nothing is left of a root.
    pub(crate) fn is_spent(&self, place: (Epoch, u32)) -> bool {
        self.roots.get(&place).is_some_and(|keys| {
            let mut covers = keys.covers.values();
            keys.root.is_none() && covers.all(|keys| keys.walker.cover().is_empty())
        })
    }

    /// What is held of a tree.
    pub(crate) fn cover(&self, at: KeyPlace) -> Option<Cover> {
        let keys = self.roots.get(&(at.epoch, at.generation))?;
        match &keys.root {
            Some(root) => Some(root.tree(at.level, at.facet)),
            None => {
                let left = keys.covers.get(&(at.level, at.facet))?;
                Some(whole(left.walker.cover()))
            }
        }
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
        if let Some(root) = root {
            covers
                .entry((at.level, at.facet))
                .or_insert_with(|| SlotKeys::new(at, root.tree(at.level, at.facet)));
        }
        covers.get_mut(&(at.level, at.facet))?.leaf(start)
    }
}

/// The first generation from `least` on that an agent may make: no two make the same.
fn generation_of(agent: u8, least: u32) -> u32 {
    let (own, all) = (u32::from(agent), u32::from(PARTIES_MAX));
    least + (own + all - least % all) % all
}

impl EpochKeys {
    fn new(root: Root) -> Self {
        Self {
            root: Some(Box::new(root)),
            covers: BTreeMap::new(),
        }
    }

    /// What either opens. Both are covers: of a root there is no more to be had.
    fn unite(self, more: Self) -> Result<Self, Error> {
        if self.root.is_some() {
            return Ok(self);
        }
        let mut covers = self.covers;
        for (tree, keys) in more.covers {
            let keys = match covers.remove(&tree) {
                Some(held) => {
                    let united = held.walker.cover().unite(keys.walker.cover());
                    SlotKeys::new(keys.place, united.map_err(|_| Error::Damaged)?)
                }
                None => keys,
            };
            covers.insert(tree, keys);
        }
        Ok(Self { root: None, covers })
    }

    fn from_row(row: &VaultRow, epoch: Epoch, generation: u32) -> Result<Self, Error> {
        let trees = match row {
            VaultRow::Root(root) => {
                return Ok(Self::new(Root::from_secret(Secret::from_bytes(**root))));
            }
            VaultRow::Punctured(trees) => trees,
        };
        let mut covers = BTreeMap::new();
        for Tree {
            level,
            facet,
            nodes,
        } in trees
        {
            let place = KeyPlace {
                epoch,
                generation,
                level: *level,
                facet: *facet,
            };
            let cover = Cover::from_bytes(tree_depth(*level), nodes).map_err(|_| Error::Damaged)?;
            covers.insert((*level, *facet), SlotKeys::new(place, cover));
        }
        Ok(Self { root: None, covers })
    }

    fn to_row(&self) -> VaultRow {
        if let Some(root) = &self.root {
            return VaultRow::Root(Box::new(*root.secret().expose()));
        }
        let tree = |((level, facet), keys): (&(Level, Facet), &SlotKeys)| Tree {
            level: *level,
            facet: *facet,
            nodes: std::mem::take(&mut *keys.walker.cover().to_bytes()),
        };
        VaultRow::Punctured(self.covers.iter().map(tree).collect())
    }

    /// Puts what is left of the trees in the place of the root. Paths that were kept go with it.
    fn puncture(
        &mut self,
        (epoch, generation): (Epoch, u32),
        trees: &[(Level, Facet)],
        leaves: &Leaves,
    ) {
        if let Some(root) = self.root.take() {
            let tree = |&(level, facet): &(Level, Facet)| {
                let place = KeyPlace {
                    epoch,
                    generation,
                    level,
                    facet,
                };
                let keys = SlotKeys::new(place, root.tree(level, facet));
                ((level, facet), keys)
            };
            self.covers = trees.iter().map(tree).collect();
        }
        let held = std::mem::take(&mut self.covers);
        let left = held.into_iter().map(|((level, facet), keys)| {
            let gone = leaves.get(&(epoch, level)).map_or(&[][..], Vec::as_slice);
            ((level, facet), keys.puncture(gone))
        });
        self.covers = left.collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [household-5]
    #[test]
    fn no_two_agents_make_the_same_generation() {
        for least in [0, 1, 15, 16, 17, 4095] {
            let made = (0..PARTIES_MAX).map(|agent| generation_of(agent, least));
            for (agent, made) in (0..PARTIES_MAX).zip(made) {
                assert!(made >= least && made < least + 16);
                assert_eq!(made % 16, u32::from(agent));
            }
        }
    }
}
