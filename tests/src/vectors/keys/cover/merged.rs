//! Two covers of one tree.

use freehold_crypto::{Cover, CoverError};
use serde::{Deserialize, Serialize};

use super::{Nodes, POSITIONS, cover, nodes, of_tree};
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(in crate::vectors::keys) struct Unite;
pub(in crate::vectors::keys) struct Intersect;

#[derive(Serialize, Deserialize)]
pub(in crate::vectors::keys) struct TwoInput {
    depth: u8,
    one: Hex,
    other: Hex,
}

const FIELDS: &[(&str, &str)] = &[
    ("depth", "the tree's depth"),
    ("one", "a cover's bytes"),
    ("other", "another cover's bytes"),
    POSITIONS,
    ("cover", "the bytes of the cover that comes of them"),
];

impl Operation for Unite {
    const NAME: &'static str = "keys/unite";
    const ABOUT: &'static str =
        "What either of two covers opens, as an extension adds to what is held.";
    const FIELDS: &'static [(&'static str, &'static str)] = FIELDS;
    type Input = TwoInput;
    type Output = Nodes;

    fn run(input: TwoInput) -> Result<Nodes, Failure> {
        merged(&input, Cover::unite)
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, one, other) in pairs() {
            cases.accept(name, &["keys-12", "keys-13"], about, pair(one, other));
        }
        conflicts(cases);
    }
}

impl Operation for Intersect {
    const NAME: &'static str = "keys/intersect";
    const ABOUT: &'static str = "What both of two covers open, as copies of a vault merge.";
    const FIELDS: &'static [(&'static str, &'static str)] = FIELDS;
    type Input = TwoInput;
    type Output = Nodes;

    fn run(input: TwoInput) -> Result<Nodes, Failure> {
        merged(&input, Cover::intersect)
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, one, other) in pairs() {
            cases.accept(name, &["keys-10", "keys-13"], about, pair(one, other));
        }
        conflicts(cases);
    }
}

fn merged(
    input: &TwoInput,
    how: impl FnOnce(&Cover, &Cover) -> Result<Cover, CoverError>,
) -> Result<Nodes, Failure> {
    let one = cover(input.depth, &input.one)?;
    let other = cover(input.depth, &input.other)?;
    Ok((&how(&one, &other)?).into())
}

fn pair(one: Hex, other: Hex) -> TwoInput {
    TwoInput {
        depth: 4,
        one,
        other,
    }
}

fn pairs() -> [(&'static str, &'static str, Hex, Hex); 8] {
    let of = |ranges: &[(u32, u32)]| of_tree(4, ranges);
    [
        ("apart", "nothing in common", of(&[(0, 3)]), of(&[(9, 12)])),
        ("same", "the same nodes", of(&[(3, 9)]), of(&[(3, 9)])),
        (
            "below",
            "a node and one below it",
            of(&[(0, 8)]),
            of(&[(4, 6)]),
        ),
        (
            "above",
            "a node and one above it",
            of(&[(5, 6)]),
            of(&[(0, 8)]),
        ),
        (
            "siblings",
            "two halves of a node: nobody who holds them knows the node",
            of(&[(0, 4)]),
            of(&[(4, 8)]),
        ),
        (
            "overlap",
            "ranges that overlap, cut in different places",
            of(&[(1, 7)]),
            of(&[(3, 16)]),
        ),
        (
            "punctures",
            "each without another leaf",
            of(&[(0, 5), (6, 16)]),
            of(&[(0, 11), (12, 16)]),
        ),
        (
            "nothing",
            "one opens nothing",
            Hex::default(),
            of(&[(2, 9)]),
        ),
    ]
}

fn conflicts<O: Operation<Input = TwoInput>>(cases: &mut Cases<'_, O>) {
    let tree = |ranges: &[(u32, u32)]| of_tree(4, ranges);
    for (name, about, one, other) in [
        (
            "conflict",
            "two keys for one node",
            tree(&[(0, 8)]),
            nodes(&[2]),
        ),
        (
            "conflict-below",
            "a node below another does not follow from it",
            tree(&[(0, 8)]),
            nodes(&[19]),
        ),
        (
            "conflict-above",
            "the same, the other way round",
            nodes(&[19]),
            tree(&[(0, 8)]),
        ),
        (
            "conflict-second",
            "the first below follows, the second does not",
            tree(&[(0, 8)]),
            [tree(&[(2, 3)]).0, nodes(&[23]).0].concat().into(),
        ),
        (
            "conflict-last",
            "only the last nodes meet",
            tree(&[(0, 4), (12, 16)]),
            [tree(&[(0, 2)]).0, nodes(&[31]).0].concat().into(),
        ),
    ] {
        let input = pair(one, other);
        cases.refuse(name, &["keys-13"], about, input, Failure::Conflict);
    }
    let twice = pair(tree(&[(0, 8)]), nodes(&[9, 9]));
    let rules = ["keys-11"];
    cases.refuse(
        "repeated",
        &rules,
        "the other has a node twice",
        twice,
        Failure::Order,
    );
    let cut = pair(vec![0; 34].into(), Hex::default());
    cases.refuse("short", &rules, "one has 34 bytes", cut, Failure::Length);
}
