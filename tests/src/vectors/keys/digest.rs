//! Hashes of objects.

use freehold_crypto::{Domain, digest};
use serde::{Deserialize, Serialize};

use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct Digest;

#[derive(Serialize, Deserialize)]
pub(super) struct Input {
    domain: u8,
    parts: Vec<Hex>,
}

#[derive(Serialize)]
pub(super) struct Output {
    digest: Hex,
}

impl Operation for Digest {
    const NAME: &'static str = "keys/digest";
    const ABOUT: &'static str = "`digest` in a domain of objects.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("domain", "the domain's number"),
        ("parts", "what is hashed, in order"),
        ("digest", "32 bytes"),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let parts: Vec<&[u8]> = input.parts.iter().map(|part| part.0.as_slice()).collect();
        let digest = digest(object(input.domain)?, &parts).into();
        Ok(Output { digest })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, parts) in [
            ("none", "no part at all", vec![]),
            ("empty", "one part without bytes", vec![""]),
            ("one", "a part", vec!["ab"]),
            ("two", "the same bytes in two parts", vec!["a", "b"]),
            ("empty-first", "an empty part before them", vec!["", "ab"]),
            ("empty-last", "an empty part after them", vec!["ab", ""]),
        ] {
            let parts = parts.into_iter().map(Hex::from).collect();
            let domain = Domain::Card as u8;
            cases.accept(name, &["keys-2"], about, Input { domain, parts });
        }
        let mut other = |name, about, domain: Domain, parts: Vec<Hex>| {
            let domain = domain as u8;
            cases.accept(name, &["keys-2", "keys-3"], about, Input { domain, parts });
        };
        let ab = || vec![Hex::from("ab")];
        other(
            "other-domain",
            "the part `ab` in another domain",
            Domain::Shown,
            ab(),
        );
        other(
            "domain-range",
            "the part `ab` as a range",
            Domain::Range,
            ab(),
        );
        other(
            "long",
            "a part that takes more than one byte of its length",
            Domain::Body,
            vec![vec![7; 300].into(), vec![8; 64].into()],
        );
    }
}

/// A domain whose inputs are parts: those of objects.
pub(super) fn object(number: u8) -> Result<Domain, Failure> {
    OBJECTS
        .into_iter()
        .find(|domain| *domain as u8 == number)
        .ok_or(Failure::Unknown)
}

const OBJECTS: [Domain; 19] = [
    Domain::Piece,
    Domain::Body,
    Domain::Header,
    Domain::Chain,
    Domain::Genesis,
    Domain::Checkpoint,
    Domain::Certificate,
    Domain::Range,
    Domain::Spec,
    Domain::Card,
    Domain::Request,
    Domain::Proposal,
    Domain::Shown,
    Domain::Token,
    Domain::Bundle,
    Domain::Grant,
    Domain::Revocation,
    Domain::Journal,
    Domain::Receipt,
];
