//! What an entry binds its pieces to: suite, salt, header fields and places.

use freehold_model::{Facet, Level, Time};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::aead::mac;
use crate::entropy::{Entropy, EntropyError};
use crate::hash::{Digest, Domain, Hasher};
use crate::id::LogId;
use crate::secret::Secret;
use crate::tree::Leaf;

/// The version of the formats of this crate; part of every entry's context.
pub const VERSION: u8 = 1;

/// The algorithms of a log or grant; one byte, and nothing is negotiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
#[repr(u8)]
pub enum Suite {
    /// SHA-256, AES-256-GCM, HPKE with X-Wing.
    One = 1,
    /// SHA-256, ChaCha20-Poly1305, HPKE with X-Wing.
    Two = 2,
}

impl From<Suite> for u8 {
    fn from(suite: Suite) -> Self {
        suite as Self
    }
}

impl TryFrom<u8> for Suite {
    type Error = UnknownSuite;

    fn try_from(byte: u8) -> Result<Self, UnknownSuite> {
        match byte {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            other => Err(UnknownSuite(other)),
        }
    }
}

/// A suite byte that this version does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("unknown suite {0}")]
pub struct UnknownSuite(pub u8);

/// The salt of an entry: sixteen bytes, drawn by [`SaltHedge`], public in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Salt(pub [u8; 16]);

/// Draws the salt of an entry from randomness *and* from all that the entry will hold, so that two
/// writers with the same random state never use one key for different data.
///
/// The keyed part takes every leaf of the entry: who holds some of them cannot use the salt to test
/// guesses at the other pieces.
#[derive(Debug)]
pub struct SaltHedge {
    leaves: Hasher,
    plaintexts: Hasher,
}

impl SaltHedge {
    /// Starts an entry without pieces.
    #[must_use]
    pub fn new() -> Self {
        Self {
            leaves: Hasher::new(Domain::SaltLeaves),
            plaintexts: Hasher::new(Domain::SaltPlaintexts),
        }
    }

    /// Adds a piece: each of the entry's, in their order in the body.
    pub fn piece(&mut self, leaf: &Leaf, place: &PiecePlace, plaintext: &[u8]) {
        self.leaves.fixed(leaf.secret().expose());
        self.plaintexts.fixed(&place.to_bytes());
        self.plaintexts.part(plaintext);
    }

    /// The salt for entry `seq` of `log`.
    ///
    /// # Errors
    /// [`EntropyError`] when the source fails; nothing may be sealed then.
    pub fn salt(
        self,
        log: LogId,
        seq: u64,
        entropy: &mut dyn Entropy,
    ) -> Result<Salt, EntropyError> {
        let key = Secret::from_bytes(self.leaves.finish());
        let fresh = Secret::random(entropy)?;
        let mut message = Hasher::new(Domain::Salt);
        message.fixed(fresh.expose());
        message.fixed(&log.0);
        message.fixed(&seq.to_be_bytes());
        message.fixed(&self.plaintexts.finish());
        Ok(Salt(mac(&key, &[&message.finish()])))
    }
}

impl Default for SaltHedge {
    fn default() -> Self {
        Self::new()
    }
}

/// What all piece keys of one entry are bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryContext {
    suite: Suite,
    pub(crate) digest: Digest,
}

impl EntryContext {
    /// Binds the header's fields; `epoch` and `generation` name the root.
    #[must_use]
    pub fn new(
        suite: Suite,
        log: LogId,
        seq: u64,
        level: Level,
        epoch: i32,
        generation: u32,
        salt: Salt,
    ) -> Self {
        let mut hasher = Hasher::new(Domain::EntryContext);
        hasher.fixed(&[VERSION, suite as u8, level.number()]);
        hasher.fixed(&log.0);
        hasher.fixed(&seq.to_be_bytes());
        hasher.fixed(&epoch.to_be_bytes());
        hasher.fixed(&generation.to_be_bytes());
        hasher.fixed(&salt.0);
        Self {
            suite,
            digest: hasher.finish(),
        }
    }

    /// The suite under which the entry's pieces are sealed.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }
}

/// The place of a piece in its entry: slot, facet and part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PiecePlace {
    /// The slot's start.
    pub start: Time,
    /// The slot's end, which is not in it.
    pub end: Time,
    /// The facet, [`Facet::Readings`] for raw.
    pub facet: Facet,
    /// Which sealing of this (slot, facet) it is, from 0.
    pub part: u16,
}

impl PiecePlace {
    pub(crate) fn to_bytes(self) -> [u8; PLACE_LEN] {
        let mut bytes = [0; PLACE_LEN];
        bytes[..8].copy_from_slice(&self.start.ms().to_be_bytes());
        bytes[8..16].copy_from_slice(&self.end.ms().to_be_bytes());
        bytes[16] = self.facet.number();
        bytes[17..].copy_from_slice(&self.part.to_be_bytes());
        bytes
    }
}

/// Bytes of an encoded place.
pub(crate) const PLACE_LEN: usize = 8 + 8 + 1 + 2;
