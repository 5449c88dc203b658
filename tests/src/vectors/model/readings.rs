//! Readings: which may be recorded, and what becomes of those that come late or twice.

use freehold_model::{
    Absence, CounterError, Flags, Increments, Reading, ReadingError, Reconciled, Time, Value,
    latest, reconcile,
};
use serde::{Deserialize, Serialize};

use super::{
    at,
    described::{spec, stream},
    reading::{READING, ReadingText, number, readings, texts},
    texts::of_value,
};
use crate::vectors::{Cases, Entry, Failure, Hex, Operation, entry};

pub(super) fn operations() -> Vec<Entry> {
    vec![
        entry::<FlagNames>(),
        entry::<Check>(),
        entry::<Reconcile>(),
        entry::<Turn>(),
    ]
}

struct FlagNames;

#[derive(Serialize, Deserialize)]
struct FlagsInput {
    flags: u16,
}

#[derive(Serialize)]
struct FlagsOutput {
    names: Vec<&'static str>,
}

impl Operation for FlagNames {
    const NAME: &'static str = "model/flags";
    const ABOUT: &'static str = "What flags say.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("flags", "as a number of 16 bits"),
        (
            "names",
            "below_range, above_range, estimated, corrected, manual, clock_unsure, implausible, in this order, and one of absent, absent_not_measured, absent_error, absent_withheld, absent_not_applicable",
        ),
    ];
    type Input = FlagsInput;
    type Output = FlagsOutput;

    fn run(input: FlagsInput) -> Result<FlagsOutput, Failure> {
        let flags = Flags::from_bits(input.flags).ok_or(Failure::Malformed)?;
        Ok(FlagsOutput {
            names: flags.names().collect(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, flags) in [
            ("none", "nothing to say", 0),
            (
                "all",
                "all seven, and an absence that is not applicable",
                0x04ff,
            ),
            ("low", "below range", 0x0001),
            ("absent", "absent for an unknown reason", 0x0080),
            (
                "withheld",
                "absent because it was withheld, entered by hand",
                0x0390,
            ),
        ] {
            cases.accept(name, &["model-17"], about, FlagsInput { flags });
        }
        for (name, about, flags) in [
            ("bit-11", "a bit that has no meaning", 0x0800),
            ("bit-15", "the highest bit", 0x8000),
            (
                "reason-5",
                "absent for a reason that there is none of",
                0x0580,
            ),
            ("reason-7", "absent for the last number of a reason", 0x0780),
            ("reason-alone", "a reason without an absence", 0x0100),
            ("reason-4-alone", "not applicable, but not absent", 0x0400),
        ] {
            cases.refuse(
                name,
                &["model-17"],
                about,
                FlagsInput { flags },
                Failure::Malformed,
            );
        }
    }
}

struct Check;

#[derive(Serialize, Deserialize)]
struct CheckInput {
    description: Hex,
    reading: ReadingText,
}

#[derive(Serialize)]
struct CheckOutput {
    plausible: bool,
}

impl Operation for Check {
    const NAME: &'static str = "model/reading";
    const ABOUT: &'static str = "Whether a reading may be recorded in a stream.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("description", "of the stream"),
        ("reading", READING),
        (
            "plausible",
            "whether its number lies in the plausible range, or it has none",
        ),
    ];
    type Input = CheckInput;
    type Output = CheckOutput;

    fn run(input: CheckInput) -> Result<CheckOutput, Failure> {
        let stream = stream(&input.description)?;
        let reading = Reading::try_from(&input.reading)?;
        stream.check(&reading).map_err(of_reading)?;
        Ok(CheckOutput {
            plausible: stream.is_plausible(&reading),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let noon = at("2024-05-01T12:00Z");
        let of = |value| Reading::new(Time::from_ms(noon), value);
        let point = |lat, lon| of(Value::Point { lat, lon });
        let text = |length| of(Value::Text("x".repeat(length).into()));
        let greatest = (1 << 53) - 1;
        let input = |kind: &str, levels: &str, reading: &Reading| CheckInput {
            description: freehold_model::wire::to_bytes(&levelled(kind, levels)).into(),
            reading: reading.into(),
        };
        for (name, rules, about, kind, levels, reading) in [
            (
                "number",
                &["model-16"][..],
                "21.5 degrees",
                "air_temperature",
                "raw",
                number(noon, 2150),
            ),
            (
                "implausible",
                &["model-16"],
                "200 degrees are not plausible, and may be recorded",
                "air_temperature",
                "raw",
                number(noon, 20_000),
            ),
            (
                "greatest",
                &["model-16"],
                "2^53 - 1",
                "energy_interval",
                "raw",
                number(noon, greatest),
            ),
            (
                "least",
                &["model-16"],
                "-(2^53 - 1)",
                "energy_interval",
                "raw",
                number(noon, -greatest),
            ),
            (
                "truth",
                &["model-16"],
                "true",
                "motion",
                "raw",
                of(Value::Bool(true)),
            ),
            (
                "last-state",
                &["model-16"],
                "the last state of four",
                "door_lock_state",
                "raw",
                of(Value::State(3)),
            ),
            (
                "poles",
                &["model-16"],
                "the south pole at the date line",
                "position",
                "raw",
                point(-900_000_000, 1_800_000_000),
            ),
            (
                "none",
                &["model-16", "model-17"],
                "no value is a value of every kind",
                "motion",
                "raw",
                Reading::absent(Time::from_ms(noon), Absence::Error),
            ),
            (
                "low",
                &["model-17"],
                "\"low\" without a number",
                "heart_rate",
                "raw",
                of(Value::None).flagged(Flags::BELOW_RANGE),
            ),
            (
                "first-instant",
                &["model-1"],
                "1900 begins",
                "heart_rate",
                "raw",
                number(at("1900-01-01"), 70),
            ),
            (
                "last-instant",
                &["model-1"],
                "2200 is about to begin",
                "heart_rate",
                "raw",
                number(at("2199-12-31T23:59:59.999Z"), 70),
            ),
            (
                "half-hour",
                &["model-2", "model-3"],
                "an interval as long as the finest summaries",
                "energy_interval",
                "raw,half-hour,day",
                number(noon, 1).lasting_ms(1_800_000),
            ),
            (
                "longest-of-raw",
                &["model-2", "model-3"],
                "where there are only raw slots, 2^32 - 1 ms",
                "energy_interval",
                "raw",
                number(noon, 1).lasting_ms(u32::MAX),
            ),
            (
                "28-days",
                &["model-3"],
                "months count 28 days",
                "energy_interval",
                "month",
                number(noon, 1).lasting_ms(28 * 86_400_000),
            ),
        ] {
            cases.accept(name, rules, about, input(kind, levels, &reading));
        }
        for (name, rules, about, kind, levels, reading, failure) in [
            (
                "too-early",
                &["model-1"][..],
                "a millisecond before 1900",
                "heart_rate",
                "raw",
                number(at("1900-01-01") - 1, 70),
                Failure::Range,
            ),
            (
                "too-late",
                &["model-1"],
                "2200",
                "heart_rate",
                "raw",
                number(Time::LATEST.ms(), 70),
                Failure::Range,
            ),
            (
                "too-great",
                &["model-16"],
                "2^53",
                "energy_interval",
                "raw",
                number(noon, greatest + 1),
                Failure::Range,
            ),
            (
                "too-little",
                &["model-16"],
                "-2^53",
                "energy_interval",
                "raw",
                number(noon, -greatest - 1),
                Failure::Range,
            ),
            (
                "number-for-truth",
                &["model-16"],
                "a number of a kind of truths",
                "motion",
                "raw",
                number(noon, 1),
                Failure::Kind,
            ),
            (
                "truth-for-number",
                &["model-16"],
                "a truth of a kind of numbers",
                "heart_rate",
                "raw",
                of(Value::Bool(true)),
                Failure::Kind,
            ),
            (
                "text-for-state",
                &["model-16"],
                "a state by its name",
                "door_lock_state",
                "raw",
                of(Value::Text("locked".into())),
                Failure::Kind,
            ),
            (
                "state-for-truth",
                &["model-16"],
                "a state of a kind of truths",
                "motion",
                "raw",
                of(Value::State(1)),
                Failure::Kind,
            ),
            (
                "state-beyond",
                &["model-16"],
                "the fifth state of four",
                "door_lock_state",
                "raw",
                of(Value::State(4)),
                Failure::Unknown,
            ),
            (
                "north-of-the-pole",
                &["model-16"],
                "a latitude over 90 degrees",
                "position",
                "raw",
                point(900_000_001, 0),
                Failure::Range,
            ),
            (
                "beyond-the-date-line",
                &["model-16"],
                "a longitude below -180 degrees",
                "position",
                "raw",
                point(0, -1_800_000_001),
                Failure::Range,
            ),
            (
                "text-for-point",
                &["model-16"],
                "a text of a kind of points",
                "position",
                "raw",
                text(3),
                Failure::Kind,
            ),
            (
                "over-a-minute",
                &["model-3"],
                "a millisecond longer than a minute",
                "energy_interval",
                "raw,minute",
                number(noon, 1).lasting_ms(60_001),
                Failure::Range,
            ),
            (
                "over-a-quarter",
                &["model-3"],
                "longer than a quarter of an hour",
                "energy_interval",
                "quarter-hour,hour",
                number(noon, 1).lasting_ms(900_001),
                Failure::Range,
            ),
            (
                "over-half-an-hour",
                &["model-3"],
                "longer than half an hour",
                "energy_interval",
                "raw,half-hour,day",
                number(noon, 1).lasting_ms(1_800_001),
                Failure::Range,
            ),
            (
                "over-an-hour",
                &["model-3"],
                "longer than an hour",
                "energy_interval",
                "hour",
                number(noon, 1).lasting_ms(3_600_001),
                Failure::Range,
            ),
            (
                "over-a-day",
                &["model-3"],
                "longer than 24 hours, though a day may have 25",
                "energy_interval",
                "day",
                number(noon, 1).lasting_ms(86_400_001),
                Failure::Range,
            ),
            (
                "over-a-month",
                &["model-3"],
                "longer than 28 days",
                "energy_interval",
                "month",
                number(noon, 1).lasting_ms(28 * 86_400_000 + 1),
                Failure::Range,
            ),
        ] {
            cases.refuse(name, rules, about, input(kind, levels, &reading), failure);
        }
        let mut reason = input("heart_rate", "raw", &number(noon, 70));
        reason.reading.set_flags(0x0100);
        cases.refuse(
            "flags",
            &["model-17"],
            "a reason without an absence",
            reason,
            Failure::Malformed,
        );
        let vendor = |length| CheckInput {
            description: super::streams::text_stream(),
            reading: (&text(length)).into(),
        };
        cases.accept("text", &["model-16"], "256 bytes of text", vendor(256));
        cases.refuse(
            "long-text",
            &["model-16"],
            "257 bytes of text",
            vendor(257),
            Failure::Length,
        );
    }
}

fn levelled(kind: &str, levels: &str) -> freehold_model::StreamSpec {
    spec(kind).levels(levels.parse::<freehold_model::Levels>().unwrap())
}

fn of_reading(error: ReadingError) -> Failure {
    match error {
        ReadingError::Time | ReadingError::Duration(_) => Failure::Range,
        ReadingError::Value(error) => of_value(error),
    }
}

struct Reconcile;

#[derive(Serialize, Deserialize)]
struct ReadingsInput {
    readings: Vec<ReadingText>,
}

#[derive(Serialize)]
struct ReconcileOutput {
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

struct Turn;

#[derive(Serialize)]
struct TurnOutput {
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
