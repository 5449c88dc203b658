//! A log from its genesis to its last checkpoint.

use freehold_crypto::Suite;
use freehold_model::{Facet, Level};
use freehold_sync::{Entry, Genesis, UnverifiedCheckpoint, UnverifiedEntry, verify};
use serde::{Deserialize, Serialize};

use super::{
    GENESIS, GENESIS_SIGNATURE, HOUSEHOLD, Start,
    example::{Bytes, EPOCH, Example, hour},
    header::{Slot, slots},
};
use crate::vectors::{Big, Cases, Failure, Hex, Operation};

pub(super) struct Verify;

/// A log as it comes.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Log {
    #[serde(flatten)]
    pub start: Start,
    pub entries: Vec<Bytes>,
    pub checkpoints: Vec<Hex>,
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
    pub fn verify(&self) -> Result<(Genesis, Vec<Entry>), Failure> {
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
        places(cases);
        bodies(cases);
        others(cases);
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

/// Entries in the wrong place.
fn places(cases: &mut Cases<'_, Verify>) {
    let mut refuse = |name, rule, about, failure, change: fn(&mut Log)| {
        let mut log = Example::hours().into();
        change(&mut log);
        cases.refuse(name, &[rule], about, Input { log }, failure);
    };
    let sequence = Failure::Sequence;
    refuse(
        "first-missing",
        "log-15",
        "without the first entry",
        sequence,
        |log| {
            log.entries.remove(0);
        },
    );
    refuse(
        "middle-missing",
        "log-16",
        "without the second entry",
        sequence,
        |log| {
            log.entries.remove(1);
        },
    );
    refuse(
        "last-missing",
        "log-15",
        "without the last entry",
        sequence,
        |log| {
            log.entries.pop();
        },
    );
    refuse(
        "all-missing",
        "log-15",
        "without entries",
        sequence,
        |log| log.entries.clear(),
    );
    refuse(
        "swapped",
        "log-16",
        "the first two swapped",
        sequence,
        |log| log.entries.swap(0, 1),
    );
    refuse("repeated", "log-16", "the second twice", sequence, |log| {
        log.entries.insert(1, log.entries[1].clone());
    });
    refuse(
        "swapped-headers",
        "log-16",
        "the first two swapped, each with the other's seq",
        Failure::Chain,
        |log| {
            log.entries.swap(0, 1);
            (log.entries[0].header.0[1], log.entries[1].header.0[1]) = (0, 1);
        },
    );
    refuse(
        "other-seq",
        "log-16",
        "an entry that says another place",
        sequence,
        |log| {
            log.entries[1].header.0[1] = 2;
        },
    );
    refuse(
        "checkpoints-swapped",
        "log-15",
        "the later checkpoint first",
        sequence,
        |log| {
            log.checkpoints.swap(0, 1);
        },
    );
    let chain = Failure::Chain;
    refuse("changed-salt", "log-15", "a bit of a salt", chain, |log| {
        log.entries[0].header.0[10] ^= 1;
    });
    refuse(
        "changed-generation",
        "log-15",
        "another generation",
        chain,
        |log| {
            log.entries[2].header.0[4] = 1;
        },
    );
    refuse(
        "changed-body-hash",
        "log-15",
        "another body hash",
        chain,
        |log| {
            *log.entries[2].header.0.last_mut().unwrap() ^= 1;
        },
    );
}

/// Bodies that are not the header's.
fn bodies(cases: &mut Cases<'_, Verify>) {
    let mut refuse = |name, about, failure, change: fn(&mut Log)| {
        let mut log = Example::hours().into();
        change(&mut log);
        cases.refuse(name, &["log-13"], about, Input { log }, failure);
    };
    let body = Failure::Body;
    refuse("changed-piece", "a bit of a piece", body, |log| {
        log.entries[0].body.0[1] ^= 1
    });
    refuse(
        "changed-last-piece",
        "the last bit of the last piece",
        body,
        |log| {
            *log.entries[2].body.0.last_mut().unwrap() ^= 1;
        },
    );
    refuse(
        "changed-hash",
        "a bit of the hash of a piece that is not held",
        body,
        |log| {
            let mut changed = dropped(&log.entries[1], |n| n == 0);
            *changed.0.last_mut().unwrap() ^= 1;
            log.entries[1].body = changed;
        },
    );
    refuse(
        "swapped-pieces",
        "two pieces of equal length swapped",
        body,
        |log| {
            let piece = (log.entries[1].body.0.len() - 1) / 2;
            log.entries[1].body.0[1..].rotate_left(piece);
        },
    );
    refuse(
        "other-body",
        "the body of another entry of equal lengths",
        body,
        |log| {
            log.entries[0].body = other_hour().entries[0].body.clone();
        },
    );
    refuse(
        "cut-body",
        "a body without its last byte",
        Failure::Malformed,
        |log| {
            log.entries[0].body.0.pop();
        },
    );
    refuse("no-body", "no body at all", Failure::Malformed, |log| {
        log.entries[0].body = Hex::default();
    });
}

/// What belongs to another log, or to none.
fn others(cases: &mut Cases<'_, Verify>) {
    let mut refuse = |name, rule, about, failure, change: fn(&mut Log)| {
        let mut log = Example::hours().into();
        change(&mut log);
        cases.refuse(name, &[rule], about, Input { log }, failure);
    };
    refuse(
        "other-entry",
        "log-15",
        "an entry of another log in its place",
        Failure::Chain,
        |log| {
            log.entries[0] = other_hour().entries[0].clone();
        },
    );
    refuse(
        "other-genesis",
        "log-15",
        "the genesis of another log",
        Failure::OtherLog,
        |log| {
            log.start = other_hour().start;
        },
    );
    refuse(
        "other-checkpoint",
        "log-15",
        "a checkpoint of another log",
        Failure::OtherLog,
        |log| {
            log.checkpoints[1] = other_hour().checkpoints[0].clone();
        },
    );
    refuse(
        "forged-checkpoint",
        "log-15",
        "a checkpoint with another place",
        Failure::Signature,
        |log| {
            log.entries.pop();
            log.checkpoints[1].0[17] = 2;
        },
    );
    refuse(
        "unsigned-genesis",
        "log-4",
        "a genesis that the household did not sign",
        Failure::Signature,
        |log| {
            log.start.genesis_signature.0[0] ^= 1;
        },
    );
    refuse(
        "broken-header",
        "log-1",
        "a header in another spelling",
        Failure::NotCanonical,
        |log| {
            log.entries[0].header.0.push(0);
        },
    );
    refuse(
        "future-header",
        "log-3",
        "a header of version 2",
        Failure::Version,
        |log| {
            log.entries[0].header.0[0] = 2;
        },
    );
    let mut one = Example::new(Suite::One, 0x22, Level::Hour, &[Facet::Totals]);
    let entry = one.entry(EPOCH, 0, &[(hour(0), 0)]);
    let facets = [Facet::Totals, Facet::Extremes];
    let mut two = Example::new(Suite::One, 0x22, Level::Hour, &facets);
    two.append(&entry);
    two.checkpoint();
    let log = two.into();
    let about = "a header with one facet in a log of two, signed by its writer";
    cases.refuse(
        "facet-missing",
        &["log-9"],
        about,
        Input { log },
        Failure::Malformed,
    );
}

/// A log with the same facets and another id.
fn other_hour() -> Example {
    let facets = [Facet::Totals, Facet::Extremes];
    let mut log = Example::new(Suite::One, 0x23, Level::Hour, &facets);
    log.entry(EPOCH, 0, &[(hour(0), 0)]);
    log.checkpoint();
    log
}

fn dropped(entry: &Bytes, keep: impl Fn(usize) -> bool) -> Hex {
    let header = freehold_sync::Header::from_bytes(&entry.header.0).unwrap();
    let body = freehold_sync::Body::from_bytes(&header, &entry.body.0).unwrap();
    body.keeping(keep).to_bytes().into()
}
