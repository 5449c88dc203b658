//! Instants.

use serde::{Deserialize, Serialize};

/// Milliseconds of one minute.
pub const MINUTE_MS: i64 = 60_000;
/// Milliseconds of one quarter of an hour.
pub const QUARTER_HOUR_MS: i64 = 15 * MINUTE_MS;
/// Milliseconds of one hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds of 24 hours, which not every civil day has.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Time(i64);

impl Time {
    /// 1900-01-01T00:00:00Z: readings before it are refused. **[model-1]**
    pub const EARLIEST: Self = Self(-2_208_988_800_000);
    /// 2200-01-01T00:00:00Z: readings from here on are refused. **[model-1]**
    pub const LATEST: Self = Self(7_258_118_400_000);

    /// The instant `ms` milliseconds after 1970 began in UTC.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970 began in UTC.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Whether a reading may carry this instant: `EARLIEST <= self < LATEST`.
    pub const fn is_supported(self) -> bool {
        Self::EARLIEST.0 <= self.0 && self.0 < Self::LATEST.0
    }

    /// The instant `ms` later (earlier when negative), held at the ends of `i64`.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to `self`, held at the ends of `i64`.
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}
