//! Counts, shapes, times, durations and flags of which one is wrong.

use super::{Decode, malformed};
use crate::vectors::{
    Cases,
    chunk::{
        draft::{column, each, head, nothing_else, said, said_each, two},
        pen::Pen,
    },
};

/// Count, shape, unit of time, offset and steps, of which one is wrong.
pub(super) fn heads(cases: &mut Cases<'_, Decode>) {
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
pub(super) fn alike(cases: &mut Cases<'_, Decode>) {
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
