//! Readings whose chunks are shown.

use freehold_model::{Absence, Flags, Reading, Time, Value};

use super::START;

/// What is special about some readings, the rules that they show, and the readings.
pub(super) struct Example {
    pub(super) name: &'static str,
    pub(super) rules: &'static [&'static str],
    pub(super) about: &'static str,
    pub(super) readings: Vec<Reading>,
    /// Their chunk, where the page says it.
    pub(super) chunk: Option<&'static str>,
}

pub(super) fn all() -> Vec<Example> {
    let mut all = of_the_page();
    all.extend(others());
    all
}

/// Those of section 9.
fn of_the_page() -> Vec<Example> {
    let heart = [0, 5, 10, 15, 30, 35, 40, 45, 100, 105]
        .into_iter()
        .zip([97, 102, 105, 103, 101, 95, 91, 93, 94, 93])
        .map(|(second, beats)| number(second * 1000, beats));
    let power = (0..60).map(|m| number(m * 60_000, 216_000 + 2_000 * (7 * m * m % 11)));
    let meter = [
        number(1_800_000, 99_000),
        number(3_600_000, 57_000),
        none(5_400_000).flagged(Flags::ESTIMATED),
    ];
    let of_all = [
        of(7, Value::Bool(true)),
        of(7, Value::State(65_535)),
        of(9, point(515_007_000, -1_246_000)).lasting_ms(u32::MAX),
        of(1_000_009, text("warm wärmer")),
    ];
    let shown = |name, rules, about, readings, chunk| Example {
        name,
        rules,
        about,
        readings,
        chunk: Some(chunk),
    };
    vec![
        shown(
            "zero",
            &["chunk-10", "chunk-20"],
            "one reading at the start: the number 0",
            vec![number(0, 0)],
            "25",
        ),
        shown(
            "heart-rate",
            &["chunk-12", "chunk-30", "chunk-31"],
            "heart rate about every five seconds",
            heart.collect(),
            "01dfa4708f84177fd585f43dbcaf2406",
        ),
        shown(
            "power",
            &["chunk-3", "chunk-21", "chunk-41"],
            "power every minute, in whole watts",
            power.collect(),
            "099df6c9dfcdbd518e0072577f5c05bf1b33773bc47694ec1923abdb8d00c7758ab7c835",
        ),
        shown(
            "meter",
            &["chunk-4", "chunk-5", "chunk-53"],
            "two half hours of a meter, and one without a value, estimated; each lasts as long as the first step",
            meter.map(|reading| reading.lasting_ms(1_800_000)).to_vec(),
            "234bd0880c63cf1cfa5587900c29c1435d79",
        ),
        shown(
            "64-bits",
            &["chunk-13", "chunk-31", "chunk-40"],
            "-2^63 and 2^63 - 1 at the start, 0 a millisecond later",
            vec![number(0, i64::MIN), number(0, i64::MAX), number(1, 0)],
            "019f4e118c18be4d873bffffffffff9dffff076cde68ffffffff",
        ),
        shown(
            "all-kinds",
            &["chunk-5", "chunk-6", "chunk-60"],
            "a truth, a state, a point and a text",
            of_all.to_vec(),
            "39a68cd08ddbc5f222329fbeffcaec60770cffff85fe47a66232cf9b6e1da4cc47c62883f59279ff18248b8b3f56c4c384a4",
        ),
    ]
}

fn others() -> Vec<Example> {
    let example = |name, rules, about, readings| Example {
        name,
        rules,
        about,
        readings,
        chunk: None,
    };
    let every = |ms: i64, of: &dyn Fn(i64) -> Value, count: i64| -> Vec<Reading> {
        (0..count).map(|n| self::of(n * ms, of(n))).collect()
    };
    let flags = [
        Flags::NONE,
        Flags::BELOW_RANGE,
        Flags::MANUAL.with(Flags::CLOCK_UNSURE),
        Flags::absent(Absence::NotApplicable),
    ];
    let flagged = every(1000, &|_| Value::None, 8)
        .into_iter()
        .zip(flags.into_iter().cycle());
    let durations =
        every(60_000, &Value::Number, 5)
            .into_iter()
            .zip([0, 60_000, 59_999, u32::MAX, 0]);
    vec![
        example(
            "truths",
            &["chunk-5", "chunk-50"],
            "twelve truths, on and off",
            every(1000, &|n| Value::Bool(n % 3 == 0), 12),
        ),
        example(
            "one-state",
            &["chunk-51"],
            "a state that never changes: model 0 of the symbols",
            every(1000, &|_| Value::State(4), 40),
        ),
        example(
            "two-states",
            &["chunk-51"],
            "two states: models 1 to 8",
            every(1000, &|n| Value::State(u16::from(n % 5 == 0)), 40),
        ),
        example(
            "twenty-states",
            &["chunk-50", "chunk-52"],
            "more states than entries: from the sixteenth on each is written by a residual",
            every(
                1000,
                &|n| Value::State(u16::try_from(n * 7 % 20).unwrap_or_default()),
                60,
            ),
        ),
        example(
            "points",
            &["chunk-5"],
            "a walk",
            every(
                10_000,
                &|n| {
                    point(
                        515_007_000 + 3 * i32::try_from(n).unwrap_or_default(),
                        -1_246_000,
                    )
                },
                6,
            ),
        ),
        example(
            "poles",
            &["chunk-6"],
            "the edges of the earth",
            vec![
                of(0, point(900_000_000, 1_800_000_000)),
                of(1, point(-900_000_000, -1_800_000_000)),
            ],
        ),
        example(
            "texts",
            &["chunk-60"],
            "an empty text, one of 256 bytes, one of other letters",
            vec![
                of(0, text("")),
                of(1, text(&"x".repeat(256))),
                of(2, text("größer als 日本")),
            ],
        ),
        example(
            "no-values",
            &["chunk-5"],
            "readings without a value",
            every(1000, &|_| Value::None, 3),
        ),
        example(
            "numbers-and-none",
            &["chunk-5"],
            "mixed: every fourth has no value",
            every(
                1000,
                &|n| {
                    if n % 4 == 3 {
                        Value::None
                    } else {
                        Value::Number(20 + n)
                    }
                },
                20,
            ),
        ),
        example(
            "flags",
            &["chunk-53", "chunk-6"],
            "flags that differ",
            flagged
                .map(|(reading, flags)| reading.flagged(flags))
                .collect(),
        ),
        example(
            "flags-alike",
            &["chunk-53"],
            "the same flags throughout",
            every(1000, &|_| Value::Number(3), 6)
                .into_iter()
                .map(|reading| reading.flagged(Flags::ESTIMATED))
                .collect(),
        ),
        example(
            "durations",
            &["chunk-4", "chunk-53"],
            "durations that differ, up to 2^32 - 1",
            durations
                .map(|(reading, ms)| reading.lasting_ms(ms))
                .collect(),
        ),
        example(
            "durations-alike",
            &["chunk-4"],
            "the same duration, which is not the step",
            every(60_000, &Value::Number, 4)
                .into_iter()
                .map(|reading| reading.lasting_ms(30_000))
                .collect(),
        ),
        example(
            "one-duration",
            &["chunk-4"],
            "one reading has no step to be as long as",
            vec![number(0, 1).lasting_ms(1000)],
        ),
        example(
            "same-instant",
            &["chunk-1"],
            "three of one instant, in their order",
            vec![
                number(5, 3),
                number(5, 1),
                number(5, 2).flagged(Flags::CORRECTED),
            ],
        ),
        example(
            "gaps",
            &["chunk-3"],
            "seconds, and a gap of an hour",
            [0, 1, 2, 3602, 3603]
                .into_iter()
                .map(|second| number(second * 1000, second))
                .collect(),
        ),
        example(
            "late-start",
            &["chunk-3"],
            "the first is an odd time after the start: the unit is a millisecond",
            vec![number(1, 5), number(1001, 6), number(2001, 7)],
        ),
        example(
            "by-level",
            &["chunk-42"],
            "numbers near 0 with one far off now and then are written by level",
            every(
                1000,
                &|n| Value::Number(if n % 2 == 0 { 1_000_000 } else { 0 }),
                20,
            ),
        ),
        example(
            "unit-of-numbers",
            &["chunk-41", "chunk-40"],
            "steps of 250 from a number that is no multiple of it",
            every(1000, &|n| Value::Number(17 + 250 * (n * n % 7)), 30),
        ),
        example(
            "alike",
            &["chunk-41"],
            "a number that never changes",
            every(1000, &|_| Value::Number(-40), 30),
        ),
        example(
            "jumps",
            &["chunk-31"],
            "steps of every size, up and down",
            (0..62)
                .map(|n| number(n, if n % 2 == 0 { 1 << n } else { -(1 << n) }))
                .collect(),
        ),
        example(
            "after-2200",
            &["chunk-1"],
            "a time that no reading may be recorded with: a chunk may have it",
            vec![number(7_258_118_400_000 - START, 1)],
        ),
        example(
            "growth",
            &["chunk-12", "chunk-30"],
            "300 numbers: models settle",
            every(60_000, &|n| Value::Number(n * n), 300),
        ),
    ]
}

pub(super) fn of(after: i64, value: Value) -> Reading {
    Reading::new(Time::from_ms(START + after), value)
}

pub(super) fn number(after: i64, number: i64) -> Reading {
    of(after, Value::Number(number))
}

pub(super) fn none(after: i64) -> Reading {
    of(after, Value::None)
}

pub(super) fn point(lat: i32, lon: i32) -> Value {
    Value::Point { lat, lon }
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.into())
}
