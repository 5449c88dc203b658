//! AES-256-GCM (NIST SP 800-38D).

use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};

/// Two ciphertext blocks, the second chosen so that both keys give the same tag (SP 800-38D).
pub(super) fn collide(keys: [[u8; 32]; 2], associated: &[u8]) -> (Vec<u8>, [u8; 16]) {
    let [one, two] = keys.map(Gcm::new);
    let mut ciphertext = vec![0x5a; 32];
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
    fn new(key: [u8; 32]) -> Self {
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
