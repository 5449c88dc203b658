//! The header of an entry.

mod bounds;
mod numbers;

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
        numbers::refused(cases);
        bounds::runs(cases);
        bounds::lengths(cases);
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
