//! SHA-256 in the shapes that the specification names, each under a domain of its own.

use sha2::Digest as _;
use sha2::block_api::compress256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes in a [`Digest`].
pub const DIGEST_LEN: usize = 32;

/// A SHA-256 value.
pub type Digest = [u8; DIGEST_LEN];

/// What a hash is for. Each domain has one shape of input, so that no two uses can meet.
///
/// 0x01 to 0x1f are keyed derivations of this crate, 0x20 to 0x3f its plain digests, 0x40 to 0x5f
/// digests of logs, 0x60 to 0x7f digests and statements of consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Domain {
    /// Root to the top node of one (level, facet).
    Tree = 0x01,
    /// Node to child.
    Node = 0x02,
    /// Node at the tree's depth to the leaf.
    Leaf = 0x03,
    /// Leaf to the keys of one piece.
    PieceKey = 0x04,
    /// Store key to the keys of one row.
    StoreRow = 0x05,
    /// Raw leaf to the keys of a row of buffered readings.
    ReadingsRow = 0x06,
    /// Leaf to the keys of a row with a running summary.
    RunningRow = 0x07,
    /// The deterministic generator behind seeds.
    Random = 0x08,
    /// Leaf to the key of its rows in the store.
    RowKey = 0x09,
    /// Row key to the key of its salts.
    RowSaltKey = 0x0a,
    /// What an entry's piece keys are bound to.
    EntryContext = 0x20,
    /// The leaves of an entry, as the key of its salt.
    SaltLeaves = 0x21,
    /// The plaintexts of an entry, as seen by its salt.
    SaltPlaintexts = 0x22,
    /// The salt itself.
    Salt = 0x23,
    /// What a row's key is bound to.
    RowContext = 0x24,
    /// The salt of a row.
    RowSalt = 0x25,
    /// A public key's fingerprint.
    Fingerprint = 0x26,
    /// A sealed piece as it stands in a body.
    Piece = 0x40,
    /// The piece hashes of a body.
    Body = 0x41,
    /// An entry's header.
    Header = 0x42,
    /// The hash chain of a log.
    Chain = 0x43,
    /// The first entry of a log.
    Genesis = 0x44,
    /// A signed head of a log.
    Checkpoint = 0x45,
    /// A household's certificate for a writer's or an agent's key.
    Certificate = 0x46,
    /// A fingerprint of a range of logs or entries.
    Range = 0x47,
    /// A stream's description.
    Spec = 0x48,
    /// The name of a log at a relay.
    Name = 0x49,
    /// A letter, as the chain of its log sees it.
    Letter = 0x4a,
    /// An order to a relay.
    Order = 0x4b,
    /// What peers derive from a secret that they share: keys of relays, letters and genesis.
    Peer = 0x4c,
    /// The card of an agent or a device of a household.
    Party = 0x4d,
    /// A letter between the agents and devices of a household.
    HouseLetter = 0x4e,
    /// A household's key gives way to the next.
    Succession = 0x4f,
    /// A recipient's or a household's card.
    Card = 0x60,
    /// A consent request.
    Request = 0x61,
    /// A proposal as it was shown.
    Proposal = 0x62,
    /// The text that a person saw.
    Shown = 0x63,
    /// A consent token's payload.
    Token = 0x64,
    /// A key bundle or its extension.
    Bundle = 0x65,
    /// A grant: token, bundle and what travels with them.
    Grant = 0x66,
    /// A revocation.
    Revocation = 0x67,
    /// An item of a household's journal.
    Journal = 0x68,
    /// A relay's receipt.
    Receipt = 0x69,
    /// A household's order to erase.
    Erasure = 0x6a,
    /// A recipient's receipt for an order to erase.
    Erased = 0x6b,
}

/// The digest of `parts` under `domain`; each part is preceded by its length, so that parts cannot
/// run into each other.
#[must_use]
pub fn digest(domain: Domain, parts: &[&[u8]]) -> Digest {
    let mut hasher = Hasher::new(domain);
    for part in parts {
        hasher.part(part);
    }
    hasher.finish()
}

/// [`digest`] for parts that come one after the other.
#[derive(Clone)]
pub struct Hasher(sha2::Sha256);

impl Hasher {
    /// Starts a digest under `domain`.
    #[must_use]
    pub fn new(domain: Domain) -> Self {
        let mut hash = sha2::Sha256::new();
        hash.update(prefix(domain));
        Self(hash)
    }

    /// Adds one part and its length.
    pub fn part(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    /// The digest of all parts.
    #[must_use]
    pub fn finish(self) -> Digest {
        self.0.finalize().into()
    }

    /// Adds bytes whose length is fixed by the domain.
    pub(crate) fn fixed(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

impl core::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Hasher(..)")
    }
}

/// The one-compression derivation of the key tree; holds the block between steps and wipes it.
#[derive(ZeroizeOnDrop)]
pub(crate) struct Stepper {
    block: [u8; BLOCK_LEN],
}

impl Stepper {
    pub(crate) fn new() -> Self {
        let mut block = [0; BLOCK_LEN];
        block[..PREFIX_LEN].copy_from_slice(&PREFIX);
        finish_block(&mut block, STEP_LEN, STEP_LEN);
        Self { block }
    }

    /// `out = SHA-256(prefix ‖ domain ‖ a ‖ b ‖ key)`.
    pub(crate) fn step(
        &mut self,
        domain: Domain,
        a: u8,
        b: u8,
        key: &[u8; 32],
        out: &mut [u8; 32],
    ) {
        self.block[PREFIX_LEN] = domain as u8;
        self.block[PREFIX_LEN + 1] = a;
        self.block[PREFIX_LEN + 2] = b;
        self.block[PREFIX_LEN + 3..STEP_LEN].copy_from_slice(key);
        let mut state = INITIAL;
        compress256(&mut state, core::slice::from_ref(&self.block));
        write_state(&state, out);
        state.zeroize();
    }
}

/// A keyed function with a fixed-length input of two blocks: SHA-256(prefix ‖ domain ‖ key ‖
/// context ‖ rest ‖ purpose ‖ counter). The first block is compressed once for all purposes.
#[derive(ZeroizeOnDrop)]
pub(crate) struct Prf {
    state: [u32; 8],
    /// Holds nothing secret: the key is in the first block.
    #[zeroize(skip)]
    tail: [u8; BLOCK_LEN],
    #[zeroize(skip)]
    tail_len: usize,
}

impl Prf {
    /// `REST` is fixed by the domain and at most [`Prf::MAX_REST`].
    pub(crate) fn new<const REST: usize>(
        domain: Domain,
        key: &[u8; 32],
        context: &Digest,
        rest: &[u8; REST],
    ) -> Self {
        const { assert!(REST <= Self::MAX_REST) };
        let mut first = [0; BLOCK_LEN];
        first[..PREFIX_LEN + 1].copy_from_slice(&prefix(domain));
        first[PREFIX_LEN + 1..CONTEXT_AT].copy_from_slice(key);
        first[CONTEXT_AT..].copy_from_slice(&context[..CONTEXT_SPLIT]);
        let mut state = INITIAL;
        compress256(&mut state, core::slice::from_ref(&first));
        first.zeroize();

        let mut tail = [0; BLOCK_LEN];
        let rest_at = DIGEST_LEN - CONTEXT_SPLIT;
        tail[..rest_at].copy_from_slice(&context[CONTEXT_SPLIT..]);
        tail[rest_at..rest_at + REST].copy_from_slice(rest);
        let tail_len = rest_at + REST + 5;
        finish_block(&mut tail, tail_len, BLOCK_LEN + tail_len);
        Self {
            state,
            tail,
            tail_len,
        }
    }

    const MAX_REST: usize = BLOCK_LEN - 9 - 5 - (DIGEST_LEN - CONTEXT_SPLIT);

    /// The output for one purpose and counter.
    pub(crate) fn output(&self, purpose: u8, counter: u32, out: &mut [u8; 32]) {
        let mut block = self.tail;
        block[self.tail_len - 5] = purpose;
        block[self.tail_len - 4..self.tail_len].copy_from_slice(&counter.to_be_bytes());
        let mut state = self.state;
        compress256(&mut state, core::slice::from_ref(&block));
        write_state(&state, out);
        state.zeroize();
    }
}

const BLOCK_LEN: usize = 64;
/// Every input begins with the project's name and the version of these formats.
const PREFIX: [u8; PREFIX_LEN] = *b"freehold\x01";
const PREFIX_LEN: usize = 9;
const STEP_LEN: usize = PREFIX_LEN + 3 + 32;
const CONTEXT_AT: usize = PREFIX_LEN + 1 + 32;
const CONTEXT_SPLIT: usize = BLOCK_LEN - CONTEXT_AT;
/// FIPS 180-4, section 5.3.3.
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

const fn prefix(domain: Domain) -> [u8; PREFIX_LEN + 1] {
    let mut out = [domain as u8; PREFIX_LEN + 1];
    out.split_at_mut(PREFIX_LEN).0.copy_from_slice(&PREFIX);
    out
}

/// Pads the last block of a message of `message_len` bytes, of which it holds `len`
/// (FIPS 180-4, section 5.1.1).
fn finish_block(block: &mut [u8; BLOCK_LEN], len: usize, message_len: usize) {
    block[len] = 0x80;
    block[BLOCK_LEN - 8..].copy_from_slice(&(8 * message_len as u64).to_be_bytes());
}

fn write_state(state: &[u32; 8], out: &mut [u8; 32]) {
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [keys-1]: the one-compression step is plain SHA-256 of the 44-byte message.
    #[test]
    fn step_is_sha256() {
        let (key, mut out) = ([0x5a; 32], [0; 32]);
        Stepper::new().step(Domain::Node, 1, 0, &key, &mut out);
        let mut message = b"freehold\x01\x02\x01\x00".to_vec();
        message.extend_from_slice(&key);
        assert_eq!(
            out.as_slice(),
            ring::digest::digest(&ring::digest::SHA256, &message).as_ref()
        );
    }

    /// [seal-4]: the two-block function is plain SHA-256 too, up to the longest input that two blocks hold.
    #[test]
    fn prf_is_sha256() {
        prf_with([3; 19]);
        prf_with([3; Prf::MAX_REST]);
        // Length and mark of SHA-256 take nine bytes, purpose and counter five.
        assert_eq!(2 * 64, 10 + 32 + 32 + Prf::MAX_REST + 5 + 9);
    }

    fn prf_with<const REST: usize>(rest: [u8; REST]) {
        let (key, context, mut out) = ([1; 32], [2; 32], [0; 32]);
        Prf::new(Domain::PieceKey, &key, &context, &rest).output(7, 0x0102_0304, &mut out);
        let mut message = b"freehold\x01\x04".to_vec();
        message.extend_from_slice(&key);
        message.extend_from_slice(&context);
        message.extend_from_slice(&rest);
        message.extend_from_slice(&[7, 1, 2, 3, 4]);
        assert_eq!(
            out.as_slice(),
            ring::digest::digest(&ring::digest::SHA256, &message).as_ref()
        );
    }

    /// [keys-2]
    #[test]
    fn digest_is_length_prefixed_sha256() {
        let mut message = b"freehold\x01\x43".to_vec();
        message.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 2, b'a', b'b', 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(
            digest(Domain::Chain, &[b"ab", b""]).as_slice(),
            ring::digest::digest(&ring::digest::SHA256, &message).as_ref()
        );
        assert_ne!(
            digest(Domain::Chain, &[b"ab", b""]),
            digest(Domain::Chain, &[b"a", b"b"])
        );
        assert_ne!(
            digest(Domain::Chain, &[b"ab"]),
            digest(Domain::Body, &[b"ab"])
        );
    }
}
