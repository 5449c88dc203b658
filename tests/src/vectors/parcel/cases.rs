//! Cases of `parcel/open`: a home of four streams in London, on the two days around the end of summer time in 2024.

use std::{collections::BTreeMap, sync::Arc};

use freehold::{
    Have, Home, SetClock,
    consent::{Choices, Grant, Request, Span},
    crypto::{MemoryKeyStore, SeededEntropy, Signature},
};
use freehold_consent::TokenId;
use freehold_model::{Absence, Facet, Facets, Flags, Level, Levels, Reading, Time, Value, wire};

use super::open::{Open, OpenInput, Parts, Stretch};
use crate::{
    add, ask, at, spec, utc,
    vectors::{
        Cases, Failure, Hex,
        consent::people::{SEED, acme, card},
    },
    wishes,
};

pub(super) fn cases(cases: &mut Cases<'_, Open>) {
    let mut scene = Scene::new();
    let all = scene.grants();
    accepted(cases, &all);
    refused(cases, &all[0].1, &all[3].1.parcels[0]);
    let (grant, input) = scene.granted("energy_interval", HALF_HOURS, TOTALS);
    let parcel = scene.parcel(&grant);
    let mut revoked = OpenInput {
        parcels: vec![parcel.into()],
        ..input
    };
    scene.home.revoke(grant.token().id()).unwrap();
    revoked.parcels.push(scene.parcel(&grant).into());
    cases.refuse(
        "revoked",
        &["parcel-1", "consent-25"],
        "the consent was withdrawn after the first parcel",
        revoked,
        Failure::Revoked,
    );
}

const HALF_HOURS: &[Level] = &[Level::HalfHour];

const TOTALS: Facets = Facets::of(Facet::Totals);

fn accepted(cases: &mut Cases<'_, Open>, all: &[(&'static str, OpenInput)]) {
    let abouts = [
        (
            "interval",
            "a meter's half hours: totals of half hours and days, and the readings",
        ),
        (
            "days-alone",
            "days alone: the pieces of half hours come as hashes, and no key opens them",
        ),
        ("counter", "a counter: increments, and where it stood"),
        ("truths", "a truth: how many readings each state has"),
        ("points", "points: readings alone, some without a value"),
    ];
    for ((name, input), (expected, about)) in all.iter().zip(abouts) {
        assert_eq!(*name, expected);
        cases.accept(
            name,
            &["parcel-1", "parcel-2", "consent-20"],
            about,
            input.clone(),
        );
    }
    let (_, interval) = &all[0];
    let twice = OpenInput {
        parcels: vec![interval.parcels[0].clone(); 2],
        ..interval.clone()
    };
    cases.accept(
        "parcel-twice",
        &["parcel-3"],
        "the parcel comes twice",
        twice,
    );
    let none = OpenInput {
        parcels: vec![],
        ..interval.clone()
    };
    cases.accept("no-parcel", &["parcel-3"], "nothing has come yet", none);
    let others = OpenInput {
        parcels: vec![all[3].1.parcels[0].clone(), interval.parcels[0].clone()],
        ..interval.clone()
    };
    cases.accept(
        "of-another-consent",
        &["parcel-2"],
        "a stretch of another consent is left aside",
        others,
    );
    let stranger = OpenInput {
        parcels: [interval.parcels.clone(), Scene::other().parcels].concat(),
        ..interval.clone()
    };
    cases.accept(
        "of-another-household",
        &["parcel-2"],
        "so is a stretch of another household's consent",
        stranger,
    );
}

/// One thing is wrong with the parcel, or with who opens it. `other` is a parcel of another consent.
fn refused(cases: &mut Cases<'_, Open>, good: &OpenInput, other: &Hex) {
    let whole = &good.parcels[0].0;
    let parts: Parts = wire::from_bytes(whole, 1 << 30).unwrap();
    let of = |bytes: Vec<u8>| OpenInput {
        parcels: vec![bytes.into()],
        ..good.clone()
    };
    let with = |change: &dyn Fn(&mut Stretch)| {
        let (revocations, extensions, mut stretches, erasures) = parts.clone();
        let stretch = stretches
            .iter_mut()
            .find(|stretch| stretch.entries.len() > 1);
        change(stretch.unwrap());
        of(wire::to_bytes(&(
            revocations,
            extensions,
            stretches,
            erasures,
        )))
    };
    let mut forged = good.clone();
    forged.grant.0[40] ^= 1;
    let flip = |bytes: &mut Vec<u8>, place: usize| bytes[place] ^= 1;
    for (name, rules, about, input, failure) in [
        (
            "other-seed",
            &["consent-23"][..],
            "somebody else's seed",
            OpenInput {
                seed: [8; 32].into(),
                ..good.clone()
            },
            Failure::Authentication,
        ),
        (
            "forged-grant",
            &["consent-3"],
            "a card that was changed",
            forged,
            Failure::Signature,
        ),
        (
            "cut",
            &["parcel-1"],
            "a parcel without its last byte",
            of(whole[..whole.len() - 1].to_vec()),
            Failure::Malformed,
        ),
        (
            "trailing",
            &["parcel-1"],
            "a byte follows the parcel",
            of([&whole[..], &[0]].concat()),
            Failure::NotCanonical,
        ),
        (
            "forged-genesis",
            &["parcel-1", "log-4"],
            "a genesis that the household did not sign so",
            with(&|stretch| flip(&mut stretch.genesis, 5)),
            Failure::Signature,
        ),
        (
            "genesis-signature",
            &["parcel-1", "log-4"],
            "a signature under the genesis that was changed",
            with(&|stretch| {
                let mut bytes = stretch.signature.to_bytes();
                bytes[3] ^= 1;
                stretch.signature = Signature::from_bytes(&bytes);
            }),
            Failure::Signature,
        ),
        (
            "checkpoint",
            &["parcel-1", "log-15"],
            "a checkpoint that the writer did not sign so",
            with(&|stretch| {
                let last = stretch.until.len() - 1;
                flip(&mut stretch.until, last)
            }),
            Failure::Signature,
        ),
        (
            "first-entry-missing",
            &["parcel-1", "log-15"],
            "the first entry is missing",
            with(&|stretch| {
                stretch.entries.remove(0);
            }),
            Failure::Sequence,
        ),
        (
            "last-entry-missing",
            &["parcel-1", "log-15"],
            "the last entry is missing",
            with(&|stretch| {
                stretch.entries.pop();
            }),
            Failure::Sequence,
        ),
        (
            "entries-swapped",
            &["parcel-1", "log-15"],
            "two entries have changed places",
            with(&|stretch| stretch.entries.swap(0, 1)),
            Failure::Sequence,
        ),
        (
            "salt",
            &["parcel-1", "log-15"],
            "a header with another salt",
            with(&|stretch| flip(&mut stretch.entries[0].0, 8)),
            Failure::Chain,
        ),
        (
            "body",
            &["parcel-1"],
            "the last bit of a body is another",
            with(&|stretch| {
                let body = &mut stretch.entries[0].1;
                let last = body.len() - 1;
                flip(body, last)
            }),
            Failure::Body,
        ),
    ] {
        cases.refuse(name, rules, about, input, failure);
    }
    let under_its_token = |parcel: &Hex| {
        let none: &[u8] = &[];
        let (_, _, mut stretches, _): Parts = wire::from_bytes(&parcel.0, 1 << 30).unwrap();
        for stretch in &mut stretches {
            stretch.token = parts.2[0].token;
        }
        of(wire::to_bytes(&(none, none, stretches, none)))
    };
    cases.refuse(
        "other-household",
        &["parcel-1", "log-4"],
        "a stretch of another household, as if the consent covered it",
        under_its_token(&Scene::other().parcels[0]),
        Failure::Signature,
    );
    cases.refuse(
        "other-stream",
        &["parcel-2"],
        "a stretch of a stream that the consent does not cover, as if it did",
        under_its_token(other),
        Failure::OtherLog,
    );
}

/// A home that is the same each time.
struct Scene {
    home: Home,
    entropy: SeededEntropy,
}

impl Scene {
    fn new() -> Self {
        Self::seeded(3)
    }

    /// What another household would hand to the same recipient.
    fn other() -> OpenInput {
        let mut scene = Self::seeded(4);
        let (grant, input) = scene.granted("energy_interval", HALF_HOURS, TOTALS);
        let parcel = scene.parcel(&grant);
        OpenInput {
            parcels: vec![parcel.into()],
            ..input
        }
    }

    fn seeded(seed: u64) -> Self {
        let clock = Arc::new(SetClock::new(utc("2024-10-29")));
        let home = Home::in_memory(
            "Home",
            MemoryKeyStore::new(),
            clock,
            Box::new(SeededEntropy::new(seed)),
        );
        let home = home.unwrap();
        record(&home);
        Self {
            home,
            entropy: SeededEntropy::new(seed),
        }
    }

    /// Each with a grant and the parcel after it.
    fn grants(&mut self) -> Vec<(&'static str, OpenInput)> {
        let grants = [
            (
                "interval",
                "energy_interval",
                &[Level::Raw, Level::HalfHour, Level::Day][..],
                TOTALS,
            ),
            (
                "days-alone",
                "energy_interval",
                &[Level::Day],
                TOTALS.with(Facet::Extremes),
            ),
            (
                "counter",
                "energy_imported",
                &[Level::Raw, Level::Day],
                TOTALS.with(Facet::Index),
            ),
            (
                "truths",
                "occupancy",
                &[Level::Hour, Level::Day],
                Facets::of(Facet::Distribution),
            ),
            ("points", "position", &[Level::Raw], Facets::EMPTY),
        ];
        let mut made = Vec::new();
        for (name, stream, levels, facets) in grants {
            let (grant, input) = self.granted(stream, levels, facets);
            let parcel = self.parcel(&grant);
            made.push((
                name,
                OpenInput {
                    parcels: vec![parcel.into()],
                    ..input
                },
            ));
        }
        made
    }

    /// A grant of 26 and 27 October, and nothing that came yet.
    fn granted(&mut self, stream: &str, levels: &[Level], facets: Facets) -> (Grant, OpenInput) {
        let levels: Levels = levels.iter().copied().collect();
        let line = ask(
            stream,
            levels,
            facets,
            london("2024-10-26"),
            london("2024-10-28"),
        );
        let wishes = wishes(vec![line], Some(Span::WEEK));
        let request = Request::make(&card(), wishes, &acme(), &mut self.entropy).unwrap();
        let proposal = self.home.propose(&request, &Choices::default()).unwrap();
        let grant = self
            .home
            .approve(&proposal, proposal.shown(), true)
            .unwrap();
        let input = OpenInput {
            grant: grant.to_file().unwrap().into(),
            seed: SEED.into(),
            parcels: vec![],
        };
        (grant, input)
    }

    /// What the recipient of a grant is owed if it has nothing but its first bundle.
    fn parcel(&self, grant: &Grant) -> Vec<u8> {
        let bundles: BTreeMap<TokenId, u32> = [(grant.token().id(), 1)].into();
        let have = wire::to_bytes(&(bundles, BTreeMap::<u8, u8>::new(), Vec::<u8>::new()));
        let have: Have = wire::from_bytes(&have, 1 << 16).unwrap();
        wire::to_bytes(&self.home.parcel(&card(), &have).unwrap())
    }
}

fn london(text: &str) -> Time {
    at("Europe/London", text)
}

/// From noon of the 25th on, and until noon of the 28th: the first and the last half day are not granted.
fn record(home: &Home) {
    let levels = [Level::Raw, Level::HalfHour, Level::Hour, Level::Day];
    let start = utc("2024-10-25T12:00");
    let every = |ms: i64, count: i64, of: &dyn Fn(i64) -> Reading| -> Vec<Reading> {
        (0..count)
            .map(|n| Reading {
                time: start.plus_ms(n * ms),
                ..of(n)
            })
            .collect()
    };
    let value = |value| Reading::new(start, value);
    let point = |n: i32| Value::Point {
        lat: 515_007_000 + 40 * n,
        lon: -1_246_000 - 70 * n,
    };
    let streams = [
        (
            "energy_interval",
            1,
            every(1_800_000, 144, &|n| {
                value(Value::Number(90_000 + 7_919 * n % 300_000)).lasting_ms(1_800_000)
            }),
        ),
        (
            "energy_imported",
            2,
            every(7_200_000, 36, &|n| {
                value(Value::Number(12_000_000 + 410_000 * n + 13 * n * n))
            }),
        ),
        (
            "occupancy",
            3,
            every(1_500_000, 172, &|n| value(Value::Bool(n * n % 7 < 3))),
        ),
        (
            "position",
            4,
            every(10_800_000, 24, &|n| match n % 6 {
                4 => Reading::absent(start, Absence::NotMeasured),
                _ => value(point(i32::try_from(n).unwrap_or_default())).flagged(if n % 2 == 0 {
                    Flags::NONE
                } else {
                    Flags::ESTIMATED
                }),
            }),
        ),
    ];
    for (kind, no, readings) in streams {
        let levels = if kind == "position" {
            Levels::of(Level::Raw)
        } else {
            levels.into()
        };
        let stream = add(
            home,
            spec(no, kind, "Europe/London")
                .levels(levels)
                .chunk_minutes(480),
        );
        stream.record(&readings).unwrap();
        stream.flush().unwrap();
    }
}
