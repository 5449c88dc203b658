//! Cases of `consent/token`: the scope.

use super::{
    people::{JUNE, line},
    token::{Read, with},
};
use crate::vectors::{Cases, Failure, log::object::list};

const RAW: u8 = 1;
const HALF_HOUR: u8 = 1 << 3;
const HOUR: u8 = 1 << 4;
const DAY: u8 = 1 << 5;
const READINGS: u8 = 1;
const TOTALS: u8 = 1 << 1;
const EXTREMES: u8 = 1 << 2;

pub(super) fn cases(cases: &mut Cases<'_, Read>) {
    let rules = ["consent-11"];
    let hours = |streams: &[u8], from, minutes| line(streams, HOUR, TOTALS, JUNE + from, minutes);
    let lines = |lines: &[Vec<u8>]| with("scope", list(lines));
    let sixteen: Vec<Vec<u8>> = (0..16).map(|n| hours(&[1], 60 * n, 60)).collect();
    let seventeen: Vec<Vec<u8>> = (0..17).map(|n| hours(&[1], 60 * n, 60)).collect();
    let streams: Vec<u8> = (1..66).collect();
    for (name, about, case) in [
        (
            "scope-raw",
            "readings alone",
            lines(&[line(&[1], RAW, READINGS, JUNE, 60)]),
        ),
        (
            "scope-streams",
            "three streams in one line",
            lines(&[hours(&[1, 2, 9], 0, 60)]),
        ),
        (
            "scope-64-streams",
            "64 streams",
            lines(&[hours(&streams[..64], 0, 60)]),
        ),
        (
            "scope-65-streams",
            "65 streams: 64 in a line, and a second line",
            lines(&[hours(&streams[..64], 0, 60), hours(&streams[64..], 0, 60)]),
        ),
        ("scope-16-lines", "16 lines", lines(&sixteen)),
        (
            "scope-windows",
            "windows that overlap and that touch stay apart",
            lines(&[hours(&[1], 0, 60), hours(&[1], 30, 60), hours(&[1], 90, 60)]),
        ),
        (
            "scope-facets",
            "levels of other facets have lines of their own",
            lines(&[
                line(&[1], HOUR, TOTALS, JUNE, 60),
                line(&[1], DAY, TOTALS | EXTREMES, JUNE, 60),
            ]),
        ),
        (
            "scope-raw-in-the-first",
            "raw joins the totals, whose facets have the lesser number, and so its line comes first",
            lines(
                &[
                    line(&[1], RAW | DAY, READINGS | TOTALS, JUNE, 60),
                    line(&[1], HOUR, EXTREMES, JUNE, 60),
                ]
                .into_iter()
                .rev()
                .collect::<Vec<_>>(),
            ),
        ),
    ] {
        cases.accept(name, &rules, about, case);
    }
    for (name, rules, about, case) in [
        (
            "scope-empty",
            &["consent-11", "consent-1"][..],
            "no line",
            lines(&[]),
        ),
        (
            "scope-17-lines",
            &["consent-1"],
            "a line too many",
            lines(&seventeen),
        ),
        (
            "scope-no-streams",
            &["consent-1"],
            "a line without a stream",
            lines(&[hours(&[], 0, 60)]),
        ),
        (
            "scope-65-in-a-line",
            &["consent-1"],
            "65 streams in a line",
            lines(&[hours(&streams, 0, 60)]),
        ),
        (
            "scope-streams-unsorted",
            &["consent-1"],
            "streams that do not ascend",
            lines(&[hours(&[2, 1], 0, 60)]),
        ),
        (
            "scope-stream-twice",
            &["consent-1"],
            "a stream twice",
            lines(&[hours(&[1, 1], 0, 60)]),
        ),
        (
            "scope-no-levels",
            &["consent-11"],
            "a line without a level",
            lines(&[line(&[1], 0, TOTALS, JUNE, 60)]),
        ),
        (
            "scope-no-facets",
            &["consent-11"],
            "a line without a facet",
            lines(&[line(&[1], HOUR, 0, JUNE, 60)]),
        ),
        (
            "scope-nothing",
            &["consent-11"],
            "totals of raw, which there are none of",
            lines(&[line(&[1], RAW, TOTALS, JUNE, 60)]),
        ),
        (
            "scope-idle-facet",
            &["consent-11"],
            "readings beside totals of hours",
            lines(&[line(&[1], HOUR, READINGS | TOTALS, JUNE, 60)]),
        ),
        (
            "scope-idle-level",
            &["consent-11"],
            "raw beside totals of hours",
            lines(&[line(&[1], RAW | HOUR, TOTALS, JUNE, 60)]),
        ),
        (
            "scope-level-7",
            &["consent-11"],
            "a level after the last",
            lines(&[line(&[1], 0x80 | HOUR, TOTALS, JUNE, 60)]),
        ),
        (
            "scope-facet-5",
            &["consent-11"],
            "a facet after the last",
            lines(&[line(&[1], HOUR, 0x20 | TOTALS, JUNE, 60)]),
        ),
        (
            "scope-empty-window",
            &["consent-8"],
            "a window of no minute",
            lines(&[hours(&[1], 0, 0)]),
        ),
        (
            "scope-window-over-32-bits",
            &["consent-8"],
            "a window that ends at minute 2^31",
            lines(&[line(&[1], HOUR, TOTALS, i32::MAX - 1, 2)]),
        ),
        (
            "scope-line-twice",
            &["consent-11"],
            "a line twice",
            lines(&[hours(&[1], 0, 60), hours(&[1], 0, 60)]),
        ),
        (
            "scope-window-within",
            &["consent-11"],
            "a window within another of the same hours",
            lines(&[hours(&[1], 0, 600), hours(&[1], 60, 60)]),
        ),
        (
            "scope-levels-apart",
            &["consent-11"],
            "two levels of equal facets in two lines",
            lines(&[
                line(&[1], HALF_HOUR, TOTALS, JUNE, 60),
                line(&[1], HOUR, TOTALS, JUNE, 60),
            ]),
        ),
        (
            "scope-facets-apart",
            &["consent-11"],
            "two facets of one level in two lines",
            lines(&[
                line(&[1], HOUR, TOTALS, JUNE, 60),
                line(&[1], HOUR, EXTREMES, JUNE, 60),
            ]),
        ),
        (
            "scope-streams-apart",
            &["consent-11"],
            "two streams that are granted alike in two lines",
            lines(&[hours(&[1], 0, 60), hours(&[2], 0, 60)]),
        ),
        (
            "scope-raw-apart",
            &["consent-11"],
            "raw in a line of its own beside hours",
            lines(&[
                line(&[1], RAW, READINGS, JUNE, 60),
                line(&[1], HOUR, TOTALS, JUNE, 60),
            ]),
        ),
        (
            "scope-windows-unsorted",
            &["consent-11"],
            "a later window first",
            lines(&[hours(&[1], 60, 60), hours(&[1], 0, 60)]),
        ),
        (
            "scope-levels-unsorted",
            &["consent-11"],
            "of one window the greater levels first",
            lines(&[
                line(&[1], DAY, EXTREMES, JUNE, 60),
                line(&[1], HOUR, TOTALS, JUNE, 60),
            ]),
        ),
    ] {
        cases.refuse(name, rules, about, case, Failure::Malformed);
    }
}
