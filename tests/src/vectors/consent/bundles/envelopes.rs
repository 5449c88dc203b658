//! Signatures, headers and envelopes of which one is wrong.

use freehold_crypto::{Domain, EnvelopeKey, Secret};

use super::{BundleInput, LATER, Open, good, input};
use crate::vectors::{
    Cases, Failure,
    consent::{
        bundle::{
            LEASE, MADE, bundle, contents, envelope_of, first, header, padded, sealed, stream,
            with_envelope,
        },
        people::{
            acme, blob, card_payload, envelope, grantor, signed, stranger, text, token_of,
            token_payload, versioned,
        },
    },
    log::object::{Object, list, varint, zigzag},
};

/// Who signed it, and whom it is sealed to.
pub(super) fn signatures(cases: &mut Cases<'_, Open>) {
    let plain = padded(&contents(LATER).bytes());
    let own = envelope_of(&first(), &plain, envelope().public_key());
    let others = EnvelopeKey::from_seed(Secret::from_bytes([8; 32])).unwrap();
    let others = envelope_of(&first(), &plain, others.public_key());
    let payload = [first().bytes(), blob(&own)].concat();
    let other_header = first().with("nodes", varint(10)).bytes();
    let mut changed = good();
    changed[40] ^= 1;
    let mut envelope_changed = own.clone();
    envelope_changed[1500] ^= 1;
    let other_card = signed(
        Domain::Card,
        &acme(),
        &card_payload().with("name", text("Acme")).bytes(),
    );
    let of = |bytes: Vec<u8>| input(&[bytes]);
    let domain = Domain::Bundle;
    for (name, rules, about, case, failure) in [
        (
            "none",
            &["consent-24"][..],
            "no bundle",
            input(&[]),
            Failure::Length,
        ),
        (
            "empty",
            &["consent-1"],
            "no byte",
            of(vec![]),
            Failure::Malformed,
        ),
        (
            "version-2",
            &["consent-3"],
            "a newer version",
            of(versioned(2, domain, &grantor(), &payload)),
            Failure::Version,
        ),
        (
            "changed",
            &["consent-3"],
            "a bit of the header is another",
            of(changed),
            Failure::Signature,
        ),
        (
            "other-key",
            &["consent-3"],
            "signed by somebody else than the grantor",
            of(with_envelope(&first().bytes(), &own, &stranger())),
            Failure::Signature,
        ),
        (
            "other-domain",
            &["consent-3"],
            "signed as a token",
            of(signed(Domain::Token, &grantor(), &payload)),
            Failure::Signature,
        ),
        (
            "trailing",
            &["consent-1"],
            "a byte follows the envelope",
            of(signed(domain, &grantor(), &[&payload[..], &[0]].concat())),
            Failure::NotCanonical,
        ),
        (
            "other-header",
            &["consent-23"],
            "sealed with another header than the one it has",
            of(with_envelope(&other_header, &own, &grantor())),
            Failure::Authentication,
        ),
        (
            "other-envelope",
            &["consent-23"],
            "a bit of the envelope is another, and signed so",
            of(with_envelope(
                &first().bytes(),
                &envelope_changed,
                &grantor(),
            )),
            Failure::Authentication,
        ),
        (
            "other-recipient",
            &["consent-23"],
            "sealed to another key",
            of(with_envelope(&first().bytes(), &others, &grantor())),
            Failure::Authentication,
        ),
        (
            "other-seed",
            &["consent-23"],
            "opened with another seed",
            BundleInput {
                seed: [8; 32].into(),
                ..of(good())
            },
            Failure::Authentication,
        ),
        (
            "short-envelope",
            &["consent-23"],
            "an envelope that is shorter than the shortest",
            of(with_envelope(&first().bytes(), &own[..100], &grantor())),
            Failure::Length,
        ),
        (
            "other-card",
            &["consent-5"],
            "opened by another card of the same keys",
            BundleInput {
                card: other_card.into(),
                ..of(good())
            },
            Failure::Audience,
        ),
        (
            "other-token",
            &["consent-23"],
            "of another consent of the same people",
            BundleInput {
                token: token_of(&token_payload().with("nonce", [9; 16])).into(),
                ..of(good())
            },
            Failure::OtherToken,
        ),
    ] {
        cases.refuse(name, rules, about, case, failure);
    }
}

/// What it says openly.
pub(super) fn headers(cases: &mut Cases<'_, Open>) {
    let of = |header: Object| input(&[bundle(&header, &contents(LATER))]);
    let end = MADE + 525_600 * 60_000;
    for (name, rules, about, header, failure) in [
        (
            "token",
            &["consent-23"][..],
            "it names another token",
            first().with("token", [6; 32]),
            Failure::OtherToken,
        ),
        (
            "horizon",
            &["consent-21"],
            "a horizon of a lease and a millisecond",
            header(0, MADE, LATER + 1),
            Failure::Beyond,
        ),
        (
            "horizon-after-the-end",
            &["consent-21"],
            "made when the consent ends, and a horizon a millisecond later",
            header(0, end, end + 1),
            Failure::Beyond,
        ),
        (
            "stale",
            &["consent-22"],
            "a journal head of a lease and a millisecond ago",
            first().with("journal-time", zigzag(MADE - LEASE - 1)),
            Failure::Stale,
        ),
        (
            "overlong-seq",
            &["consent-1"],
            "the seq in two bytes",
            first().with("seq", [0x80, 0]),
            Failure::NotCanonical,
        ),
        (
            "many-generations",
            &["consent-1"],
            "1,025 generations",
            first().with(
                "generations",
                list(&(0..1025).map(varint).collect::<Vec<_>>()),
            ),
            Failure::Malformed,
        ),
    ] {
        cases.refuse(name, rules, about, of(header), failure);
    }
}

/// What is sealed, and how it is padded.
pub(super) fn plaintexts(cases: &mut Cases<'_, Open>) {
    let whole = contents(LATER).bytes();
    let plain = padded(&whole);
    assert!(whole.len() < plain.len(), "there is padding");
    let of = |plain: &[u8]| input(&[sealed(&first(), plain)]);
    let mut stray = plain.clone();
    *stray.last_mut().unwrap() = 1;
    let longer = [&plain[..], &vec![0; plain.len()]].concat();
    let overlong = contents(LATER).with("streams", [&[0x81, 0][..], &stream().bytes()].concat());
    for (name, about, plain, failure) in [
        (
            "no-plaintext",
            "nothing is sealed",
            vec![],
            Failure::Malformed,
        ),
        (
            "cut",
            "half of it",
            plain[..plain.len() / 2].to_vec(),
            Failure::Malformed,
        ),
        (
            "unpadded",
            "no padding",
            whole.clone(),
            Failure::NotCanonical,
        ),
        (
            "padding",
            "the last byte of the padding is 1",
            stray,
            Failure::NotCanonical,
        ),
        (
            "padded-by-one",
            "a byte more than the length of Padmé",
            [&plain[..], &[0]].concat(),
            Failure::NotCanonical,
        ),
        (
            "padded-twice",
            "twice the length of Padmé",
            longer,
            Failure::NotCanonical,
        ),
        (
            "overlong",
            "the number of streams in two bytes",
            padded(&overlong.bytes()),
            Failure::NotCanonical,
        ),
    ] {
        cases.refuse(name, &["consent-23"], about, of(&plain), failure);
    }
}
