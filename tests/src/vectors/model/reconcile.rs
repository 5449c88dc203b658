//! What becomes of readings that come late or twice.

use freehold_model::{Absence, Flags, Reading, Reconciled, Time, Value, latest, reconcile};
use serde::{Deserialize, Serialize};

use super::reading::{READING, ReadingText, number, readings, texts};
use crate::vectors::{Cases, Failure, Operation};

pub(super) struct Reconcile;

#[derive(Serialize, Deserialize)]
pub(super) struct ReadingsInput {
    pub(super) readings: Vec<ReadingText>,
}

#[derive(Serialize)]
pub(super) struct ReconcileOutput {
    kept: Vec<ReadingText>,
    dropped: usize,
    summarized: Vec<ReadingText>,
}

impl Operation for Reconcile {
    const NAME: &'static str = "model/reconcile";
    const ABOUT: &'static str = "What is kept of readings that come one after another.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("readings", READING),
        ("kept", "those that stay, in their order"),
        ("dropped", "how many were duplicates"),
        ("summarized", "those that summaries use"),
    ];
    type Input = ReadingsInput;
    type Output = ReconcileOutput;

    fn run(input: ReadingsInput) -> Result<ReconcileOutput, Failure> {
        let mut kept: Vec<Reading> = Vec::new();
        let mut dropped = 0;
        for reading in readings(&input.readings)? {
            let place = kept.partition_point(|known| known.time <= reading.time);
            match reconcile(&kept, reading) {
                Reconciled::New(reading) | Reconciled::Corrects(reading) => {
                    kept.insert(place, reading)
                }
                Reconciled::Duplicate => dropped += 1,
            }
        }
        Ok(ReconcileOutput {
            summarized: texts(latest(&kept)),
            kept: texts(&kept),
            dropped,
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let none = |time| Reading::new(Time::from_ms(time), Value::None);
        for (name, rules, about, readings) in [
            (
                "in-order",
                &["model-21"][..],
                "nothing late, nothing twice",
                vec![number(1, 10), number(2, 20)],
            ),
            (
                "late",
                &["model-21"],
                "one comes late",
                vec![number(1, 10), number(3, 30), number(2, 20)],
            ),
            (
                "twice",
                &["model-20"],
                "one comes twice",
                vec![number(1, 10), number(2, 20), number(1, 10)],
            ),
            (
                "correction",
                &["model-20", "model-21"],
                "another value of an instant is kept beside the first, with flag 3",
                vec![number(1, 10), number(2, 20), number(1, 11)],
            ),
            (
                "correction-twice",
                &["model-20"],
                "the correction comes again, as it was sent",
                vec![number(1, 10), number(1, 11), number(1, 11)],
            ),
            (
                "back-to-the-first",
                &["model-20"],
                "what was known before the correction is no second correction",
                vec![number(1, 10), number(1, 11), number(1, 10)],
            ),
            (
                "other-duration",
                &["model-20"],
                "the same value over another interval is a correction",
                vec![number(1, 10), number(1, 10).lasting_ms(5)],
            ),
            (
                "other-remark",
                &["model-20"],
                "flags that are not of the value make no difference",
                vec![number(1, 10), number(1, 10).flagged(Flags::MANUAL)],
            ),
            (
                "low-then-high",
                &["model-20"],
                "below and above range differ",
                vec![
                    none(1).flagged(Flags::BELOW_RANGE),
                    none(1).flagged(Flags::ABOVE_RANGE),
                ],
            ),
            (
                "other-reason",
                &["model-20"],
                "and so do the reasons of an absence",
                vec![
                    Reading::absent(Time::from_ms(1), Absence::Unknown),
                    Reading::absent(Time::from_ms(1), Absence::Error),
                ],
            ),
        ] {
            cases.accept(
                name,
                rules,
                about,
                ReadingsInput {
                    readings: texts(&readings),
                },
            );
        }
    }
}
