//! What is asked for a bit at a time.

use freehold_model::{Level, Reading, Time};

use crate::{Error, Window};

/// Some of what was asked for, from its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// In order of time. More than were asked for where readings of one time correct each other: those stay together.
    pub items: Vec<T>,
    /// From when to ask for the rest; none when this is all.
    pub next: Option<Time>,
}

/// What has a place in time.
pub(crate) trait At {
    fn at(&self) -> Time;
}

impl At for Reading {
    fn at(&self) -> Time {
        self.time
    }
}

impl At for Window {
    fn at(&self) -> Time {
        self.slot.start
    }
}

/// Reads as little of `[from, until)` as gives `limit` items, and one at least: a stretch of time that doubles while little is in it.
pub(crate) fn page<T: At>(
    (from, until): (Time, Time),
    limit: usize,
    mut read: impl FnMut(Time, Time) -> Result<Vec<T>, Error>,
) -> Result<Page<T>, Error> {
    let limit = limit.max(1);
    let (mut items, mut begun) = (Vec::new(), from);
    let mut span = if limit == usize::MAX {
        i64::MAX
    } else {
        HOUR_MS
    };
    while begun < until && items.len() <= limit {
        let ended = begun.plus_ms(span).min(until);
        items.append(&mut read(begun, ended)?);
        begun = ended;
        span = span.saturating_mul(2);
    }
    let last: Option<Time> = items.get(limit - 1).map(At::at);
    let kept = last.map_or(items.len(), |last| {
        items.partition_point(|item| item.at() <= last)
    });
    let rest = items.get(kept).map(At::at);
    items.truncate(kept);
    let next = rest.or_else(|| (begun < until).then_some(begun));
    Ok(Page { items, next })
}

/// [`page`] of the slots of a level that lie wholly in `[from, until)`. `read` gives those that lie wholly in what it is asked for.
pub(crate) fn windows_page(
    level: Level,
    (from, until): (Time, Time),
    limit: usize,
    mut read: impl FnMut(Time, Time) -> Result<Vec<Window>, Error>,
) -> Result<Page<Window>, Error> {
    let longest = level.nominal_ms().unwrap_or(0) + SLACK_MS;
    page((from, until), limit, |begun, ended| {
        let mut windows = read(begun, ended.plus_ms(longest).min(until))?;
        windows.retain(|window| window.slot.start < ended);
        Ok(windows)
    })
}

const HOUR_MS: i64 = 3_600_000;
/// A month is up to three days longer than the shortest, and a slot may be a day longer where the clock is set back.
const SLACK_MS: i64 = 4 * 24 * HOUR_MS;
