//! Scopes.

use freehold_consent::{Line, Scope, ScopeError, Set, StreamId, Window};
use freehold_model::{Facet, Facets, Level, Levels, Time};
use serde::{Deserialize, Serialize};

use super::{
    people::{JUNE, line},
    terms::times,
};
use crate::vectors::{Cases, Failure, Hex, Operation, log::object::list};

/// A line in a file.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct LineText {
    streams: Vec<Hex>,
    levels: Vec<String>,
    facets: Vec<String>,
    data: [i64; 2],
}

pub(super) fn lines(scope: &Scope) -> Vec<LineText> {
    let text = |line: &Line| LineText {
        streams: line.streams.iter().map(|id| id.0.into()).collect(),
        levels: line
            .levels
            .iter()
            .map(|level| level.name().into())
            .collect(),
        facets: line
            .facets
            .iter()
            .map(|facet| facet.name().into())
            .collect(),
        data: times(line.data),
    };
    scope.lines().iter().map(text).collect()
}

impl TryFrom<&LineText> for Line {
    type Error = Failure;

    fn try_from(text: &LineText) -> Result<Self, Failure> {
        let streams: Option<Vec<[u8; 16]>> = text.streams.iter().map(Hex::array).collect();
        let streams = streams.ok_or(Failure::Length)?.into_iter().map(StreamId);
        let levels: Result<Vec<Level>, _> = text.levels.iter().map(|name| name.parse()).collect();
        let facets: Result<Vec<Facet>, _> = text.facets.iter().map(|name| name.parse()).collect();
        let [from, until] = text.data.map(Time::from_ms);
        Ok(Self {
            streams: Set::new(streams).ok_or(Failure::Length)?,
            levels: levels
                .map_err(|_| Failure::Unknown)?
                .into_iter()
                .collect::<Levels>(),
            facets: facets
                .map_err(|_| Failure::Unknown)?
                .into_iter()
                .collect::<Facets>(),
            data: Window::inside(from, until).ok_or(Failure::Range)?,
        })
    }
}

pub(super) struct Canonical;

#[derive(Serialize, Deserialize)]
pub(super) struct ScopeInput {
    lines: Vec<LineText>,
}

#[derive(Serialize)]
pub(super) struct ScopeOutput {
    scope: Vec<LineText>,
    bytes: Hex,
}

impl Operation for Canonical {
    const NAME: &'static str = "consent/scope";
    const ABOUT: &'static str = "The one way to write what some lines grant.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        (
            "lines",
            "each with `streams`, `levels` and `facets` by name, `data` from and until in ms",
        ),
        ("scope", "the lines that a token has"),
        ("bytes", "of the scope in a token"),
    ];
    type Input = ScopeInput;
    type Output = ScopeOutput;

    fn run(input: ScopeInput) -> Result<ScopeOutput, Failure> {
        let granted: Result<Vec<Line>, Failure> = input.lines.iter().map(Line::try_from).collect();
        let scope = Scope::new(granted?).map_err(|error| match error {
            ScopeError::Empty | ScopeError::TooManyLines(_) => Failure::Length,
            ScopeError::NotCanonical => Failure::NotCanonical,
        })?;
        Ok(ScopeOutput {
            scope: lines(&scope),
            bytes: freehold_model::wire::to_bytes(&scope).into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let text =
            |streams: &[u8], levels: &[&str], facets: &[&str], from: i64, minutes: i64| LineText {
                streams: streams.iter().map(|stream| [*stream; 16].into()).collect(),
                levels: levels.iter().map(|&level| level.into()).collect(),
                facets: facets.iter().map(|&facet| facet.into()).collect(),
                data: [from, from + minutes].map(|minute| (i64::from(JUNE) + minute) * 60_000),
            };
        let hours = |stream, from, minutes| text(&[stream], &["hour"], &["totals"], from, minutes);
        for (name, about, lines) in [
            ("one", "a line as it is", vec![hours(1, 0, 60)]),
            (
                "streams",
                "two streams that are granted alike",
                vec![hours(2, 0, 60), hours(1, 0, 60)],
            ),
            (
                "levels",
                "two levels of equal facets",
                vec![text(&[1], &["day"], &["totals"], 0, 60), hours(1, 0, 60)],
            ),
            (
                "facets",
                "two facets of one level",
                vec![hours(1, 0, 60), text(&[1], &["hour"], &["extremes"], 0, 60)],
            ),
            (
                "within",
                "a window within another",
                vec![hours(1, 0, 600), hours(1, 60, 60)],
            ),
            (
                "overlapping",
                "windows that overlap stay as they are",
                vec![hours(1, 30, 60), hours(1, 0, 60)],
            ),
            (
                "touching",
                "and so do windows that touch",
                vec![hours(1, 60, 60), hours(1, 0, 60)],
            ),
            (
                "idle",
                "what there is none of goes",
                vec![text(&[1], &["raw", "hour"], &["totals"], 0, 60)],
            ),
            (
                "raw-joins",
                "raw joins the first line of its stream and window",
                vec![
                    text(&[1], &["raw"], &["readings"], 0, 60),
                    text(&[1], &["day"], &["extremes"], 0, 60),
                    hours(1, 0, 60),
                ],
            ),
            (
                "within-for-one",
                "a window that lies within another for one of two streams",
                vec![
                    text(&[1, 2], &["hour"], &["totals"], 0, 60),
                    hours(1, 0, 600),
                ],
            ),
            (
                "inwards",
                "a window that begins and ends within minutes",
                vec![LineText {
                    data: [1, 120_001],
                    ..hours(1, 0, 60)
                }],
            ),
        ] {
            cases.accept(
                name,
                &["consent-11", "consent-8"],
                about,
                ScopeInput { lines },
            );
        }
        assert_eq!(
            Self::run(ScopeInput {
                lines: vec![hours(1, 0, 60)]
            })
            .map(|output| output.bytes),
            Ok(list(&[line(&[1], 1 << 4, 2, JUNE, 60)]).into())
        );
        let apart: Vec<LineText> = (0..17).map(|n| hours(1, 120 * n, 60)).collect();
        for (name, about, lines, failure) in [
            ("nothing", "no line", vec![], Failure::Length),
            (
                "totals-of-raw",
                "a line that grants nothing",
                vec![text(&[1], &["raw"], &["totals"], 0, 60)],
                Failure::Length,
            ),
            (
                "no-streams",
                "a line without a stream",
                vec![text(&[], &["hour"], &["totals"], 0, 60)],
                Failure::Length,
            ),
            (
                "17-lines",
                "17 windows that are apart",
                apart,
                Failure::Length,
            ),
            (
                "empty-window",
                "a window of no minute",
                vec![hours(1, 0, 0)],
                Failure::Range,
            ),
            (
                "unknown-level",
                "a level that nobody knows",
                vec![text(&[1], &["week"], &["totals"], 0, 60)],
                Failure::Unknown,
            ),
            (
                "unknown-facet",
                "a facet that nobody knows",
                vec![text(&[1], &["hour"], &["median"], 0, 60)],
                Failure::Unknown,
            ),
        ] {
            cases.refuse(name, &["consent-11"], about, ScopeInput { lines }, failure);
        }
    }
}
