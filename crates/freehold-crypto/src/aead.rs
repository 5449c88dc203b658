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
mod tests {
    use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
    use freehold_model::{Facet, Level};

    use super::*;
    use crate::hash::Domain;
    use crate::tree::Root;

    /// [seal-11]: AES-GCM alone opens one ciphertext under two keys of the attacker's choice, to two
    /// different plaintexts. The commitment refuses it under all keys but one.
    #[test]
    fn one_ciphertext_for_two_keys_is_refused() {
        let [one, two] = [1, 2].map(prf);
        let associated = [9; 51];
        let (ciphertext, tag) = collide(&one, &two, &associated);
        let crafted = [&ciphertext[..], &tag].concat();

        let plaintexts = [&one, &two].map(|prf| {
            let mut bytes = crafted.clone();
            let key = aead(Suite::One, prf).unwrap();
            let opened = key.open_in_place(zero_nonce(), Aad::from(&associated), &mut bytes);
            opened.expect("the collision is a real one").to_vec()
        });
        assert_ne!(plaintexts[0], plaintexts[1]);

        for committed in [&one, &two] {
            let sealed = [&crafted[..], &commitment(committed)].concat();
            for (prf, mine) in [(&one, committed.same(&one)), (&two, committed.same(&two))] {
                let opened = open_aead(Suite::One, prf, &associated, &mut sealed.clone()).map(drop);
                assert_eq!(
                    opened,
                    if mine {
                        Ok(())
                    } else {
                        Err(OpenError::Commitment)
                    }
                );
            }
        }
    }

    impl Prf {
        fn same(&self, other: &Self) -> bool {
            commitment(self) == commitment(other)
        }
    }

    fn prf(root: u8) -> Prf {
        let root = Root::from_secret(Secret::from_bytes([root; 32]));
        let leaf = root.tree(Level::Raw, Facet::Readings).leaf(5).unwrap();
        Prf::new(Domain::PieceKey, leaf.secret().expose(), &[3; 32], &[4; 19])
    }

    /// Two ciphertext blocks, the second chosen so that both keys give the same tag (SP 800-38D).
    fn collide(one: &Prf, two: &Prf, associated: &[u8; 51]) -> ([u8; 32], [u8; 16]) {
        let [one, two] = [one, two].map(Gcm::new);
        let mut ciphertext = [0x5a; 32];
        ciphertext[16..].fill(0);
        let difference = one.tag(associated, &ciphertext) ^ two.tag(associated, &ciphertext);
        // The last block is multiplied by the square of each hash key.
        let factor = times(one.hash_key, one.hash_key) ^ times(two.hash_key, two.hash_key);
        let block = times(difference, inverse(factor));
        ciphertext[16..].copy_from_slice(&block.to_be_bytes());
        let tag = one.tag(associated, &ciphertext);
        assert_eq!(tag, two.tag(associated, &ciphertext));
        (ciphertext, tag.to_be_bytes())
    }

    struct Gcm {
        hash_key: u128,
        mask: u128,
    }

    impl Gcm {
        fn new(prf: &Prf) -> Self {
            let mut key = [0; 32];
            prf.output(Purpose::Aead as u8, 0, &mut key);
            let cipher = aes::Aes256::new(&key.into());
            // The counter block of an all-zero nonce is 1.
            let [hash_key, mask] = [0_u128, 1].map(|input| {
                let mut block = input.to_be_bytes().into();
                cipher.encrypt_block(&mut block);
                u128::from_be_bytes(block.into())
            });
            Self { hash_key, mask }
        }

        fn tag(&self, associated: &[u8], ciphertext: &[u8]) -> u128 {
            let lengths = (8 * associated.len() as u128) << 64 | (8 * ciphertext.len() as u128);
            let blocks = associated
                .chunks(16)
                .chain(ciphertext.chunks(16))
                .map(|chunk| {
                    let mut block = [0; 16];
                    block[..chunk.len()].copy_from_slice(chunk);
                    u128::from_be_bytes(block)
                });
            let hash = blocks
                .chain([lengths])
                .fold(0, |hash, block| times(hash ^ block, self.hash_key));
            hash ^ self.mask
        }
    }

    /// The product in GF(2^128), bits reflected (SP 800-38D, section 6.3).
    fn times(a: u128, mut b: u128) -> u128 {
        let mut product = 0;
        for bit in (0..128).rev() {
            if a >> bit & 1 == 1 {
                product ^= b;
            }
            b = b >> 1 ^ if b & 1 == 1 { 0xe1 << 120 } else { 0 };
        }
        product
    }

    /// By Fermat: the power 2^128 - 2.
    fn inverse(a: u128) -> u128 {
        let mut power = a;
        let mut inverse = 1 << 127;
        for _ in 1..128 {
            power = times(power, power);
            inverse = times(inverse, power);
        }
        inverse
    }
}
