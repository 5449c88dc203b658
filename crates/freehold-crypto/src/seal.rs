//! Sealing and opening the pieces of an entry.
//!
//! A piece is sealed under keys that follow from its slot's leaf, the entry and its place in the
//! entry; they are used once, by a type that sealing uses up. Small pieces (summaries) are
//! encrypted with a SHA-256 keystream and carry one HMAC that is tag and commitment in one; large
//! pieces (chunks) go through the suite's AEAD and carry a commitment beside its tag.

use core::fmt;

use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::aead::{Purpose, TAG_LEN, keystream, mac, open_aead, seal_aead};
use crate::entropy::EntropyError;
use crate::entry::{EntryContext, PLACE_LEN, PiecePlace, Suite};
use crate::hash::{Domain, Prf};
use crate::secret::Secret;
use crate::tree::Leaf;

/// Bytes that sealing adds to a small piece.
pub const SMALL_OVERHEAD: usize = TAG_LEN;

/// Bytes that sealing adds to a large piece, apart from its padding.
pub const LARGE_OVERHEAD: usize = 2 * TAG_LEN;

/// The longest plaintext of a small piece.
pub const SMALL_MAX: usize = 4096;

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
            suite: context.suite(),
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
    /// No randomness for a salt.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
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

const ASSOCIATED_LEN: usize = 32 + PLACE_LEN;
const PAD_MARK: u8 = 0x80;
