//! The key tree against a second, plain implementation of docs/spec/keys.md.
#![allow(
    clippy::unwrap_used,
    clippy::single_range_in_vec_init,
    reason = "helpers of tests"
)]

mod common;

use std::collections::BTreeMap;
use std::ops::Range;

use common::{Dry, hex, root};
use freehold_crypto::{
    Cover, CoverError, EntropyError, MAX_NODES, NODE_LEN, OsEntropy, Root, Secret, tree_depth,
};
use freehold_model::{Facet, Level};
use proptest::prelude::*;
use ring::digest::{SHA256, digest};

/// keys-1, keys-5, keys-6, keys-7: computed apart from this code with Python's hashlib.
#[test]
fn known_leaves() {
    let cases = [
        (
            Level::Raw,
            Facet::Readings,
            0,
            "abcb936b0f45367f3a0e30f2b74bad6b77d8e1a5175cffdc43d7da4b9147e5ba",
        ),
        (
            Level::Raw,
            Facet::Readings,
            131_071,
            "1fc1b9b35aaead54118dc53a273a7f5020aeaf4fd12b53f1a4b70ebc20988d17",
        ),
        (
            Level::Minute,
            Facet::Totals,
            77_777,
            "268282bad94e02920c0a37a73b9a9fddc646a30e0dc1353c0e6bc89371ed3311",
        ),
        (
            Level::Day,
            Facet::Distribution,
            5_951,
            "d68c422c1fb6add140ddd2334c3f3227307a7e75d3894446b2dfae25ac37a3ed",
        ),
    ];
    for (level, facet, index, expected) in cases {
        let leaf = root().tree(level, facet).leaf(index).unwrap();
        assert_eq!(
            hex(leaf.secret().expose()),
            expected,
            "{level:?} {facet:?} {index}"
        );
    }
}

/// keys-4
#[test]
fn roots_are_random() {
    let fresh = || Root::random(&mut OsEntropy::new()).unwrap();
    assert_ne!(fresh(), fresh());
    assert_eq!(Root::random(&mut Dry), Err(EntropyError));
}

/// keys-8
#[test]
fn depths() {
    for level in Level::ALL {
        let deep = matches!(level, Level::Raw | Level::Minute);
        assert_eq!(tree_depth(level), if deep { 17 } else { 13 });
        let tree = root().tree(level, Facet::Totals);
        assert_eq!((tree.depth(), tree.node_count()), (tree_depth(level), 1));
        assert!(tree.leaf(tree.width()).is_none());
        assert!(tree.leaf(u32::MAX).is_none());
    }
}

/// keys-3: every level, facet, generation and index has a tree of its own.
#[test]
fn trees_are_apart() {
    let mut seen = BTreeMap::new();
    let other = Root::from_secret(Secret::from_bytes([1; 32]));
    for (generation, root) in [root(), other].iter().enumerate() {
        for level in Level::ALL {
            for facet in Facet::ALL {
                for index in [0, 1, 4_095] {
                    let leaf = root.tree(level, facet).leaf(index).unwrap();
                    let before =
                        seen.insert(*leaf.secret().expose(), (generation, level, facet, index));
                    assert_eq!(before, None);
                }
            }
        }
    }
}

/// keys-1: each bit of a node and each argument changes the child and the leaf.
#[test]
fn every_bit_counts() {
    let leaves = |top: [u8; 32]| {
        let tree = tree(1, top);
        [0, 1].map(|index| *tree.leaf(index).unwrap().secret().expose())
    };
    let mut seen = leaves([7; 32]).to_vec();
    for bit in 0..256 {
        let mut top = [7; 32];
        top[bit / 8] ^= 1 << (bit % 8);
        seen.extend(leaves(top));
    }
    // A leaf at depth 0 is neither the node itself nor one of its children.
    let alone = tree(0, [7; 32]).leaf(0).unwrap();
    let plain = Plain::new(1, [7; 32]);
    assert!(plain.0.values().all(|key| key != alone.secret().expose()));
    seen.push(*alone.secret().expose());
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);
}

/// keys-9, keys-10: for every range in every tree of depth up to 5, restricting opens exactly the
/// range and puncturing exactly the rest, and no key is derivable but those of nodes that lie
/// wholly inside.
#[test]
fn restrict_and_puncture_are_exact() {
    for depth in 0..=5 {
        let plain = Plain::new(depth, [9; 32]);
        let width = 1 << depth;
        for start in 0..=width {
            for end in start..=width {
                let kept = tree(depth, [9; 32]).restrict(start..end);
                plain.check(depth, &kept, |leaf| (start..end).contains(&leaf));
                let left = tree(depth, [9; 32]).puncture(start..end);
                plain.check(depth, &left, |leaf| !(start..end).contains(&leaf));
                assert!(kept.node_count() <= 2 * usize::from(depth).max(1));
            }
        }
    }
}

/// keys-10: the order of punctures does not matter, nor whether they overlap.
#[test]
fn punctures_commute() {
    let width = 16;
    let ranges: Vec<Range<u32>> = (0..=width)
        .flat_map(|start| (start..=width).map(move |end| start..end))
        .collect();
    for one in &ranges {
        for two in &ranges {
            let there = tree(4, [9; 32]).puncture(one.clone()).puncture(two.clone());
            let back = tree(4, [9; 32]).puncture(two.clone()).puncture(one.clone());
            assert!(there == back, "{one:?} {two:?}");
        }
    }
}

/// keys-9: a range past the end and a range the wrong way round.
#[test]
#[expect(clippy::reversed_empty_ranges, reason = "that is what is tested")]
fn odd_ranges() {
    assert_eq!(tree(3, [9; 32]).restrict(5..u32::MAX).covered(), [5..8]);
    assert!(tree(3, [9; 32]).restrict(8..20).is_empty());
    assert!(tree(3, [9; 32]).restrict(6..2).is_empty());
    assert_eq!(tree(3, [9; 32]).puncture(6..2).node_count(), 1);
    assert!(tree(3, [9; 32]).puncture(0..8).is_empty());
    assert!(tree(3, [9; 32]).restrict(0..8) == tree(3, [9; 32]));
    assert!(tree(3, [9; 32]).restrict(2..5).opens(2..5));
    assert!(!tree(3, [9; 32]).restrict(2..5).opens(2..6));
    assert!(!tree(3, [9; 32]).puncture(4..5).opens(3..6));
}

/// keys-11, keys-12: what is written is read, and siblings without their parent are fine.
#[test]
fn bytes_round_trip() {
    for start in 0..=32 {
        for end in start..=32 {
            let cover = tree(5, [9; 32]).puncture(start..end);
            let bytes = cover.to_bytes();
            assert_eq!(bytes.len(), cover.node_count() * NODE_LEN);
            assert!(Cover::from_bytes(5, &bytes).unwrap() == cover);
        }
    }
    let halves = [node(2, 1), node(3, 2)].concat();
    assert_eq!(Cover::from_bytes(1, &halves).unwrap().covered(), [0..2]);
}

/// keys-11
#[test]
fn malformed_covers_are_refused() {
    let read = |depth, nodes: &[[u8; NODE_LEN]]| Cover::from_bytes(depth, &nodes.concat()).err();
    assert_eq!(read(5, &[node(0, 1)]), Some(CoverError::Position));
    assert_eq!(
        read(1, &[node(4, 1)]),
        Some(CoverError::Position),
        "below the leaves"
    );
    assert_eq!(read(17, &[node(1 << 18, 1)]), Some(CoverError::Position));
    assert_eq!(
        read(2, &[node(3, 1), node(2, 1)]),
        Some(CoverError::Order),
        "unsorted"
    );
    assert_eq!(
        read(2, &[node(2, 1), node(2, 1)]),
        Some(CoverError::Order),
        "twice"
    );
    assert_eq!(
        read(2, &[node(1, 1), node(7, 1)]),
        Some(CoverError::Order),
        "below another"
    );
    assert_eq!(
        read(2, &[node(4, 1), node(2, 1)]),
        Some(CoverError::Order),
        "above another"
    );
    assert_eq!(read(18, &[]), Some(CoverError::Depth));
    assert_eq!(
        Cover::from_bytes(5, &node(1, 1)[1..]).err(),
        Some(CoverError::Length)
    );
    let many = vec![0; (MAX_NODES + 1) * NODE_LEN];
    assert_eq!(Cover::from_bytes(17, &many).err(), Some(CoverError::Length));
    assert!(Cover::from_bytes(17, &[]).unwrap().is_empty());
}

/// keys-11: the bound holds what the worst puncture leaves.
#[test]
fn the_most_scattered_cover_still_fits() {
    let mut bytes = Vec::new();
    for leaf in (0..1 << 17).step_by(2) {
        bytes.extend_from_slice(&node((1 << 17) + leaf, 1));
    }
    assert_eq!(
        Cover::from_bytes(17, &bytes).unwrap().node_count(),
        MAX_NODES
    );
}

/// keys-13
#[test]
fn covers_of_different_trees_conflict() {
    let mine = tree(3, [9; 32]).restrict(2..8);
    let other = tree(3, [8; 32]).restrict(4..6);
    assert_eq!(mine.intersect(&other).err(), Some(CoverError::Conflict));
    assert_eq!(mine.unite(&other).err(), Some(CoverError::Conflict));
    assert_eq!(mine.unite(&tree(4, [9; 32])).err(), Some(CoverError::Depth));
    // Where they do not meet, there is nothing to compare.
    assert!(
        mine.intersect(&tree(3, [8; 32]).restrict(0..2))
            .unwrap()
            .is_empty()
    );
}

/// keys-14
#[test]
fn debug_shows_no_key() {
    let cover = tree(3, [0x41; 32]).restrict(2..8);
    let shown = format!(
        "{cover:?} {:?} {:?} {:?}",
        cover.walker(),
        cover.leaf(2),
        root()
    );
    let in_short = "Cover { depth: 3, nodes: 2, covered: [2..8] }";
    assert_eq!(
        shown,
        format!(
            "{in_short} Walker {{ cover: {in_short}, .. }} Some(Leaf(Secret(..))) Root(Secret(..))"
        )
    );
    for form in ["41414141", "65, 65", "AAAA", "0x41"] {
        assert!(!shown.contains(form), "{shown}");
    }
}

/// keys-9: a cover that opens nothing says so.
#[test]
fn empty_covers() {
    let whole = tree(3, [0x41; 32]);
    assert!(!whole.is_empty());
    assert!(whole.restrict(2..2).is_empty());
    assert!(whole.puncture(0..8).is_empty());
}

/// keys-10: a walker that is given up returns the cover, and holds no path past a puncture.
#[test]
fn an_owning_walker_gives_its_cover_back() {
    let mut walker = freehold_crypto::Walker::new(tree(5, [9; 32]));
    assert!(walker.leaf(7).is_some());
    let left = walker.into_inner().puncture(0..8);
    let mut walker = freehold_crypto::Walker::new(left);
    assert!(walker.leaf(7).is_none());
    assert!(walker.leaf(8).is_some());
}

proptest! {
    /// keys-7: leaves by a walker in any order are the leaves from the top.
    #[test]
    fn walking_in_any_order(holes in holes(), order in proptest::collection::vec(0..40_u32, 1..60)) {
        let cover = punctured(&holes);
        let mut walker = cover.walker();
        let plain = Plain::new(5, [9; 32]);
        for index in order {
            let held = index < 32 && !holes.iter().any(|hole| hole.contains(&index));
            let leaf = walker.leaf(index);
            prop_assert_eq!(leaf.is_some(), held);
            if let Some(leaf) = leaf {
                prop_assert_eq!(*leaf.secret().expose(), plain.leaf(5, index));
            }
        }
    }

    /// keys-13: merging vaults opens what both open, adding an extension what either opens.
    #[test]
    fn intersection_and_union(one in holes(), two in holes()) {
        let (a, b) = (punctured(&one), punctured(&two));
        let plain = Plain::new(5, [9; 32]);
        let open = |holes: &[Range<u32>], leaf| !holes.iter().any(|hole| hole.contains(&leaf));
        let both = a.intersect(&b).unwrap();
        plain.check(5, &both, |leaf| open(&one, leaf) && open(&two, leaf));
        let either = a.unite(&b).unwrap();
        plain.check_leaves(5, &either, |leaf| open(&one, leaf) || open(&two, leaf));
        prop_assert!(Cover::from_bytes(5, &either.to_bytes()).unwrap() == either);
        prop_assert!(both == b.intersect(&a).unwrap());
        prop_assert!(either == b.unite(&a).unwrap());
    }

    /// keys-11: arbitrary bytes are refused or read back the same.
    #[test]
    fn arbitrary_bytes(depth in 0..20_u8, bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(cover) = Cover::from_bytes(depth, &bytes) {
            let written = cover.to_bytes();
            prop_assert_eq!(&*written, &bytes);
        }
    }

    /// keys-9: a restriction of a restriction is the restriction to both.
    #[test]
    fn restrictions_nest(one in range(), two in range(), holes in holes()) {
        let both = one.start.max(two.start)..one.end.min(two.end);
        let cover = punctured(&holes);
        let nested = cover.restrict(one).restrict(two);
        prop_assert_eq!(nested.covered(), cover.restrict(both).covered());
    }
}

/// All node keys of one tree, by position, by the letter of the specification.
struct Plain(BTreeMap<u32, [u8; 32]>);

impl Plain {
    fn new(depth: u8, top: [u8; 32]) -> Self {
        let mut keys = BTreeMap::from([(1, top)]);
        for position in 2..2_u32 << depth {
            let bit = u8::try_from(position & 1).unwrap();
            let key = step(2, bit, &keys[&(position / 2)]);
            keys.insert(position, key);
        }
        Self(keys)
    }

    fn leaf(&self, depth: u8, index: u32) -> [u8; 32] {
        step(3, 0, &self.0[&((1 << depth) + index)])
    }

    /// The cover's nodes open exactly the leaves that `open` names, and nothing that lies above.
    fn check(&self, depth: u8, cover: &Cover, open: impl Fn(u32) -> bool + Copy) {
        self.check_leaves(depth, cover, open);
        let wholly_open = |position: u32| {
            let height = depth - u8::try_from(position.ilog2()).unwrap();
            let first = (position << height) - (1 << depth);
            (first..first + (1 << height)).all(open)
        };
        let expected: Vec<u32> = self.0.keys().copied().filter(|p| wholly_open(*p)).collect();
        assert_eq!(self.derivable(depth, cover), expected);
    }

    fn check_leaves(&self, depth: u8, cover: &Cover, open: impl Fn(u32) -> bool) {
        let mut opened = vec![false; 1 << depth];
        for range in cover.covered() {
            range.for_each(|leaf| opened[leaf as usize] = true);
        }
        let mut walker = cover.walker();
        for leaf in 0..1 << depth {
            assert_eq!(opened[leaf as usize], open(leaf));
            let key = walker.leaf(leaf).map(|leaf| *leaf.secret().expose());
            assert_eq!(key, open(leaf).then(|| self.leaf(depth, leaf)));
            assert!(cover.leaf(leaf).map(|leaf| *leaf.secret().expose()) == key);
        }
        self.derivable(depth, cover);
    }

    /// The positions whose keys follow from the cover's bytes.
    fn derivable(&self, depth: u8, cover: &Cover) -> Vec<u32> {
        let bytes = cover.to_bytes();
        let mut reached = Vec::new();
        for chunk in bytes.chunks(NODE_LEN) {
            let position = u32::from_be_bytes([0, chunk[0], chunk[1], chunk[2]]);
            assert_eq!(self.0[&position], chunk[3..], "the node's key");
            let mut below = vec![position];
            while let Some(position) = below.pop() {
                reached.push(position);
                if position < 1 << depth {
                    below.extend([2 * position, 2 * position + 1]);
                }
            }
        }
        reached.sort_unstable();
        reached
    }
}

fn step(domain: u8, a: u8, key: &[u8; 32]) -> [u8; 32] {
    let mut message = b"freehold\x01".to_vec();
    message.extend_from_slice(&[domain, a, 0]);
    message.extend_from_slice(key);
    digest(&SHA256, &message).as_ref().try_into().unwrap()
}

fn tree(depth: u8, top: [u8; 32]) -> Cover {
    let mut bytes = [0, 0, 1].to_vec();
    bytes.extend_from_slice(&top);
    Cover::from_bytes(depth, &bytes).unwrap()
}

fn node(position: u32, fill: u8) -> [u8; NODE_LEN] {
    let mut bytes = [fill; NODE_LEN];
    bytes[..3].copy_from_slice(&position.to_be_bytes()[1..]);
    bytes
}

fn punctured(holes: &[Range<u32>]) -> Cover {
    holes
        .iter()
        .fold(tree(5, [9; 32]), |cover, hole| cover.puncture(hole.clone()))
}

fn range() -> impl Strategy<Value = Range<u32>> {
    (0..=32_u32, 0..=32_u32).prop_map(|(a, b)| a.min(b)..a.max(b))
}

fn holes() -> impl Strategy<Value = Vec<Range<u32>>> {
    proptest::collection::vec(range(), 0..4)
}
