use super::*;
use crate::id::Id;
use crate::kind::{Kind, ValueKind, VendorKind};
use crate::kinds;
use crate::level::{Facets, Levels};
use crate::stream::{Stream, StreamSpec};
use crate::summary::Bins;
use proptest::prelude::*;

fn stream(kind: &Kind) -> Stream {
    let levels = if kind.facets().is_empty() {
        Levels::of(Level::Raw)
    } else {
        Levels::ALL
    };
    Stream::new(StreamSpec::new(Id::from_bytes([1; 16]), kind, "UTC").levels(levels)).unwrap()
}

fn summary(stream: &Stream, numbers: &[i64]) -> Summary {
    let mut summarizer = stream.summarizer();
    match stream.spec().bins() {
        Bins::States(count) => {
            for number in numbers {
                let state = u16::try_from(number.unsigned_abs() % count as u64).unwrap();
                let reading =
                    crate::Reading::new(crate::Time::default(), crate::Value::State(state));
                summarizer.push(&reading).unwrap();
            }
        }
        _ => {
            summarizer.push_numbers(numbers).unwrap();
            if let Some(&last) = numbers.last() {
                summarizer.push_index(last);
            }
        }
    }
    summarizer.finish()
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap()
}

/// Every facet comes back, and nothing but its own bytes is taken.
fn round_trip(stream: &Stream, level: Level, numbers: &[i64]) -> Vec<(Facet, usize, usize)> {
    let layout = stream.layout(level);
    let whole = summary(stream, numbers);
    let mut back = Summary::default();
    let mut widths = Vec::new();
    for facet in stream.spec().facets.iter() {
        let mut bytes = layout.encode(&whole, facet).unwrap();
        assert!(bytes.len() <= WIDTH_MAX);
        layout.decode(facet, &bytes, &mut back).unwrap();
        widths.push((facet, layout.width(facet), bytes.len()));
        let mut other = Summary::default();
        bytes.push(0);
        assert!(layout.decode(facet, &bytes, &mut other).is_err(), "{facet}");
        bytes.pop();
        bytes.resize(bytes.len() * 2, 0);
        assert_eq!(
            layout.decode(facet, &bytes, &mut other),
            Err(FacetError::NotCanonical)
        );
        assert_eq!(other, Summary::default());
    }
    assert_eq!(back, whole);
    widths
}

#[test]
fn widths_of_common_streams() {
    let widths = |kind: &Kind, level| {
        let layout = stream(kind).layout(level).clone();
        [Facet::Totals, Facet::Extremes, Facet::Distribution].map(|facet| layout.width(facet))
    };
    assert_eq!(widths(kinds::HEART_RATE, Level::QuarterHour), [6, 4, 8]);
    assert_eq!(widths(kinds::HEART_RATE, Level::Hour), [7, 4, 12]);
    assert_eq!(widths(kinds::HEART_RATE, Level::Day), [9, 5, 23]);
    assert_eq!(widths(kinds::MOTION, Level::Hour)[2], 4);
    for &kind in kinds::ALL {
        for level in Level::ALL {
            assert!(
                stream(kind).spec().facets.iter().all(
                    |facet| (1..=64).contains(&stream(kind).layout(level).clone().width(facet))
                ),
                "{kind:?}"
            );
        }
    }
}

#[test]
fn an_empty_facet_is_zeros() {
    for &kind in kinds::ALL.iter().filter(|kind| !kind.facets().is_empty()) {
        let stream = stream(kind);
        let layout = stream.layout(Level::Day);
        let empty = Summary::empty(stream.spec().facets, stream.spec().bins().len());
        for facet in stream.spec().facets.iter() {
            let bytes = layout.encode(&empty, facet).unwrap();
            assert_eq!(bytes, alloc::vec![0; layout.width(facet)]);
        }
        round_trip(&stream, Level::Day, &[]);
    }
}

#[test]
fn extreme_numbers_fit_a_wider_class() {
    let stream = stream(kinds::HEART_RATE);
    for numbers in [
        &[i64::MIN, i64::MAX][..],
        &[i64::MAX; 3],
        &[i64::MIN; 3],
        &[0, 19, 251, -1],
        &[20, 250],
    ] {
        round_trip(&stream, Level::Hour, numbers);
    }
    // A number outside the plausible range has no second spelling inside it.
    let layout = stream.layout(Level::Hour);
    let mut bits = BitWriter::default();
    bits.fixed(0b110, 3);
    bits.golomb(72, layout.range_bits);
    let mut bytes = bits.into_bytes();
    bytes.resize(layout.width(Facet::Extremes), 0);
    assert_eq!(
        layout.decode(Facet::Extremes, &bytes, &mut Summary::default()),
        Err(FacetError::NotCanonical)
    );
}

/// The floor of the mean is −1, and the rest makes up for more than its square.
#[test]
fn numbers_just_below_zero_come_back() {
    let mut numbers = alloc::vec![0; 15];
    numbers.push(-1);
    round_trip(&stream(kinds::AIR_TEMPERATURE), Level::Hour, &numbers);
}

#[test]
fn what_is_missing_or_cannot_be_is_refused() {
    let stream = stream(kinds::HEART_RATE);
    let layout = stream.layout(Level::Hour);
    assert_eq!(
        layout.encode(&Summary::default(), Facet::Totals),
        Err(FacetError::Missing)
    );
    assert_eq!(
        layout.encode(&Summary::empty(Facets::ALL, 3), Facet::Distribution),
        Err(FacetError::Missing)
    );
    assert_eq!(
        layout.encode(&Summary::empty(Facets::ALL, 3), Facet::Readings),
        Err(FacetError::Missing)
    );
    for totals in [
        Totals {
            count: 0,
            sum: 1,
            sum_squares: 0,
        },
        Totals {
            count: 1,
            sum: 2,
            sum_squares: 5,
        },
        Totals {
            count: 2,
            sum: 4,
            sum_squares: 7,
        },
        Totals {
            count: 1,
            sum: i128::MAX,
            sum_squares: 0,
        },
        Totals {
            count: u64::MAX,
            sum: 0,
            sum_squares: 0,
        },
        Totals {
            count: 2,
            sum: 0,
            sum_squares: u128::MAX,
        },
    ] {
        let summary = Summary {
            totals: Some(totals),
            ..Summary::default()
        };
        assert_eq!(
            layout.encode(&summary, Facet::Totals),
            Err(FacetError::Sums),
            "{totals:?}"
        );
    }
    for facet in Facet::ALL {
        assert_eq!(
            layout.decode(facet, &[], &mut Summary::default()),
            Err(FacetError::Width)
        );
        assert!(
            layout
                .decode(facet, &[0xff; 4096 * 7], &mut Summary::default())
                .is_err()
        );
    }
}

/// Presence and behaviour: one width, however much or little happens. [model-26]
#[test]
fn sizes_do_not_tell_who_is_at_home() {
    for kind in [
        kinds::ACTIVE_POWER,
        kinds::MOTION,
        kinds::CO2_CONCENTRATION,
        kinds::HVAC_MODE,
        kinds::ENERGY_IMPORTED,
    ] {
        let stream = stream(kind);
        let (min, max) = stream.spec().range();
        for level in [
            Level::Minute,
            Level::QuarterHour,
            Level::HalfHour,
            Level::Hour,
        ] {
            let count = usize::try_from(greatest_count(level)).unwrap();
            let edges = stream.spec().edges.clone();
            let numbers: [Vec<i64>; 5] = [
                Vec::new(),
                (0..count)
                    .map(|at| if at % 2 == 0 { min } else { max })
                    .collect(),
                (0..count)
                    .map(|at| min + (max - min) / whole(count) * whole(at))
                    .collect(),
                (0..count)
                    .map(|at| edges.get(at % 16).copied().unwrap_or(min))
                    .collect(),
                alloc::vec![max; count],
            ];
            for numbers in numbers {
                for (facet, width, taken) in round_trip(&stream, level, &numbers) {
                    assert_eq!(width, taken, "[model-26] {kind:?} {level} {facet}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn facets_come_back(
        kind in proptest::sample::select(kinds::ALL),
        level in proptest::sample::select(&Level::ALL[1..]),
        numbers in prop::collection::vec(prop_oneof![-1_i64..2, -1000_i64..100_000, any::<i64>().prop_map(|number| number >> 20)], 0..40),
    ) {
        if !kind.facets().is_empty() {
            round_trip(&stream(kind), level, &numbers);
        }
    }

    /// Whatever is taken is what would be written.
    #[test]
    fn any_bytes_are_safe_and_canonical(
        kind in proptest::sample::select(kinds::ALL),
        bytes in prop::collection::vec(any::<u8>(), 0..64),
        facet in proptest::sample::select(&Facet::ALL[..]),
        cut in 0_usize..4,
    ) {
        let stream = stream(kind);
        let layout = stream.layout(Level::Hour);
        let mut bytes = bytes;
        bytes.resize(layout.width(facet) << cut, 0);
        let mut summary = Summary::default();
        if layout.decode(facet, &bytes, &mut summary).is_ok() {
            prop_assert_eq!(layout.encode(&summary, facet), Ok(bytes));
        }
    }
}

#[test]
fn a_vendors_kind_without_a_range_works() {
    let kind = Kind::vendor(VendorKind::new("acme:flow", ValueKind::Gauge)).unwrap();
    round_trip(
        &stream(&kind),
        Level::Month,
        &[1, 2, 3, i64::from(i32::MAX)],
    );
}
