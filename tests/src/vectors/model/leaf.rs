//! Leaves of slots.

use freehold_model::{Epoch, Time};
use serde::{Deserialize, Serialize};

use super::{at, level};
use crate::vectors::{Cases, Failure, Operation};

pub(super) struct Leaf;

#[derive(Serialize, Deserialize)]
pub(super) struct LeafInput {
    epoch: i32,
    level: String,
    start: i64,
}

#[derive(Serialize)]
pub(super) struct LeafOutput {
    base: i64,
    depth: u8,
    leaf: u32,
}

impl Operation for Leaf {
    const NAME: &'static str = "model/leaf";
    const ABOUT: &'static str = "The leaf of a slot in its level's tree of an epoch.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("epoch", "number of the epoch"),
        ("level", "name of the level"),
        ("start", "where the slot begins, ms"),
        ("base", "where leaf 0 begins, ms"),
        ("depth", "of the level's trees"),
        ("leaf", "number of the leaf"),
    ];
    type Input = LeafInput;
    type Output = LeafOutput;

    fn run(input: LeafInput) -> Result<LeafOutput, Failure> {
        let (epoch, level) = (Epoch::from_number(input.epoch), level(&input.level)?);
        let leaf = epoch.index(level, Time::from_ms(input.start));
        Ok(LeafOutput {
            base: epoch.base().ms(),
            depth: level.depth(),
            leaf: leaf.ok_or(Failure::Position)?,
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |epoch, level: &str, start| LeafInput {
            epoch,
            level: level.into(),
            start,
        };
        let (march, base) = (at("2013-03-01"), at("2013-02-28"));
        for (name, about, input) in [
            (
                "minute-of-1970",
                "the base is 24 hours before: 1,440 minutes",
                input(0, "minute", 0),
            ),
            ("hour-of-1970", "in quarter hours: 96", input(0, "hour", 0)),
            (
                "raw",
                "raw has the minutes of trees of depth 17",
                input(259, "raw", march),
            ),
            (
                "day",
                "days have the quarter hours of trees of depth 13",
                input(259, "day", march),
            ),
            ("base", "leaf 0", input(259, "month", base)),
            (
                "kathmandu-hour",
                "an hour that begins at a quarter past in UTC",
                input(259, "hour", march + 900_000),
            ),
            (
                "last-minute",
                "leaf 2^17 - 1, which no slot of a real epoch has",
                input(259, "minute", base + 131_071 * 60_000),
            ),
            (
                "before-1970",
                "an epoch with a negative number",
                input(-1, "quarter-hour", -900_000),
            ),
        ] {
            cases.accept(name, &["model-11"], about, input);
        }
        for (name, about, input) in [
            (
                "before-base",
                "a minute before leaf 0",
                input(259, "minute", base - 60_000),
            ),
            (
                "after-minutes",
                "leaf 2^17",
                input(259, "minute", base + 131_072 * 60_000),
            ),
            (
                "after-quarters",
                "leaf 2^13",
                input(259, "hour", base + 8_192 * 900_000),
            ),
            (
                "other-epoch",
                "the first day of March 2013 in the epoch a year later",
                input(265, "day", march),
            ),
            (
                "too-early",
                "1899, which no slot is in",
                input(-421, "day", at("1900-01-01") - 86_400_000),
            ),
            ("too-late", "2200", input(1380, "day", Time::LATEST.ms())),
        ] {
            cases.refuse(name, &["model-11"], about, input, Failure::Position);
        }
    }
}
