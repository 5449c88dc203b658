//! Descriptions that break a rule, and bytes that are no description.

use freehold_model::{Facet, Facets, Levels, Sensitivity, StreamSpec};

use super::{Description, DescriptionInput, of, spec};
use crate::vectors::{Cases, Failure, model::described::described};

/// A field of the declaration that breaks a rule.
pub(super) fn misdeclared(cases: &mut Cases<'_, Description>) {
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
pub(super) fn misspelt(cases: &mut Cases<'_, Description>) {
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
