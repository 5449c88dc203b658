//! What a request would be granted. The text that is shown, its closure report and so its hash are left to who shows them.

use freehold_consent::{
    History, Locale, Occasion, ProposeError, StreamInfo, UnverifiedRequest, propose,
};
use freehold_crypto::{Domain, Suite};
use freehold_model::{Facet, Id, Kind, Level, StreamSpec, Time, wire::to_bytes};
use serde::{Deserialize, Serialize};

use super::{
    choices::ChoicesText,
    people::{JUNE, acme, grantor, signed, text},
    request::{line, payload},
    terms::{TERMS, TermsText},
};
use crate::vectors::{
    Cases, Failure, Hex, Operation,
    log::object::{Object, list, varint},
    model::at,
};

pub(super) struct Propose;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct ProposalInput {
    request: Hex,
    streams: Vec<Hex>,
    now: i64,
    choices: ChoicesText,
}

#[derive(Serialize)]
pub(super) struct ProposalOutput {
    expires: i64,
    terms: TermsText,
}

impl Operation for Propose {
    const NAME: &'static str = "consent/proposal";
    const ABOUT: &'static str =
        "The terms that a request would be granted at this moment, if nothing was granted before.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("request", "the signed object"),
        (
            "streams",
            "those of the household, each as in a bundle's contents",
        ),
        ("now", "ms"),
        (
            "choices",
            "each null or: `streams` (ids), `levels`, `facets`, `data_from`, `data_until` and `expires` in ms, `lease` in minutes, `retention` in days, `purposes`",
        ),
        ("expires", "ms"),
        ("terms", TERMS),
    ];
    type Input = ProposalInput;
    type Output = ProposalOutput;

    fn run(input: ProposalInput) -> Result<ProposalOutput, Failure> {
        let request = UnverifiedRequest::from_bytes(&input.request.0)?.verify()?;
        let streams = input.streams.iter().map(|bytes| {
            freehold_model::wire::from_bytes::<StreamInfo>(&bytes.0, 1 << 16)
                .map_err(crate::vectors::model::described::wire)
        });
        let streams = streams.collect::<Result<Vec<_>, _>>()?;
        let occasion = Occasion {
            grantor: grantor().public_key(),
            suite: Suite::One,
            streams: &streams,
            history: &History::new(),
            now: Time::from_ms(input.now),
            locale: Locale::EnGb,
        };
        let proposal = propose(&request, &input.choices.read()?, &occasion)?;
        let terms = proposal.terms(occasion.now).map_err(|_| Failure::Expired)?;
        Ok(ProposalOutput {
            expires: proposal.expires().ms(),
            terms: (&terms).into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let now = at("2024-06-10T12:34:56Z");
        let input = |request: &Object, choices| ProposalInput {
            request: signed(Domain::Request, &acme(), &request.bytes()).into(),
            streams: vec![stream(1, "energy_interval"), stream(2, "heart_rate")],
            now,
            choices,
        };
        let none = ChoicesText::default;
        let lines = |lines: &[Vec<u8>]| payload().with("lines", list(lines));
        let open = lines(&[line("energy_interval", 0b10_1000, 0b110, 1, None)]);
        let some = |minutes: u64| [&[1], &varint(minutes)[..]].concat();
        let two = payload().with("purposes", list(&[[1], [2]]));
        let with_two_streams = |choices| {
            let mut input = input(&open, choices);
            input.streams.push(stream(3, "energy_interval"));
            input
        };
        let year = open
            .with("duration", some(525_600))
            .with("lease", some(1440));
        for (name, rules, about, case) in [
            (
                "as-asked",
                &["consent-17", "consent-28"][..],
                "June by the clock of London, a lease of 7 days, for 365 days down to the start of a civil day",
                input(&payload(), none()),
            ),
            (
                "open",
                &["consent-17"],
                "data without an end ends with the consent",
                input(&open, none()),
            ),
            (
                "utc",
                &["consent-28"],
                "June in UTC",
                input(
                    &lines(&[line("energy_interval", 0b1000, 0b10, 0, Some(43_200))]),
                    none(),
                ),
            ),
            (
                "asked-duration",
                &["consent-17"],
                "for as long as is asked, with the lease that is asked",
                input(&year, none()),
            ),
            (
                "longest-lease",
                &["consent-17"],
                "never above 35 days",
                input(&open.with("lease", some(90 * 1440)), none()),
            ),
            (
                "less-than-a-day",
                &["consent-17"],
                "asked for an hour: it ends by the minute",
                input(&open.with("duration", some(60)), none()),
            ),
            (
                "chosen-level",
                &["consent-17"],
                "days alone",
                input(
                    &open,
                    ChoicesText {
                        levels: Some(vec!["day".into()]),
                        ..none()
                    },
                ),
            ),
            (
                "chosen-facet",
                &["consent-17"],
                "totals alone",
                input(
                    &open,
                    ChoicesText {
                        facets: Some(vec!["totals".into()]),
                        ..none()
                    },
                ),
            ),
            (
                "chosen-data",
                &["consent-17"],
                "a week of data, rounded inwards",
                input(
                    &open,
                    ChoicesText {
                        data_from: Some(at("2024-06-03T00:00:01Z")),
                        data_until: Some(at("2024-06-10T00:00:59Z")),
                        ..none()
                    },
                ),
            ),
            (
                "chosen-end",
                &["consent-17"],
                "until Christmas",
                input(
                    &open,
                    ChoicesText {
                        expires: Some(at("2024-12-24T18:00Z")),
                        ..none()
                    },
                ),
            ),
            (
                "end-beyond",
                &["consent-17"],
                "an end after what was asked has no effect",
                input(
                    &year,
                    ChoicesText {
                        expires: Some(at("2030-01-01")),
                        ..none()
                    },
                ),
            ),
            (
                "lease-beyond",
                &["consent-17"],
                "nor has a lease above the asked",
                input(
                    &year,
                    ChoicesText {
                        lease: Some(10_080),
                        ..none()
                    },
                ),
            ),
            (
                "shorter-lease",
                &["consent-17"],
                "a lease of an hour",
                input(
                    &year,
                    ChoicesText {
                        lease: Some(60),
                        ..none()
                    },
                ),
            ),
            (
                "retention-beyond",
                &["consent-17"],
                "nor has a longer retention",
                input(
                    &open,
                    ChoicesText {
                        retention: Some(99),
                        ..none()
                    },
                ),
            ),
            (
                "shorter-retention",
                &["consent-17"],
                "nothing is kept",
                input(
                    &open,
                    ChoicesText {
                        retention: Some(0),
                        ..none()
                    },
                ),
            ),
            (
                "one-purpose",
                &["consent-17"],
                "one of two purposes",
                input(
                    &two,
                    ChoicesText {
                        purposes: Some(vec![2]),
                        ..none()
                    },
                ),
            ),
            (
                "chosen-stream",
                &["consent-7"],
                "one of two meters",
                with_two_streams(ChoicesText {
                    streams: Some(vec![[3; 16].into()]),
                    ..none()
                }),
            ),
            (
                "both-streams",
                &["consent-7"],
                "both meters",
                with_two_streams(ChoicesText {
                    streams: Some(vec![[3; 16].into(), [1; 16].into()]),
                    ..none()
                }),
            ),
            (
                "what-there-is",
                &["consent-7"],
                "minutes are asked for, too, and the meter has none",
                input(
                    &lines(&[line("energy_interval", 0b1010, 0b10, 1, None)]),
                    none(),
                ),
            ),
        ] {
            cases.accept(name, rules, about, case);
        }
        let weight = lines(&[line("body_weight", 0b1000, 0b10, 1, None)]);
        let minutes = lines(&[line("energy_interval", 0b10, 0b10, 1, None)]);
        let index = lines(&[line("energy_interval", 0b1000, 1 << 4, 1, None)]);
        for (name, rules, about, case, failure) in [
            (
                "no-stream",
                &["consent-7"][..],
                "no stream of the kind",
                input(&weight, none()),
                Failure::Absent,
            ),
            (
                "which-stream",
                &["consent-7"],
                "two meters, and no choice",
                with_two_streams(none()),
                Failure::Conflict,
            ),
            (
                "not-asked",
                &["consent-17"],
                "a stream is chosen that was not asked for",
                input(
                    &open,
                    ChoicesText {
                        streams: Some(vec![[2; 16].into(), [1; 16].into()]),
                        ..none()
                    },
                ),
                Failure::Beyond,
            ),
            (
                "no-level-left",
                &["consent-17"],
                "the meter has no minutes",
                input(&minutes, none()),
                Failure::Absent,
            ),
            (
                "no-facet-left",
                &["consent-17"],
                "nor has it an index",
                input(&index, none()),
                Failure::Absent,
            ),
            (
                "choice-of-nothing",
                &["consent-17"],
                "a level is chosen that was not asked for",
                input(
                    &open,
                    ChoicesText {
                        levels: Some(vec!["month".into()]),
                        ..none()
                    },
                ),
                Failure::Absent,
            ),
            (
                "no-time-left",
                &["consent-17"],
                "data until before it begins",
                input(
                    &open,
                    ChoicesText {
                        data_until: Some(i64::from(JUNE) * 60_000 - 7_200_000),
                        ..none()
                    },
                ),
                Failure::Absent,
            ),
            (
                "no-purpose-left",
                &["consent-17"],
                "a purpose is chosen that was not asked for",
                input(
                    &two,
                    ChoicesText {
                        purposes: Some(vec![3]),
                        ..none()
                    },
                ),
                Failure::Absent,
            ),
            (
                "ended",
                &["consent-17"],
                "it would have ended yesterday",
                input(
                    &open,
                    ChoicesText {
                        expires: Some(now - 86_400_000),
                        ..none()
                    },
                ),
                Failure::Expired,
            ),
            (
                "unknown-purpose",
                &["consent-12"],
                "a purpose is chosen that nobody knows",
                input(
                    &two,
                    ChoicesText {
                        purposes: Some(vec![74]),
                        ..none()
                    },
                ),
                Failure::Unknown,
            ),
        ] {
            cases.refuse(name, rules, about, case, failure);
        }
    }
}

impl From<ProposeError> for Failure {
    fn from(error: ProposeError) -> Self {
        match error {
            ProposeError::NoStream { .. }
            | ProposeError::Nothing { .. }
            | ProposeError::Purposes => Self::Absent,
            ProposeError::WhichStream { .. } => Self::Conflict,
            ProposeError::NotAsked(_) => Self::Beyond,
            ProposeError::Ended => Self::Expired,
            ProposeError::Scope(_) => Self::Length,
        }
    }
}

/// A stream in London with raw, half hours and days; its id is its number sixteen times.
fn stream(no: u8, kind: &str) -> Hex {
    let kind = Kind::registered(kind).unwrap();
    let spec = StreamSpec::new(Id::from_bytes([no; 16]), kind, "Europe/London")
        .levels([Level::Raw, Level::HalfHour, Level::Day])
        .facets([Facet::Totals, Facet::Extremes]);
    [text("Meter"), to_bytes(&spec), vec![0]].concat().into()
}
