//! Cases of `consent/token`: what is right, and the object as a whole.

use freehold_crypto::{Domain, SigningKey};

use super::{
    people::{grantor, linked, signed, stranger, token_of, token_payload, versioned, window},
    token::{Read, input, of, with},
};
use crate::vectors::{
    Cases, Failure,
    log::object::{Object, list, varint},
};

pub(super) fn cases(cases: &mut Cases<'_, Read>) {
    accepted(cases);
    p256(cases);
    objects(cases);
}

fn accepted(cases: &mut Cases<'_, Read>) {
    let all = [&[4, 0, 1, 1, 2][..], &varint(50), b"\x03EU"].concat();
    for (name, rules, about, case) in [
        (
            "least",
            &["consent-9", "consent-10"][..],
            "one stream and purpose, no caveat: at most 224 bytes",
            of(token_payload()),
        ),
        (
            "unattended",
            &["consent-27"],
            "approved by a program",
            with("how", [0]),
        ),
        (
            "processor",
            &["consent-12"],
            "a processor, attended",
            with("how", [6]),
        ),
        (
            "suite-2",
            &["consent-12"],
            "another suite",
            with("suite", [2]),
        ),
        (
            "caveats",
            &["consent-12", "consent-13"],
            "onward to processors, automated decisions, a cohort of 50, in the EU",
            with("caveats", all),
        ),
        (
            "one-caveat",
            &["consent-12"],
            "a jurisdiction alone",
            with("caveats", b"\x01\x03GB"),
        ),
        (
            "purposes",
            &["consent-12"],
            "the first and the last purpose",
            with("purposes", list(&[varint(1), varint(73)])),
        ),
        (
            "last-basis",
            &["consent-12"],
            "the last basis",
            with("basis", varint(25)),
        ),
        (
            "no-retention",
            &["consent-8"],
            "nothing is kept",
            with("retention", [0]),
        ),
        (
            "before-1970",
            &["consent-8"],
            "a window that begins before 1970",
            with("usable", window(-5, 10)),
        ),
    ] {
        cases.accept(name, rules, about, case);
    }
}

/// A token that a key of P-256 granted. The signature comes out different each time, so that the first one is kept.
fn p256(cases: &mut Cases<'_, Read>) {
    let made = || {
        let key = SigningKey::generate_p256().unwrap();
        let payload = token_payload().with("grantor", key.public_key().to_bytes());
        input([&[1], &signed(Domain::Token, &key, &payload.bytes())[..]].concat())
    };
    let about = "granted by a key of P-256";
    let kept = cases.kept("p256").unwrap_or_else(made);
    let mut other = kept.clone();
    other.token.0[40] ^= 1;
    cases.accept("p256", &["consent-3", "consent-10"], about, kept);
    let about =
        "granted by a key of P-256, and another bit of the key: a point that is on no curve";
    cases.refuse(
        "p256-other-key",
        &["consent-3"],
        about,
        other,
        Failure::Signature,
    );
}

fn objects(cases: &mut Cases<'_, Read>) {
    let payload = token_payload().bytes();
    let whole = token_of(&token_payload());
    let link = &whole[1..];
    let changed = |place: usize, bit: u8| {
        let mut bytes = whole.clone();
        bytes[place] ^= bit;
        input(bytes)
    };
    for (name, rules, about, case, failure) in [
        (
            "empty",
            &["consent-10"][..],
            "no byte",
            input(vec![]),
            Failure::Malformed,
        ),
        (
            "no-links",
            &["consent-10"],
            "no link",
            input([&[0], link].concat()),
            Failure::Malformed,
        ),
        (
            "two-links",
            &["consent-10"],
            "two links",
            input([&[2], link, link].concat()),
            Failure::Malformed,
        ),
        (
            "overlong-links",
            &["consent-10"],
            "the number of links in two bytes",
            input([&[0x81, 0], link].concat()),
            Failure::Malformed,
        ),
        (
            "too-long",
            &["consent-1"],
            "a link of 16,385 bytes",
            input([&[1][..], &[1; 16_385]].concat()),
            Failure::Length,
        ),
        (
            "cut",
            &["consent-1"],
            "the first bytes of a token",
            input(whole[..40].to_vec()),
            Failure::Malformed,
        ),
        (
            "version-0",
            &["consent-3"],
            "an older version",
            input([&[1], &versioned(0, Domain::Token, &grantor(), &payload)[..]].concat()),
            Failure::Version,
        ),
        (
            "version-2",
            &["consent-3"],
            "a newer version",
            input([&[1], &versioned(2, Domain::Token, &grantor(), &payload)[..]].concat()),
            Failure::Version,
        ),
        (
            "other-key",
            &["consent-3"],
            "signed with another key than the grantor's",
            input([&[1], &signed(Domain::Token, &stranger(), &payload)[..]].concat()),
            Failure::Signature,
        ),
        (
            "other-domain",
            &["consent-3"],
            "signed as a bundle",
            input([&[1], &signed(Domain::Bundle, &grantor(), &payload)[..]].concat()),
            Failure::Signature,
        ),
        (
            "other-nonce",
            &["consent-3"],
            "a bit of the nonce is another",
            changed(3, 1),
            Failure::Signature,
        ),
        (
            "other-recipient",
            &["consent-3"],
            "a bit of the recipient is another",
            changed(60, 1),
            Failure::Signature,
        ),
        (
            "other-signature",
            &["consent-3"],
            "a bit of the signature is another",
            changed(whole.len() - 5, 1),
            Failure::Signature,
        ),
        (
            "trailing",
            &["consent-1"],
            "a byte follows the caveats",
            of(Object(
                [token_payload().0, vec![("more", vec![0])]].concat(),
            )),
            Failure::NotCanonical,
        ),
        (
            "cut-payload",
            &["consent-1"],
            "a payload without caveats, signed",
            input(linked(&token_payload().before("caveats"))),
            Failure::Malformed,
        ),
    ] {
        cases.refuse(name, rules, about, case, failure);
    }
}
