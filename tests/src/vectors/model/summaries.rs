//! Summaries as numbers.

use freehold_model::{Summary, SummaryError, Totals};
use serde::{Deserialize, Serialize};

use super::{described::SUMMARY_FIELDS, summary::SummaryText};
use crate::vectors::{Big, Cases, Failure, Operation};

pub(super) struct Merge;

#[derive(Serialize, Deserialize)]
pub(super) struct MergeInput {
    earlier: SummaryText,
    later: SummaryText,
}

impl Operation for Merge {
    const NAME: &'static str = "model/merge";
    const ABOUT: &'static str = "The summary of two neighbours.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("earlier", "a summary"),
        ("later", "the one after it"),
        SUMMARY_FIELDS[0],
        SUMMARY_FIELDS[1],
        SUMMARY_FIELDS[2],
        SUMMARY_FIELDS[3],
    ];
    type Input = MergeInput;
    type Output = SummaryText;

    fn run(input: MergeInput) -> Result<SummaryText, Failure> {
        let mut summary = Summary::from(input.earlier);
        summary.merge(&input.later.into()).map_err(of_summary)?;
        Ok(summary.into())
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |(earlier, later): (&str, &str)| MergeInput {
            earlier: serde_json::from_str(earlier).unwrap(),
            later: serde_json::from_str(later).unwrap(),
        };
        let range = r#"{"extremes":{"min":"-1","max":"9","first":"3","last":"4"}}"#;
        for (name, about, pair) in [
            (
                "totals",
                "counts and sums add",
                (
                    r#"{"totals":{"count":"2","sum":"-5","sum_squares":"13"}}"#,
                    r#"{"totals":{"count":"1","sum":"7","sum_squares":"49"}}"#,
                ),
            ),
            (
                "extremes",
                "least and greatest of both, first of the earlier, last of the later",
                (
                    range,
                    r#"{"extremes":{"min":"0","max":"10","first":"5","last":"6"}}"#,
                ),
            ),
            (
                "nothing-later",
                "of no readings nothing changes",
                (range, r#"{"extremes":null}"#),
            ),
            (
                "nothing-earlier",
                "on either side",
                (r#"{"extremes":null}"#, range),
            ),
            (
                "distribution",
                "bin by bin",
                (
                    r#"{"distribution":["1","2"]}"#,
                    r#"{"distribution":["0","5"]}"#,
                ),
            ),
            (
                "index",
                "the later's",
                (r#"{"index":"100"}"#, r#"{"index":"110"}"#),
            ),
            (
                "index-kept",
                "the earlier's where the later has none",
                (r#"{"index":"100"}"#, r#"{"index":null}"#),
            ),
            (
                "greatest-sum",
                "up to 2^127 - 1",
                (
                    r#"{"totals":{"count":"1","sum":"170141183460469231731687303715884105726","sum_squares":"0"}}"#,
                    r#"{"totals":{"count":"1","sum":"1","sum_squares":"1"}}"#,
                ),
            ),
        ] {
            cases.accept(name, &["model-24"], about, input(pair));
        }
        for (name, about, pair, failure) in [
            (
                "other-facets",
                "totals with extremes",
                (
                    r#"{"totals":{"count":"0","sum":"0","sum_squares":"0"}}"#,
                    r#"{"extremes":null}"#,
                ),
                Failure::Conflict,
            ),
            (
                "facet-missing",
                "one has a facet more",
                (r#"{"extremes":null,"index":"1"}"#, r#"{"extremes":null}"#),
                Failure::Conflict,
            ),
            (
                "other-bins",
                "two bins with three",
                (
                    r#"{"distribution":["1","2"]}"#,
                    r#"{"distribution":["0","5","1"]}"#,
                ),
                Failure::Conflict,
            ),
            (
                "count-too-great",
                "2^64 readings",
                (
                    r#"{"totals":{"count":"18446744073709551615","sum":"0","sum_squares":"0"}}"#,
                    r#"{"totals":{"count":"1","sum":"0","sum_squares":"0"}}"#,
                ),
                Failure::Range,
            ),
            (
                "sum-too-great",
                "a sum of 2^127",
                (
                    r#"{"totals":{"count":"1","sum":"170141183460469231731687303715884105727","sum_squares":"0"}}"#,
                    r#"{"totals":{"count":"1","sum":"1","sum_squares":"1"}}"#,
                ),
                Failure::Range,
            ),
            (
                "sum-too-little",
                "a sum below -2^127",
                (
                    r#"{"totals":{"count":"1","sum":"-170141183460469231731687303715884105728","sum_squares":"0"}}"#,
                    r#"{"totals":{"count":"1","sum":"-1","sum_squares":"1"}}"#,
                ),
                Failure::Range,
            ),
            (
                "squares-too-great",
                "squares of 2^128",
                (
                    r#"{"totals":{"count":"1","sum":"0","sum_squares":"340282366920938463463374607431768211455"}}"#,
                    r#"{"totals":{"count":"1","sum":"1","sum_squares":"1"}}"#,
                ),
                Failure::Range,
            ),
            (
                "bin-too-great",
                "2^64 readings in a bin",
                (
                    r#"{"distribution":["18446744073709551615"]}"#,
                    r#"{"distribution":["1"]}"#,
                ),
                Failure::Range,
            ),
        ] {
            cases.refuse(name, &["model-24"], about, input(pair), failure);
        }
    }
}

pub(super) fn of_summary(error: SummaryError) -> Failure {
    match error {
        SummaryError::Overflow => Failure::Range,
        SummaryError::Mismatch => Failure::Conflict,
        SummaryError::WrongKind => Failure::Kind,
    }
}

/// No reading has a greater number.
const GREATEST: i128 = (1 << 53) - 1;

pub(super) struct Mean;

#[derive(Serialize, Deserialize)]
pub(super) struct MeanInput {
    count: Big<u64>,
    sum: Big<i128>,
    sum_squares: Big<u128>,
    exponent: i8,
}

#[derive(Serialize)]
pub(super) struct MeanOutput {
    mean: Option<String>,
    deviation: Option<String>,
}

impl Operation for Mean {
    const NAME: &'static str = "model/mean";
    const ABOUT: &'static str = "Mean and deviation of totals.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("count", "of readings"),
        ("sum", "of them"),
        ("sum_squares", "of their squares"),
        ("exponent", "of the stream"),
        (
            "mean",
            "in decimal, with three places more; null of no readings",
        ),
        ("deviation", "alike"),
    ];
    type Input = MeanInput;
    type Output = MeanOutput;

    fn run(input: MeanInput) -> Result<MeanOutput, Failure> {
        let totals = Totals {
            count: input.count.0,
            sum: input.sum.0,
            sum_squares: input.sum_squares.0,
        };
        Ok(MeanOutput {
            mean: totals.mean(input.exponent),
            deviation: totals.deviation(input.exponent),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, (count, sum, sum_squares, exponent)) in [
            ("nothing", "of no readings there is neither", (0, 0, 0, -2)),
            (
                "one",
                "21.50: the mean is the reading, the deviation 0",
                (1, 2150, 4_622_500, -2),
            ),
            (
                "known",
                "2, 4, 4, 4, 5, 5, 7, 9 have the mean 5 and the deviation 2",
                (8, 40, 232, 0),
            ),
            (
                "half-down",
                "1 of 16 is 0.0625: to 0.062, which is even",
                (16, 1, 1, 0),
            ),
            (
                "half-up",
                "3 of 16 are 0.1875: to 0.188, which is even",
                (16, 3, 9, 0),
            ),
            ("half-negative", "-1 of 16: to -0.062", (16, -1, 1, 0)),
            (
                "thirds",
                "1 and 1 and 2: 1.333, deviation 0.471",
                (3, 4, 6, 0),
            ),
            (
                "places",
                "three places more than the exponent -3",
                (3, 4, 6, -3),
            ),
            ("coarse", "an exponent of 3 has none left", (3, 4, 6, 3)),
            (
                "great",
                "two readings of 2^53 - 1",
                (2, 2 * GREATEST, 2 * GREATEST.unsigned_abs().pow(2), 0),
            ),
            (
                "below-zero",
                "three times 0 and once -1: deviation 0.433",
                (4, -1, 1, 0),
            ),
        ] {
            let input = MeanInput {
                count: Big(count),
                sum: Big(sum),
                sum_squares: Big(sum_squares),
                exponent,
            };
            cases.accept(name, &["model-27"], about, input);
        }
    }
}
