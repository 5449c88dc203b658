//! The page's formulas as they stand there, apart from the code that they are to show.

use freehold_model::Time;
use ring::{
    aead::{AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey},
    digest::{SHA256, digest},
    hmac::{HMAC_SHA256, Key, sign},
};

use super::{bound::Bound, leaf_of};
use crate::vectors::Failure;

/// The keys of a piece.
pub(super) struct Piece {
    pub(super) context: Vec<u8>,
    pub(super) place: Vec<u8>,
    leaf: Vec<u8>,
    suite: u8,
}

impl Piece {
    /// `context` and `place` for what a piece is bound to.
    pub(super) fn new(bound: &Bound) -> Result<Self, Failure> {
        // Refuses what no piece is bound to.
        bound.context()?;
        let place = bound.place()?;
        let context = [
            &[1, bound.suite, bound.level],
            bound.log.0.as_slice(),
            &bound.seq.0.to_be_bytes(),
            &bound.epoch.to_be_bytes(),
            &bound.generation.to_be_bytes(),
            &bound.salt.0,
        ];
        let place = [
            &Time::ms(place.start).to_be_bytes()[..],
            &Time::ms(place.end).to_be_bytes(),
            &[bound.facet],
            &bound.part.to_be_bytes(),
        ];
        Ok(Self {
            context: h(0x20, &context.concat()),
            place: place.concat(),
            leaf: leaf_of(&bound.node)?.secret().expose().to_vec(),
            suite: bound.suite,
        })
    }

    /// `F(purpose, n)`.
    pub(super) fn f(&self, purpose: u8, n: u32) -> Vec<u8> {
        let parts = [&self.leaf, &self.context, &self.place, &vec![purpose]];
        h(
            4,
            &[&parts.map(Vec::as_slice).concat()[..], &n.to_be_bytes()].concat(),
        )
    }

    /// The MAC of a small piece.
    pub(super) fn tag(&self, ciphertext: &[u8]) -> Vec<u8> {
        let key = Key::new(HMAC_SHA256, &self.f(2, 0));
        sign(&key, ciphertext).as_ref()[..16].to_vec()
    }

    /// A large piece of what is padded already, or is not.
    pub(super) fn seal_large(&self, padded: &[u8]) -> Vec<u8> {
        let algorithm = if self.suite == 1 {
            &AES_256_GCM
        } else {
            &CHACHA20_POLY1305
        };
        let key = LessSafeKey::new(UnboundKey::new(algorithm, &self.f(3, 0)).unwrap());
        let associated = Aad::from([&self.context[..], &self.place].concat());
        let mut sealed = padded.to_vec();
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        key.seal_in_place_append_tag(nonce, associated, &mut sealed)
            .unwrap();
        sealed.extend_from_slice(&self.f(4, 0)[..16]);
        sealed
    }
}

/// `H`.
fn h(domain: u8, bytes: &[u8]) -> Vec<u8> {
    let message = [b"freehold\x01", &[domain][..], bytes].concat();
    digest(&SHA256, &message).as_ref().to_vec()
}
