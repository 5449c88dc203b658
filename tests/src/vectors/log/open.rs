//! A log with keys: what its reader gets.

use freehold_crypto::{Cover, Suite};
use freehold_model::{Facet, Level};
use freehold_sync::{Entry, LogError};
use serde::{Deserialize, Serialize};

use super::{
    GENESIS, GENESIS_SIGNATURE, HOUSEHOLD,
    example::{EPOCH, Example, Keys, day, hour},
    verify::{CHECKPOINTS, ENTRIES, Log},
};
use crate::vectors::{Big, Cases, Failure, Hex, Operation};

pub(super) struct Open;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Input {
    #[serde(flatten)]
    log: Log,
    keys: Vec<Keys>,
}

#[derive(Serialize)]
pub(super) struct Output {
    opened: Vec<Piece>,
}

#[derive(Serialize)]
struct Piece {
    seq: Big<u64>,
    start: i64,
    end: i64,
    part: u16,
    facet: u8,
    plaintext: Hex,
}

impl Operation for Open {
    const NAME: &'static str = "log/open";
    const ABOUT: &'static str = "Verifies a log and opens every piece that is held and that the covers give a key for. The plaintexts of \
                                 these cases are words.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        GENESIS,
        GENESIS_SIGNATURE,
        HOUSEHOLD,
        ENTRIES,
        CHECKPOINTS,
        (
            "keys",
            "covers, each with the facet, epoch and generation of its tree; the level, and so the depth, is the log's",
        ),
        (
            "opened",
            "in the order of the log: seq, start, end, part, facet and plaintext of each piece",
        ),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let (genesis, entries) = input.log.verify()?;
        let depth = genesis.level.depth();
        let covers = input.keys.iter().map(|keys| {
            let cover = Cover::from_bytes(depth, &keys.cover.0)?;
            Ok((keys, cover))
        });
        let covers = covers.collect::<Result<Vec<_>, Failure>>()?;
        let mut opened = Vec::new();
        for entry in &entries {
            open(genesis.level, entry, &covers, &mut opened)?;
        }
        Ok(Output { opened })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        summaries(cases);
        raw(cases);
        twice(cases);
        nothing(cases);
        refused(cases);
    }
}

fn open(
    level: Level,
    entry: &Entry,
    covers: &[(&Keys, Cover)],
    opened: &mut Vec<Piece>,
) -> Result<(), Failure> {
    let (header, mut buffer) = (entry.header(), Vec::new());
    for piece in entry.pieces() {
        let tree = (
            piece.facet.number(),
            header.epoch().number(),
            header.generation(),
        );
        let mut given = covers.iter().filter_map(|(keys, cover)| {
            let fits = (keys.facet, keys.epoch, keys.generation) == tree;
            let index = header.epoch().index(level, piece.slot.start)?;
            fits.then(|| cover.leaf(index)).flatten()
        });
        let Some(leaf) = given.next() else { continue };
        match piece.open(&leaf, &mut buffer) {
            Err(LogError::Absent) => {}
            plaintext => opened.push(Piece {
                seq: Big(header.seq()),
                start: piece.slot.start.ms(),
                end: piece.slot.end.ms(),
                part: piece.part,
                facet: piece.facet.number(),
                plaintext: plaintext?.into(),
            }),
        }
    }
    Ok(())
}

fn summaries(cases: &mut Cases<'_, Open>) {
    let log = Example::hours();
    let (totals, extremes) = (log.keys(Facet::Totals), log.keys(Facet::Extremes));
    let middle = log.keys_between(Facet::Totals, hour(1), hour(3));
    let input = |keys: &[&Keys]| Input {
        log: Example::hours().into(),
        keys: keys.iter().map(|keys| (*keys).clone()).collect(),
    };
    let rules = ["keys-7", "seal-8", "log-15"];
    let mut accept = |name, about, input| cases.accept(name, &rules, about, input);
    accept("all", "every key", input(&[&totals, &extremes]));
    accept("facet", "the keys of one facet", input(&[&extremes]));
    accept("range", "two hours of one facet", input(&[&middle]));
    accept(
        "mixed",
        "two hours of one facet and all of the other",
        input(&[&extremes, &middle]),
    );
    let mut beyond = input(&[&totals]);
    beyond.log.checkpoints.pop();
    accept(
        "beyond",
        "the third entry lies beyond the last checkpoint",
        beyond,
    );
    let mut alone = input(&[&totals]);
    alone.log.entries[1].body = vec![2].into();
    accept("header-alone", "the second entry without its body", alone);
    let mut two = Example::new(Suite::Two, 0x24, Level::Hour, &[Facet::Totals]);
    two.entry(EPOCH, 0, &[(hour(0), 0), (hour(5), 0)]);
    two.entry(EPOCH, 0, &[(hour(0), 1)]);
    two.checkpoint();
    let keys = vec![two.keys(Facet::Totals)];
    let log = two.into();
    accept(
        "parts",
        "suite 2, and a second part of a slot",
        Input { log, keys },
    );
}

fn raw(cases: &mut Cases<'_, Open>) {
    let rules = ["keys-8", "seal-10", "seal-12"];
    for (name, about, suite) in [
        (
            "raw",
            "chunks of days and the absolute values beside them",
            Suite::One,
        ),
        ("raw-2", "the same in suite 2", Suite::Two),
    ] {
        let facets = [Facet::Readings, Facet::Index];
        let mut log = Example::new(suite, 0x25, Level::Raw, &facets);
        log.entry(EPOCH, 0, &[(day(0), 0)]);
        log.entry(EPOCH, 0, &[(day(1), 0), (day(2), 0)]);
        log.checkpoint();
        let keys = vec![
            log.keys(Facet::Index),
            log.keys_between(Facet::Readings, day(1), day(3)),
        ];
        let log = log.into();
        cases.accept(name, &rules, about, Input { log, keys });
    }
}

/// What a writer must not do, and what a reader of it gets.
fn twice(cases: &mut Cases<'_, Open>) {
    let mut log = Example::new(Suite::One, 0x27, Level::Hour, &[Facet::Totals]);
    log.entry(EPOCH, 0, &[(hour(0), 0)]);
    log.entry(EPOCH, 0, &[(hour(0), 0)]);
    log.checkpoint();
    let keys = vec![log.keys(Facet::Totals)];
    let log = log.into();
    let about = "a part of a slot in two entries: each opens with the keys of its entry";
    cases.accept("twice", &["seal-2", "log-16"], about, Input { log, keys });
}

/// Keys that are no piece's.
fn nothing(cases: &mut Cases<'_, Open>) {
    let input = |change: fn(&mut Keys)| {
        let log = Example::hours();
        let mut keys = log.keys(Facet::Totals);
        change(&mut keys);
        Input {
            log: log.into(),
            keys: vec![keys],
        }
    };
    let rules = ["keys-5", "keys-9"];
    let mut accept = |name, about, input| cases.accept(name, &rules, about, input);
    accept(
        "other-facet",
        "the keys of a facet that the log has not",
        input(|keys| keys.facet = 3),
    );
    accept(
        "other-epoch",
        "the keys of the next epoch",
        input(|keys| keys.epoch += 1),
    );
    accept(
        "other-generation",
        "the keys of the next generation",
        input(|keys| keys.generation = 1),
    );
    let mut none = input(|_| ());
    none.keys.clear();
    accept("no-keys", "no keys", none);
    let mut later = input(|_| ());
    later.keys = vec![Example::hours().keys_between(Facet::Totals, hour(4), hour(9))];
    accept("later", "the keys of later hours", later);
    let mut outside = Example::new(Suite::One, 0x26, Level::Hour, &[Facet::Totals]);
    outside.entry(EPOCH + 6, 0, &[(hour(0), 0)]);
    outside.checkpoint();
    let mut keys = outside.keys(Facet::Totals);
    keys.epoch = EPOCH + 6;
    let input = Input {
        log: outside.into(),
        keys: vec![keys],
    };
    let about = "an entry that names an epoch in whose tree its slot has no leaf: there is no key";
    cases.accept("outside-epoch", &["log-16"], about, input);
}

fn refused(cases: &mut Cases<'_, Open>) {
    let mut refuse = |name, rule, about, failure, change: fn(&mut Input)| {
        let log = Example::hours();
        let keys = vec![log.keys(Facet::Totals)];
        let mut input = Input {
            log: log.into(),
            keys,
        };
        change(&mut input);
        cases.refuse(name, &[rule], about, input, failure);
    };
    let commitment = Failure::Commitment;
    refuse(
        "other-tree",
        "seal-9",
        "the tree of the other facet",
        commitment,
        |input| {
            input.keys[0].cover = Example::hours().keys(Facet::Extremes).cover;
        },
    );
    refuse(
        "changed-key",
        "seal-9",
        "a bit of the key",
        commitment,
        |input| {
            input.keys[0].cover.0[34] ^= 1;
        },
    );
    refuse(
        "left-for-top",
        "keys-6",
        "the top in the place of its left child",
        commitment,
        |input| {
            input.keys[0].cover.0[2] = 2;
        },
    );
    refuse(
        "disordered",
        "keys-11",
        "a cover that is none",
        Failure::Order,
        |input| {
            let node = input.keys[0].cover.0.clone();
            input.keys[0].cover.0.extend(node);
        },
    );
    refuse(
        "too-deep",
        "keys-8",
        "a node of the trees of raw",
        Failure::Position,
        |input| {
            input.keys[0].cover.0[0] = 2;
        },
    );
    refuse(
        "changed-piece",
        "log-13",
        "a changed piece, before it is opened",
        Failure::Body,
        |input| {
            input.log.entries[0].body.0[1] ^= 1;
        },
    );
    refuse(
        "entry-missing",
        "log-15",
        "without the first entry",
        Failure::Sequence,
        |input| {
            input.log.entries.remove(0);
        },
    );
}
