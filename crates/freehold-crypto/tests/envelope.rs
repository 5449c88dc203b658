//! Envelopes: a known key, round trips, and what must not open.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{Dry, hex};
use freehold_crypto::{
    ENVELOPE_OVERHEAD, ENVELOPE_PUBLIC_KEY_LEN, EntropyError, EnvelopeError, EnvelopeKey,
    EnvelopePublicKey, OsEntropy, Secret, SeededEntropy, Suite,
};
use serde::Deserialize as _;
use serde::de::IntoDeserializer;
use serde::de::value::Error as ValueError;

/// keys-19: the first vector of draft-connolly-cfrg-xwing-kem, its public key by its fingerprint.
#[test]
fn known_key() {
    let key = EnvelopeKey::from_seed(Secret::from_bytes(SEED)).unwrap();
    assert_eq!(
        key.public_key().fingerprint().to_string(),
        "0222c2dc2405c39ccc7d9a06d240ca05a3cdad5a7c5b328bbb9ea8c751dd11d6"
    );
    assert_eq!(key.seed().expose(), &SEED);
}

/// keys-19: an envelope of the same vector's encapsulation, its key schedule computed apart from
/// this code with Python's hmac; one line a suite.
#[test]
fn known_envelopes() {
    let key = EnvelopeKey::from_seed(Secret::from_bytes(SEED)).unwrap();
    let lines = include_str!("data/envelopes.hex").lines();
    for (suite, line) in [Suite::One, Suite::Two].into_iter().zip(lines) {
        let envelope: Vec<u8> = (0..line.len() / 2)
            .map(|at| u8::from_str_radix(line.get(2 * at..2 * at + 2).unwrap(), 16).unwrap())
            .collect();
        assert_eq!(
            &**key.open(suite, b"token", b"data", &envelope).unwrap(),
            b"nodes"
        );
    }
}

/// keys-19, keys-20: opens to its contents, and only to this key, suite, info and data.
#[test]
fn only_the_right_opening_opens() {
    let mut entropy = OsEntropy::new();
    let key = EnvelopeKey::generate(&mut entropy).unwrap();
    let other = EnvelopeKey::generate(&mut entropy).unwrap();
    for (suite, wrong) in [(Suite::One, Suite::Two), (Suite::Two, Suite::One)] {
        let envelope = key
            .public_key()
            .seal(suite, b"token", b"data", b"nodes", &mut entropy)
            .unwrap();
        assert_eq!(envelope.len(), 5 + ENVELOPE_OVERHEAD);
        assert_eq!(
            &**key.open(suite, b"token", b"data", &envelope).unwrap(),
            b"nodes"
        );
        let refused = Some(EnvelopeError::Open);
        assert_eq!(
            other.open(suite, b"token", b"data", &envelope).err(),
            refused
        );
        assert_eq!(key.open(wrong, b"token", b"data", &envelope).err(), refused);
        assert_eq!(key.open(suite, b"tokem", b"data", &envelope).err(), refused);
        assert_eq!(key.open(suite, b"token", b"", &envelope).err(), refused);
        let longer = [&envelope[..], &[0]].concat();
        assert_eq!(key.open(suite, b"token", b"data", &longer).err(), refused);
        for bit in (0..8 * envelope.len()).step_by(37) {
            let mut changed = envelope.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                key.open(suite, b"token", b"data", &changed).err(),
                refused,
                "bit {bit}"
            );
        }
    }
}

/// keys-20
#[test]
fn lengths() {
    let key = EnvelopeKey::generate(&mut SeededEntropy::new(1)).unwrap();
    for len in [0, 1, ENVELOPE_OVERHEAD - 1] {
        let opened = key.open(Suite::One, b"", b"", &vec![0; len]);
        assert_eq!(opened.err(), Some(EnvelopeError::Length));
    }
    let public = key.public_key();
    let empty = public
        .seal(Suite::One, b"", b"", b"", &mut SeededEntropy::new(2))
        .unwrap();
    assert_eq!(empty.len(), ENVELOPE_OVERHEAD);
    assert_eq!(*key.open(Suite::One, b"", b"", &empty).unwrap(), b"");
    for len in [
        0,
        32,
        ENVELOPE_PUBLIC_KEY_LEN - 1,
        ENVELOPE_PUBLIC_KEY_LEN + 1,
    ] {
        let read = EnvelopePublicKey::from_bytes(&vec![0; len]);
        assert_eq!(read.err(), Some(EnvelopeError::Length));
    }
    // Coefficients of ML-KEM keys are below 3329.
    let read = EnvelopePublicKey::from_bytes(&[0xff; ENVELOPE_PUBLIC_KEY_LEN]);
    assert_eq!(read.err(), Some(EnvelopeError::Key));
}

/// keys-18
#[test]
fn public_keys_are_canonical() {
    let key = EnvelopeKey::generate(&mut SeededEntropy::new(1)).unwrap();
    let public = key.public_key();
    assert_eq!(
        EnvelopePublicKey::from_bytes(public.as_bytes()).as_ref(),
        Ok(public)
    );
    let bytes = postcard::to_allocvec(public).unwrap();
    assert_eq!(bytes.len(), ENVELOPE_PUBLIC_KEY_LEN + 2);
    assert_eq!(
        &postcard::from_bytes::<EnvelopePublicKey>(&bytes).unwrap(),
        public
    );
    assert!(postcard::from_bytes::<EnvelopePublicKey>(&bytes[..bytes.len() - 1]).is_err());
    assert!(postcard::from_bytes::<EnvelopePublicKey>(&[3, 1, 2, 3]).is_err());
    let number = IntoDeserializer::<ValueError>::into_deserializer(7_u8);
    let refused = EnvelopePublicKey::deserialize(number).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "invalid type: integer `7`, expected 1216 bytes"
    );
}

/// Two envelopes of the same contents share nothing, and without randomness there is none.
#[test]
fn envelopes_need_randomness() {
    let key = EnvelopeKey::generate(&mut SeededEntropy::new(1)).unwrap();
    let seal = |entropy: &mut OsEntropy| {
        key.public_key()
            .seal(Suite::One, b"", b"", b"nodes", entropy)
            .unwrap()
    };
    let mut entropy = OsEntropy::new();
    assert_ne!(seal(&mut entropy)[..32], seal(&mut entropy)[..32]);
    let sealed = key
        .public_key()
        .seal(Suite::One, b"", b"", b"nodes", &mut Dry);
    assert_eq!(sealed, Err(EnvelopeError::Entropy(EntropyError)));
    assert_eq!(
        EnvelopeKey::generate(&mut Dry).err(),
        Some(EnvelopeError::Entropy(EntropyError))
    );
}

/// keys-14
#[test]
fn debug_shows_no_key() {
    let key = EnvelopeKey::from_seed(Secret::from_bytes([0x42; 32])).unwrap();
    let shown = format!("{key:?}");
    let public = key.public_key();
    assert_eq!(
        format!("{public:?}"),
        format!("EnvelopePublicKey({})", public.fingerprint())
    );
    assert_eq!(shown, format!("EnvelopeKey {{ public: {public:?}, .. }}"));
    assert!(
        !shown.contains(&hex(&[0x42; 4])) && !shown.contains("66, 66"),
        "{shown}"
    );
}

const SEED: [u8; 32] = *b"\x7f\x9c\x2b\xa4\xe8\x8f\x82\x7d\x61\x60\x45\x50\x76\x05\x85\x3e\xd7\x3b\x80\x93\xf6\xef\xbc\x88\xeb\x1a\x6e\xac\xfa\x66\xef\x26";
