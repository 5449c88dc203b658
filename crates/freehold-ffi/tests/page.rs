//! Pages: exact bytes, there and back, and nothing else taken.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use freehold::{
    Reading, Time, Value, Window,
    model::{Extremes, Flags, Index, Range, Slot, Summary, Totals},
};
use freehold_ffi::{
    FfiError,
    page::{
        HEADER, READING, Rows, WINDOW, readings_from_bytes, readings_to_bytes, windows_from_bytes,
        windows_to_bytes,
    },
};
use proptest::prelude::*;

#[test]
fn exact_bytes_of_readings() {
    let items = vec![
        Reading::new(Time::from_ms(1), Value::Number(-2)).lasting_ms(3),
        Reading::new(Time::from_ms(-1), Value::Bool(true)),
        Reading::new(Time::from_ms(4), Value::State(0x0506)),
        Reading::new(Time::from_ms(7), Value::point(8, -9).unwrap()),
        Reading::new(Time::from_ms(10), Value::text("ja").unwrap()),
        Reading::new(Time::from_ms(11), Value::text("né").unwrap()),
        Reading::absent(Time::from_ms(12), freehold::model::Absence::Unknown),
    ];
    let absent = items.last().unwrap().flags.bits().to_le_bytes();
    let page = Rows {
        items,
        next: Some(Time::from_ms(13)),
        not_yet: None,
    };
    let mut wanted: Vec<u8> = vec![7, 0, 0, 0, 1, 1, 1, 0];
    wanted.extend([13, 0, 0, 0, 0, 0, 0, 0]);
    wanted.extend([0; 8]);
    wanted.extend([1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 1, 0]);
    wanted.extend([0xfe, 255, 255, 255, 255, 255, 255, 255]);
    wanted.extend([255; 8]);
    wanted.extend([0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    wanted.extend([4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0]);
    wanted.extend([6, 5, 0, 0, 0, 0, 0, 0]);
    wanted.extend([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0]);
    wanted.extend([8, 0, 0, 0, 0xf7, 255, 255, 255]);
    wanted.extend([10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0]);
    wanted.extend([0, 0, 0, 0, 2, 0, 0, 0]);
    wanted.extend([11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0]);
    wanted.extend([2, 0, 0, 0, 3, 0, 0, 0]);
    wanted.extend([12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    wanted.extend(absent);
    wanted.extend([0; 10]);
    wanted.extend("jané".as_bytes());
    assert_eq!(readings_to_bytes(&page).unwrap(), wanted);
    assert_eq!(readings_from_bytes(&wanted).unwrap(), page);
}

#[test]
fn exact_bytes_of_windows() {
    let window = |start, summary| Window {
        slot: Slot {
            start: Time::from_ms(start),
            end: Time::from_ms(start + 1),
        },
        summary,
    };
    let all = Summary {
        totals: Some(Totals {
            count: 2,
            sum: -3,
            sum_squares: u128::MAX,
        }),
        extremes: Some(Extremes(Some(Range {
            min: 4,
            max: 5,
            first: 6,
            last: 7,
        }))),
        distribution: Some(vec![8, 9]),
        index: Some(Index(Some(10))),
    };
    let page = Rows {
        items: vec![window(1, Summary::default()), window(2, all)],
        next: None,
        not_yet: Some(Time::from_ms(-1)),
    };
    let bytes = windows_to_bytes(&page).unwrap();
    let mut wanted: Vec<u8> = vec![2, 0, 0, 0, 1, 2, 2, 0];
    wanted.extend([0; 8]);
    wanted.extend([255; 8]);
    let number = |it: i64| it.to_le_bytes();
    for it in [1, 2] {
        wanted.extend(number(it));
    }
    wanted.extend([0; WINDOW - 16]);
    for it in [2, 3, 2, -3] {
        wanted.extend(number(it));
    }
    wanted.extend([255; 24]);
    for it in [4, 5, 6, 7, 10] {
        wanted.extend(number(it));
    }
    wanted.extend([0b1_1110, 0, 2, 0, 0, 0, 0, 0]);
    for it in [8, 9] {
        wanted.extend(number(it));
    }
    assert_eq!(bytes, wanted);
    assert_eq!(windows_from_bytes(&wanted).unwrap(), page);
}

#[test]
fn every_byte_of_a_page_counts() {
    let items = vec![
        Reading::new(Time::from_ms(1), Value::text("a").unwrap()),
        Reading::new(Time::from_ms(2), Value::Bool(false)),
    ];
    let page = Rows {
        items,
        next: None,
        not_yet: None,
    };
    let bytes = readings_to_bytes(&page).unwrap();
    for len in 0..bytes.len() {
        assert!(readings_from_bytes(bytes.get(..len).unwrap()).is_err());
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(readings_from_bytes(&longer).is_err());
    // Zeros that stand for nothing, the format, the counts and the places.
    let bool_at = HEADER + READING;
    for at in [
        4,
        5,
        6,
        7,
        8,
        16,
        HEADER + 15,
        HEADER + 16,
        bool_at + 14,
        bool_at + 17,
    ] {
        let mut changed = bytes.clone();
        *changed.get_mut(at).unwrap() ^= 4;
        let refused = readings_from_bytes(&changed);
        assert!(matches!(refused, Err(FfiError::Argument { .. })), "{at}");
    }
    assert!(windows_from_bytes(&bytes).is_err());
}

#[test]
fn a_value_that_no_reading_has() {
    let items = vec![Reading::new(Time::from_ms(1), Value::point(0, 0).unwrap())];
    let page = Rows {
        items,
        next: None,
        not_yet: None,
    };
    let mut bytes = readings_to_bytes(&page).unwrap();
    *bytes.get_mut(HEADER + 19).unwrap() = 0x7f;
    let Err(FfiError::Failed { failure }) = readings_from_bytes(&bytes) else {
        panic!("taken");
    };
    assert_eq!((&*failure.reason, failure.number), ("bad_reading", 309));
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::None),
        any::<i64>().prop_map(Value::Number),
        any::<bool>().prop_map(Value::Bool),
        any::<u16>().prop_map(Value::State),
        (-900_000_000..=900_000_000, -1_800_000_000..=1_800_000_000)
            .prop_map(|(lat, lon)| Value::point(lat, lon).unwrap()),
        "\\PC{0,20}".prop_map(|text| Value::text(&text).unwrap()),
    ]
}

fn reading() -> impl Strategy<Value = Reading> {
    (any::<i64>(), any::<u32>(), value(), 0..128_u16).prop_map(
        |(time, duration_ms, value, bits)| Reading {
            time: Time::from_ms(time),
            duration_ms,
            value,
            flags: Flags::from_bits(bits).unwrap(),
        },
    )
}

fn rows<T: std::fmt::Debug>(item: impl Strategy<Value = T>) -> impl Strategy<Value = Rows<T>> {
    let time = || proptest::option::of(any::<i64>().prop_map(Time::from_ms));
    (prop::collection::vec(item, 0..20), time(), time()).prop_map(|(items, next, not_yet)| Rows {
        items,
        next,
        not_yet,
    })
}

prop_compose! {
    fn window()(
        slot in any::<(i64, i64)>(),
        totals in proptest::option::of(any::<(u64, i128, u128)>()),
        extremes in proptest::option::of(any::<[i64; 4]>()),
        distribution in proptest::option::of(prop::collection::vec(any::<u64>(), 0..70)),
        index in proptest::option::of(any::<i64>()),
    ) -> Window {
        Window {
            slot: Slot { start: Time::from_ms(slot.0), end: Time::from_ms(slot.1) },
            summary: Summary {
                totals: totals.map(|(count, sum, sum_squares)| Totals { count, sum, sum_squares }),
                extremes: extremes
                    .map(|[min, max, first, last]| Extremes(Some(Range { min, max, first, last }))),
                distribution,
                index: index.map(|it| Index(Some(it))),
            },
        }
    }
}

proptest! {
    #[test]
    fn readings_there_and_back(page in rows(reading())) {
        let bytes = readings_to_bytes(&page).unwrap();
        prop_assert_eq!(readings_from_bytes(&bytes).unwrap(), page);
    }

    #[test]
    fn windows_there_and_back(page in rows(window())) {
        let bytes = windows_to_bytes(&page).unwrap();
        prop_assert_eq!(windows_from_bytes(&bytes).unwrap(), page);
    }

    /// What is taken is written again byte for byte.
    #[test]
    fn one_form(page in rows(reading()), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut bytes = readings_to_bytes(&page).unwrap();
        *at.get_mut(&mut bytes) ^= 1 << bit;
        if let Ok(taken) = readings_from_bytes(&bytes) {
            prop_assert_eq!(readings_to_bytes(&taken).unwrap(), bytes);
        }
    }

    #[test]
    fn one_form_of_windows(page in rows(window()), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut bytes = windows_to_bytes(&page).unwrap();
        *at.get_mut(&mut bytes) ^= 1 << bit;
        if let Ok(taken) = windows_from_bytes(&bytes) {
            prop_assert_eq!(windows_to_bytes(&taken).unwrap(), bytes);
        }
    }
}
