//! Readings and summaries as bytes: what crosses between languages in one call for any number of them.
//!
//! A page is a header, rows of one length, and a tail that rows point into. Numbers are little-endian, `i` signed in two's complement,
//! `u` unsigned. What stands for nothing is zero: a page has one form, and another is refused.
//!
//! Header, 24 bytes:
//!
//! | at | what | meaning |
//! |---:|---|---|
//! | 0 | `u32` | how many rows |
//! | 4 | `u8` | the format, 1 |
//! | 5 | `u8` | what the rows are: 1 readings, 2 windows |
//! | 6 | `u8` | bit 0: `next` counts; bit 1: `not_yet` counts |
//! | 7 | `u8` | 0 |
//! | 8 | `i64` | `next`: there is more, to be asked for from this time, ms |
//! | 16 | `i64` | `not_yet`: what was asked for goes on after the keys that were given, from this time, ms |
//!
//! A reading, 24 bytes:
//!
//! | at | what | meaning |
//! |---:|---|---|
//! | 0 | `i64` | when it was measured, or when its interval began, ms |
//! | 8 | `u32` | the length of its interval in ms, 0 for an instant |
//! | 12 | `u16` | flags, the bits of [`Flags`] |
//! | 14 | `u8` | the type of its value: 0 none, 1 number, 2 boolean, 3 state, 4 point, 5 text |
//! | 15 | `u8` | 0 |
//! | 16 | 8 bytes | number: `i64`; boolean: `u8` 0 or 1; state: `u16`; point: `i32` latitude, `i32` longitude in 1e-7 degrees; text: `u32` its first byte in the tail, `u32` its length in bytes; the rest 0 |
//!
//! The tail of readings are their texts in UTF-8, one after the other in the order of the rows.
//!
//! A window, 104 bytes; numbers of facets that `facets` does not name are 0:
//!
//! | at | what | meaning |
//! |---:|---|---|
//! | 0 | `i64` | the slot's start, ms |
//! | 8 | `i64` | its end, ms |
//! | 16 | `u64` | totals: how many readings had a number |
//! | 24 | `i128` | totals: their sum |
//! | 40 | `u128` | totals: the sum of their squares |
//! | 56 | `i64` | extremes: the least |
//! | 64 | `i64` | extremes: the greatest |
//! | 72 | `i64` | extremes: the first |
//! | 80 | `i64` | extremes: the last |
//! | 88 | `i64` | index: where the counter stood |
//! | 96 | `u8` | `facets`: the known ones, bit 1 totals, 2 extremes, 3 distribution, 4 index |
//! | 97 | `u8` | 0 |
//! | 98 | `u16` | distribution: how many bins |
//! | 100 | `u32` | distribution: the place of its first bin in the tail, counted in bins; 0 without bins |
//!
//! The tail of windows are the bins, `u64` each, one distribution after the other in the order of the rows.

use freehold::{
    Facet, Facets, Opened, Page, Reading, Time, Value, Window,
    model::{Extremes, Flags, Index, Range, Slot, Summary, Totals, ValueError},
};

use crate::FfiError;

/// The most rows that a page is asked for: what a call asks for beyond this, or with 0, is so many.
pub const ROWS_MAX: u32 = 65_536;

/// Bytes of a header.
pub const HEADER: usize = 24;
/// Bytes of a reading.
pub const READING: usize = 24;
/// Bytes of a window.
pub const WINDOW: usize = 104;

/// How many rows a page is asked for.
pub(crate) fn most(limit: u32) -> usize {
    let limit = if limit == 0 {
        ROWS_MAX
    } else {
        limit.min(ROWS_MAX)
    };
    limit as usize
}

/// Readings to be recorded: a page that neither goes on nor waits.
pub(crate) fn batch(bytes: &[u8]) -> Result<Vec<Reading>, FfiError> {
    let page = readings_from_bytes(bytes)?;
    if page.next.is_some() || page.not_yet.is_some() {
        return Err(FfiError::argument(
            "readings to be recorded with a next or a not_yet",
        ));
    }
    Ok(page.items)
}

/// Rows, and how they go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<T> {
    /// What the rows say.
    pub items: Vec<T>,
    /// From when to ask for the rest; none when this is all.
    pub next: Option<Time>,
    /// From when on there are no keys yet; none when there are for all that was asked for.
    pub not_yet: Option<Time>,
}

/// A page of readings.
///
/// # Errors
/// [`FfiError::Argument`] for more than a page holds.
pub fn readings_to_bytes(page: &Rows<Reading>) -> Result<Vec<u8>, FfiError> {
    let mut out = header(page, READINGS)?;
    out.reserve(page.items.len() * READING);
    let mut tail: Vec<u8> = Vec::new();
    for reading in &page.items {
        out.extend(reading.time.ms().to_le_bytes());
        out.extend(reading.duration_ms.to_le_bytes());
        out.extend(reading.flags.bits().to_le_bytes());
        let (tag, value): (u8, [u8; 8]) = match &reading.value {
            Value::None => (0, [0; 8]),
            Value::Number(number) => (1, number.to_le_bytes()),
            Value::Bool(yes) => (2, u64::from(*yes).to_le_bytes()),
            Value::State(state) => (3, u64::from(*state).to_le_bytes()),
            Value::Point { lat, lon } => (4, pair(lat.to_le_bytes(), lon.to_le_bytes())),
            Value::Text(text) => {
                let at = size(tail.len())?.to_le_bytes();
                let len = size(text.len())?.to_le_bytes();
                tail.extend(text.as_bytes());
                (5, pair(at, len))
            }
        };
        out.extend([tag, 0]);
        out.extend(value);
    }
    out.extend(tail);
    Ok(out)
}

/// What [`readings_to_bytes`] writes, and nothing else.
///
/// # Errors
/// [`FfiError::Argument`] for other bytes; `bad_reading` for a value that no reading has.
pub fn readings_from_bytes(bytes: &[u8]) -> Result<Rows<Reading>, FfiError> {
    let (mut rows, mut tail, page) = parts::<Reading>(bytes, READINGS, READING)?;
    let mut items = Vec::with_capacity(rows.len() / READING);
    let mut taken = 0;
    while !rows.is_empty() {
        let time = Time::from_ms(i64::from_le_bytes(take(&mut rows)?));
        let duration_ms = u32::from_le_bytes(take(&mut rows)?);
        let bits = u16::from_le_bytes(take(&mut rows)?);
        let [tag, reserved] = take(&mut rows)?;
        let value: [u8; 8] = take(&mut rows)?;
        if reserved != 0 {
            return Err(wrong("a byte of a reading that has to be 0"));
        }
        let number = u64::from_le_bytes(value);
        let mut halves = &value[..];
        let (first, second): ([u8; 4], [u8; 4]) = (take(&mut halves)?, take(&mut halves)?);
        let value = match tag {
            0 if number == 0 => Value::None,
            1 => Value::Number(i64::from_le_bytes(value)),
            2 if number < 2 => Value::Bool(number == 1),
            3 => Value::State(u16::try_from(number).map_err(|_| wrong("a state"))?),
            4 => Value::point(i32::from_le_bytes(first), i32::from_le_bytes(second))
                .map_err(unfit)?,
            5 => {
                let (at, len) = (u32::from_le_bytes(first), u32::from_le_bytes(second));
                if at != taken {
                    return Err(wrong("the place of a text"));
                }
                let text = split(&mut tail, len as usize)?;
                taken += len;
                let text = str::from_utf8(text).map_err(|_| wrong("a text that is not UTF-8"))?;
                Value::text(text).map_err(unfit)?
            }
            _ => return Err(wrong("a type of value, or a value of it")),
        };
        let flags = Flags::from_bits(bits).ok_or_else(|| wrong("flags"))?;
        items.push(Reading {
            time,
            duration_ms,
            value,
            flags,
        });
    }
    if !tail.is_empty() {
        return Err(wrong("a tail that no row points to"));
    }
    Ok(Rows { items, ..page })
}

/// A page of windows.
///
/// # Errors
/// [`FfiError::Argument`] for more than a page holds.
pub fn windows_to_bytes(page: &Rows<Window>) -> Result<Vec<u8>, FfiError> {
    let mut out = header(page, WINDOWS)?;
    out.reserve(page.items.len() * WINDOW);
    let mut tail: Vec<u8> = Vec::new();
    for Window { slot, summary } in &page.items {
        let range = summary.extremes.and_then(|extremes| extremes.0);
        let index = summary.index.and_then(|index| index.0);
        let bins = summary.distribution.as_deref();
        let known = [
            (Facet::Totals, summary.totals.is_some()),
            (Facet::Extremes, range.is_some()),
            (Facet::Distribution, bins.is_some()),
            (Facet::Index, index.is_some()),
        ];
        let known = known.into_iter().filter(|(_, is)| *is);
        let facets: Facets = known.map(|(facet, _)| facet).collect();
        let totals = summary.totals.unwrap_or_default();
        let range = range.unwrap_or(NO_RANGE);
        let bins = bins.unwrap_or_default();
        out.extend(slot.start.ms().to_le_bytes());
        out.extend(slot.end.ms().to_le_bytes());
        out.extend(totals.count.to_le_bytes());
        out.extend(totals.sum.to_le_bytes());
        out.extend(totals.sum_squares.to_le_bytes());
        for number in [range.min, range.max, range.first, range.last] {
            out.extend(number.to_le_bytes());
        }
        out.extend(index.unwrap_or(0).to_le_bytes());
        out.extend([facets.bits(), 0]);
        let count = u16::try_from(bins.len()).map_err(|_| wrong("so many bins"))?;
        out.extend(count.to_le_bytes());
        let at = if bins.is_empty() { 0 } else { tail.len() / 8 };
        out.extend(size(at)?.to_le_bytes());
        for bin in bins {
            tail.extend(bin.to_le_bytes());
        }
    }
    out.extend(tail);
    Ok(out)
}

/// What [`windows_to_bytes`] writes, and nothing else.
///
/// # Errors
/// [`FfiError::Argument`] for other bytes.
pub fn windows_from_bytes(bytes: &[u8]) -> Result<Rows<Window>, FfiError> {
    let (mut rows, mut tail, page) = parts::<Window>(bytes, WINDOWS, WINDOW)?;
    let mut items = Vec::with_capacity(rows.len() / WINDOW);
    let mut taken = 0;
    while !rows.is_empty() {
        let start = Time::from_ms(i64::from_le_bytes(take(&mut rows)?));
        let end = Time::from_ms(i64::from_le_bytes(take(&mut rows)?));
        let totals = Totals {
            count: u64::from_le_bytes(take(&mut rows)?),
            sum: i128::from_le_bytes(take(&mut rows)?),
            sum_squares: u128::from_le_bytes(take(&mut rows)?),
        };
        let mut number = || Ok::<_, FfiError>(i64::from_le_bytes(take(&mut rows)?));
        let (min, max, first, last) = (number()?, number()?, number()?, number()?);
        let index = number()?;
        let [bits, reserved] = take(&mut rows)?;
        let count = u16::from_le_bytes(take(&mut rows)?);
        let at = u32::from_le_bytes(take(&mut rows)?);
        let facets = Facets::from_bits(bits)
            .filter(|facets| reserved == 0 && !facets.contains(Facet::Readings))
            .ok_or_else(|| wrong("facets"))?;
        if at != if count == 0 { 0 } else { taken } {
            return Err(wrong("the place of a distribution"));
        }
        let mut bins = split(&mut tail, usize::from(count) * 8)?;
        taken += u32::from(count);
        let mut distribution = Vec::with_capacity(count.into());
        while !bins.is_empty() {
            distribution.push(u64::from_le_bytes(take(&mut bins)?));
        }
        let range = Range {
            min,
            max,
            first,
            last,
        };
        items.push(Window {
            slot: Slot { start, end },
            summary: Summary {
                totals: known(facets, Facet::Totals, totals, Totals::default())?,
                extremes: known(facets, Facet::Extremes, range, NO_RANGE)?
                    .map(|range| Extremes(Some(range))),
                distribution: known(facets, Facet::Distribution, distribution, Vec::new())?,
                index: known(facets, Facet::Index, index, 0)?.map(|index| Index(Some(index))),
            },
        });
    }
    if !tail.is_empty() {
        return Err(wrong("a tail that no row points to"));
    }
    Ok(Rows { items, ..page })
}

impl<T> From<Page<T>> for Rows<T> {
    fn from(page: Page<T>) -> Self {
        Self {
            items: page.items,
            next: page.next,
            not_yet: None,
        }
    }
}

impl<T> From<Opened<T>> for Rows<T> {
    fn from(opened: Opened<T>) -> Self {
        Self {
            items: opened.items,
            next: opened.next,
            not_yet: opened.not_yet,
        }
    }
}

fn header<T>(page: &Rows<T>, what: u8) -> Result<Vec<u8>, FfiError> {
    let mut out = Vec::with_capacity(HEADER);
    out.extend(size(page.items.len())?.to_le_bytes());
    let counts = u8::from(page.next.is_some()) | u8::from(page.not_yet.is_some()) << 1;
    out.extend([FORMAT, what, counts, 0]);
    for time in [page.next, page.not_yet] {
        out.extend(time.map_or(0, Time::ms).to_le_bytes());
    }
    Ok(out)
}

/// The rows, the tail, and what the header says beside, without items.
type Parts<'a, T> = (&'a [u8], &'a [u8], Rows<T>);

fn parts<T>(mut bytes: &[u8], of: u8, row: usize) -> Result<Parts<'_, T>, FfiError> {
    let count = u32::from_le_bytes(take(&mut bytes)?);
    let [format, what, counts, reserved] = take(&mut bytes)?;
    let mut time = |bit: u8| {
        let ms = i64::from_le_bytes(take(&mut bytes)?);
        match (counts & bit != 0, ms) {
            (true, ms) => Ok(Some(Time::from_ms(ms))),
            (false, 0) => Ok(None),
            _ => Err(wrong("a time that does not count")),
        }
    };
    let (next, not_yet) = (time(1)?, time(2)?);
    if format != FORMAT || what != of || counts > 3 || reserved != 0 {
        return Err(wrong("a header"));
    }
    let len = (count as usize).checked_mul(row).ok_or_else(short)?;
    let rows = split(&mut bytes, len)?;
    let page = Rows {
        items: Vec::new(),
        next,
        not_yet,
    };
    Ok((rows, bytes, page))
}

/// A facet that is known, or zeros.
fn known<T: PartialEq>(
    facets: Facets,
    facet: Facet,
    value: T,
    nothing: T,
) -> Result<Option<T>, FfiError> {
    if facets.contains(facet) {
        Ok(Some(value))
    } else if value == nothing {
        Ok(None)
    } else {
        Err(wrong("a facet that does not count"))
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], FfiError> {
    let (taken, rest) = bytes.split_first_chunk::<N>().ok_or_else(short)?;
    *bytes = rest;
    Ok(*taken)
}

fn split<'a>(bytes: &mut &'a [u8], len: usize) -> Result<&'a [u8], FfiError> {
    let (taken, rest) = bytes.split_at_checked(len).ok_or_else(short)?;
    *bytes = rest;
    Ok(taken)
}

fn pair([a, b, c, d]: [u8; 4], [e, f, g, h]: [u8; 4]) -> [u8; 8] {
    [a, b, c, d, e, f, g, h]
}

fn size(len: usize) -> Result<u32, FfiError> {
    u32::try_from(len).map_err(|_| wrong("more than a page holds"))
}

fn wrong(what: &str) -> FfiError {
    FfiError::argument(format!("page: {what}"))
}

fn short() -> FfiError {
    wrong("fewer bytes than it says")
}

fn unfit(error: ValueError) -> FfiError {
    FfiError::because(freehold::Reason::BadReading, error.to_string())
}

const FORMAT: u8 = 1;
const READINGS: u8 = 1;
const WINDOWS: u8 = 2;
const NO_RANGE: Range = Range {
    min: 0,
    max: 0,
    first: 0,
    last: 0,
};
