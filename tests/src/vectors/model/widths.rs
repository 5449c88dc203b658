//! Widths of facets.

use std::collections::BTreeMap;

use freehold_model::{Level, Sensitivity, StreamSpec, wire::to_bytes};
use serde::{Deserialize, Serialize};

use super::{
    described::{spec, stream},
    level,
};
use crate::vectors::{Cases, Failure, Hex, Operation};

pub(super) struct Widths;

#[derive(Serialize, Deserialize)]
pub(super) struct WidthsInput {
    description: Hex,
    level: String,
}

#[derive(Serialize)]
pub(super) struct WidthsOutput {
    widths: BTreeMap<&'static str, usize>,
}

impl Operation for Widths {
    const NAME: &'static str = "model/widths";
    const ABOUT: &'static str = "The widths of the facets of a level.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("description", "of the stream"),
        ("level", "of summaries"),
        ("widths", "bytes of each facet that the stream has"),
    ];
    type Input = WidthsInput;
    type Output = WidthsOutput;

    fn run(input: WidthsInput) -> Result<WidthsOutput, Failure> {
        let (stream, level) = (stream(&input.description)?, level(&input.level)?);
        if level == Level::Raw {
            return Err(Failure::Kind);
        }
        let layout = stream.layout(level);
        let facets = stream.spec().facets.iter();
        Ok(WidthsOutput {
            widths: facets
                .map(|facet| (facet.name(), layout.width(facet)))
                .collect(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |spec: &StreamSpec, level: &str| WidthsInput {
            description: to_bytes(spec).into(),
            level: level.into(),
        };
        let levels = [
            "minute",
            "quarter-hour",
            "half-hour",
            "hour",
            "day",
            "month",
        ];
        for (names, about, kind) in [
            (
                [
                    "temperature-minute",
                    "temperature-quarter-hour",
                    "temperature-half-hour",
                    "temperature-hour",
                    "temperature-day",
                    "temperature-month",
                ],
                "of a class whose widths hold what is usual",
                "air_temperature",
            ),
            (
                [
                    "counter-minute",
                    "counter-quarter-hour",
                    "counter-half-hour",
                    "counter-hour",
                    "counter-day",
                    "counter-month",
                ],
                "of a class whose widths hold all that is plausible",
                "energy_imported",
            ),
            (
                [
                    "motion-minute",
                    "motion-quarter-hour",
                    "motion-half-hour",
                    "motion-hour",
                    "motion-day",
                    "motion-month",
                ],
                "of two states, of a class whose widths hold all that is plausible",
                "motion",
            ),
        ] {
            for (name, level) in names.into_iter().zip(levels) {
                cases.accept(name, &["model-26"], about, input(&spec(kind), level));
            }
        }
        let stricter = StreamSpec {
            sensitivity: Sensitivity::Presence,
            ..spec("air_temperature")
        };
        let health = StreamSpec {
            sensitivity: Sensitivity::Health,
            ..spec("air_temperature")
        };
        let decibels = spec("sound_pressure_level");
        for (name, about, spec) in [
            (
                "declared-presence",
                "a stream that was declared of the class presence",
                &stricter,
            ),
            (
                "declared-health",
                "of the class health they are the usual ones",
                &health,
            ),
            ("decibels", "extremes and a distribution", &decibels),
        ] {
            cases.accept(name, &["model-26"], about, input(spec, "hour"));
        }
        cases.refuse(
            "raw",
            &["model-23"],
            "raw has chunks",
            input(&spec("motion"), "raw"),
            Failure::Kind,
        );
    }
}
