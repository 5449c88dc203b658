//! Counters.

use freehold_model::{Absence, CounterError, Increments, Reading, Time};
use serde::Serialize;

use super::{
    reading::{READING, ReadingText, number, readings, texts},
    reconcile::ReadingsInput,
};
use crate::vectors::{Cases, Failure, Operation};

pub(super) struct Turn;

#[derive(Serialize)]
pub(super) struct TurnOutput {
    increments: Vec<ReadingText>,
}

impl Operation for Turn {
    const NAME: &'static str = "model/increments";
    const ABOUT: &'static str = "The increments of a counter's absolute values, none of which corrects an instant before the newest.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("readings", READING),
        (
            "increments",
            "the same readings with increments, in the order in which they came",
        ),
    ];
    type Input = ReadingsInput;
    type Output = TurnOutput;

    fn run(input: ReadingsInput) -> Result<TurnOutput, Failure> {
        let mut increments = Increments::default();
        let turned: Result<Vec<Reading>, CounterError> = readings(&input.readings)?
            .into_iter()
            .map(|reading| increments.turn(reading))
            .collect();
        turned
            .map(|turned| TurnOutput {
                increments: texts(&turned),
            })
            .map_err(|CounterError| Failure::Range)
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |absolutes: &[(i64, i64)]| ReadingsInput {
            readings: texts(
                &absolutes
                    .iter()
                    .map(|&(time, value)| number(time, value))
                    .collect::<Vec<_>>(),
            ),
        };
        for (name, about, absolutes) in [
            ("first", "0 for the first instant ever", &[(1, 1000)][..]),
            (
                "growing",
                "10, nothing, 5",
                &[(1, 1000), (2, 1010), (3, 1010), (4, 1015)],
            ),
            (
                "reset",
                "after a reset the increment is the value itself",
                &[(1, 1000), (2, 3), (3, 8)],
            ),
            (
                "straggler",
                "what was counted until an older reading is in the newer one",
                &[(1, 0), (3, 30), (2, 20), (4, 40)],
            ),
            (
                "correction",
                "a correction of the newest counts from the instant before",
                &[(1, 100), (2, 110), (2, 112), (3, 115)],
            ),
            ("zero", "a counter that stands at 0", &[(1, 0), (2, 0)]),
        ] {
            cases.accept(name, &["model-25"], about, input(absolutes));
        }
        let mut gap = input(&[(1, 100), (2, 0), (3, 130)]);
        gap.readings[1] = (&Reading::absent(Time::from_ms(2), Absence::Unknown)).into();
        cases.accept(
            "gap",
            &["model-25"],
            "an instant without a value changes nothing",
            gap,
        );
        for (name, about, absolutes) in [
            ("negative-first", "the first is negative", &[(1, -1)][..]),
            ("negative", "a later one is", &[(1, 5), (2, -5)]),
        ] {
            cases.refuse(name, &["model-25"], about, input(absolutes), Failure::Range);
        }
    }
}
