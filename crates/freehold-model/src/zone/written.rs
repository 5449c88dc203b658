//! Times as they are written.

use crate::civil::first_of_month;
use crate::time::{DAY_MS, MINUTE_MS};

/// A date-time as it is written.
pub(super) struct Written {
    /// The clock, as if it were UTC.
    pub(super) local_ms: i64,
    /// Whether there is no time of day.
    pub(super) is_date: bool,
    /// The offset that is written with it.
    pub(super) offset_ms: Option<i64>,
}

impl Written {
    /// Reads one of the forms of [`Zone::parse`](super::Zone::parse). **[model-5]**
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut text = Cursor(text.as_bytes());
        let days = text.date()?;
        if text.0.is_empty() {
            return Some(Self {
                local_ms: days * DAY_MS,
                is_date: true,
                offset_ms: None,
            });
        }
        if !text.take(b'T') && !text.take(b't') && !text.take(b' ') {
            return None;
        }
        let ms = text.clock()?;
        let offset_ms = text.offset()?;
        text.0.is_empty().then_some(Self {
            local_ms: days * DAY_MS + ms,
            is_date: false,
            offset_ms,
        })
    }
}

/// What is left of a text.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take(&mut self, byte: u8) -> bool {
        let Some(rest) = self.0.strip_prefix(&[byte]) else {
            return false;
        };
        self.0 = rest;
        true
    }

    /// A number of exactly so many digits, up to `max`.
    fn digits(&mut self, count: usize, max: i64) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        let number = digits.iter().try_fold(0, |number, &digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + i64::from(digit - b'0'))
        });
        number.filter(|&number| number <= max)
    }

    /// `2013-01-01` as days from 1970.
    fn date(&mut self) -> Option<i64> {
        let year = self.digits(4, 9999)?;
        let month = self.take(b'-').then(|| self.digits(2, 12))??;
        let day = self.take(b'-').then(|| self.digits(2, 31))??;
        let month = (year - 1970) * 12 + month.checked_sub(1).filter(|&month| month >= 0)?;
        let first = first_of_month(month);
        let date = first + day - 1;
        (first <= date && date < first_of_month(month + 1)).then_some(date)
    }

    /// `00:30`, `00:30:00` or `00:30:00.250` as milliseconds.
    fn clock(&mut self) -> Option<i64> {
        let hour = self.digits(2, 23)?;
        let minute = self.take(b':').then(|| self.digits(2, 59))??;
        let mut ms = (hour * 60 + minute) * MINUTE_MS;
        if self.take(b':') {
            ms += self.digits(2, 59)? * 1000;
            if self.take(b'.') || self.take(b',') {
                ms += self.thousandths()?;
            }
        }
        Some(ms)
    }

    /// Digits after the point; from the fourth on they are zero.
    fn thousandths(&mut self) -> Option<i64> {
        let (mut ms, mut unit, mut any) = (0, 100, false);
        while self.0.first().is_some_and(u8::is_ascii_digit) {
            let digit = self.digits(1, 9)?;
            if unit == 0 && digit != 0 {
                return None;
            }
            (ms, unit, any) = (ms + digit * unit, unit / 10, true);
        }
        any.then_some(ms)
    }

    /// Nothing, `Z`, `+05:45`, `+0545` or `+05`, a space before it or not.
    #[expect(
        clippy::option_option,
        reason = "no offset is not the same as a wrong one"
    )]
    fn offset(&mut self) -> Option<Option<i64>> {
        self.take(b' ');
        if self.0.is_empty() {
            return Some(None);
        }
        if self.take(b'Z') || self.take(b'z') {
            return Some(Some(0));
        }
        let sign = if self.take(b'+') {
            1
        } else {
            self.take(b'-').then_some(-1)?
        };
        let hours = self.digits(2, 25)?;
        let minutes = if self.take(b':') || !self.0.is_empty() {
            self.digits(2, 59)?
        } else {
            0
        };
        Some(Some(sign * (hours * 60 + minutes) * MINUTE_MS))
    }
}
