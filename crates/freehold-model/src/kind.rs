//! Quantity kinds: what a stream measures.

mod vendor;
mod words;

pub(crate) use vendor::are_edges;
pub use vendor::{KindError, VendorKind};
pub use words::{Scale, Sensitivity, Statistic, ValueKind};

use crate::decimal::format_decimal;
use crate::kinds;
use crate::level::{Facet, Facets};
use crate::unit::Converter;
use crate::value::{NUMBER_MAX, Parsed, Value, ValueError};
use alloc::borrow::{Cow, ToOwned as _};
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use serde::{Deserialize, Serialize};

/// The most inner edges of a distribution: sixteen bins.
pub const EDGES_MAX: usize = 15;
/// The most states of an enum kind.
pub const STATES_MAX: usize = 64;
/// The longest name of a kind, a state or a unit in bytes.
pub const NAME_MAX: usize = 64;
/// The finest exponent of a fixed-point value.
pub const EXPONENT_MIN: i8 = -9;
/// The coarsest exponent of a fixed-point value.
pub const EXPONENT_MAX: i8 = 9;

/// What a stream measures: an entry of the registry ([`kinds`]) or a vendor's own ([`VendorKind`]).
///
/// On disk and on the wire a registered kind is its name alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Kind {
    pub(crate) name: Cow<'static, str>,
    pub(crate) value_kind: ValueKind,
    pub(crate) unit: Cow<'static, str>,
    pub(crate) exponent: i8,
    pub(crate) sensitivity: Sensitivity,
    pub(crate) scale: Scale,
    pub(crate) states: Cow<'static, [Cow<'static, str>]>,
    pub(crate) edges: Cow<'static, [i64]>,
    pub(crate) range: (i64, i64),
    pub(crate) molar_mg: u32,
    pub(crate) codes: Codes,
    pub(crate) description: Cow<'static, str>,
}

impl Kind {
    /// The kind of the registry with this name.
    pub fn registered(name: &str) -> Option<&'static Self> {
        let at = kinds::ALL
            .binary_search_by(|kind| kind.name().cmp(name))
            .ok()?;
        kinds::ALL.get(at).copied()
    }

    /// A vendor's own kind.
    ///
    /// # Errors
    /// [`KindError`] names the first field that breaks a rule of [`VendorKind`].
    pub fn vendor(kind: VendorKind) -> Result<Self, KindError> {
        kind.check()?;
        let range = kind.range.unwrap_or(RANGE_32_BITS);
        Ok(Self {
            name: kind.name.into(),
            value_kind: kind.value_kind,
            unit: kind.unit.into(),
            exponent: kind.exponent,
            sensitivity: kind.sensitivity,
            scale: kind.scale,
            states: kind.states.into_iter().map(Cow::Owned).collect(),
            edges: kind.edges.into(),
            range,
            molar_mg: 0,
            codes: Codes::NONE,
            description: kind.description.into(),
        })
    }

    /// The name: `heart_rate`, or `acme:flow_temp` for a vendor's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a vendor's own.
    pub fn is_vendor(&self) -> bool {
        self.name.contains(':')
    }

    /// What its values are.
    pub const fn value_kind(&self) -> ValueKind {
        self.value_kind
    }

    /// The UCUM unit of its numbers; `1` where there is none.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Numbers are integers × 10^exponent; a stream may choose a finer one.
    pub const fn exponent(&self) -> i8 {
        self.exponent
    }

    /// How much it tells about a person.
    pub const fn sensitivity(&self) -> Sensitivity {
        self.sensitivity
    }

    /// Whether its numbers can be added.
    pub const fn scale(&self) -> Scale {
        self.scale
    }

    /// The names of an enum kind's states, in the order of their numbers; of a bool kind `false` and `true`.
    pub fn states(&self) -> &[Cow<'static, str>] {
        const BOOL: [Cow<'static, str>; 2] = [Cow::Borrowed("false"), Cow::Borrowed("true")];
        if self.value_kind == ValueKind::Bool {
            const { &BOOL }
        } else {
            &self.states
        }
    }

    /// The inner edges of its distribution, ascending, at its exponent: a number below the first edge falls in bin 0, one at
    /// or above the last in the last bin.
    pub fn edges(&self) -> &[i64] {
        &self.edges
    }

    /// The least and the greatest plausible number, at its exponent.
    pub const fn range(&self) -> (i64, i64) {
        self.range
    }

    /// What others call it.
    pub const fn codes(&self) -> Codes {
        self.codes
    }

    /// A line for people.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The facets a summary of this kind can have. **[model-23]**
    pub fn facets(&self) -> Facets {
        let distribution = if self.bins() > 0 {
            Facets::of(Facet::Distribution)
        } else {
            Facets::EMPTY
        };
        let numbers = match self.scale {
            _ if !self.value_kind.is_number() => Facets::EMPTY,
            Scale::Linear => Facets::from([Facet::Totals, Facet::Extremes]),
            Scale::Logarithmic => Facets::of(Facet::Extremes),
            Scale::Circular => Facets::EMPTY,
        };
        let index = if self.value_kind == ValueKind::Counter {
            Facets::of(Facet::Index)
        } else {
            Facets::EMPTY
        };
        distribution.union(numbers).union(index)
    }

    /// Whether a statistic means anything for this kind. **[model-22]**
    pub fn allows(&self, statistic: Statistic) -> bool {
        let facets = self.facets();
        let linear = facets.contains(Facet::Totals);
        match statistic {
            Statistic::Count => linear || facets.contains(Facet::Distribution),
            Statistic::Sum => linear && self.value_kind != ValueKind::Gauge,
            Statistic::Mean | Statistic::Deviation => {
                linear && self.value_kind != ValueKind::Counter
            }
            Statistic::Min | Statistic::Max | Statistic::First | Statistic::Last => {
                facets.contains(Facet::Extremes)
            }
            Statistic::Distribution => facets.contains(Facet::Distribution),
            Statistic::Index => facets.contains(Facet::Index),
        }
    }

    /// The number of bins of its distribution: one a state, or one more than edges; 0 when it has none.
    pub fn bins(&self) -> usize {
        match self.value_kind {
            ValueKind::Bool | ValueKind::Enum => self.states().len(),
            kind if kind.is_number() && !self.edges.is_empty() => self.edges.len() + 1,
            _ => 0,
        }
    }

    /// Turns texts of numbers in `unit` into this kind's unit at `exponent`; for a whole column.
    ///
    /// # Errors
    /// [`ValueError::Unit`] for an unknown or incompatible unit; [`ValueError::WrongKind`] when values are no numbers.
    pub fn converter(&self, unit: &str, exponent: i8) -> Result<Converter, ValueError> {
        if !self.value_kind.is_number() {
            return Err(ValueError::WrongKind);
        }
        Ok(Converter::new(unit, &self.unit, exponent, self.molar_mg)?)
    }

    /// Reads one value at the kind's exponent: `0.412 kW.h`, `72`, `true`, `heat`, `51.5,-0.12`, or any text. A number without
    /// a unit is in the kind's unit.
    ///
    /// # Errors
    /// [`ValueError`].
    pub fn parse(&self, text: &str) -> Result<Parsed, ValueError> {
        self.parse_at(text, self.exponent)
    }

    /// The same at a stream's exponent.
    ///
    /// # Errors
    /// [`ValueError`].
    pub fn parse_at(&self, text: &str, exponent: i8) -> Result<Parsed, ValueError> {
        let text = text.trim();
        let value = match self.value_kind {
            ValueKind::Gauge | ValueKind::Counter | ValueKind::Interval => {
                let (number, unit) = text
                    .split_once(char::is_whitespace)
                    .unwrap_or((text, &self.unit));
                let rounded = self.converter(unit, exponent)?.parse(number)?;
                return Ok(Parsed {
                    value: Value::Number(rounded.value),
                    exact: rounded.exact,
                });
            }
            ValueKind::Bool => Value::Bool(boolean(text)?),
            ValueKind::Enum => Value::State(self.state(text).ok_or(ValueError::UnknownState)?),
            ValueKind::Location => return point(text),
            ValueKind::Text => Value::text(text)?,
        };
        Ok(Parsed { value, exact: true })
    }

    /// Writes a value as [`Kind::parse`] reads it, without the unit; nothing for no value.
    ///
    /// ```
    /// use freehold_model::{Value, kinds};
    /// assert_eq!(kinds::AIR_TEMPERATURE.format(&Value::Number(2150)), "21.50");
    /// ```
    #[must_use]
    pub fn format(&self, value: &Value) -> String {
        self.format_at(value, self.exponent)
    }

    /// The same at a stream's exponent.
    #[must_use]
    pub fn format_at(&self, value: &Value, exponent: i8) -> String {
        match value {
            Value::None => String::new(),
            Value::Number(number) => format_decimal((*number).into(), exponent),
            Value::Bool(yes) => yes.to_string(),
            Value::State(state) => self
                .states()
                .get(usize::from(*state))
                .map_or_else(|| state.to_string(), ToString::to_string),
            Value::Point { lat, lon } => {
                format!(
                    "{},{}",
                    format_decimal((*lat).into(), POINT_EXPONENT),
                    format_decimal((*lon).into(), POINT_EXPONENT)
                )
            }
            Value::Text(text) => text.as_ref().to_owned(),
        }
    }

    /// Whether a value is one of this kind. No value is one of every kind. **[model-16]**
    ///
    /// # Errors
    /// [`ValueError::WrongKind`], [`ValueError::UnknownState`], [`ValueError::OutOfRange`], [`ValueError::TooLong`].
    pub fn check(&self, value: &Value) -> Result<(), ValueError> {
        match (value, self.value_kind) {
            (Value::None, _) | (Value::Bool(_), ValueKind::Bool) => Ok(()),
            (Value::Number(number), kind) if kind.is_number() => {
                if number.unsigned_abs() <= NUMBER_MAX {
                    Ok(())
                } else {
                    Err(ValueError::OutOfRange)
                }
            }
            (Value::State(state), ValueKind::Enum) if usize::from(*state) < self.states.len() => {
                Ok(())
            }
            (Value::State(_), ValueKind::Enum) => Err(ValueError::UnknownState),
            (Value::Point { lat, lon }, ValueKind::Location) => {
                Value::point(*lat, *lon).map(|_| ())
            }
            (Value::Text(text), ValueKind::Text) => Value::text(text).map(|_| ()),
            _ => Err(ValueError::WrongKind),
        }
    }

    /// The number of the state of this name, or written as its number.
    fn state(&self, text: &str) -> Option<u16> {
        let named = self.states.iter().position(|state| state == text);
        let at = named.or_else(|| {
            text.parse()
                .ok()
                .filter(|&at: &usize| at < self.states.len())
        })?;
        u16::try_from(at).ok()
    }
}

/// Its name.
impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kind({})", self.name)
    }
}

/// What others call a kind; what is not known is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    /// Cluster and attribute in Matter.
    pub matter: Option<(u16, u16)>,
    /// Device class in Home Assistant; the name alone does not tell sensors from binary sensors.
    pub home_assistant: Option<&'static str>,
    /// Unit in SenML (RFC 8428, RFC 8798).
    pub senml: Option<&'static str>,
    /// LOINC code.
    pub loinc: Option<&'static str>,
    /// Object in the IPSO registry.
    pub ipso: Option<u16>,
}

impl Codes {
    /// No code is known.
    pub const NONE: Self = Self {
        matter: None,
        home_assistant: None,
        senml: None,
        loinc: None,
        ipso: None,
    };
}

/// The numbers of 32 bits.
const RANGE_32_BITS: (i64, i64) = (-(1 << 31), (1 << 31) - 1);

/// Latitude and longitude are in units of 1e-7 degrees.
const POINT_EXPONENT: i8 = -7;

#[derive(Serialize, Deserialize)]
enum Wire {
    Registered(Cow<'static, str>),
    Vendor(VendorKind),
}

impl From<Kind> for Wire {
    fn from(kind: Kind) -> Self {
        if !kind.is_vendor() {
            return Self::Registered(kind.name);
        }
        Self::Vendor(VendorKind {
            name: kind.name.into_owned(),
            value_kind: kind.value_kind,
            unit: kind.unit.into_owned(),
            exponent: kind.exponent,
            sensitivity: kind.sensitivity,
            scale: kind.scale,
            states: kind.states.iter().map(ToString::to_string).collect(),
            edges: kind.edges.into_owned(),
            range: Some(kind.range),
            description: kind.description.into_owned(),
        })
    }
}

impl TryFrom<Wire> for Kind {
    type Error = KindError;

    fn try_from(wire: Wire) -> Result<Self, KindError> {
        match wire {
            Wire::Registered(name) => Self::registered(&name).cloned().ok_or(KindError::Unknown),
            // The plausible range is always written, so that an object has one encoding.
            Wire::Vendor(kind) if kind.range.is_none() => Err(KindError::Range),
            Wire::Vendor(kind) => Self::vendor(kind),
        }
    }
}

fn boolean(text: &str) -> Result<bool, ValueError> {
    let is = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["true", "1", "on", "yes"]) {
        Ok(true)
    } else if is(["false", "0", "off", "no"]) {
        Ok(false)
    } else {
        Err(ValueError::NotABool)
    }
}

fn point(text: &str) -> Result<Parsed, ValueError> {
    let (lat, lon) = text.split_once(',').ok_or(ValueError::NotAPoint)?;
    let (lat, lon) = (
        crate::parse_decimal(lat, POINT_EXPONENT)?,
        crate::parse_decimal(lon, POINT_EXPONENT)?,
    );
    let small = |number: i64| i32::try_from(number).map_err(|_| ValueError::OutOfRange);
    Ok(Parsed {
        value: Value::point(small(lat.value)?, small(lon.value)?)?,
        exact: lat.exact && lon.exact,
    })
}

#[cfg(test)]
mod tests;
