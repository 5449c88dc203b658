//! One ciphertext that opens under two keys, made for either AEAD.

mod gcm;
mod poly1305;

use freehold_model::{Facet, Level};

use super::*;
use crate::hash::Domain;
use crate::tree::Root;

/// What an attacker makes of the AEAD keys of two pieces: a ciphertext and a tag that both take.
type Collide = fn([[u8; 32]; 2], &[u8]) -> (Vec<u8>, [u8; 16]);

/// [seal-11]: either AEAD alone opens one ciphertext under two keys of the attacker's choice, to two
/// different plaintexts. The commitment refuses it under all keys but one.
#[test]
fn one_ciphertext_for_two_keys_is_refused() {
    for (suite, collide) in [
        (Suite::One, gcm::collide as Collide),
        (Suite::Two, poly1305::collide),
    ] {
        let [one, two] = [1, 2].map(prf);
        let associated = [9; 51];
        let (ciphertext, tag) = collide([&one, &two].map(aead_key), &associated);
        let crafted = [&ciphertext[..], &tag].concat();

        let plaintexts = [&one, &two].map(|prf| {
            let mut bytes = crafted.clone();
            let key = aead(suite, prf).unwrap();
            let opened = key.open_in_place(zero_nonce(), Aad::from(&associated), &mut bytes);
            opened.expect("the collision is a real one").to_vec()
        });
        assert_ne!(plaintexts[0], plaintexts[1]);

        for committed in [&one, &two] {
            let sealed = [&crafted[..], &commitment(committed)].concat();
            for (prf, mine) in [(&one, committed.same(&one)), (&two, committed.same(&two))] {
                let opened = open_aead(suite, prf, &associated, &mut sealed.clone()).map(drop);
                let expected = if mine {
                    Ok(())
                } else {
                    Err(OpenError::Commitment)
                };
                assert_eq!(opened, expected, "{suite:?}");
            }
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

fn aead_key(prf: &Prf) -> [u8; 32] {
    let mut key = [0; 32];
    prf.output(Purpose::Aead as u8, 0, &mut key);
    key
}
