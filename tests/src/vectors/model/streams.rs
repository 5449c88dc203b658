//! Descriptions of streams, and what follows from a kind.

use freehold_model::{
    Facet, Facets, Id, Kind, Level, Levels, Sampling, Scale, Sensitivity, Statistic, StreamSpec,
    ValueKind, VendorKind, household::is_name, wire::to_bytes,
};
use serde::{Deserialize, Serialize};

use super::{
    described::{described, spec, stream},
    level,
};
use crate::vectors::{Big, Cases, Entry, Failure, Hex, Operation, entry};

pub(super) fn operations() -> Vec<Entry> {
    vec![
        entry::<Description>(),
        entry::<StatisticOf>(),
        entry::<Widths>(),
        entry::<Name>(),
    ]
}

struct Description;

#[derive(Serialize, Deserialize)]
struct DescriptionInput {
    description: Hex,
}

#[derive(Serialize)]
struct DescriptionOutput {
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
        misdeclared(cases);
        misspelt(cases);
        vendors(cases);
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

/// A field of the declaration that breaks a rule.
fn misdeclared(cases: &mut Cases<'_, Description>) {
    let warm = || spec("air_temperature");
    for (name, rules, about, spec) in [
        (
            "coarser",
            &["model-18"][..],
            "an exponent coarser than the kind's",
            StreamSpec {
                exponent: -1,
                ..warm()
            },
        ),
        (
            "too-fine",
            &["model-18"],
            "an exponent below -9",
            StreamSpec {
                exponent: -10,
                ..warm()
            },
        ),
        (
            "unknown-zone",
            &["model-29"],
            "a zone that nobody knows",
            StreamSpec {
                zone: "Europe/Londn".into(),
                ..warm()
            },
        ),
        (
            "zone-in-small-letters",
            &["model-29"],
            "a zone spelt in another way than the database's",
            StreamSpec {
                zone: "europe/london".into(),
                ..warm()
            },
        ),
        (
            "no-zone",
            &["model-29"],
            "a zone without a name",
            StreamSpec {
                zone: String::new(),
                ..warm()
            },
        ),
        (
            "chunk-of-nothing",
            &["model-6"],
            "chunks of no minute",
            warm().chunk_minutes(0),
        ),
        (
            "chunk-over-a-day",
            &["model-6"],
            "chunks of 1,441 minutes",
            warm().chunk_minutes(1441),
        ),
        (
            "no-level",
            &["model-18"],
            "no level",
            warm().levels(Levels::EMPTY),
        ),
        (
            "no-facet",
            &["model-18"],
            "summaries without a facet",
            warm().facets(Facets::EMPTY),
        ),
        (
            "readings-of-summaries",
            &["model-23"],
            "the facet of raw among those of summaries",
            warm().facets([Facet::Readings, Facet::Totals]),
        ),
        (
            "totals-of-decibels",
            &["model-22", "model-23"],
            "totals of a logarithmic kind",
            spec("sound_pressure_level").facets([Facet::Totals]),
        ),
        (
            "extremes-of-directions",
            &["model-22", "model-23"],
            "extremes of a circular kind",
            spec("wind_direction").facets([Facet::Extremes]),
        ),
        (
            "totals-of-truths",
            &["model-22", "model-23"],
            "totals of truths",
            spec("motion").facets([Facet::Totals]),
        ),
        (
            "index-of-a-gauge",
            &["model-22", "model-23"],
            "an index of what is no counter",
            warm().facets([Facet::Index]),
        ),
        (
            "index-of-an-interval",
            &["model-22", "model-23"],
            "nor is an interval one",
            spec("energy_interval").facets([Facet::Index]),
        ),
        (
            "distribution-of-points",
            &["model-22", "model-23"],
            "a distribution of points",
            spec("position").facets([Facet::Distribution]),
        ),
        (
            "edges-unsorted",
            &["model-18"],
            "edges that do not ascend",
            StreamSpec {
                edges: vec![10, 0],
                ..warm()
            },
        ),
        (
            "edges-alike",
            &["model-18"],
            "an edge twice",
            StreamSpec {
                edges: vec![10, 10],
                ..warm()
            },
        ),
        (
            "edges-sixteen",
            &["model-18"],
            "an edge too many",
            StreamSpec {
                edges: (0..16).collect(),
                ..warm()
            },
        ),
        (
            "edges-gone",
            &["model-18"],
            "no edges where the kind has some",
            StreamSpec {
                edges: vec![],
                ..warm()
            },
        ),
        (
            "edges-of-truths",
            &["model-18"],
            "edges where the kind has none",
            StreamSpec {
                edges: vec![1],
                ..spec("motion")
            },
        ),
        (
            "milder",
            &["model-18", "model-13"],
            "milder than its kind",
            StreamSpec {
                sensitivity: Sensitivity::Presence,
                ..spec("heart_rate")
            },
        ),
        (
            "too-late",
            &["model-19"],
            "a millisecond more than 31 days late",
            StreamSpec {
                late_ms: 31 * 86_400_000 + 1,
                ..warm()
            },
        ),
    ] {
        cases.refuse(name, rules, about, of(&spec), Failure::Malformed);
    }
}

/// Bytes that are not the canonical ones of a declaration.
fn misspelt(cases: &mut Cases<'_, Description>) {
    let whole = described("air_temperature").0;
    // id, 0, 15 and the name, exponent, 13 and the zone, chunk length, levels, facets
    let (kind, exponent) = (16, 33);
    let (zone, chunk) = (34, 48);
    assert_eq!(
        (whole[kind], whole[zone], whole[chunk..][..2].to_vec()),
        (0, 13, vec![0xa0, 0x0b])
    );
    let with = |place: usize, old: usize, new: &[u8]| {
        let mut bytes = whole.clone();
        bytes.splice(place..place + old, new.iter().copied());
        bytes
    };
    for (name, about, bytes, failure) in [
        ("empty", "no byte", vec![], Failure::Malformed),
        (
            "cut",
            "the last byte is missing",
            whole[..whole.len() - 1].to_vec(),
            Failure::Malformed,
        ),
        (
            "trailing",
            "a byte follows",
            [&whole[..], &[0]].concat(),
            Failure::NotCanonical,
        ),
        (
            "overlong-length",
            "the length of the kind's name in two bytes",
            with(kind + 1, 1, &[0x8f, 0x00]),
            Failure::NotCanonical,
        ),
        (
            "overlong-chunk",
            "the chunk length in three bytes",
            with(chunk, 2, &[0xa0, 0x8b, 0x00]),
            Failure::NotCanonical,
        ),
        (
            "overlong-variant",
            "the number of the kind's form in two bytes",
            with(kind, 1, &[0x80, 0x00]),
            Failure::NotCanonical,
        ),
        (
            "over-16-bits",
            "a chunk length of 2^16",
            with(chunk, 2, &[0x80, 0x80, 0x04]),
            Failure::Malformed,
        ),
        (
            "unknown-form",
            "a third form of kinds",
            with(kind, 1, &[2]),
            Failure::Malformed,
        ),
        (
            "unknown-kind",
            "a name that the registry does not have",
            with(kind + 2, 1, b"b"),
            Failure::Malformed,
        ),
        (
            "not-utf-8",
            "a zone that is no text",
            with(zone + 1, 1, &[0xff]),
            Failure::Malformed,
        ),
        (
            "unknown-level",
            "an eighth level",
            with(chunk + 2, 1, &[0x80]),
            Failure::Malformed,
        ),
        (
            "unknown-facet",
            "a sixth facet",
            with(chunk + 3, 1, &[0x2e]),
            Failure::Malformed,
        ),
        (
            "unknown-sampling",
            "a fourth way of sampling",
            with(whole.len() - 1, 1, &[3]),
            Failure::Malformed,
        ),
        (
            "unknown-sensitivity",
            "an eighth class",
            with(whole.len() - 3, 1, &[7]),
            Failure::Malformed,
        ),
        (
            "positive-exponent",
            "an exponent of 126",
            with(exponent, 1, &[126]),
            Failure::Malformed,
        ),
    ] {
        cases.refuse(
            name,
            &["model-29"],
            about,
            DescriptionInput {
                description: bytes.into(),
            },
            failure,
        );
    }
}

/// Kinds of a vendor.
fn vendors(cases: &mut Cases<'_, Description>) {
    let flow = || VendorKind {
        unit: "m3/h".into(),
        exponent: -3,
        sensitivity: Sensitivity::Device,
        edges: vec![0, 10],
        range: Some((-5, 1000)),
        description: "What flows".into(),
        ..VendorKind::new("acme:flow", ValueKind::Gauge)
    };
    let mode = |states: &[&str]| VendorKind {
        states: states.iter().map(|&state| state.into()).collect(),
        range: Some((0, 1)),
        ..VendorKind::new("acme:mode", ValueKind::Enum)
    };
    for (name, about, kind) in [
        ("vendor", "a vendor's own kind with all its fields", flow()),
        (
            "vendor-states",
            "with states, of the strictest class",
            mode(&["off", "on", "stand_by"]),
        ),
        (
            "vendor-circular",
            "with another scale",
            VendorKind {
                scale: Scale::Circular,
                ..flow()
            },
        ),
    ] {
        cases.accept(name, &["model-14", "model-29"], about, of_vendor(&kind));
    }
    let many: Vec<String> = (0..65).map(|state| format!("s{state}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (name, about, kind) in [
        (
            "vendor-without-colon",
            "a name without a vendor",
            VendorKind {
                name: "flow".into(),
                ..flow()
            },
        ),
        (
            "vendor-two-colons",
            "a name of three parts",
            VendorKind {
                name: "acme:flow:in".into(),
                ..flow()
            },
        ),
        (
            "vendor-capital",
            "a capital letter",
            VendorKind {
                name: "Acme:flow".into(),
                ..flow()
            },
        ),
        (
            "vendor-nobody",
            "no vendor before the colon",
            VendorKind {
                name: ":flow".into(),
                ..flow()
            },
        ),
        (
            "vendor-long-name",
            "a name of 65 bytes",
            VendorKind {
                name: format!("acme:{}", "f".repeat(60)),
                ..flow()
            },
        ),
        (
            "vendor-no-unit",
            "no unit, not even 1",
            VendorKind {
                unit: String::new(),
                ..flow()
            },
        ),
        (
            "vendor-unit-with-space",
            "a unit with a space",
            VendorKind {
                unit: "m3 / h".into(),
                ..flow()
            },
        ),
        (
            "vendor-exponent",
            "an exponent below -9",
            VendorKind {
                exponent: -10,
                ..flow()
            },
        ),
        (
            "vendor-great-exponent",
            "one above 9",
            VendorKind {
                exponent: 10,
                ..flow()
            },
        ),
        (
            "vendor-edges",
            "edges that do not ascend",
            VendorKind {
                edges: vec![10, 0],
                ..flow()
            },
        ),
        (
            "vendor-many-edges",
            "16 edges",
            VendorKind {
                edges: (0..16).collect(),
                ..flow()
            },
        ),
        (
            "vendor-edges-of-states",
            "edges of a kind with states",
            VendorKind {
                edges: vec![1],
                ..mode(&["off"])
            },
        ),
        (
            "vendor-no-range",
            "no plausible range",
            VendorKind {
                range: None,
                ..flow()
            },
        ),
        (
            "vendor-empty-range",
            "a plausible range from 5 to 5",
            VendorKind {
                range: Some((5, 5)),
                ..flow()
            },
        ),
        (
            "vendor-description",
            "a line break in the description",
            VendorKind {
                description: "a\nb".into(),
                ..flow()
            },
        ),
        (
            "vendor-long-description",
            "257 bytes of description",
            VendorKind {
                description: "x".repeat(257),
                ..flow()
            },
        ),
        ("vendor-no-states", "an enum without states", mode(&[])),
        (
            "vendor-states-of-numbers",
            "states of numbers",
            VendorKind {
                states: vec!["off".into()],
                ..flow()
            },
        ),
        ("vendor-state-twice", "a state twice", mode(&["off", "off"])),
        (
            "vendor-state-with-dash",
            "a state that is no word",
            mode(&["stand-by"]),
        ),
        ("vendor-many-states", "65 states", mode(&many)),
    ] {
        cases.refuse(
            name,
            &["model-14", "model-29"],
            about,
            of_vendor(&kind),
            Failure::Malformed,
        );
    }
}

fn of(spec: &StreamSpec) -> DescriptionInput {
    DescriptionInput {
        description: to_bytes(spec).into(),
    }
}

/// The description of a raw stream of texts.
pub(super) fn text_stream() -> Hex {
    let kind = VendorKind {
        range: Some((0, 1)),
        ..VendorKind::new("acme:note", ValueKind::Text)
    };
    of_vendor(&kind).description
}

/// The description of a stream of this kind, whether or not there may be one.
fn of_vendor(kind: &VendorKind) -> DescriptionInput {
    let number = matches!(kind.value_kind, ValueKind::Gauge);
    let fields = (
        Id::from_bytes([7; 16]),
        (1_u8, kind),
        kind.exponent,
        "Europe/London",
        60_u16,
        Levels::of(if number { Level::Hour } else { Level::Raw }),
        if number {
            Facets::of(Facet::Distribution)
        } else {
            Facets::EMPTY
        },
        &kind.edges,
        kind.sensitivity,
        0_u32,
        Sampling::Unknown,
    );
    DescriptionInput {
        description: to_bytes(&fields).into(),
    }
}

struct StatisticOf;

#[derive(Serialize, Deserialize)]
struct StatisticInput {
    kind: String,
    statistic: String,
}

#[derive(Serialize)]
struct Nothing {}

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

struct Widths;

#[derive(Serialize, Deserialize)]
struct WidthsInput {
    description: Hex,
    level: String,
}

#[derive(Serialize)]
struct WidthsOutput {
    widths: std::collections::BTreeMap<&'static str, usize>,
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

struct Name;

#[derive(Serialize, Deserialize)]
struct NameInput {
    text: String,
}

impl Operation for Name {
    const NAME: &'static str = "model/name";
    const ABOUT: &'static str = "Whether a text may be a name that people see.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[("text", "the name")];
    type Input = NameInput;
    type Output = Nothing;

    fn run(input: NameInput) -> Result<Nothing, Failure> {
        if is_name(&input.text) {
            Ok(Nothing {})
        } else {
            Err(Failure::Malformed)
        }
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let longest = "x".repeat(128);
        for (name, about, text) in [
            ("plain", "letters, a space, a digit", "Flat 4"),
            ("accents", "letters of any script", "Wohnung über dem Café"),
            ("longest", "128 bytes", longest.as_str()),
        ] {
            cases.accept(name, &["model-28"], about, NameInput { text: text.into() });
        }
        let long = format!("{longest}x");
        for (name, about, text) in [
            ("empty", "no byte", ""),
            ("blank", "white space alone", "  "),
            ("too-long", "129 bytes", long.as_str()),
            ("newline", "a line break", "a\nb"),
            ("nul", "a control character", "a\u{0}"),
            ("line-separator", "a line separator", "a\u{2028}b"),
            (
                "override",
                "text from here on runs backwards",
                "gp\u{202e}moc",
            ),
            ("isolate", "an isolate", "a\u{2067}b"),
            ("mark", "a right-to-left mark", "a\u{200f}"),
        ] {
            cases.refuse(
                name,
                &["model-28"],
                about,
                NameInput { text: text.into() },
                Failure::Malformed,
            );
        }
    }
}
