//! The bytes of a facet, and how many there are.
//!
//! Every facet of a level has one width, so that a piece's size says little; a summary that does not fit takes twice the width,
//! or four times, and so on. For kinds whose sizes would tell who is at home the width holds whatever is plausible.
//! **[model-26]**

use crate::bits::{BitError, BitReader, BitWriter, golomb_len};
use crate::kind::Sensitivity;
use crate::level::{Facet, Level};
use crate::stream::StreamSpec;
use crate::summary::{Extremes, Index, Range, Summary, SummaryError, Totals, squares_of};
use alloc::vec::Vec;

/// The widest facet in bytes; no summary takes more.
pub const WIDTH_MAX: usize = 4096;

/// Why a summary has no bytes, or bytes are no facet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FacetError {
    /// The summary does not have this facet, or with another number of bins.
    #[error("facet missing")]
    Missing,
    /// Sums that cannot be: they do not fit, or no readings add up to them.
    #[error("sums out of range")]
    Sums,
    /// Bytes of no width of this facet.
    #[error("width of the facet")]
    Width,
    /// Bits that end early, or a number that its place cannot hold.
    #[error("malformed facet")]
    Malformed,
    /// Not the one encoding of its value.
    #[error("facet not canonical")]
    NotCanonical,
}

/// How the facets of one level of a stream are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    min: i64,
    max: i64,
    range_bits: u32,
    count_order: u32,
    bins: usize,
    widths: [usize; 5],
}

impl Layout {
    /// The layout of a level of a stream; raw has chunks instead.
    pub fn new(stream: &StreamSpec, level: Level) -> Self {
        let (min, max) = stream.range();
        let range = i128::from(max).abs_diff(i128::from(min));
        let range_bits = (u128::BITS - range.leading_zeros()).max(1);
        let order = usual_count(level).ilog2().saturating_sub(1);
        let mut layout = Self {
            min,
            max,
            range_bits,
            count_order: order,
            bins: stream.bins().len(),
            widths: [0; 5],
        };
        layout.widths = if tells_presence(stream) {
            layout.plausible(level)
        } else {
            layout.usual(level)
        };
        layout
    }

    /// The width of a facet in bytes; 0 for readings, which have none.
    pub const fn width(&self, facet: Facet) -> usize {
        self.widths[facet.number() as usize]
    }

    /// The bytes of a facet of a summary: its width, or the least doubling of it that holds the summary.
    ///
    /// # Errors
    /// [`FacetError::Missing`] and [`FacetError::Sums`].
    pub fn encode(&self, summary: &Summary, facet: Facet) -> Result<Vec<u8>, FacetError> {
        let mut bits = BitWriter::default();
        match facet {
            Facet::Readings => return Err(FacetError::Missing),
            Facet::Totals => {
                self.write_totals(&mut bits, &summary.totals.ok_or(FacetError::Missing)?)?
            }
            Facet::Extremes => {
                self.write_extremes(&mut bits, summary.extremes.ok_or(FacetError::Missing)?)
            }
            Facet::Distribution => {
                let counts = summary
                    .distribution
                    .as_ref()
                    .filter(|counts| counts.len() == self.bins);
                self.write_distribution(&mut bits, counts.ok_or(FacetError::Missing)?)?;
            }
            Facet::Index => write_index(&mut bits, summary.index.ok_or(FacetError::Missing)?),
        }
        let width = self.class(facet, bits.len());
        let mut bytes = bits.into_bytes();
        bytes.resize(width, 0);
        Ok(bytes)
    }

    /// Reads a facet into a summary. Any bytes are safe, and only those that [`Layout::encode`] writes are taken.
    ///
    /// # Errors
    /// [`FacetError`]; the summary is then unchanged.
    pub fn decode(
        &self,
        facet: Facet,
        bytes: &[u8],
        summary: &mut Summary,
    ) -> Result<(), FacetError> {
        let width = self.width(facet);
        if width == 0
            || bytes.len() > WIDTH_MAX
            || !bytes.len().is_multiple_of(width)
            || !(bytes.len() / width).is_power_of_two()
        {
            return Err(FacetError::Width);
        }
        let mut bits = BitReader::new(bytes);
        let mut read = Summary::default();
        match facet {
            Facet::Readings => return Err(FacetError::Width),
            Facet::Totals => read.totals = Some(self.read_totals(&mut bits)?),
            Facet::Extremes => read.extremes = Some(self.read_extremes(&mut bits)?),
            Facet::Distribution => read.distribution = Some(self.read_distribution(&mut bits)?),
            Facet::Index => read.index = Some(read_index(&mut bits)?),
        }
        if self.class(facet, bits.position()) != bytes.len() || !bits.rest_is_zero() {
            return Err(FacetError::NotCanonical);
        }
        summary.totals = read.totals.or(summary.totals);
        summary.extremes = read.extremes.or(summary.extremes);
        summary.index = read.index.or(summary.index);
        if read.distribution.is_some() {
            summary.distribution = read.distribution;
        }
        Ok(())
    }

    /// The width, doubled until it holds these bits.
    fn class(&self, facet: Facet, bits: usize) -> usize {
        let mut width = self.width(facet).max(1);
        while width * 8 < bits {
            width *= 2;
        }
        width
    }

    /// Count, floor of the mean, rest of the sum, and what the squares have beyond the least that is possible.
    fn write_totals(&self, bits: &mut BitWriter, totals: &Totals) -> Result<(), FacetError> {
        if totals.count >= COUNT_LIMIT {
            return Err(FacetError::Sums);
        }
        let count = u128::from(totals.count);
        bits.golomb(count, self.count_order);
        if count == 0 {
            return if *totals == Totals::default() {
                Ok(())
            } else {
                Err(FacetError::Sums)
            };
        }
        let mean = i64::try_from(totals.sum.div_euclid(totals.count.into()))
            .map_err(|_| FacetError::Sums)?;
        self.write_ranged(bits, mean);
        let (about, rest) = totals.about_floor_mean()?;
        let excess = about
            .checked_sub(least_squares(rest, count))
            .ok_or(FacetError::Sums)?;
        bits.below(rest, count);
        if count == 1 {
            return if excess == 0 {
                Ok(())
            } else {
                Err(FacetError::Sums)
            };
        }
        if excess >= EXCESS_LIMIT {
            return Err(FacetError::Sums);
        }
        bits.golomb(excess, self.excess_order(count));
        Ok(())
    }

    fn read_totals(&self, bits: &mut BitReader<'_>) -> Result<Totals, FacetError> {
        let count = u64::try_from(bits.golomb(self.count_order)?).map_err(|_| FacetError::Sums)?;
        if count == 0 {
            return Ok(Totals::default());
        }
        if count >= COUNT_LIMIT {
            return Err(FacetError::Sums);
        }
        let mean = i128::from(self.read_ranged(bits)?);
        let rest = bits.below(count.into())?;
        let excess = if count == 1 {
            0
        } else {
            bits.golomb(self.excess_order(count.into()))?
        };
        if excess >= EXCESS_LIMIT {
            return Err(FacetError::Sums);
        }
        let squares = || {
            let rest = i128::try_from(rest).ok()?;
            let sum = i128::from(count).checked_mul(mean)?.checked_add(rest)?;
            let about = excess.checked_add(least_squares(rest.unsigned_abs(), count.into()))?;
            Some((sum, squares_of(about, count.into(), mean, rest)?))
        };
        let (sum, sum_squares) = squares().ok_or(FacetError::Sums)?;
        Ok(Totals {
            count,
            sum,
            sum_squares,
        })
    }

    /// Whether there are any, min, max above min, first above min, last above min.
    fn write_extremes(&self, bits: &mut BitWriter, extremes: Extremes) {
        let Some(range) = extremes.0 else {
            return bits.bit(false);
        };
        bits.bit(true);
        self.write_ranged(bits, range.min);
        let above = |number: i64| u128::from(number.abs_diff(range.min));
        let spread = above(range.max);
        bits.golomb(spread, self.spread_order());
        bits.below(above(range.first).min(spread), spread + 1);
        bits.below(above(range.last).min(spread), spread + 1);
    }

    fn read_extremes(&self, bits: &mut BitReader<'_>) -> Result<Extremes, FacetError> {
        if !bits.bit()? {
            return Ok(Extremes(None));
        }
        let min = self.read_ranged(bits)?;
        let spread = bits.golomb(self.spread_order())?;
        let above = |number: u128| {
            let number = u64::try_from(number)
                .ok()
                .and_then(|number| min.checked_add_unsigned(number));
            number.ok_or(FacetError::Sums)
        };
        let max = above(spread)?;
        let first = above(bits.below(spread + 1)?)?;
        let last = above(bits.below(spread + 1)?)?;
        Ok(Extremes(Some(Range {
            min,
            max,
            first,
            last,
        })))
    }

    /// How many in all, then how they part between the lower and the upper half of the bins, and so on within each half.
    fn write_distribution(&self, bits: &mut BitWriter, counts: &[u64]) -> Result<(), FacetError> {
        let count = counts
            .iter()
            .try_fold(0_u64, |sum, &count| sum.checked_add(count));
        let count = count
            .filter(|&count| count < COUNT_LIMIT)
            .ok_or(FacetError::Sums)?;
        bits.golomb(count.into(), self.count_order);
        write_parts(bits, counts, count);
        Ok(())
    }

    fn read_distribution(&self, bits: &mut BitReader<'_>) -> Result<Vec<u64>, FacetError> {
        let count = u64::try_from(bits.golomb(self.count_order)?).map_err(|_| FacetError::Sums)?;
        if count >= COUNT_LIMIT {
            return Err(FacetError::Sums);
        }
        let mut counts = alloc::vec![0; self.bins];
        read_parts(bits, &mut counts, count)?;
        Ok(counts)
    }

    /// A number within the plausible range in a bit more than its bits; any other as its distance from zero.
    fn write_ranged(&self, bits: &mut BitWriter, number: i64) {
        let plausible = (self.min..=self.max).contains(&number);
        bits.bit(!plausible);
        if plausible {
            bits.fixed(number.abs_diff(self.min).into(), self.range_bits);
        } else {
            bits.bit(number < 0);
            bits.golomb(
                u128::from(number.unsigned_abs()) - u128::from(number < 0),
                self.range_bits,
            );
        }
    }

    fn read_ranged(&self, bits: &mut BitReader<'_>) -> Result<i64, FacetError> {
        if !bits.bit()? {
            let above =
                u64::try_from(bits.fixed(self.range_bits)?).map_err(|_| FacetError::Malformed)?;
            let number = self
                .min
                .checked_add_unsigned(above)
                .filter(|number| *number <= self.max);
            return number.ok_or(FacetError::Malformed);
        }
        let negative = bits.bit()?;
        let size =
            i64::try_from(bits.golomb(self.range_bits)?).map_err(|_| FacetError::Malformed)?;
        let number = if negative { -1 - size } else { size };
        if (self.min..=self.max).contains(&number) {
            Err(FacetError::NotCanonical)
        } else {
            Ok(number)
        }
    }

    const fn spread_order(&self) -> u32 {
        self.range_bits.saturating_sub(4)
    }

    /// Squares about the mean are expected around count × (a thirty-second of the range)².
    const fn excess_order(&self, count: u128) -> u32 {
        let order = count.ilog2() + 2 * self.range_bits.saturating_sub(5);
        if order > 80 { 80 } else { order }
    }

    /// Widths that hold what is usual: readings every five seconds that spread over a quarter of the range (half of it in a
    /// day), with a deviation of a sixteenth.
    fn usual(&self, level: Level) -> [usize; 5] {
        let count = usual_count(level);
        let share = if level < Level::Day { 2 } else { 1 };
        let spread = (1 << self.range_bits.saturating_sub(share).max(1)) - 1;
        let deviation = 1_u128 << self.range_bits.saturating_sub(4);
        let squares = count.saturating_mul(deviation.saturating_mul(deviation));
        let split = 2 + count.ilog2();
        let parts = usual_parts(level).min(bits_u32(self.bins.saturating_sub(1)));
        let idle = 2 * bits_u32(self.bins.max(1)).ilog2();
        self.widths(count, squares, spread, parts * split + idle)
    }

    /// Widths that hold every plausible reading once a second.
    fn plausible(&self, level: Level) -> [usize; 5] {
        let count = greatest_count(level);
        let spread: u128 = (1 << self.range_bits) - 1;
        let squares = count.saturating_mul(spread.saturating_mul(spread)) / 4 + 1;
        // At each depth the readings part evenly when they need the most bits.
        let mut parts = 0;
        let (mut nodes, mut left) = (1, count);
        while nodes < bits_u32(self.bins) {
            parts += nodes.min(bits_u32(self.bins) - nodes) * (3 + (left.max(1)).ilog2() + 1);
            nodes *= 2;
            left /= 2;
        }
        self.widths(count, squares, spread, parts)
    }

    fn widths(&self, count: u128, squares: u128, spread: u128, parts: u32) -> [usize; 5] {
        let counted = golomb_len(count, self.count_order);
        let ranged = 1 + self.range_bits;
        let rest = count.ilog2() + 1;
        let totals = counted + ranged + rest + golomb_len(squares, self.excess_order(count));
        let among = (spread + 1).ilog2();
        let extremes = 1 + ranged + golomb_len(spread, self.spread_order()) + 2 * among;
        let bytes = |bits: u32| (bits.div_ceil(8) as usize).max(1);
        let distribution = if self.bins == 0 {
            0
        } else {
            bytes(counted + parts)
        };
        [0, bytes(totals), bytes(extremes), distribution, INDEX_WIDTH]
    }
}

impl From<BitError> for FacetError {
    fn from(_: BitError) -> Self {
        Self::Malformed
    }
}

impl From<SummaryError> for FacetError {
    fn from(_: SummaryError) -> Self {
        Self::Sums
    }
}

/// No slot has as many readings.
const COUNT_LIMIT: u64 = 1 << 48;
/// Greater sums of squares about the mean are not written; numbers below [`NUMBER_MAX`](crate::value::NUMBER_MAX) have none.
const EXCESS_LIMIT: u128 = 1 << 127;
/// A bit whether there is one, and 64 bits.
const INDEX_WIDTH: usize = 9;

/// Kinds whose sizes would tell who is at home and what they do.
fn tells_presence(stream: &StreamSpec) -> bool {
    let tells =
        |class: Sensitivity| (Sensitivity::Behaviour..=Sensitivity::Location).contains(&class);
    tells(stream.kind.sensitivity()) || tells(stream.sensitivity)
}

/// Readings of a slot at one every five seconds.
const fn usual_count(level: Level) -> u128 {
    match level {
        Level::Raw | Level::Minute => 12,
        Level::QuarterHour => 180,
        Level::HalfHour => 360,
        Level::Hour => 720,
        Level::Day => 17_280,
        Level::Month => 535_680,
    }
}

/// Readings of the longest slot at one a second.
const fn greatest_count(level: Level) -> u128 {
    match level {
        Level::Raw | Level::Minute => 60,
        Level::QuarterHour => 900,
        Level::HalfHour => 1800,
        Level::Hour => 3600,
        Level::Day => 90_000,
        Level::Month => 2_682_000,
    }
}

/// How often the bins of a slot's readings part.
const fn usual_parts(level: Level) -> u32 {
    match level {
        Level::Raw | Level::Minute => 2,
        Level::QuarterHour | Level::HalfHour => 5,
        Level::Hour => 7,
        Level::Day => 10,
        Level::Month => 12,
    }
}

/// The least sum of squares of `count` whole numbers that add up to `rest`, which is below `count`: rest² / count, rounded up.
fn least_squares(rest: u128, count: u128) -> u128 {
    (rest * rest).div_ceil(count)
}

fn bits_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn write_parts(bits: &mut BitWriter, counts: &[u64], total: u64) {
    if counts.len() < 2 || total == 0 {
        return;
    }
    let (low, high) = counts.split_at(counts.len() / 2);
    let below: u64 = low.iter().sum();
    bits_part(bits, below, total);
    write_parts(bits, low, below);
    write_parts(bits, high, total - below);
}

/// One side has all: 0 and which side. Both have some: 1 and how many the lower has. A single reading is on one side.
fn bits_part(bits: &mut BitWriter, below: u64, total: u64) {
    let apart = below > 0 && below < total;
    if total > 1 {
        bits.bit(apart);
    }
    if apart {
        bits.below((below - 1).into(), (total - 1).into());
    } else {
        bits.bit(below == 0);
    }
}

fn read_parts(bits: &mut BitReader<'_>, counts: &mut [u64], total: u64) -> Result<(), FacetError> {
    if let [one] = counts {
        *one = total;
    }
    if counts.len() < 2 || total == 0 {
        return Ok(());
    }
    let (low, high) = counts.split_at_mut(counts.len() / 2);
    let below = if total > 1 && bits.bit()? {
        let some =
            u64::try_from(bits.below((total - 1).into())?).map_err(|_| FacetError::Malformed)?;
        some + 1
    } else if bits.bit()? {
        0
    } else {
        total
    };
    read_parts(bits, low, below)?;
    read_parts(bits, high, total - below)
}

fn write_index(bits: &mut BitWriter, index: Index) {
    bits.bit(index.0.is_some());
    if let Some(index) = index.0 {
        bits.fixed(u64::from_be_bytes(index.to_be_bytes()).into(), u64::BITS);
    }
}

fn read_index(bits: &mut BitReader<'_>) -> Result<Index, FacetError> {
    if !bits.bit()? {
        return Ok(Index(None));
    }
    let index = u64::try_from(bits.fixed(u64::BITS)?).map_err(|_| FacetError::Malformed)?;
    Ok(Index(Some(i64::from_be_bytes(index.to_be_bytes()))))
}

#[cfg(test)]
mod tests;
