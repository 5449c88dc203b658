//! One node of a key tree, and the way down from it.

use core::ops::Range;

use subtle::ConstantTimeEq as _;
use zeroize::ZeroizeOnDrop;

use crate::cover::CoverError;
use crate::hash::{Domain, Stepper};
use crate::secret::{SECRET_LEN, Secret};
use crate::tree::Leaf;

/// The depth of the deepest tree.
pub(crate) const MAX_DEPTH: u8 = 17;
/// Positions number the nodes as a heap does: the top is 1, the children of p are 2p and 2p + 1,
/// and leaf i of a tree of depth d is 2^d + i.
pub(crate) const TOP: u32 = 1;

#[derive(PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) position: u32,
    pub(crate) key: Secret,
}

impl Node {
    pub(crate) fn duplicate(&self) -> Self {
        Self {
            position: self.position,
            key: self.key.duplicate(),
        }
    }

    pub(crate) const fn level(&self) -> u8 {
        level_of(self.position)
    }

    /// The leaves below this node, in a tree of `depth`.
    pub(crate) const fn span(&self, depth: u8) -> Range<u32> {
        span_of(self.position, depth)
    }

    /// Whether `position` is this node or lies below it.
    pub(crate) const fn contains(&self, position: u32) -> bool {
        let level = level_of(position);
        level >= self.level() && position >> (level - self.level()) == self.position
    }

    pub(crate) fn children(&self) -> [Self; 2] {
        let mut stepper = Stepper::new();
        [0, 1].map(|bit| {
            let mut key = Secret::zero();
            stepper.step(Domain::Node, bit, 0, self.key.expose(), key.expose_mut());
            Self {
                position: 2 * self.position + u32::from(bit),
                key,
            }
        })
    }

    /// Whether `below`, which this node contains, has the key that follows from this one.
    pub(crate) fn check(&self, below: &Self) -> Result<(), CoverError> {
        let mut path = Path::new();
        path.start(self);
        path.walk(below.position);
        if path.key(below.level()).ct_eq(below.key.expose()).into() {
            Ok(())
        } else {
            Err(CoverError::Conflict)
        }
    }
}

/// The keys on the way from one held node to the last position.
#[derive(ZeroizeOnDrop)]
pub(crate) struct Path {
    /// In a place of their own: a path that is moved leaves no copy behind.
    keys: Box<[[u8; SECRET_LEN]; MAX_DEPTH as usize + 1]>,
    /// The level of the held node at which the path begins.
    base: u8,
    /// The leaf that the path leads to, or 0.
    position: u32,
    #[zeroize(skip)]
    stepper: Stepper,
}

impl Path {
    pub(crate) fn new() -> Self {
        Self {
            keys: Box::new([[0; SECRET_LEN]; MAX_DEPTH as usize + 1]),
            base: 0,
            position: 0,
            stepper: Stepper::new(),
        }
    }

    pub(crate) fn start(&mut self, node: &Node) {
        self.base = node.level();
        self.position = node.position;
        self.keys[usize::from(self.base)] = *node.key.expose();
    }

    /// Goes back up from the last leaf to the nearest node that is above `leaf` too; false when that lies above the base.
    pub(crate) fn rewind(&mut self, leaf: u32) -> bool {
        if self.position == 0 {
            return false;
        }
        let up = u32::BITS - (self.position ^ leaf).leading_zeros();
        if u32::from(level_of(leaf)) < u32::from(self.base) + up {
            return false;
        }
        self.position >>= up;
        true
    }

    /// Derives down to `position`, which lies below the present one.
    fn walk(&mut self, position: u32) {
        let (from, to) = (level_of(self.position), level_of(position));
        for level in from..to {
            let bit = (position >> (to - level - 1)).to_le_bytes()[0] & 1;
            let (above, below) = self.keys.split_at_mut(usize::from(level) + 1);
            self.stepper.step(
                Domain::Node,
                bit,
                0,
                &above[usize::from(level)],
                &mut below[0],
            );
        }
        self.position = position;
    }

    pub(crate) fn descend(&mut self, position: u32) -> Leaf {
        self.walk(position);
        let mut leaf = Secret::zero();
        let key = &self.keys[usize::from(level_of(position))];
        self.stepper
            .step(Domain::Leaf, 0, 0, key, leaf.expose_mut());
        Leaf(leaf)
    }

    const fn key(&self, level: u8) -> &[u8; SECRET_LEN] {
        &self.keys[level as usize]
    }
}

/// The leaves below `position`, in a tree of `depth`.
pub(crate) const fn span_of(position: u32, depth: u8) -> Range<u32> {
    let height = depth - level_of(position);
    let start = (position << height) - (1 << depth);
    start..start + (1 << height)
}

const fn level_of(position: u32) -> u8 {
    // A u32 has at most 31 levels below its highest bit.
    position.ilog2().to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A walker keeps what two leaves share of their way, up to the node that is held and no further.
    #[test]
    fn paths_go_up_no_further_than_they_must() {
        let held = Node {
            position: 2,
            key: Secret::from_bytes([9; SECRET_LEN]),
        };
        let mut path = Path::new();
        assert!(!path.rewind(16), "it leads nowhere yet");
        path.start(&held);
        path.descend(16);
        for (leaf, shared) in [(16, 16), (17, 8), (19, 4), (16, 4), (23, 2)] {
            assert!(path.rewind(leaf));
            assert_eq!(path.position, shared);
            path.descend(leaf);
        }
        assert!(!path.rewind(24), "the way there begins above the held node");
    }
}
