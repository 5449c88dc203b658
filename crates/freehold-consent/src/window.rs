//! Half-open stretches of time in whole minutes.

use freehold_model::Time;
use serde::{Deserialize, Serialize};

use crate::span::Span;

/// A half-open, never empty stretch of time `[from, until)` in whole minutes.
///
/// No slot begins or ends inside a minute, so minutes lose nothing; whatever is made a window is rounded inwards.
///
/// ```
/// use freehold_consent::Window;
/// use freehold_model::Time;
/// let window = Window::inside(Time::from_ms(1), Time::from_ms(179_999)).unwrap();
/// assert_eq!((window.from().ms(), window.until().ms()), (60_000, 120_000));
/// assert!(Window::inside(Time::from_ms(1), Time::from_ms(119_999)).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct Window {
    from: Minute,
    until: Minute,
}

/// An instant that begins a minute, as minutes since 1970-01-01T00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Minute(i32);

impl Minute {
    /// The last minute to begin at `time` or before; `None` beyond 4,000 years from 1970.
    pub(crate) fn floor(time: Time) -> Option<Self> {
        i32::try_from(time.ms().div_euclid(MINUTE_MS))
            .ok()
            .map(Self)
    }

    /// The first minute to begin at `time` or after.
    pub(crate) fn ceil(time: Time) -> Option<Self> {
        let next = i64::from(time.ms().rem_euclid(MINUTE_MS) != 0);
        i32::try_from(time.ms().div_euclid(MINUTE_MS) + next)
            .ok()
            .map(Self)
    }

    pub(crate) fn time(self) -> Time {
        Time::from_ms(i64::from(self.0) * MINUTE_MS)
    }
}

/// First minute and number of minutes.
#[derive(Serialize, Deserialize)]
struct Wire(Minute, u32);

const MINUTE_MS: i64 = 60_000;

impl Window {
    /// The whole minutes inside `[from, until)`; `None` when there are none, or beyond 4,000 years from 1970.
    #[must_use]
    pub fn inside(from: Time, until: Time) -> Option<Self> {
        let (from, until) = (Minute::ceil(from)?, Minute::floor(until)?);
        (from < until).then_some(Self { from, until })
    }

    /// The first instant of the window.
    #[must_use]
    pub fn from(self) -> Time {
        self.from.time()
    }

    /// The first instant after the window.
    #[must_use]
    pub fn until(self) -> Time {
        self.until.time()
    }

    /// Whether an instant lies in the window.
    #[must_use]
    pub fn contains(self, time: Time) -> bool {
        self.from() <= time && time < self.until()
    }

    /// Whether all of `[from, until)` lies in the window.
    #[must_use]
    pub fn covers(self, from: Time, until: Time) -> bool {
        self.from() <= from && until <= self.until()
    }

    /// Whether this window lies in the other.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        other.from <= self.from && self.until <= other.until
    }

    /// The minutes of both windows; `None` when there are none.
    #[must_use]
    pub fn meet(self, other: Self) -> Option<Self> {
        let (from, until) = (self.from.max(other.from), self.until.min(other.until));
        (from < until).then_some(Self { from, until })
    }

    /// This window without anything from `until` on; `None` when nothing is left.
    #[must_use]
    pub fn before(self, until: Time) -> Option<Self> {
        Self::inside(self.from(), self.until().min(until))
    }

    /// The window of the given length that begins with the minute of `from`.
    #[must_use]
    pub fn starting(from: Time, length: Span) -> Option<Self> {
        let from = Minute::floor(from)?;
        let until = from.0.checked_add_unsigned(length.minutes()).map(Minute)?;
        Some(Self { from, until })
    }
}

impl From<Window> for Wire {
    fn from(window: Window) -> Self {
        Self(window.from, window.until.0.abs_diff(window.from.0))
    }
}

impl TryFrom<Wire> for Window {
    type Error = &'static str;

    fn try_from(Wire(from, minutes): Wire) -> Result<Self, Self::Error> {
        let until = from
            .0
            .checked_add_unsigned(minutes)
            .map(Minute)
            .ok_or("window out of range")?;
        if minutes == 0 {
            Err("empty window")
        } else {
            Ok(Self { from, until })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{WireError, decode, encode};

    fn window(from: i64, until: i64) -> Option<Window> {
        Window::inside(
            Time::from_ms(from * MINUTE_MS),
            Time::from_ms(until * MINUTE_MS),
        )
    }

    #[test]
    fn rounds_inwards() {
        for (from, until) in [(0, 60_000), (-1, 60_001), (-59_999, 119_999)] {
            assert_eq!(
                Window::inside(Time::from_ms(from), Time::from_ms(until)),
                window(0, 1)
            );
        }
        assert_eq!(
            Window::inside(Time::from_ms(1), Time::from_ms(60_000)),
            None
        );
        assert_eq!(
            Window::inside(Time::from_ms(i64::MIN), Time::from_ms(i64::MAX)),
            None
        );
    }

    #[test]
    fn empty_windows_do_not_decode() {
        assert_eq!(decode::<Window>(&[0, 0], 9), Err(WireError::Malformed));
        assert_eq!(decode::<Window>(&[0, 1], 9), Ok(window(0, 1).unwrap()));
        let overflow = encode(&(i32::MAX, 1_u32));
        assert_eq!(decode::<Window>(&overflow, 20), Err(WireError::Malformed));
    }

    #[test]
    fn meets_and_orders() {
        let (a, b) = (window(0, 10).unwrap(), window(5, 20).unwrap());
        assert_eq!(a.meet(b), window(5, 10));
        assert_eq!(a.meet(window(10, 11).unwrap()), None, "half-open");
        assert!(window(5, 10).unwrap().is_within(a) && !b.is_within(a));
    }
}
