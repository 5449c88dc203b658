//! The symmetric ciphers beneath pieces and rows.

use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::aead::{AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::entry::Suite;
use crate::hash::Prf;
use crate::seal::{LARGE_OVERHEAD, OpenError, SealError};
use crate::secret::Secret;

/// Bytes of every tag and every commitment.
pub(crate) const TAG_LEN: usize = 16;

/// What an output of the piece function is used for.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Purpose {
    Stream = 1,
    Mac = 2,
    Aead = 3,
    Commit = 4,
}

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

/// Encrypts or decrypts with the SHA-256 keystream.
pub(crate) fn keystream(prf: &Prf, piece: &mut [u8]) {
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
    let mut key = Secret::zero();
    prf.output(Purpose::Aead as u8, 0, key.expose_mut());
    cipher(suite, &key)
}

pub(crate) fn cipher(suite: Suite, key: &Secret) -> Result<LessSafeKey, ring::error::Unspecified> {
    let algorithm = match suite {
        Suite::One => &AES_256_GCM,
        Suite::Two => &CHACHA20_POLY1305,
    };
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

#[cfg(test)]
mod tests;
