//! Covers: made, read, opened, punctured and put together.

mod made;
mod merged;
mod read;

pub(super) use made::{Puncture, Restrict};
pub(super) use merged::{Intersect, Unite};
pub(super) use read::{Open, Read};

use freehold_crypto::{Cover, NODE_LEN};
use serde::Serialize;

use super::{cover, tree::ROOT, tree::whole};
use crate::vectors::Hex;

/// A cover, and where its nodes stand.
#[derive(Serialize)]
pub(super) struct Nodes {
    positions: Vec<u32>,
    cover: Hex,
}

impl From<&Cover> for Nodes {
    fn from(cover: &Cover) -> Self {
        let bytes = cover.to_bytes();
        Self {
            positions: bytes.chunks(NODE_LEN).map(position).collect(),
            cover: (&*bytes).into(),
        }
    }
}

const POSITIONS: (&str, &str) = ("positions", "the positions of its nodes, in order");

fn position(node: &[u8]) -> u32 {
    node.iter()
        .take(3)
        .fold(0, |position, byte| position << 8 | u32::from(*byte))
}

/// The bytes of these nodes, each with a key that tells it from the others.
fn nodes(positions: &[u32]) -> Hex {
    let node = |at: &u32| {
        let [_, a, b, c] = at.to_be_bytes();
        [&[a, b, c][..], &[c; 32]].concat()
    };
    positions.iter().flat_map(node).collect::<Vec<u8>>().into()
}

/// What the tree of the example opens in these ranges, as nodes of one tree.
fn of_tree(depth: u8, ranges: &[(u32, u32)]) -> Hex {
    let whole = whole(depth, &ROOT.into()).unwrap();
    let parts = ranges.iter().map(|(from, until)| {
        let part = whole.restrict(*from..*until);
        part.to_bytes().to_vec()
    });
    parts.collect::<Vec<_>>().concat().into()
}
