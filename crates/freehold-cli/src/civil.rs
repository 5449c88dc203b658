//! Dates and times of a wall clock, read from ISO 8601 without a general parser: an import reads
//! millions of them.
//!
//! A wall clock's time is counted in milliseconds since its own 1970-01-01T00:00, so that arithmetic
//! within one offset is plain addition.

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// What a wall clock showed, in milliseconds since it showed 1970-01-01T00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Civil(pub(crate) i64);

/// A time as it is written: with or without the offset that makes it an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// No offset: what some wall clock showed.
    Civil(Civil),
    /// Milliseconds since 1970-01-01T00:00Z.
    Instant(i64),
}

/// A date and a time of day in fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) year: i32,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) millisecond: u16,
}

impl Civil {
    /// Midnight of a date; `None` if the calendar lacks it.
    pub(crate) fn date(year: i32, month: u8, day: u8) -> Option<Self> {
        let exists = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        exists.then(|| Self(days_from_civil(year, month, day) * DAY))
    }

    /// The fields of a calendar and a clock.
    pub(crate) fn fields(self) -> Fields {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY));
        let ms = self.0.rem_euclid(DAY);
        let part = |unit: i64, of: i64| u16::try_from(ms / unit % of).unwrap_or(0);
        let small = |unit, of| u8::try_from(part(unit, of)).unwrap_or(0);
        Fields {
            year,
            month,
            day,
            hour: small(HOUR, 24),
            minute: small(MINUTE, 60),
            second: small(SECOND, 60),
            millisecond: part(1, 1_000),
        }
    }
}

/// Reads ISO 8601: a date, then perhaps `T` or a blank and a time with or without seconds and their
/// fraction, then perhaps an offset. Fractions are cut to milliseconds.
pub(crate) fn parse_iso(text: &[u8]) -> Option<Written> {
    let mut rest = text.trim_ascii();
    let midnight = date(&mut rest)?;
    if rest.is_empty() {
        return Some(Written::Civil(midnight));
    }
    let (b'T' | b't' | b' ', time) = rest.split_first().map(|(c, rest)| (*c, rest))? else {
        return None;
    };
    rest = time;
    let civil = Civil(midnight.0 + time_of_day(&mut rest)?);
    match rest.trim_ascii_start() {
        [] => Some(Written::Civil(civil)),
        [b'Z' | b'z'] => Some(Written::Instant(civil.0)),
        [sign @ (b'+' | b'-'), offset @ ..] => {
            let offset = self::offset(offset)?;
            Some(Written::Instant(
                civil.0 - if *sign == b'-' { -offset } else { offset },
            ))
        }
        _ => None,
    }
}

/// Days of a month of the Gregorian calendar.
pub(crate) fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn date(rest: &mut &[u8]) -> Option<Civil> {
    let year = digits::<4>(rest)?;
    skip(rest, b'-')?;
    let month = digits::<2>(rest)?;
    skip(rest, b'-')?;
    let day = digits::<2>(rest)?;
    Civil::date(
        i32::try_from(year).ok()?,
        u8::try_from(month).ok()?,
        u8::try_from(day).ok()?,
    )
}

/// `hh:mm[:ss[.fff]]` in milliseconds since midnight.
fn time_of_day(rest: &mut &[u8]) -> Option<i64> {
    let hour = digits::<2>(rest)?;
    skip(rest, b':')?;
    let minute = digits::<2>(rest)?;
    let mut ms = i64::from(hour) * HOUR + i64::from(minute) * MINUTE;
    let mut second = 0;
    if skip(rest, b':').is_some() {
        second = digits::<2>(rest)?;
        ms += i64::from(second) * SECOND;
        if let [b'.' | b',', fraction @ ..] = *rest {
            let length = fraction.iter().take_while(|c| c.is_ascii_digit()).count();
            let (fraction, after) = fraction.split_at(length);
            ms += milliseconds(fraction)?;
            *rest = after;
        }
    }
    (hour < 24 && minute < 60 && second < 60).then_some(ms)
}

/// `hh:mm`, `hhmm` or `hh` in milliseconds.
fn offset(mut rest: &[u8]) -> Option<i64> {
    let hours = digits::<2>(&mut rest)?;
    let minutes = match rest {
        [] => 0,
        _ => {
            let _ = skip(&mut rest, b':');
            digits::<2>(&mut rest)?
        }
    };
    let fits = rest.is_empty() && hours < 24 && minutes < 60;
    fits.then(|| i64::from(hours) * HOUR + i64::from(minutes) * MINUTE)
}

/// The first three digits of a fraction of a second; there must be at least one.
fn milliseconds(fraction: &[u8]) -> Option<i64> {
    let digit = |i: usize| fraction.get(i).map_or(0, |c| i64::from(c - b'0'));
    (!fraction.is_empty()).then(|| digit(0) * 100 + digit(1) * 10 + digit(2))
}

fn digits<const N: usize>(rest: &mut &[u8]) -> Option<u32> {
    let (number, after) = rest.split_first_chunk::<N>()?;
    let mut value = 0;
    for c in number {
        let digit = c.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u32::from(digit);
    }
    *rest = after;
    Some(value)
}

fn skip(rest: &mut &[u8], expected: u8) -> Option<()> {
    let (first, after) = rest.split_first()?;
    (*first == expected).then(|| *rest = after)
}

/// Days since 1970-01-01, by counting years from March so that the leap day comes last.
fn days_from_civil(year: i32, month: u8, day: u8) -> i64 {
    let (year, month) = (i64::from(year), i64::from(month));
    let year = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    era * DAYS_IN_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - DAYS_TO_1970
}

fn civil_from_days(days: i64) -> (i32, u8, u8) {
    let days = days + DAYS_TO_1970;
    let (era, of_era) = (days.div_euclid(DAYS_IN_ERA), days.rem_euclid(DAYS_IN_ERA));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = year + era * 400 + i64::from(month >= 10);
    let month = (month + 2) % 12 + 1;
    let narrow = |n: i64| u8::try_from(n).unwrap_or(1);
    (
        i32::try_from(year).unwrap_or(i32::MAX),
        narrow(month),
        narrow(day),
    )
}

/// 400 years of the Gregorian calendar, after which it repeats.
const DAYS_IN_ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::DateTime;
    use proptest::prelude::*;

    fn civil(text: &str) -> i64 {
        match parse_iso(text.as_bytes()) {
            Some(Written::Civil(civil)) => civil.0,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn instant(text: &str) -> i64 {
        match parse_iso(text.as_bytes()) {
            Some(Written::Instant(ms)) => ms,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_iso_form() {
        assert_eq!(civil("1970-01-01"), 0);
        assert_eq!(civil("2013-01-01T00:30"), 1_357_000_200_000);
        assert_eq!(civil("2013-01-01 00:30:00"), 1_357_000_200_000);
        assert_eq!(civil(" 2013-01-01T00:30:00.25 "), 1_357_000_200_250);
        assert_eq!(civil("2013-01-01T00:30:00,123999"), 1_357_000_200_123);
        assert_eq!(instant("2013-01-01T00:30Z"), 1_357_000_200_000);
        assert_eq!(instant("2013-01-01T00:30:00+01:00"), 1_356_996_600_000);
        assert_eq!(instant("2013-01-01 00:30:00 -0330"), 1_357_012_800_000);
        assert_eq!(instant("2013-01-01t00:30:00z"), 1_357_000_200_000);
        assert_eq!(instant("2013-01-01T00:30:00+01"), 1_356_996_600_000);
        assert_eq!(civil("2012-02-29"), civil("2012-03-01") - DAY);
    }

    #[test]
    fn what_no_clock_or_calendar_shows() {
        let wrong = [
            "",
            "2013",
            "2013-1-1",
            "2013-13-01",
            "2013-00-01",
            "2013-02-29",
            "1900-02-29",
            "2013-01-32",
            "2013-01-01T",
            "2013-01-01T24:00",
            "2013-01-01T00:60",
            "2013-01-01T00:00:60",
            "2013-01-01T00:00:00.",
            "2013-01-01T00:00:00+1",
            "2013-01-01T00:00:00+24:00",
            "2013-01-01T00:00 UTC",
            "2013-01-01X00:00",
            "20130101T0000",
            "2013-01-01T00:00:00Zx",
            "16/12/2006 17:24:00",
            "２013-01-01",
        ];
        for text in wrong {
            assert_eq!(parse_iso(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_calendar_library(ms in -62_135_596_800_000_i64..253_402_300_800_000) {
            let other = jiff::Timestamp::from_millisecond(ms).unwrap().to_zoned(jiff::tz::TimeZone::UTC).datetime();
            let text = other.to_string();
            let f = Civil(ms).fields();
            prop_assert_eq!((i32::from(other.year()), other.month().cast_unsigned(), other.day().cast_unsigned()), (f.year, f.month, f.day));
            prop_assert_eq!(parse_iso(text.as_bytes()), Some(Written::Civil(Civil(ms))));
        }

        #[test]
        fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = parse_iso(&bytes);
        }

        #[test]
        fn near_misses_agree_with_a_parser(text in "20[01][0-9]-[01][0-9]-[0-3][0-9]T[012][0-9]:[0-6][0-9](:[0-5][0-9])?") {
            let other: Option<DateTime> = text.parse().ok();
            let ours = parse_iso(text.as_bytes());
            prop_assert_eq!(ours.is_some(), other.is_some());
        }
    }
}
