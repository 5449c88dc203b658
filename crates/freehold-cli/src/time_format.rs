//! How a file writes its times: ISO 8601, or a pattern that the caller gives.

use jiff::civil::Time;
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::civil::{self, Civil, Written};
use crate::failure::Failure;

/// The form of a file's times.
#[derive(Debug)]
pub(crate) enum TimeFormat {
    /// `2013-01-31`, `2013-01-31T14:05`, `2013-01-31 14:05:00.5+01:00` ..
    Iso,
    /// A pattern of `strptime`: `%d/%m/%Y %H:%M:%S`.
    Pattern(String),
}

impl TimeFormat {
    /// A pattern, tried once so that a mistake in it is not blamed on the first row.
    pub(crate) fn pattern(pattern: &str) -> Result<Self, Failure> {
        let wrong = |why: &str| {
            Failure::usage(
                "bad_option",
                format_args!("--time-format '{pattern}': {why}"),
            )
            .hint("write it like '%d/%m/%Y %H:%M:%S' or '%m/%d/%Y %I:%M:%S %p'")
            .field("option", "time-format")
        };
        if let Some(missing) = lacking(pattern) {
            return Err(wrong(missing));
        }
        let text = strtime::format(pattern, &sample())
            .map_err(|_| wrong("it has a part that is not known"))?;
        let format = Self::Pattern(pattern.to_owned());
        format
            .parse(text.as_bytes())
            .ok_or_else(|| wrong("it does not tell a date"))?;
        Ok(format)
    }

    /// Reads one time; `None` if it is not of this form.
    pub(crate) fn parse(&self, text: &[u8]) -> Option<Written> {
        match self {
            Self::Iso => civil::parse_iso(text),
            Self::Pattern(pattern) => patterned(pattern, text.trim_ascii()),
        }
    }
}

/// A moment with two digits nowhere alike, in the afternoon.
fn sample() -> Zoned {
    Timestamp::from_millisecond(981_216_306_789)
        .unwrap_or_default()
        .to_zoned(TimeZone::UTC)
}

fn patterned(pattern: &str, text: &[u8]) -> Option<Written> {
    let parts = BrokenDownTime::parse(pattern, text).ok()?;
    if let Some(instant) = parts.timestamp() {
        return Some(Written::Instant(instant.as_millisecond()));
    }
    let date = parts.to_date().ok()?;
    let time = if parts.hour().is_none() {
        Time::midnight()
    } else {
        parts.to_time().ok()?
    };
    let narrow = |n: i8| u8::try_from(n).unwrap_or(0);
    let midnight = Civil::date(date.year().into(), narrow(date.month()), narrow(date.day()))?;
    let of_day = i64::from(time.hour()) * civil::HOUR
        + i64::from(time.minute()) * civil::MINUTE
        + i64::from(time.second()) * civil::SECOND
        + i64::from(time.millisecond());
    let civil = Civil(midnight.0 + of_day);
    Some(match parts.offset() {
        Some(offset) => Written::Instant(civil.0 - i64::from(offset.seconds()) * civil::SECOND),
        None => Written::Civil(civil),
    })
}

/// What would be read wrongly without a word: half a clock, and zones that name no offset.
fn lacking(pattern: &str) -> Option<&'static str> {
    let has = |part: &str| pattern.contains(part);
    let twelve = ["%I", "%l", "%-I"].into_iter().any(has);
    match () {
        () if twelve && !has("%p") && !has("%P") => Some("hours up to 12 need %p (AM or PM)"),
        () if has("%Q") || has("%:Q") || has("%Z") => {
            Some("names of zones are not read; use %z for an offset")
        }
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, text: &str) -> Option<Written> {
        TimeFormat::pattern(pattern).unwrap().parse(text.as_bytes())
    }

    fn iso(text: &str) -> Option<Written> {
        TimeFormat::Iso.parse(text.as_bytes())
    }

    #[test]
    fn the_patterns_of_real_recordings() {
        assert_eq!(
            read("%d/%m/%Y %H:%M:%S", "16/12/2006 17:24:00"),
            iso("2006-12-16T17:24")
        );
        assert_eq!(
            read("%m/%d/%Y %I:%M:%S %p", "4/12/2016 1:00:00 PM"),
            iso("2016-04-12T13:00")
        );
        assert_eq!(
            read("%m/%d/%Y %I:%M:%S %p", "4/12/2016 12:00:00 AM"),
            iso("2016-04-12T00:00")
        );
        assert_eq!(read("%m/%d/%Y %H:%M", "4/13/2016 0:00"), iso("2016-04-13"));
        assert_eq!(read("%m/%d/%Y", "4/13/2016"), iso("2016-04-13"));
        assert_eq!(read("%Y%m%d%H%M", "201604131405"), iso("2016-04-13T14:05"));
        assert_eq!(
            read("%d %b %Y %H:%M:%S%.f", "13 Apr 2016 14:05:06.75"),
            iso("2016-04-13T14:05:06.75")
        );
        assert_eq!(
            read("%Y-%m-%d %H:%M:%S %z", "2016-04-13 14:05:06 +0200"),
            iso("2016-04-13T12:05:06Z")
        );
        assert_eq!(read("%s", "1460548800"), iso("2016-04-13T12:00:00Z"));
    }

    #[test]
    fn rows_of_another_form() {
        for text in [
            "",
            "16/12/2006",
            "31/02/2006 17:24:00",
            "16/12/2006 17:24:00 more",
            "2006-12-16 17:24:00",
        ] {
            assert_eq!(read("%d/%m/%Y %H:%M:%S", text), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_is_judged_before_the_file() {
        for pattern in [
            "%H:%M",
            "%d/%m",
            "%K",
            "",
            "%m/%d/%Y %I:%M",
            "%Y-%m-%d %H:%M %Z",
            "%Y-%m-%d %H:%M %Q",
        ] {
            assert!(TimeFormat::pattern(pattern).is_err(), "{pattern}");
        }
    }
}
