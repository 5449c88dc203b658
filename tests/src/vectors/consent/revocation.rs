//! Revocations.

use freehold_consent::{UnverifiedRevocation, UnverifiedToken};
use freehold_crypto::Domain;
use serde::{Deserialize, Serialize};

use super::people::{grantor, signed, stranger, token_of, token_payload, verified, versioned};
use crate::vectors::{
    Cases, Failure, Hex, Operation,
    log::object::{Object, zigzag},
};

pub(super) struct Verify;

#[derive(Serialize, Deserialize)]
pub(super) struct RevocationInput {
    revocation: Hex,
    token: Hex,
}

#[derive(Serialize)]
pub(super) struct RevocationOutput {
    time: i64,
}

impl Operation for Verify {
    const NAME: &'static str = "consent/revocation";
    const ABOUT: &'static str = "Whether a revocation withdraws a consent.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("revocation", "the signed object"),
        ("token", "the consent"),
        ("time", "when, by the clock of whoever did, ms"),
    ];
    type Input = RevocationInput;
    type Output = RevocationOutput;

    fn run(input: RevocationInput) -> Result<RevocationOutput, Failure> {
        let token = UnverifiedToken::from_bytes(&input.token.0)?.verify()?;
        let revocation = UnverifiedRevocation::from_bytes(&input.revocation.0)?.verify(&token)?;
        Ok(RevocationOutput {
            time: revocation.at().ms(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let token = token_of(&token_payload());
        let input = |revocation: Vec<u8>| RevocationInput {
            revocation: revocation.into(),
            token: token.clone().into(),
        };
        let of = |payload: Object| input(signed(Domain::Revocation, &grantor(), &payload.bytes()));
        for (name, about, case) in [
            ("right", "by the key that granted", of(payload(&token))),
            (
                "early",
                "a time before the consent began",
                of(payload(&token).with("time", zigzag(0))),
            ),
        ] {
            cases.accept(name, &["consent-25"], about, case);
        }
        let bytes = payload(&token).bytes();
        let others = payload(&token)
            .with("grantor", stranger().public_key().to_bytes())
            .bytes();
        let mut forged = signed(Domain::Revocation, &grantor(), &bytes);
        forged[34] ^= 1;
        for (name, rules, about, case, failure) in [
            (
                "other-token",
                &["consent-25"][..],
                "of another consent",
                of(payload(&token).with("token", [6; 32])),
                Failure::OtherToken,
            ),
            (
                "other-grantor",
                &["consent-25"],
                "by somebody else, who says so",
                input(signed(Domain::Revocation, &stranger(), &others)),
                Failure::OtherToken,
            ),
            (
                "other-key",
                &["consent-25"],
                "by somebody else, in the grantor's name",
                input(signed(Domain::Revocation, &stranger(), &bytes)),
                Failure::Signature,
            ),
            (
                "other-domain",
                &["consent-3"],
                "signed as a bundle",
                input(signed(Domain::Bundle, &grantor(), &bytes)),
                Failure::Signature,
            ),
            (
                "changed",
                &["consent-3"],
                "a bit of its time is another",
                input(forged),
                Failure::Signature,
            ),
            (
                "empty",
                &["consent-1"],
                "no byte",
                input(vec![]),
                Failure::Malformed,
            ),
            (
                "too-long",
                &["consent-1"],
                "513 bytes",
                input(vec![1; 513]),
                Failure::Length,
            ),
            (
                "version-2",
                &["consent-3"],
                "a newer version",
                input(versioned(2, Domain::Revocation, &grantor(), &bytes)),
                Failure::Version,
            ),
            (
                "trailing",
                &["consent-1"],
                "a byte follows",
                input(signed(
                    Domain::Revocation,
                    &grantor(),
                    &[&bytes[..], &[0]].concat(),
                )),
                Failure::NotCanonical,
            ),
            (
                "overlong-time",
                &["consent-1"],
                "its time in two bytes",
                of(payload(&token).with("time", [0x80, 0])),
                Failure::NotCanonical,
            ),
            (
                "cut-nonce",
                &["consent-1"],
                "a nonce of 15 bytes",
                of(payload(&token).with("nonce", [5; 15])),
                Failure::Malformed,
            ),
        ] {
            cases.refuse(name, rules, about, case, failure);
        }
    }
}

fn payload(token: &[u8]) -> Object {
    Object(vec![
        ("token", verified(token).id().0.to_vec()),
        ("time", zigzag(4_000_000_000_000)),
        ("grantor", grantor().public_key().to_bytes()),
        ("nonce", vec![5; 16]),
    ])
}

/// A revocation of a token at some late time.
pub(super) fn revocation(token: &[u8]) -> Vec<u8> {
    signed(Domain::Revocation, &grantor(), &payload(token).bytes())
}
