//! Chunks to readings.

mod heads;
mod values;

use freehold_model::{Time, chunk};
use serde::{Deserialize, Serialize};

use super::{START, examples, of_chunk, pen::Pen};
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
        heads::heads(cases);
        heads::alike(cases);
        values::symbols(cases);
        values::values(cases);
        values::numbers(cases);
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
