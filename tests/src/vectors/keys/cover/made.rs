//! What a range takes of a tree, and what a puncture leaves.

use serde::{Deserialize, Serialize};

use super::{Nodes, POSITIONS, ROOT, cover, nodes, of_tree, whole};
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(in crate::vectors::keys) struct Restrict;
pub(in crate::vectors::keys) struct Puncture;

#[derive(Serialize, Deserialize)]
pub(in crate::vectors::keys) struct RestrictInput {
    depth: u8,
    top: Hex,
    from: u32,
    until: u32,
}

impl Operation for Restrict {
    const NAME: &'static str = "keys/cover";
    const ABOUT: &'static str = "The cover for a range of leaves, by who holds the whole tree.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("depth", "the tree's depth"),
        ("top", "the top of the tree"),
        ("from", "the first leaf"),
        ("until", "the leaf after the last"),
        POSITIONS,
        ("cover", "the cover's bytes"),
    ];
    type Input = RestrictInput;
    type Output = Nodes;

    fn run(input: RestrictInput) -> Result<Nodes, Failure> {
        let tree = whole(input.depth, &input.top)?;
        Ok((&tree.restrict(input.from..input.until)).into())
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, depth, from, until) in [
            ("whole", "an epoch of hours is one node", 13, 0, 1 << 13),
            ("whole-raw", "an epoch of raw is one node", 17, 0, 1 << 17),
            ("half", "the right half", 13, 1 << 12, 1 << 13),
            ("one", "one leaf", 13, 5_000, 5_001),
            (
                "two-cousins",
                "two leaves of two parents are two nodes",
                13,
                1,
                3,
            ),
            ("day", "the 96 quarter hours of a day", 13, 96, 192),
            (
                "all-but-ends",
                "the most nodes that a range takes",
                13,
                1,
                (1 << 13) - 1,
            ),
            (
                "to-the-end",
                "a range that reaches the end",
                13,
                5_000,
                1 << 13,
            ),
            ("raw-hour", "the 60 minutes of an hour", 17, 1_500, 1_560),
            ("small", "a tree of 16 leaves, to draw it", 4, 3, 13),
            ("nothing", "a range without leaves is no bytes", 13, 7, 7),
        ] {
            let input = RestrictInput {
                depth,
                top: ROOT.into(),
                from,
                until,
            };
            cases.accept(name, &["keys-6", "keys-9"], about, input);
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(in crate::vectors::keys) struct PunctureInput {
    depth: u8,
    cover: Hex,
    from: u32,
    until: u32,
}

impl Operation for Puncture {
    const NAME: &'static str = "keys/puncture";
    const ABOUT: &'static str =
        "A cover without a range of leaves. `cover` is the old one, and the new one.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("depth", "the tree's depth"),
        ("cover", "the cover's bytes"),
        ("from", "the first punctured leaf"),
        ("until", "the leaf after the last"),
        POSITIONS,
    ];
    type Input = PunctureInput;
    type Output = Nodes;

    fn run(input: PunctureInput) -> Result<Nodes, Failure> {
        let cover = cover(input.depth, &input.cover)?;
        Ok((&cover.puncture(input.from..input.until)).into())
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |cover, from, until| PunctureInput {
            depth: 4,
            cover,
            from,
            until,
        };
        let whole = || of_tree(4, &[(0, 16)]);
        for (name, about, cover, from, until) in [
            (
                "leaf",
                "one of 16 leaves: the nodes beside its path",
                whole(),
                5,
                6,
            ),
            ("first", "the first leaf", whole(), 0, 1),
            ("last", "the last leaf", whole(), 15, 16),
            ("subtree", "four leaves that are a node", whole(), 8, 12),
            ("range", "a range across the middle", whole(), 6, 11),
            ("all", "everything: no bytes are left", whole(), 0, 16),
            ("none", "no leaf: as it was", whole(), 5, 5),
            (
                "twice",
                "a neighbour of a punctured leaf",
                of_tree(4, &[(0, 5), (6, 16)]),
                4,
                5,
            ),
            (
                "not-held",
                "a leaf that the cover does not open: as it was",
                of_tree(4, &[(0, 4)]),
                9,
                10,
            ),
            (
                "siblings",
                "two siblings without their parent",
                nodes(&[2, 3]),
                7,
                9,
            ),
        ] {
            cases.accept(
                name,
                &["keys-6", "keys-10"],
                about,
                input(cover, from, until),
            );
        }
        let mut deep = input(of_tree(17, &[(0, 1 << 17)]), 98_765, 98_766);
        deep.depth = 17;
        cases.accept(
            "raw",
            &["keys-10"],
            "a leaf of 2^17: 17 nodes are left",
            deep,
        );
        cases.refuse(
            "disordered",
            &["keys-11"],
            "a cover that is none",
            input(nodes(&[3, 2]), 5, 6),
            Failure::Order,
        );
    }
}
