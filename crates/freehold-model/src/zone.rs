//! Time zones: civil times to instants and back.

mod written;

use crate::civil::{first_of_month, month_of_day};
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, QUARTER_HOUR_MS, Time};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use written::Written;

/// Which of the two instants a civil time means when the clock ran over it twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    /// The first time round, before the clock was set back.
    #[default]
    Earlier,
    /// The second time round.
    Later,
}

/// A zone name that the database does not know, or a text that is no date-time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// No such IANA zone.
    #[error("unknown time zone")]
    UnknownZone,
    /// Not a date, or a date and a time, in one of the forms of [`Zone::parse`].
    #[error("not a date-time")]
    NotADateTime,
    /// Outside [`Time::EARLIEST`]..[`Time::LATEST`].
    #[error("date-time out of range")]
    OutOfRange,
}

/// An IANA time zone, from the database that is compiled in. Clones share it. Making one takes about 60 µs; asking it takes a
/// search among its clock changes.
#[derive(Clone)]
pub struct Zone(Arc<Rules>);

impl Zone {
    /// The zone of this IANA name, such as `Europe/London`.
    ///
    /// # Errors
    /// [`ZoneError::UnknownZone`].
    pub fn new(name: &str) -> Result<Self, ZoneError> {
        let zone = TimeZoneDatabase::bundled()
            .get(name)
            .map_err(|_| ZoneError::UnknownZone)?;
        let name = zone.iana_name().ok_or(ZoneError::UnknownZone)?.into();
        let clocks = clocks(&zone);
        let spans = spans(&clocks);
        Ok(Self(Arc::new(Rules {
            name,
            clocks,
            spans,
        })))
    }

    /// Coordinated universal time.
    pub fn utc() -> Self {
        let clocks = Vec::from([Clock {
            start_ms: i64::MIN,
            offset_ms: 0,
        }]);
        let spans = spans(&clocks);
        Self(Arc::new(Rules {
            name: "UTC".into(),
            clocks,
            spans,
        }))
    }

    /// The IANA name as the database spells it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The instant of a civil date-time, whole milliseconds. In a gap of the clock it moves forward by the gap; in a fold,
    /// `fold` decides. **[model-4]**
    ///
    /// # Errors
    /// [`ZoneError::OutOfRange`].
    pub fn resolve(&self, civil: DateTime, fold: Fold) -> Result<Time, ZoneError> {
        supported(self.instants(local_ms(civil)).of(fold))
    }

    /// Whether the clock shows this civil date-time twice.
    pub fn is_folded(&self, civil: DateTime) -> bool {
        let found = self.instants(local_ms(civil));
        found.earlier != found.later
    }

    /// What the clock shows at an instant; instants beyond the supported range show its ends.
    pub fn civil(&self, time: Time) -> DateTime {
        let (local, _) = self.local(time);
        let seconds = Timestamp::from_millisecond(local).unwrap_or(Timestamp::UNIX_EPOCH);
        jiff::tz::Offset::UTC.to_datetime(seconds)
    }

    /// The zone's offset from UTC at an instant in seconds, positive to the east.
    pub fn offset_seconds(&self, time: Time) -> i32 {
        // Offsets are below 26 hours.
        i32::try_from(self.local(time).1 / 1000).unwrap_or_default()
    }

    /// Reads `2013-01-01`, `2013-01-01T00:30`, `2013-01-01 00:30:00` or `2013-01-01 00:30:00.250`, with or without `Z` or an
    /// offset such as `+05:45`. Without one it is civil time of this zone; a date alone is the start of that civil day.
    ///
    /// # Errors
    /// [`ZoneError::NotADateTime`], also for fractions finer than a millisecond and for leap seconds;
    /// [`ZoneError::OutOfRange`].
    pub fn parse(&self, text: &str, fold: Fold) -> Result<Time, ZoneError> {
        match Written::parse(text.trim()).ok_or(ZoneError::NotADateTime)? {
            Written {
                local_ms,
                offset_ms: Some(offset_ms),
                ..
            } => supported(local_ms - offset_ms),
            Written {
                local_ms,
                is_date: true,
                ..
            } => self.first_instant(local_ms),
            Written { local_ms, .. } => supported(self.instants(local_ms).of(fold)),
        }
    }

    /// The first instant of a civil day; of one that the clock skipped, the first after it.
    ///
    /// # Errors
    /// [`ZoneError::OutOfRange`].
    pub fn day_start(&self, date: Date) -> Result<Time, ZoneError> {
        self.first_instant(local_ms(date.to_datetime(jiff::civil::Time::midnight())))
    }

    /// RFC 3339 with the zone's offset: `2013-07-01T01:00:00+01:00`; milliseconds only where there are any; UTC itself as `Z`.
    pub fn format(&self, time: Time) -> String {
        let (local, offset) = self.local(time);
        let (day, ms) = (local.div_euclid(DAY_MS), local.rem_euclid(DAY_MS));
        let month = month_of_day(day);
        let (year, month_of_year) = (1970 + month.div_euclid(12), month.rem_euclid(12) + 1);
        let day = day - first_of_month(month) + 1;
        let mut text = String::with_capacity(29);
        for (before, number, digits) in [
            ("", year, 4),
            ("-", month_of_year, 2),
            ("-", day, 2),
            ("T", ms / HOUR_MS, 2),
            (":", ms / MINUTE_MS % 60, 2),
            (":", ms / 1000 % 60, 2),
        ] {
            text.push_str(before);
            push_digits(&mut text, number, digits);
        }
        if ms % 1000 != 0 {
            text.push('.');
            push_digits(&mut text, ms % 1000, 3);
        }
        if offset == 0 && self.name() == "UTC" {
            text.push('Z');
            return text;
        }
        // RFC 3339 offsets have no seconds; those of local mean time are cut off.
        text.push(if offset < 0 { '-' } else { '+' });
        push_digits(&mut text, offset.abs() / HOUR_MS, 2);
        text.push(':');
        push_digits(&mut text, offset.abs() / MINUTE_MS % 60, 2);
        text
    }

    pub(crate) fn spans(&self) -> &[Span] {
        &self.0.spans
    }

    /// The clock at an instant in milliseconds, and its offset.
    fn local(&self, time: Time) -> (i64, i64) {
        let ms = time.clamp(Time::EARLIEST, Time::LATEST).ms();
        let clocks = &self.0.clocks;
        let at = clocks
            .partition_point(|clock| clock.start_ms <= ms)
            .saturating_sub(1);
        let offset = clocks.get(at).map_or(0, |clock| clock.offset_ms);
        (ms + offset, offset)
    }

    /// The first and the last instant at which the clock shows `local`.
    fn instants(&self, local: i64) -> Instants {
        let clocks = &self.0.clocks;
        let begin = clocks
            .partition_point(|clock| clock.start_ms <= local - OFFSET_MAX_MS)
            .saturating_sub(1);
        let mut found: Option<Instants> = None;
        let mut after_gap = local;
        for (at, clock) in clocks.iter().enumerate().skip(begin) {
            let instant = local - clock.offset_ms;
            if instant < clock.start_ms {
                break;
            }
            // Past this clock's last instant, it still says by how much a gap moves what lies in it.
            after_gap = instant;
            if clocks
                .get(at + 1)
                .is_none_or(|next| instant < next.start_ms)
            {
                let earlier = found.map_or(instant, |found| found.earlier);
                found = Some(Instants {
                    earlier,
                    later: instant,
                });
            }
        }
        found.unwrap_or(Instants {
            earlier: after_gap,
            later: after_gap,
        })
    }

    /// The first instant at which the clock shows `local` or later.
    fn first_instant(&self, local: i64) -> Result<Time, ZoneError> {
        let clocks = &self.0.clocks;
        let begin = clocks
            .partition_point(|clock| clock.start_ms <= local - OFFSET_MAX_MS)
            .saturating_sub(1);
        for (at, clock) in clocks.iter().enumerate().skip(begin) {
            let instant = (local - clock.offset_ms).max(clock.start_ms);
            if clocks
                .get(at + 1)
                .is_none_or(|next| instant < next.start_ms)
            {
                return supported(instant);
            }
        }
        Err(ZoneError::OutOfRange)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

/// A stretch of one offset, on the grid of quarter hours that slots live on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// Its first instant; `i64::MIN` for the first stretch.
    pub(crate) start_ms: i64,
    /// Added to an instant gives the clock.
    pub(crate) offset_ms: i64,
    /// The latest civil day, counted from 1970, that the clock has shown by the end of this stretch.
    pub(crate) last_day: i64,
}

struct Rules {
    name: String,
    clocks: Vec<Clock>,
    spans: Vec<Span>,
}

/// A stretch of one offset as the zone has it.
#[derive(Clone, Copy)]
struct Clock {
    start_ms: i64,
    offset_ms: i64,
}

#[derive(Clone, Copy)]
struct Instants {
    earlier: i64,
    later: i64,
}

impl Instants {
    const fn of(self, fold: Fold) -> i64 {
        match fold {
            Fold::Earlier => self.earlier,
            Fold::Later => self.later,
        }
    }
}

/// No zone is as far from UTC.
const OFFSET_MAX_MS: i64 = 26 * 3_600_000;

/// The zone's offsets within the supported range.
fn clocks(zone: &TimeZone) -> Vec<Clock> {
    let begin = Timestamp::from_millisecond(Time::EARLIEST.ms()).unwrap_or(Timestamp::UNIX_EPOCH);
    let offset_ms = i64::from(zone.to_offset(begin).seconds()) * 1000;
    let mut clocks = Vec::from([Clock {
        start_ms: i64::MIN,
        offset_ms,
    }]);
    for transition in zone.following(begin) {
        let start_ms = transition.timestamp().as_millisecond();
        if start_ms >= Time::LATEST.ms() {
            break;
        }
        let offset_ms = i64::from(transition.offset().seconds()) * 1000;
        if clocks.last().is_none_or(|last| last.offset_ms != offset_ms) {
            clocks.push(Clock {
                start_ms,
                offset_ms,
            });
        }
    }
    clocks
}

/// The offsets with every change moved up to a quarter hour of UTC and every offset cut down to a multiple of one, so that
/// slots are whole quarter hours wherever and whenever the clock was odd. **[model-7]**
fn spans(clocks: &[Clock]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::with_capacity(clocks.len());
    for clock in clocks {
        let start_ms = match clock.start_ms {
            i64::MIN => i64::MIN,
            start => -(-start).div_euclid(QUARTER_HOUR_MS) * QUARTER_HOUR_MS,
        };
        let offset_ms = clock.offset_ms.div_euclid(QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
        // Two changes within a quarter hour are one.
        spans.pop_if(|last| last.start_ms == start_ms);
        spans.push(Span {
            start_ms,
            offset_ms,
            last_day: i64::MAX,
        });
    }
    spans.dedup_by_key(|span| span.offset_ms);
    let mut last_day = i64::MIN;
    let ends: Vec<i64> = spans.iter().skip(1).map(|span| span.start_ms).collect();
    for (span, end) in spans.iter_mut().zip(ends) {
        last_day = last_day.max((end - 1 + span.offset_ms).div_euclid(DAY_MS));
        span.last_day = last_day;
    }
    spans
}

fn supported(ms: i64) -> Result<Time, ZoneError> {
    let time = Time::from_ms(ms);
    if time.is_supported() {
        Ok(time)
    } else {
        Err(ZoneError::OutOfRange)
    }
}

/// The last `count` digits of a number that is not negative.
fn push_digits(text: &mut String, number: i64, count: u32) {
    let digits = (0..count)
        .rev()
        .map(|place| number / 10_i64.pow(place) % 10);
    text.extend(digits.filter_map(|digit| char::from_digit(u32::try_from(digit).ok()?, 10)));
}

/// A civil date-time as if it were UTC.
fn local_ms(civil: DateTime) -> i64 {
    let month = (i64::from(civil.year()) - 1970) * 12 + i64::from(civil.month()) - 1;
    let days = first_of_month(month) + i64::from(civil.day()) - 1;
    let seconds =
        (i64::from(civil.hour()) * 60 + i64::from(civil.minute())) * 60 + i64::from(civil.second());
    days * DAY_MS + seconds * 1000 + i64::from(civil.millisecond())
}

#[cfg(test)]
mod tests;
