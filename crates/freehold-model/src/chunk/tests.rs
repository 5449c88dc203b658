//! Known answers, laws, and bytes that are no chunks.

use super::*;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use proptest::collection;
use proptest::prelude::*;

const PAGE: &str = include_str!("../../../../docs/spec/chunk.md");
const START: Time = Time::from_ms(1_700_000_000_000);
const LIMIT: usize = 200;

fn after_start(ms: i64, value: Value) -> Reading {
    Reading::new(START.plus_ms(ms), value)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .filter_map(|place| u8::from_str_radix(hex.get(place..place + 2)?, 16).ok())
        .collect()
}

/// What the page's examples describe, in its order.
fn examples() -> Vec<Vec<Reading>> {
    let heart = [97, 102, 105, 103, 101, 95, 91, 93, 94, 93];
    let gaps = [0, 5, 10, 15, 30, 35, 40, 45, 100, 105];
    let power = (0..60).map(|minute| (minute, 216_000 + (minute * minute * 7 % 11) * 2000));
    vec![
        vec![after_start(0, Value::Number(0))],
        heart
            .iter()
            .zip(gaps)
            .map(|(beats, s)| after_start(s * 1000, Value::Number(*beats)))
            .collect(),
        power
            .map(|(minute, mw)| after_start(minute * 60_000, Value::Number(mw)))
            .collect(),
        vec![
            after_start(1_800_000, Value::Number(99_000)).lasting_ms(1_800_000),
            after_start(3_600_000, Value::Number(57_000)).lasting_ms(1_800_000),
            after_start(5_400_000, Value::None)
                .lasting_ms(1_800_000)
                .flagged(Flags::ESTIMATED),
        ],
        vec![
            after_start(0, Value::Number(i64::MIN)),
            after_start(0, Value::Number(i64::MAX)),
            after_start(1, Value::Number(0)),
        ],
        vec![
            after_start(7, Value::Bool(true)),
            after_start(7, Value::State(65_535)),
            after_start(
                9,
                Value::Point {
                    lat: 515_007_000,
                    lon: -1_246_000,
                },
            )
            .lasting_ms(u32::MAX),
            after_start(1_000_009, Value::Text("warm wärmer".into())),
        ],
    ]
}

/// The chunks of the page's examples: the lines in its last section that begin with `chunk`.
fn page_chunks() -> Vec<Vec<u8>> {
    let examples = PAGE.split("## 9.").nth(1).unwrap_or_default();
    examples
        .lines()
        .filter_map(|line| line.strip_prefix("chunk "))
        .map(bytes_of)
        .collect()
}

/// Steps that wrap are multiples of their divisor, the numbers that they lead to are not. [chunk-42]
#[test]
fn numbers_that_lie_further_apart_than_64_bits_say() {
    let numbers = [
        442_862_194_776_955_377,
        -8_803_025_393_307_704_119,
        322_066_532,
    ];
    let reading = |number: &i64| Reading::new(START, Value::Number(*number));
    let readings: Vec<Reading> = numbers.iter().map(reading).collect();
    let chunk = encode(START, &readings).unwrap();
    assert_eq!(decode(START, &chunk, 3), Ok(readings));
}

#[test]
fn the_pages_examples_are_known_answers() {
    // [chunk-1] [chunk-7]
    let chunks: Vec<String> = examples()
        .iter()
        .map(|readings| hex(&encode(START, readings).unwrap()))
        .collect();
    let on_page = page_chunks();
    assert_eq!(
        on_page.iter().map(|chunk| hex(chunk)).collect::<Vec<_>>(),
        chunks
    );
    for (chunk, readings) in on_page.iter().zip(examples()) {
        assert_eq!(decode(START, chunk, LIMIT), Ok(readings));
    }
}

#[test]
fn the_pages_tables_are_the_codes() {
    // [chunk-14]
    let mut lines = Vec::new();
    let mut list = |name: &str, rows: &[[u16; 16]]| {
        for (place, row) in rows.iter().enumerate() {
            let row = row.map(|start| format!("{start}")).join(" ");
            let place = if rows.len() == 1 {
                String::new()
            } else {
                format!(" {place}")
            };
            lines.push(format!("{name}{place}: {row}"));
        }
    };
    list("COUNT", &[priors::COUNT]);
    list("SHAPE", &[priors::SHAPE]);
    list("POWER", &[priors::POWER]);
    list("MANTISSA", &[priors::MANTISSA]);
    list("OFFSET", &[priors::OFFSET]);
    list("DURATIONS", &[priors::DURATIONS]);
    list("FLAGS", &[priors::FLAGS]);
    list("ALIKE", &[priors::ALIKE]);
    list("BY_LEVEL", &[priors::BY_LEVEL]);
    list("REST", &[priors::REST]);
    list("FIRST", &[priors::FIRST]);
    list("LENGTHS", &[priors::LENGTHS]);
    list("EVEN", &[priors::EVEN]);
    list("TOKENS", &priors::TOKENS);
    list("TAILS", &priors::TAILS);
    list("SYMBOLS", &priors::SYMBOLS);
    let tables = PAGE.split("```").nth(1).unwrap_or_default();
    assert_eq!(tables.trim().lines().collect::<Vec<_>>(), lines);
}

#[test]
fn a_row_starts_at_zero_and_leaves_every_symbol_a_share() {
    let rows = priors::TOKENS
        .iter()
        .chain(&priors::TAILS)
        .chain(&priors::SYMBOLS);
    for row in rows.chain(&[priors::COUNT, priors::SHAPE, priors::FIRST, priors::EVEN]) {
        assert_eq!(row[0], 0);
        assert!(row.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(row[15] < 32_768);
    }
}

#[test]
fn readings_that_are_no_chunk_are_refused() {
    // [chunk-1] [chunk-6]
    let at = |ms| after_start(ms, Value::Number(1));
    let text = Value::Text("x".repeat(TEXT_MAX + 1).into());
    let point = Value::Point {
        lat: 900_000_001,
        lon: 0,
    };
    assert_eq!(encode(START, &[]), Err(ChunkError::Empty));
    assert_eq!(encode(START, &[at(-1)]), Err(ChunkError::BeforeStart));
    assert_eq!(
        encode(START, &[at(0), at(5), at(4)]),
        Err(ChunkError::Unordered { index: 2 })
    );
    assert_eq!(
        encode(START, &[at(0), after_start(1, text)]),
        Err(ChunkError::NoValue { index: 1 })
    );
    assert_eq!(
        encode(START, &[after_start(1, point)]),
        Err(ChunkError::NoValue { index: 0 })
    );
    let (mut encoder, mut out) = (Encoder::new(), vec![1]);
    assert!(encoder.encode(START, &[], &mut out).is_err());
    encoder.encode(START, &[at(3)], &mut out).unwrap();
    assert_eq!(decode(START, &out[1..], 1), Ok(vec![at(3)]));
}

#[test]
fn more_readings_than_allowed_are_refused_before_they_are_read() {
    // [chunk-2]
    let readings: Vec<Reading> = (0..100).map(|ms| after_start(ms, Value::None)).collect();
    let chunk = encode(START, &readings).unwrap();
    let error = ChunkError::TooManyReadings {
        beyond_first: 99,
        limit: 99,
    };
    assert_eq!(decode(START, &chunk, 99), Err(error));
    assert_eq!(decode(START, &chunk, 100), Ok(readings));
    let mut pen = Pen::default();
    write_number(&mut pen, priors::COUNT, u64::MAX);
    let mut bytes = Vec::new();
    pen.finish(&mut bytes);
    let error = ChunkError::TooManyReadings {
        beyond_first: u64::MAX,
        limit: usize::MAX,
    };
    assert_eq!(decode(START, &bytes, usize::MAX), Err(error));
}

#[test]
fn cut_and_lengthened_chunks_are_refused() {
    // [chunk-7] [chunk-10] [chunk-11]
    for readings in examples() {
        let chunk = encode(START, &readings).unwrap();
        for end in 0..chunk.len() {
            assert!(decode(START, &chunk[..end], LIMIT).is_err(), "cut to {end}");
        }
        for byte in 0..=255 {
            let longer = [chunk.as_slice(), &[byte]].concat();
            assert!(decode(START, &longer, LIMIT).is_err(), "with {byte}");
            let longer = [&[byte], chunk.as_slice()].concat();
            assert_canonical(&longer);
        }
        assert!(decode(START, &[chunk.as_slice(), &[0; 64]].concat(), LIMIT).is_err());
    }
}

#[test]
fn every_flipped_bit_is_refused_or_another_chunk() {
    for readings in examples() {
        let mut chunk = encode(START, &readings).unwrap();
        for bit in 0..chunk.len() * 8 {
            chunk[bit / 8] ^= 1 << (bit % 8);
            assert_canonical(&chunk);
            chunk[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn short_byte_strings_are_refused_or_chunks() {
    for number in 0..1_u32 << 17 {
        let bytes = number.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        assert_canonical(&bytes[zeros..]);
    }
}

/// What decodes is what its readings encode to. **[chunk-7]**
fn assert_canonical(bytes: &[u8]) {
    if let Ok(readings) = decode(START, bytes, LIMIT) {
        assert!(readings.len() <= LIMIT);
        assert_eq!(encode(START, &readings).as_deref(), Ok(bytes));
    }
}

/// Writes what an encoder never would: the parts of a chunk of two readings one step of `step` ms apart.
fn forged(unit: u64, step: u64, values: impl FnOnce(&mut Pen)) -> Vec<u8> {
    let mut pen = Pen::default();
    write_number(&mut pen, priors::COUNT, 1);
    pen.symbol(&mut Model::new(priors::SHAPE), NUMBER);
    write_divisor(&mut pen, unit);
    write_number(&mut pen, priors::OFFSET, 0);
    write_symbols(&mut pen, unit, [step].into_iter());
    write_alike(&mut pen, priors::DURATIONS, Some(step), [0, 0].into_iter());
    write_alike(&mut pen, priors::FLAGS, None, [0, 0].into_iter());
    values(&mut pen);
    let mut bytes = Vec::new();
    pen.finish(&mut bytes);
    bytes
}

/// A column of two numbers with every part as wanted.
fn column(divisor: u64, by_level: u16, first: [u64; 2], size: u64) -> impl FnOnce(&mut Pen) {
    move |pen| {
        write_divisor(pen, divisor);
        pen.symbol(&mut Model::new(priors::BY_LEVEL), by_level);
        if by_level == 0 {
            write_number(pen, priors::REST, first[1]);
        }
        write_number(pen, priors::FIRST, first[0]);
        let mut residuals = numbers::Residuals::NEW;
        residuals.write(pen, size, false);
    }
}

#[test]
fn only_the_encoders_choices_decode() {
    // [chunk-3] [chunk-41] [chunk-42]
    let is_chunk = |bytes: &[u8]| decode(START, bytes, LIMIT).is_ok();
    assert!(is_chunk(&forged(1000, 1000, column(5, 0, [6, 0], 1))));
    assert!(
        !is_chunk(&forged(500, 1000, column(5, 0, [6, 0], 1))),
        "unit too small"
    );
    assert!(
        !is_chunk(&forged(1000, 0, column(5, 0, [6, 0], 1))),
        "unit without steps"
    );
    assert!(
        !is_chunk(&forged(1000, 1000, column(5, 0, [6, 0], 2))),
        "divisor too small"
    );
    assert!(
        !is_chunk(&forged(1000, 1000, column(5, 0, [6, 5], 1))),
        "rest too great"
    );
    assert!(
        !is_chunk(&forged(1000, 1000, column(5, 1, [6, 0], 4))),
        "levels without need"
    );
    assert!(
        !is_chunk(&forged(1000, 1000, column(5, 2, [6, 0], 1))),
        "no such choice"
    );
    assert!(
        !is_chunk(&forged(1000, 1000, column(1 << 60, 0, [6, 0], 1 << 40))),
        "overflow"
    );
    assert!(
        is_chunk(&forged(1000, 1000, column(100, 1, [2, 0], 0))),
        "levels are shorter"
    );
    assert!(
        !is_chunk(&forged(1000, 1000, column(100, 0, [1, 0], 1))),
        "steps are longer"
    );
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::Number),
        any::<bool>().prop_map(Value::Bool),
        any::<u16>().prop_map(Value::State),
        (-900_000_000..=900_000_000, -1_800_000_000..=1_800_000_000)
            .prop_map(|(lat, lon)| Value::Point { lat, lon }),
        "[ -~äß€😀]{0,40}".prop_map(|text| Value::Text(Box::from(text))),
        Just(Value::None),
    ]
}

/// Values as they come in practice: one shape, near each other or extreme.
fn values(count: usize) -> impl Strategy<Value = Vec<Value>> {
    let factor = prop_oneof![Just(1), Just(1000), Just(i64::MAX / 1000), any::<i64>()];
    let near = (factor, collection::vec(-40..40_i64, count), any::<i64>()).prop_map(
        |(factor, steps, first)| {
            let numbers = steps.iter().scan(first, |last, step| {
                *last = last.wrapping_add(step.wrapping_mul(factor));
                Some(Value::Number(*last))
            });
            numbers.collect()
        },
    );
    let extreme = prop_oneof![
        Just(i64::MIN),
        Just(i64::MAX),
        Just(0),
        Just(-1),
        any::<i64>()
    ];
    prop_oneof![
        near,
        collection::vec(extreme.prop_map(Value::Number), count),
        collection::vec(any::<bool>().prop_map(Value::Bool), count),
        collection::vec((0..40_u16).prop_map(Value::State), count),
        collection::vec(value(), count),
    ]
}

fn times(count: usize) -> impl Strategy<Value = Vec<u64>> {
    let step = prop_oneof![
        Just(0),
        Just(5000),
        Just(60_000),
        0..3_u64,
        9900..10_100_u64,
        0..u64::MAX / 4000
    ];
    let regular = (0..100_000_u64).prop_map(move |step| vec![step; count]);
    prop_oneof![regular, collection::vec(step, count)]
}

fn flags() -> impl Strategy<Value = Flags> {
    prop_oneof![
        Just(Flags::NONE),
        Just(Flags::ESTIMATED),
        Just(Flags::BELOW_RANGE.with(Flags::MANUAL)),
    ]
}

fn readings() -> impl Strategy<Value = Vec<Reading>> {
    (1..100_usize).prop_flat_map(|count| {
        let duration = prop_oneof![Just(0), Just(60_000), any::<u32>()];
        let durations = prop_oneof![
            duration
                .clone()
                .prop_map(move |duration| vec![duration; count]),
            collection::vec(duration, count),
        ];
        let flags = prop_oneof![
            flags().prop_map(move |flags| vec![flags; count]),
            collection::vec(flags(), count),
        ];
        (times(count), durations, values(count), flags).prop_map(
            |(steps, durations, values, flags)| {
                let mut time = START.ms();
                let rows = steps.into_iter().zip(durations).zip(values).zip(flags);
                let readings = rows.map(|(((step, duration_ms), value), flags)| {
                    time = time.saturating_add_unsigned(step);
                    Reading {
                        time: Time::from_ms(time),
                        duration_ms,
                        value,
                        flags,
                    }
                });
                readings.collect()
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_encoded_decodes(readings in readings()) {
        let chunk = encode(START, &readings).unwrap();
        prop_assert_eq!(decode(START, &chunk, readings.len()), Ok(readings));
    }

    #[test]
    fn changed_chunks_are_refused_or_others(readings in readings(), changes in collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut chunk = encode(START, &readings).unwrap();
        for (place, byte) in changes {
            let place = place.index(chunk.len());
            chunk[place] = byte;
        }
        assert_canonical(&chunk);
    }

    #[test]
    fn any_bytes_are_refused_or_a_chunk(bytes in collection::vec(any::<u8>(), 0..200)) {
        assert_canonical(&bytes);
    }

    #[test]
    fn the_start_may_be_any(start in any::<i64>(), offset in any::<u64>(), value in value()) {
        let time = Time::from_ms(start.saturating_add_unsigned(offset));
        let readings = vec![Reading::new(time, value)];
        let chunk = encode(Time::from_ms(start), &readings).unwrap();
        prop_assert_eq!(decode(Time::from_ms(start), &chunk, 1), Ok(readings));
    }

    #[test]
    fn symbols_pass_under_any_models(symbols in collection::vec((0..3_usize, 0..16_u16, any::<u64>(), 0..65_u32), 0..300)) {
        let (mut pen, mut bytes) = (Pen::default(), Vec::new());
        let mut models = [Model::new(priors::EVEN), Model::new(priors::FLAGS), Model::new(priors::TOKENS[0])];
        for (model, symbol, number, count) in &symbols {
            pen.symbol(&mut models[*model], *symbol);
            pen.bits(*number, *count);
        }
        pen.finish(&mut bytes);
        let mut reader = Reader::new(&bytes).unwrap();
        let mut models = [Model::new(priors::EVEN), Model::new(priors::FLAGS), Model::new(priors::TOKENS[0])];
        for (model, symbol, number, count) in symbols {
            prop_assert_eq!(reader.symbol(&mut models[model]), symbol);
            let mask = if count == 64 { u64::MAX } else { (1 << count) - 1 };
            prop_assert_eq!(reader.bits(count), number & mask);
        }
        prop_assert!(reader.is_finished());
    }
}
