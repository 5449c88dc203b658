//! The terms of a consent: typed caveats that can only narrow.
//!
//! Each caveat is a meet-semilattice: `meet` is what both allow, and "narrower than" is its order, `a ≤ b` exactly
//! when `a.meet(b) = a`. So the terms of a chain of grants are decided by one pass, without rules to evaluate.

use serde::{Deserialize, Serialize};

use crate::purpose::{LegalBasis, Purpose};
use crate::scope::{Scope, ScopeError};
use crate::span::Span;
use crate::window::Window;
use crate::wire::{List, Set};

/// Purposes of one consent, at most.
pub const PURPOSES_MAX: usize = 16;

/// Everything that a consent allows, and under what conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// What may be opened.
    pub scope: Scope,
    /// When the consent may be used.
    pub usable: Window,
    /// How far ahead keys are handed out; a revocation takes effect within it.
    pub lease: Span,
    /// What the data may be used for.
    pub purposes: Set<Purpose, PURPOSES_MAX>,
    /// The legal basis that the recipient relies on.
    pub basis: LegalBasis,
    /// How long the recipient may keep what it opened.
    pub retention: Retention,
    /// Caveats beyond these.
    pub conditions: Conditions,
}

/// How long opened data may be kept, in whole days of 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Retention(u16);

/// Caveats that most consents leave at their strictest. On the wire only those that differ are present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "List<Caveat, 4>", try_from = "List<Caveat, 4>")]
pub struct Conditions {
    /// To whom the recipient may pass data on.
    pub onward: Onward,
    /// Whether decisions about the person may be made by machine alone (GDPR Article 22).
    pub automated_decisions: bool,
    /// Results may be published only over at least this many people; 0 asks for no cohort.
    pub cohort_min: u32,
    /// The only country where data may be processed, as an ISO 3166-1 code, or `EU`; `None` for any.
    pub jurisdiction: Option<Country>,
}

/// To whom a recipient may pass data on, strictest first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Onward {
    /// To nobody.
    #[default]
    Nobody,
    /// To processors that work for the recipient under contract.
    Processors,
    /// To others, each of whom the person is told of.
    Others,
}

/// Two capital letters: a country of ISO 3166-1, or `EU`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "[u8; 2]", try_from = "[u8; 2]")]
pub struct Country([u8; 2]);

/// Why two terms have no meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Disjoint {
    /// No stream, level, facet and time is in both.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// They are never usable at the same time.
    #[error("never usable at the same time")]
    Usable,
    /// They share no purpose.
    #[error("no common purpose")]
    Purposes,
    /// They rest on different legal bases.
    #[error("different legal bases")]
    Basis,
    /// They allow processing in different countries.
    #[error("different jurisdictions")]
    Jurisdiction,
}

impl Terms {
    /// What both terms allow.
    ///
    /// # Errors
    /// [`Disjoint`] with the first caveat that leaves nothing. There are no empty terms.
    pub fn meet(&self, other: &Self) -> Result<Self, Disjoint> {
        if self.basis != other.basis {
            return Err(Disjoint::Basis);
        }
        Ok(Self {
            scope: self.scope.meet(&other.scope)?,
            usable: self.usable.meet(other.usable).ok_or(Disjoint::Usable)?,
            lease: self.lease.min(other.lease),
            purposes: self
                .purposes
                .meet(&other.purposes)
                .ok_or(Disjoint::Purposes)?,
            basis: self.basis,
            retention: self.retention.min(other.retention),
            conditions: self.conditions.meet(other.conditions)?,
        })
    }

    /// Whether these terms allow nothing that the others do not.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.scope.is_within(&other.scope)
            && self.usable.is_within(other.usable)
            && self.lease <= other.lease
            && self.purposes.is_within(&other.purposes)
            && self.basis == other.basis
            && self.retention <= other.retention
            && self.conditions.is_within(other.conditions)
    }
}

impl Retention {
    /// A number of days; 0 means that nothing is kept beyond its use.
    #[must_use]
    pub const fn from_days(days: u16) -> Self {
        Self(days)
    }

    /// A span in days, rounded down; `None` beyond 65,535 days.
    #[must_use]
    pub fn from_span(span: Span) -> Option<Self> {
        u16::try_from(span.minutes() / (24 * 60)).ok().map(Self)
    }

    /// The days.
    #[must_use]
    pub const fn days(self) -> u16 {
        self.0
    }
}

impl std::fmt::Display for Retention {
    /// ISO 8601: `P30D`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "P{}D", self.0)
    }
}

impl Conditions {
    /// What both allow.
    ///
    /// # Errors
    /// [`Disjoint::Jurisdiction`].
    pub fn meet(self, other: Self) -> Result<Self, Disjoint> {
        let jurisdiction = match (self.jurisdiction, other.jurisdiction) {
            (Some(a), Some(b)) if a != b => return Err(Disjoint::Jurisdiction),
            (a, b) => a.or(b),
        };
        Ok(Self {
            onward: self.onward.min(other.onward),
            automated_decisions: self.automated_decisions && other.automated_decisions,
            cohort_min: self.cohort_min.max(other.cohort_min),
            jurisdiction,
        })
    }

    /// Whether these conditions allow nothing that the others do not.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        self.meet(other) == Ok(self)
    }
}

impl Country {
    /// A country from its two letters, in either case.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let letters: [u8; 2] = code.to_ascii_uppercase().into_bytes().try_into().ok()?;
        Self::try_from(letters).ok()
    }

    /// The two capital letters.
    #[must_use]
    pub fn code(self) -> String {
        self.0.iter().map(|byte| char::from(*byte)).collect()
    }
}

impl std::fmt::Debug for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.code())
    }
}

impl From<Country> for [u8; 2] {
    fn from(country: Country) -> Self {
        country.0
    }
}

impl TryFrom<[u8; 2]> for Country {
    type Error = &'static str;

    fn try_from(letters: [u8; 2]) -> Result<Self, Self::Error> {
        if letters.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(letters))
        } else {
            Err("not a country code")
        }
    }
}

/// A condition on the wire: its number and value. A number that is not listed here fails to decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Caveat {
    Onward(Onward),
    AutomatedDecisions,
    CohortMin(u32),
    Jurisdiction(Country),
}

impl From<Conditions> for List<Caveat, 4> {
    fn from(conditions: Conditions) -> Self {
        let onward =
            (conditions.onward != Onward::Nobody).then_some(Caveat::Onward(conditions.onward));
        let automated = conditions
            .automated_decisions
            .then_some(Caveat::AutomatedDecisions);
        let cohort =
            (conditions.cohort_min > 0).then_some(Caveat::CohortMin(conditions.cohort_min));
        let jurisdiction = conditions.jurisdiction.map(Caveat::Jurisdiction);
        Self(
            [onward, automated, cohort, jurisdiction]
                .into_iter()
                .flatten()
                .collect(),
        )
    }
}

impl TryFrom<List<Caveat, 4>> for Conditions {
    type Error = &'static str;

    fn try_from(list: List<Caveat, 4>) -> Result<Self, Self::Error> {
        let mut conditions = Self::default();
        for caveat in &list.0 {
            match *caveat {
                Caveat::Onward(onward) => conditions.onward = onward,
                Caveat::AutomatedDecisions => conditions.automated_decisions = true,
                Caveat::CohortMin(min) => conditions.cohort_min = min,
                Caveat::Jurisdiction(country) => conditions.jurisdiction = Some(country),
            }
        }
        // Order, repetition and strictest values spelt out all show here.
        if List::from(conditions) == list {
            Ok(conditions)
        } else {
            Err("caveats not canonical")
        }
    }
}

#[cfg(test)]
mod tests {
    use freehold_model::Time;
    use proptest::prelude::*;

    use super::*;
    use crate::scope::tests::scopes;
    use crate::wire::{decode, encode};

    fn conditions() -> impl Strategy<Value = Conditions> {
        let onward = prop_oneof![
            Just(Onward::Nobody),
            Just(Onward::Processors),
            Just(Onward::Others)
        ];
        let jurisdiction = prop_oneof![
            Just(None),
            Just(Country::new("GB")),
            Just(Country::new("EU"))
        ];
        (onward, any::<bool>(), 0_u32..4, jurisdiction).prop_map(
            |(onward, automated_decisions, cohort_min, jurisdiction)| Conditions {
                onward,
                automated_decisions,
                cohort_min,
                jurisdiction,
            },
        )
    }

    fn terms() -> impl Strategy<Value = Terms> {
        let usable = (0_i64..6, 1_i64..6).prop_map(|(from, len)| {
            Window::inside(
                Time::from_ms(from * 60_000),
                Time::from_ms((from + len) * 60_000),
            )
            .unwrap()
        });
        let purposes = proptest::collection::vec(1_u16..5, 1..4).prop_map(|ids| {
            Set::new(ids.into_iter().map(|id| Purpose::try_from(id).unwrap())).unwrap()
        });
        let basis = (1_u16..3).prop_map(|id| LegalBasis::try_from(id).unwrap());
        (
            scopes(),
            usable,
            1_u32..4,
            purposes,
            basis,
            0_u16..4,
            conditions(),
        )
            .prop_map(
                |(scope, usable, lease, purposes, basis, retention, conditions)| Terms {
                    scope,
                    usable,
                    lease: Span::from_minutes(lease).unwrap(),
                    purposes,
                    basis,
                    retention: Retention::from_days(retention),
                    conditions,
                },
            )
    }

    proptest! {
        /// [consent-13]
        #[test]
        fn attenuation_sound(a in terms(), b in terms(), c in terms()) {
            prop_assert_eq!(a.meet(&a), Ok(a.clone()), "idempotent");
            prop_assert_eq!(a.meet(&b).ok(), b.meet(&a).ok(), "commutative");
            let left = a.meet(&b).ok().and_then(|ab| ab.meet(&c).ok());
            let right = b.meet(&c).ok().and_then(|bc| a.meet(&bc).ok());
            prop_assert_eq!(left, right, "associative");
            prop_assert_eq!(a.is_within(&b), a.meet(&b) == Ok(a.clone()), "the order is the meet's");
            if let Ok(both) = a.meet(&b) {
                prop_assert!(both.is_within(&a) && both.is_within(&b), "a meet only narrows");
                prop_assert_eq!(c.is_within(&a) && c.is_within(&b), c.is_within(&both), "the widest below both");
            }
        }

        #[test]
        fn terms_come_back(a in terms()) {
            prop_assert_eq!(decode::<Terms>(&encode(&a), 9999), Ok(a));
        }
    }
}
