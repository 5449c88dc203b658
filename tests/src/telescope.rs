//! Keys that telescope, as a control: what is checked of Freehold's keys must find fault with these.
//!
//! The construction is TimeCrypt's (Burkhalter and others, "TimeCrypt: Encrypted Data Stream Processing at Scale with
//! Cryptographic Access Control", NSDI 2020, as its published code has it): the leaves of one tree lie at the ends of the chunks,
//! a chunk's key is made of the two at its ends, its digest is masked by their difference, and a tag under one secret that
//! every reader has stands for authenticity. The trees are Freehold's.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::Range;

use freehold::{
    Facet, Level,
    crypto::{Cover, Domain, Root, SeededEntropy, digest},
};

/// A stream's chunks as they lie with whoever stores them.
pub struct Stored {
    /// Of each chunk a payload.
    pub payloads: Vec<[u8; 32]>,
    /// Of each chunk a sum.
    pub digests: Vec<u64>,
    /// Of each digest a tag.
    pub tags: Vec<u64>,
}

/// The owner of a stream.
pub struct Owner {
    tree: Cover,
    secret: u64,
}

/// A reader: the leaves at both ends of every chunk that it was granted, and the secret of the tags.
pub struct Reader {
    /// The nodes that it was given.
    pub cover: Cover,
    secret: u64,
}

impl Owner {
    /// An owner with a fresh tree.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let root = Root::random(&mut SeededEntropy::new(seed)).unwrap();
        Self {
            tree: root.tree(Level::Hour, Facet::Totals),
            secret: seed + 12_345,
        }
    }

    /// Seals values, one a chunk.
    #[must_use]
    pub fn seal(&self, values: &[u64]) -> Stored {
        let reader = self.grant(0..u32::try_from(values.len()).unwrap());
        let sealed: Vec<_> = (0..)
            .zip(values)
            .map(|(chunk, value)| reader.seal(chunk, *value).unwrap())
            .collect();
        Stored {
            payloads: sealed.iter().map(|sealed| sealed.0).collect(),
            digests: sealed.iter().map(|sealed| sealed.1).collect(),
            tags: sealed.iter().map(|sealed| sealed.2).collect(),
        }
    }

    /// Grants chunks.
    #[must_use]
    pub fn grant(&self, chunks: Range<u32>) -> Reader {
        Reader {
            cover: self.tree.restrict(chunks.start..chunks.end + 1),
            secret: self.secret,
        }
    }
}

impl Reader {
    /// Two readers that pool what they have, or one that was granted twice.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self {
            cover: self.cover.unite(&other.cover).unwrap(),
            secret: self.secret,
        }
    }

    /// The value in a payload, and none without the leaves at both ends of the chunk.
    #[must_use]
    pub fn opens(&self, chunk: u32, payload: &[u8; 32]) -> Option<u64> {
        let plain = xor(payload, &self.chunk_key(chunk)?);
        plain.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))
    }

    /// The sum over chunks, of which the leaves at both ends of the whole are enough.
    #[must_use]
    pub fn sum(&self, chunks: Range<u32>, stored: &Stored) -> Option<u64> {
        let ends = (self.mask(chunks.start)?, self.mask(chunks.end)?);
        let digests = chunks.map(|chunk| stored.digests.get(chunk as usize).copied().unwrap());
        let sum = digests.fold(0, u64::wrapping_add);
        Some(sum.wrapping_sub(ends.0).wrapping_add(ends.1))
    }

    /// Whether a digest's tag holds, as every reader checks it.
    #[must_use]
    pub fn accepts(&self, chunk: u32, digest: u64, tag: u64) -> Option<bool> {
        let ends = (self.tag_mask(chunk)?, self.tag_mask(chunk + 1)?);
        let masks = (ends.0 + FIELD - ends.1) % FIELD;
        Some((digest % FIELD + times(tag, self.secret)) % FIELD == masks)
    }

    /// Payload, digest and tag of a value: what the owner makes, and what any reader of the chunk can.
    #[must_use]
    pub fn seal(&self, chunk: u32, value: u64) -> Option<([u8; 32], u64, u64)> {
        let mut plain = [0; 32];
        plain
            .first_chunk_mut()
            .map(|first| *first = value.to_be_bytes())?;
        let digest = value
            .wrapping_add(self.mask(chunk)?)
            .wrapping_sub(self.mask(chunk + 1)?);
        let ends = (self.tag_mask(chunk)?, self.tag_mask(chunk + 1)?);
        let rest = (ends.0 + 2 * FIELD - ends.1 - digest % FIELD) % FIELD;
        let tag = times(rest, power(self.secret, FIELD - 2));
        Some((xor(&plain, &self.chunk_key(chunk)?), digest, tag))
    }

    fn chunk_key(&self, chunk: u32) -> Option<[u8; 32]> {
        let ends = (self.cover.leaf(chunk)?, self.cover.leaf(chunk + 1)?);
        Some(digest(
            Domain::PieceKey,
            &[&xor(ends.0.secret().expose(), ends.1.secret().expose())],
        ))
    }

    fn mask(&self, at: u32) -> Option<u64> {
        let leaf = self.cover.leaf(at)?;
        leaf.secret()
            .expose()
            .first_chunk()
            .map(|bytes| u64::from_be_bytes(*bytes))
    }

    fn tag_mask(&self, at: u32) -> Option<u64> {
        let leaf = self.cover.leaf(at)?;
        leaf.secret()
            .expose()
            .last_chunk()
            .map(|bytes| u64::from_be_bytes(*bytes) % FIELD)
    }
}

/// The prime field of the tags.
const FIELD: u64 = (1 << 61) - 1;

fn times(a: u64, b: u64) -> u64 {
    u64::try_from(u128::from(a) * u128::from(b) % u128::from(FIELD)).unwrap()
}

fn power(base: u64, exponent: u64) -> u64 {
    let mut result = 1;
    for bit in (0..64).rev() {
        result = times(result, result);
        if exponent >> bit & 1 == 1 {
            result = times(result, base);
        }
    }
    result
}

fn xor(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|at| a.get(at).unwrap() ^ b.get(at).unwrap())
}
