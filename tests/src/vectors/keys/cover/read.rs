//! Covers as they come: read, and asked for leaves.

use serde::{Deserialize, Serialize};

use super::{POSITIONS, cover, nodes, of_tree};
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(in crate::vectors::keys) struct Read;
pub(in crate::vectors::keys) struct Open;

#[derive(Serialize, Deserialize)]
pub(in crate::vectors::keys) struct ReadInput {
    depth: u8,
    cover: Hex,
}

#[derive(Serialize)]
pub(in crate::vectors::keys) struct ReadOutput {
    positions: Vec<u32>,
    leaves: Vec<[u32; 2]>,
}

impl Operation for Read {
    const NAME: &'static str = "keys/read-cover";
    const ABOUT: &'static str = "Reads a cover.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("depth", "the tree's depth"),
        ("cover", "the bytes"),
        POSITIONS,
        (
            "leaves",
            "what it opens: pairs of the first leaf and the one after the last, with a gap between one pair and the next",
        ),
    ];
    type Input = ReadInput;
    type Output = ReadOutput;

    fn run(input: ReadInput) -> Result<ReadOutput, Failure> {
        let cover = cover(input.depth, &input.cover)?;
        let leaves = cover.covered().into_iter();
        Ok(ReadOutput {
            positions: super::Nodes::from(&cover).positions,
            leaves: leaves.map(|range| [range.start, range.end]).collect(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        accepted(cases);
        refused(cases);
        lengths(cases);
    }
}

fn accepted(cases: &mut Cases<'_, Read>) {
    let rules = ["keys-9", "keys-11"];
    for (name, about, depth, positions) in [
        ("nothing", "no bytes", 4, &[][..]),
        ("top", "the whole tree", 4, &[1]),
        ("first-leaf", "the leftmost leaf", 4, &[16]),
        (
            "last-leaf",
            "the highest position of a tree of depth 4",
            4,
            &[31],
        ),
        (
            "last-leaf-raw",
            "the highest position of a tree of depth 17",
            17,
            &[0x3_ffff],
        ),
        ("gap", "two nodes and a gap between them", 4, &[8, 13]),
        (
            "later-is-less",
            "order is that of the leaves: position 3 comes after position 16",
            4,
            &[16, 3],
        ),
        ("no-depth", "a tree that is a leaf", 0, &[1]),
    ] {
        let cover = nodes(positions);
        cases.accept(name, &rules, about, ReadInput { depth, cover });
    }
    let cover = nodes(&[4, 5]);
    cases.accept(
        "siblings",
        &["keys-12"],
        "two siblings without their parent",
        ReadInput { depth: 4, cover },
    );
}

fn refused(cases: &mut Cases<'_, Read>) {
    use Failure::{Order, Position};
    for (name, about, depth, positions, failure) in [
        ("position-0", "position 0", 4, &[0][..], Position),
        (
            "too-deep",
            "one past the last leaf of depth 4",
            4,
            &[32],
            Position,
        ),
        (
            "too-deep-hours",
            "a leaf of raw in a tree of hours",
            13,
            &[1 << 17],
            Position,
        ),
        (
            "too-deep-raw",
            "one past the last leaf of depth 17",
            17,
            &[1 << 18],
            Position,
        ),
        (
            "second-too-deep",
            "the second node of two",
            4,
            &[16, 0x100],
            Position,
        ),
        ("swapped", "right before left", 4, &[3, 2], Order),
        (
            "by-position",
            "in the order of positions: the leaves of 3 lie behind those of 16",
            4,
            &[3, 16],
            Order,
        ),
        ("repeated", "a node twice", 4, &[9, 9], Order),
        (
            "child-after",
            "a node and its left child",
            4,
            &[2, 4],
            Order,
        ),
        (
            "right-child-after",
            "a node and its right child",
            4,
            &[2, 5],
            Order,
        ),
        (
            "child-before",
            "a left child and its parent",
            4,
            &[4, 2],
            Order,
        ),
        (
            "right-child-before",
            "a right child and its parent",
            4,
            &[5, 2],
            Order,
        ),
        (
            "leaf-below",
            "the top and its last leaf",
            4,
            &[1, 31],
            Order,
        ),
        (
            "later",
            "the third node lies below the first",
            4,
            &[4, 5, 19],
            Order,
        ),
    ] {
        let cover = nodes(positions);
        cases.refuse(
            name,
            &["keys-11"],
            about,
            ReadInput { depth, cover },
            failure,
        );
    }
}

fn lengths(cases: &mut Cases<'_, Read>) {
    let mut length = |name, about, cover| {
        let input = ReadInput { depth: 4, cover };
        cases.refuse(name, &["keys-11"], about, input, Failure::Length);
    };
    let one = nodes(&[9]).0;
    length(
        "short",
        "a node of 34 bytes",
        one.split_last().unwrap().1.into(),
    );
    length(
        "long",
        "a node and a byte",
        [&one[..], &[0]].concat().into(),
    );
    length("byte", "a byte", vec![0].into());
    length(
        "position-alone",
        "a node and the position of another",
        [&one[..], &[0, 0, 10]].concat().into(),
    );
}

#[derive(Serialize, Deserialize)]
pub(in crate::vectors::keys) struct OpenInput {
    depth: u8,
    cover: Hex,
    index: u32,
}

#[derive(Serialize)]
pub(in crate::vectors::keys) struct OpenOutput {
    leaf: Hex,
}

impl Operation for Open {
    const NAME: &'static str = "keys/open-leaf";
    const ABOUT: &'static str = "The key of a slot from a cover.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("depth", "the tree's depth"),
        ("cover", "the cover's bytes"),
        ("index", "the leaf's number"),
        ("leaf", "the slot's key"),
    ];
    type Input = OpenInput;
    type Output = OpenOutput;

    fn run(input: OpenInput) -> Result<OpenOutput, Failure> {
        let cover = cover(input.depth, &input.cover)?;
        let leaf = cover.leaf(input.index).ok_or(Failure::Absent)?;
        Ok(OpenOutput {
            leaf: leaf.secret().expose().into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |depth, cover, index| OpenInput {
            depth,
            cover,
            index,
        };
        let rules = ["keys-6", "keys-7", "keys-8"];
        let hours = || of_tree(13, &[(96, 192)]);
        for (name, about, cover, index) in [
            ("top", "from the top", of_tree(13, &[(0, 1 << 13)]), 100),
            (
                "cover",
                "the same leaf from the cover of a day",
                hours(),
                100,
            ),
            ("first", "the first leaf of the range", hours(), 96),
            ("last", "the last leaf of the range", hours(), 191),
            (
                "leaf",
                "from the node at the tree's depth",
                of_tree(13, &[(100, 101)]),
                100,
            ),
        ] {
            cases.accept(name, &rules, about, input(13, cover, index));
        }
        cases.accept(
            "another-depth",
            &["keys-8"],
            "a cover that is read with another depth opens other leaves, whose keys are no slot's",
            input(17, hours(), 1_600),
        );
        for (name, about, cover, index) in [
            ("before", "the leaf before the range", hours(), 95),
            ("after", "the leaf after the range", hours(), 192),
            ("past", "no leaf of this tree", hours(), 1 << 13),
            ("nothing", "a cover that opens nothing", Hex::default(), 0),
            (
                "punctured",
                "a punctured leaf",
                of_tree(13, &[(0, 100), (101, 1 << 13)]),
                100,
            ),
        ] {
            let rules = ["keys-7", "keys-9"];
            cases.refuse(
                name,
                &rules,
                about,
                input(13, cover, index),
                Failure::Absent,
            );
        }
    }
}
