use core::{fmt, ops::Range};

use freehold_crypto::{Domain, digest};
use serde::{Deserialize, Serialize};

use crate::Position;

/// The name under which two peers know a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LogName(pub [u8; 16]);

/// How far each of many logs goes, with sums that are kept: the root costs nothing, a change costs one hash.
///
/// A fingerprint is a hash over the sum, modulo 2^256, of the hashes of (name, entries, chain) of the logs that it covers, and
/// over their number (the construction of negentropy's protocol version 1, there over timestamps and ids).
#[derive(Debug, Clone, Default)]
pub struct Heads {
    top: Node,
}

/// The names that begin with the first `nibbles` half bytes of `name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "WirePrefix", into = "WirePrefix")]
pub struct Prefix {
    name: LogName,
    nibbles: u8,
}

/// A prefix in bytes: how many half bytes, and they, the last one followed by a zero where they are odd.
#[derive(Serialize, Deserialize)]
struct WirePrefix(u8, Vec<u8>);

impl From<Prefix> for WirePrefix {
    fn from(prefix: Prefix) -> Self {
        let bytes = usize::from(prefix.nibbles.div_ceil(2));
        Self(prefix.nibbles, prefix.name.0[..bytes].to_vec())
    }
}

impl TryFrom<WirePrefix> for Prefix {
    type Error = &'static str;

    fn try_from(WirePrefix(nibbles, bytes): WirePrefix) -> Result<Self, Self::Error> {
        if nibbles > NIBBLES || bytes.len() != usize::from(nibbles.div_ceil(2)) {
            return Err("not a prefix");
        }
        let mut name = LogName([0; 16]);
        name.0[..bytes.len()].copy_from_slice(&bytes);
        if nibbles % 2 == 1 && name.0[bytes.len() - 1] & 15 != 0 {
            return Err("not a prefix");
        }
        Ok(Self { name, nibbles })
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The half bytes that it begins with.
impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.nibbles).try_for_each(|depth| write!(f, "{:x}", nibble(self.name, depth)))
    }
}

impl Heads {
    /// No logs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many logs there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.top.count
    }

    /// Whether there are no logs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.top.count == 0
    }

    /// How far a log goes.
    #[must_use]
    pub fn get(&self, name: LogName) -> Option<Position> {
        let mut node = &self.top;
        let mut depth = 0;
        loop {
            match &node.below {
                Below::Few(few) => {
                    let at = few.binary_search_by_key(&name, |item| item.name).ok()?;
                    return Some(few[at].head);
                }
                Below::Many(children) => node = &children[nibble(name, depth)],
            }
            depth += 1;
        }
    }

    /// Says how far a log goes, in place of what was said before.
    pub fn set(&mut self, name: LogName, head: Position) {
        self.top.change(name, 0, Some(Item::new(name, head)));
    }

    /// Takes a log away.
    pub fn remove(&mut self, name: LogName) {
        self.top.change(name, 0, None);
    }

    /// The fingerprint of everything: equal where two peers have the same logs and go equally far in each.
    #[must_use]
    pub fn root(&self) -> [u8; 16] {
        first(&self.top.fingerprint(&[]))
    }

    /// The fingerprint of the logs below a prefix, under a seed that one of the peers drew for this session.
    #[must_use]
    pub fn fingerprint(&self, prefix: Prefix, seed: [u8; 8]) -> [u8; 8] {
        let mut part = Node::default();
        let node = self.node(prefix).unwrap_or_else(|few| {
            for item in few {
                part.sum = part.sum.plus(item.hash);
                part.count += 1;
            }
            &part
        });
        first(&node.fingerprint(&seed))
    }

    /// How many logs lie below a prefix.
    #[must_use]
    pub fn count(&self, prefix: Prefix) -> usize {
        match self.node(prefix) {
            Ok(node) => node.count,
            Err(few) => few.len(),
        }
    }

    /// The logs below a prefix, in the order of their names.
    pub fn below(&self, prefix: Prefix) -> impl Iterator<Item = (LogName, Position)> {
        let mut waiting = Vec::new();
        let mut few: &[Item] = &[];
        match self.node(prefix) {
            Ok(node) => waiting.push(node),
            Err(part) => few = part,
        }
        core::iter::from_fn(move || {
            loop {
                if let Some((next, rest)) = few.split_first() {
                    few = rest;
                    return Some((next.name, next.head));
                }
                match &waiting.pop()?.below {
                    Below::Few(items) => few = items,
                    Below::Many(children) => waiting.extend(children.iter().rev()),
                }
            }
        })
    }

    /// The node that is a prefix, or the items of it in a leaf that is wider.
    fn node(&self, prefix: Prefix) -> Result<&Node, &[Item]> {
        let mut node = &self.top;
        for depth in 0..prefix.nibbles {
            match &node.below {
                Below::Many(children) => node = &children[nibble(prefix.name, depth)],
                Below::Few(few) => return Err(&few[prefix.within(few)]),
            }
        }
        Ok(node)
    }
}

impl Prefix {
    /// All names.
    pub const ALL: Self = Self {
        name: LogName([0; 16]),
        nibbles: 0,
    };

    /// The sixteen prefixes that make up this one; none below a whole name.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let below = if self.nibbles < NIBBLES {
            0..16
        } else {
            0..0_u8
        };
        below.map(move |digit| {
            let mut name = self.name;
            let shift = if self.nibbles.is_multiple_of(2) { 4 } else { 0 };
            name.0[usize::from(self.nibbles / 2)] |= digit << shift;
            Self {
                name,
                nibbles: self.nibbles + 1,
            }
        })
    }

    /// Whether a name begins so.
    #[must_use]
    pub fn contains(self, name: LogName) -> bool {
        (0..self.nibbles).all(|depth| nibble(self.name, depth) == nibble(name, depth))
    }

    fn within(self, few: &[Item]) -> Range<usize> {
        let start = few.partition_point(|item| item.name < self.name);
        let len = few[start..].partition_point(|item| self.contains(item.name));
        start..start + len
    }
}

/// A leaf holds no more logs than this; the fingerprints do not depend on it.
const FEW: usize = 16;
const NIBBLES: u8 = 32;

#[derive(Debug, Clone, Default)]
struct Node {
    sum: Sum,
    count: usize,
    below: Below,
}

#[derive(Debug, Clone)]
enum Below {
    Few(Vec<Item>),
    Many(Box<[Node; 16]>),
}

impl Default for Below {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

#[derive(Debug, Clone)]
struct Item {
    name: LogName,
    head: Position,
    hash: Sum,
}

impl Item {
    fn new(name: LogName, head: Position) -> Self {
        let parts = [&name.0[..], &head.seq.to_be_bytes(), &head.chain];
        let hash = Sum::from(digest(Domain::Range, &parts));
        Self { name, head, hash }
    }
}

impl Node {
    /// Puts `item` in the place of what stands under `name`.
    fn change(&mut self, name: LogName, depth: u8, item: Option<Item>) {
        match &mut self.below {
            Below::Few(few) => {
                let at = few.binary_search_by_key(&name, |item| item.name);
                match (at, item) {
                    (Ok(at), Some(item)) => few[at] = item,
                    (Ok(at), None) => drop(few.remove(at)),
                    (Err(at), Some(item)) => few.insert(at, item),
                    (Err(_), None) => return,
                }
                if few.len() > FEW && depth < NIBBLES {
                    let items = core::mem::take(few);
                    let mut children = Box::<[Self; 16]>::default();
                    for item in items {
                        children[nibble(item.name, depth)].change(item.name, depth + 1, Some(item));
                    }
                    self.below = Below::Many(children);
                }
            }
            Below::Many(children) => {
                children[nibble(name, depth)].change(name, depth + 1, item);
                if children.iter().map(|child| child.count).sum::<usize>() <= FEW {
                    let items = children.iter().flat_map(Self::items).cloned().collect();
                    self.below = Below::Few(items);
                }
            }
        }
        (self.sum, self.count) = match &self.below {
            Below::Few(few) => (few.iter().map(|item| item.hash).collect(), few.len()),
            Below::Many(children) => (
                children.iter().map(|child| child.sum).collect(),
                children.iter().map(|child| child.count).sum(),
            ),
        };
    }

    /// The items of a node that has few.
    fn items(&self) -> &[Item] {
        match &self.below {
            Below::Few(few) => few,
            Below::Many(_) => &[],
        }
    }

    fn fingerprint(&self, seed: &[u8]) -> [u8; 32] {
        let count = (self.count as u64).to_be_bytes();
        digest(Domain::Range, &[seed, &self.sum.to_bytes(), &count])
    }
}

/// A number modulo 2^256, its lowest 64 bits first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum([u64; 4]);

impl Sum {
    fn plus(self, other: Self) -> Self {
        let mut carry = false;
        let mut sum = self.0;
        for (digit, more) in sum.iter_mut().zip(other.0) {
            let (once, first) = digit.overflowing_add(more);
            let (twice, second) = once.overflowing_add(u64::from(carry));
            (*digit, carry) = (twice, first || second);
        }
        Self(sum)
    }

    fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (out, digit) in bytes.chunks_exact_mut(8).zip(self.0.iter().rev()) {
            out.copy_from_slice(&digit.to_be_bytes());
        }
        bytes
    }
}

impl From<[u8; 32]> for Sum {
    fn from(bytes: [u8; 32]) -> Self {
        let mut digits = [0; 4];
        for (digit, part) in digits.iter_mut().rev().zip(bytes.as_chunks().0) {
            *digit = u64::from_be_bytes(*part);
        }
        Self(digits)
    }
}

impl FromIterator<Self> for Sum {
    fn from_iter<T: IntoIterator<Item = Self>>(sums: T) -> Self {
        sums.into_iter().fold(Self::default(), Self::plus)
    }
}

fn nibble(name: LogName, depth: u8) -> usize {
    let byte = name.0[usize::from(depth / 2)];
    usize::from(if depth.is_multiple_of(2) {
        byte >> 4
    } else {
        byte & 15
    })
}

fn first<const N: usize>(hash: &[u8; 32]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&hash[..N]);
    out
}
