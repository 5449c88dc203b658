//! Uses of a consent.

use freehold_consent::{
    Access, CardId, Revocations, StreamId, UnverifiedRevocation, UnverifiedToken,
};
use freehold_model::Time;
use serde::{Deserialize, Serialize};

use super::{
    people::{JUNE, card, line, token_of, token_payload},
    revocation::revocation,
};
use crate::vectors::{
    Cases, Failure, Hex, Operation,
    log::object::list,
    model::{facet, level},
};

pub(super) struct Check;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct CheckInput {
    token: Hex,
    revocations: Vec<Hex>,
    audience: Hex,
    now: i64,
    stream: Hex,
    level: String,
    facet: String,
    from: i64,
    until: i64,
}

#[derive(Serialize)]
pub(super) struct Nothing {}

impl Operation for Check {
    const NAME: &'static str = "consent/access";
    const ABOUT: &'static str = "Whether a consent may be used now, by a recipient, for some data.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("token", "the consent"),
        (
            "revocations",
            "all that the recipient knows, of any consent; each is signed by whom it names",
        ),
        ("audience", "id of the card of whoever uses it"),
        ("now", "ms"),
        ("stream", "id of what is to be opened"),
        ("level", "by name"),
        ("facet", "by name"),
        ("from", "ms"),
        ("until", "ms"),
    ];
    type Input = CheckInput;
    type Output = Nothing;

    fn run(input: CheckInput) -> Result<Nothing, Failure> {
        let token = UnverifiedToken::from_bytes(&input.token.0)?.verify()?;
        let mut revocations = Revocations::new();
        for bytes in &input.revocations {
            let revocation = UnverifiedRevocation::from_bytes(&bytes.0)?;
            if revocation.token() == token.id() {
                revocations.add(&revocation.verify(&token)?);
            }
        }
        let audience = CardId(input.audience.array().ok_or(Failure::Length)?);
        let permit = token.permit(Time::from_ms(input.now), audience, &revocations)?;
        permit.check(&Access {
            stream: StreamId(input.stream.array().ok_or(Failure::Length)?),
            level: level(&input.level)?,
            facet: facet(&input.facet)?,
            from: Time::from_ms(input.from),
            until: Time::from_ms(input.until),
        })?;
        Ok(Nothing {})
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let june = i64::from(JUNE) * 60_000;
        let (hour, year) = (3_600_000, 525_600 * 60_000);
        // Raw and half hours of stream 1, and hours in two windows that touch.
        let scope = list(&[
            line(&[1], 1 << 4, 2, JUNE, 120),
            line(&[1], 0b1001, 0b11, JUNE, 43_200),
            line(&[1], 1 << 4, 2, JUNE + 120, 120),
        ]);
        let token = token_of(&token_payload().with("scope", scope));
        let good = CheckInput {
            token: token.clone().into(),
            revocations: vec![],
            audience: card().id().0.into(),
            now: june,
            stream: [1; 16].into(),
            level: "half-hour".into(),
            facet: "totals".into(),
            from: june,
            until: june + hour,
        };
        let raw = CheckInput {
            level: "raw".into(),
            facet: "readings".into(),
            ..good.clone()
        };
        let hours = |from: i64, until: i64| CheckInput {
            level: "hour".into(),
            from: june + from * hour,
            until: june + until * hour,
            ..good.clone()
        };
        let other = token_of(&token_payload().with("nonce", [8; 16]));
        for (name, rules, about, case) in [
            (
                "in-window",
                &["consent-14"][..],
                "two half hours at the first instant at which it is usable",
                good.clone(),
            ),
            (
                "last-instant",
                &["consent-14"],
                "a millisecond before it ends",
                CheckInput {
                    now: june + year - 1,
                    ..good.clone()
                },
            ),
            (
                "all-of-it",
                &["consent-14"],
                "the whole window",
                CheckInput {
                    until: june + 43_200 * 60_000,
                    ..good.clone()
                },
            ),
            ("readings", &["consent-11"], "readings of raw", raw.clone()),
            (
                "first-window",
                &["consent-14"],
                "hours in the first of two windows",
                hours(0, 2),
            ),
            (
                "second-window",
                &["consent-14"],
                "hours in the second",
                hours(2, 4),
            ),
            (
                "other-revoked",
                &["consent-25"],
                "another consent was withdrawn",
                CheckInput {
                    revocations: vec![revocation(&other).into()],
                    ..good.clone()
                },
            ),
        ] {
            cases.accept(name, rules, about, case);
        }
        for (name, rules, about, case, failure) in [
            (
                "revoked",
                &["consent-14", "consent-25"][..],
                "the consent was withdrawn, by its time only later",
                CheckInput {
                    revocations: vec![revocation(&token).into()],
                    ..good.clone()
                },
                Failure::Revoked,
            ),
            (
                "audience",
                &["consent-5", "consent-14"],
                "somebody else's card",
                CheckInput {
                    audience: [6; 32].into(),
                    ..good.clone()
                },
                Failure::Audience,
            ),
            (
                "not-yet",
                &["consent-14"],
                "a millisecond before it begins",
                CheckInput {
                    now: june - 1,
                    ..good.clone()
                },
                Failure::NotYet,
            ),
            (
                "expired",
                &["consent-14"],
                "when it ends",
                CheckInput {
                    now: june + year,
                    ..good.clone()
                },
                Failure::Expired,
            ),
            (
                "revoked-first",
                &["consent-14"],
                "withdrawn and ended",
                CheckInput {
                    revocations: vec![revocation(&token).into()],
                    now: june + year,
                    ..good.clone()
                },
                Failure::Revoked,
            ),
            (
                "other-stream",
                &["consent-11"],
                "another stream",
                CheckInput {
                    stream: [2; 16].into(),
                    ..good.clone()
                },
                Failure::Beyond,
            ),
            (
                "other-level",
                &["consent-11"],
                "a coarser level than any that is granted",
                CheckInput {
                    level: "day".into(),
                    ..good.clone()
                },
                Failure::Beyond,
            ),
            (
                "other-facet",
                &["consent-11"],
                "another facet",
                CheckInput {
                    facet: "extremes".into(),
                    ..good.clone()
                },
                Failure::Beyond,
            ),
            (
                "readings-of-half-hours",
                &["consent-11"],
                "readings of summaries",
                CheckInput {
                    facet: "readings".into(),
                    ..good.clone()
                },
                Failure::Beyond,
            ),
            (
                "totals-of-raw",
                &["consent-11"],
                "totals of raw",
                CheckInput {
                    facet: "totals".into(),
                    ..raw
                },
                Failure::Beyond,
            ),
            (
                "too-early",
                &["consent-14"],
                "from a millisecond before the window",
                CheckInput {
                    from: june - 1,
                    ..good.clone()
                },
                Failure::Beyond,
            ),
            (
                "too-late",
                &["consent-14"],
                "up to a millisecond after the window",
                CheckInput {
                    until: june + 43_200 * 60_000 + 1,
                    ..good.clone()
                },
                Failure::Beyond,
            ),
            (
                "across",
                &["consent-14"],
                "hours that lie in two windows that touch, and wholly in neither",
                hours(1, 3),
                Failure::Beyond,
            ),
            (
                "forged",
                &["consent-3"],
                "a token that was changed",
                CheckInput {
                    token: {
                        let mut token = token.clone();
                        token[3] ^= 1;
                        token.into()
                    },
                    ..good.clone()
                },
                Failure::Signature,
            ),
        ] {
            cases.refuse(name, rules, about, case, failure);
        }
    }
}
