//! Envelopes and the keys that open them.

use freehold_crypto::{
    EnvelopeError, EnvelopeKey, EnvelopePublicKey, SeededEntropy, Suite, UnknownSuite,
};
use serde::{Deserialize, Serialize};

use super::secret;
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct Key;
pub(super) struct ReadKey;
pub(super) struct Open;

#[derive(Serialize, Deserialize)]
pub(super) struct KeyInput {
    seed: Hex,
}

#[derive(Serialize)]
pub(super) struct KeyOutput {
    key: Hex,
    fingerprint: Hex,
}

impl Operation for Key {
    const NAME: &'static str = "keys/envelope-key";
    const ABOUT: &'static str = "The public envelope key of a seed.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("seed", "X-Wing's secret key"),
        ("key", "X-Wing's public key"),
        ("fingerprint", "the key's fingerprint"),
    ];
    type Input = KeyInput;
    type Output = KeyOutput;

    fn run(input: KeyInput) -> Result<KeyOutput, Failure> {
        let key = key(&input.seed)?;
        Ok(KeyOutput {
            key: key.public_key().as_bytes().into(),
            fingerprint: key.public_key().fingerprint().0.into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |seed: &[u8]| KeyInput { seed: seed.into() };
        let rules = ["keys-18", "keys-19"];
        cases.accept(
            "xwing",
            &rules,
            "the first vector of draft-connolly-cfrg-xwing-kem",
            input(&SEED),
        );
        cases.accept("ones", &rules, "a seed of ones", input(&[1; 32]));
        let length = Failure::Length;
        cases.refuse(
            "short",
            &rules,
            "a seed of 31 bytes",
            input(&SEED[1..]),
            length,
        );
        cases.refuse(
            "expanded",
            &rules,
            "a seed of 96 bytes, as it is after its expansion",
            input(&[1; 96]),
            length,
        );
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct ReadKeyInput {
    key: Hex,
}

#[derive(Serialize)]
pub(super) struct ReadKeyOutput {
    fingerprint: Hex,
}

impl Operation for ReadKey {
    const NAME: &'static str = "keys/read-envelope-key";
    const ABOUT: &'static str = "Reads a public envelope key.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("key", "the bytes"),
        ("fingerprint", "the key's fingerprint"),
    ];
    type Input = ReadKeyInput;
    type Output = ReadKeyOutput;

    fn run(input: ReadKeyInput) -> Result<ReadKeyOutput, Failure> {
        let key = EnvelopePublicKey::from_bytes(&input.key.0)?;
        Ok(ReadKeyOutput {
            fingerprint: key.fingerprint().0.into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let known = key(&SEED.into()).unwrap().public_key().as_bytes().to_vec();
        let input = |key: &[u8]| ReadKeyInput { key: key.into() };
        let rules = ["keys-18"];
        cases.accept("xwing", &rules, "a key", input(&known));
        let length = Failure::Length;
        cases.refuse("short", &rules, "1,215 bytes", input(&known[1..]), length);
        let long = [&known[..], &[0]].concat();
        cases.refuse("long", &rules, "1,217 bytes", input(&long), length);
        cases.refuse("empty", &rules, "no bytes", input(&[]), length);
        let mut large = known.clone();
        large[..3].fill(0xff);
        let about =
            "two numbers of ML-KEM's part are 4,095, not below its modulus (FIPS 203, section 7.2)";
        cases.refuse("modulus", &rules, about, input(&large), Failure::Key);
        cases.refuse(
            "x25519",
            &rules,
            "32 bytes, as of X25519 alone",
            input(&[9; 32]),
            length,
        );
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct OpenInput {
    suite: u8,
    seed: Hex,
    info: Hex,
    associated: Hex,
    envelope: Hex,
}

#[derive(Serialize)]
pub(super) struct OpenOutput {
    plaintext: Hex,
}

impl Operation for Open {
    const NAME: &'static str = "keys/open-envelope";
    const ABOUT: &'static str = "Opens an envelope.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("suite", "the suite's number"),
        ("seed", "the recipient's secret key"),
        ("info", "HPKE's info"),
        ("associated", "the associated data"),
        (
            "envelope",
            "the encapsulated key, the ciphertext and its tag",
        ),
        ("plaintext", "what was sealed"),
    ];
    type Input = OpenInput;
    type Output = OpenOutput;

    fn run(input: OpenInput) -> Result<OpenOutput, Failure> {
        let (info, associated) = (&input.info.0, &input.associated.0);
        let suite = Suite::try_from(input.suite)?;
        let opened = key(&input.seed)?.open(suite, info, associated, &input.envelope.0)?;
        Ok(OpenOutput {
            plaintext: (&*opened).into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        opened(cases);
        changed(cases);
        elsewhere(cases);
        short(cases);
    }
}

fn opened(cases: &mut Cases<'_, Open>) {
    for (suite, name) in [(Suite::One, "suite-1"), (Suite::Two, "suite-2")] {
        let about = "keys and nodes";
        cases.accept(name, &["keys-19"], about, sealed(suite, b"nodes"));
    }
    let known = KNOWN.lines().zip([(1, "known-1"), (2, "known-2")]);
    for (envelope, (suite, name)) in known {
        let mut input = sealed(Suite::One, b"");
        (input.suite, input.seed) = (suite, SEED.into());
        input.envelope = Hex::digits(envelope);
        let about = "the encapsulation of the first vector of draft-connolly-cfrg-xwing-kem; the rest was computed apart, \
                     with Python's hmac";
        cases.accept(name, &["keys-19"], about, input);
    }
    let rules = ["keys-19", "keys-20"];
    let about = "1,136 bytes, the shortest: nothing was sealed";
    cases.accept("empty", &rules, about, sealed(Suite::One, b""));
}

fn changed(cases: &mut Cases<'_, Open>) {
    for (name, about, at) in [
        ("changed-ml-kem", "a bit in the part of ML-KEM", 0),
        (
            "changed-ml-kem-end",
            "the last bit in the part of ML-KEM",
            1_087,
        ),
        ("changed-x25519", "a bit in the part of X25519", 1_088),
        ("changed-ciphertext", "a bit in the ciphertext", 1_120),
        ("changed-tag", "the last bit of the tag", 1_140),
    ] {
        let mut input = sealed(Suite::One, b"nodes");
        input.envelope.0[at] ^= 1;
        cases.refuse(name, &["keys-19"], about, input, Failure::Authentication);
    }
    let mut input = sealed(Suite::Two, b"nodes");
    input.envelope.0[1_140] ^= 0x80;
    let about = "the last bit of the tag in suite 2";
    cases.refuse(
        "changed-tag-2",
        &["keys-19"],
        about,
        input,
        Failure::Authentication,
    );
    let mut input = sealed(Suite::One, b"nodes");
    input.envelope.0[1_088..1_120].fill(0);
    let about = "a point of X25519 that gives zeros with every key";
    cases.refuse(
        "zero-x25519",
        &["keys-19"],
        about,
        input,
        Failure::Authentication,
    );
    let mut input = sealed(Suite::One, b"nodes");
    input.envelope.0.push(0);
    let about = "a byte after the end";
    cases.refuse(
        "trailing",
        &["keys-19"],
        about,
        input,
        Failure::Authentication,
    );
    let mut input = sealed(Suite::One, b"nodes");
    input.envelope.0.pop();
    let about = "the last byte is missing";
    cases.refuse("cut", &["keys-19"], about, input, Failure::Authentication);
}

/// Opened as what it is not.
fn elsewhere(cases: &mut Cases<'_, Open>) {
    let mut refuse = |name, about, change: fn(&mut OpenInput)| {
        let mut input = sealed(Suite::One, b"nodes");
        change(&mut input);
        cases.refuse(name, &["keys-19"], about, input, Failure::Authentication);
    };
    refuse("other-key", "another recipient's key", |input| {
        input.seed = [2; 32].into()
    });
    refuse("other-suite", "opened in suite 2", |input| input.suite = 2);
    refuse("other-info", "another info", |input| {
        input.info = "Token".into()
    });
    refuse("no-info", "no info", |input| input.info = Hex::default());
    refuse("other-associated", "other associated data", |input| {
        input.associated = "Data".into();
    });
    refuse("swapped", "info and associated data swapped", |input| {
        std::mem::swap(&mut input.info, &mut input.associated);
    });
    let mut input = sealed(Suite::One, b"nodes");
    input.suite = 3;
    let rules = ["seal-1"];
    cases.refuse("suite-3", &rules, "an unknown suite", input, Failure::Suite);
    let mut input = sealed(Suite::One, b"nodes");
    input.suite = 0;
    cases.refuse("suite-0", &rules, "no suite", input, Failure::Suite);
}

fn short(cases: &mut Cases<'_, Open>) {
    for (name, about, len) in [
        ("none", "no bytes", 0),
        ("encapsulated-alone", "only the encapsulated key", 1_120),
        ("short", "1,135 bytes", 1_135),
    ] {
        let mut input = sealed(Suite::One, b"nodes");
        input.envelope.0.truncate(len);
        cases.refuse(name, &["keys-20"], about, input, Failure::Length);
    }
}

/// An envelope to the key of ones.
fn sealed(suite: Suite, plaintext: &[u8]) -> OpenInput {
    let seed = Hex::from([1; 32]);
    let to = key(&seed).unwrap();
    let mut entropy = SeededEntropy::new(19);
    let envelope = to
        .public_key()
        .seal(suite, b"token", b"data", plaintext, &mut entropy)
        .unwrap();
    OpenInput {
        suite: suite as u8,
        seed,
        info: "token".into(),
        associated: "data".into(),
        envelope: envelope.into(),
    }
}

fn key(seed: &Hex) -> Result<EnvelopeKey, Failure> {
    Ok(EnvelopeKey::from_seed(secret(seed)?)?)
}

/// The first seed of draft-connolly-cfrg-xwing-kem.
const SEED: [u8; 32] = [
    0x7f, 0x9c, 0x2b, 0xa4, 0xe8, 0x8f, 0x82, 0x7d, 0x61, 0x60, 0x45, 0x50, 0x76, 0x05, 0x85, 0x3e,
    0xd7, 0x3b, 0x80, 0x93, 0xf6, 0xef, 0xbc, 0x88, 0xeb, 0x1a, 0x6e, 0xac, 0xfa, 0x66, 0xef, 0x26,
];

/// Envelopes to that key, a line a suite.
const KNOWN: &str = include_str!("../../../../crates/freehold-crypto/tests/data/envelopes.hex");

impl From<EnvelopeError> for Failure {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::Length => Self::Length,
            EnvelopeError::Key => Self::Key,
            EnvelopeError::Open => Self::Authentication,
            EnvelopeError::Seal | EnvelopeError::Entropy(_) => unreachable!("of sealing"),
        }
    }
}

impl From<UnknownSuite> for Failure {
    fn from(UnknownSuite(_): UnknownSuite) -> Self {
        Self::Suite
    }
}
