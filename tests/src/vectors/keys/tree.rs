//! The way from a root to the key of a slot.

use freehold_crypto::{Cover, NODE_LEN, Root};
use freehold_model::{Facet, Level};
use serde::{Deserialize, Serialize};

use super::{cover, secret};
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct Top;
pub(super) struct Child;
pub(super) struct LeafOf;
pub(super) struct Slot;

#[derive(Serialize, Deserialize)]
pub(super) struct TopInput {
    root: Hex,
    level: u8,
    facet: u8,
}

#[derive(Serialize)]
pub(super) struct TopOutput {
    top: Hex,
}

impl Operation for Top {
    const NAME: &'static str = "keys/top";
    const ABOUT: &'static str = "The top of a tree.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("root", "the root of the stream's epoch and generation"),
        ("level", "the level's number"),
        ("facet", "the facet's number"),
        ("top", "the key at position 1"),
    ];
    type Input = TopInput;
    type Output = TopOutput;

    fn run(input: TopInput) -> Result<TopOutput, Failure> {
        let tree = tree(&input.root, input.level, input.facet)?;
        Ok(TopOutput { top: key_of(&tree) })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |level, facet| TopInput {
            root: ROOT.into(),
            level,
            facet,
        };
        let rules = ["keys-1", "keys-5"];
        for (name, about, level, facet) in [
            ("raw", "the chunks of raw", 0, 0),
            ("raw-index", "the absolute values of a counter's raw", 0, 4),
            ("hour-totals", "the totals of hours", 4, 1),
            (
                "minute-hour",
                "level 1, facet 4: not level 4, facet 1",
                1,
                4,
            ),
            ("month-index", "the index of months", 6, 4),
        ] {
            cases.accept(name, &rules, about, input(level, facet));
        }
        let unknown = Failure::Unknown;
        cases.refuse(
            "level",
            &["keys-5"],
            "there is no level 7",
            input(7, 1),
            unknown,
        );
        cases.refuse(
            "facet",
            &["keys-5"],
            "there is no facet 5",
            input(4, 5),
            unknown,
        );
        let mut short = input(4, 1);
        short.root.0.pop();
        cases.refuse(
            "root",
            &["keys-4"],
            "a root of 31 bytes",
            short,
            Failure::Length,
        );
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct ChildInput {
    node: Hex,
    bit: u32,
}

#[derive(Serialize)]
pub(super) struct ChildOutput {
    child: Hex,
}

impl Operation for Child {
    const NAME: &'static str = "keys/child";
    const ABOUT: &'static str = "A child of a node.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("node", "the key of the node"),
        ("bit", "0 to the left, 1 to the right"),
        ("child", "the key of the child"),
    ];
    type Input = ChildInput;
    type Output = ChildOutput;

    fn run(input: ChildInput) -> Result<ChildOutput, Failure> {
        let tree = whole(1, &input.node)?;
        let child = tree.restrict(input.bit..input.bit + 1);
        if child.is_empty() {
            return Err(Failure::Position);
        }
        Ok(ChildOutput {
            child: key_of(&child),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |bit| ChildInput {
            node: ROOT.into(),
            bit,
        };
        let rules = ["keys-1", "keys-6"];
        cases.accept("left", &rules, "bit 0", input(0));
        cases.accept("right", &rules, "bit 1", input(1));
        cases.refuse(
            "third",
            &rules,
            "there is no third child",
            input(2),
            Failure::Position,
        );
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct LeafInput {
    node: Hex,
}

#[derive(Serialize)]
pub(super) struct LeafOutput {
    leaf: Hex,
}

impl Operation for LeafOf {
    const NAME: &'static str = "keys/leaf";
    const ABOUT: &'static str = "The key of a slot from the node at its tree's depth.";
    const FIELDS: &'static [(&'static str, &'static str)] =
        &[("node", "the key of the node"), ("leaf", "the slot's key")];
    type Input = LeafInput;
    type Output = LeafOutput;

    fn run(input: LeafInput) -> Result<LeafOutput, Failure> {
        let leaf = whole(0, &input.node)?.leaf(0).ok_or(Failure::Absent)?;
        Ok(LeafOutput {
            leaf: leaf.secret().expose().into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |node: &[u8]| LeafInput { node: node.into() };
        let rules = ["keys-1", "keys-7"];
        cases.accept(
            "node",
            &rules,
            "the same bytes as in the other operations of trees: neither a top nor a child",
            input(&ROOT),
        );
        cases.accept("zeros", &rules, "a key of zeros", input(&[0; 32]));
        cases.refuse("long", &rules, "33 bytes", input(&[0; 33]), Failure::Length);
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct SlotInput {
    root: Hex,
    level: u8,
    facet: u8,
    index: u32,
}

#[derive(Serialize)]
pub(super) struct SlotOutput {
    node: Hex,
    leaf: Hex,
}

impl Operation for Slot {
    const NAME: &'static str = "keys/slot";
    const ABOUT: &'static str = "All the way from a root to the key of a slot.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("root", "the root of the stream's epoch and generation"),
        ("level", "the level's number, which tells the depth"),
        ("facet", "the facet's number"),
        ("index", "the leaf's number"),
        ("node", "the key of the node at the tree's depth"),
        ("leaf", "the slot's key"),
    ];
    type Input = SlotInput;
    type Output = SlotOutput;

    fn run(input: SlotInput) -> Result<SlotOutput, Failure> {
        let tree = tree(&input.root, input.level, input.facet)?;
        let leaf = tree.leaf(input.index).ok_or(Failure::Position)?;
        let node = tree.restrict(input.index..input.index + 1);
        Ok(SlotOutput {
            node: key_of(&node),
            leaf: leaf.secret().expose().into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |level, facet, index| SlotInput {
            root: ROOT.into(),
            level,
            facet,
            index,
        };
        let rules = ["keys-5", "keys-6", "keys-7", "keys-8"];
        for (name, about, level, facet, index) in [
            ("first", "the leftmost leaf of a tree of depth 13", 4, 1, 0),
            ("last", "its rightmost", 4, 1, (1 << 13) - 1),
            (
                "order-of-bits",
                "13 bits, highest first: 1 0000 0000 0001",
                4,
                1,
                0x1001,
            ),
            ("one-sided", "only the highest bit", 4, 1, 1 << 12),
            ("raw", "a tree of depth 17", 0, 0, 98_765),
            ("raw-last", "its rightmost leaf", 0, 0, (1 << 17) - 1),
            ("minute", "minutes have depth 17 too", 1, 2, 0x1001),
            ("quarter-hour", "quarter hours have depth 13", 2, 2, 0x1001),
        ] {
            cases.accept(name, &rules, about, input(level, facet, index));
        }
        let position = Failure::Position;
        cases.refuse(
            "past-hours",
            &["keys-8"],
            "one past the leaves of a tree of depth 13",
            input(4, 1, 1 << 13),
            position,
        );
        cases.refuse(
            "past-raw",
            &["keys-8"],
            "one past the leaves of a tree of depth 17",
            input(0, 0, 1 << 17),
            position,
        );
        cases.refuse(
            "raw-leaf-of-hours",
            &["keys-8"],
            "a leaf that only the deeper trees have",
            input(4, 1, 98_765),
            position,
        );
    }
}

/// The root, node or top of all cases: what a known answer is computed from need not be random.
pub(super) const ROOT: [u8; 32] =
    *b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\
\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f";

fn tree(root: &Hex, level: u8, facet: u8) -> Result<Cover, Failure> {
    let level = Level::from_number(level).ok_or(Failure::Unknown)?;
    let facet = Facet::from_number(facet).ok_or(Failure::Unknown)?;
    Ok(Root::from_secret(secret(root)?).tree(level, facet))
}

/// A tree of `depth` below this key.
pub(super) fn whole(depth: u8, top: &Hex) -> Result<Cover, Failure> {
    secret(top)?;
    cover(depth, &[&[0, 0, 1], top.0.as_slice()].concat().into())
}

/// The key of a cover's one node.
fn key_of(cover: &Cover) -> Hex {
    let bytes = cover.to_bytes();
    bytes
        .get(NODE_LEN - 32..NODE_LEN)
        .unwrap_or_default()
        .into()
}
