//! A log from its genesis to its last checkpoint.

mod refused;

use freehold_sync::{Entry, Genesis, UnverifiedCheckpoint, UnverifiedEntry, verify};
use serde::{Deserialize, Serialize};

use super::{
    GENESIS, GENESIS_SIGNATURE, HOUSEHOLD, Start,
    example::{Bytes, Example},
    header::{Slot, slots},
};
use crate::vectors::{Big, Cases, Failure, Hex, Operation};

pub(super) struct Verify;

/// A log as it comes.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Log {
    #[serde(flatten)]
    pub(super) start: Start,
    pub(super) entries: Vec<Bytes>,
    pub(super) checkpoints: Vec<Hex>,
}

impl From<Example> for Log {
    fn from(example: Example) -> Self {
        Self {
            start: example.start,
            entries: example.entries,
            checkpoints: example.checkpoints,
        }
    }
}

impl Log {
    /// Verifies from checkpoint to checkpoint and leaves aside what follows the last.
    pub(super) fn verify(&self) -> Result<(Genesis, Vec<Entry>), Failure> {
        let genesis = self.start.verify()?;
        let (mut from, mut rest) = (genesis.start(), &self.entries[..]);
        let mut verified = Vec::new();
        for checkpoint in &self.checkpoints {
            let checkpoint = UnverifiedCheckpoint::from_bytes(&checkpoint.0)?.verify(&genesis)?;
            let count = checkpoint.position().seq.saturating_sub(from.seq);
            let count = usize::try_from(count).map_or(rest.len(), |count| count.min(rest.len()));
            let (covered, beyond) = rest.split_at(count);
            let entries = covered
                .iter()
                .map(|entry| UnverifiedEntry::from_bytes(&entry.header.0, &entry.body.0));
            let entries = entries.collect::<Result<_, _>>()?;
            verified.extend(verify(&genesis, from, entries, &checkpoint)?);
            (from, rest) = (checkpoint.position(), beyond);
        }
        Ok((genesis, verified))
    }
}

pub(super) const ENTRIES: (&str, &str) = ("entries", "header and body of each entry");
pub(super) const CHECKPOINTS: (&str, &str) = ("checkpoints", "the checkpoints, in order");

#[derive(Serialize, Deserialize)]
pub(super) struct Input {
    #[serde(flatten)]
    log: Log,
}

#[derive(Serialize)]
pub(super) struct Output {
    verified: Vec<Verified>,
}

#[derive(Serialize)]
struct Verified {
    seq: Big<u64>,
    epoch: i32,
    generation: u32,
    slots: Vec<Slot>,
    held: Vec<usize>,
}

impl Operation for Verify {
    const NAME: &'static str = "log/verify";
    const ABOUT: &'static str = "Verifies a log from its genesis to its last checkpoint.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        GENESIS,
        GENESIS_SIGNATURE,
        HOUSEHOLD,
        ENTRIES,
        CHECKPOINTS,
        (
            "verified",
            "for each entry up to the last checkpoint its seq, epoch and generation, its slots, and the numbers of the pieces that are held",
        ),
    ];
    type Input = Input;
    type Output = Output;

    fn run(input: Input) -> Result<Output, Failure> {
        let (_, entries) = input.log.verify()?;
        let verified = entries.iter().map(|entry| Verified {
            seq: Big(entry.header().seq()),
            epoch: entry.header().epoch().number(),
            generation: entry.header().generation(),
            slots: slots(entry.header()),
            held: (0..entry.header().piece_count())
                .filter(|n| entry.body().piece(*n).is_some())
                .collect(),
        });
        Ok(Output {
            verified: verified.collect(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        accepted(cases);
        refused::places(cases);
        refused::bodies(cases);
        refused::others(cases);
    }
}

fn accepted(cases: &mut Cases<'_, Verify>) {
    let mut accept = |name, rule, about, change: fn(&mut Log)| {
        let mut log = Example::hours().into();
        change(&mut log);
        cases.accept(name, &[rule], about, Input { log });
    };
    accept(
        "hours",
        "log-15",
        "three entries and two checkpoints",
        |_| (),
    );
    accept(
        "last-checkpoint",
        "log-15",
        "one checkpoint is enough",
        |log| {
            log.checkpoints.remove(0);
        },
    );
    accept(
        "beyond",
        "log-15",
        "the third entry lies beyond the last checkpoint",
        |log| {
            log.checkpoints.pop();
        },
    );
    accept(
        "beyond-broken",
        "log-15",
        "what lies beyond the last checkpoint is not read",
        |log| {
            log.checkpoints.pop();
            log.entries[2].header = vec![0xff].into();
        },
    );
    accept(
        "unsigned",
        "log-15",
        "no checkpoint: nothing is verified",
        |log| {
            log.checkpoints.clear();
        },
    );
    accept("nothing", "log-15", "a log without entries", |log| {
        log.entries.clear();
        log.checkpoints.clear();
    });
    accept(
        "header-alone",
        "log-13",
        "the second entry without its body",
        |log| {
            log.entries[1].body = vec![2].into();
        },
    );
    accept(
        "dropped",
        "log-12",
        "some pieces of the second entry are their hashes",
        |log| {
            log.entries[1].body = dropped(&log.entries[1], |n| n == 1);
        },
    );
}

fn dropped(entry: &Bytes, keep: impl Fn(usize) -> bool) -> Hex {
    let header = freehold_sync::Header::from_bytes(&entry.header.0).unwrap();
    let body = freehold_sync::Body::from_bytes(&header, &entry.body.0).unwrap();
    body.keeping(keep).to_bytes().into()
}
