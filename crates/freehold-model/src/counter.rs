//! Counters: absolute values to increments.
//!
//! Only increments are sealed, so that the readings on both sides of a hole do not tell the sum over it.

use crate::reading::Reading;
use crate::time::Time;
use crate::value::Value;
use serde::{Deserialize, Serialize};

/// Turns the readings of a counter, in order of time, into increments. It is the state that a writer keeps between slots.
/// **[model-25]**
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Increments {
    newest: Option<Newest>,
}

impl Increments {
    /// The state after a reading with this time and absolute value: whoever goes on where another stopped.
    pub const fn after(time: Time, absolute: i64) -> Self {
        Self {
            newest: Some(Newest {
                time,
                absolute,
                before: None,
            }),
        }
    }

    /// The newest reading that was turned: its time and absolute value.
    pub fn newest(self) -> Option<(Time, i64)> {
        self.newest.map(|newest| (newest.time, newest.absolute))
    }

    /// The reading with its increment in place of the absolute value. The increment is the difference to the instant before;
    /// after a reset, which is a smaller value, it is the value itself; of the first instant ever it is 0. So it is of one that
    /// is older than the newest, which already holds what was counted until then. A reading without a number stays as it is.
    ///
    /// # Errors
    /// [`CounterError`] for a negative value.
    pub fn turn(&mut self, reading: Reading) -> Result<Reading, CounterError> {
        let Value::Number(absolute) = reading.value else {
            return Ok(reading);
        };
        if absolute < 0 {
            return Err(CounterError);
        }
        let before = match self.newest {
            Some(newest) if reading.time < newest.time => {
                return Ok(Reading {
                    value: Value::Number(0),
                    ..reading
                });
            }
            // A correction takes the place of the newest.
            Some(newest) if reading.time == newest.time => newest.before,
            newest => newest.map(|newest| newest.absolute),
        };
        self.newest = Some(Newest {
            time: reading.time,
            absolute,
            before,
        });
        let increment = match before {
            None => 0,
            Some(before) if absolute < before => absolute,
            Some(before) => absolute - before,
        };
        Ok(Reading {
            value: Value::Number(increment),
            ..reading
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Newest {
    time: Time,
    absolute: i64,
    /// The absolute value at the instant before.
    before: Option<i64>,
}

/// A counter below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("negative counter")]
pub struct CounterError;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn turned(readings: &[(i64, i64)]) -> Vec<i64> {
        let mut increments = Increments::default();
        let turn = |&(ms, value): &(i64, i64)| {
            let reading = Reading::new(Time::from_ms(ms), Value::Number(value));
            increments.turn(reading).unwrap().value.number().unwrap()
        };
        readings.iter().map(turn).collect()
    }

    #[test]
    fn increments_resets_and_stragglers() {
        // [model-25]
        assert_eq!(
            turned(&[(1, 1000), (2, 1010), (3, 1010), (4, 3), (5, 8)]),
            [0, 10, 0, 3, 5]
        );
        assert_eq!(turned(&[(1, 0), (3, 30), (2, 20), (4, 40)]), [0, 30, 0, 10]);
        assert_eq!(
            turned(&[(1, i64::MAX), (2, 0), (3, i64::MAX)]),
            [0, 0, i64::MAX]
        );
        // The second reading of an instant corrects the first.
        assert_eq!(
            turned(&[(1, 100), (2, 110), (2, 112), (3, 115)]),
            [0, 10, 12, 3]
        );
        let mut increments = Increments::default();
        increments
            .turn(Reading::new(Time::from_ms(9), Value::Number(5)))
            .unwrap();
        let negative = Reading::new(Time::from_ms(10), Value::Number(-1));
        assert_eq!(increments.turn(negative), Err(CounterError));
        assert_eq!(increments.newest(), Some((Time::from_ms(9), 5)));
        let none = Reading::new(Time::from_ms(11), Value::None);
        assert_eq!(increments.turn(none.clone()), Ok(none));
    }
}
