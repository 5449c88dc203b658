//! What is known about a reading beside its value.

use core::fmt;
use serde::{Deserialize, Serialize};

/// What is known about a reading beside its value. As a number: one bit each, and the reason of an absence in bits 8 to 10.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Flags(u16);

impl Flags {
    /// Nothing to say.
    pub const NONE: Self = Self(0);
    /// Below what the device can measure; the value is its limit, or none.
    pub const BELOW_RANGE: Self = Self(1);
    /// Above what the device can measure; the value is its limit, or none.
    pub const ABOVE_RANGE: Self = Self(1 << 1);
    /// Computed, not measured.
    pub const ESTIMATED: Self = Self(1 << 2);
    /// Takes the place of an earlier value of the same instant.
    pub const CORRECTED: Self = Self(1 << 3);
    /// Entered by hand.
    pub const MANUAL: Self = Self(1 << 4);
    /// The device did not know the time for certain.
    pub const CLOCK_UNSURE: Self = Self(1 << 5);
    /// Outside what can be, and kept.
    pub const IMPLAUSIBLE: Self = Self(1 << 6);

    const ABSENT: Self = Self(1 << 7);
    const REASON_SHIFT: u32 = 8;
    const REASON: u16 = 0b111 << Self::REASON_SHIFT;
    /// The flags that stand in for a value.
    pub(crate) const VALUE: Self =
        Self(Self::BELOW_RANGE.0 | Self::ABOVE_RANGE.0 | Self::ABSENT.0 | Self::REASON);

    const NAMES: [(Self, &'static str); 7] = [
        (Self::BELOW_RANGE, "below_range"),
        (Self::ABOVE_RANGE, "above_range"),
        (Self::ESTIMATED, "estimated"),
        (Self::CORRECTED, "corrected"),
        (Self::MANUAL, "manual"),
        (Self::CLOCK_UNSURE, "clock_unsure"),
        (Self::IMPLAUSIBLE, "implausible"),
    ];

    /// There is no value, for this reason.
    pub const fn absent(reason: Absence) -> Self {
        Self(Self::ABSENT.0 | (reason as u16) << Self::REASON_SHIFT)
    }

    /// Why there is no value, if it is absent.
    pub fn absence(self) -> Option<Absence> {
        let number = usize::from((self.0 & Self::REASON) >> Self::REASON_SHIFT);
        if self.contains(Self::ABSENT) {
            Absence::ALL.get(number).copied()
        } else {
            None
        }
    }

    /// These flags and those; of two absences the other's reason holds.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        let kept = if other.contains(Self::ABSENT) {
            self.0 & !Self::REASON
        } else {
            self.0
        };
        Self(kept | other.0)
    }

    /// These flags without those.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        let kept = self.0 & !other.0;
        Self(if kept & Self::ABSENT.0 == 0 {
            kept & !Self::REASON
        } else {
            kept
        })
    }

    /// Whether all of those are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether none is set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The flags as a number.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The flags of a number; none for unknown bits, an unknown reason, or a reason without an absence. **[model-17]**
    pub fn from_bits(bits: u16) -> Option<Self> {
        let flags = Self(bits);
        let known = bits >> (Self::REASON_SHIFT + 3) == 0;
        let reason = bits & Self::REASON == 0 || flags.absence().is_some();
        (known && reason).then_some(flags)
    }

    /// The names as they stand in JSON: `below_range`, …, `absent`, `absent_not_measured`, ….
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let set = Self::NAMES
            .into_iter()
            .filter(move |(flag, _)| self.contains(*flag))
            .map(|(_, name)| name);
        set.chain(self.absence().map(Absence::name))
    }

    /// The flag of one of these names.
    pub fn named(name: &str) -> Option<Self> {
        let flag = Self::NAMES
            .into_iter()
            .find(|(_, known)| *known == name)
            .map(|(flag, _)| flag);
        flag.or_else(|| {
            Absence::ALL
                .into_iter()
                .find(|reason| reason.name() == name)
                .map(Self::absent)
        })
    }

    pub(crate) const fn only(self, mask: Self) -> u16 {
        self.0 & mask.0
    }
}

impl From<Flags> for u16 {
    fn from(flags: Flags) -> Self {
        flags.0
    }
}

/// A number that stands for no set of flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown flags")]
pub struct UnknownFlags(pub u16);

impl TryFrom<u16> for Flags {
    type Error = UnknownFlags;

    fn try_from(bits: u16) -> Result<Self, UnknownFlags> {
        Self::from_bits(bits).ok_or(UnknownFlags(bits))
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// Why a value is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Absence {
    /// Not known.
    #[default]
    Unknown = 0,
    /// Nothing was measured.
    NotMeasured = 1,
    /// The device reported an error.
    Error = 2,
    /// Held back by whoever sent it.
    Withheld = 3,
    /// There can be no value.
    NotApplicable = 4,
}

impl Absence {
    const ALL: [Self; 5] = [
        Self::Unknown,
        Self::NotMeasured,
        Self::Error,
        Self::Withheld,
        Self::NotApplicable,
    ];

    /// The name as it stands in JSON among the flags.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "absent",
            Self::NotMeasured => "absent_not_measured",
            Self::Error => "absent_error",
            Self::Withheld => "absent_withheld",
            Self::NotApplicable => "absent_not_applicable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn flags_have_one_number_and_one_name_each() {
        for bits in 0..=u16::MAX {
            if let Some(flags) = Flags::from_bits(bits) {
                assert_eq!(
                    flags
                        .names()
                        .filter_map(Flags::named)
                        .fold(Flags::NONE, Flags::with),
                    flags
                );
                assert_eq!(Flags::NONE.with(flags), flags);
            }
        }
        // [model-17]
        for bits in [1 << 8, 5 << 8 | 1 << 7, 1 << 11, 1 << 15] {
            assert_eq!(Flags::from_bits(bits), None);
        }
        let flags = Flags::absent(Absence::Error).with(Flags::MANUAL);
        assert_eq!(
            flags.names().collect::<Vec<_>>(),
            ["manual", "absent_error"]
        );
        assert_eq!(
            flags.without(Flags::absent(Absence::Unknown)),
            Flags::MANUAL
        );
        assert_eq!(
            flags.with(Flags::absent(Absence::NotMeasured)).absence(),
            Some(Absence::NotMeasured)
        );
    }
}
