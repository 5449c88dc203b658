//! Signatures: known answers, malleability, and what must not verify.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::{Dry, hex, unhex};
use freehold_crypto::{
    Algorithm, Domain, EntropyError, KeyError, OsEntropy, PublicKey, Secret, SeededEntropy,
    Signature, SignatureError, Signer, SigningKey, Statement,
};

/// keys-15, keys-16: computed apart from this code with Python's cryptography package.
#[test]
fn known_signature() {
    let key = SigningKey::from_seed(&Secret::from_bytes([0x42; 32])).unwrap();
    assert_eq!(
        hex(&key.public_key().to_bytes()),
        "002152f8d19b791d24453242e15f2eab6cb7cffa7b6a5ed30097960e069881db12"
    );
    let signature = key.sign(Domain::Checkpoint, b"head").unwrap();
    assert_eq!(
        hex(&signature.to_bytes()),
        "539aff330f253c45b362e1df2bf049f9e9d0eb694f4425a846d421359a17757588b0430041e534e6de987e6842f05c3771b7d7e95c68411b63697f4370436305"
    );
    assert_eq!(
        key.public_key().fingerprint().to_string(),
        "dc922880f057c8944e5ba159bbd52c8bc85f82d8f0a4f2e8d050b031765d6c12"
    );
}

/// keys-15: neither another domain, message, key nor algorithm verifies.
#[test]
fn nothing_else_verifies() {
    for (key, other) in pairs() {
        let signature = key.sign(Domain::Checkpoint, b"head").unwrap();
        let public = key.public_key();
        assert_eq!(
            public.verify(Domain::Checkpoint, b"head", &signature),
            Ok(())
        );
        let refused = Err(SignatureError);
        assert_eq!(public.verify(Domain::Token, b"head", &signature), refused);
        assert_eq!(
            public.verify(Domain::Checkpoint, b"heae", &signature),
            refused
        );
        assert_eq!(public.verify(Domain::Checkpoint, b"", &signature), refused);
        assert_eq!(
            other
                .public_key()
                .verify(Domain::Checkpoint, b"head", &signature),
            refused
        );
    }
}

/// keys-16, keys-17: no bit of a signature is free.
#[test]
fn every_bit_of_a_signature_counts() {
    for (key, _) in pairs() {
        let signature = key.sign(Domain::Checkpoint, b"head").unwrap().to_bytes();
        for bit in 0..512 {
            let mut changed = signature;
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = Signature::from_bytes(&changed);
            assert!(
                key.public_key()
                    .verify(Domain::Checkpoint, b"head", &changed)
                    .is_err()
            );
        }
    }
}

/// keys-17: the other s of a P-256 signature is refused, and signers never make it.
#[test]
fn high_s_is_refused() {
    let key = SigningKey::generate_p256().unwrap();
    for round in 0..32_u8 {
        let signature = key.sign(Domain::Checkpoint, &[round]).unwrap();
        assert!(
            key.public_key()
                .verify(Domain::Checkpoint, &[round], &signature)
                .is_ok()
        );
        let mut bytes = signature.to_bytes();
        let high = less(&P256_ORDER, &bytes[32..]);
        bytes[32..].copy_from_slice(&high);
        let malleated = Signature::from_bytes(&bytes);
        assert_eq!(
            key.public_key()
                .verify(Domain::Checkpoint, &[round], &malleated),
            Err(SignatureError)
        );
        // It is a valid ECDSA signature: only the rule refuses it.
        assert!(ring_verifies(&key.public_key(), &[round], &bytes));
        // Brought back from a signer that does not know the rule.
        assert_eq!(Signature::from_p256(&bytes), signature);
    }
}

/// keys-17: (n - 1) / 2 is the highest s that verifies. Key and signature were computed for this s, apart from this code.
#[test]
fn the_highest_s() {
    let key = unhex(
        "01b5195467e5e1e7f3e8c868d1bf204edbd46312d5bfe09ff84fc7434ebed85789a60c147f949fd234bbf345a96e455ee7f518a2ed9ae01d7a1556724dfd1be34f",
    );
    let key = PublicKey::from_bytes(&key).unwrap();
    let mut bytes: [u8; 64] = unhex(
        "9635d05cac578915a311ea6a7993aeb4f3875a06ab34fd76c3b31fd0e455fb897fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8",
    )
    .try_into()
    .unwrap();
    let verify = |signature| key.verify(Domain::Checkpoint, b"head", &signature);
    assert_eq!(verify(Signature::from_bytes(&bytes)), Ok(()));
    assert_eq!(verify(Signature::from_p256(&bytes)), Ok(()));
    bytes[63] += 1;
    assert!(ring_verifies(&key, b"head", &bytes));
    assert_eq!(verify(Signature::from_bytes(&bytes)), Err(SignatureError));
    assert_eq!(verify(Signature::from_p256(&bytes)), Ok(()));
}

/// keys-16: s plus the group's order is refused.
#[test]
fn non_canonical_ed25519_is_refused() {
    let key = SigningKey::from_seed(&Secret::from_bytes([0x42; 32])).unwrap();
    let mut bytes = key.sign(Domain::Checkpoint, b"head").unwrap().to_bytes();
    let mut carry = 0;
    for (byte, order) in bytes[32..].iter_mut().zip(ED25519_ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        carry = sum >> 8;
        *byte = sum.to_le_bytes()[0];
    }
    let changed = Signature::from_bytes(&bytes);
    assert!(
        key.public_key()
            .verify(Domain::Checkpoint, b"head", &changed)
            .is_err()
    );
}

/// keys-16: under a key of small order anybody can sign, and `ring` agrees; here nothing verifies.
#[test]
fn keys_of_small_order_are_refused() {
    let neutral = [&[1], &[0; 31][..]].concat();
    let minus_one = [&[0xec], &[0xff; 30][..], &[0x7f]].concat();
    let signature: [u8; 64] = [&neutral[..], &[0; 32]].concat().try_into().unwrap();
    for key in [neutral, minus_one, vec![0; 32]] {
        let key = PublicKey::from_bytes(&[&[0], &key[..]].concat()).unwrap();
        // The equation holds for one message in as many as the point's order.
        let forged: Vec<u8> = (0..64)
            .filter(|message| ring_verifies(&key, &[*message], &signature))
            .collect();
        assert!(!forged.is_empty(), "{key:?}");
        for message in forged {
            assert_eq!(
                key.verify(
                    Domain::Checkpoint,
                    &[message],
                    &Signature::from_bytes(&signature)
                ),
                Err(SignatureError)
            );
        }
    }
}

/// keys-18: one encoding per key, and nothing else is read.
#[test]
fn public_keys_are_canonical() {
    for (key, _) in pairs() {
        let public = key.public_key();
        let bytes = public.to_bytes();
        assert_eq!(PublicKey::from_bytes(&bytes), Ok(public));
        assert_eq!(postcard::to_allocvec(&public).unwrap(), bytes);
        assert_eq!(postcard::from_bytes::<PublicKey>(&bytes), Ok(public));
        assert_eq!(
            PublicKey::from_bytes(&bytes[..bytes.len() - 1]),
            Err(KeyError::Length)
        );
        assert_eq!(
            PublicKey::from_bytes(&[&bytes[..], &[0]].concat()),
            Err(KeyError::Length)
        );
        let mut other = bytes;
        other[0] = 2;
        assert_eq!(PublicKey::from_bytes(&other), Err(KeyError::Algorithm));
    }
    assert_eq!(PublicKey::from_bytes(&[]), Err(KeyError::Length));
}

/// keys-18: nothing verifies under a point that is not on the curve.
#[test]
fn points_off_the_curve_verify_nothing() {
    let key = SigningKey::generate_p256().unwrap();
    let signature = key.sign(Domain::Checkpoint, b"head").unwrap();
    let PublicKey::P256 { x, mut y } = key.public_key() else {
        unreachable!()
    };
    y[31] ^= 1;
    for point in [
        PublicKey::P256 { x, y },
        PublicKey::P256 {
            x: [0; 32],
            y: [0; 32],
        },
    ] {
        assert!(
            point
                .verify(Domain::Checkpoint, b"head", &signature)
                .is_err()
        );
    }
}

/// Keys come back from their secret form, and only from it.
#[test]
fn secret_forms() {
    for (key, _) in pairs() {
        let kept = key.to_secret_bytes();
        let again = SigningKey::from_secret_bytes(&kept).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        assert!(SigningKey::from_secret_bytes(&kept[..kept.len() - 1]).is_err());
        let mut unknown = kept.to_vec();
        unknown[0] = 7;
        assert_eq!(
            SigningKey::from_secret_bytes(&unknown).err(),
            Some(KeyError::Algorithm)
        );
    }
    assert_eq!(
        SigningKey::from_secret_bytes(&[]).err(),
        Some(KeyError::Length)
    );
    assert_eq!(
        SigningKey::generate_ed25519(&mut Dry).err(),
        Some(EntropyError)
    );
}

/// keys-14
#[test]
fn debug_shows_no_key() {
    let key = SigningKey::from_seed(&Secret::from_bytes([0x42; 32])).unwrap();
    let shown = format!("{key:?}");
    assert_eq!(
        shown,
        format!("SigningKey {{ public: {:?}, .. }}", key.public_key())
    );
    assert!(
        !shown.contains("66, 66") && !shown.contains("4242"),
        "{shown}"
    );
}

/// A signer behind the trait signs what the key itself signs.
#[test]
fn signers_sign_statements() {
    let signer: Box<dyn Signer> =
        Box::new(SigningKey::generate_ed25519(&mut SeededEntropy::new(3)).unwrap());
    let statement = Statement::new(Domain::Token, b"payload");
    let signature = signer.sign_statement(&statement).unwrap();
    assert_eq!(
        signer
            .public_key()
            .verify(Domain::Token, b"payload", &signature),
        Ok(())
    );
    assert_eq!(signer.public_key().algorithm(), Algorithm::Ed25519);
}

fn pairs() -> [(SigningKey, SigningKey); 2] {
    let mut entropy = OsEntropy::new();
    [
        (
            SigningKey::generate_ed25519(&mut entropy).unwrap(),
            SigningKey::generate_ed25519(&mut entropy).unwrap(),
        ),
        (
            SigningKey::generate_p256().unwrap(),
            SigningKey::generate_p256().unwrap(),
        ),
    ]
}

fn ring_verifies(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};
    let statement = Statement::new(Domain::Checkpoint, message);
    match key {
        PublicKey::Ed25519(key) => {
            UnparsedPublicKey::new(&ED25519, &key[..]).verify(statement.bytes(), signature)
        }
        PublicKey::P256 { x, y } => {
            let point = [&[4], &x[..], &y[..]].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(statement.bytes(), signature)
        }
    }
    .is_ok()
}

fn less(from: &[u8; 32], what: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let mut borrow = 0;
    for at in (0..32).rev() {
        let difference = i16::from(from[at]) - i16::from(what[at]) - borrow;
        borrow = i16::from(difference < 0);
        out[at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    out
}

/// Little-endian.
const ED25519_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];
/// Big-endian.
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
