use super::*;
use crate::time::Time;
use proptest::prelude::*;

const FACETS: Facets = Facets::of(Facet::Totals)
    .with(Facet::Extremes)
    .with(Facet::Distribution);

fn summarizer() -> Summarizer {
    Summarizer::new(FACETS, Bins::Edges([0, 10, 1000].into()))
}

fn summary(numbers: &[i64]) -> Summary {
    let mut summarizer = summarizer();
    summarizer.push_numbers(numbers).unwrap();
    summarizer.finish()
}

#[test]
fn known_figures() {
    let summary = summary(&[412, 387, 387, 2000, -1]);
    let totals = summary.totals.unwrap();
    assert_eq!(
        (totals.count, totals.sum, totals.sum_squares),
        (5, 3185, 169_744 + 2 * 149_769 + 4_000_000 + 1)
    );
    assert_eq!(
        summary.extremes.unwrap().0,
        Some(Range {
            min: -1,
            max: 2000,
            first: 412,
            last: -1
        })
    );
    assert_eq!(
        summary.distribution.as_deref(),
        Some([1, 0, 3, 1].as_slice())
    );
    assert_eq!(totals.mean(-3).unwrap(), "0.637000");
    // sqrt(4469283/5 - 637^2) = sqrt(488087.6)
    assert_eq!(totals.deviation(-3).unwrap(), "0.698633");
    assert_eq!(totals.mean(0).unwrap(), "637.000");
}

#[test]
fn means_and_deviations_round_half_to_even() {
    // [model-27]
    let mean = |sum, count| {
        Totals {
            count,
            sum,
            sum_squares: 0,
        }
        .mean(0)
        .unwrap()
    };
    assert_eq!(mean(1, 2000), "0.000");
    assert_eq!(mean(3, 2000), "0.002");
    assert_eq!(mean(-1, 2000), "0.000");
    assert_eq!(mean(-3, 2000), "-0.002");
    assert_eq!(mean(1, 3), "0.333");
    assert_eq!(mean(-2, 3), "-0.667");
    assert_eq!(
        summary(&[1, 2]).totals.unwrap().deviation(0).unwrap(),
        "0.500"
    );
    assert_eq!(
        summary(&[7]).totals.unwrap().deviation(-2).unwrap(),
        "0.00000"
    );
    assert_eq!(
        summary(&[0, 1, 1]).totals.unwrap().deviation(0).unwrap(),
        "0.471"
    );
    assert_eq!(
        summary(&[-1, 0, 0, 0])
            .totals
            .unwrap()
            .deviation(0)
            .unwrap(),
        "0.433"
    );
}

#[test]
fn nothing_is_not_zero() {
    let empty = summary(&[]);
    assert!(empty.is_empty());
    assert_eq!(empty, Summary::empty(FACETS, 4));
    assert_eq!(empty.totals.unwrap().mean(0), None);
    assert_eq!(empty.totals.unwrap().deviation(0), None);
    assert_eq!(empty.extremes, Some(Extremes(None)));
    assert_eq!(Summary::default().count(), None);
    assert!(!Summary::default().is_empty() && !summary(&[0]).is_empty());
}

#[test]
fn values_without_a_number_do_not_count() {
    let mut summarizer = summarizer();
    summarizer
        .push(&Reading::new(Time::from_ms(0), Value::None))
        .unwrap();
    assert!(summarizer.is_empty());
    assert_eq!(
        summarizer.push(&Reading::new(Time::from_ms(0), Value::Bool(true))),
        Err(SummaryError::WrongKind)
    );
    let text = Value::text("x").unwrap();
    assert_eq!(
        summarizer.push(&Reading::new(Time::from_ms(0), text)),
        Err(SummaryError::WrongKind)
    );
}

#[test]
fn states_are_counted() {
    let mut summarizer = Summarizer::new(Facets::of(Facet::Distribution), Bins::States(2));
    for yes in [true, false, true] {
        summarizer
            .push(&Reading::new(Time::from_ms(0), Value::Bool(yes)))
            .unwrap();
    }
    assert_eq!(
        summarizer.push(&Reading::new(Time::from_ms(0), Value::State(2))),
        Err(SummaryError::WrongKind)
    );
    assert_eq!(
        summarizer.push(&Reading::new(Time::from_ms(0), Value::Number(1))),
        Err(SummaryError::WrongKind)
    );
    let summary = summarizer.finish();
    assert_eq!(summary.distribution.as_deref(), Some([1, 2].as_slice()));
    assert_eq!(summary.count(), Some(3));
}

#[test]
fn overflow_is_an_error_and_changes_nothing() {
    let mut summarizer = summarizer();
    summarizer.push_numbers(&[i64::MIN; 3]).unwrap();
    assert_eq!(
        summarizer.push_number(i64::MIN),
        Err(SummaryError::Overflow)
    );
    assert_eq!(summarizer.finish(), summary(&[i64::MIN; 3]));
    let mut one = summary(&[i64::MAX; 3]);
    let before = one.clone();
    assert_eq!(one.merge(&before), Err(SummaryError::Overflow));
    assert_eq!(one, before);
    assert_eq!(
        one.merge(&Summary::empty(FACETS, 5)),
        Err(SummaryError::Mismatch)
    );
    assert_eq!(one.merge(&Summary::default()), Err(SummaryError::Mismatch));
    assert_eq!(
        one.totals.unwrap().mean(0).unwrap(),
        "9223372036854775807.000"
    );
    assert_eq!(one.totals.unwrap().deviation(0).unwrap(), "0.000");
}

#[test]
fn a_counters_index_is_its_last() {
    let mut summarizer = Summarizer::new(Facets::of(Facet::Index).with(Facet::Totals), Bins::None);
    summarizer.push_index(100);
    summarizer.push_index(90);
    let mut summary = summarizer.finish();
    assert_eq!(summary.index, Some(Index(Some(90))));
    summary.merge(&summarizer.finish()).unwrap();
    assert_eq!(summary.index, Some(Index(Some(90))));
}

proptest! {
    /// Merging is what summing up in one go gives, wherever the cut; nothing is its identity. [model-24]
    #[test]
    fn summaries_are_a_monoid(numbers in prop::collection::vec(-3_000_i64..3_000, 0..60), a: prop::sample::Index, b: prop::sample::Index) {
        let (a, b) = (a.index(numbers.len() + 1), b.index(numbers.len() + 1));
        let (a, b) = (a.min(b), a.max(b));
        let (x, y, z) = (summary(&numbers[..a]), summary(&numbers[a..b]), summary(&numbers[b..]));
        let mut left = x.clone();
        left.merge(&y).unwrap();
        left.merge(&z).unwrap();
        let mut tail = y;
        tail.merge(&z).unwrap();
        let mut right = x;
        right.merge(&tail).unwrap();
        prop_assert_eq!(&left, &right);
        prop_assert_eq!(&left, &summary(&numbers));
        let mut empty = Summary::empty(FACETS, 4);
        empty.merge(&left).unwrap();
        left.merge(&Summary::empty(FACETS, 4)).unwrap();
        prop_assert_eq!(&left, &empty);
    }

    /// The figures agree with floating point where that is good enough.
    #[test]
    fn figures_are_close_to_floats(numbers in prop::collection::vec(-100_000_i64..100_000, 1..200)) {
        let totals = summary(&numbers).totals.unwrap();
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<i64>() as f64 / count;
        let variance = numbers.iter().map(|&number| (number as f64 - mean).powi(2)).sum::<f64>() / count;
        prop_assert!((totals.mean(0).unwrap().parse::<f64>().unwrap() - mean).abs() < 0.000_51);
        prop_assert!((totals.deviation(0).unwrap().parse::<f64>().unwrap() - variance.sqrt()).abs() < 0.000_51);
    }
}
