//! The key tree over the slots of one (stream, epoch, generation, level, facet).
//!
//! A binary tree of SHA-256 steps: a node opens exactly the leaves below it. What somebody holds of
//! a tree is a [`Cover`], from the whole tree (one node) to what grants and punctures left of it.

use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::ops::Range;

use freehold_model::{Facet, Level};
use thiserror::Error;
use zeroize::ZeroizeOnDrop;

use crate::entropy::{Entropy, EntropyError};
use crate::hash::{Domain, Stepper};
use crate::secret::{SECRET_LEN, Secret};

/// Bytes of one node in a serialised cover.
pub const NODE_LEN: usize = 3 + SECRET_LEN;

/// Nodes in the largest serialised cover: what puncturing every second leaf of the deepest tree
/// leaves behind.
pub const MAX_NODES: usize = 1 << 16;

/// The depth of the tree of a level: its leaves are the minutes of an epoch for raw and minute,
/// and the quarter hours of an epoch for the coarser levels.
#[must_use]
pub const fn tree_depth(level: Level) -> u8 {
    match level {
        Level::Raw | Level::Minute => 17,
        _ => 13,
    }
}

/// The random secret of one (stream, epoch, generation), from which all its trees grow.
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
pub struct Leaf(Secret);

impl Leaf {
    /// The leaf's bytes, for deriving and for tests of what a cover opens.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}

/// What is held of one tree: nodes sorted by position, none below another.
///
/// Both children of a node may be present without it: a cover that was put together from two
/// bundles holds siblings whose parent its holder does not know.
#[derive(PartialEq, Eq)]
pub struct Cover {
    depth: u8,
    nodes: Vec<Node>,
}

impl Cover {
    /// The part of this cover that opens leaves in `range`, as nodes that open no leaf outside it.
    ///
    /// Leaves of `range` that this cover does not open stay closed; [`covered`](Self::covered)
    /// tells. A range past the end of the tree is cut there.
    #[must_use]
    pub fn restrict(&self, range: Range<u32>) -> Self {
        self.cut(&range, true)
    }

    /// This cover without the leaves in `range`: the nodes beside them. The old cover is used up,
    /// and wiped.
    #[must_use]
    pub fn puncture(self, range: Range<u32>) -> Self {
        self.cut(&range, false)
    }

    /// What both covers open, for merging copies of a vault: a puncture of either stays.
    ///
    /// # Errors
    /// [`CoverError::Depth`] for trees of different depth, [`CoverError::Conflict`] when the covers
    /// hold different keys for one node, thus belong to different trees.
    pub fn intersect(&self, other: &Self) -> Result<Self, CoverError> {
        let mut nodes = Vec::new();
        self.pair_up(other, |pair| {
            if let Pair::Nested { inner, .. } = pair {
                nodes.push(inner.duplicate());
            }
        })?;
        Ok(Self {
            depth: self.depth,
            nodes,
        })
    }

    /// What either cover opens, for adding an extension to what a recipient holds.
    ///
    /// # Errors
    /// As [`intersect`](Self::intersect).
    pub fn unite(&self, other: &Self) -> Result<Self, CoverError> {
        let mut nodes: Vec<Node> = Vec::with_capacity(self.nodes.len() + other.nodes.len());
        self.pair_up(other, |pair| {
            let node = match pair {
                Pair::Nested { outer, .. } => outer,
                Pair::Alone(node) => node,
            };
            let held = nodes
                .last()
                .is_some_and(|last| last.contains(node.position));
            if !held {
                nodes.push(node.duplicate());
            }
        })?;
        Ok(Self {
            depth: self.depth,
            nodes,
        })
    }

    /// The key of the leaf at `index`, or `None` when this cover does not open it.
    ///
    /// For many leaves in order use a [`Walker`].
    #[must_use]
    pub fn leaf(&self, index: u32) -> Option<Leaf> {
        Walker::new(self).leaf(index)
    }

    /// Derives leaves with the path of the last one kept at hand.
    #[must_use]
    pub fn walker(&self) -> Walker<&Self> {
        Walker::new(self)
    }

    /// The leaves that this cover opens, as sorted ranges with gaps between them.
    #[must_use]
    pub fn covered(&self) -> Vec<Range<u32>> {
        let mut ranges: Vec<Range<u32>> = Vec::new();
        for node in &self.nodes {
            let span = node.span(self.depth);
            match ranges.last_mut() {
                Some(last) if last.end == span.start => last.end = span.end,
                _ => ranges.push(span),
            }
        }
        ranges
    }

    /// Whether this cover opens every leaf of `range`. An empty range is opened by any cover.
    #[must_use]
    pub fn opens(&self, range: Range<u32>) -> bool {
        range.is_empty()
            || self
                .covered()
                .iter()
                .any(|held| held.start <= range.start && range.end <= held.end)
    }

    /// The number of leaves of the whole tree.
    #[must_use]
    pub const fn width(&self) -> u32 {
        1 << self.depth
    }

    /// The depth of the tree.
    #[must_use]
    pub const fn depth(&self) -> u8 {
        self.depth
    }

    /// The number of nodes held.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Whether this cover opens nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The nodes in order, [`NODE_LEN`] bytes each: position (three bytes, big-endian) and key.
    ///
    /// The bytes are as secret as the keys; the caller seals or wipes them.
    #[must_use]
    pub fn to_bytes(&self) -> zeroize::Zeroizing<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.nodes.len() * NODE_LEN);
        for node in &self.nodes {
            bytes.extend_from_slice(&node.position.to_be_bytes()[1..]);
            bytes.extend_from_slice(node.key.expose());
        }
        zeroize::Zeroizing::new(bytes)
    }

    /// Reads a cover of a tree of `depth` (see [`tree_depth`]).
    ///
    /// # Errors
    /// [`CoverError`] when the length is no multiple of [`NODE_LEN`], there are more than
    /// [`MAX_NODES`], or nodes lie outside the tree, out of order or below one another.
    pub fn from_bytes(depth: u8, bytes: &[u8]) -> Result<Self, CoverError> {
        if depth > MAX_DEPTH {
            return Err(CoverError::Depth);
        }
        let (chunks, rest) = bytes.as_chunks::<NODE_LEN>();
        if !rest.is_empty() || chunks.len() > MAX_NODES {
            return Err(CoverError::Length);
        }
        let mut nodes = Vec::with_capacity(chunks.len());
        let mut free_from = 0;
        for [a, b, c, key @ ..] in chunks {
            let node = Node {
                position: u32::from_be_bytes([0, *a, *b, *c]),
                key: Secret::from_bytes(*key),
            };
            if node.position == 0 || node.level() > depth {
                return Err(CoverError::Position);
            }
            let span = node.span(depth);
            if span.start < free_from {
                return Err(CoverError::Order);
            }
            free_from = span.end;
            nodes.push(node);
        }
        Ok(Self { depth, nodes })
    }

    fn whole(depth: u8, top: Secret) -> Self {
        Self {
            depth,
            nodes: vec![Node {
                position: TOP,
                key: top,
            }],
        }
    }

    fn cut(&self, range: &Range<u32>, keep_inside: bool) -> Self {
        let mut cut = Cut {
            depth: self.depth,
            range,
            keep_inside,
            kept: Vec::new(),
        };
        for node in &self.nodes {
            cut.visit(node);
        }
        Self {
            depth: self.depth,
            nodes: cut.kept,
        }
    }

    /// Walks both covers in order and reports the nodes, nested ones as pairs; the key of an inner
    /// node is checked against the one above it.
    fn pair_up<'a>(
        &'a self,
        other: &'a Self,
        mut report: impl FnMut(Pair<'a>),
    ) -> Result<(), CoverError> {
        if self.depth != other.depth {
            return Err(CoverError::Depth);
        }
        let (mut left, mut right) = (self.nodes.as_slice(), other.nodes.as_slice());
        // Whether the first node of a side was already reported as the outer one of a pair.
        let (mut left_seen, mut right_seen) = (false, false);
        while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
            let (a_span, b_span) = (a.span(self.depth), b.span(self.depth));
            if a.contains(b.position) {
                a.check(b)?;
                report(Pair::Nested { outer: a, inner: b });
                (right, right_seen, left_seen) = (right_rest, false, true);
            } else if b.contains(a.position) {
                b.check(a)?;
                report(Pair::Nested { outer: b, inner: a });
                (left, left_seen, right_seen) = (left_rest, false, true);
            } else if a_span.start < b_span.start {
                if !left_seen {
                    report(Pair::Alone(a));
                }
                (left, left_seen) = (left_rest, false);
            } else {
                if !right_seen {
                    report(Pair::Alone(b));
                }
                (right, right_seen) = (right_rest, false);
            }
        }
        left.iter()
            .skip(usize::from(left_seen))
            .for_each(|node| report(Pair::Alone(node)));
        right
            .iter()
            .skip(usize::from(right_seen))
            .for_each(|node| report(Pair::Alone(node)));
        Ok(())
    }
}

impl fmt::Debug for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cover")
            .field("depth", &self.depth)
            .field("nodes", &self.nodes.len())
            .field("covered", &self.covered())
            .finish()
    }
}

/// Why bytes or covers were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CoverError {
    /// The length is no whole number of nodes, or there are too many.
    #[error("cover has a wrong length")]
    Length,
    /// A node lies outside the tree.
    #[error("cover node outside the tree")]
    Position,
    /// Nodes are out of order or lie below one another.
    #[error("cover nodes out of order")]
    Order,
    /// The depths differ, or no tree is that deep.
    #[error("cover of another depth")]
    Depth,
    /// Two covers hold different keys for one node.
    #[error("covers of different trees")]
    Conflict,
}

/// Derives leaves of a cover, keeping the path to the last one: about two compressions and the
/// leaf's own for leaves in order.
///
/// It borrows or owns the cover, so no path outlives a puncture. The path is wiped on drop.
pub struct Walker<C: Borrow<Cover>> {
    path: Path,
    cover: C,
}

impl<C: Borrow<Cover>> Walker<C> {
    /// Starts at no leaf.
    pub fn new(cover: C) -> Self {
        Self {
            path: Path::new(),
            cover,
        }
    }

    /// The key of the leaf at `index`, or `None` when the cover does not open it.
    pub fn leaf(&mut self, index: u32) -> Option<Leaf> {
        let cover = self.cover.borrow();
        if index >= cover.width() {
            return None;
        }
        let position = cover.width() | index;
        if !self.path.rewind(position) {
            let node = cover.find(position)?;
            self.path.start(node);
        }
        Some(self.path.descend(position))
    }

    /// Gives the cover back and wipes the path.
    pub fn into_inner(self) -> C {
        self.cover
    }
}

impl<C: Borrow<Cover>> fmt::Debug for Walker<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walker")
            .field("cover", self.cover.borrow())
            .finish_non_exhaustive()
    }
}

const MAX_DEPTH: u8 = 17;
/// Positions number the nodes as a heap does: the top is 1, the children of p are 2p and 2p + 1,
/// and leaf i of a tree of depth d is 2^d + i.
const TOP: u32 = 1;

#[derive(PartialEq, Eq)]
struct Node {
    position: u32,
    key: Secret,
}

impl Node {
    fn duplicate(&self) -> Self {
        Self {
            position: self.position,
            key: self.key.duplicate(),
        }
    }

    const fn level(&self) -> u8 {
        level_of(self.position)
    }

    /// The leaves below this node, in a tree of `depth`.
    const fn span(&self, depth: u8) -> Range<u32> {
        let height = depth - self.level();
        let start = (self.position << height) - (1 << depth);
        start..start + (1 << height)
    }

    /// Whether `position` is this node or lies below it.
    const fn contains(&self, position: u32) -> bool {
        let level = level_of(position);
        level >= self.level() && position >> (level - self.level()) == self.position
    }

    fn children(&self) -> [Self; 2] {
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
    fn check(&self, below: &Self) -> Result<(), CoverError> {
        let mut path = Path::new();
        path.start(self);
        path.walk(below.position);
        if path.key(below.level()) == below.key.expose() {
            Ok(())
        } else {
            Err(CoverError::Conflict)
        }
    }
}

impl Cover {
    fn find(&self, position: u32) -> Option<&Node> {
        let index = position - self.width();
        let found = self.nodes.binary_search_by(|node| {
            let span = node.span(self.depth);
            if span.end <= index {
                Ordering::Less
            } else if span.start > index {
                Ordering::Greater
            } else {
                Ordering::Equal
            }
        });
        found.ok().and_then(|at| self.nodes.get(at))
    }
}

const fn level_of(position: u32) -> u8 {
    // A u32 has at most 31 levels below its highest bit.
    position.ilog2().to_le_bytes()[0]
}

enum Pair<'a> {
    Nested { outer: &'a Node, inner: &'a Node },
    Alone(&'a Node),
}

struct Cut<'a> {
    depth: u8,
    range: &'a Range<u32>,
    keep_inside: bool,
    kept: Vec<Node>,
}

impl Cut<'_> {
    fn visit(&mut self, node: &Node) {
        let span = node.span(self.depth);
        let inside = self.range.start <= span.start && span.end <= self.range.end;
        let outside = span.end <= self.range.start || self.range.end <= span.start;
        // An empty range has nothing inside, wherever it starts.
        let outside = outside || self.range.is_empty();
        if outside || inside {
            if self.keep_inside != outside {
                self.kept.push(node.duplicate());
            }
            return;
        }
        for child in node.children() {
            self.visit(&child);
        }
    }
}

/// The keys on the way from one held node to the last position.
#[derive(ZeroizeOnDrop)]
struct Path {
    keys: [[u8; SECRET_LEN]; MAX_DEPTH as usize + 1],
    /// The level of the held node at which the path begins.
    base: u8,
    /// The position that the path leads to, or 0.
    position: u32,
    #[zeroize(skip)]
    stepper: Stepper,
}

impl Path {
    fn new() -> Self {
        Self {
            keys: [[0; SECRET_LEN]; MAX_DEPTH as usize + 1],
            base: 0,
            position: 0,
            stepper: Stepper::new(),
        }
    }

    fn start(&mut self, node: &Node) {
        self.base = node.level();
        self.position = node.position;
        self.keys[usize::from(self.base)] = *node.key.expose();
    }

    /// Goes back up to the nearest node above `position`; false when that lies above the base.
    fn rewind(&mut self, position: u32) -> bool {
        if self.position == 0 {
            return false;
        }
        let level = level_of(position);
        let here = level_of(self.position);
        let shared = level.min(here);
        let differing = (self.position >> (here - shared)) ^ (position >> (level - shared));
        let up = u32::BITS - differing.leading_zeros();
        let common = u32::from(shared) - up;
        if common < u32::from(self.base) {
            return false;
        }
        self.position >>= u32::from(here) - common;
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

    fn descend(&mut self, position: u32) -> Leaf {
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
