//! Slots and lengths that no header has.

use super::{Read, each, fixed, hours, input, run};
use crate::vectors::{Cases, Failure, log::object::list};

pub(super) fn runs(cases: &mut Cases<'_, Read>) {
    use Failure::{Length, Malformed, NotCanonical, Slots};
    let runs =
        |runs: &[[u64; 4]]| hours().with("runs", list(&runs.iter().map(run).collect::<Vec<_>>()));
    for (name, rule, about, object, failure) in [
        ("no-slot", "log-7", "no run", runs(&[]), Slots),
        (
            "no-width",
            "log-7",
            "slots of no width",
            runs(&[[60, 0, 1, 0]]),
            Slots,
        ),
        (
            "no-count",
            "log-7",
            "a run of no slots",
            runs(&[[60, 60, 0, 0]]),
            Slots,
        ),
        (
            "no-count-later",
            "log-7",
            "a run of no slots behind another",
            runs(&[[60, 60, 1, 0], [60, 60, 0, 0]]),
            Slots,
        ),
        (
            "257-slots",
            "log-7",
            "257 slots",
            runs(&[[60, 60, 257, 0]]),
            Length,
        ),
        (
            "257-slots-in-two",
            "log-7",
            "257 slots in two runs",
            runs(&[[60, 60, 200, 0], [60, 60, 57, 0]]),
            Length,
        ),
        (
            "bomb",
            "log-7",
            "2^32 - 1 slots",
            runs(&[[60, 60, 0xffff_ffff, 0]]),
            Length,
        ),
        (
            "too-late",
            "log-7",
            "an end of 2^32 minutes",
            runs(&[[0xffff_ffff, 1, 1, 0]]),
            Slots,
        ),
        (
            "too-late-by-width",
            "log-7",
            "a slot of 2^32 - 1 minutes that starts later",
            runs(&[[1, 0xffff_ffff, 1, 0]]),
            Slots,
        ),
        (
            "too-late-together",
            "log-7",
            "two runs that end beyond 2^32 minutes together",
            runs(&[[0xffff_0000, 1, 1, 0], [0xffff_0000, 1, 1, 0]]),
            Slots,
        ),
        (
            "one-in-two",
            "log-8",
            "one run in two",
            runs(&[[60, 60, 1, 0], [0, 60, 2, 0]]),
            NotCanonical,
        ),
        (
            "one-in-two-later",
            "log-8",
            "the same behind another run",
            runs(&[[60, 30, 1, 0], [0, 60, 1, 1], [0, 60, 1, 1]]),
            NotCanonical,
        ),
        (
            "more-runs-than-bytes",
            "log-2",
            "2^32 - 1 runs, of which there is one",
            hours().with("runs", [0xff, 0xff, 0xff, 0xff, 0x0f, 60, 60, 1, 0]),
            Malformed,
        ),
    ] {
        cases.refuse(name, &[rule], about, input(&object), failure);
    }
}

pub(super) fn lengths(cases: &mut Cases<'_, Read>) {
    use Failure::{Length, Malformed, NotCanonical};
    let two = hours().with("runs", list(&[run(&[60, 60, 2, 0])]));
    let lengths = |facets: &[Vec<u8>]| two.with("lengths", list(facets));
    for (name, rule, about, object, failure) in [
        ("no-facet", "log-9", "no facet", lengths(&[]), Malformed),
        (
            "five-facets",
            "log-2",
            "five facets",
            lengths(&vec![fixed(25); 5]),
            Length,
        ),
        (
            "variant-2",
            "log-9",
            "an unknown variant",
            lengths(&[vec![2, 25]]),
            Malformed,
        ),
        (
            "too-few",
            "log-9",
            "one length for two slots",
            lengths(&[each(&[25])]),
            Malformed,
        ),
        (
            "too-many",
            "log-9",
            "three lengths for two slots",
            lengths(&[each(&[25, 26, 27])]),
            Malformed,
        ),
        (
            "none-each",
            "log-9",
            "no length for two slots",
            lengths(&[each(&[])]),
            Malformed,
        ),
        (
            "equal",
            "log-9",
            "equal lengths one by one",
            lengths(&[each(&[25, 25])]),
            NotCanonical,
        ),
        (
            "equal-longest",
            "log-9",
            "equal lengths of 65,535 one by one",
            lengths(&[each(&[65_535, 65_535])]),
            NotCanonical,
        ),
        (
            "equal-second",
            "log-9",
            "the second facet's",
            lengths(&[fixed(25), each(&[0, 0])]),
            NotCanonical,
        ),
        (
            "large-body",
            "log-2",
            "pieces of 2^20 + 1 bytes together",
            lengths(&[each(&[1 << 19, (1 << 19) + 1])]),
            Length,
        ),
        (
            "large-body-of-two",
            "log-2",
            "two facets of more than 2^20 bytes together",
            lengths(&[each(&[1 << 19, 1]), each(&[1 << 19, 0])]),
            Length,
        ),
        (
            "huge-body",
            "log-2",
            "pieces of 2^32 - 1 bytes",
            lengths(&[each(&[0xffff_ffff, 0xffff_ffff])]),
            Length,
        ),
    ] {
        cases.refuse(name, &[rule], about, input(&object), failure);
    }
}
