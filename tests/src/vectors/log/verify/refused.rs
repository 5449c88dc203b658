//! Logs that somebody changed.

use freehold_crypto::Suite;
use freehold_model::{Facet, Level};

use super::{Input, Log, Verify, dropped};
use crate::vectors::{
    Cases, Failure, Hex,
    log::example::{EPOCH, Example, hour},
};

/// Entries in the wrong place.
pub(super) fn places(cases: &mut Cases<'_, Verify>) {
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
pub(super) fn bodies(cases: &mut Cases<'_, Verify>) {
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
pub(super) fn others(cases: &mut Cases<'_, Verify>) {
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
