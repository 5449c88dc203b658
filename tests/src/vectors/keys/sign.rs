//! Signing keys, statements and signatures.

use freehold_crypto::{
    Algorithm, Domain, KeyError, PublicKey, Signature, SignatureError, SigningKey, Statement,
};
use serde::{Deserialize, Serialize};

use super::{digest::object, secret, signed};
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct ReadKey;
pub(super) struct Sign;
pub(super) struct Verify;

#[derive(Serialize, Deserialize)]
pub(super) struct ReadKeyInput {
    key: Hex,
}

#[derive(Serialize)]
pub(super) struct ReadKeyOutput {
    algorithm: &'static str,
    fingerprint: Hex,
}

impl Operation for ReadKey {
    const NAME: &'static str = "keys/read-key";
    const ABOUT: &'static str =
        "Reads a public signing key. Whether a point lies on its curve shows when it verifies.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("key", "the bytes"),
        ("algorithm", "`Ed25519` or `P-256`"),
        ("fingerprint", "the key's fingerprint"),
    ];
    type Input = ReadKeyInput;
    type Output = ReadKeyOutput;

    fn run(input: ReadKeyInput) -> Result<ReadKeyOutput, Failure> {
        let key = PublicKey::from_bytes(&input.key.0)?;
        let algorithm = match key.algorithm() {
            Algorithm::Ed25519 => "Ed25519",
            Algorithm::P256 => "P-256",
        };
        Ok(ReadKeyOutput {
            algorithm,
            fingerprint: key.fingerprint().0.into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let ed25519 = signed::key(0, signed::ED25519_KEYS[0]).0;
        let p256 = signed::key(1, signed::P256_KEY).0;
        let rules = ["keys-18"];
        let mut accept = |name, about, key: &[u8]| {
            cases.accept(name, &rules, about, ReadKeyInput { key: key.into() });
        };
        accept(
            "ed25519",
            "the key of RFC 8032, section 7.1, test 1",
            &ed25519,
        );
        accept("p256", "the key of RFC 6979, section A.2.5", &p256);
        accept("off-curve", "a point that is not on its curve is read", &{
            let mut key = p256.clone();
            key[64] ^= 1;
            key
        });
        let mut refuse = |name, about, key: &[u8], failure| {
            cases.refuse(
                name,
                &rules,
                about,
                ReadKeyInput { key: key.into() },
                failure,
            );
        };
        refuse(
            "unknown",
            "algorithm 2",
            &[&[2], &ed25519[1..]].concat(),
            Failure::Key,
        );
        refuse("no-algorithm", "no bytes", &[], Failure::Length);
        refuse(
            "bare",
            "a key without its algorithm's number",
            &ed25519[1..],
            Failure::Key,
        );
        refuse("ed25519-short", "31 bytes", &ed25519[..32], Failure::Length);
        refuse(
            "ed25519-long",
            "33 bytes",
            &[&ed25519[..], &[0]].concat(),
            Failure::Length,
        );
        refuse("p256-short", "63 bytes", &p256[..64], Failure::Length);
        refuse(
            "p256-uncompressed-mark",
            "the 65 bytes of SEC 1, with 04 before the coordinates",
            &[&[1, 4], &p256[1..]].concat(),
            Failure::Length,
        );
        refuse(
            "p256-compressed",
            "the 33 bytes of SEC 1, with 03 before x",
            &[&[1, 3], &p256[1..33]].concat(),
            Failure::Length,
        );
        refuse(
            "swapped",
            "a key of P-256 as one of Ed25519",
            &[&[0], &p256[1..]].concat(),
            Failure::Length,
        );
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct SignInput {
    seed: Hex,
    domain: u8,
    message: Hex,
}

#[derive(Serialize)]
pub(super) struct SignOutput {
    key: Hex,
    statement: Hex,
    signature: Hex,
}

impl Operation for Sign {
    const NAME: &'static str = "keys/sign";
    const ABOUT: &'static str = "Signs with Ed25519, which has one signature for one statement.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("seed", "the secret key of RFC 8032"),
        ("domain", "the domain's number"),
        ("message", "what is signed"),
        ("key", "the public key, encoded"),
        ("statement", "what the algorithm signs"),
        ("signature", "64 bytes"),
    ];
    type Input = SignInput;
    type Output = SignOutput;

    fn run(input: SignInput) -> Result<SignOutput, Failure> {
        let key = SigningKey::from_seed(&secret(&input.seed)?)?;
        let domain = object(input.domain)?;
        let signature = key.sign(domain, &input.message.0).unwrap();
        Ok(SignOutput {
            key: key.public_key().to_bytes().into(),
            statement: Statement::new(domain, &input.message.0).bytes().into(),
            signature: signature.to_bytes().into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |seed, domain: Domain, message: &str| SignInput {
            seed: Hex::digits(seed),
            domain: domain as u8,
            message: message.into(),
        };
        let [first, second, third] = signed::ED25519_SEEDS;
        let rules = ["keys-2", "keys-15"];
        for (name, about, input) in [
            (
                "head",
                "the key pair of RFC 8032, section 7.1, test 1",
                input(first, Domain::Checkpoint, "head"),
            ),
            (
                "empty",
                "an empty message; the key pair of test 2",
                input(second, Domain::Token, ""),
            ),
            (
                "other-domain",
                "the same in another domain",
                input(second, Domain::Request, ""),
            ),
            (
                "token",
                "the key pair of test 3",
                input(third, Domain::Token, "payload"),
            ),
        ] {
            cases.accept(name, &rules, about, input);
        }
        let mut short = input(first, Domain::Token, "payload");
        short.seed.0.pop();
        cases.refuse(
            "short-seed",
            &["keys-18"],
            "a seed of 31 bytes",
            short,
            Failure::Length,
        );
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct VerifyInput {
    pub(super) key: Hex,
    pub(super) domain: u8,
    pub(super) message: Hex,
    pub(super) signature: Hex,
}

#[derive(Serialize)]
pub(super) struct VerifyOutput {
    statement: Hex,
}

impl Operation for Verify {
    const NAME: &'static str = "keys/verify";
    const ABOUT: &'static str = "Verifies a signature.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("key", "the public key, encoded"),
        ("domain", "the domain's number"),
        ("message", "what was signed"),
        ("signature", "the signature"),
        ("statement", "what the algorithm signed"),
    ];
    type Input = VerifyInput;
    type Output = VerifyOutput;

    fn run(input: VerifyInput) -> Result<VerifyOutput, Failure> {
        let key = PublicKey::from_bytes(&input.key.0)?;
        let signature = Signature::from_bytes(&input.signature.array().ok_or(Failure::Length)?);
        let domain = object(input.domain)?;
        key.verify(domain, &input.message.0, &signature)?;
        Ok(VerifyOutput {
            statement: Statement::new(domain, &input.message.0).bytes().into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        signed::ed25519(cases);
        signed::small_order(cases);
        signed::p256(cases);
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Length => Self::Length,
            KeyError::Algorithm | KeyError::Malformed => Self::Key,
        }
    }
}

impl From<SignatureError> for Failure {
    fn from(SignatureError: SignatureError) -> Self {
        Self::Signature
    }
}
