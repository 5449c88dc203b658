//! Values of which one is wrong.

use freehold_model::{Time, chunk};

use super::{Decode, malformed};
use crate::vectors::{
    Cases,
    chunk::{
        START,
        draft::{column, each, head, nothing_else, text, two},
        examples,
        pen::{Pen, Symbols},
    },
};

/// States, which are a column of symbols.
pub(super) fn symbols(cases: &mut Cases<'_, Decode>) {
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
pub(super) fn values(cases: &mut Cases<'_, Decode>) {
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
pub(super) fn numbers(cases: &mut Cases<'_, Decode>) {
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
