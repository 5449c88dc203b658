//! Time zones: civil times to instants and back.

use crate::time::{DAY_MS, QUARTER_HOUR_MS, Time};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, civil};

/// Which of the two instants a civil time means when the clock ran over it twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    /// The first time round, before the clock was set back.
    #[default]
    Earlier,
    /// The second time round.
    Later,
}

/// A zone name that the bundled database does not know, or a text that is no date-time.
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

/// An IANA time zone, from the database that is compiled in. Clones share it.
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
        let spans = spans(&zone);
        Ok(Self(Arc::new(Rules { name, zone, spans })))
    }

    /// Coordinated universal time.
    pub fn utc() -> Self {
        let span = Span {
            start_ms: i64::MIN,
            offset_ms: 0,
            last_day: i64::MAX,
        };
        Self(Arc::new(Rules {
            name: "UTC".into(),
            zone: TimeZone::UTC,
            spans: Vec::from([span]),
        }))
    }

    /// The IANA name as the database spells it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The instant of a civil date-time. In a gap of the clock it moves forward by the gap; in a fold, `fold` decides.
    /// **[model-4]**
    ///
    /// # Errors
    /// [`ZoneError::OutOfRange`].
    pub fn resolve(&self, civil: DateTime, fold: Fold) -> Result<Time, ZoneError> {
        let offset = match self.0.zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } => before,
            AmbiguousOffset::Fold { before, after } => {
                if fold == Fold::Earlier {
                    before
                } else {
                    after
                }
            }
        };
        supported(
            offset
                .to_timestamp(civil)
                .map_err(|_| ZoneError::OutOfRange)?,
        )
    }

    /// Whether the clock shows this civil date-time twice.
    pub fn is_folded(&self, civil: DateTime) -> bool {
        matches!(
            self.0.zone.to_ambiguous_timestamp(civil).offset(),
            AmbiguousOffset::Fold { .. }
        )
    }

    /// What the clock shows at an instant; instants beyond the supported range show its ends.
    pub fn civil(&self, time: Time) -> DateTime {
        self.local(time).1
    }

    /// The zone's offset from UTC at an instant in seconds, positive to the east.
    pub fn offset_seconds(&self, time: Time) -> i32 {
        self.local(time).0.seconds()
    }

    /// Reads `2013-01-01`, `2013-01-01T00:30`, `2013-01-01 00:30:00` or `2013-01-01 00:30:00.250`, with or without `Z` or an
    /// offset such as `+05:45`. Without one it is civil time of this zone; a date alone is the start of that civil day.
    ///
    /// # Errors
    /// [`ZoneError::NotADateTime`], also for fractions finer than a millisecond; [`ZoneError::OutOfRange`].
    pub fn parse(&self, text: &str, fold: Fold) -> Result<Time, ZoneError> {
        match Stamp::parse(text)? {
            Stamp::Date(date) => self.day_start(date),
            Stamp::Civil(civil) => self.resolve(civil, fold),
            Stamp::Instant(time) => Ok(time),
        }
    }

    /// The first instant of a civil day.
    ///
    /// # Errors
    /// [`ZoneError::OutOfRange`].
    pub fn day_start(&self, date: civil::Date) -> Result<Time, ZoneError> {
        let start = self
            .0
            .zone
            .to_ambiguous_zoned(date.to_datetime(civil::Time::midnight()));
        let start = start.compatible().and_then(|zoned| zoned.start_of_day());
        supported(start.map_err(|_| ZoneError::OutOfRange)?.timestamp())
    }

    /// RFC 3339 with the zone's offset: `2013-07-01T01:00:00+01:00`; milliseconds only where there are any; UTC itself as `Z`.
    pub fn format(&self, time: Time) -> String {
        use core::fmt::Write as _;
        let (offset, civil) = self.local(time);
        let mut text = String::with_capacity(29);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second()
        );
        if civil.millisecond() != 0 {
            let _ = write!(text, ".{:03}", civil.millisecond());
        }
        let seconds = offset.seconds();
        // RFC 3339 offsets have no seconds; those of local mean time are cut off.
        let (sign, minutes) = (
            if seconds < 0 { '-' } else { '+' },
            seconds.unsigned_abs() / 60,
        );
        if seconds == 0 && self.name() == "UTC" {
            text.push('Z');
        } else {
            let _ = write!(text, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        }
        text
    }

    pub(crate) fn spans(&self) -> &[Span] {
        &self.0.spans
    }

    fn local(&self, time: Time) -> (Offset, DateTime) {
        let time = time.clamp(Time::EARLIEST, Time::LATEST);
        let timestamp = Timestamp::from_millisecond(time.ms()).unwrap_or(Timestamp::UNIX_EPOCH);
        let offset = self.0.zone.to_offset(timestamp);
        (offset, offset.to_datetime(timestamp))
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

/// A written date or date-time, before a zone is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// A date alone.
    Date(civil::Date),
    /// A date and a time without an offset.
    Civil(DateTime),
    /// A date, a time and an offset.
    Instant(Time),
}

impl Stamp {
    /// Reads one of the forms of [`Zone::parse`].
    ///
    /// # Errors
    /// As [`Zone::parse`].
    pub fn parse(text: &str) -> Result<Self, ZoneError> {
        let text = text.trim();
        // Only ASCII, so that byte positions are character positions.
        if !text.is_ascii() || text.len() < 10 {
            return Err(ZoneError::NotADateTime);
        }
        let (date, rest) = text.split_at(10);
        let date: civil::Date = date.parse().map_err(|_| ZoneError::NotADateTime)?;
        let Some(rest) = rest.strip_prefix(['T', 't', ' ']) else {
            return if rest.is_empty() {
                Ok(Self::Date(date))
            } else {
                Err(ZoneError::NotADateTime)
            };
        };
        let (clock, offset) = split_offset(rest)?;
        let clock: civil::Time = clock
            .trim_end()
            .parse()
            .map_err(|_| ZoneError::NotADateTime)?;
        if clock.subsec_nanosecond() % 1_000_000 != 0 {
            return Err(ZoneError::NotADateTime);
        }
        let civil = date.to_datetime(clock);
        match offset {
            None => Ok(Self::Civil(civil)),
            Some(offset) => {
                let timestamp = offset
                    .to_timestamp(civil)
                    .map_err(|_| ZoneError::OutOfRange)?;
                Ok(Self::Instant(supported(timestamp)?))
            }
        }
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
    zone: TimeZone,
    spans: Vec<Span>,
}

/// The zone's offsets with every transition moved up to a quarter hour of UTC and every offset cut down to a multiple of one,
/// so that slots are whole quarter hours wherever and whenever the clock was odd. **[model-7]**
fn spans(zone: &TimeZone) -> Vec<Span> {
    let begin = Timestamp::from_millisecond(Time::EARLIEST.ms()).unwrap_or(Timestamp::UNIX_EPOCH);
    let end = Time::LATEST.ms();
    let mut spans = Vec::from([Span {
        start_ms: i64::MIN,
        offset_ms: on_grid(zone.to_offset(begin)),
        last_day: 0,
    }]);
    for transition in zone.following(begin) {
        let at = transition.timestamp().as_millisecond();
        if at >= end {
            break;
        }
        push_span(
            &mut spans,
            -(-at).div_euclid(QUARTER_HOUR_MS) * QUARTER_HOUR_MS,
            on_grid(transition.offset()),
        );
    }
    let mut last_day = i64::MIN;
    for at in 0..spans.len() {
        let ends = spans.get(at + 1).map(|next| next.start_ms);
        let day = ends.map_or(i64::MAX, |ends| {
            (ends - 1 + spans[at].offset_ms).div_euclid(DAY_MS)
        });
        last_day = last_day.max(day);
        spans[at].last_day = last_day;
    }
    spans
}

fn push_span(spans: &mut Vec<Span>, start_ms: i64, offset_ms: i64) {
    if let Some(last) = spans.last_mut().filter(|last| last.start_ms == start_ms) {
        last.offset_ms = offset_ms;
    } else if spans.last().is_none_or(|last| last.offset_ms != offset_ms) {
        spans.push(Span {
            start_ms,
            offset_ms,
            last_day: 0,
        });
    }
}

fn on_grid(offset: Offset) -> i64 {
    (i64::from(offset.seconds()) * 1000).div_euclid(QUARTER_HOUR_MS) * QUARTER_HOUR_MS
}

fn supported(timestamp: Timestamp) -> Result<Time, ZoneError> {
    let time = Time::from_ms(timestamp.as_millisecond());
    if time.is_supported() {
        Ok(time)
    } else {
        Err(ZoneError::OutOfRange)
    }
}

/// Parts `00:30:00+05:45`, `00:30Z`, `00:30:00 -0330` into the clock and the offset.
fn split_offset(text: &str) -> Result<(&str, Option<Offset>), ZoneError> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Ok((clock, Some(Offset::UTC)));
    }
    let Some(at) = text.find(['+', '-']) else {
        return Ok((text, None));
    };
    let (clock, offset) = text.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits = |text: &str| -> Result<i32, ZoneError> {
        if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse().map_err(|_| ZoneError::NotADateTime)
        } else {
            Err(ZoneError::NotADateTime)
        }
    };
    let (_, offset) = offset.split_at(1);
    let (hours, minutes) = match (offset.len(), offset.split_once(':')) {
        (_, Some((hours, minutes))) => (digits(hours)?, digits(minutes)?),
        (4, None) => {
            let (hours, minutes) = offset.split_at(2);
            (digits(hours)?, digits(minutes)?)
        }
        _ => (digits(offset)?, 0),
    };
    if minutes >= 60 {
        return Err(ZoneError::NotADateTime);
    }
    let offset = Offset::from_seconds(sign * (hours * 3600 + minutes * 60))
        .map_err(|_| ZoneError::NotADateTime)?;
    Ok((clock, Some(offset)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, text: &str, fold: Fold) -> i64 {
        Zone::new(zone).unwrap().parse(text, fold).unwrap().ms()
    }

    #[test]
    fn forms_of_a_time() {
        let london = Zone::new("Europe/London").unwrap();
        for (text, expect) in [
            ("2013-01-01", "2013-01-01T00:00:00+00:00"),
            ("2013-01-01T00:30", "2013-01-01T00:30:00+00:00"),
            ("2013-07-01 00:30:00", "2013-07-01T00:30:00+01:00"),
            ("2013-07-01 00:30:00.250", "2013-07-01T00:30:00.250+01:00"),
            ("2013-07-01T00:30:00Z", "2013-07-01T01:30:00+01:00"),
            ("2013-07-01T00:30:00-0330", "2013-07-01T05:00:00+01:00"),
            ("2013-07-01T00:30:00 +05:45", "2013-06-30T19:45:00+01:00"),
            ("2013-07-01T00:30+02", "2013-06-30T23:30:00+01:00"),
        ] {
            let time = london.parse(text, Fold::Earlier).unwrap();
            assert_eq!(london.format(time), expect, "{text}");
            assert_eq!(london.parse(&london.format(time), Fold::Later), Ok(time));
        }
        assert_eq!(Zone::utc().format(Time::from_ms(0)), "1970-01-01T00:00:00Z");
        for text in [
            "",
            "2013-1-1",
            "2013-02-30",
            "2013-01-01x",
            "2013-01-01T25:00",
            "2013-01-01T00:00:00.0001",
            "2013-01-01T00:00+5",
            "2013-01-01T00:00+05:60",
            "2013-01-01T00:00+05:45:00",
            "٢٠١٣-01-01",
            "2013-01-01T00:00ZZ",
        ] {
            assert_eq!(
                london.parse(text, Fold::Earlier),
                Err(ZoneError::NotADateTime),
                "{text}"
            );
        }
        assert_eq!(
            london.parse("1899-12-31", Fold::Earlier),
            Err(ZoneError::OutOfRange)
        );
        assert_eq!(
            london.parse("2200-01-01", Fold::Earlier),
            Err(ZoneError::OutOfRange)
        );
        assert_eq!(Zone::new("Europe/Atlantis"), Err(ZoneError::UnknownZone));
    }

    #[test]
    fn gaps_move_forward_and_folds_choose() {
        // [model-4]
        let hour = 3_600_000;
        assert_eq!(
            at("Europe/London", "2013-03-31T01:30", Fold::Earlier),
            at("Europe/London", "2013-03-31T02:30", Fold::Later)
        );
        let fold = "2013-10-27T01:30";
        assert_eq!(
            at("Europe/London", fold, Fold::Later) - at("Europe/London", fold, Fold::Earlier),
            hour
        );
        let half = "2021-04-04T01:45";
        assert_eq!(
            at("Australia/Lord_Howe", half, Fold::Later)
                - at("Australia/Lord_Howe", half, Fold::Earlier),
            hour / 2
        );
        let zone = Zone::new("Australia/Lord_Howe").unwrap();
        assert!(
            zone.is_folded("2021-04-04T01:45".parse().unwrap())
                && !zone.is_folded("2021-04-04T01:15".parse().unwrap())
        );
    }

    #[test]
    fn a_skipped_day_starts_where_the_next_does() {
        assert_eq!(
            at("Pacific/Apia", "2011-12-30", Fold::Earlier),
            at("Pacific/Apia", "2011-12-31", Fold::Earlier)
        );
    }
}
