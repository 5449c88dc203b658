//! What the household signed, and no reader takes.

use super::{Read, hours, predecessor, signed};
use crate::vectors::{
    Cases, Failure,
    log::{
        example::writer,
        object::{Object, list, varint},
    },
};

/// What is not known, by a household that signed it.
pub(super) fn unknown(cases: &mut Cases<'_, Read>) {
    use Failure::{Malformed, NotCanonical, Version};
    let hours = hours();
    let cut = |bytes: &[u8], from| hours.with("writer", &bytes[from..]);
    let writer = writer().public_key().to_bytes();
    for (name, rule, about, object, failure) in [
        (
            "version-0",
            "log-3",
            "version 0",
            hours.with("version", [0]),
            Version,
        ),
        (
            "version-2",
            "log-3",
            "version 2",
            hours.with("version", [2]),
            Version,
        ),
        (
            "no-version",
            "log-3",
            "no first byte",
            hours.with("version", []),
            Malformed,
        ),
        (
            "suite-0",
            "seal-1",
            "no suite",
            hours.with("suite", [0]),
            Malformed,
        ),
        (
            "suite-3",
            "seal-1",
            "an unknown suite",
            hours.with("suite", [3]),
            Malformed,
        ),
        (
            "level-7",
            "log-1",
            "an unknown level",
            hours.with("level", [7]),
            Malformed,
        ),
        (
            "writer-2",
            "keys-18",
            "an unknown algorithm",
            cut(&[&[2], &writer[1..]].concat(), 0),
            Malformed,
        ),
        (
            "writer-short",
            "keys-18",
            "a writer's key of 31 bytes",
            cut(&writer, 1),
            Malformed,
        ),
        (
            "writer-long",
            "keys-18",
            "a writer's key of 33 bytes: the last is read as the option, and one is left",
            hours.with("writer", [&writer[..], &[0]].concat()),
            NotCanonical,
        ),
        (
            "option-2",
            "log-1",
            "an option of neither 00 nor 01",
            hours.with("predecessor", [2]),
            Malformed,
        ),
        (
            "option-missing",
            "log-1",
            "01 and no predecessor behind it",
            hours.with("predecessor", [1]),
            Malformed,
        ),
        (
            "option-not-taken",
            "log-1",
            "00 and a predecessor behind it",
            hours.with("predecessor", [&[0], &predecessor()[1..]].concat()),
            NotCanonical,
        ),
    ] {
        let object = if name == "no-version" {
            Object(Vec::new())
        } else {
            object
        };
        cases.refuse(name, &[rule], about, signed(&object), failure);
    }
}

pub(super) fn facets(cases: &mut Cases<'_, Read>) {
    use Failure::{Length, Malformed, NotCanonical};
    let facets = |facets: &[[u8; 1]]| hours().with("facets", list(facets));
    for (name, rule, about, object, failure) in [
        ("facets-none", "log-1", "no facet", facets(&[]), Malformed),
        (
            "facets-descending",
            "log-1",
            "extremes before totals",
            facets(&[[2], [1]]),
            NotCanonical,
        ),
        (
            "facets-repeated",
            "log-1",
            "totals twice",
            facets(&[[1], [1]]),
            NotCanonical,
        ),
        (
            "facet-5",
            "log-1",
            "an unknown facet",
            facets(&[[1], [5]]),
            Malformed,
        ),
        (
            "facets-five",
            "log-2",
            "five facets",
            facets(&[[0], [1], [2], [3], [4]]).with("level", [0]),
            Length,
        ),
        (
            "facets-readings",
            "model-23",
            "readings in a log of hours",
            facets(&[[0], [1]]),
            Malformed,
        ),
        (
            "raw-totals",
            "model-23",
            "a raw log without readings",
            facets(&[[1]]).with("level", [0]),
            Malformed,
        ),
        (
            "facets-bomb",
            "log-2",
            "a list of 2^32 - 1 facets, of which there are two",
            hours().with("facets", [0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2]),
            Malformed,
        ),
    ] {
        cases.refuse(name, &[rule], about, signed(&object), failure);
    }
}

/// Another encoding of a genesis, which the household signed.
pub(super) fn spellings(cases: &mut Cases<'_, Read>) {
    use Failure::{Malformed, NotCanonical};
    let hours = hours();
    let mut trailing = hours.clone();
    trailing.0.push(("", vec![0]));
    for (name, about, object, failure) in [
        ("trailing", "a byte after the end", trailing, NotCanonical),
        (
            "overlong-level",
            "the level in two bytes",
            hours.with("level", [0x84, 0]),
            NotCanonical,
        ),
        (
            "overlong-count",
            "the number of facets in two bytes",
            hours.with("facets", [0x82, 0, 1, 2]),
            NotCanonical,
        ),
        (
            "overlong-facet",
            "a facet in two bytes",
            hours.with("facets", [2, 0x81, 0, 2]),
            NotCanonical,
        ),
        (
            "overlong-incarnation",
            "the incarnation in two bytes",
            hours.with("incarnation", [0x80, 0]),
            NotCanonical,
        ),
        (
            "overlong-writer",
            "the writer's algorithm in two bytes",
            hours.with(
                "writer",
                [&[0x80], &writer().public_key().to_bytes()[..]].concat(),
            ),
            NotCanonical,
        ),
        (
            "large-incarnation",
            "an incarnation of 2^32",
            hours.with("incarnation", varint(1 << 32)),
            Malformed,
        ),
        (
            "cut",
            "without its last byte",
            hours.with("predecessor", []),
            Malformed,
        ),
    ] {
        cases.refuse(name, &["log-1"], about, signed(&object), failure);
    }
    let mut cut = signed(&hours);
    cut.start.genesis = hours.before("spec").into();
    let about = "what stands before the hash of the description";
    cases.refuse("half", &["log-1"], about, cut, Malformed);
}
