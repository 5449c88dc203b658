//! What may be computed of a kind.

use freehold_model::{Kind, Statistic};
use serde::{Deserialize, Serialize};

use crate::vectors::{Cases, Failure, Operation};

pub(super) struct StatisticOf;

#[derive(Serialize, Deserialize)]
pub(super) struct StatisticInput {
    kind: String,
    statistic: String,
}

#[derive(Serialize)]
pub(super) struct Nothing {}

impl Operation for StatisticOf {
    const NAME: &'static str = "model/statistic";
    const ABOUT: &'static str = "Whether a statistic may be computed of a kind.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("kind", "a kind of the registry"),
        (
            "statistic",
            "sum, mean, stddev, min, max, first, last, distribution or index",
        ),
    ];
    type Input = StatisticInput;
    type Output = Nothing;

    fn run(input: StatisticInput) -> Result<Nothing, Failure> {
        let kind = Kind::registered(&input.kind).ok_or(Failure::Unknown)?;
        let statistic: Statistic = input.statistic.parse().map_err(|_| Failure::Unknown)?;
        if kind.allows(statistic) {
            Ok(Nothing {})
        } else {
            Err(Failure::Kind)
        }
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |kind: &str, statistic: &str| StatisticInput {
            kind: kind.into(),
            statistic: statistic.into(),
        };
        for (name, about, kind, statistic) in [
            (
                "mean-of-a-gauge",
                "degrees have a mean",
                "air_temperature",
                "mean",
            ),
            (
                "deviation-of-an-interval",
                "energies of intervals have a deviation",
                "energy_interval",
                "stddev",
            ),
            ("sum-of-an-interval", "and a sum", "energy_interval", "sum"),
            (
                "sum-of-a-counter",
                "a counter has the sum of its increments",
                "energy_imported",
                "sum",
            ),
            (
                "index-of-a-counter",
                "and an index",
                "energy_imported",
                "index",
            ),
            (
                "max-of-decibels",
                "decibels have a greatest",
                "sound_pressure_level",
                "max",
            ),
            (
                "distribution-of-directions",
                "directions have a distribution",
                "wind_direction",
                "distribution",
            ),
            (
                "distribution-of-truths",
                "so have truths",
                "motion",
                "distribution",
            ),
        ] {
            cases.accept(name, &["model-22"], about, input(kind, statistic));
        }
        for (name, about, kind, statistic) in [
            (
                "sum-of-a-gauge",
                "degrees do not add",
                "air_temperature",
                "sum",
            ),
            (
                "index-of-a-gauge",
                "nor do they count",
                "air_temperature",
                "index",
            ),
            (
                "mean-of-a-counter",
                "increments are as long as the times between readings",
                "energy_imported",
                "mean",
            ),
            (
                "index-of-an-interval",
                "an interval has no index",
                "energy_interval",
                "index",
            ),
            (
                "mean-of-decibels",
                "a mean of logarithms is no mean",
                "sound_pressure_level",
                "mean",
            ),
            (
                "sum-of-decibels",
                "nor is their sum one",
                "sound_pressure_level",
                "sum",
            ),
            (
                "mean-of-directions",
                "directions come round",
                "wind_direction",
                "mean",
            ),
            (
                "max-of-directions",
                "and have no greatest",
                "wind_direction",
                "max",
            ),
            ("mean-of-truths", "truths are no numbers", "motion", "mean"),
            ("first-of-states", "nor are states", "hvac_mode", "first"),
            (
                "distribution-of-points",
                "points have no bins",
                "position",
                "distribution",
            ),
        ] {
            cases.refuse(
                name,
                &["model-22"],
                about,
                input(kind, statistic),
                Failure::Kind,
            );
        }
    }
}
