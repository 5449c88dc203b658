//! The header of an entry.

use freehold_sync::{Header, Lengths};
use serde::{Deserialize, Serialize};

use super::object::{Object, list, varint, zigzag};
use crate::vectors::{Big, Cases, Failure, Hex, Operation};

pub(super) struct Read;

#[derive(Serialize, Deserialize)]
pub(super) struct Input {
    header: Hex,
}

#[derive(Serialize)]
pub(super) struct Output {
    seq: Big<u64>,
    epoch: i32,
    generation: u32,
    salt: Hex,
    slots: Vec<Slot>,
    lengths: Vec<Vec<u32>>,
    body: Hex,
}

/// A slot of a header.
#[derive(Serialize)]
pub(super) struct Slot {
    start: i64,
    end: i64,
    part: u16,
}

/// The slots of a header.
pub(super) fn slots(header: &Header) -> Vec<Slot> {
    let slots = header.slots().map(|(slot, part)| Slot {
        start: slot.start.ms(),
        end: slot.end.ms(),
        part,
    });
    slots.collect()
}

/// What a header has no accessors for.
#[derive(Deserialize)]
struct Rest {
    salt: [u8; 16],
    lengths: Vec<Lengths>,
    body: [u8; 32],
}

impl Operation for Read {
    const NAME: &'static str = "log/header";
    const ABOUT: &'static str = "Reads a header.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("header", "the bytes"),
        ("seq", "the place in the log"),
        ("epoch", "the epoch's number"),
        ("generation", "the generation"),
        ("salt", "the salt"),
        ("slots", "start, end and part of each slot"),
        ("lengths", "for each facet the sealed length in each slot"),
        ("body", "the body hash"),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let header = Header::from_bytes(&input.header.0)?;
        let rest = serde_json::to_value(&header).and_then(serde_json::from_value);
        let Rest {
            salt,
            lengths,
            body,
        } = rest.unwrap();
        let each = |lengths| match lengths {
            Lengths::Fixed(length) => vec![u32::from(length); header.slot_count()],
            Lengths::Each(lengths) => lengths,
        };
        Ok(Output {
            seq: Big(header.seq()),
            epoch: header.epoch().number(),
            generation: header.generation(),
            salt: salt.into(),
            slots: slots(&header),
            lengths: lengths.into_iter().map(each).collect(),
            body: body.into(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        accepted(cases);
        numbers(cases);
        runs(cases);
        lengths(cases);
    }
}

fn accepted(cases: &mut Cases<'_, Read>) {
    let rules = ["log-7", "log-8", "log-9", "log-10"];
    let hours = hours();
    let runs =
        |runs: &[[u64; 4]]| hours.with("runs", list(&runs.iter().map(run).collect::<Vec<_>>()));
    let mut accept = |name, about, object: &Object| {
        cases.accept(name, &rules, about, input(object));
    };
    accept("hours", "three hours, and two later ones", &hours);
    accept("one", "one slot", &runs(&[[22_837_440, 60, 1, 0]]));
    accept(
        "1970",
        "a slot from 1970-01-01T00:00Z",
        &runs(&[[0, 60, 1, 0]]),
    );
    accept(
        "parts",
        "the next slot is another part",
        &runs(&[[60, 60, 1, 0], [0, 60, 1, 1]]),
    );
    accept(
        "widths",
        "the next slot is wider: a day of 23 hours and one of 24",
        &runs(&[[60, 1_380, 1, 0], [0, 1_440, 1, 0]]),
    );
    accept(
        "gap",
        "equal widths with a gap between them",
        &runs(&[[60, 60, 1, 0], [60, 60, 1, 0]]),
    );
    accept("most-slots", "256 slots", &runs(&[[60, 60, 256, 0]]));
    accept(
        "last-minute",
        "the last end that there is, 2^32 - 1 minutes",
        &runs(&[[0xffff_fffe, 1, 1, 0]]),
    );
    accept("highest-part", "part 65,535", &runs(&[[60, 60, 1, 65_535]]));
    accept(
        "numbers",
        "the largest seq and generation, and an epoch before 1970",
        &hours
            .with("seq", varint(u64::MAX))
            .with("epoch", zigzag(-420))
            .with("generation", varint(u64::from(u32::MAX))),
    );
    let one = runs(&[[60, 60, 2, 0]]);
    accept(
        "each",
        "two lengths that differ",
        &one.with("lengths", list(&[each(&[40, 41])])),
    );
    accept(
        "each-long",
        "equal lengths of 2^16, which the short form does not hold",
        &one.with("lengths", list(&[each(&[65_536, 65_536])])),
    );
    accept(
        "fixed-longest",
        "65,535 bytes",
        &one.with("lengths", list(&[fixed(65_535)])),
    );
    accept(
        "fixed-none",
        "pieces of no bytes",
        &one.with("lengths", list(&[fixed(0)])),
    );
    accept(
        "four-facets",
        "four facets",
        &one.with("lengths", list(&vec![fixed(25); 4])),
    );
    accept(
        "largest-body",
        "pieces of 2^20 bytes together",
        &one.with("lengths", list(&[each(&[1 << 19, 1 << 19])])),
    );
}

/// One field, spelled in another way or out of its type.
fn numbers(cases: &mut Cases<'_, Read>) {
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

fn runs(cases: &mut Cases<'_, Read>) {
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

fn lengths(cases: &mut Cases<'_, Read>) {
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

/// The header of three hours and two later ones, with two facets.
pub(super) fn hours() -> Object {
    Object(vec![
        ("version", vec![1]),
        ("seq", varint(7)),
        ("epoch", zigzag(260)),
        ("generation", varint(1)),
        ("salt", vec![0x33; 16]),
        (
            "runs",
            list(&[run(&[22_837_440, 60, 3, 0]), run(&[120, 60, 2, 1])]),
        ),
        ("lengths", list(&[fixed(25), fixed(30)])),
        ("body", vec![0x55; 32]),
    ])
}

/// Skip, width, count, part.
pub(super) fn run(run: &[u64; 4]) -> Vec<u8> {
    run.iter().flat_map(|number| varint(*number)).collect()
}

pub(super) fn fixed(length: u64) -> Vec<u8> {
    [vec![0], varint(length)].concat()
}

fn each(lengths: &[u64]) -> Vec<u8> {
    let lengths: Vec<_> = lengths.iter().map(|length| varint(*length)).collect();
    [vec![1], list(&lengths)].concat()
}

fn input(object: &Object) -> Input {
    Input {
        header: object.bytes().into(),
    }
}
