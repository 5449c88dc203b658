//! Descriptions of streams.

mod refused;
mod vendor;

use freehold_model::{Facet, Level, Sampling, Sensitivity, StreamSpec, wire::to_bytes};
use serde::{Deserialize, Serialize};

pub(super) use vendor::text_stream;

use super::described::{spec, stream};
use crate::vectors::{Big, Cases, Failure, Hex, Operation};

pub(super) struct Description;

#[derive(Serialize, Deserialize)]
pub(super) struct DescriptionInput {
    description: Hex,
}

#[derive(Serialize)]
pub(super) struct DescriptionOutput {
    id: Hex,
    kind: String,
    value_kind: &'static str,
    unit: String,
    scale: &'static str,
    states: Vec<String>,
    exponent: i8,
    zone: String,
    chunk_minutes: u16,
    levels: Vec<&'static str>,
    facets: Vec<&'static str>,
    edges: Vec<Big<i64>>,
    sensitivity: &'static str,
    late_ms: u32,
    interval_ms: Option<u32>,
    min: Big<i64>,
    max: Big<i64>,
}

impl Operation for Description {
    const NAME: &'static str = "model/description";
    const ABOUT: &'static str = "What a stream is.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("description", "the bytes"),
        ("id", "of the stream"),
        ("kind", "its kind's name"),
        (
            "value_kind",
            "gauge, counter, interval, bool, enum, location or text",
        ),
        ("unit", "of its kind"),
        ("scale", "linear, logarithmic or circular"),
        ("states", "their names in order; of truths false and true"),
        ("exponent", "of its numbers"),
        ("zone", "IANA zone"),
        ("chunk_minutes", "length of a raw slot"),
        ("levels", "by name, finest first"),
        ("facets", "of its summaries, by name, in order"),
        ("edges", "of its distribution, at its exponent"),
        ("sensitivity", "by name"),
        ("late_ms", "how long a slot waits for late readings"),
        (
            "interval_ms",
            "about how far apart readings are; null when that is unknown, or when they come on change",
        ),
        ("min", "the least plausible number, at its exponent"),
        ("max", "the greatest"),
    ];
    type Input = DescriptionInput;
    type Output = DescriptionOutput;

    fn run(input: DescriptionInput) -> Result<DescriptionOutput, Failure> {
        let stream = stream(&input.description)?;
        let (spec, kind) = (stream.spec(), stream.kind());
        let (min, max) = spec.range();
        Ok(DescriptionOutput {
            id: spec.id.as_bytes().into(),
            kind: kind.name().into(),
            value_kind: kind.value_kind().name(),
            unit: kind.unit().into(),
            scale: kind.scale().name(),
            states: kind.states().iter().map(ToString::to_string).collect(),
            exponent: spec.exponent,
            zone: spec.zone.clone(),
            chunk_minutes: spec.chunk_minutes,
            levels: spec.levels.iter().map(Level::name).collect(),
            facets: spec.facets.iter().map(Facet::name).collect(),
            edges: spec.edges.iter().copied().map(Big).collect(),
            sensitivity: spec.sensitivity.name(),
            late_ms: spec.late_ms,
            interval_ms: match spec.sampling {
                Sampling::Every(ms) => Some(ms),
                Sampling::Unknown | Sampling::OnChange => None,
            },
            min: Big(min),
            max: Big(max),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        accepted(cases);
        refused::misdeclared(cases);
        refused::misspelt(cases);
        vendor::cases(cases);
    }
}

fn accepted(cases: &mut Cases<'_, Description>) {
    for (name, rules, about, spec) in [
        (
            "gauge",
            &["model-29", "model-18"][..],
            "a kind of the registry as it is",
            spec("air_temperature"),
        ),
        (
            "finer",
            &["model-18"],
            "at a finer exponent, edges and plausible range with it",
            spec("air_temperature").exponent(-4).unwrap(),
        ),
        (
            "counter",
            &["model-23"],
            "a counter, which may have an index",
            spec("energy_imported"),
        ),
        (
            "logarithmic",
            &["model-22", "model-23"],
            "decibels have extremes and no totals",
            spec("sound_pressure_level"),
        ),
        (
            "circular",
            &["model-22", "model-23"],
            "directions have a distribution alone",
            spec("wind_direction"),
        ),
        (
            "truth",
            &["model-23"],
            "a truth has two states",
            spec("motion"),
        ),
        (
            "states",
            &["model-23"],
            "a kind with states",
            spec("hvac_mode"),
        ),
        (
            "raw-alone",
            &["model-18", "model-23"],
            "readings alone, and no facet of summaries",
            spec("position").levels([Level::Raw]),
        ),
        (
            "month-alone",
            &["model-18"],
            "one level",
            spec("air_temperature")
                .levels([Level::Month])
                .facets([Facet::Totals]),
        ),
        (
            "stricter",
            &["model-18", "model-13"],
            "stricter than its kind",
            StreamSpec {
                sensitivity: Sensitivity::Health,
                ..spec("air_temperature")
            },
        ),
        (
            "longest",
            &["model-6", "model-19"],
            "chunks of a day, late by 31 days",
            StreamSpec {
                late_ms: 31 * 86_400_000,
                ..spec("air_temperature")
            },
        ),
        (
            "chunk-of-a-minute",
            &["model-6"],
            "chunks of a minute, a reading every second",
            spec("air_temperature").every_ms(1000).chunk_minutes(1),
        ),
        (
            "on-change",
            &["model-29"],
            "readings on change",
            StreamSpec {
                sampling: Sampling::OnChange,
                ..spec("motion")
            },
        ),
        (
            "own-edges",
            &["model-18"],
            "one edge instead of the kind's",
            StreamSpec {
                edges: vec![0],
                ..spec("air_temperature")
            },
        ),
    ] {
        cases.accept(name, rules, about, of(&spec));
    }
}

fn of(spec: &StreamSpec) -> DescriptionInput {
    DescriptionInput {
        description: to_bytes(spec).into(),
    }
}
