//! Readings to chunks.

use freehold_model::{Reading, Time, Value, chunk};
use serde::{Deserialize, Serialize};

use super::{
    START,
    examples::{self, number, of, point, text},
    of_chunk,
};
use crate::vectors::{
    Cases, Failure, Hex, Operation,
    model::reading::{READING, ReadingText, readings, texts},
};

pub(super) struct Encode;

#[derive(Serialize, Deserialize)]
pub(super) struct EncodeInput {
    start: i64,
    readings: Vec<ReadingText>,
}

#[derive(Serialize)]
pub(super) struct EncodeOutput {
    chunk: Hex,
}

impl Operation for Encode {
    const NAME: &'static str = "chunk/encode";
    const ABOUT: &'static str = "The chunk of some readings.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("start", "of the slot, ms"),
        ("readings", READING),
        ("chunk", "the bytes"),
    ];
    type Input = EncodeInput;
    type Output = EncodeOutput;

    fn run(input: EncodeInput) -> Result<EncodeOutput, Failure> {
        let readings = readings(&input.readings)?;
        let chunk = chunk::encode(Time::from_ms(input.start), &readings).map_err(of_chunk)?;
        Ok(EncodeOutput {
            chunk: chunk.into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |readings: &[Reading]| EncodeInput {
            start: START,
            readings: texts(readings),
        };
        for example in examples::all() {
            if let (Some(shown), Ok(output)) = (example.chunk, Self::run(input(&example.readings)))
            {
                assert_eq!(output.chunk, Hex::digits(shown), "{}", example.name);
            }
            cases.accept(
                example.name,
                example.rules,
                example.about,
                input(&example.readings),
            );
        }
        for (name, rules, about, readings, failure) in [
            (
                "no-readings",
                &["chunk-1"][..],
                "no reading",
                vec![],
                Failure::Length,
            ),
            (
                "before-the-start",
                &["chunk-1"],
                "a millisecond before the slot",
                vec![number(-1, 0)],
                Failure::Range,
            ),
            (
                "out-of-order",
                &["chunk-1"],
                "the second before the first",
                vec![number(5, 0), number(4, 0)],
                Failure::Order,
            ),
            (
                "latitude",
                &["chunk-6"],
                "a latitude over 90 degrees",
                vec![of(0, point(900_000_001, 0))],
                Failure::Range,
            ),
            (
                "longitude",
                &["chunk-6"],
                "a longitude below -180 degrees",
                vec![of(0, point(0, -1_800_000_001))],
                Failure::Range,
            ),
            (
                "long-text",
                &["chunk-6"],
                "257 bytes of text",
                vec![of(0, text(&"x".repeat(257)))],
                Failure::Range,
            ),
        ] {
            cases.refuse(name, rules, about, input(&readings), failure);
        }
        let mut flags = input(&[of(0, Value::None)]);
        flags.readings[0].set_flags(0x0100);
        cases.refuse(
            "unknown-flags",
            &["chunk-6"],
            "a reason without an absence",
            flags,
            Failure::Malformed,
        );
    }
}
