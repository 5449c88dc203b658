//! Which readings may be recorded.

use freehold_model::{
    Absence, Flags, Levels, Reading, ReadingError, StreamSpec, Time, Value, wire::to_bytes,
};
use serde::{Deserialize, Serialize};

use super::{
    at,
    described::{spec, stream},
    description::text_stream,
    number::of_value,
    reading::{READING, ReadingText, number},
};
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct Check;

#[derive(Serialize, Deserialize)]
pub(super) struct CheckInput {
    description: Hex,
    reading: ReadingText,
}

#[derive(Serialize)]
pub(super) struct CheckOutput {
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
            description: to_bytes(&levelled(kind, levels)).into(),
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
            description: text_stream(),
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

fn levelled(kind: &str, levels: &str) -> StreamSpec {
    spec(kind).levels(levels.parse::<Levels>().unwrap())
}

fn of_reading(error: ReadingError) -> Failure {
    match error {
        ReadingError::Time | ReadingError::Duration(_) => Failure::Range,
        ReadingError::Value(error) => of_value(error),
    }
}
