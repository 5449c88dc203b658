//! What somebody holds of a key tree, from the whole (one node) to what grants and punctures left.

use core::cmp::Ordering;
use core::fmt;
use core::ops::Range;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::node::{MAX_DEPTH, Node, TOP, span_of};
use crate::secret::{SECRET_LEN, Secret};
use crate::tree::Leaf;
use crate::walker::Walker;

/// Bytes of one node in a serialised cover.
pub const NODE_LEN: usize = 3 + SECRET_LEN;

/// Nodes in the largest serialised cover: what puncturing every second leaf of the deepest tree
/// leaves behind.
pub const MAX_NODES: usize = 1 << 16;

/// What is held of one tree: nodes sorted by position, none below another.
///
/// Both children of a node may be present without it: a cover that was put together from two
/// bundles holds siblings whose parent its holder does not know.
///
/// The nodes are never put into a vector that grows: that would leave copies of them in freed memory.
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
        let mut nodes = Vec::with_capacity(self.nodes.len() + other.nodes.len());
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
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.nodes.len() * NODE_LEN);
        for node in &self.nodes {
            bytes.extend_from_slice(&node.position.to_be_bytes()[1..]);
            bytes.extend_from_slice(node.key.expose());
        }
        Zeroizing::new(bytes)
    }

    /// Reads a cover of a tree of `depth` (see [`tree_depth`](crate::tree_depth)).
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

    pub(crate) fn whole(depth: u8, top: Secret) -> Self {
        Self {
            depth,
            nodes: vec![Node {
                position: TOP,
                key: top,
            }],
        }
    }

    pub(crate) fn find(&self, position: u32) -> Option<&Node> {
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
    fn cut(&self, range: &Range<u32>, keep_inside: bool) -> Self {
        let mut cut = Cut {
            depth: self.depth,
            range,
            keep_inside,
            kept: Vec::new(),
        };
        let count = |node: &Node| cut.count(node.position);
        cut.kept = Vec::with_capacity(self.nodes.iter().map(count).sum());
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
        match self.keeps(node.position) {
            Some(true) => self.kept.push(node.duplicate()),
            Some(false) => {}
            None => {
                for child in node.children() {
                    self.visit(&child);
                }
            }
        }
    }

    /// How many nodes are kept at and below a position.
    fn count(&self, position: u32) -> usize {
        self.keeps(position).map_or_else(
            || self.count(2 * position) + self.count(2 * position + 1),
            usize::from,
        )
    }

    /// Whether a node is kept or left out whole; `None` when the range begins or ends below it.
    fn keeps(&self, position: u32) -> Option<bool> {
        let span = span_of(position, self.depth);
        let inside = self.range.start <= span.start && span.end <= self.range.end;
        let outside = span.end <= self.range.start || self.range.end <= span.start;
        // An empty range has nothing inside, wherever it starts.
        let outside = outside || self.range.is_empty();
        (outside || inside).then_some(self.keep_inside != outside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Cover {
        let mut bytes = vec![9; NODE_LEN];
        bytes[..3].copy_from_slice(&[0, 0, 1]);
        Cover::from_bytes(5, &bytes).unwrap()
    }

    /// keys-10: nothing that holds keys grows, since a vector that grows leaves them behind where it lay.
    #[test]
    fn room_is_made_before_keys_are_put_there() {
        for (start, end) in (0..=32).flat_map(|start| (start..=32).map(move |end| (start, end))) {
            let (kept, left) = (whole().restrict(start..end), whole().puncture(start..end));
            for cover in [&kept, &left] {
                assert_eq!(cover.nodes.capacity(), cover.nodes.len(), "{start}..{end}");
                let bytes = cover.to_bytes();
                assert_eq!(bytes.capacity(), bytes.len());
            }
            let most = kept.nodes.len() + left.nodes.len();
            assert_eq!(kept.intersect(&left).unwrap().nodes.capacity(), most);
            assert_eq!(kept.unite(&left).unwrap().nodes.capacity(), most);
        }
    }
}
