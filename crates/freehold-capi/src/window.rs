//! Levels, facets, and summaries of slots as rows.

use freehold::{Facet, Facets, Level, Levels, Opened, Page, Time, Window, model};

use crate::{
    guard::{Fault, free, give, lent},
    reading::more_of,
    status::FhStatus,
};

/// A resolution of a stream. A set of levels has the bit `1 << FH_LEVEL_...` for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FhLevel {
    /// The readings themselves.
    Raw = 0,
    /// One minute.
    Minute = 1,
    /// A quarter of an hour.
    QuarterHour = 2,
    /// Half an hour.
    HalfHour = 3,
    /// An hour.
    Hour = 4,
    /// A civil day.
    Day = 5,
    /// A civil month.
    Month = 6,
}

/// A part of a slot's data that has keys of its own. A set of facets has the bit `1 << FH_FACET_...` for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FhFacet {
    /// The raw readings.
    Readings = 0,
    /// Count, sum, sum of squares.
    Totals = 1,
    /// Least, greatest, first, last.
    Extremes = 2,
    /// Readings per bin, or per state.
    Distribution = 3,
    /// A counter's absolute value at the end of the slot.
    Index = 4,
}

/// A whole number of 128 bits in two's complement: `high` times 2 to the 64th, and `low`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct FhInt128 {
    /// The upper half; of a negative number below zero.
    pub high: i64,
    /// The lower half.
    pub low: u64,
}

/// What the readings of one slot come to. Numbers are fixed-point ones, as those of the readings.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhWindow {
    /// When the slot begins.
    pub from_ms: i64,
    /// When it has ended.
    pub until_ms: i64,
    /// Which of the following are known and have a value: a set of facets. The others are 0, which says nothing.
    pub facets: u8,
    /// 0.
    pub reserved: [u8; 7],
    /// `FH_FACET_TOTALS`: how many readings had a number.
    pub count: u64,
    /// `FH_FACET_TOTALS`: their sum; of a counter that of its increments.
    pub sum: FhInt128,
    /// `FH_FACET_TOTALS`: the sum of their squares.
    pub sum_squares: FhInt128,
    /// `FH_FACET_EXTREMES`: the least.
    pub min: i64,
    /// `FH_FACET_EXTREMES`: the greatest.
    pub max: i64,
    /// `FH_FACET_EXTREMES`: the earliest.
    pub first: i64,
    /// `FH_FACET_EXTREMES`: the latest.
    pub last: i64,
    /// `FH_FACET_INDEX`: where the counter stood.
    pub index: i64,
    /// `FH_FACET_DISTRIBUTION`: readings per bin or state. They last as long as the page.
    pub bins: *const u64,
    /// How many bins there are.
    pub bins_len: usize,
}

/// Some windows, in order of time.
pub struct FhWindows {
    rows: Vec<FhWindow>,
    /// What `bins` in `rows` points into.
    _bins: Vec<Vec<u64>>,
    next: Option<Time>,
    not_yet: Option<Time>,
}

// SAFETY: the rows point to nothing but the bins, which nobody changes.
unsafe impl Send for FhWindows {}
// SAFETY: as above.
unsafe impl Sync for FhWindows {}

/// The rows of a page; they last as long as it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_windows_rows(
    windows: *const FhWindows,
    rows: *mut *const FhWindow,
    count: *mut usize,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        give(rows, || {
            let windows = lent(windows)?;
            *count.as_mut().ok_or_else(Fault::null)? = windows.rows.len();
            Ok(windows.rows.as_ptr())
        })
    }
}

/// Whether there is more, and from when to ask for it: `next_ms` is written only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_windows_more(
    windows: *const FhWindows,
    more: *mut bool,
    next_ms: *mut i64,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { more_of(more, next_ms, || Ok(lent(windows)?.next)) }
}

/// Whether what was asked for goes on after the keys that a recipient was given, and from when: the rest opens once the household gives
/// more. `from_ms` is written only then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_windows_not_yet(
    windows: *const FhWindows,
    not_yet: *mut bool,
    from_ms: *mut i64,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { more_of(not_yet, from_ms, || Ok(lent(windows)?.not_yet)) }
}

/// Frees a page, and the bins that its rows point to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_windows_free(windows: *mut FhWindows) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(windows) }
}

pub(crate) fn level(number: u8) -> Result<Level, Fault> {
    Level::from_number(number).ok_or_else(|| Fault::argument(format!("{number} is no level")))
}

pub(crate) fn levels(bits: u8) -> Result<Levels, Fault> {
    Levels::from_bits(bits).ok_or_else(|| Fault::argument(format!("{bits:#x} are no levels")))
}

pub(crate) fn facets(bits: u8) -> Result<Facets, Fault> {
    Facets::from_bits(bits).ok_or_else(|| Fault::argument(format!("{bits:#x} are no facets")))
}

impl From<Opened<Window>> for FhWindows {
    fn from(opened: Opened<Window>) -> Self {
        let (items, next) = (opened.items, opened.next);
        Self {
            not_yet: opened.not_yet,
            ..Page { items, next }.into()
        }
    }
}

impl From<Page<Window>> for FhWindows {
    fn from(page: Page<Window>) -> Self {
        let (mut rows, mut bins) = (Vec::with_capacity(page.items.len()), Vec::new());
        for mut window in page.items {
            let mut row = row(&window);
            if let Some(distribution) = window.summary.distribution.take() {
                // What a vector points to stays where it is when the vector moves.
                (row.bins, row.bins_len) = (distribution.as_ptr(), distribution.len());
                bins.push(distribution);
            }
            rows.push(row);
        }
        Self {
            rows,
            _bins: bins,
            next: page.next,
            not_yet: None,
        }
    }
}

fn row(window: &Window) -> FhWindow {
    let model::Summary {
        totals,
        extremes,
        distribution,
        index,
    } = &window.summary;
    let range = extremes.and_then(|extremes| extremes.0);
    let index = index.and_then(|index| index.0);
    let known = [
        (Facet::Totals, totals.is_some()),
        (Facet::Extremes, range.is_some()),
        (Facet::Distribution, distribution.is_some()),
        (Facet::Index, index.is_some()),
    ];
    let known = known.into_iter().filter(|(_, is)| *is);
    let facets: Facets = known.map(|(facet, _)| facet).collect();
    let totals = totals.unwrap_or_default();
    let range = range.unwrap_or(model::Range {
        min: 0,
        max: 0,
        first: 0,
        last: 0,
    });
    FhWindow {
        from_ms: window.slot.start.ms(),
        until_ms: window.slot.end.ms(),
        facets: facets.bits(),
        reserved: [0; 7],
        count: totals.count,
        sum: halves(totals.sum),
        sum_squares: halves(totals.sum_squares.cast_signed()),
        min: range.min,
        max: range.max,
        first: range.first,
        last: range.last,
        index: index.unwrap_or(0),
        bins: std::ptr::null(),
        bins_len: 0,
    }
}

/// The squares of 2^53 times as many as there are milliseconds in a month stay below 2^127, so theirs has a sign to spare.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the halves of a number"
)]
const fn halves(number: i128) -> FhInt128 {
    FhInt128 {
        high: (number >> 64) as i64,
        low: number as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_a_negative_number() {
        let number = -(1_i128 << 70) - 5;
        let FhInt128 { high, low } = halves(number);
        assert_eq!((i128::from(high) << 64) + i128::from(low), number);
    }

    #[test]
    fn numbers_are_the_models() {
        for level in Level::ALL {
            assert_eq!(Levels::of(level).bits(), 1 << level.number());
        }
        assert_eq!(FhLevel::Month as u8, Level::Month.number());
        assert_eq!(FhFacet::Index as u8, Facet::Index.number());
        assert_eq!(Facets::of(Facet::Index).bits(), 1 << FhFacet::Index as u8);
    }
}
