//! Numbers in another spelling or out of their type, and headers that are cut off.

use super::{Input, Read, fixed, hours, input};
use crate::vectors::{
    Cases, Failure,
    log::object::{list, varint},
};

/// One field, spelled in another way or out of its type.
pub(super) fn refused(cases: &mut Cases<'_, Read>) {
    use Failure::{Malformed, NotCanonical, Version};
    let hours = hours();
    let first = |field: &[u8]| hours.with("runs", list(&[[field, &[60, 1, 0]].concat()]));
    let last = |field: &[u8]| hours.with("runs", list(&[[&[60, 60, 1], field].concat()]));
    for (name, about, object, failure) in [
        (
            "version-0",
            "version 0",
            hours.with("version", [0]),
            Version,
        ),
        (
            "version-2",
            "version 2",
            hours.with("version", [2]),
            Version,
        ),
        (
            "overlong-seq",
            "seq 0 in two bytes",
            hours.with("seq", [0x80, 0]),
            NotCanonical,
        ),
        (
            "overlong-epoch",
            "epoch 0 in two bytes",
            hours.with("epoch", [0x80, 0]),
            NotCanonical,
        ),
        (
            "overlong-generation",
            "generation 1 in three bytes",
            hours.with("generation", [0x81, 0x80, 0]),
            NotCanonical,
        ),
        (
            "overlong-count",
            "a run in two bytes",
            hours.with("runs", [0x81, 0, 60, 60, 1, 0]),
            NotCanonical,
        ),
        (
            "overlong-skip",
            "a skip in two bytes",
            first(&[0xbc, 0]),
            NotCanonical,
        ),
        (
            "overlong-part",
            "a part in two bytes",
            last(&[0x80, 0]),
            NotCanonical,
        ),
        (
            "overlong-facets",
            "a facet in two bytes",
            hours.with("lengths", [&[0x81, 0], &fixed(25)[..]].concat()),
            NotCanonical,
        ),
        (
            "overlong-variant",
            "variant 0 in two bytes",
            hours.with("lengths", [1, 0x80, 0, 25]),
            NotCanonical,
        ),
        (
            "overlong-length",
            "a length in two bytes",
            hours.with("lengths", [1, 0, 0x99, 0]),
            NotCanonical,
        ),
        (
            "large-seq",
            "a seq of 2^64",
            hours.with("seq", [&[0x80; 9][..], &[2]].concat()),
            Malformed,
        ),
        (
            "long-seq",
            "a seq in eleven bytes",
            hours.with("seq", [&[0x80; 10][..], &[0]].concat()),
            Malformed,
        ),
        (
            "large-epoch",
            "an epoch of 2^31",
            hours.with("epoch", varint(1 << 32)),
            Malformed,
        ),
        (
            "large-generation",
            "a generation of 2^32",
            hours.with("generation", varint(1 << 32)),
            Malformed,
        ),
        (
            "large-skip",
            "a skip of 2^32",
            first(&varint(1 << 32)),
            Malformed,
        ),
        (
            "large-part",
            "a part of 2^16",
            last(&varint(1 << 16)),
            Malformed,
        ),
        (
            "large-length",
            "a short length of 2^16",
            hours.with("lengths", [&[1, 0], &varint(1 << 16)[..]].concat()),
            Malformed,
        ),
        (
            "short-body",
            "a body hash of 31 bytes",
            hours.with("body", [0x55; 31]),
            Malformed,
        ),
        (
            "long-body",
            "a body hash of 33 bytes",
            hours.with("body", [0x55; 33]),
            NotCanonical,
        ),
    ] {
        cases.refuse(name, &["log-1", "log-3"], about, input(&object), failure);
    }
    let mut refuse = |name, about, header: Vec<u8>| {
        let header = header.into();
        cases.refuse(name, &["log-1"], about, Input { header }, Malformed);
    };
    refuse("none", "no bytes", vec![]);
    refuse(
        "version-alone",
        "the version and nothing else",
        hours.before("seq"),
    );
    refuse(
        "no-runs",
        "what stands before the runs",
        hours.before("runs"),
    );
    refuse(
        "no-lengths",
        "what stands before the lengths",
        hours.before("lengths"),
    );
    refuse(
        "no-body",
        "what stands before the body hash",
        hours.before("body"),
    );
}
