//! Bundles of a household whose key was replaced.

use freehold_crypto::{Domain, PublicKey, Secret, SigningKey};

use super::{LATER, Open, good, input};
use crate::vectors::{
    Cases, Failure,
    consent::{
        bundle::{LEASE, contents, envelope_of, header, padded, with_envelope},
        people::{envelope, grantor, stranger},
    },
    log::object::{Object, list},
};

/// A key that follows the grantor's, by its number.
fn heir(no: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([40 + no; 32])).unwrap()
}

/// That `to` follows `from`.
fn before(from: &SigningKey, to: &PublicKey) -> (Vec<u8>, Vec<u8>) {
    let named = from.public_key().to_bytes();
    let said = [&[1], &named[..], &to.to_bytes()].concat();
    let signature = from.sign(Domain::Succession, &said).unwrap();
    (named, signature.to_bytes().to_vec())
}

/// A succession as it stands in a header.
fn succession(to: &PublicKey, before: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let before: Vec<Vec<u8>> = before
        .iter()
        .map(|(key, signature)| [&key[..], signature].concat())
        .collect();
    [&[1][..], &to.to_bytes(), &list(&before)].concat()
}

/// One in which everything is as it should be.
fn sound(to: &SigningKey, from: &[&SigningKey]) -> Vec<u8> {
    let to = to.public_key();
    let mut said: Vec<_> = from.iter().map(|from| before(from, &to)).collect();
    said.sort();
    succession(&to, &said)
}

/// The bundle with this number and succession, signed by `key`.
fn bundle(seq: u64, succession: Vec<u8>, key: &SigningKey) -> Vec<u8> {
    let header: Object = header(seq, LATER, LATER + LEASE).with("succession", succession);
    let plain = padded(&contents(LATER + LEASE).bytes());
    let envelope = envelope_of(&header, &plain, envelope().public_key());
    with_envelope(&header.bytes(), &envelope, key)
}

fn by(seq: u64, to: &SigningKey, from: &[&SigningKey]) -> Vec<u8> {
    bundle(seq, sound(to, from), to)
}

pub(super) fn accepted(cases: &mut Cases<'_, Open>) {
    let (one, two, three) = (heir(1), heir(2), heir(3));
    let home = grantor();
    for (name, about, bundles) in [
        (
            "succeeded",
            "an extension by the key that followed the grantor's",
            vec![good(), by(1, &one, &[&home])],
        ),
        (
            "succeeded-twice",
            "and by the one that followed that",
            vec![good(), by(1, &one, &[&home]), by(2, &two, &[&home, &one])],
        ),
        (
            "succeeded-unheard",
            "by the second that followed, of a reader that heard of none",
            vec![by(0, &two, &[&home, &one])],
        ),
        (
            "succeeded-both",
            "by a third, which two that were made at once lead to",
            vec![
                good(),
                by(1, &two, &[&home]),
                by(2, &three, &[&home, &one, &two]),
            ],
        ),
        (
            "grantor-with-before",
            "by the grantor, which followed others",
            vec![by(0, &home, &[&one, &two])],
        ),
        (
            "succession-of-64",
            "64 keys of before",
            vec![by(0, &home, &many(64).iter().collect::<Vec<_>>())],
        ),
    ] {
        cases.accept(name, &["consent-30", "consent-31"], about, input(&bundles));
    }
}

fn many(count: u8) -> Vec<SigningKey> {
    (0..count).map(|no| heir(10 + no)).collect()
}

pub(super) fn refused(cases: &mut Cases<'_, Open>) {
    let (one, two) = (heir(1), heir(2));
    let home = grantor();
    let key = one.public_key();
    let said = before(&home, &key);
    let other = before(&two, &key);
    let mut ordered = [said.clone(), other.clone()];
    ordered.sort();
    let [lower, higher] = ordered;
    let alone = |said: &[(Vec<u8>, Vec<u8>)]| bundle(0, succession(&key, said), &one);
    for (name, about, bundle, failure) in [
        (
            "succession-by-grantor",
            "a succession, and the grantor signs the bundle",
            bundle(0, sound(&one, &[&home]), &home),
            Failure::Signature,
        ),
        (
            "succession-of-others",
            "a key that did not follow the grantor",
            by(0, &one, &[&two]),
            Failure::Signature,
        ),
        (
            "succession-unsigned",
            "another than the grantor signed that it is followed",
            alone(&[(said.0.clone(), before(&two, &key).1)]),
            Failure::Signature,
        ),
        (
            "succession-to-another",
            "the grantor signed that another key follows",
            alone(&[(said.0.clone(), before(&home, &two.public_key()).1)]),
            Failure::Signature,
        ),
        (
            "succession-one-unsigned",
            "one of two did not sign",
            {
                let unsigned = (other.0.clone(), said.1.clone());
                let mut both = [said.clone(), unsigned];
                both.sort();
                alone(&both)
            },
            Failure::Signature,
        ),
        (
            "succession-out-of-order",
            "keys of before in another order",
            alone(&[higher, lower]),
            Failure::Malformed,
        ),
        (
            "succession-repeated",
            "a key of before twice",
            alone(&[said.clone(), said.clone()]),
            Failure::Malformed,
        ),
        (
            "succession-of-none",
            "no key of before",
            alone(&[]),
            Failure::Malformed,
        ),
        (
            "succession-of-itself",
            "a key that follows itself",
            by(0, &home, &[&home]),
            Failure::Malformed,
        ),
        (
            "succession-of-65",
            "65 keys of before",
            by(0, &home, &many(65).iter().collect::<Vec<_>>()),
            Failure::Malformed,
        ),
        (
            "succession-variant-2",
            "neither a succession nor none",
            bundle(0, vec![2], &home),
            Failure::Malformed,
        ),
    ] {
        cases.refuse(name, &["consent-30"], about, input(&[bundle]), failure);
    }
    for (name, about, bundles) in [
        (
            "replaced",
            "by the grantor's key, after one that followed it",
            vec![good(), by(1, &one, &[&home]), bundle(2, vec![0], &home)],
        ),
        (
            "fork",
            "another successor of the grantor's key",
            vec![good(), by(1, &one, &[&home]), by(2, &two, &[&home])],
        ),
        (
            "fork-of-the-second",
            "another successor of the key that followed",
            vec![
                by(0, &one, &[&home]),
                by(1, &two, &[&home, &one]),
                by(2, &stranger(), &[&home, &one]),
            ],
        ),
        (
            "back",
            "the key of before, as if it followed its successor",
            vec![by(0, &one, &[&home]), by(1, &home, &[&one])],
        ),
    ] {
        cases.refuse(
            name,
            &["consent-31"],
            about,
            input(&bundles),
            Failure::Succeeded,
        );
    }
}
