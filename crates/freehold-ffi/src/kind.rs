//! The registry of quantity kinds, and values in words.

use freehold::{
    Error, Noun,
    model::{self, Kind, ValueError, kinds},
};

use crate::{FfiError, Scale, Sensitivity, ValueKind};

/// A quantity kind of the registry: what a stream may measure.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct QuantityKind {
    /// Its name, such as `air_temperature`.
    pub name: String,
    /// What it is, in words.
    pub description: String,
    /// What its values are.
    pub value_kind: ValueKind,
    /// The unit of its numbers in UCUM; `1` where there is none.
    pub unit: String,
    /// The power of ten of its numbers.
    pub exponent: i8,
    /// How much it tells about a person.
    pub sensitivity: Sensitivity,
    /// How its numbers add up.
    pub scale: Scale,
    /// The names of its states, in the order of their numbers.
    pub states: Vec<String>,
    /// The inner edges of its distributions, in its numbers.
    pub edges: Vec<i64>,
    /// The least plausible number.
    pub least: i64,
    /// The greatest plausible number.
    pub greatest: i64,
}

/// What a reading says.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Value {
    /// Nothing: absent, or out of range without a number.
    None,
    /// A fixed-point number: times ten to the stream's exponent, in the unit of its kind.
    Number {
        /// The number.
        number: i64,
    },
    /// True or false.
    Bool {
        /// Which.
        yes: bool,
    },
    /// The place in the kind's list of states.
    State {
        /// The place.
        state: u16,
    },
    /// A point on the earth, in units of 1e-7 degrees.
    Point {
        /// Latitude.
        lat: i32,
        /// Longitude.
        lon: i32,
    },
    /// A text.
    Text {
        /// The text.
        text: String,
    },
}

/// A value that was read from words.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Parsed {
    /// The value.
    pub value: Value,
    /// Whether it is exactly what was written; otherwise it was rounded to what the exponent can hold.
    pub exact: bool,
}

/// Every kind of the registry, by name.
#[uniffi::export]
#[must_use]
pub fn kinds() -> Vec<QuantityKind> {
    kinds::ALL
        .iter()
        .map(|kind| QuantityKind::from(*kind))
        .collect()
}

/// Reads a value of a kind: `0.412 kW.h`, `72`, `true`, `heat`, `51.5,-0.12`, or any text. A number without a unit is in the kind's.
/// `exponent` is the stream's; none for the kind's.
///
/// # Errors
/// `missing` when there is no such kind; `bad_reading`.
#[uniffi::export]
pub fn parse_value(kind: String, exponent: Option<i8>, text: String) -> Result<Parsed, FfiError> {
    let kind = registered(&kind)?;
    let exponent = exponent.unwrap_or_else(|| kind.exponent());
    let parsed = kind.parse_at(&text, exponent).map_err(unfit)?;
    Ok(Parsed {
        value: parsed.value.into(),
        exact: parsed.exact,
    })
}

/// Writes a value of a kind as [`parse_value`] reads it, without the unit; nothing for no value.
///
/// # Errors
/// `missing` when there is no such kind; `bad_reading`.
#[uniffi::export]
pub fn format_value(kind: String, exponent: Option<i8>, value: Value) -> Result<String, FfiError> {
    let kind = registered(&kind)?;
    let exponent = exponent.unwrap_or_else(|| kind.exponent());
    Ok(kind.format_at(&value.try_into()?, exponent))
}

pub(crate) fn registered(name: &str) -> Result<&'static Kind, FfiError> {
    Ok(Kind::registered(name).ok_or(Error::Missing(Noun::Kind))?)
}

impl From<&Kind> for QuantityKind {
    fn from(kind: &Kind) -> Self {
        let (least, greatest) = kind.range();
        Self {
            name: kind.name().to_owned(),
            description: kind.description().to_owned(),
            value_kind: kind.value_kind(),
            unit: kind.unit().to_owned(),
            exponent: kind.exponent(),
            sensitivity: kind.sensitivity(),
            scale: kind.scale(),
            states: kind.states().iter().map(ToString::to_string).collect(),
            edges: kind.edges().to_vec(),
            least,
            greatest,
        }
    }
}

impl From<model::Value> for Value {
    fn from(value: model::Value) -> Self {
        match value {
            model::Value::None => Self::None,
            model::Value::Number(number) => Self::Number { number },
            model::Value::Bool(yes) => Self::Bool { yes },
            model::Value::State(state) => Self::State { state },
            model::Value::Point { lat, lon } => Self::Point { lat, lon },
            model::Value::Text(text) => Self::Text { text: text.into() },
        }
    }
}

impl TryFrom<Value> for model::Value {
    type Error = FfiError;

    fn try_from(value: Value) -> Result<Self, FfiError> {
        match value {
            Value::None => Ok(Self::None),
            Value::Number { number } => Ok(Self::Number(number)),
            Value::Bool { yes } => Ok(Self::Bool(yes)),
            Value::State { state } => Ok(Self::State(state)),
            Value::Point { lat, lon } => Self::point(lat, lon).map_err(unfit),
            Value::Text { text } => Self::text(&text).map_err(unfit),
        }
    }
}

fn unfit(error: ValueError) -> FfiError {
    FfiError::because(freehold::Reason::BadReading, error.to_string())
}
