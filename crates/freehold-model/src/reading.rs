//! Readings, and what happens when one comes twice.

use crate::flags::{Absence, Flags};
use crate::time::Time;
use crate::value::Value;
use serde::{Deserialize, Serialize};

/// One value with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// When it was measured, or when its interval began. **[model-2]**
    pub time: Time,
    /// The length of its interval in milliseconds, 0 for an instant.
    pub duration_ms: u32,
    /// The value, in the stream's unit and exponent.
    pub value: Value,
    /// What else is known about the value.
    pub flags: Flags,
}

impl Reading {
    /// A reading of an instant without flags.
    pub const fn new(time: Time, value: Value) -> Self {
        Self {
            time,
            duration_ms: 0,
            value,
            flags: Flags::NONE,
        }
    }

    /// A reading that has no value, for a stated reason.
    pub const fn absent(time: Time, reason: Absence) -> Self {
        Self {
            time,
            duration_ms: 0,
            value: Value::None,
            flags: Flags::absent(reason),
        }
    }

    /// The same reading over an interval that begins at its time.
    #[must_use]
    pub fn lasting_ms(self, duration_ms: u32) -> Self {
        Self {
            duration_ms,
            ..self
        }
    }

    /// The same reading with these flags as well.
    #[must_use]
    pub fn flagged(self, flags: Flags) -> Self {
        Self {
            flags: self.flags.with(flags),
            ..self
        }
    }

    /// Whether two readings of one instant say the same: value, duration, and what stands in for a missing value.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.value == other.value
            && self.duration_ms == other.duration_ms
            && self.flags.only(Flags::VALUE) == other.flags.only(Flags::VALUE)
    }
}

/// What a new reading is to those that are already known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reconciled {
    /// The first of its instant: take it.
    New(Reading),
    /// Known already: drop and count it.
    Duplicate,
    /// The instant is known with another value: keep both; this one carries [`Flags::CORRECTED`] and is the one that counts.
    Corrects(Reading),
}

/// Decides what `incoming` is to the known readings of its slot, which stand in order of time and, within one instant, in the
/// order they came. **[model-20]**
pub fn reconcile(known: &[Reading], incoming: Reading) -> Reconciled {
    let begin = known.partition_point(|reading| reading.time < incoming.time);
    let mut same = known
        .iter()
        .skip(begin)
        .take_while(|reading| reading.time == incoming.time)
        .peekable();
    if same.peek().is_none() {
        Reconciled::New(incoming)
    } else if same.any(|reading| reading.says_the_same(&incoming)) {
        Reconciled::Duplicate
    } else {
        Reconciled::Corrects(incoming.flagged(Flags::CORRECTED))
    }
}

/// The readings that count: the last of each instant, of readings in order of time. **[model-21]**
pub fn latest(readings: &[Reading]) -> impl Iterator<Item = &Reading> + Clone {
    let next = readings.iter().skip(1).map(Some).chain([None]);
    readings
        .iter()
        .zip(next)
        .filter_map(|(reading, next)| match next {
            Some(next) if next.time == reading.time => None,
            _ => Some(reading),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn number(ms: i64, value: i64) -> Reading {
        Reading::new(Time::from_ms(ms), Value::Number(value))
    }

    #[test]
    fn duplicates_and_corrections() {
        // [model-20]
        let mut known = Vec::from([number(1, 10), number(2, 20), number(3, 30)]);
        assert_eq!(reconcile(&known, number(2, 20)), Reconciled::Duplicate);
        assert_eq!(
            reconcile(&known, number(4, 40)),
            Reconciled::New(number(4, 40))
        );
        let correction = number(2, 21).flagged(Flags::CORRECTED);
        assert_eq!(
            reconcile(&known, number(2, 21)),
            Reconciled::Corrects(correction.clone())
        );
        known.insert(2, correction);
        // The same file once more adds nothing.
        for again in [number(2, 20), number(2, 21)] {
            assert_eq!(reconcile(&known, again), Reconciled::Duplicate);
        }
        // [model-21]
        let values: Vec<_> = latest(&known)
            .filter_map(|reading| reading.value.number())
            .collect();
        assert_eq!(values, [10, 21, 30]);
    }

    #[test]
    fn low_and_high_without_a_number_differ() {
        let low = Reading::new(Time::from_ms(1), Value::None).flagged(Flags::BELOW_RANGE);
        let high = Reading::new(Time::from_ms(1), Value::None).flagged(Flags::ABOVE_RANGE);
        assert!(matches!(
            reconcile(core::slice::from_ref(&low), high),
            Reconciled::Corrects(_)
        ));
        assert_eq!(
            reconcile(
                core::slice::from_ref(&low),
                low.clone().flagged(Flags::MANUAL)
            ),
            Reconciled::Duplicate
        );
    }
}
