//! Bytes of facets.

use std::collections::BTreeMap;

use freehold_model::{
    Facet, FacetError, Flags, Level, Reading, Stream, StreamSpec, Summary, Time, Value, latest,
    wire::to_bytes,
};
use serde::{Deserialize, Serialize};

use super::{
    described::{SUMMARY_FIELDS, spec, stream},
    facet, level,
    reading::{READING, ReadingText, number, readings, texts},
    summary::SummaryText,
};
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct Decode;

#[derive(Serialize, Deserialize)]
pub(super) struct DecodeInput {
    description: Hex,
    level: String,
    facet: String,
    pub(super) bytes: Hex,
}

impl Operation for Decode {
    const NAME: &'static str = "model/facet";
    const ABOUT: &'static str =
        "What the bytes of a facet say. The output has the field of the facet alone.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("description", "of the stream"),
        ("level", "of summaries"),
        ("facet", "by name"),
        ("bytes", "of the facet"),
        SUMMARY_FIELDS[0],
        SUMMARY_FIELDS[1],
        SUMMARY_FIELDS[2],
        SUMMARY_FIELDS[3],
    ];
    type Input = DecodeInput;
    type Output = SummaryText;

    fn run(input: DecodeInput) -> Result<SummaryText, Failure> {
        let stream = stream(&input.description)?;
        let (level, facet) = (level(&input.level)?, facet(&input.facet)?);
        if level == Level::Raw || !stream.spec().facets.contains(facet) {
            return Err(Failure::Kind);
        }
        let mut summary = Summary::default();
        let layout = stream.layout(level);
        layout
            .decode(facet, &input.bytes.0, &mut summary)
            .map_err(of_facet)?;
        Ok(summary.into())
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        super::facet_bytes::cases(cases);
    }
}

impl DecodeInput {
    /// Of a stream of this kind.
    pub(super) fn new(spec: &StreamSpec, level: &str, facet: &str, bytes: &[u8]) -> Self {
        Self {
            description: to_bytes(spec).into(),
            level: level.into(),
            facet: facet.into(),
            bytes: bytes.into(),
        }
    }
}

fn of_facet(error: FacetError) -> Failure {
    match error {
        FacetError::Missing => Failure::Kind,
        FacetError::Width => Failure::Length,
        FacetError::Sums | FacetError::Malformed => Failure::Malformed,
        FacetError::NotCanonical => Failure::NotCanonical,
    }
}

pub(super) struct Encode;

#[derive(Serialize, Deserialize)]
pub(super) struct EncodeInput {
    description: Hex,
    level: String,
    readings: Vec<ReadingText>,
}

#[derive(Serialize)]
pub(super) struct EncodeOutput {
    summary: SummaryText,
    facets: BTreeMap<&'static str, Hex>,
}

impl Operation for Encode {
    const NAME: &'static str = "model/summary";
    const ABOUT: &'static str = "The summary of the readings of one slot, and its bytes.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("description", "of the stream"),
        ("level", "of summaries"),
        ("readings", READING),
        (
            "summary",
            "each facet of the stream as in model/facet, without an index",
        ),
        ("facets", "the bytes of each"),
    ];
    type Input = EncodeInput;
    type Output = EncodeOutput;

    fn run(input: EncodeInput) -> Result<EncodeOutput, Failure> {
        let (stream, level) = (stream(&input.description)?, level(&input.level)?);
        let readings = readings(&input.readings)?;
        let mut summarizer = stream.summarizer();
        summarizer
            .extend(latest(&readings))
            .map_err(super::summaries::of_summary)?;
        let summary = summarizer.finish();
        let facets = bytes(&stream, level, &summary)?;
        Ok(EncodeOutput {
            summary: summary.into(),
            facets,
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let of = |time, value| Reading::new(Time::from_ms(time), value);
        let truth = |time, yes| of(time, Value::Bool(yes));
        let state = |time, state| of(time, Value::State(state));
        let without_index = |spec: StreamSpec| {
            let facets = spec.facets.without(Facet::Index);
            spec.facets(facets)
        };
        let input = |spec: &StreamSpec, level: &str, readings: &[Reading]| EncodeInput {
            description: to_bytes(spec).into(),
            level: level.into(),
            readings: texts(readings),
        };
        let warm = spec("air_temperature");
        for (name, rules, about, spec, level, readings) in [
            (
                "nothing",
                &["model-24", "model-26"][..],
                "no readings: zeros",
                &warm,
                "hour",
                vec![],
            ),
            (
                "one",
                &["model-24", "model-26"],
                "21.50 degrees",
                &warm,
                "hour",
                vec![number(1, 2150)],
            ),
            (
                "three",
                &["model-24", "model-26"],
                "count 3, sum 6,300, squares 13,250,000; 19.00 is on an edge and belongs above it",
                &warm,
                "hour",
                vec![number(1, 2000), number(2, 1900), number(3, 2400)],
            ),
            (
                "negative",
                &["model-24", "model-26"],
                "means round down",
                &warm,
                "day",
                vec![number(1, -150), number(2, -151)],
            ),
            (
                "below-zero",
                &["model-24", "model-26"],
                "three times 0 and once -0.01: q = -1 and t = 3",
                &warm,
                "hour",
                vec![number(1, 0), number(2, -1), number(3, 0), number(4, 0)],
            ),
            (
                "corrected",
                &["model-21", "model-24"],
                "of one instant the last counts",
                &warm,
                "hour",
                vec![
                    number(1, 2000),
                    number(1, 2100).flagged(Flags::CORRECTED),
                    number(2, 2200),
                ],
            ),
            (
                "without-values",
                &["model-24"],
                "readings without a value do not count",
                &warm,
                "hour",
                vec![of(1, Value::None), number(6, 2000)],
            ),
            (
                "implausible",
                &["model-26"],
                "a number outside the plausible range takes twice the width, or four times",
                &warm,
                "minute",
                vec![
                    number(1, 9_007_199_254_740_991),
                    number(2, -9_007_199_254_740_991),
                ],
            ),
            (
                "increments",
                &["model-24", "model-26"],
                "increments of a counter",
                &without_index(spec("energy_imported")),
                "half-hour",
                vec![number(1, 0), number(2, 1000), number(3, 2500)],
            ),
            (
                "truths",
                &["model-24", "model-26"],
                "true, true, false",
                &spec("motion"),
                "hour",
                vec![truth(1, true), truth(2, true), truth(3, false)],
            ),
            (
                "states",
                &["model-24", "model-26"],
                "the first, the last and the first of nine",
                &spec("hvac_mode"),
                "day",
                vec![state(1, 0), state(2, 8), state(3, 0)],
            ),
        ] {
            cases.accept(name, rules, about, input(spec, level, &readings));
        }
        for (name, about, spec, readings) in [
            (
                "truth-among-numbers",
                "a truth of a kind of numbers",
                &warm,
                vec![truth(1, true)],
            ),
            (
                "number-among-truths",
                "a number of a kind of truths",
                &spec("motion"),
                vec![number(1, 1)],
            ),
            (
                "state-beyond",
                "the tenth state of nine",
                &spec("hvac_mode"),
                vec![state(1, 9)],
            ),
            (
                "text",
                "a text",
                &warm,
                vec![of(1, Value::Text("warm".into()))],
            ),
        ] {
            cases.refuse(
                name,
                &["model-24"],
                about,
                input(spec, "hour", &readings),
                Failure::Kind,
            );
        }
    }
}

fn bytes(
    stream: &Stream,
    level: Level,
    summary: &Summary,
) -> Result<BTreeMap<&'static str, Hex>, Failure> {
    let layout = stream.layout(level);
    let facets = stream.spec().facets.iter();
    facets
        .map(|facet| {
            let bytes = layout.encode(summary, facet).map_err(of_facet)?;
            Ok((facet.name(), bytes.into()))
        })
        .collect()
}
