//! Cases of `consent/token`: its fields but for the scope.

use super::{
    people::{JUNE, window},
    token::{Read, with},
};
use crate::vectors::{
    Cases, Failure,
    log::object::{list, varint},
};

pub(super) fn cases(cases: &mut Cases<'_, Read>) {
    fields(cases);
    caveats(cases);
}

fn fields(cases: &mut Cases<'_, Read>) {
    for (name, rules, about, field, bytes, failure) in [
        (
            "suite-0",
            &["consent-12"][..],
            "a suite that there is none of",
            "suite",
            vec![0],
            Failure::Malformed,
        ),
        (
            "suite-3",
            &["consent-12"],
            "a suite after the last",
            "suite",
            vec![3],
            Failure::Malformed,
        ),
        (
            "algorithm-2",
            &["consent-10"],
            "a key of an unknown algorithm",
            "grantor",
            [&[2], &[1; 32][..]].concat(),
            Failure::Malformed,
        ),
        (
            "role-3",
            &["consent-12"],
            "a role after the last",
            "how",
            vec![3],
            Failure::Malformed,
        ),
        (
            "role-3-attended",
            &["consent-12"],
            "the same, attended",
            "how",
            vec![7],
            Failure::Malformed,
        ),
        (
            "how-bit-3",
            &["consent-12"],
            "a bit that means nothing",
            "how",
            vec![8],
            Failure::Malformed,
        ),
        (
            "usable-empty",
            &["consent-8"],
            "usable for no minute",
            "usable",
            window(JUNE, 0),
            Failure::Malformed,
        ),
        (
            "usable-over-32-bits",
            &["consent-8"],
            "usable until minute 2^31",
            "usable",
            window(i32::MAX, 1),
            Failure::Malformed,
        ),
        (
            "overlong-minutes",
            &["consent-1"],
            "the minutes of the window in four bytes",
            "usable",
            [&window(JUNE, 1)[..4], &[0x81, 0x80, 0x80, 0x00]].concat(),
            Failure::NotCanonical,
        ),
        (
            "overlong-lease",
            &["consent-1"],
            "the lease in three bytes",
            "lease",
            vec![0xe0, 0xce, 0x00],
            Failure::NotCanonical,
        ),
        (
            "lease-over-32-bits",
            &["consent-10"],
            "a lease of 2^32 minutes",
            "lease",
            varint(1 << 32),
            Failure::Malformed,
        ),
        (
            "no-purposes",
            &["consent-1"],
            "an empty set of purposes",
            "purposes",
            vec![0],
            Failure::Malformed,
        ),
        (
            "17-purposes",
            &["consent-1"],
            "a purpose too many",
            "purposes",
            list(&(1..18).map(varint).collect::<Vec<_>>()),
            Failure::Malformed,
        ),
        (
            "purposes-unsorted",
            &["consent-1"],
            "purposes that do not ascend",
            "purposes",
            vec![2, 2, 1],
            Failure::Malformed,
        ),
        (
            "purpose-twice",
            &["consent-1"],
            "a purpose twice",
            "purposes",
            vec![2, 1, 1],
            Failure::Malformed,
        ),
        (
            "purpose-0",
            &["consent-12"],
            "a purpose before the first",
            "purposes",
            vec![1, 0],
            Failure::Malformed,
        ),
        (
            "purpose-74",
            &["consent-12"],
            "a purpose after the last",
            "purposes",
            vec![1, 74],
            Failure::Malformed,
        ),
        (
            "overlong-purpose",
            &["consent-1"],
            "a purpose in two bytes",
            "purposes",
            vec![1, 0x81, 0],
            Failure::NotCanonical,
        ),
        (
            "overlong-count",
            &["consent-1"],
            "the number of purposes in two bytes",
            "purposes",
            vec![0x81, 0, 1],
            Failure::NotCanonical,
        ),
        (
            "purposes-bomb",
            &["consent-1"],
            "2^32 - 1 purposes in a few bytes",
            "purposes",
            vec![0xff, 0xff, 0xff, 0xff, 0x0f],
            Failure::Malformed,
        ),
        (
            "basis-0",
            &["consent-12"],
            "a basis before the first",
            "basis",
            vec![0],
            Failure::Malformed,
        ),
        (
            "basis-15",
            &["consent-12"],
            "a basis in the gap of the numbers",
            "basis",
            vec![15],
            Failure::Malformed,
        ),
        (
            "basis-26",
            &["consent-12"],
            "a basis after the last",
            "basis",
            vec![26],
            Failure::Malformed,
        ),
        (
            "retention-over-16-bits",
            &["consent-10"],
            "2^16 days",
            "retention",
            varint(1 << 16),
            Failure::Malformed,
        ),
    ] {
        cases.refuse(name, rules, about, with(field, bytes), failure);
    }
}

fn caveats(cases: &mut Cases<'_, Read>) {
    for (name, about, bytes, failure) in [
        (
            "caveat-4",
            "a caveat that nobody knows",
            vec![1, 4],
            Failure::Malformed,
        ),
        (
            "caveats-unsorted",
            "a cohort before automated decisions",
            vec![2, 2, 5, 1],
            Failure::Malformed,
        ),
        (
            "caveat-twice",
            "automated decisions twice",
            vec![2, 1, 1],
            Failure::Malformed,
        ),
        (
            "cohorts",
            "two cohorts",
            vec![2, 2, 5, 2, 6],
            Failure::Malformed,
        ),
        (
            "five-caveats",
            "a caveat too many",
            vec![5, 1, 1, 1, 1, 1],
            Failure::Malformed,
        ),
        (
            "onward-to-nobody",
            "the strictest said",
            vec![1, 0, 0],
            Failure::Malformed,
        ),
        (
            "onward-3",
            "to whom nobody knows",
            vec![1, 0, 3],
            Failure::Malformed,
        ),
        (
            "no-cohort",
            "a cohort of 0 said",
            vec![1, 2, 0],
            Failure::Malformed,
        ),
        (
            "small-letters",
            "a country in small letters",
            b"\x01\x03gb".to_vec(),
            Failure::Malformed,
        ),
        (
            "digits",
            "a country of digits",
            b"\x01\x0344".to_vec(),
            Failure::Malformed,
        ),
        (
            "overlong-cohort",
            "a cohort in two bytes",
            vec![1, 2, 0x85, 0],
            Failure::NotCanonical,
        ),
    ] {
        cases.refuse(
            name,
            &["consent-12"],
            about,
            with("caveats", bytes),
            failure,
        );
    }
}
