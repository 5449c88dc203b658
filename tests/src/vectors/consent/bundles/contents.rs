//! Streams, trees and extensions of which one is wrong.

use freehold_model::{Facet, Level};

use super::{LATER, Open, good, input, later};
use crate::vectors::{
    Cases, Failure,
    consent::{
        bundle::{LEASE, bundle, contents, cover, first, header, stream, tree, trees},
        people::{blob, stranger, text},
    },
    log::object::{Object, list, varint},
};

/// What it grants.
pub(super) fn grants(cases: &mut Cases<'_, Open>) {
    let of = |contents: Object| input(&[bundle(&first(), &contents)]);
    let streams = |streams: &[Vec<u8>]| of(contents(LATER).with("streams", list(streams)));
    let granted = |trees: &[Object]| {
        let trees: Vec<Vec<u8>> = trees.iter().map(Object::bytes).collect();
        of(contents(LATER).with("trees", list(&trees)))
    };
    let [raw, half_hours] = trees(LATER);
    let own = stream().bytes();
    // The id is the first sixteen bytes of the description.
    let description = stream().0[1].1.clone();
    let other = stream()
        .with("description", [&[2; 16], &description[16..]].concat())
        .bytes();
    let zone: Vec<u8> = description
        .iter()
        .map(|byte| if *byte == b'/' { b'-' } else { *byte })
        .collect();
    let nodes = |nodes: &[u8]| granted(&[raw.clone(), half_hours.with("nodes", blob(nodes))]);
    let cover = cover(3, Level::HalfHour, Facet::Totals, LATER).to_bytes();
    for (name, rules, about, case, failure) in [
        (
            "no-streams",
            &["consent-24"][..],
            "the token's stream is not described",
            streams(&[]),
            Failure::Beyond,
        ),
        (
            "two-streams",
            &["consent-24"],
            "a stream that the token does not have",
            streams(&[own.clone(), other.clone()]),
            Failure::Beyond,
        ),
        (
            "other-stream",
            &["consent-24"],
            "another stream",
            streams(&[other]),
            Failure::Beyond,
        ),
        (
            "stream-twice",
            &["consent-24"],
            "the stream twice",
            streams(&[own.clone(), own.clone()]),
            Failure::Beyond,
        ),
        (
            "other-zone",
            &["model-29"],
            "a stream in a zone that nobody knows",
            streams(&[stream().with("description", zone).bytes()]),
            Failure::Malformed,
        ),
        (
            "unclean-label",
            &["consent-4"],
            "a label of two lines",
            streams(&[stream().with("label", text("a\nb")).bytes()]),
            Failure::Malformed,
        ),
        (
            "no-label",
            &["consent-4"],
            "no label",
            streams(&[stream().with("label", text("")).bytes()]),
            Failure::Malformed,
        ),
        (
            "log-of-level-7",
            &["consent-1"],
            "a log of a level after the last",
            streams(&[stream()
                .with(
                    "logs",
                    list(&[[&[8; 16][..], &[7, 0], &stranger().public_key().to_bytes()].concat()]),
                )
                .bytes()]),
            Failure::Malformed,
        ),
        (
            "other-level",
            &["consent-24"],
            "a tree of days",
            granted(&[
                raw.clone(),
                half_hours.clone(),
                half_hours.with("level", [5]),
            ]),
            Failure::Beyond,
        ),
        (
            "other-facet",
            &["consent-24"],
            "a tree of extremes",
            granted(&[
                raw.clone(),
                half_hours.clone(),
                half_hours.with("facet", [2]),
            ]),
            Failure::Beyond,
        ),
        (
            "readings-of-half-hours",
            &["consent-24"],
            "a tree of readings of half hours",
            granted(&[raw.clone(), half_hours.with("facet", [0])]),
            Failure::Beyond,
        ),
        (
            "place",
            &["consent-24"],
            "a tree of the second of one stream",
            granted(&[raw.clone(), half_hours.with("stream", varint(1))]),
            Failure::Beyond,
        ),
        (
            "unsorted",
            &["consent-24"],
            "raw after half hours",
            granted(&[half_hours.clone(), raw.clone()]),
            Failure::NotCanonical,
        ),
        (
            "tree-twice",
            &["consent-24"],
            "a tree twice",
            granted(&[raw.clone(), raw.clone()]),
            Failure::NotCanonical,
        ),
        (
            "generations-unsorted",
            &["consent-24"],
            "a newer generation first",
            granted(&[half_hours.with("generation", varint(1)), half_hours.clone()]),
            Failure::NotCanonical,
        ),
        (
            "level-7",
            &["consent-1"],
            "a tree of a level after the last",
            granted(&[raw.with("level", [7])]),
            Failure::Malformed,
        ),
        (
            "facet-5",
            &["consent-1"],
            "a tree of a facet after the last",
            granted(&[raw.with("facet", [5])]),
            Failure::Malformed,
        ),
        (
            "node-cut",
            &["consent-24"],
            "nodes without their last byte",
            nodes(&cover[..cover.len() - 1]),
            Failure::Length,
        ),
        (
            "nodes-of-another-depth",
            &["consent-24"],
            "nodes of a tree of depth 17 in one of depth 13",
            granted(&[half_hours.with("nodes", raw.0[5].1.clone())]),
            Failure::Position,
        ),
        (
            "nodes-twice",
            &["consent-24"],
            "nodes that stand twice",
            nodes(&[&cover[..], &cover[..]].concat()),
            Failure::Order,
        ),
    ] {
        cases.refuse(name, rules, about, case, failure);
    }
}

/// Extensions.
pub(super) fn extensions(cases: &mut Cases<'_, Open>) {
    let of = |second: Vec<u8>| input(&[good(), second]);
    let other_root = |level, facet| {
        let nodes = cover(4, level, facet, LATER + LEASE).to_bytes();
        tree(level, facet, LATER + LEASE)
            .with("nodes", blob(&nodes))
            .bytes()
    };
    let conflicting =
        contents(LATER).with("trees", list(&[other_root(Level::Raw, Facet::Readings)]));
    for (name, about, case, failure) in [
        (
            "repeated",
            "the first once more",
            of(good()),
            Failure::Repeated,
        ),
        (
            "same-seq",
            "another bundle of the same seq",
            of(bundle(
                &header(0, LATER, LATER + LEASE),
                &contents(LATER + LEASE),
            )),
            Failure::Repeated,
        ),
        (
            "older",
            "the extension first",
            input(&[later(), good()]),
            Failure::Repeated,
        ),
        (
            "conflicting",
            "a tree of another root under the same name",
            of(bundle(&header(1, LATER, LATER + LEASE), &conflicting)),
            Failure::Conflict,
        ),
        (
            "extension-of-another",
            "of another consent",
            of(bundle(
                &header(1, LATER, LATER + LEASE).with("token", [6; 32]),
                &contents(LATER),
            )),
            Failure::OtherToken,
        ),
        (
            "extension-too-far",
            "a horizon of two leases",
            of(bundle(
                &header(1, LATER, LATER + 2 * LEASE),
                &contents(LATER),
            )),
            Failure::Beyond,
        ),
    ] {
        cases.refuse(name, &["consent-24", "consent-21"], about, case, failure);
    }
}
