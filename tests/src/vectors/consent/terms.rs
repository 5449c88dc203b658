//! Terms: how they stand in files, and what two of them both allow.

use freehold_consent::{Conditions, Disjoint, Onward, ScopeError, Terms, Window};
use freehold_model::wire::{from_bytes, to_bytes};
use serde::{Deserialize, Serialize};

use super::{
    people::{JUNE, line, token_payload, window},
    scope::{LineText, lines},
};
use crate::vectors::{
    Cases, Failure, Hex, Operation,
    log::object::{list, varint},
    model::described::wire,
};

/// Terms in a file.
#[derive(Serialize)]
pub(super) struct TermsText {
    scope: Vec<LineText>,
    usable: [i64; 2],
    lease: u32,
    purposes: Vec<u16>,
    basis: u16,
    retention: u16,
    caveats: ConditionsText,
}

/// Caveats in a file.
#[derive(Serialize)]
pub(super) struct ConditionsText {
    onward: &'static str,
    automated_decisions: bool,
    cohort: u32,
    jurisdiction: Option<String>,
}

/// What the fields of terms are.
pub(super) const TERMS: &str = "`scope` as in consent/scope; `usable` from and until in ms; `lease` minutes; `purposes` and `basis` numbers; `retention` days; `caveats`: `onward` (nobody, processors or others), `automated_decisions`, `cohort`, `jurisdiction` or null";

impl From<&Terms> for TermsText {
    fn from(terms: &Terms) -> Self {
        Self {
            scope: lines(&terms.scope),
            usable: times(terms.usable),
            lease: terms.lease.minutes(),
            purposes: terms.purposes.iter().map(|purpose| purpose.id()).collect(),
            basis: terms.basis.id(),
            retention: terms.retention.days(),
            caveats: terms.conditions.into(),
        }
    }
}

impl From<Conditions> for ConditionsText {
    fn from(conditions: Conditions) -> Self {
        Self {
            onward: match conditions.onward {
                Onward::Nobody => "nobody",
                Onward::Processors => "processors",
                Onward::Others => "others",
            },
            automated_decisions: conditions.automated_decisions,
            cohort: conditions.cohort_min,
            jurisdiction: conditions.jurisdiction.map(|country| country.code()),
        }
    }
}

/// The first instant of a window and the first after it.
pub(super) fn times(window: Window) -> [i64; 2] {
    [window.from().ms(), window.until().ms()]
}

pub(super) struct Meet;

#[derive(Serialize, Deserialize)]
pub(super) struct MeetInput {
    a: Hex,
    b: Hex,
}

#[derive(Serialize)]
pub(super) struct MeetOutput {
    both: Hex,
    terms: TermsText,
}

impl Operation for Meet {
    const NAME: &'static str = "consent/meet";
    const ABOUT: &'static str = "What two terms both allow. Either may stand first.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        (
            "a",
            "terms: the bytes of a token's payload from its scope on",
        ),
        ("b", "other terms"),
        ("both", "the terms that both allow"),
        ("terms", TERMS),
    ];
    type Input = MeetInput;
    type Output = MeetOutput;

    fn run(input: MeetInput) -> Result<MeetOutput, Failure> {
        let (a, b) = (terms(&input.a)?, terms(&input.b)?);
        let both = a.meet(&b)?;
        assert_eq!(b.meet(&a), Ok(both.clone()), "either may stand first");
        Ok(MeetOutput {
            both: to_bytes(&both).into(),
            terms: (&both).into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let scope = |lines: &[Vec<u8>]| changed("scope", &list(lines));
        let plain = changed("caveats", &[0]);
        let hours = |from, minutes| line(&[1], 1 << 4, 2, JUNE + from, minutes);
        for (name, about, a, b) in [
            ("same", "the same twice", plain.clone(), plain.clone()),
            (
                "windows",
                "windows of data intersect",
                scope(&[hours(0, 100)]),
                scope(&[hours(50, 100)]),
            ),
            (
                "windows-many",
                "each with each, and none that lies within another",
                scope(&[hours(0, 100), hours(60, 100)]),
                scope(&[hours(50, 100)]),
            ),
            (
                "levels",
                "levels and facets intersect",
                scope(&[line(&[1], 0b1_1000, 0b110, JUNE, 60)]),
                scope(&[line(&[1], 0b11_0000, 0b1010, JUNE, 60)]),
            ),
            (
                "streams",
                "so do streams",
                scope(&[line(&[1, 2], 16, 2, JUNE, 60)]),
                scope(&[line(&[2, 3], 16, 2, JUNE, 60)]),
            ),
            (
                "raw",
                "raw with its readings",
                scope(&[line(&[1], 0b1_0001, 0b11, JUNE, 60)]),
                scope(&[line(&[1], 1, 1, JUNE, 60)]),
            ),
            (
                "usable",
                "usable at the same time",
                changed("usable", &window(JUNE, 100)),
                changed("usable", &window(JUNE + 99, 100)),
            ),
            (
                "lease",
                "the lesser lease",
                changed("lease", &varint(60)),
                plain.clone(),
            ),
            (
                "retention",
                "the lesser retention",
                changed("retention", &[0]),
                plain.clone(),
            ),
            (
                "purposes",
                "purposes that both have",
                changed("purposes", &[2, 1, 3]),
                changed("purposes", &[2, 3, 4]),
            ),
            (
                "onward",
                "the stricter onward sharing",
                changed("caveats", &[1, 0, 2]),
                changed("caveats", &[1, 0, 1]),
            ),
            (
                "automated",
                "automated decisions only where both allow them",
                changed("caveats", &[1, 1]),
                plain.clone(),
            ),
            (
                "cohort",
                "the greater cohort",
                changed("caveats", &[1, 2, 20]),
                changed("caveats", &[1, 2, 50]),
            ),
            (
                "jurisdiction",
                "the jurisdiction of the one that has one",
                changed("caveats", b"\x01\x03GB"),
                plain.clone(),
            ),
        ] {
            cases.accept(name, &["consent-13"], about, MeetInput { a, b });
        }
        for (name, about, a, b) in [
            (
                "other-streams",
                "no stream in both",
                scope(&[line(&[1], 16, 2, JUNE, 60)]),
                scope(&[line(&[2], 16, 2, JUNE, 60)]),
            ),
            (
                "hours-and-days",
                "a grant of hours includes no day",
                scope(&[line(&[1], 1 << 4, 2, JUNE, 60)]),
                scope(&[line(&[1], 1 << 5, 2, JUNE, 60)]),
            ),
            (
                "other-facets",
                "no facet in both",
                scope(&[line(&[1], 16, 2, JUNE, 60)]),
                scope(&[line(&[1], 16, 4, JUNE, 60)]),
            ),
            (
                "touching",
                "one window ends where the other begins",
                scope(&[hours(0, 60)]),
                scope(&[hours(60, 60)]),
            ),
            (
                "never-usable",
                "never usable at the same time",
                changed("usable", &window(JUNE, 60)),
                changed("usable", &window(JUNE + 60, 60)),
            ),
            (
                "no-purpose",
                "no purpose in both",
                changed("purposes", &[1, 1]),
                changed("purposes", &[1, 2]),
            ),
            (
                "other-basis",
                "other bases",
                changed("basis", &[1]),
                changed("basis", &[3]),
            ),
            (
                "other-jurisdiction",
                "other jurisdictions",
                changed("caveats", b"\x01\x03GB"),
                changed("caveats", b"\x01\x03EU"),
            ),
        ] {
            cases.refuse(
                name,
                &["consent-13"],
                about,
                MeetInput { a, b },
                Failure::Conflict,
            );
        }
        let (a, b) = (plain.clone(), changed("scope", &[0]));
        cases.refuse(
            "empty",
            &["consent-11"],
            "terms of nothing",
            MeetInput { a, b },
            Failure::Malformed,
        );
    }
}

impl From<Disjoint> for Failure {
    fn from(error: Disjoint) -> Self {
        match error {
            Disjoint::Scope(ScopeError::TooManyLines(_)) => Self::Length,
            Disjoint::Scope(ScopeError::Empty | ScopeError::NotCanonical)
            | Disjoint::Usable
            | Disjoint::Purposes
            | Disjoint::Basis
            | Disjoint::Jurisdiction => Self::Conflict,
        }
    }
}

fn terms(bytes: &Hex) -> Result<Terms, Failure> {
    from_bytes(&bytes.0, 16_384).map_err(wire)
}

/// The terms of the token with other bytes in a field.
fn changed(field: &str, bytes: &[u8]) -> Hex {
    let payload = token_payload().with(field, bytes);
    let before = payload.before("scope").len();
    payload.bytes()[before..].into()
}
