//! Cards.

use freehold_consent::UnverifiedCard;
use freehold_crypto::Domain;
use serde::{Deserialize, Serialize};

use super::people::{acme, blob, card_bytes, card_payload, signed, stranger, text, versioned};
use crate::vectors::{Cases, Failure, Hex, Operation, log::object::Object};

pub(super) struct Read;

#[derive(Serialize, Deserialize)]
pub(super) struct CardInput {
    card: Hex,
}

#[derive(Serialize)]
pub(super) struct CardOutput {
    id: Hex,
    suite: u8,
    role: &'static str,
    name: String,
    key: Hex,
    envelope: Hex,
}

impl Operation for Read {
    const NAME: &'static str = "consent/card";
    const ABOUT: &'static str = "What a card says, if its signature is right.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("card", "the signed object"),
        ("id", "32 bytes"),
        ("suite", "its number"),
        ("role", "controller, joint-controller or processor"),
        ("name", "what the recipient calls itself"),
        ("key", "that signs, encoded"),
        ("envelope", "that bundles are sealed to"),
    ];
    type Input = CardInput;
    type Output = CardOutput;

    fn run(input: CardInput) -> Result<CardOutput, Failure> {
        let card = UnverifiedCard::from_bytes(&input.card.0)?.verify()?;
        Ok(CardOutput {
            id: card.id().0.into(),
            suite: card.suite().into(),
            role: card.role().name(),
            name: card.name().to_string(),
            key: card.key().to_bytes().into(),
            envelope: card.envelope().as_bytes().into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |card: Vec<u8>| CardInput { card: card.into() };
        let of = |payload: Object| input(signed(Domain::Card, &acme(), &payload.bytes()));
        let with = |field, bytes: &[u8]| of(card_payload().with(field, bytes));
        for (name, rules, about, case) in [
            (
                "acme",
                &["consent-3", "consent-4"][..],
                "a controller",
                input(card_bytes()),
            ),
            (
                "processor",
                &["consent-12"],
                "another role",
                with("role", &[2]),
            ),
            (
                "suite-2",
                &["consent-12"],
                "another suite",
                with("suite", &[2]),
            ),
            (
                "long-name",
                &["consent-4"],
                "a name of 64 characters of four bytes each",
                with("name", &text(&"𝄞".repeat(64))),
            ),
        ] {
            cases.accept(name, rules, about, case);
        }
        let whole = card_bytes();
        let length = whole.len();
        let mut tampered = whole.clone();
        tampered[5] ^= 1;
        let mut other_signature = whole.clone();
        other_signature[length - 1] ^= 1;
        for (name, rules, about, case, failure) in [
            (
                "empty",
                &["consent-3"][..],
                "no byte",
                input(vec![]),
                Failure::Malformed,
            ),
            (
                "signature-alone",
                &["consent-3"],
                "64 bytes",
                input(vec![1; 64]),
                Failure::Malformed,
            ),
            (
                "cut",
                &["consent-1", "consent-3"],
                "the last byte is missing: what is taken for the signature begins a byte earlier",
                input(whole[..length - 1].to_vec()),
                Failure::Malformed,
            ),
            (
                "too-long",
                &["consent-1"],
                "2,049 bytes",
                input(vec![1; 2049]),
                Failure::Length,
            ),
            (
                "version-0",
                &["consent-3"],
                "an older version",
                input(versioned(0, Domain::Card, &acme(), &card_payload().bytes())),
                Failure::Version,
            ),
            (
                "version-2",
                &["consent-3"],
                "a newer version",
                input(versioned(2, Domain::Card, &acme(), &card_payload().bytes())),
                Failure::Version,
            ),
            (
                "changed",
                &["consent-3"],
                "a letter of the name is another",
                input(tampered),
                Failure::Signature,
            ),
            (
                "other-signature",
                &["consent-3"],
                "the last bit of the signature is another",
                input(other_signature),
                Failure::Signature,
            ),
            (
                "other-key",
                &["consent-3"],
                "signed with another key than it names",
                input(signed(Domain::Card, &stranger(), &card_payload().bytes())),
                Failure::Signature,
            ),
            (
                "other-domain",
                &["consent-3"],
                "signed as a request",
                input(signed(Domain::Request, &acme(), &card_payload().bytes())),
                Failure::Signature,
            ),
            (
                "trailing",
                &["consent-1"],
                "a byte follows the payload",
                of(Object([card_payload().0, vec![("more", vec![0])]].concat())),
                Failure::NotCanonical,
            ),
            (
                "overlong-role",
                &["consent-1"],
                "the role in two bytes",
                with("role", &[0x80, 0]),
                Failure::NotCanonical,
            ),
            (
                "overlong-name",
                &["consent-1"],
                "the length of the name in two bytes",
                with("name", b"\x84\x00Acme"),
                Failure::NotCanonical,
            ),
            (
                "suite-0",
                &["consent-12"],
                "a suite that there is none of",
                with("suite", &[0]),
                Failure::Malformed,
            ),
            (
                "suite-3",
                &["consent-12"],
                "a suite after the last",
                with("suite", &[3]),
                Failure::Malformed,
            ),
            (
                "role-3",
                &["consent-12"],
                "a role after the last",
                with("role", &[3]),
                Failure::Malformed,
            ),
            (
                "no-name",
                &["consent-4"],
                "an empty name",
                with("name", &text("")),
                Failure::Malformed,
            ),
            (
                "name-too-long",
                &["consent-4"],
                "a name of 65 characters",
                with("name", &text(&"x".repeat(65))),
                Failure::Malformed,
            ),
            (
                "name-not-utf-8",
                &["consent-4"],
                "a name that is no text",
                with("name", &blob(&[0xff])),
                Failure::Malformed,
            ),
            (
                "name-with-override",
                &["consent-4"],
                "a name that turns the direction",
                with("name", &text("Acme\u{202e}")),
                Failure::Malformed,
            ),
            (
                "name-with-newline",
                &["consent-4"],
                "a name of two lines",
                with("name", &text("Acme\nEnergy")),
                Failure::Malformed,
            ),
            (
                "name-with-two-spaces",
                &["consent-4"],
                "two spaces in a row",
                with("name", &text("Acme  Energy")),
                Failure::Malformed,
            ),
            (
                "name-with-space-before",
                &["consent-4"],
                "a space before the name",
                with("name", &text(" Acme")),
                Failure::Malformed,
            ),
            (
                "name-with-quotation-mark",
                &["consent-4"],
                "a double quotation mark",
                with("name", &text("Acme\u{201d}")),
                Failure::Malformed,
            ),
            (
                "name-with-nothing-seen",
                &["consent-4"],
                "a character that is not seen",
                with("name", &text("Ac\u{200b}me")),
                Failure::Malformed,
            ),
            (
                "name-of-private-use",
                &["consent-4"],
                "a character of private use",
                with("name", &text("Acme\u{f8ff}")),
                Failure::Malformed,
            ),
            (
                "algorithm-2",
                &["consent-3"],
                "a key of an unknown algorithm",
                with("key", &[&[2], &[1; 32][..]].concat()),
                Failure::Malformed,
            ),
            (
                "envelope-short",
                &["consent-3"],
                "an envelope key of 1,215 bytes",
                with("envelope", &blob(&[0; 1215])),
                Failure::Malformed,
            ),
            (
                "envelope-long",
                &["consent-3"],
                "an envelope key of 1,217 bytes",
                with("envelope", &blob(&[0; 1217])),
                Failure::Malformed,
            ),
            (
                "envelope-no-key",
                &["consent-3"],
                "bytes that are no key: a coefficient that is not below 3,329",
                with("envelope", &blob(&[0xff; 1216])),
                Failure::Malformed,
            ),
        ] {
            cases.refuse(name, rules, about, case, failure);
        }
    }
}
