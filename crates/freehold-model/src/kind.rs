//! Quantity kinds: what a stream measures.

use crate::decimal::format_decimal;
use crate::kinds;
use crate::level::{Facet, Facets, UnknownName};
use crate::unit::Converter;
use crate::value::{NUMBER_MAX, Parsed, Value, ValueError};
use alloc::borrow::{Cow, ToOwned as _};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
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

    /// Writes a value of a stream of this kind at the stream's exponent; nothing for no value.
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

/// A vendor's own kind: `acme:flow_temp` with its unit and rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorKind {
    /// Vendor and name joined by a colon; lower-case letters, digits and `_` on both sides, at most [`NAME_MAX`] bytes.
    pub name: String,
    /// What its values are.
    pub value_kind: ValueKind,
    /// The UCUM unit of its numbers; `1` where there is none.
    pub unit: String,
    /// Numbers are integers × 10^exponent, [`EXPONENT_MIN`]..=[`EXPONENT_MAX`].
    pub exponent: i8,
    /// How much it tells about a person.
    pub sensitivity: Sensitivity,
    /// Whether its numbers can be added.
    pub scale: Scale,
    /// The states of an enum kind, 1 to [`STATES_MAX`], each once; none for others.
    pub states: Vec<String>,
    /// The inner edges of the distribution at the exponent, ascending, at most [`EDGES_MAX`]; none for no distribution.
    pub edges: Vec<i64>,
    /// The least and the greatest plausible number at the exponent; that of 32 bits when none is given.
    pub range: Option<(i64, i64)>,
    /// A line for people, at most 256 bytes.
    pub description: String,
}

impl VendorKind {
    /// A kind without unit, states and edges, of the strictest sensitivity. **[model-14]**
    pub fn new(name: &str, value_kind: ValueKind) -> Self {
        Self {
            name: name.into(),
            value_kind,
            unit: "1".into(),
            exponent: 0,
            sensitivity: Sensitivity::STRICTEST,
            scale: Scale::Linear,
            states: Vec::new(),
            edges: Vec::new(),
            range: None,
            description: String::new(),
        }
    }

    fn check(&self) -> Result<(), KindError> {
        let (vendor, name) = self.name.split_once(':').ok_or(KindError::Name)?;
        if self.name.len() > NAME_MAX || !is_word(vendor) || !is_word(name) {
            return Err(KindError::Name);
        }
        if self.unit.is_empty()
            || self.unit.len() > NAME_MAX
            || self
                .unit
                .contains(|c: char| c.is_whitespace() || c.is_control())
        {
            return Err(KindError::Unit);
        }
        if !(EXPONENT_MIN..=EXPONENT_MAX).contains(&self.exponent) {
            return Err(KindError::Exponent);
        }
        if !self.value_kind.is_number() && !self.edges.is_empty() || !are_edges(&self.edges) {
            return Err(KindError::Edges);
        }
        if self.range.is_some_and(|(min, max)| min >= max) {
            return Err(KindError::Range);
        }
        if self.description.len() > 256 || self.description.contains(char::is_control) {
            return Err(KindError::Description);
        }
        self.check_states()
    }

    fn check_states(&self) -> Result<(), KindError> {
        let count = self.states.len();
        let right = if self.value_kind == ValueKind::Enum {
            (1..=STATES_MAX).contains(&count)
        } else {
            count == 0
        };
        let distinct = (1..count).all(|at| !self.states[..at].contains(&self.states[at]));
        let words = self
            .states
            .iter()
            .all(|state| state.len() <= NAME_MAX && is_word(state));
        if right && distinct && words {
            Ok(())
        } else {
            Err(KindError::States)
        }
    }
}

/// Which field of a vendor's kind breaks a rule, or that a name is not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    /// Not in the registry.
    #[error("unknown kind")]
    Unknown,
    /// The name.
    #[error("name of the kind")]
    Name,
    /// The unit.
    #[error("unit of the kind")]
    Unit,
    /// The exponent.
    #[error("exponent of the kind")]
    Exponent,
    /// The states.
    #[error("states of the kind")]
    States,
    /// The edges of the distribution.
    #[error("edges of the kind")]
    Edges,
    /// The plausible range.
    #[error("range of the kind")]
    Range,
    /// The description.
    #[error("description of the kind")]
    Description,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$item_doc])* $item,)*
        }

        impl $name {
            /// All of them in order.
            pub const ALL: &'static [Self] = &[$(Self::$item),*];

            /// The name people write.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$item => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                Self::ALL.iter().copied().find(|item| item.name() == name).ok_or(UnknownName)
            }
        }
    };
}

words! {
    /// What the values of a kind are, which tells what may be computed from them.
    ValueKind {
        /// A number at an instant: temperature, power.
        Gauge = "gauge",
        /// A number that only grows, until it is reset: a meter's index.
        Counter = "counter",
        /// A number that belongs to an interval: energy in a half hour.
        Interval = "interval",
        /// True or false.
        Bool = "bool",
        /// One of a list of states.
        Enum = "enum",
        /// A point on the earth.
        Location = "location",
        /// A text.
        Text = "text",
    }
}

impl ValueKind {
    /// Whether values are numbers: gauge, counter or interval.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Gauge | Self::Counter | Self::Interval)
    }
}

words! {
    /// How much a kind tells about a person: greater is stricter. **[model-13]**
    Sensitivity {
        /// About a device alone.
        Device = "device",
        /// About a room or the weather.
        Environment = "environment",
        /// What somebody does.
        Behaviour = "behaviour",
        /// Who could get in, and alarms.
        Security = "security",
        /// Who is there.
        Presence = "presence",
        /// Where somebody is.
        Location = "location",
        /// About somebody's health.
        Health = "health",
    }
}

impl Sensitivity {
    /// The strictest class, which a vendor's kind has unless it says otherwise.
    pub const STRICTEST: Self = Self::Health;
}

words! {
    /// How the numbers of a kind add up.
    Scale {
        /// They add: sums and means say something.
        Linear = "linear",
        /// Ratios to a reference, such as decibels: ordered, but a mean of them is no mean.
        Logarithmic = "logarithmic",
        /// They come round, such as directions: not even ordered.
        Circular = "circular",
    }
}

words! {
    /// A figure that can be computed from summaries.
    Statistic {
        /// How many readings had a value.
        Count = "count",
        /// Their sum; of a counter the sum of its increments.
        Sum = "sum",
        /// Their mean.
        Mean = "mean",
        /// The standard deviation of these readings (of the population).
        Deviation = "stddev",
        /// The least.
        Min = "min",
        /// The greatest.
        Max = "max",
        /// The earliest.
        First = "first",
        /// The latest.
        Last = "last",
        /// Readings per bin or state.
        Distribution = "distribution",
        /// A counter's absolute value.
        Index = "index",
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

/// Ascending without repeats, and no more than [`EDGES_MAX`].
pub(crate) fn are_edges(edges: &[i64]) -> bool {
    edges.len() <= EDGES_MAX && edges.is_sorted_by(|low, high| low < high)
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
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
mod tests {
    use super::*;
    use crate::unit::UnitError;

    fn number(kind: &Kind, text: &str) -> Result<Value, ValueError> {
        kind.parse(text).map(|parsed| parsed.value)
    }

    #[test]
    fn the_registry_is_sorted_and_sound() {
        assert_eq!(kinds::ALL.len(), 106);
        assert!(kinds::ALL.is_sorted_by(|a, b| a.name() < b.name()));
        for &kind in kinds::ALL {
            assert_eq!(Kind::registered(kind.name()), Some(kind));
            assert!(are_edges(kind.edges()), "{kind:?}");
            assert!(!kind.is_vendor() && is_word(kind.name()));
            assert_eq!(
                kind.value_kind() == ValueKind::Enum,
                !kind.states.is_empty(),
                "{kind:?}"
            );
            assert!((EXPONENT_MIN..=EXPONENT_MAX).contains(&kind.exponent()));
            if kind.value_kind().is_number() {
                assert!(
                    kind.range().0 < kind.range().1 && !kind.edges().is_empty(),
                    "{kind:?}"
                );
                assert!(kind.converter(kind.unit(), kind.exponent()).is_ok());
            }
            let bytes = postcard::to_allocvec(kind).unwrap();
            assert_eq!(bytes.len(), kind.name().len() + 2);
            assert_eq!(&postcard::from_bytes::<Kind>(&bytes).unwrap(), kind);
        }
        assert_eq!(Kind::registered("flux"), None);
    }

    #[test]
    fn values_are_read_in_their_unit() {
        assert_eq!(
            number(kinds::ENERGY_INTERVAL, "0.412 kW.h"),
            Ok(Value::Number(412_000))
        );
        assert_eq!(
            number(kinds::ENERGY_INTERVAL, "412"),
            Ok(Value::Number(412_000))
        );
        assert_eq!(
            number(kinds::BLOOD_GLUCOSE, "5.5 mmol/L"),
            Ok(Value::Number(991))
        );
        assert!(!kinds::BLOOD_GLUCOSE.parse("5.5 mmol/L").unwrap().exact);
        assert_eq!(number(kinds::HEART_RATE, "72 bpm"), Ok(Value::Number(72)));
        assert_eq!(
            number(kinds::HEART_RATE, "72 kg"),
            Err(ValueError::Unit(UnitError::Incompatible))
        );
        assert_eq!(
            number(kinds::HEART_RATE, "72 furlong"),
            Err(ValueError::Unit(UnitError::Unknown))
        );
        assert_eq!(
            number(kinds::BODY_WEIGHT, "5 mmol"),
            Err(ValueError::Unit(UnitError::Incompatible))
        );
        assert_eq!(number(kinds::MOTION, "On"), Ok(Value::Bool(true)));
        assert_eq!(number(kinds::MOTION, "2"), Err(ValueError::NotABool));
        assert_eq!(number(kinds::HVAC_MODE, "heat"), Ok(Value::State(2)));
        assert_eq!(number(kinds::HVAC_MODE, "3"), Ok(Value::State(3)));
        assert_eq!(number(kinds::HVAC_MODE, "9"), Err(ValueError::UnknownState));
        assert_eq!(
            number(kinds::POSITION, "51.5, -0.12"),
            Ok(Value::Point {
                lat: 515_000_000,
                lon: -1_200_000
            })
        );
        assert_eq!(number(kinds::POSITION, "91,0"), Err(ValueError::OutOfRange));
        assert_eq!(
            kinds::POSITION.format_at(&Value::Point { lat: -1, lon: 0 }, 0),
            "-0.0000001,0.0000000"
        );
        assert_eq!(kinds::HVAC_MODE.format_at(&Value::State(2), 0), "heat");
        assert_eq!(
            kinds::ENERGY_INTERVAL.format_at(&Value::Number(412_000), -3),
            "412.000"
        );
    }

    #[test]
    fn a_value_must_be_of_its_kind() {
        // [model-16]
        assert_eq!(
            kinds::HEART_RATE.check(&Value::Bool(true)),
            Err(ValueError::WrongKind)
        );
        assert_eq!(
            kinds::HVAC_MODE.check(&Value::State(9)),
            Err(ValueError::UnknownState)
        );
        assert_eq!(
            kinds::POSITION.check(&Value::Point {
                lat: 900_000_001,
                lon: 0
            }),
            Err(ValueError::OutOfRange)
        );
        assert_eq!(
            kinds::HEART_RATE.check(&Value::Number(1 << 53)),
            Err(ValueError::OutOfRange)
        );
        assert_eq!(
            kinds::HEART_RATE.check(&Value::Number(1 - (1 << 53))),
            Ok(())
        );
        assert_eq!(kinds::MOTION.check(&Value::None), Ok(()));
    }

    #[test]
    fn only_statistics_that_mean_something() {
        // [model-22] [model-23]
        let allowed = |kind: &Kind| {
            Statistic::ALL
                .iter()
                .filter(|&&one| kind.allows(one))
                .map(|one| one.name())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            allowed(kinds::HEART_RATE),
            "count mean stddev min max first last distribution"
        );
        assert_eq!(
            allowed(kinds::ENERGY_INTERVAL),
            "count sum mean stddev min max first last distribution"
        );
        assert_eq!(
            allowed(kinds::ENERGY_IMPORTED),
            "count sum min max first last distribution index"
        );
        assert_eq!(
            allowed(kinds::SIGNAL_STRENGTH),
            "count min max first last distribution"
        );
        assert_eq!(allowed(kinds::WIND_DIRECTION), "count distribution");
        assert_eq!(allowed(kinds::MOTION), "count distribution");
        assert_eq!(allowed(kinds::SLEEP_STAGE), "count distribution");
        assert_eq!(allowed(kinds::POSITION), "");
    }

    #[test]
    fn a_vendors_kind_is_strict_unless_it_says_otherwise() {
        let mut flow = VendorKind::new("acme:flow_temp", ValueKind::Gauge);
        flow.unit = "Cel".into();
        flow.exponent = -2;
        let kind = Kind::vendor(flow.clone()).unwrap();
        assert_eq!(kind.sensitivity(), Sensitivity::Health, "[model-14]");
        assert_eq!(number(&kind, "70.83 [degF]"), Ok(Value::Number(2157)));
        let bytes = postcard::to_allocvec(&kind).unwrap();
        assert_eq!(postcard::from_bytes::<Kind>(&bytes).unwrap(), kind);
        assert_eq!(
            kind.facets(),
            Facets::from([Facet::Totals, Facet::Extremes])
        );

        let refused = |change: fn(&mut VendorKind)| {
            let mut kind = flow.clone();
            change(&mut kind);
            Kind::vendor(kind).err()
        };
        assert_eq!(
            refused(|kind| kind.name = "flow_temp".into()),
            Some(KindError::Name)
        );
        assert_eq!(
            refused(|kind| kind.name = "acme:Flow".into()),
            Some(KindError::Name)
        );
        assert_eq!(
            refused(|kind| kind.name = "acme:a:b".into()),
            Some(KindError::Name)
        );
        assert_eq!(
            refused(|kind| kind.unit = String::new()),
            Some(KindError::Unit)
        );
        assert_eq!(
            refused(|kind| kind.exponent = -10),
            Some(KindError::Exponent)
        );
        assert_eq!(
            refused(|kind| kind.edges = (0..16).collect()),
            Some(KindError::Edges)
        );
        assert_eq!(
            refused(|kind| kind.edges = [2, 2].into()),
            Some(KindError::Edges)
        );
        assert_eq!(
            refused(|kind| kind.states = ["on".into()].into()),
            Some(KindError::States)
        );
        assert_eq!(
            refused(|kind| kind.value_kind = ValueKind::Enum),
            Some(KindError::States)
        );
        assert_eq!(
            refused(|kind| kind.range = Some((1, 1))),
            Some(KindError::Range)
        );
        assert_eq!(
            refused(|kind| kind.description = "\u{7}".into()),
            Some(KindError::Description)
        );
    }
}
