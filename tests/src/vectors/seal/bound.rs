//! What the keys of a piece are bound to.

use freehold_crypto::{EntryContext, LogId, PieceKey, PiecePlace, Salt, Suite};
use freehold_model::{Facet, Level, Time};
use serde::{Deserialize, Serialize};

use super::leaf_of;
use crate::vectors::{Big, Failure, Hex};

/// Everything that a piece's keys follow from.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::vectors) struct Bound {
    pub(super) node: Hex,
    pub(super) suite: u8,
    pub(super) level: u8,
    pub(super) log: Hex,
    pub(super) seq: Big<u64>,
    pub(super) epoch: i32,
    pub(super) generation: u32,
    pub(super) salt: Hex,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) facet: u8,
    pub(super) part: u16,
}

/// The fields with what they are, and those of an operation behind them.
macro_rules! fields_of_bound {
    ($($field:expr),* $(,)?) => {
        &[
            ("node", "the node at the tree's depth, whose leaf is the slot's key"),
            ("suite", "the suite's number"),
            ("level", "the level's number"),
            ("log", "the log's id"),
            ("seq", "the entry's place in the log"),
            ("epoch", "the epoch's number"),
            ("generation", "the generation"),
            ("salt", "the entry's salt"),
            ("start", "the slot's start"),
            ("end", "the slot's end"),
            ("facet", "the facet's number"),
            ("part", "which part of the slot"),
            $($field,)*
        ]
    };
}
pub(super) use fields_of_bound;

impl Bound {
    /// The hour from 2013-06-03T07:00Z, its totals.
    pub(super) fn example() -> Self {
        Self {
            node: [0x11; 32].into(),
            suite: Suite::One as u8,
            level: Level::Hour.number(),
            log: [0x22; 16].into(),
            seq: Big(7),
            epoch: 260,
            generation: 1,
            salt: [0x33; 16].into(),
            start: 1_370_242_800_000,
            end: 1_370_246_400_000,
            facet: Facet::Totals.number(),
            part: 0,
        }
    }

    /// The day from 2013-06-03T00:00Z, its readings.
    pub(super) fn raw() -> Self {
        Self {
            level: Level::Raw.number(),
            start: 1_370_217_600_000,
            end: 1_370_304_000_000,
            facet: Facet::Readings.number(),
            ..Self::example()
        }
    }

    pub(super) fn context(&self) -> Result<EntryContext, Failure> {
        Ok(EntryContext::new(
            self.suite.try_into()?,
            LogId(self.log.array().ok_or(Failure::Length)?),
            self.seq.0,
            Level::from_number(self.level).ok_or(Failure::Unknown)?,
            self.epoch,
            self.generation,
            Salt(self.salt.array().ok_or(Failure::Length)?),
        ))
    }

    pub(super) fn place(&self) -> Result<PiecePlace, Failure> {
        Ok(PiecePlace {
            start: Time::from_ms(self.start),
            end: Time::from_ms(self.end),
            facet: Facet::from_number(self.facet).ok_or(Failure::Unknown)?,
            part: self.part,
        })
    }

    pub(super) fn key(&self) -> Result<PieceKey, Failure> {
        let leaf = leaf_of(&self.node)?;
        Ok(PieceKey::derive(&leaf, &self.context()?, &self.place()?))
    }
}

/// A change of one field, with the name of a case and what it is about.
pub(super) type Change = (&'static str, &'static str, fn(&mut Bound));

/// Every field of the entry, and the key.
pub(super) const OF_ENTRY: [Change; 8] = [
    ("other-key", "another slot's key", |bound| {
        bound.node.0[31] ^= 1
    }),
    ("other-suite", "suite 2", |bound| bound.suite = 2),
    ("other-level", "another level", |bound| bound.level += 1),
    ("other-log", "another log", |bound| bound.log.0[15] ^= 1),
    ("other-seq", "another entry", |bound| bound.seq = Big(8)),
    ("other-epoch", "another epoch", |bound| bound.epoch = -1),
    ("other-generation", "another generation", |bound| {
        bound.generation += 1
    }),
    ("other-salt", "another salt", |bound| bound.salt.0[0] ^= 1),
];

/// Every field of the place.
pub(super) const OF_PLACE: [Change; 5] = [
    ("other-start", "a start that is a minute earlier", |bound| {
        bound.start -= 60_000
    }),
    ("other-end", "an end that is a minute later", |bound| {
        bound.end += 60_000
    }),
    ("other-slot", "the next slot", |bound| {
        (bound.start, bound.end) = (bound.end, 2 * bound.end - bound.start);
    }),
    ("other-facet", "another facet", |bound| bound.facet += 1),
    ("other-part", "another part", |bound| bound.part += 1),
];
