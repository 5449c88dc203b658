//! Sealing the pieces of an entry.
//!
//! A piece is sealed under keys that follow from its slot's leaf, the entry and its place in the
//! entry; they are used once, by a type that sealing uses up. Small pieces (summaries) are
//! encrypted with a SHA-256 keystream and carry one HMAC that is tag and commitment in one; large
//! pieces (chunks) go through the suite's AEAD and carry a commitment beside its tag.

use core::fmt;

use freehold_model::{Facet, Level, Time};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::aead::{AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

use crate::entropy::{Entropy, EntropyError};
use crate::hash::{Digest, Domain, Hasher, Prf};
use crate::id::LogId;
use crate::secret::Secret;
use crate::tree::Leaf;

/// The version of the formats of this crate; part of every entry's context.
pub const VERSION: u8 = 1;

/// Bytes that sealing adds to a small piece.
pub const SMALL_OVERHEAD: usize = TAG_LEN;

/// Bytes that sealing adds to a large piece, apart from its padding.
pub const LARGE_OVERHEAD: usize = 2 * TAG_LEN;

/// The longest plaintext of a small piece.
pub const SMALL_MAX: usize = 4096;

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
    digest: Digest,
}

impl EntryContext {
    /// Binds the header's fields; `epoch` and `generation` name the root.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "each is one field of the header")]
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
    fn to_bytes(self) -> [u8; PLACE_LEN] {
        let mut bytes = [0; PLACE_LEN];
        bytes[..8].copy_from_slice(&self.start.ms().to_be_bytes());
        bytes[8..16].copy_from_slice(&self.end.ms().to_be_bytes());
        bytes[16] = self.facet.number();
        bytes[17..].copy_from_slice(&self.part.to_be_bytes());
        bytes
    }
}

/// The keys of one piece, for sealing or opening it once.
///
/// ```compile_fail,E0382
/// # use freehold_crypto::*;
/// fn seal_twice(key: PieceKey, body: &mut Vec<u8>) {
///     key.seal_small(body, 0);
///     key.seal_small(body, 0); // the key is gone
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use freehold_crypto::*;
/// fn copy(key: &PieceKey) -> PieceKey {
///     key.clone() // nor can it be copied
/// }
/// ```
pub struct PieceKey {
    suite: Suite,
    prf: Prf,
    associated: [u8; ASSOCIATED_LEN],
}

impl PieceKey {
    /// The keys of the piece at `place` in the entry of `context`, whose slot has `leaf`.
    #[must_use]
    pub fn derive(leaf: &Leaf, context: &EntryContext, place: &PiecePlace) -> Self {
        let place = place.to_bytes();
        let mut associated = [0; ASSOCIATED_LEN];
        associated[..32].copy_from_slice(&context.digest);
        associated[32..].copy_from_slice(&place);
        let prf = Prf::new(
            Domain::PieceKey,
            leaf.secret().expose(),
            &context.digest,
            &place,
        );
        Self {
            suite: context.suite,
            prf,
            associated,
        }
    }

    /// Seals a summary piece in place: `body[start..]` is its plaintext before and the sealed piece,
    /// [`SMALL_OVERHEAD`] longer, after.
    ///
    /// # Errors
    /// [`SealError::Length`] when `start` lies past the end or the plaintext is longer than
    /// [`SMALL_MAX`]; the body is then as it was.
    pub fn seal_small(self, body: &mut Vec<u8>, start: usize) -> Result<(), SealError> {
        let piece = body.get_mut(start..).ok_or(SealError::Length)?;
        if piece.len() > SMALL_MAX {
            return Err(SealError::Length);
        }
        keystream(&self.prf, piece);
        let tag = self.small_tag(piece);
        body.extend_from_slice(&tag);
        Ok(())
    }

    /// Opens a summary piece in place and returns its plaintext. The tag is checked first.
    ///
    /// # Errors
    /// [`OpenError::Length`] for impossible lengths, [`OpenError::Commitment`] when this is not the
    /// piece, the place or the key. The buffer is then as it was.
    pub fn open_small(self, sealed: &mut [u8]) -> Result<&mut [u8], OpenError> {
        let at = sealed.len().checked_sub(TAG_LEN).ok_or(OpenError::Length)?;
        if at > SMALL_MAX {
            return Err(OpenError::Length);
        }
        let (piece, tag) = sealed.split_at_mut(at);
        if !bool::from(self.small_tag(piece).ct_eq(tag)) {
            return Err(OpenError::Commitment);
        }
        keystream(&self.prf, piece);
        Ok(piece)
    }

    /// Pads and seals a chunk in place: `body[start..]` is its plaintext before and the sealed
    /// piece after.
    ///
    /// # Errors
    /// [`SealError::Length`] when `start` lies past the end or the padded plaintext is longer than
    /// an AEAD allows.
    pub fn seal_large(
        self,
        body: &mut Vec<u8>,
        start: usize,
        padding: Padding,
    ) -> Result<(), SealError> {
        let len = body.len().checked_sub(start).ok_or(SealError::Length)?;
        body.push(PAD_MARK);
        body.resize(start + padding.padded(len + 1), 0);
        seal_aead(self.suite, &self.prf, &self.associated, body, start)
    }

    /// Opens a chunk in place and returns its plaintext without the padding. The commitment is
    /// checked before anything is decrypted.
    ///
    /// # Errors
    /// [`OpenError::Commitment`] when this is not the piece, the place or the key,
    /// [`OpenError::Authentication`] when only the body is damaged, [`OpenError::Padding`] and
    /// [`OpenError::Length`] for what no sealing writes. The buffer holds nothing useful then.
    pub fn open_large(self, sealed: &mut [u8]) -> Result<&mut [u8], OpenError> {
        let padded = open_aead(self.suite, &self.prf, &self.associated, sealed)?;
        let mark = padded
            .iter()
            .rposition(|byte| *byte != 0)
            .ok_or(OpenError::Padding)?;
        match padded.split_at_mut(mark) {
            (plaintext, [PAD_MARK, ..]) => Ok(plaintext),
            _ => Err(OpenError::Padding),
        }
    }

    /// HMAC-SHA-256 cut to 16 bytes, under a key of its own.
    fn small_tag(&self, ciphertext: &[u8]) -> [u8; TAG_LEN] {
        let mut key = Secret::zero();
        self.prf.output(Purpose::Mac as u8, 0, key.expose_mut());
        mac(&key, &[ciphertext])
    }
}

impl fmt::Debug for PieceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PieceKey(..)")
    }
}

/// The length to which a large piece is padded; sizes tell what people do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Padding {
    /// Padmé: at most 12 % more, and log log of the length is all that shows.
    Padme,
    /// The next multiple of so many bytes, for kinds whose every slot must look the same.
    Multiple(u32),
}

impl Padding {
    fn padded(self, len: usize) -> usize {
        match self {
            Self::Padme => padme_len(len),
            Self::Multiple(unit) => len.next_multiple_of((unit as usize).max(1)),
        }
    }
}

/// The Padmé length for `len` bytes (Nikitin et al., "Reducing Metadata Leakage from Encrypted
/// Files and Communication with PURBs", PoPETs 2019, section 4).
#[must_use]
pub const fn padme_len(len: usize) -> usize {
    if len < 2 {
        return len;
    }
    let exponent = len.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept)) - 1;
    (len + mask) & !mask
}

/// Why nothing was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// The plaintext is too long for its way of sealing, or starts past the buffer's end.
    #[error("cannot seal that length")]
    Length,
}

/// Why nothing was opened. Says nothing about keys or contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Shorter or longer than anything that sealing writes.
    #[error("sealed piece has a wrong length")]
    Length,
    /// Not sealed under this key for this place.
    #[error("sealed under another key")]
    Commitment,
    /// Sealed under this key, and changed since.
    #[error("sealed piece was changed")]
    Authentication,
    /// Authentic, but its padding is none.
    #[error("malformed padding")]
    Padding,
}

/// What an output of the piece function is used for.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Purpose {
    Stream = 1,
    Mac = 2,
    Aead = 3,
    Commit = 4,
}

const TAG_LEN: usize = 16;
const PLACE_LEN: usize = 8 + 8 + 1 + 2;
const ASSOCIATED_LEN: usize = 32 + PLACE_LEN;
const PAD_MARK: u8 = 0x80;

/// HMAC-SHA-256 cut to 16 bytes.
pub(crate) fn mac(key: &Secret, parts: &[&[u8]]) -> [u8; TAG_LEN] {
    // A key of block length is what HMAC itself pads a shorter one to.
    let mut padded = Zeroizing::new([0; 64]);
    padded[..32].copy_from_slice(key.expose());
    let mut mac = Hmac::<sha2::Sha256>::new((&*padded).into());
    for part in parts {
        mac.update(part);
    }
    let full: [u8; 32] = mac.finalize().into_bytes().into();
    let mut tag = [0; TAG_LEN];
    tag.copy_from_slice(&full[..TAG_LEN]);
    tag
}

fn keystream(prf: &Prf, piece: &mut [u8]) {
    let mut block = [0; 32];
    for (counter, chunk) in (0..).zip(piece.chunks_mut(32)) {
        prf.output(Purpose::Stream as u8, counter, &mut block);
        for (byte, key) in chunk.iter_mut().zip(block) {
            *byte ^= key;
        }
    }
    block.zeroize();
}

/// Seals `body[start..]` in place: ciphertext, AEAD tag, commitment.
pub(crate) fn seal_aead(
    suite: Suite,
    prf: &Prf,
    associated: &[u8],
    body: &mut Vec<u8>,
    start: usize,
) -> Result<(), SealError> {
    let plaintext = body.get_mut(start..).ok_or(SealError::Length)?;
    let tag = aead(suite, prf)
        .and_then(|key| {
            key.seal_in_place_separate_tag(zero_nonce(), Aad::from(associated), plaintext)
        })
        .map_err(|_| SealError::Length)?;
    body.extend_from_slice(tag.as_ref());
    body.extend_from_slice(&commitment(prf));
    Ok(())
}

/// Checks the commitment, then opens in place.
pub(crate) fn open_aead<'a>(
    suite: Suite,
    prf: &Prf,
    associated: &[u8],
    sealed: &'a mut [u8],
) -> Result<&'a mut [u8], OpenError> {
    let at = sealed
        .len()
        .checked_sub(LARGE_OVERHEAD)
        .ok_or(OpenError::Length)?;
    let (with_tag, committed) = sealed.split_at_mut(at + TAG_LEN);
    if !bool::from(commitment(prf).ct_eq(committed)) {
        return Err(OpenError::Commitment);
    }
    aead(suite, prf)
        .and_then(|key| key.open_in_place(zero_nonce(), Aad::from(associated), with_tag))
        .map_err(|_| OpenError::Authentication)
}

fn aead(suite: Suite, prf: &Prf) -> Result<LessSafeKey, ring::error::Unspecified> {
    let algorithm = match suite {
        Suite::One => &AES_256_GCM,
        Suite::Two => &CHACHA20_POLY1305,
    };
    let mut key = Secret::zero();
    prf.output(Purpose::Aead as u8, 0, key.expose_mut());
    UnboundKey::new(algorithm, key.expose()).map(LessSafeKey::new)
}

fn commitment(prf: &Prf) -> [u8; TAG_LEN] {
    let mut full = [0; 32];
    prf.output(Purpose::Commit as u8, 0, &mut full);
    let mut cut = [0; TAG_LEN];
    cut.copy_from_slice(&full[..TAG_LEN]);
    cut
}

/// Each key seals one message, so the nonce carries nothing.
fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}
