//! Summaries: what is kept of a slot beside its readings.

use crate::decimal::{format_decimal, half_even};
use crate::level::{Facet, Facets};
use crate::reading::Reading;
use crate::value::Value;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The facets of one slot. Readings without a value do not count. Summaries of one stream are a monoid: [`Summary::merge`]
/// joins neighbours, a summary of no readings changes nothing. **[model-24]**
///
/// A recipient's summary has only the facets that were opened: what is not known is none, never zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Count, sum and sum of squares.
    pub totals: Option<Totals>,
    /// Min, max, first and last.
    pub extremes: Option<Extremes>,
    /// Readings per bin or state.
    pub distribution: Option<Vec<u64>>,
    /// Where a counter stood.
    pub index: Option<Index>,
}

/// The facet `totals`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// How many readings had a number.
    pub count: u64,
    /// Their sum; of a counter the sum of its increments.
    pub sum: i128,
    /// The sum of their squares.
    pub sum_squares: u128,
}

/// The facet `extremes`, of a slot that has readings or of one that has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extremes(pub Option<Range>);

/// Least, greatest, earliest and latest number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The least.
    pub min: i64,
    /// The greatest.
    pub max: i64,
    /// The earliest.
    pub first: i64,
    /// The latest.
    pub last: i64,
}

/// The facet `index`: a counter's absolute value after its last reading in the slot, none when there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index(pub Option<i64>);

/// Why numbers cannot be summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SummaryError {
    /// A sum does not fit in 128 bits, or a count in 64. Nothing was changed.
    #[error("sum too large")]
    Overflow,
    /// Two summaries with different facets or bins.
    #[error("summaries of different form")]
    Mismatch,
    /// A value that this summarizer does not count, such as a state among numbers.
    #[error("value of another kind")]
    WrongKind,
}

impl Summary {
    /// The summary of no readings, with these facets and this number of bins.
    pub fn empty(facets: Facets, bins: usize) -> Self {
        Self {
            totals: facets.contains(Facet::Totals).then(Totals::default),
            extremes: facets.contains(Facet::Extremes).then(Extremes::default),
            distribution: facets
                .contains(Facet::Distribution)
                .then(|| alloc::vec![0; bins]),
            index: facets.contains(Facet::Index).then(Index::default),
        }
    }

    /// The facets that are known.
    pub fn facets(&self) -> Facets {
        let known = [
            (Facet::Totals, self.totals.is_some()),
            (Facet::Extremes, self.extremes.is_some()),
            (Facet::Distribution, self.distribution.is_some()),
            (Facet::Index, self.index.is_some()),
        ];
        known
            .into_iter()
            .filter(|(_, is)| *is)
            .map(|(facet, _)| facet)
            .collect()
    }

    /// How many readings had a value, if a facet that counts them is known.
    pub fn count(&self) -> Option<u64> {
        let counted = || {
            self.distribution
                .as_ref()
                .map(|bins| bins.iter().copied().fold(0, u64::saturating_add))
        };
        self.totals.map(|totals| totals.count).or_else(counted)
    }

    /// Whether it is known that no reading had a value.
    pub fn is_empty(&self) -> bool {
        self.count() == Some(0)
            || self.extremes == Some(Extremes(None))
            || self.index == Some(Index(None))
    }

    /// Appends the summary of later readings.
    ///
    /// # Errors
    /// [`SummaryError::Mismatch`] and [`SummaryError::Overflow`]; `self` is then unchanged.
    pub fn merge(&mut self, later: &Self) -> Result<(), SummaryError> {
        let totals = both(self.totals, later.totals, Totals::merged)?;
        let extremes = both(self.extremes, later.extremes, |a, b| Ok(a.merged(b)))?;
        let index = both(self.index, later.index, |a, b| Ok(Index(b.0.or(a.0))))?;
        both(
            self.distribution.as_deref_mut(),
            later.distribution.as_deref(),
            add_bins,
        )?;
        (self.totals, self.extremes, self.index) = (totals, extremes, index);
        Ok(())
    }
}

impl Totals {
    /// The mean with three places more than `exponent`, half to even; none of no readings. **[model-27]**
    pub fn mean(&self, exponent: i8) -> Option<String> {
        let count = i128::from(self.count);
        if count == 0 {
            return None;
        }
        let (whole, rest) = (self.sum.div_euclid(count), self.sum.rem_euclid(count));
        let mean = rounded_sum(whole, rest, count)?;
        Some(format_decimal(mean, exponent.saturating_sub(PLACES)))
    }

    /// The standard deviation of these readings as a population, with three places more than `exponent`, half to even; none
    /// of no readings, nor when its square does not fit in 128 bits. **[model-27]**
    pub fn deviation(&self, exponent: i8) -> Option<String> {
        let count = u128::from(self.count);
        if count == 0 {
            return None;
        }
        // With sum = mean × count + rest: variance × count² = count × (squares about the mean) − rest².
        let (about, rest) = self.about_floor_mean().ok()?;
        let square = count
            .checked_mul(about)?
            .checked_sub(rest.checked_mul(rest)?)?
            .checked_mul(SCALE_SQUARED)?;
        let low = square.isqrt() / count;
        let middle = (2 * low + 1).checked_mul(count)?;
        let beyond = square.checked_mul(4)?.cmp(&middle.checked_mul(middle)?);
        let up = beyond.is_gt() || beyond.is_eq() && low % 2 == 1;
        let deviation = i128::try_from(low + u128::from(up)).ok()?;
        Some(format_decimal(deviation, exponent.saturating_sub(PLACES)))
    }

    /// The sum of squares of the distances to the floor of the mean, and what the sum has beyond count × that floor.
    pub(crate) fn about_floor_mean(&self) -> Result<(u128, u128), SummaryError> {
        let count = i128::from(self.count.max(1));
        let (mean, rest) = (self.sum.div_euclid(count), self.sum.rem_euclid(count));
        let about = squares_about(self.sum_squares, count, mean, rest);
        Ok((about.ok_or(SummaryError::Overflow)?, rest.unsigned_abs()))
    }

    fn merged(self, later: Self) -> Result<Self, SummaryError> {
        let sums = || {
            Some(Self {
                count: self.count.checked_add(later.count)?,
                sum: self.sum.checked_add(later.sum)?,
                sum_squares: self.sum_squares.checked_add(later.sum_squares)?,
            })
        };
        sums().ok_or(SummaryError::Overflow)
    }
}

impl Extremes {
    fn merged(self, later: Self) -> Self {
        Self(match (self.0, later.0) {
            (Some(a), Some(b)) => Some(Range {
                min: a.min.min(b.min),
                max: a.max.max(b.max),
                first: a.first,
                last: b.last,
            }),
            (a, b) => a.or(b),
        })
    }
}

/// How values fall into bins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bins {
    /// There are none.
    #[default]
    None,
    /// Numbers by inner edges, ascending: bin i holds what is at or above edge i−1 and below edge i.
    Edges(Vec<i64>),
    /// This many states.
    States(usize),
}

impl Bins {
    /// The number of bins.
    pub const fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Edges(edges) => edges.len() + 1,
            Self::States(count) => *count,
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Sums up the readings of one slot after another. Serialized, it goes on where it stood.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Summarizer {
    facets: Facets,
    bins: Bins,
    totals: Totals,
    range: Option<Range>,
    counts: Vec<u64>,
    index: Option<i64>,
    /// The bin of the last number, and the numbers it holds: neighbours mostly share one.
    bin: (usize, i64, i64),
}

impl Summarizer {
    /// A summarizer for these facets and bins.
    pub fn new(facets: Facets, bins: Bins) -> Self {
        let counts = alloc::vec![0; bins.len()];
        Self {
            facets,
            bins,
            totals: Totals::default(),
            range: None,
            counts,
            index: None,
            bin: (0, 0, 0),
        }
    }

    /// Takes the next reading in order of time; one without a value changes nothing. Of several readings of one instant only
    /// the last may be given: see [`crate::reading::latest`]. A counter's readings carry increments.
    ///
    /// # Errors
    /// [`SummaryError::WrongKind`] and [`SummaryError::Overflow`]; nothing is then changed.
    pub fn push(&mut self, reading: &Reading) -> Result<(), SummaryError> {
        match reading.value {
            Value::Number(number) if !matches!(self.bins, Bins::States(_)) => {
                self.push_number(number)
            }
            Value::Bool(yes) => self.push_state(usize::from(yes)),
            Value::State(state) => self.push_state(usize::from(state)),
            Value::None => Ok(()),
            _ => Err(SummaryError::WrongKind),
        }
    }

    /// Takes readings in order of time, as [`Summarizer::push`] does.
    ///
    /// # Errors
    /// As [`Summarizer::push`]; the readings before the one at fault are then taken.
    pub fn extend<'a>(
        &mut self,
        readings: impl IntoIterator<Item = &'a Reading>,
    ) -> Result<(), SummaryError> {
        readings
            .into_iter()
            .try_for_each(|reading| self.push(reading))
    }

    /// Takes the next number.
    ///
    /// # Errors
    /// [`SummaryError::Overflow`]; nothing is then changed.
    pub fn push_number(&mut self, number: i64) -> Result<(), SummaryError> {
        let wide = i128::from(number);
        let sum = self
            .totals
            .sum
            .checked_add(wide)
            .ok_or(SummaryError::Overflow)?;
        let squares = self
            .totals
            .sum_squares
            .checked_add((wide * wide).unsigned_abs());
        self.totals.sum_squares = squares.ok_or(SummaryError::Overflow)?;
        self.totals.sum = sum;
        self.totals.count += 1;
        self.range = Some(match self.range {
            Some(range) => Range {
                min: range.min.min(number),
                max: range.max.max(number),
                last: number,
                ..range
            },
            None => Range {
                min: number,
                max: number,
                first: number,
                last: number,
            },
        });
        self.count_number(number);
        Ok(())
    }

    /// Takes a run of numbers in order of time.
    ///
    /// # Errors
    /// [`SummaryError::Overflow`]; nothing is then changed.
    pub fn push_numbers(&mut self, numbers: &[i64]) -> Result<(), SummaryError> {
        let (Some(&first), Some(&last)) = (numbers.first(), numbers.last()) else {
            return Ok(());
        };
        let mut run = Totals {
            count: numbers.len() as u64,
            ..Totals::default()
        };
        let (mut min, mut max) = (first, first);
        for &number in numbers {
            min = min.min(number);
            max = max.max(number);
        }
        if min > -SMALL && max < SMALL && numbers.len() <= SMALL_COUNT {
            let squares: i64 = numbers.iter().map(|number| number * number).sum();
            run.sum = numbers.iter().sum::<i64>().into();
            run.sum_squares = squares.unsigned_abs().into();
        } else {
            for &number in numbers {
                let wide = i128::from(number);
                run.sum = run.sum.checked_add(wide).ok_or(SummaryError::Overflow)?;
                run.sum_squares = run
                    .sum_squares
                    .checked_add((wide * wide).unsigned_abs())
                    .ok_or(SummaryError::Overflow)?;
            }
        }
        self.totals = self.totals.merged(run)?;
        self.range = Extremes(self.range)
            .merged(Extremes(Some(Range {
                min,
                max,
                first,
                last,
            })))
            .0;
        for &number in numbers {
            self.count_number(number);
        }
        Ok(())
    }

    /// Takes where a counter stands; the last one counts.
    pub fn push_index(&mut self, absolute: i64) {
        self.index = Some(absolute);
    }

    /// Whether no value was taken since the last [`Summarizer::finish`].
    pub fn is_empty(&self) -> bool {
        self.totals.count == 0 && self.counts.iter().all(|&count| count == 0)
    }

    /// The summary of what was taken so far.
    pub fn summary(&self) -> Summary {
        let has = |facet| self.facets.contains(facet);
        Summary {
            totals: has(Facet::Totals).then_some(self.totals),
            extremes: has(Facet::Extremes).then_some(Extremes(self.range)),
            distribution: has(Facet::Distribution).then(|| self.counts.clone()),
            index: has(Facet::Index).then_some(Index(self.index)),
        }
    }

    /// The summary of what was taken; the summarizer is then ready for the next slot.
    pub fn finish(&mut self) -> Summary {
        let summary = self.summary();
        self.totals = Totals::default();
        self.range = None;
        self.counts.fill(0);
        self.index = None;
        summary
    }

    fn count_number(&mut self, number: i64) {
        let Bins::Edges(edges) = &self.bins else {
            return;
        };
        if number < self.bin.1 || self.bin.2 <= number {
            self.bin = bin_of(edges, number);
        }
        if let Some(count) = self.counts.get_mut(self.bin.0) {
            *count += 1;
        }
    }

    fn push_state(&mut self, state: usize) -> Result<(), SummaryError> {
        let is_state = matches!(self.bins, Bins::States(_));
        let count = self
            .counts
            .get_mut(state)
            .filter(|_| is_state)
            .ok_or(SummaryError::WrongKind)?;
        *count += 1;
        Ok(())
    }
}

/// So many numbers below this distance from zero have squares that add up below 2^63.
const SMALL: i64 = 1 << 24;
const SMALL_COUNT: usize = 1 << 14;
/// Means and deviations have this many places more than their readings.
const PLACES: i8 = 3;
const SCALE: i128 = 1000;
const SCALE_SQUARED: u128 = 1_000_000;

/// The bin of a number, the first number that it holds and the first that is beyond it.
fn bin_of(edges: &[i64], number: i64) -> (usize, i64, i64) {
    let bin = edges.partition_point(|&edge| edge <= number);
    let low = bin
        .checked_sub(1)
        .and_then(|at| edges.get(at))
        .copied()
        .unwrap_or(i64::MIN);
    // The greatest number of all is looked up each time.
    (bin, low, edges.get(bin).copied().unwrap_or(i64::MAX))
}

fn both<A, B, U>(
    a: Option<A>,
    b: Option<B>,
    merge: impl FnOnce(A, B) -> Result<U, SummaryError>,
) -> Result<Option<U>, SummaryError> {
    match (a, b) {
        (Some(a), Some(b)) => merge(a, b).map(Some),
        (None, None) => Ok(None),
        _ => Err(SummaryError::Mismatch),
    }
}

fn add_bins(bins: &mut [u64], more: &[u64]) -> Result<(), SummaryError> {
    if bins.len() != more.len() {
        return Err(SummaryError::Mismatch);
    }
    let mut pairs = bins.iter().zip(more);
    if pairs.any(|(a, b)| a.checked_add(*b).is_none()) {
        return Err(SummaryError::Overflow);
    }
    for (a, b) in bins.iter_mut().zip(more) {
        *a += b;
    }
    Ok(())
}

/// (whole + rest / count) × 1000, half to even.
fn rounded_sum(whole: i128, rest: i128, count: i128) -> Option<i128> {
    // 1000 × whole is even, so that rounding the rest alone rounds the sum.
    whole
        .checked_mul(SCALE)?
        .checked_add(half_even(rest.checked_mul(SCALE)?, count))
}

/// The sum of squares of `count` numbers with this floor of the mean and this rest, from that of their distances to the floor.
pub(crate) fn squares_of(about: u128, count: i128, mean: i128, rest: i128) -> Option<u128> {
    let (even, twice) = beyond_about(count, mean, rest)?;
    about.checked_add(even)?.checked_add_signed(twice)
}

/// The other way round.
fn squares_about(squares: u128, count: i128, mean: i128, rest: i128) -> Option<u128> {
    let (even, twice) = beyond_about(count, mean, rest)?;
    squares
        .checked_add_signed(twice.checked_neg()?)?
        .checked_sub(even)
}

/// count × mean² and 2 × mean × rest. Their sum is negative for numbers just below zero, so that it is no number of its own.
fn beyond_about(count: i128, mean: i128, rest: i128) -> Option<(u128, i128)> {
    let twice = mean.checked_mul(rest)?.checked_mul(2)?;
    let mean = mean.unsigned_abs();
    let even = count.unsigned_abs().checked_mul(mean.checked_mul(mean)?)?;
    Some((even, twice))
}

#[cfg(test)]
mod tests;
