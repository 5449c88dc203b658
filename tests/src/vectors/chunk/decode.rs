//! Chunks to readings.

use freehold_model::{Time, chunk};
use serde::{Deserialize, Serialize};

use super::{
    START, examples, of_chunk,
    pen::{Pen, Residuals, Symbols},
};
use crate::vectors::{
    Cases, Failure, Hex, Operation,
    model::reading::{READING, ReadingText, texts},
};

pub(super) struct Decode;

#[derive(Serialize, Deserialize)]
pub(super) struct DecodeInput {
    start: i64,
    chunk: Hex,
    most: usize,
}

#[derive(Serialize)]
pub(super) struct DecodeOutput {
    readings: Vec<ReadingText>,
}

impl Operation for Decode {
    const NAME: &'static str = "chunk/decode";
    const ABOUT: &'static str = "The readings of a chunk.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("start", "of the slot, ms"),
        ("chunk", "the bytes"),
        ("most", "how many readings are accepted"),
        ("readings", READING),
    ];
    type Input = DecodeInput;
    type Output = DecodeOutput;

    fn run(input: DecodeInput) -> Result<DecodeOutput, Failure> {
        let start = Time::from_ms(input.start);
        let readings = chunk::decode(start, &input.chunk.0, input.most).map_err(of_chunk)?;
        Ok(DecodeOutput {
            readings: texts(&readings),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for example in examples::all() {
            let bytes = chunk::encode(Time::from_ms(START), &example.readings).unwrap();
            cases.accept(example.name, example.rules, example.about, input(bytes));
        }
        as_many_as_allowed(cases);
        whole(cases);
        heads(cases);
        alike(cases);
        symbols(cases);
        values(cases);
        numbers(cases);
    }
}

fn input(chunk: Vec<u8>) -> DecodeInput {
    DecodeInput {
        start: START,
        chunk: chunk.into(),
        most: 1000,
    }
}

fn malformed(
    cases: &mut Cases<'_, Decode>,
    name: &'static str,
    rules: &[&str],
    about: &str,
    write: impl FnOnce(&mut Pen),
) {
    let mut pen = Pen::default();
    write(&mut pen);
    cases.refuse(name, rules, about, input(pen.finish()), Failure::Malformed);
}

fn as_many_as_allowed(cases: &mut Cases<'_, Decode>) {
    let readings: Vec<_> = (0..10).map(|n| examples::number(n, n)).collect();
    let bytes = chunk::encode(Time::from_ms(START), &readings).unwrap();
    let with = |most| DecodeInput {
        most,
        ..input(bytes.clone())
    };
    cases.accept(
        "as-many-as-allowed",
        &["chunk-2"],
        "ten readings where ten are accepted",
        with(10),
    );
    cases.refuse(
        "one-too-many",
        &["chunk-2"],
        "ten readings where nine are",
        with(9),
        Failure::Length,
    );
    cases.refuse(
        "none-allowed",
        &["chunk-2"],
        "ten readings where none is",
        with(0),
        Failure::Length,
    );
    let mut pen = Pen::default();
    pen.number("COUNT", u128::from(u64::MAX));
    cases.refuse(
        "bomb",
        &["chunk-2"],
        "2^64 readings in a few bytes",
        input(pen.finish()),
        Failure::Length,
    );
}

/// What is wrong with the bytes as a whole.
fn whole(cases: &mut Cases<'_, Decode>) {
    let bytes = Hex::digits("01dfa4708f84177fd585f43dbcaf2406").0;
    for (name, rules, about, bytes) in [
        ("empty", &["chunk-11"][..], "no byte", vec![]),
        (
            "leading-zero",
            &["chunk-11"],
            "the chunk of 0 with a zero byte before it",
            vec![0, 0x25],
        ),
        ("zero-words", &["chunk-11"], "four zero bytes", vec![0; 4]),
        ("one", &["chunk-10"], "the last state alone", vec![1]),
        (
            "cut",
            &["chunk-10", "chunk-7"],
            "the last byte is missing",
            bytes[..15].to_vec(),
        ),
        (
            "cut-word",
            &["chunk-10", "chunk-7"],
            "the last word is missing",
            bytes[..12].to_vec(),
        ),
        (
            "beheaded",
            &["chunk-10", "chunk-7"],
            "the first byte is missing",
            bytes[1..].to_vec(),
        ),
        (
            "trailing",
            &["chunk-10", "chunk-2"],
            "a zero byte follows the chunk of 0",
            vec![0x25, 0],
        ),
        (
            "trailing-word",
            &["chunk-10", "chunk-2"],
            "a zero word follows",
            [&bytes[..], &[0; 4]].concat(),
        ),
        (
            "last-bit",
            &["chunk-7"],
            "the last bit is another",
            [&bytes[..15], &[0x07]].concat(),
        ),
        (
            "first-bit",
            &["chunk-7"],
            "a bit of the first byte is another",
            [&[0x03], &bytes[1..]].concat(),
        ),
    ] {
        cases.refuse(name, rules, about, input(bytes), Failure::Malformed);
    }
}

/// Count, shape, unit of time, offset and steps, of which one is wrong.
fn heads(cases: &mut Cases<'_, Decode>) {
    let zero = |pen: &mut Pen| {
        nothing_else(pen);
        column(pen, 1, 0, 0, 0, &[]);
    };
    malformed(
        cases,
        "long-number",
        &["chunk-20"],
        "an offset of 65 binary digits",
        |pen| {
            head(pen, 1, 0, (1, 0));
            pen.number("OFFSET", 1 << 64);
            zero(pen);
        },
    );
    malformed(
        cases,
        "shape-7",
        &["chunk-5"],
        "a shape that there is none of",
        |pen| {
            head(pen, 1, 7, (1, 0));
            pen.number("OFFSET", 0);
            nothing_else(pen);
        },
    );
    for (name, rules, about, unit, offset) in [
        ("unit-zero", &["chunk-21"][..], "a unit of 0", (0, 0), 0),
        (
            "unit-in-tens",
            &["chunk-21"],
            "a unit of 10 as 10 · 10^0",
            (10, 0),
            1,
        ),
        (
            "unit-over-64-bits",
            &["chunk-21"],
            "a unit of 20,000 · 10^15, which is 2 · 10^19",
            (20_000, 15),
            1,
        ),
        (
            "unit-not-one",
            &["chunk-3"],
            "one reading at the start, and a unit of 7",
            (7, 0),
            0,
        ),
        (
            "unit-too-small",
            &["chunk-3"],
            "one reading, 6 ms after the start, and a unit of 2",
            (2, 0),
            3,
        ),
        (
            "time-over-63-bits",
            &["chunk-1"],
            "a first time of 2^63 and more",
            (1, 0),
            u128::from(u64::MAX),
        ),
        (
            "offset-times-unit",
            &["chunk-20"],
            "an offset whose product with the unit has more than 64 bits",
            (3, 0),
            u128::from(u64::MAX),
        ),
    ] {
        malformed(cases, name, rules, about, |pen| {
            head(pen, 1, 0, unit);
            pen.number("OFFSET", offset);
            zero(pen);
        });
    }
    malformed(
        cases,
        "steps-with-unit",
        &["chunk-3"],
        "steps of 2 and 4 ms, and a unit of 1",
        |pen| {
            head(pen, 3, 0, (1, 0));
            pen.number("OFFSET", 0);
            each(pen, &[2, 4]);
            nothing_else(pen);
            column(pen, 1, 0, 0, 0, &[0, 0]);
        },
    );
    malformed(cases, "backwards", &["chunk-1"], "a step of -1", |pen| {
        head(pen, 2, 0, (1, 0));
        pen.number("OFFSET", 5);
        each(pen, &[-1]);
        nothing_else(pen);
        column(pen, 1, 0, 0, 0, &[0]);
    });
}

/// Durations and flags, which are mostly alike.
fn alike(cases: &mut Cases<'_, Decode>) {
    for (name, rules, about, write) in [
        (
            "durations-form-4",
            &["chunk-53"][..],
            "a form that there is none of",
            &(|pen: &mut Pen| pen.one("DURATIONS", 4)) as &dyn Fn(&mut Pen),
        ),
        (
            "durations-zero-alike",
            &["chunk-53"],
            "0 as what all are",
            &|pen| said(pen, "DURATIONS", 0),
        ),
        (
            "durations-expected-alike",
            &["chunk-53"],
            "the first step as what all are",
            &|pen| said(pen, "DURATIONS", 5),
        ),
        (
            "durations-each-alike",
            &["chunk-53"],
            "each for itself, and all alike",
            &|pen| said_each(pen, "DURATIONS", &[7, 7]),
        ),
        (
            "durations-each-zero",
            &["chunk-53"],
            "each for itself, and all 0",
            &|pen| said_each(pen, "DURATIONS", &[0, 0]),
        ),
        (
            "durations-over-32-bits",
            &["chunk-4"],
            "a duration of 2^32",
            &|pen| said(pen, "DURATIONS", 1 << 32),
        ),
    ] {
        malformed(cases, name, rules, about, |pen| {
            two(pen, 0);
            write(pen);
            pen.one("FLAGS", 0);
            column(pen, 1, 0, 0, 0, &[0]);
        });
    }
    malformed(
        cases,
        "durations-nothing-expected",
        &["chunk-53", "chunk-4"],
        "as expected, where one reading has no step",
        |pen| {
            head(pen, 1, 0, (1, 0));
            pen.number("OFFSET", 0);
            pen.one("DURATIONS", 1);
            pen.one("FLAGS", 0);
            column(pen, 1, 0, 0, 0, &[]);
        },
    );
    malformed(
        cases,
        "durations-zero-expected",
        &["chunk-53", "chunk-4"],
        "as expected, where the step is 0",
        |pen| {
            head(pen, 2, 0, (1, 0));
            pen.number("OFFSET", 0);
            each(pen, &[0]);
            pen.one("DURATIONS", 1);
            pen.one("FLAGS", 0);
            column(pen, 1, 0, 0, 0, &[0]);
        },
    );
    for (name, rules, about, write) in [
        (
            "flags-expected",
            &["chunk-53"][..],
            "flags as expected, and nothing is",
            &(|pen: &mut Pen| pen.one("FLAGS", 1)) as &dyn Fn(&mut Pen),
        ),
        (
            "flags-zero-alike",
            &["chunk-53"],
            "0 as what all are",
            &|pen| said(pen, "FLAGS", 0),
        ),
        ("flags-unknown-bit", &["chunk-6"], "bit 11", &|pen| {
            said(pen, "FLAGS", 1 << 11)
        }),
        ("flags-17-bits", &["chunk-6"], "bit 16", &|pen| {
            said(pen, "FLAGS", 1 << 16)
        }),
        (
            "flags-reason-alone",
            &["chunk-6"],
            "a reason without an absence",
            &|pen| said(pen, "FLAGS", 1 << 8),
        ),
        (
            "flags-each-unknown",
            &["chunk-6"],
            "one of two unknown",
            &|pen| said_each(pen, "FLAGS", &[4, 1 << 11]),
        ),
    ] {
        malformed(cases, name, rules, about, |pen| {
            two(pen, 0);
            pen.one("DURATIONS", 0);
            write(pen);
            column(pen, 1, 0, 0, 0, &[0]);
        });
    }
}

/// States, which are a column of symbols.
fn symbols(cases: &mut Cases<'_, Decode>) {
    let states = |pen: &mut Pen, write: &dyn Fn(&mut Pen, &mut Symbols)| {
        two(pen, 2);
        nothing_else(pen);
        write(pen, &mut Symbols::default());
    };
    malformed(
        cases,
        "entry-unknown",
        &["chunk-50"],
        "the symbol of an entry that is not there yet",
        |pen| {
            states(pen, &|pen, symbols| {
                symbols.value(pen, 3);
                symbols.entry(pen, 1);
            });
        },
    );
    malformed(
        cases,
        "entry-again",
        &["chunk-50"],
        "a value that is an entry, written by its residual",
        |pen| {
            states(pen, &|pen, symbols| {
                symbols.other(pen, 3);
                symbols.other(pen, 3);
            });
        },
    );
    malformed(
        cases,
        "state-over-16-bits",
        &["chunk-5"],
        "state 65,536",
        |pen| {
            states(pen, &|pen, symbols| {
                symbols.value(pen, 3);
                symbols.value(pen, 65_536);
            });
        },
    );
    malformed(
        cases,
        "negative-state",
        &["chunk-50"],
        "a residual that leads below 0",
        |pen| {
            states(pen, &|pen, symbols| {
                symbols.value(pen, 3);
                symbols.value(pen, -1);
            });
        },
    );
    malformed(
        cases,
        "truth-2",
        &["chunk-5"],
        "a truth that is neither",
        |pen| {
            two(pen, 1);
            nothing_else(pen);
            each(pen, &[1, 2]);
        },
    );
    malformed(
        cases,
        "value-times-unit",
        &["chunk-50"],
        "a step whose product with the unit has more than 64 bits",
        |pen| {
            head(pen, 2, 0, (1, 15));
            pen.number("OFFSET", 1);
            each(pen, &[20_000]);
            nothing_else(pen);
            column(pen, 1, 0, 0, 0, &[0]);
        },
    );
}

/// Values of other shapes.
fn values(cases: &mut Cases<'_, Decode>) {
    for (name, about, shapes) in [
        ("mixed-alike", "mixed, and all are numbers", [0, 0]),
        ("mixed-in-mixed", "mixed, and one is mixed itself", [0, 6]),
    ] {
        malformed(cases, name, &["chunk-5"], about, |pen| {
            two(pen, 6);
            nothing_else(pen);
            each(pen, &shapes);
            column(pen, 1, 0, 0, 0, if shapes[1] == 0 { &[0] } else { &[] });
        });
    }
    for (name, about, lat, lon) in [
        ("latitude", "a latitude over 90 degrees", 900_000_001, 0),
        (
            "longitude",
            "a longitude over 180 degrees",
            0,
            1_800_000_001,
        ),
        ("latitude-over-32-bits", "a latitude of 2^32", 1 << 32, 0),
    ] {
        malformed(cases, name, &["chunk-6"], about, |pen| {
            head(pen, 1, 3, (1, 0));
            pen.number("OFFSET", 0);
            nothing_else(pen);
            column(pen, 1, 0, 0, 2 * lat, &[]);
            column(pen, 1, 0, 0, 2 * lon, &[]);
        });
    }
    for (name, about, bytes) in [
        ("text-not-utf-8", "a byte that is no UTF-8", vec![0xff]),
        ("text-half-a-letter", "the first byte of two", vec![0xc3]),
        ("text-of-257-bytes", "257 bytes", vec![b'x'; 257]),
    ] {
        malformed(cases, name, &["chunk-6", "chunk-60"], about, |pen| {
            head(pen, 1, 4, (1, 0));
            pen.number("OFFSET", 0);
            nothing_else(pen);
            each(pen, &[i128::try_from(bytes.len()).unwrap()]);
            text(pen, &bytes);
        });
    }
}

/// Columns of numbers.
fn numbers(cases: &mut Cases<'_, Decode>) {
    let mut pen = Pen::default();
    two(&mut pen, 0);
    nothing_else(&mut pen);
    column(&mut pen, 1, 0, 0, 200, &[1]);
    let readings = [examples::number(0, 100), examples::number(5, 101)];
    let wanted = chunk::encode(Time::from_ms(START), &readings).unwrap();
    assert_eq!(
        pen.finish(),
        wanted,
        "the pen of these cases writes what it should"
    );
    for (name, rules, about, write) in [
        (
            "by-level-2",
            &["chunk-40"][..],
            "neither by level nor by step",
            &(|pen: &mut Pen| column(pen, 1, 2, 0, 0, &[0])) as &dyn Fn(&mut Pen),
        ),
        (
            "by-level-too-dear",
            &["chunk-42"],
            "100 and 101 by level, where the step is shorter",
            &|pen| column(pen, 1, 1, 0, 200, &[101]),
        ),
        (
            "by-step-too-dear",
            &["chunk-42"],
            "100 and 0 by step, where the level is shorter",
            &|pen| column(pen, 100, 0, 0, 2, &[-1]),
        ),
        (
            "divisor-too-small",
            &["chunk-41"],
            "0 and 4 with the divisor 2",
            &|pen| column(pen, 2, 0, 0, 0, &[2]),
        ),
        (
            "divisor-of-nothing",
            &["chunk-41"],
            "5 and 5 with the divisor 5",
            &|pen| column(pen, 5, 0, 0, 2, &[0]),
        ),
        (
            "rest-too-great",
            &["chunk-40"],
            "a rest of 3 beside the divisor 3",
            &|pen| column(pen, 3, 0, 3, 0, &[1]),
        ),
        (
            "first-over-63-bits",
            &["chunk-40"],
            "a first number of 3 · 2^62",
            &|pen| column(pen, 3, 0, 0, 1 << 63, &[1]),
        ),
        (
            "level-over-63-bits",
            &["chunk-40"],
            "by level a second number of 2^63",
            &|pen| column(pen, 2, 1, 0, 2, &[1 << 62]),
        ),
        (
            "residual-of-65-bits",
            &["chunk-31"],
            "a residual of 65 binary digits",
            &|pen| column(pen, 1, 0, 0, 0, &[1 << 64]),
        ),
        (
            "residual-2-to-63",
            &["chunk-31"],
            "a residual of 2^63, which is there only as a negative one",
            &|pen| column(pen, 1, 0, 0, 0, &[1 << 63]),
        ),
    ] {
        malformed(cases, name, rules, about, |pen| {
            two(pen, 0);
            nothing_else(pen);
            write(pen);
        });
    }
}

fn head(pen: &mut Pen, count: u128, shape: usize, (mantissa, power): (u128, usize)) {
    pen.number("COUNT", count - 1);
    pen.one("SHAPE", shape);
    pen.divisor(mantissa, power);
}

/// The times of two readings, at the start and 5 ms later.
fn two(pen: &mut Pen, shape: usize) {
    head(pen, 2, shape, (5, 0));
    pen.number("OFFSET", 0);
    each(pen, &[1]);
}

/// Durations and flags that all are 0.
fn nothing_else(pen: &mut Pen) {
    pen.one("DURATIONS", 0);
    pen.one("FLAGS", 0);
}

/// A column of symbols of these values.
fn each(pen: &mut Pen, values: &[i128]) {
    let mut symbols = Symbols::default();
    for value in values {
        symbols.value(pen, *value);
    }
}

/// All are this.
fn said(pen: &mut Pen, row: &str, value: u128) {
    pen.one(row, 2);
    pen.number("ALIKE", value);
}

/// Each for itself.
fn said_each(pen: &mut Pen, row: &str, values: &[i128]) {
    pen.one(row, 3);
    each(pen, values);
}

/// A column of numbers: the divisor, whether by level, the rest, z and the residuals.
fn column(pen: &mut Pen, divisor: u128, by_level: usize, rest: u128, z: u128, residuals: &[i128]) {
    let tens = (0..15)
        .take_while(|tens| divisor % 10_u128.pow(tens + 1) == 0)
        .count();
    pen.divisor(divisor / 10_u128.pow(u32::try_from(tens).unwrap()), tens);
    pen.one("BY_LEVEL", by_level);
    if by_level == 0 {
        pen.number("REST", rest);
    }
    pen.number("FIRST", z);
    let mut writer = Residuals::default();
    for residual in residuals {
        writer.write(pen, *residual);
    }
}

/// The bytes of one text.
fn text(pen: &mut Pen, bytes: &[u8]) {
    let mut models = vec![super::pen::Model::row("EVEN"); 32];
    let mut before = 0;
    for byte in bytes {
        let (upper, lower) = (usize::from(byte >> 4), usize::from(byte & 15));
        pen.symbol(&mut models[before], upper);
        pen.symbol(&mut models[16 + upper], lower);
        before = upper;
    }
}
