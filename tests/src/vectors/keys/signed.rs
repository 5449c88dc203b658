//! Cases of `keys/verify`.

use freehold_crypto::{Domain, Secret, SigningKey};

use super::sign::{Verify, VerifyInput};
use crate::vectors::{Cases, Failure, Hex};

/// RFC 8032, section 7.1, tests 1 to 3: secret keys.
pub(super) const ED25519_SEEDS: [&str; 3] = [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
];
/// Their public keys.
pub(super) const ED25519_KEYS: [&str; 3] = [
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
];
/// The signature of test 1: over the empty message, in no domain.
const ED25519_BARE: &str = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

/// RFC 6979, section A.2.5: the public key.
pub(super) const P256_KEY: &str = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
/// Its signature over the statement `head`, with the nonce of that RFC and the lower s, made apart with Python's cryptography package.
const P256_HEAD: &str = "0bd4a6759a0a021a94b536095f6ef40b1c53eabfea3e297d985694d0e68ded062f7974aa210a10c1d5dfc82994383e60792320e94cd3af6a4da219dc04720e63";
/// The same in the encoding of X.509.
const P256_HEAD_DER: &str = "304402200bd4a6759a0a021a94b536095f6ef40b1c53eabfea3e297d985694d0e68ded0602202f7974aa210a10c1d5dfc82994383e60792320e94cd3af6a4da219dc04720e63";
/// The statement's 32 bytes taken for the hash of ECDSA.
const P256_HASHED_ONCE: &str = "1bf7c980e64bde7e7a3d710d59e2e36e70cb6c02d58cfeb96f0953909a4c45cc68325e1dab2425c4620cd93a52ee16c6e9bda34b8721980aead5270e02c7b06a";
/// Over `head` in no domain.
const P256_BARE: &str = "ca40dc977d9d5d5a8356fa7587902ec85221afc42f7af47f6a3cfca873e4bda87dc8f19694df46cee66075f698bcd4ea1962a6bff431dae170f864c35727f75c";
/// A key and a signature over the statement `head` that were computed for the highest s that verifies.
const P256_HIGHEST: (&str, &str) = (
    "b5195467e5e1e7f3e8c868d1bf204edbd46312d5bfe09ff84fc7434ebed85789a60c147f949fd234bbf345a96e455ee7f518a2ed9ae01d7a1556724dfd1be34f",
    "9635d05cac578915a311ea6a7993aeb4f3875a06ab34fd76c3b31fd0e455fb897fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8",
);

pub(super) fn ed25519(cases: &mut Cases<'_, Verify>) {
    let rules = ["keys-15"];
    for (name, seed, key) in [
        ("rfc8032-1", ED25519_SEEDS[0], ED25519_KEYS[0]),
        ("rfc8032-2", ED25519_SEEDS[1], ED25519_KEYS[1]),
        ("rfc8032-3", ED25519_SEEDS[2], ED25519_KEYS[2]),
    ] {
        let about = "a key of RFC 8032, section 7.1";
        cases.accept(
            name,
            &rules,
            about,
            input(0, key, "head", &signed(seed, "head")),
        );
    }
    cases.accept(
        "empty",
        &rules,
        "an empty message",
        input(0, ED25519_KEYS[0], "", &signed(ED25519_SEEDS[0], "")),
    );
    let mut refuse = |name, about, change: &dyn Fn(&mut VerifyInput)| {
        let mut input = head();
        change(&mut input);
        cases.refuse(name, &rules, about, input, Failure::Signature);
    };
    refuse("other-domain", "in another domain", &|input| {
        input.domain = Domain::Token as u8;
    });
    refuse("other-message", "another message", &|input| {
        input.message = "heap".into()
    });
    refuse("longer-message", "a message with a byte more", &|input| {
        input.message.0.push(0)
    });
    refuse("other-key", "another key", &|input| {
        input.key = key(0, ED25519_KEYS[1]);
    });
    refuse(
        "bare",
        "RFC 8032's own signature over the bare message",
        &|input| {
            input.message = Hex::default();
            input.signature = Hex::digits(ED25519_BARE);
        },
    );
    refuse("changed-r", "a bit of R", &|input| {
        input.signature.0[0] ^= 1
    });
    refuse("changed-s", "a bit of S", &|input| {
        input.signature.0[32] ^= 1
    });
    refuse("swapped", "S before R", &|input| {
        input.signature.0.rotate_left(32)
    });
    refuse("zeros", "zeros", &|input| input.signature.0.fill(0));
    refuse("off-curve", "a key that is no point: y = 2", &|input| {
        input.key.0[1..].fill(0);
        input.key.0[1] = 2;
    });
    order(cases);
    lengths(cases);
}

/// S with the group's order added once and as often as 256 bits hold it.
fn order(cases: &mut Cases<'_, Verify>) {
    let mut input = head();
    for (name, about) in [
        (
            "s-order",
            "S and the group's order: the same signature in another spelling",
        ),
        ("s-order-twice", "S and twice the order"),
    ] {
        add(&mut input.signature.0[32..], &ED25519_ORDER);
        cases.refuse(name, &["keys-16"], about, input.clone(), Failure::Signature);
    }
    let mut input = head();
    input.signature.0[63] |= 0x80;
    let about = "the highest bit of S";
    cases.refuse("s-high-bit", &["keys-16"], about, input, Failure::Signature);
}

fn lengths(cases: &mut Cases<'_, Verify>) {
    let mut short = head();
    short.signature.0.pop();
    let length = Failure::Length;
    cases.refuse("short", &["keys-15"], "63 bytes", short, length);
    let mut long = head();
    long.signature.0.push(0);
    cases.refuse("long", &["keys-15"], "65 bytes", long, length);
    let mut none = head();
    none.signature.0.clear();
    cases.refuse("none", &["keys-15"], "no bytes", none, length);
}

/// Keys of small order. With R the neutral point and S zero the equation holds for the message, which was chosen for that.
pub(super) fn small_order(cases: &mut Cases<'_, Verify>) {
    let neutral = "0100000000000000000000000000000000000000000000000000000000000000";
    let zero = "0000000000000000000000000000000000000000000000000000000000000000";
    for (name, about, y, message) in [
        ("order-1", "the neutral point", neutral, "head"),
        (
            "order-2",
            "the point of order 2",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "message 4",
        ),
        ("order-4", "a point of order 4", zero, "message 11"),
        (
            "order-8",
            "a point of order 8",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "message 5",
        ),
        (
            "order-8-other",
            "another",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "message 15",
        ),
        (
            "order-8-sign",
            "its negative",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "message 15",
        ),
        (
            "order-4-reduced",
            "the point of order 4 with y = p in place of 0",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "message 0",
        ),
        (
            "order-1-reduced",
            "the neutral point with y = p + 1 in place of 1",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "message 6",
        ),
    ] {
        let signature = Hex::digits(&[neutral, zero].concat());
        let input = input(0, y, message, &signature);
        cases.refuse(name, &["keys-16"], about, input, Failure::Signature);
    }
}

pub(super) fn p256(cases: &mut Cases<'_, Verify>) {
    let input = || input(1, P256_KEY, "head", &Hex::digits(P256_HEAD));
    let rules = ["keys-15", "keys-17"];
    cases.accept(
        "p256",
        &rules,
        "the key of RFC 6979, section A.2.5",
        input(),
    );
    cases.accept(
        "p256-highest-s",
        &rules,
        "the highest s that verifies, (n - 1) / 2",
        highest(),
    );
    let mut refuse = |name, rule, about, change: &dyn Fn(&mut VerifyInput)| {
        let mut input = input();
        change(&mut input);
        cases.refuse(name, &[rule], about, input, Failure::Signature);
    };
    refuse("p256-high-s", "keys-17", "n - s", &|input| {
        negate(&mut input.signature.0[32..]);
    });
    refuse(
        "p256-lowest-high-s",
        "keys-17",
        "(n - 1) / 2 + 1",
        &|input| {
            *input = highest();
            negate(&mut input.signature.0[32..]);
        },
    );
    let rule = "keys-15";
    refuse("p256-other-domain", rule, "in another domain", &|input| {
        input.domain = Domain::Token as u8;
    });
    refuse("p256-other-message", rule, "another message", &|input| {
        input.message = "heap".into();
    });
    refuse("p256-other-key", rule, "another key", &|input| {
        input.key = highest().key
    });
    refuse("p256-bare", rule, "over the bare message", &|input| {
        input.signature = Hex::digits(P256_BARE);
    });
    refuse(
        "p256-hashed-once",
        rule,
        "over the statement without hashing it again",
        &|input| {
            input.signature = Hex::digits(P256_HASHED_ONCE);
        },
    );
    refuse("p256-r-0", rule, "r = 0", &|input| {
        input.signature.0[..32].fill(0)
    });
    refuse("p256-s-0", rule, "s = 0", &|input| {
        input.signature.0[32..].fill(0)
    });
    refuse("p256-zeros", rule, "zeros", &|input| {
        input.signature.0.fill(0)
    });
    refuse("p256-r-n", rule, "r = n", &|input| {
        input.signature.0[..32].copy_from_slice(&P256_ORDER);
    });
    refuse("p256-swapped", rule, "s before r", &|input| {
        input.signature.0.rotate_left(32)
    });
    let rule = "keys-18";
    refuse(
        "p256-off-curve",
        rule,
        "a key that is no point of the curve",
        &|input| {
            input.key.0[64] ^= 1;
        },
    );
    refuse("p256-infinity", rule, "zeros for the key", &|input| {
        input.key.0[1..].fill(0)
    });
    refuse("p256-swapped-key", rule, "y before x", &|input| {
        input.key.0[1..].rotate_left(32)
    });
    let mut der = input();
    der.signature = Hex::digits(P256_HEAD_DER);
    let about = "the encoding of X.509";
    cases.refuse("p256-der", &["keys-15"], about, der, Failure::Length);
}

fn head() -> VerifyInput {
    let signature = signed(ED25519_SEEDS[0], "head");
    input(0, ED25519_KEYS[0], "head", &signature)
}

fn highest() -> VerifyInput {
    let (key, signature) = P256_HIGHEST;
    input(1, key, "head", &Hex::digits(signature))
}

fn input(algorithm: u8, point: &str, message: &str, signature: &Hex) -> VerifyInput {
    VerifyInput {
        key: key(algorithm, point),
        domain: Domain::Checkpoint as u8,
        message: message.into(),
        signature: signature.clone(),
    }
}

/// A key with its algorithm's number.
pub(super) fn key(algorithm: u8, point: &str) -> Hex {
    [&[algorithm], Hex::digits(point).0.as_slice()]
        .concat()
        .into()
}

fn signed(seed: &str, message: &str) -> Hex {
    let seed = Secret::from_bytes(Hex::digits(seed).array().unwrap());
    let key = SigningKey::from_seed(&seed).unwrap();
    let signature = key.sign(Domain::Checkpoint, message.as_bytes());
    signature.unwrap().to_bytes().into()
}

/// Adds a little-endian number.
fn add(number: &mut [u8], what: &[u8; 32]) {
    let mut carry = 0;
    for (byte, other) in number.iter_mut().zip(what) {
        let sum = u16::from(*byte) + u16::from(*other) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
}

/// n - s, big-endian.
fn negate(s: &mut [u8]) {
    let mut borrow = 0;
    for (byte, order) in s.iter_mut().zip(&P256_ORDER).rev() {
        let difference = i16::from(*order) - i16::from(*byte) - borrow;
        borrow = i16::from(difference < 0);
        [*byte, _] = difference.to_le_bytes();
    }
}

/// The order of Ed25519's group (RFC 8032, section 5.1), little-endian.
const ED25519_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The order of P-256's group (SP 800-186, section 3.2.1.3), big-endian.
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
