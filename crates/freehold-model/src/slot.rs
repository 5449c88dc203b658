//! Slots and epochs: time cut into intervals, per level, in the civil time of a zone.

use crate::civil::{first_of_month, month_of_day};
use crate::level::Level;
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, QUARTER_HOUR_MS, Time};
use crate::zone::{Span, Zone};
use core::ops::Range;
use serde::{Deserialize, Serialize};

/// The shortest raw slot in minutes.
pub const CHUNK_MINUTES_MIN: u16 = 1;
/// The longest raw slot in minutes: a day. **[model-6]**
pub const CHUNK_MINUTES_MAX: u16 = 1440;

/// One interval of a level, from `start` up to but without `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// The first instant inside.
    pub start: Time,
    /// The first instant after.
    pub end: Time,
}

impl Slot {
    /// Whether `time` lies inside.
    pub fn contains(self, time: Time) -> bool {
        self.start <= time && time < self.end
    }

    /// Whether the whole slot lies in `[from, until)`.
    pub fn is_within(self, from: Time, until: Time) -> bool {
        from <= self.start && self.end <= until
    }

    /// The length in milliseconds.
    pub const fn length_ms(self) -> i64 {
        self.end.since_ms(self.start)
    }
}

/// Two civil months of a stream's zone: January with February, March with April, and so on. Every slot starts and ends in one
/// epoch. **[model-10]**
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(i32);

impl Epoch {
    /// The epoch of this number: six to the year, 0 being January and February 1970.
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Six to the year, 0 being January and February 1970.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The epoch after this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The epoch before this.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The leaf that a slot of this epoch has in its level's key tree: whole minutes (raw, minute) or quarter hours (others)
    /// from [`Epoch::base`] to the slot's start. None for a start that no slot of this epoch can have. It needs no zone, so
    /// that every version of the time-zone data finds the same leaf. **[model-11]**
    pub fn index(self, level: Level, start: Time) -> Option<u32> {
        if !start.is_supported() {
            return None;
        }
        let unit = if level.depth() == FINE_DEPTH {
            MINUTE_MS
        } else {
            QUARTER_HOUR_MS
        };
        let index = u32::try_from(start.since_ms(self.base()).div_euclid(unit)).ok()?;
        (index < 1 << level.depth()).then_some(index)
    }

    /// Where leaf 0 begins: 24 hours before the epoch's first month begins in UTC, which no zone reaches.
    pub fn base(self) -> Time {
        let months = i64::from(self.0) * 2;
        Time::from_ms((first_of_month(months) - 1).saturating_mul(DAY_MS))
    }
}

impl Level {
    /// The depth of this level's key trees: 2^17 minutes or 2^13 quarter hours hold an epoch. **[model-11]**
    pub const fn depth(self) -> u8 {
        match self {
            Self::Raw | Self::Minute => FINE_DEPTH,
            _ => COARSE_DEPTH,
        }
    }
}

/// A chunk length that is no whole number of minutes from 1 to 1440.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("chunk length out of range: {0} minutes")]
pub struct ChunkLengthError(pub u16);

/// The slots of a stream: a zone and the length of a raw slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    zone: Zone,
    chunk_minutes: u16,
}

impl Calendar {
    /// The calendar of a stream in `zone` whose raw slots have `chunk_minutes`.
    ///
    /// # Errors
    /// [`ChunkLengthError`] outside 1..=1440.
    pub fn new(zone: Zone, chunk_minutes: u16) -> Result<Self, ChunkLengthError> {
        if (CHUNK_MINUTES_MIN..=CHUNK_MINUTES_MAX).contains(&chunk_minutes) {
            Ok(Self {
                zone,
                chunk_minutes,
            })
        } else {
            Err(ChunkLengthError(chunk_minutes))
        }
    }

    /// The zone.
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The length of a raw slot in minutes.
    pub const fn chunk_minutes(&self) -> u16 {
        self.chunk_minutes
    }

    /// The slot of `level` that holds `time`; instants beyond the supported range have the slot at its end. Callers that ask
    /// for one reading after another keep the slot and ask again when [`Slot::contains`] says no. **[model-8]**
    pub fn slot(&self, level: Level, time: Time) -> Slot {
        let ms = held(time);
        let (start, end) = match level {
            Level::Raw => self.raw(ms),
            Level::Minute => multiple(ms, MINUTE_MS),
            Level::QuarterHour => multiple(ms, QUARTER_HOUR_MS),
            Level::HalfHour => self.clock(ms, HOUR_MS / 2),
            Level::Hour => self.clock(ms, HOUR_MS),
            Level::Day => self.day(self.local_day(ms)),
            Level::Month => self.months(month_of_day(self.local_day(ms)), 1),
        };
        Slot {
            start: Time::from_ms(start),
            end: Time::from_ms(end),
        }
    }

    /// The slots of `level` that lie wholly in `[from, until)`, in order of time. **[model-12]**
    pub fn slots(&self, level: Level, from: Time, until: Time) -> Slots<'_> {
        let first = self.slot(level, from);
        let next = if from <= first.start {
            first.start
        } else {
            first.end
        };
        Slots {
            calendar: self,
            level,
            next,
            until: until.min(Time::LATEST),
        }
    }

    /// The epoch that holds `time`.
    pub fn epoch(&self, time: Time) -> Epoch {
        let months = month_of_day(self.local_day(held(time)));
        // Within the supported range there are a few hundred epochs on either side of 1970.
        Epoch(i32::try_from(months.div_euclid(2)).unwrap_or_default())
    }

    /// The first instant of an epoch and that of the next.
    pub fn epoch_span(&self, epoch: Epoch) -> Slot {
        let (start, end) = self.months(i64::from(epoch.0) * 2, 2);
        Slot {
            start: Time::from_ms(start),
            end: Time::from_ms(end),
        }
    }

    /// The leaves of `level` in `epoch` whose slots lie wholly in `[from, until)`; none when there are none. It begins at 0
    /// when it holds the epoch's first slot and ends at `1 << depth` when it holds the last, so that a whole epoch is the whole
    /// tree. **[model-12]**
    pub fn index_span(
        &self,
        level: Level,
        epoch: Epoch,
        from: Time,
        until: Time,
    ) -> Option<Range<u32>> {
        let span = self.epoch_span(epoch);
        let first = self
            .slots(level, from.max(span.start), until.min(span.end))
            .next()?;
        let after = match self.slot(level, until) {
            _ if span.end <= until => span.end,
            slot => slot.start,
        };
        let begin = if first.start == span.start {
            0
        } else {
            epoch.index(level, first.start)?
        };
        let end = if after == span.end {
            1 << level.depth()
        } else {
            epoch.index(level, after)?
        };
        Some(begin..end)
    }

    /// A raw slot: whole chunks from the civil day's first instant, the last cut at its end.
    fn raw(&self, ms: i64) -> (i64, i64) {
        let (day, next_day) = self.day(self.local_day(ms));
        let length = i64::from(self.chunk_minutes) * MINUTE_MS;
        let start = day + (ms - day).div_euclid(length) * length;
        (start, next_day.min(start + length))
    }

    /// A multiple of `length` on the local clock, cut where the clock changes.
    fn clock(&self, ms: i64, length: i64) -> (i64, i64) {
        let (at, span) = self.span(ms);
        let start = (ms + span.offset_ms).div_euclid(length) * length - span.offset_ms;
        let next = self
            .zone
            .spans()
            .get(at + 1)
            .map_or(i64::MAX, |next| next.start_ms);
        (start.max(span.start_ms), next.min(start + length))
    }

    fn day(&self, day: i64) -> (i64, i64) {
        (self.day_start(day), self.day_start(day + 1))
    }

    /// `count` months from the month counted from January 1970.
    fn months(&self, month: i64, count: i64) -> (i64, i64) {
        (
            self.day_start(first_of_month(month)),
            self.day_start(first_of_month(month + count)),
        )
    }

    /// The first instant at which the clock shows this day, counted from 1970, or a later one.
    fn day_start(&self, day: i64) -> i64 {
        let spans = self.zone.spans();
        let at = spans.partition_point(|span| span.last_day < day);
        spans.get(at).map_or(i64::MAX, |span| {
            span.start_ms
                .max(day.saturating_mul(DAY_MS).saturating_sub(span.offset_ms))
        })
    }

    /// The civil day at an instant, counted from 1970; a day that the clock falls back from for a while goes on.
    fn local_day(&self, ms: i64) -> i64 {
        let (at, span) = self.span(ms);
        let before = at
            .checked_sub(1)
            .and_then(|at| self.zone.spans().get(at))
            .map_or(i64::MIN, |span| span.last_day);
        before.max((ms + span.offset_ms).div_euclid(DAY_MS))
    }

    fn span(&self, ms: i64) -> (usize, Span) {
        let spans = self.zone.spans();
        let at = spans
            .partition_point(|span| span.start_ms <= ms)
            .saturating_sub(1);
        // A zone has at least one span, which begins before every instant.
        (
            at,
            spans.get(at).copied().unwrap_or(Span {
                start_ms: i64::MIN,
                offset_ms: 0,
                last_day: i64::MAX,
            }),
        )
    }
}

/// The slots of a window; see [`Calendar::slots`].
#[derive(Clone, Debug)]
pub struct Slots<'a> {
    calendar: &'a Calendar,
    level: Level,
    next: Time,
    until: Time,
}

impl Iterator for Slots<'_> {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        if self.until <= self.next {
            return None;
        }
        let slot = self.calendar.slot(self.level, self.next);
        self.next = slot.end;
        (slot.end <= self.until).then_some(slot)
    }
}

const FINE_DEPTH: u8 = 17;
const COARSE_DEPTH: u8 = 13;

fn held(time: Time) -> i64 {
    time.clamp(Time::EARLIEST, Time::LATEST.plus_ms(-1)).ms()
}

fn multiple(ms: i64, length: i64) -> (i64, i64) {
    let start = ms.div_euclid(length) * length;
    (start, start + length)
}

#[cfg(test)]
mod tests;
