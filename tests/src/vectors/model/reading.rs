//! Readings as they stand in files.

use freehold_model::{Flags, Reading, Time, Value};
use serde::{Deserialize, Serialize};

use crate::vectors::{Big, Failure};

/// A reading.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::vectors) struct ReadingText {
    time: i64,
    duration: u32,
    flags: u16,
    value: Option<ValueText>,
}

/// A value that is there.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ValueText {
    Number(Big<i64>),
    Bool(bool),
    State(u16),
    Point(i32, i32),
    Text(String),
}

/// What the fields of a reading are.
pub(in crate::vectors) const READING: &str = "`time` ms, `duration` ms, `flags` as a number and `value`: null, or one of `number`, `bool`, `state`, `point` (latitude and longitude in units of 1e-7 degrees) and `text`";

impl From<&Reading> for ReadingText {
    fn from(reading: &Reading) -> Self {
        Self {
            time: reading.time.ms(),
            duration: reading.duration_ms,
            flags: reading.flags.bits(),
            value: match &reading.value {
                Value::None => None,
                Value::Number(number) => Some(ValueText::Number(Big(*number))),
                Value::Bool(yes) => Some(ValueText::Bool(*yes)),
                Value::State(state) => Some(ValueText::State(*state)),
                Value::Point { lat, lon } => Some(ValueText::Point(*lat, *lon)),
                Value::Text(text) => Some(ValueText::Text(text.to_string())),
            },
        }
    }
}

impl TryFrom<&ReadingText> for Reading {
    type Error = Failure;

    fn try_from(text: &ReadingText) -> Result<Self, Failure> {
        Ok(Self {
            time: Time::from_ms(text.time),
            duration_ms: text.duration,
            flags: Flags::from_bits(text.flags).ok_or(Failure::Malformed)?,
            value: match &text.value {
                None => Value::None,
                Some(ValueText::Number(number)) => Value::Number(number.0),
                Some(ValueText::Bool(yes)) => Value::Bool(*yes),
                Some(ValueText::State(state)) => Value::State(*state),
                Some(ValueText::Point(lat, lon)) => Value::Point {
                    lat: *lat,
                    lon: *lon,
                },
                Some(ValueText::Text(text)) => Value::Text(text.as_str().into()),
            },
        })
    }
}

/// Readings of a file.
pub(in crate::vectors) fn readings(texts: &[ReadingText]) -> Result<Vec<Reading>, Failure> {
    texts.iter().map(Reading::try_from).collect()
}

/// Readings for a file.
pub(in crate::vectors) fn texts<'a>(
    readings: impl IntoIterator<Item = &'a Reading>,
) -> Vec<ReadingText> {
    readings.into_iter().map(ReadingText::from).collect()
}

/// A number at an instant.
pub(in crate::vectors) fn number(time: i64, number: i64) -> Reading {
    Reading::new(Time::from_ms(time), Value::Number(number))
}

impl ReadingText {
    /// The same with flags that may be none.
    pub(in crate::vectors) fn set_flags(&mut self, flags: u16) {
        self.flags = flags;
    }
}
