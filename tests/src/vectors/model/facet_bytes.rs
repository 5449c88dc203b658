//! Cases of `model/facet`, whose bits are put together here from the codes of the page.

use freehold_model::StreamSpec;

use super::{
    bits::Bits,
    described::{spec, stream},
    facet,
    facets::{Decode, DecodeInput},
    level,
};
use crate::vectors::{Cases, Failure};

pub(super) fn cases(cases: &mut Cases<'_, Decode>) {
    totals(cases);
    extremes(cases);
    distribution(cases);
    index(cases);
    misplaced(cases);
}

/// Of temperatures in hundredths, from -6,000 to 10,000: r = 14. An hour has c = 8, d = 10 and e = ⌊log2 count⌋ + 18.
const LEAST: u128 = 6_000;

fn totals(cases: &mut Cases<'_, Decode>) {
    let warm = spec("air_temperature");
    let facet = |bits: &Bits| bits.of(&warm, "hour", "totals");
    let count = |count| Bits::new().golomb(8, count);
    let inside = |bits: Bits, number: u128| bits.fixed(1, 0).fixed(14, number + LEAST);
    let one = inside(count(1), 2150);
    let three = inside(count(3), 2100).below(3, 1).golomb(19, 100);
    for (name, about, bits) in [
        ("totals-none", "no readings: zeros", &count(0)),
        ("totals-one", "21.50 alone: its square follows", &one),
        (
            "totals-three",
            "q = 2100, t = 1: the sum 6,301; squares 3 q² + 2 q t + 1 + 100",
            &three,
        ),
        (
            "totals-below",
            "-70.00, below what is plausible: 1, 1 and G(14) of 6,999",
            &count(1).fixed(2, 0b11).golomb(14, 6_999),
        ),
        (
            "totals-above",
            "10,001, just above: 1, 0 and G(14)",
            &count(1).fixed(2, 0b10).golomb(14, 10_001),
        ),
        (
            "totals-greatest-count",
            "2^48 - 1 readings of 0",
            &inside(count((1 << 48) - 1), 0)
                .below((1 << 48) - 1, 0)
                .golomb(65, 0),
        ),
    ] {
        cases.accept(name, &["model-26"], about, facet(bits));
    }
    let mut wide = facet(&one);
    wide.bytes.0.resize(2 * wide.bytes.0.len(), 0);
    let mut stray = facet(&one);
    *stray.bytes.0.last_mut().unwrap() |= 1;
    for (name, about, input, failure) in [
        (
            "totals-wide",
            "twice the width where the width holds it",
            wide,
            Failure::NotCanonical,
        ),
        (
            "totals-stray",
            "the last bit is 1",
            stray,
            Failure::NotCanonical,
        ),
        (
            "totals-second-spelling",
            "21.50 written as outside what is plausible",
            facet(&count(1).fixed(2, 0b10).golomb(14, 2_150)),
            Failure::NotCanonical,
        ),
        (
            "totals-second-spelling-negative",
            "so -0.01",
            facet(&count(1).fixed(2, 0b11).golomb(14, 0)),
            Failure::NotCanonical,
        ),
        (
            "totals-over-the-range",
            "16,001 above the least, in 14 bits",
            facet(&count(1).fixed(1, 0).fixed(14, 16_001)),
            Failure::Malformed,
        ),
        (
            "totals-many",
            "2^48 readings",
            facet(&inside(count(1 << 48), 0).below(1 << 48, 0).golomb(66, 0)),
            Failure::Malformed,
        ),
        (
            "totals-beyond-64-bits",
            "a number of 2^63",
            facet(&count(1).fixed(2, 0b10).golomb(14, 1 << 63)),
            Failure::Malformed,
        ),
        (
            "totals-squares",
            "squares about the mean of 2^127",
            facet(&inside(count(2), 0).below(2, 0).golomb(19, 1 << 127)),
            Failure::Malformed,
        ),
        (
            "totals-ones",
            "ones to the end: a count without end",
            with_bytes(&warm, "hour", "totals", |width| vec![0xff; width]),
            Failure::Malformed,
        ),
        (
            "totals-cut",
            "a byte too few",
            with_bytes(&warm, "hour", "totals", |width| vec![0; width - 1]),
            Failure::Length,
        ),
        (
            "totals-empty",
            "no byte",
            with_bytes(&warm, "hour", "totals", |_| vec![]),
            Failure::Length,
        ),
        (
            "totals-one-more",
            "a byte too many",
            with_bytes(&warm, "hour", "totals", |width| vec![0; width + 1]),
            Failure::Length,
        ),
        (
            "totals-three-widths",
            "three times the width",
            with_bytes(&warm, "hour", "totals", |width| vec![0; 3 * width]),
            Failure::Length,
        ),
        (
            "totals-over-4096",
            "the least doubling of the width above 4,096 bytes",
            with_bytes(&warm, "hour", "totals", |width| {
                vec![0xff; doubled_over(width, 4096)]
            }),
            Failure::Length,
        ),
    ] {
        cases.refuse(name, &["model-26"], about, input, failure);
    }
}

fn extremes(cases: &mut Cases<'_, Decode>) {
    let warm = spec("air_temperature");
    let facet = |bits: &Bits| bits.of(&warm, "hour", "extremes");
    let none = Bits::new().fixed(1, 0);
    let from = |least: u128| Bits::new().fixed(2, 0b10).fixed(14, least + LEAST);
    for (name, about, bits) in [
        ("extremes-none", "no readings: zeros", &none),
        (
            "extremes-one",
            "21.50 alone: no spread, nothing to tell apart",
            &from(2150).golomb(10, 0),
        ),
        (
            "extremes-three",
            "20.00 up to 24.00, first 20.00, last 23.99",
            &from(2000).golomb(10, 400).below(401, 0).below(401, 399),
        ),
        (
            "extremes-implausible",
            "from -2^53 + 1 up to 2^53 - 1",
            &Bits::new()
                .fixed(3, 0b111)
                .golomb(14, (1 << 53) - 2)
                .golomb(10, (1 << 54) - 2)
                .below((1 << 54) - 1, 0)
                .below((1 << 54) - 1, (1 << 54) - 2),
        ),
    ] {
        cases.accept(name, &["model-26"], about, facet(bits));
    }
    let mut stray = facet(&none);
    stray.bytes.0[0] |= 0x40;
    for (name, about, input, failure) in [
        (
            "extremes-stray",
            "no readings, and a bit after that",
            stray,
            Failure::NotCanonical,
        ),
        (
            "extremes-second-spelling",
            "20.00 written as outside what is plausible",
            facet(&Bits::new().fixed(3, 0b110).golomb(14, 2000).golomb(10, 0)),
            Failure::NotCanonical,
        ),
        (
            "extremes-over-the-range",
            "16,383 above the least",
            facet(&Bits::new().fixed(2, 0b10).fixed(14, 16_383).golomb(10, 0)),
            Failure::Malformed,
        ),
        (
            "extremes-beyond-64-bits",
            "a greatest of 2^63",
            facet(
                &from(0)
                    .golomb(10, 1 << 63)
                    .below((1 << 63) + 1, 0)
                    .below((1 << 63) + 1, 0),
            ),
            Failure::Malformed,
        ),
        (
            "extremes-cut",
            "a byte too few",
            with_bytes(&warm, "hour", "extremes", |width| vec![0; width - 1]),
            Failure::Length,
        ),
        (
            "extremes-wide",
            "no readings in twice the width",
            with_bytes(&warm, "hour", "extremes", |width| vec![0; 2 * width]),
            Failure::NotCanonical,
        ),
    ] {
        cases.refuse(name, &["model-26"], about, input, failure);
    }
}

fn distribution(cases: &mut Cases<'_, Decode>) {
    let mode = spec("hvac_mode");
    let motion = spec("motion");
    let states = |bits: &Bits| bits.of(&mode, "hour", "distribution");
    let truths = |bits: &Bits| bits.of(&motion, "hour", "distribution");
    let count = |count| Bits::new().golomb(8, count);
    for (name, about, input) in [
        ("distribution-none", "no readings: zeros", states(&count(0))),
        (
            "distribution-true",
            "one reading, true: the lower half has none",
            truths(&count(1).fixed(1, 1)),
        ),
        (
            "distribution-false",
            "one reading, false: the lower half has it",
            truths(&count(1).fixed(1, 0)),
        ),
        (
            "distribution-all-false",
            "five readings, all false",
            truths(&count(5).fixed(2, 0b00)),
        ),
        (
            "distribution-all-true",
            "five readings, all true",
            truths(&count(5).fixed(2, 0b01)),
        ),
        (
            "distribution-both",
            "two false and three true: 1 and a - 1 = 1 below 4",
            truths(&count(5).fixed(1, 1).below(4, 1)),
        ),
        (
            "distribution-last-state",
            "one reading in the last of nine states: right at each of three halvings, of 9, 5 and 3, then of 2",
            states(&count(1).fixed(4, 0b1111)),
        ),
    ] {
        cases.accept(name, &["model-26", "model-24"], about, input);
    }
    for (name, about, input, failure) in [
        (
            "distribution-stray",
            "a bit after the code",
            truths(&count(0).fixed(1, 1)),
            Failure::NotCanonical,
        ),
        (
            "distribution-ones",
            "ones to the end",
            with_bytes(&motion, "hour", "distribution", |width| vec![0xff; width]),
            Failure::Malformed,
        ),
        (
            "distribution-many",
            "2^48 readings",
            truths(&count(1 << 48).fixed(2, 0)),
            Failure::Malformed,
        ),
        (
            "distribution-cut",
            "a byte too few",
            with_bytes(&mode, "hour", "distribution", |width| vec![0; width - 1]),
            Failure::Length,
        ),
        (
            "distribution-wide",
            "no readings in twice the width",
            with_bytes(&mode, "hour", "distribution", |width| vec![0; 2 * width]),
            Failure::NotCanonical,
        ),
    ] {
        cases.refuse(name, &["model-26"], about, input, failure);
    }
}

fn index(cases: &mut Cases<'_, Decode>) {
    let meter = spec("energy_imported");
    let facet = |bits: &Bits| bits.of(&meter, "half-hour", "index");
    let at = |index: u64| Bits::new().fixed(1, 1).fixed(64, index.into());
    for (name, about, bits) in [
        ("index-none", "no readings", &Bits::new().fixed(1, 0)),
        (
            "index-some",
            "a meter at 1,234,567.890 Wh, in thousandths",
            &at(1_234_567_890),
        ),
        ("index-greatest", "2^63 - 1", &at(i64::MAX.cast_unsigned())),
    ] {
        cases.accept(name, &["model-26"], about, facet(bits));
    }
    for (name, about, input, failure) in [
        (
            "index-stray",
            "the last of the seven bits after the code",
            facet(&at(5).fixed(7, 1)),
            Failure::NotCanonical,
        ),
        (
            "index-none-stray",
            "no readings, and an index",
            facet(&Bits::new().fixed(1, 0).fixed(64, 5)),
            Failure::NotCanonical,
        ),
        (
            "index-cut",
            "eight bytes",
            with_bytes(&meter, "half-hour", "index", |width| vec![0x80; width - 1]),
            Failure::Length,
        ),
        (
            "index-wide",
            "18 bytes",
            with_bytes(&meter, "half-hour", "index", |width| vec![0; 2 * width]),
            Failure::NotCanonical,
        ),
    ] {
        cases.refuse(name, &["model-26"], about, input, failure);
    }
}

fn misplaced(cases: &mut Cases<'_, Decode>) {
    let warm = spec("air_temperature");
    for (name, rules, about, input, failure) in [
        (
            "of-raw",
            &["model-23"][..],
            "raw has no totals",
            DecodeInput::new(&warm, "raw", "totals", &[0; 12]),
            Failure::Kind,
        ),
        (
            "readings",
            &["model-23"],
            "summaries have no readings",
            DecodeInput::new(&warm, "hour", "readings", &[0; 12]),
            Failure::Kind,
        ),
        (
            "index-of-a-gauge",
            &["model-23"],
            "a gauge has no index",
            DecodeInput::new(&warm, "hour", "index", &[0; 9]),
            Failure::Kind,
        ),
        (
            "unknown-facet",
            &["model-26"],
            "a facet that nobody knows",
            DecodeInput::new(&warm, "hour", "median", &[0; 12]),
            Failure::Unknown,
        ),
    ] {
        cases.refuse(name, rules, about, input, failure);
    }
}

/// These bytes, as many as the facet's width says.
fn with_bytes(
    spec: &StreamSpec,
    level_name: &str,
    facet_name: &str,
    bytes: impl FnOnce(usize) -> Vec<u8>,
) -> DecodeInput {
    let width = width(spec, level_name, facet_name);
    DecodeInput::new(spec, level_name, facet_name, &bytes(width))
}

fn width(spec: &StreamSpec, level_name: &str, facet_name: &str) -> usize {
    let stream = stream(&freehold_model::wire::to_bytes(spec).into()).unwrap();
    let layout = stream.layout(level(level_name).unwrap());
    layout.width(facet(facet_name).unwrap())
}

fn doubled_over(width: usize, most: usize) -> usize {
    let mut doubled = width;
    while doubled <= most {
        doubled *= 2;
    }
    doubled
}

impl Bits {
    /// The facet with these bits, in the least of its widths.
    fn of(&self, spec: &StreamSpec, level_name: &str, facet_name: &str) -> DecodeInput {
        let mut width = width(spec, level_name, facet_name);
        while 8 * width < self.0.len() {
            width *= 2;
        }
        let mut bytes = vec![0; width];
        for (place, _) in self.0.iter().enumerate().filter(|(_, bit)| **bit) {
            bytes[place / 8] |= 0x80 >> (place % 8);
        }
        DecodeInput::new(spec, level_name, facet_name, &bytes)
    }
}
