//! Summaries as they stand in files.

use freehold_model::{Extremes, Index, Range, Summary, Totals};
use serde::{Deserialize, Deserializer, Serialize};

use crate::vectors::Big;

/// A summary; a facet that is not known is not there.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(in crate::vectors) struct SummaryText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    totals: Option<TotalsText>,
    #[serde(
        default,
        deserialize_with = "known",
        skip_serializing_if = "Option::is_none"
    )]
    extremes: Option<Option<RangeText>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    distribution: Option<Vec<Big<u64>>>,
    #[serde(
        default,
        deserialize_with = "known",
        skip_serializing_if = "Option::is_none"
    )]
    index: Option<Option<Big<i64>>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct TotalsText {
    count: Big<u64>,
    sum: Big<i128>,
    sum_squares: Big<u128>,
}

#[derive(Clone, Serialize, Deserialize)]
struct RangeText {
    min: Big<i64>,
    max: Big<i64>,
    first: Big<i64>,
    last: Big<i64>,
}

/// Null is known, too.
fn known<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl From<Summary> for SummaryText {
    fn from(summary: Summary) -> Self {
        Self {
            totals: summary.totals.map(|totals| TotalsText {
                count: Big(totals.count),
                sum: Big(totals.sum),
                sum_squares: Big(totals.sum_squares),
            }),
            extremes: summary.extremes.map(|extremes| {
                extremes.0.map(|range| RangeText {
                    min: Big(range.min),
                    max: Big(range.max),
                    first: Big(range.first),
                    last: Big(range.last),
                })
            }),
            distribution: summary
                .distribution
                .map(|counts| counts.into_iter().map(Big).collect()),
            index: summary.index.map(|index| index.0.map(Big)),
        }
    }
}

impl From<SummaryText> for Summary {
    fn from(text: SummaryText) -> Self {
        Self {
            totals: text.totals.map(|totals| Totals {
                count: totals.count.0,
                sum: totals.sum.0,
                sum_squares: totals.sum_squares.0,
            }),
            extremes: text.extremes.map(|range| {
                Extremes(range.map(|range| Range {
                    min: range.min.0,
                    max: range.max.0,
                    first: range.first.0,
                    last: range.last.0,
                }))
            }),
            distribution: text
                .distribution
                .map(|counts| counts.into_iter().map(|count| count.0).collect()),
            index: text.index.map(|index| Index(index.map(|index| index.0))),
        }
    }
}
