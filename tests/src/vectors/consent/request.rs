//! Requests.

use freehold_consent::{Clock, UnverifiedRequest};
use freehold_crypto::Domain;
use freehold_model::{Facet, Level};
use serde::{Deserialize, Serialize};

use super::{
    people::{JUNE, acme, blob, card_bytes, card_payload, signed, stranger, text, versioned},
    terms::ConditionsText,
};
use crate::vectors::{
    Cases, Failure, Hex, Operation,
    log::object::{Object, list, varint, zigzag},
};

pub(super) struct Read;

#[derive(Serialize, Deserialize)]
pub(super) struct RequestInput {
    request: Hex,
}

#[derive(Serialize)]
pub(super) struct RequestOutput {
    id: Hex,
    card: Hex,
    lines: Vec<LineText>,
    purposes: Vec<u16>,
    basis: u16,
    retention: u16,
    duration: Option<u32>,
    lease: Option<u32>,
    caveats: ConditionsText,
    words: Option<String>,
}

#[derive(Serialize)]
struct LineText {
    kind: String,
    levels: Vec<&'static str>,
    facets: Vec<&'static str>,
    stream_clock: bool,
    first: i64,
    last: Option<i64>,
}

impl Operation for Read {
    const NAME: &'static str = "consent/request";
    const ABOUT: &'static str = "What a request says, if its signatures are right.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("request", "the signed object"),
        ("id", "32 bytes"),
        ("card", "id of the card in it"),
        (
            "lines",
            "`kind`, `levels` and `facets` by name, `stream_clock`, `first` and `last` minute",
        ),
        ("purposes", "their numbers"),
        ("basis", "its number"),
        ("retention", "days"),
        ("duration", "minutes, or null"),
        ("lease", "minutes, or null"),
        ("caveats", "as in a token"),
        ("words", "of the recipient, or null"),
    ];
    type Input = RequestInput;
    type Output = RequestOutput;

    fn run(input: RequestInput) -> Result<RequestOutput, Failure> {
        let request = UnverifiedRequest::from_bytes(&input.request.0)?.verify()?;
        let wishes = request.wishes();
        let lines = wishes.asks.iter().map(|ask| LineText {
            kind: ask.kind().to_string(),
            levels: ask.levels().iter().map(Level::name).collect(),
            facets: ask.facets().iter().map(Facet::name).collect(),
            stream_clock: ask.clock() == Clock::Stream,
            first: ask.from().ms() / 60_000,
            last: ask.until().map(|until| until.ms() / 60_000),
        });
        Ok(RequestOutput {
            id: request.id().0.into(),
            card: request.card().id().0.into(),
            lines: lines.collect(),
            purposes: wishes.purposes.iter().map(|purpose| purpose.id()).collect(),
            basis: wishes.basis.id(),
            retention: wishes.retention.days(),
            duration: wishes.duration.map(|span| span.minutes()),
            lease: wishes.lease.map(|span| span.minutes()),
            caveats: wishes.conditions.into(),
            words: wishes.words.as_ref().map(ToString::to_string),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |request: Vec<u8>| RequestInput {
            request: request.into(),
        };
        let of = |payload: Object| input(signed(Domain::Request, &acme(), &payload.bytes()));
        let with = |field, bytes: &[u8]| of(payload().with(field, bytes));
        let lines = |lines: &[Vec<u8>]| with("lines", &list(lines));
        let one = |levels, facets| line("energy_interval", levels, facets, 0, Some(43_200));
        for (name, rules, about, case) in [
            (
                "half-hours",
                &["consent-6", "consent-7"][..],
                "totals of half hours of June 2024, on the stream's clock",
                of(payload()),
            ),
            (
                "raw",
                &["consent-7"],
                "raw readings, for as long as the consent lasts",
                lines(&[line("heart_rate", 1, 1, 0, None)]),
            ),
            (
                "two-lines",
                &["consent-7"],
                "two kinds, one of them a vendor's",
                lines(&[one(0b1001, 0b11), line("acme:flow", 1 << 5, 2, 1, Some(1))]),
            ),
            (
                "everything-said",
                &["consent-13"],
                "duration, lease, every caveat and words",
                of(payload()
                    .with("duration", [&[1], &varint(525_600)[..]].concat())
                    .with("lease", [&[1], &varint(1440)[..]].concat())
                    .with(
                        "caveats",
                        [&[4, 0, 2, 1, 2][..], &varint(20), b"\x03GB"].concat(),
                    )
                    .with(
                        "words",
                        [&[1], &text("We work out your tariff.")[..]].concat(),
                    )),
            ),
        ] {
            cases.accept(name, rules, about, case);
        }
        let other_card = signed(
            Domain::Card,
            &acme(),
            &card_payload().with("role", [1]).bytes(),
        );
        let mut forged_card = card_bytes();
        forged_card[5] ^= 1;
        let many = |count: usize| vec![one(0b1000, 0b10); count];
        for (name, rules, about, case, failure) in [
            (
                "empty",
                &["consent-1"][..],
                "no byte",
                input(vec![]),
                Failure::Malformed,
            ),
            (
                "too-long",
                &["consent-1"],
                "16,385 bytes",
                input(vec![1; 16_385]),
                Failure::Length,
            ),
            (
                "version-2",
                &["consent-3"],
                "a newer version",
                input(versioned(2, Domain::Request, &acme(), &payload().bytes())),
                Failure::Version,
            ),
            (
                "other-key",
                &["consent-6"],
                "signed with another key than the card's",
                input(signed(Domain::Request, &stranger(), &payload().bytes())),
                Failure::Signature,
            ),
            (
                "other-domain",
                &["consent-3"],
                "signed as a card",
                input(signed(Domain::Card, &acme(), &payload().bytes())),
                Failure::Signature,
            ),
            (
                "forged-card",
                &["consent-6"],
                "a card whose own signature is wrong, in a request that is signed",
                with("card", &blob(&forged_card)),
                Failure::Signature,
            ),
            (
                "card-too-long",
                &["consent-1"],
                "a card of 2,049 bytes",
                with("card", &blob(&[1; 2049])),
                Failure::Malformed,
            ),
            (
                "card-of-nothing",
                &["consent-1"],
                "no card",
                with("card", &blob(&[])),
                Failure::Malformed,
            ),
            (
                "trailing",
                &["consent-1"],
                "a byte follows",
                of(Object([payload().0, vec![("more", vec![0])]].concat())),
                Failure::NotCanonical,
            ),
            (
                "overlong-retention",
                &["consent-1"],
                "the retention in two bytes",
                with("retention", &[0x9e, 0]),
                Failure::NotCanonical,
            ),
            (
                "option-2",
                &["consent-1"],
                "neither none nor some",
                with("lease", &[2]),
                Failure::Malformed,
            ),
            (
                "no-lines",
                &["consent-7"],
                "no line",
                lines(&[]),
                Failure::Malformed,
            ),
            (
                "17-lines",
                &["consent-1"],
                "a line too many",
                lines(&many(17)),
                Failure::Malformed,
            ),
            (
                "no-levels",
                &["consent-7"],
                "a line without a level",
                lines(&[one(0, 0b10)]),
                Failure::Malformed,
            ),
            (
                "no-facets",
                &["consent-7"],
                "a line of summaries without a facet",
                lines(&[one(0b1000, 0)]),
                Failure::Malformed,
            ),
            (
                "raw-without-readings",
                &["consent-7"],
                "raw without its readings",
                lines(&[one(0b1001, 0b10)]),
                Failure::Malformed,
            ),
            (
                "readings-without-raw",
                &["consent-7"],
                "readings without raw",
                lines(&[one(0b1000, 0b11)]),
                Failure::Malformed,
            ),
            (
                "totals-of-raw",
                &["consent-7"],
                "raw alone, and totals",
                lines(&[one(1, 0b11)]),
                Failure::Malformed,
            ),
            (
                "level-7",
                &["consent-1"],
                "a level after the last",
                lines(&[one(0x80, 0b10)]),
                Failure::Malformed,
            ),
            (
                "facet-5",
                &["consent-1"],
                "a facet after the last",
                lines(&[one(0b1000, 0x22)]),
                Failure::Malformed,
            ),
            (
                "clock-2",
                &["consent-28"],
                "a third clock",
                lines(&[line("energy_interval", 0b1000, 2, 2, None)]),
                Failure::Malformed,
            ),
            (
                "no-kind",
                &["consent-7"],
                "a line without the name of a kind",
                lines(&[line("", 0b1000, 2, 0, None)]),
                Failure::Malformed,
            ),
            (
                "long-kind",
                &["consent-4"],
                "a kind of 65 characters",
                lines(&[line(&"k".repeat(65), 0b1000, 2, 0, None)]),
                Failure::Malformed,
            ),
            (
                "empty-window",
                &["consent-8"],
                "a line that ends where it begins",
                lines(&[line("energy_interval", 0b1000, 2, 0, Some(0))]),
                Failure::Malformed,
            ),
            (
                "backwards",
                &["consent-8"],
                "a line that ends before it begins",
                lines(&[line("energy_interval", 0b1000, 2, 0, Some(-1))]),
                Failure::Malformed,
            ),
            (
                "no-purposes",
                &["consent-1"],
                "an empty set of purposes",
                with("purposes", &list::<Vec<u8>>(&[])),
                Failure::Malformed,
            ),
            (
                "purposes-unsorted",
                &["consent-1"],
                "purposes that do not ascend",
                with("purposes", &list(&[[2], [1]])),
                Failure::Malformed,
            ),
            (
                "purpose-twice",
                &["consent-1"],
                "a purpose twice",
                with("purposes", &list(&[[1], [1]])),
                Failure::Malformed,
            ),
            (
                "unknown-purpose",
                &["consent-12"],
                "a purpose after the last",
                with("purposes", &list(&[varint(74)])),
                Failure::Malformed,
            ),
            (
                "unknown-basis",
                &["consent-12"],
                "a basis in the gap of the numbers",
                with("basis", &varint(8)),
                Failure::Malformed,
            ),
            (
                "unknown-caveat",
                &["consent-12"],
                "a fifth caveat",
                with("caveats", &[1, 4]),
                Failure::Malformed,
            ),
            (
                "unclean-words",
                &["consent-4"],
                "words with a quotation mark",
                with("words", &[&[1], &text("\"Yes\"")[..]].concat()),
                Failure::Malformed,
            ),
            (
                "too-many-words",
                &["consent-4"],
                "1,001 characters of words",
                with("words", &[&[1], &text(&"x".repeat(1001))[..]].concat()),
                Failure::Malformed,
            ),
        ] {
            cases.refuse(name, rules, about, case, failure);
        }
        cases.accept(
            "other-card",
            &["consent-6"],
            "the same key on another card",
            with("card", &blob(&other_card)),
        );
    }
}

/// The payload of a request for totals of half hours.
pub(super) fn payload() -> Object {
    Object(vec![
        ("card", blob(&card_bytes())),
        ("nonce", vec![5; 16]),
        (
            "lines",
            list(&[line("energy_interval", 0b1000, 0b10, 1, Some(43_200))]),
        ),
        ("purposes", list(&[varint(1)])),
        ("basis", varint(1)),
        ("retention", varint(30)),
        ("duration", vec![0]),
        ("lease", vec![0]),
        ("caveats", vec![0]),
        ("words", vec![0]),
    ])
}

/// A line from June 2024 on, for so many minutes.
pub(super) fn line(kind: &str, levels: u8, facets: u8, clock: u8, minutes: Option<i64>) -> Vec<u8> {
    let last = minutes.map_or_else(
        || vec![0],
        |minutes| [&[1], &zigzag(i64::from(JUNE) + minutes)[..]].concat(),
    );
    [
        text(kind),
        vec![levels, facets, clock],
        zigzag(JUNE.into()),
        last,
    ]
    .concat()
}
