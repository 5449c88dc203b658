//! Levels and facets: at which resolution, and which part of a summary.

use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS, QUARTER_HOUR_MS};
use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// A resolution of a stream. Each level of a stream is a log of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Level {
    /// The readings themselves, in chunks.
    Raw = 0,
    /// One minute.
    Minute = 1,
    /// A quarter of an hour.
    QuarterHour = 2,
    /// Half an hour.
    HalfHour = 3,
    /// An hour.
    Hour = 4,
    /// A civil day.
    Day = 5,
    /// A civil month.
    Month = 6,
}

impl Level {
    /// Every level, finest first.
    pub const ALL: [Self; 7] = [
        Self::Raw,
        Self::Minute,
        Self::QuarterHour,
        Self::HalfHour,
        Self::Hour,
        Self::Day,
        Self::Month,
    ];

    /// The number that stands for this level on disk and on the wire, 0 to 6.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The level with this number.
    pub const fn from_number(number: u8) -> Option<Self> {
        if (number as usize) < Self::ALL.len() {
            Some(Self::ALL[number as usize])
        } else {
            None
        }
    }

    /// The name people write: `raw`, `minute`, `quarter-hour`, `half-hour`, `hour`, `day`, `month`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Minute => "minute",
            Self::QuarterHour => "quarter-hour",
            Self::HalfHour => "half-hour",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The usual length of a slot in milliseconds; none for raw, whose slots follow the stream's chunk length. A month counts
    /// 28 days. Slots at a clock change may be shorter or longer.
    pub const fn nominal_ms(self) -> Option<i64> {
        match self {
            Self::Raw => None,
            Self::Minute => Some(MINUTE_MS),
            Self::QuarterHour => Some(QUARTER_HOUR_MS),
            Self::HalfHour => Some(2 * QUARTER_HOUR_MS),
            Self::Hour => Some(HOUR_MS),
            Self::Day => Some(DAY_MS),
            Self::Month => Some(28 * DAY_MS),
        }
    }
}

/// A part of a slot's data that has keys of its own, so that it can be granted alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Facet {
    /// The raw readings: the only facet of [`Level::Raw`], and of no other level.
    Readings = 0,
    /// Count, sum, sum of squares.
    Totals = 1,
    /// Min, max, first, last.
    Extremes = 2,
    /// Readings per bin, or per state.
    Distribution = 3,
    /// A counter's absolute value at the end of the slot.
    Index = 4,
}

impl Facet {
    /// Every facet in the order of its number.
    pub const ALL: [Self; 5] = [
        Self::Readings,
        Self::Totals,
        Self::Extremes,
        Self::Distribution,
        Self::Index,
    ];

    /// The number that stands for this facet on disk and on the wire, 0 to 4.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The facet with this number.
    pub const fn from_number(number: u8) -> Option<Self> {
        if (number as usize) < Self::ALL.len() {
            Some(Self::ALL[number as usize])
        } else {
            None
        }
    }

    /// The name people write: `readings`, `totals`, `extremes`, `distribution`, `index`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Readings => "readings",
            Self::Totals => "totals",
            Self::Extremes => "extremes",
            Self::Distribution => "distribution",
            Self::Index => "index",
        }
    }
}

/// A text that names no level, facet or other word of a fixed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown name")]
pub struct UnknownName;

macro_rules! set {
    ($(#[$doc:meta])* $set:ident of $item:ident, $one:literal, $mask:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "u8", into = "u8")]
        pub struct $set(u8);

        impl $set {
            #[doc = concat!("No ", $one, ".")]
            pub const EMPTY: Self = Self(0);
            #[doc = concat!("Every ", $one, ".")]
            pub const ALL: Self = Self($mask);

            #[doc = concat!("The set of one ", $one, ".")]
            pub const fn of(item: $item) -> Self {
                Self(1 << item.number())
            }

            /// The set with these bits, bit n standing for number n; none when an unknown bit is set.
            pub const fn from_bits(bits: u8) -> Option<Self> {
                if bits & !$mask == 0 { Some(Self(bits)) } else { None }
            }

            /// One bit for each member, bit n standing for number n.
            pub const fn bits(self) -> u8 {
                self.0
            }

            /// The set with `item` in it too.
            #[must_use]
            pub const fn with(self, item: $item) -> Self {
                Self(self.0 | Self::of(item).0)
            }

            /// The set without `item`.
            #[must_use]
            pub const fn without(self, item: $item) -> Self {
                Self(self.0 & !Self::of(item).0)
            }

            /// Whether `item` is a member.
            pub const fn contains(self, item: $item) -> bool {
                self.0 & Self::of(item).0 != 0
            }

            /// Members of both: the meet of two caveats.
            #[must_use]
            pub const fn meet(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            /// Members of either.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Whether every member is a member of `other`.
            pub const fn is_subset(self, other: Self) -> bool {
                self.0 & !other.0 == 0
            }

            /// Whether there is no member.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The number of members.
            pub const fn len(self) -> usize {
                self.0.count_ones() as usize
            }

            /// The members in the order of their numbers.
            pub fn iter(self) -> impl Iterator<Item = $item> + Clone {
                $item::ALL.into_iter().filter(move |&item| self.contains(item))
            }
        }

        impl FromIterator<$item> for $set {
            fn from_iter<I: IntoIterator<Item = $item>>(items: I) -> Self {
                items.into_iter().fold(Self::EMPTY, Self::with)
            }
        }

        impl<const N: usize> From<[$item; N]> for $set {
            fn from(items: [$item; N]) -> Self {
                items.into_iter().collect()
            }
        }

        impl From<$set> for u8 {
            fn from(set: $set) -> Self {
                set.0
            }
        }

        impl TryFrom<u8> for $set {
            type Error = UnknownName;

            fn try_from(bits: u8) -> Result<Self, UnknownName> {
                Self::from_bits(bits).ok_or(UnknownName)
            }
        }

        /// The names, comma separated.
        impl fmt::Display for $set {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for (at, item) in self.iter().enumerate() {
                    if at > 0 {
                        f.write_str(",")?;
                    }
                    f.write_str(item.name())?;
                }
                Ok(())
            }
        }

        impl fmt::Debug for $set {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{{{self}}}")
            }
        }

        impl fmt::Display for $item {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $item {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                Self::ALL.into_iter().find(|item| item.name() == name).ok_or(UnknownName)
            }
        }

        /// Names, comma separated; an empty text is no set.
        impl FromStr for $set {
            type Err = UnknownName;

            fn from_str(names: &str) -> Result<Self, UnknownName> {
                names.split(',').map(|name| name.trim().parse::<$item>()).collect()
            }
        }
    };
}

set! {
    /// A set of levels: one bit each, as a byte on disk and on the wire.
    Levels of Level, "level", 0b0111_1111
}

set! {
    /// A set of facets: one bit each, as a byte on disk and on the wire.
    Facets of Facet, "facet", 0b0001_1111
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn names_and_numbers_are_one_to_one() {
        for (number, level) in Level::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(level.number()), number);
            assert_eq!(Level::from_number(level.number()), Some(level));
            assert_eq!(level.name().parse(), Ok(level));
        }
        for facet in Facet::ALL {
            assert_eq!(Facet::from_number(facet.number()), Some(facet));
            assert_eq!(facet.name().parse(), Ok(facet));
        }
        assert_eq!(Level::from_number(7), None);
        assert_eq!("week".parse::<Level>(), Err(UnknownName));
    }

    #[test]
    fn sets_reject_unknown_bits_and_print_their_names() {
        let set: Levels = "raw,half-hour,day".parse().unwrap();
        assert_eq!(set, Levels::from([Level::Raw, Level::HalfHour, Level::Day]));
        assert_eq!(set.to_string(), "raw,half-hour,day");
        assert_eq!(Levels::from_bits(0x80), None);
        assert_eq!(Facets::from_bits(0x20), None);
        assert!("".parse::<Facets>().is_err());
        assert!(postcard::from_bytes::<Levels>(&[0x80]).is_err());
        assert_eq!(set.meet(Levels::of(Level::Day)), Levels::of(Level::Day));
        assert!(set.without(Level::Raw).is_subset(set) && !set.is_subset(set.without(Level::Raw)));
    }
}
