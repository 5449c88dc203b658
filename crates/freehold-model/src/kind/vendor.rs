//! Kinds that a vendor declares.

use super::{
    EDGES_MAX, EXPONENT_MAX, EXPONENT_MIN, NAME_MAX, STATES_MAX, Scale, Sensitivity, ValueKind,
};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

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

    pub(super) fn check(&self) -> Result<(), KindError> {
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

/// Ascending without repeats, and no more than [`EDGES_MAX`].
pub(crate) fn are_edges(edges: &[i64]) -> bool {
    edges.len() <= EDGES_MAX && edges.is_sorted_by(|low, high| low < high)
}

pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
