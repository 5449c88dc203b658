//! Values.

use crate::decimal::DecimalError;
use crate::unit::UnitError;
use alloc::boxed::Box;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// The longest text value in bytes.
pub const TEXT_MAX: usize = 256;

/// The greatest distance of a number from zero: 2^53 − 1. Every language's numbers hold it, and the squares of a month of such
/// readings, one a second, fit in 128 bits. **[model-16]**
pub const NUMBER_MAX: u64 = (1 << 53) - 1;

/// What a reading says. Numbers are fixed point: the integer × 10^exponent of the stream, in the kind's unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// No value: absent, or out of the device's range without a number. The flags say which.
    None,
    /// A number of a gauge, counter or interval.
    Number(i64),
    /// True or false.
    Bool(bool),
    /// The state at this place in the kind's list of states.
    State(u16),
    /// A point on the earth in units of 1e-7 degrees.
    Point {
        /// Latitude, -900000000..=900000000.
        #[serde(deserialize_with = "latitude")]
        lat: i32,
        /// Longitude, -1800000000..=1800000000.
        #[serde(deserialize_with = "longitude")]
        lon: i32,
    },
    /// A text of at most [`TEXT_MAX`] bytes.
    Text(#[serde(deserialize_with = "text")] Box<str>),
}

impl Value {
    /// A point of two numbers of 1e-7 degrees.
    ///
    /// # Errors
    /// [`ValueError::OutOfRange`] for a point that is not on the earth.
    pub const fn point(lat: i32, lon: i32) -> Result<Self, ValueError> {
        if is_on_earth(lat, lon) {
            Ok(Self::Point { lat, lon })
        } else {
            Err(ValueError::OutOfRange)
        }
    }

    /// A text.
    ///
    /// # Errors
    /// [`ValueError::TooLong`] beyond [`TEXT_MAX`] bytes.
    pub fn text(text: &str) -> Result<Self, ValueError> {
        if text.len() <= TEXT_MAX {
            Ok(Self::Text(text.into()))
        } else {
            Err(ValueError::TooLong)
        }
    }

    /// The number, if it is one.
    pub const fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// Whether a point of 1e-7 degrees is on the earth.
pub(crate) const fn is_on_earth(lat: i32, lon: i32) -> bool {
    lat.unsigned_abs() <= LAT_MAX && lon.unsigned_abs() <= LON_MAX
}

const LAT_MAX: u32 = 900_000_000;
const LON_MAX: u32 = 1_800_000_000;

fn latitude<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
    let lat = i32::deserialize(from)?;
    Value::point(lat, 0).map(|_| lat).map_err(D::Error::custom)
}

fn longitude<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
    let lon = i32::deserialize(from)?;
    Value::point(0, lon).map(|_| lon).map_err(D::Error::custom)
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Box<str>, D::Error> {
    let text = Box::<str>::deserialize(from)?;
    if text.len() <= TEXT_MAX {
        Ok(text)
    } else {
        Err(D::Error::custom(ValueError::TooLong))
    }
}

/// A value, and whether it is exactly what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The value.
    pub value: Value,
    /// False when digits were lost to rounding.
    pub exact: bool,
}

/// Why something is no value of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// A number with its unit.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// Neither true nor false.
    #[error("neither true nor false")]
    NotABool,
    /// None of the kind's states.
    #[error("unknown state")]
    UnknownState,
    /// Not a latitude and a longitude.
    #[error("not a point")]
    NotAPoint,
    /// A value of another value kind.
    #[error("value of another kind")]
    WrongKind,
    /// A point that is not on the earth, or a number beyond [`NUMBER_MAX`].
    #[error("value out of range")]
    OutOfRange,
    /// A text beyond [`TEXT_MAX`] bytes.
    #[error("text too long")]
    TooLong,
}

impl From<DecimalError> for ValueError {
    fn from(error: DecimalError) -> Self {
        Self::Unit(UnitError::Number(error))
    }
}
