//! Lengths of time as people write them: ISO 8601 durations of whole minutes.

use serde::{Deserialize, Serialize};

/// A length of time in whole minutes. A day is 24 hours, a week 7 days, a month 30 days and a year 365 days: a
/// promise to delete "after a year" must mean the same number of seconds to both sides.
///
/// ```
/// use freehold_consent::Span;
/// let month: Span = "P30D".parse()?;
/// assert_eq!(month, "P1M".parse()?);
/// assert_eq!(month.to_string(), "P30D");
/// assert_eq!("PT90M".parse::<Span>()?.to_string(), "PT1H30M");
/// # Ok::<(), freehold_consent::SpanError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span(u32);

/// Why a text is no [`Span`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// Not of the form `P1Y2M3W4DT5H6M`, or empty.
    #[error("not an ISO 8601 duration")]
    Syntax,
    /// Zero or longer than 8,000 years.
    #[error("duration out of range")]
    Range,
}

const DAY: u32 = 24 * 60;

impl Span {
    /// One minute.
    pub const MINUTE: Self = Self(1);
    /// One hour.
    pub const HOUR: Self = Self(60);
    /// The lease when nobody asks for another: seven days.
    pub const WEEK: Self = Self(7 * DAY);
    /// The longest lease: 35 days.
    pub const FIVE_WEEKS: Self = Self(35 * DAY);
    /// 365 days.
    pub const YEAR: Self = Self(365 * DAY);
    /// Ten years of 365 days.
    pub const DECADE: Self = Self(3650 * DAY);

    /// A span of minutes; `None` for zero.
    #[must_use]
    pub const fn from_minutes(minutes: u32) -> Option<Self> {
        if minutes == 0 {
            None
        } else {
            Some(Self(minutes))
        }
    }

    /// A span of days; `None` for zero or more than 2.9 million days.
    #[must_use]
    pub fn from_days(days: u32) -> Option<Self> {
        days.checked_mul(DAY).and_then(Self::from_minutes)
    }

    /// Length in minutes, never zero.
    #[must_use]
    pub const fn minutes(self) -> u32 {
        self.0
    }

    /// Length in milliseconds.
    #[must_use]
    pub fn ms(self) -> i64 {
        i64::from(self.0) * 60_000
    }

    /// The length in words: `1 day`, `30 days`, `1 day 6 hours`.
    #[must_use]
    pub fn in_words(self) -> String {
        let parts = self.parts().map(|(n, _, word)| match n {
            0 => String::new(),
            1 => format!("1 {word}"),
            _ => format!("{n} {word}s"),
        });
        let words: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        words.join(" ")
    }

    fn parts(self) -> [(u32, char, &'static str); 3] {
        let (days, hours, minutes) = (self.0 / DAY, self.0 / 60 % 24, self.0 % 60);
        [
            (days, 'D', "day"),
            (hours, 'H', "hour"),
            (minutes, 'M', "minute"),
        ]
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("P")?;
        let mut in_time = false;
        for (n, unit, _) in self.parts() {
            if n == 0 {
                continue;
            }
            if unit != 'D' && !std::mem::replace(&mut in_time, true) {
                f.write_str("T")?;
            }
            write!(f, "{n}{unit}")?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let rest = text.strip_prefix('P').ok_or(SpanError::Syntax)?;
        let (date, time) = rest
            .split_once('T')
            .map_or((rest, None), |(d, t)| (d, Some(t)));
        let date_units = [
            ('Y', 365 * DAY),
            ('M', 30 * DAY),
            ('W', 7 * DAY),
            ('D', DAY),
        ];
        let mut minutes = total(date, &date_units)?;
        if let Some(time) = time {
            if time.is_empty() {
                return Err(SpanError::Syntax);
            }
            minutes = minutes
                .checked_add(total(time, &[('H', 60), ('M', 1)])?)
                .ok_or(SpanError::Range)?;
        }
        if rest.is_empty() {
            return Err(SpanError::Syntax);
        }
        Self::from_minutes(minutes).ok_or(SpanError::Range)
    }
}

/// Sums `12D`-like parts; each unit at most once, in the order given.
fn total(text: &str, units: &[(char, u32)]) -> Result<u32, SpanError> {
    let mut units = units.iter();
    let mut sum = 0_u32;
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let (_, minutes) = units
            .find(|(unit, _)| *unit == c)
            .ok_or(SpanError::Syntax)?;
        if digits.is_empty() {
            return Err(SpanError::Syntax);
        }
        let count: u32 = digits.parse().map_err(|_| SpanError::Range)?;
        let part = count.checked_mul(*minutes).ok_or(SpanError::Range)?;
        sum = sum.checked_add(part).ok_or(SpanError::Range)?;
        digits.clear();
    }
    if digits.is_empty() {
        Ok(sum)
    } else {
        Err(SpanError::Syntax)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// [consent-8]
    #[test]
    fn known_lengths() {
        let cases = [
            ("P7D", 7 * DAY, "7 days"),
            ("P1W", 7 * DAY, "7 days"),
            ("PT1H", 60, "1 hour"),
            ("P1Y", 365 * DAY, "365 days"),
            ("P1M", 30 * DAY, "30 days"),
            ("PT1M", 1, "1 minute"),
            ("P1DT6H", DAY + 360, "1 day 6 hours"),
        ];
        for (text, minutes, words) in cases {
            let span: Span = text.parse().unwrap();
            assert_eq!(
                (span.minutes(), span.in_words().as_str()),
                (minutes, words),
                "{text}"
            );
        }
    }

    #[test]
    fn refused() {
        for text in [
            "", "P", "PT", "7D", "P7", "PD", "P1D1Y", "P1D1D", "P1DT", "PT1S", "P-1D", "P1.5D",
            "p1d",
        ] {
            assert_eq!(text.parse::<Span>(), Err(SpanError::Syntax), "{text}");
        }
        for text in ["P0D", "P99999999D", "P9999999999999D", "PT0M"] {
            assert_eq!(text.parse::<Span>(), Err(SpanError::Range), "{text}");
        }
    }

    proptest! {
        #[test]
        fn writes_what_it_reads(minutes in 1_u32..) {
            let span = Span::from_minutes(minutes).unwrap();
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }
    }
}
