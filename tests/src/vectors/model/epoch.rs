//! Epochs.

use freehold_model::Time;
use serde::{Deserialize, Serialize};

use super::{at, calendar};
use crate::vectors::{Cases, Failure, Operation};

pub(super) struct EpochOf;

#[derive(Serialize, Deserialize)]
pub(super) struct Instant {
    zone: String,
    time: i64,
}

#[derive(Serialize)]
pub(super) struct EpochOutput {
    epoch: i32,
    from: i64,
    until: i64,
}

impl Operation for EpochOf {
    const NAME: &'static str = "model/epoch";
    const ABOUT: &'static str = "The epoch that holds an instant.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("zone", "IANA zone"),
        ("time", "ms"),
        ("epoch", "its number"),
        ("from", "its first instant, ms"),
        ("until", "that of the next, ms"),
    ];
    type Input = Instant;
    type Output = EpochOutput;

    fn run(input: Instant) -> Result<EpochOutput, Failure> {
        let time = Time::from_ms(input.time);
        if !time.is_supported() {
            return Err(Failure::Range);
        }
        let calendar = calendar(&input.zone, 1440)?;
        let epoch = calendar.epoch(time);
        let span = calendar.epoch_span(epoch);
        Ok(EpochOutput {
            epoch: epoch.number(),
            from: span.start.ms(),
            until: span.end.ms(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, zone, time) in [
            ("first", "January 1970 is in epoch 0", "UTC", "1970-01-01"),
            (
                "before-1970",
                "1969 ends in epoch -1",
                "UTC",
                "1969-12-31T23:59:59.999Z",
            ),
            (
                "march",
                "the third month begins an epoch: (2013 - 1970) * 6 + 1",
                "UTC",
                "2013-03-01",
            ),
            (
                "in-its-zone",
                "in Auckland it is January 2014 already",
                "Pacific/Auckland",
                "2013-12-31T12:00Z",
            ),
            (
                "across-a-change",
                "March and April in London begin in winter time and end in summer time",
                "Europe/London",
                "2013-04-01",
            ),
            (
                "latest",
                "the last millisecond that a reading may have",
                "UTC",
                "2199-12-31T23:59:59.999Z",
            ),
        ] {
            let (zone, time) = (zone.into(), at(time));
            cases.accept(name, &["model-10"], about, Instant { zone, time });
        }
        for (name, about, zone, time, failure) in [
            (
                "too-early",
                "a millisecond before 1900",
                "UTC",
                at("1900-01-01") - 1,
                Failure::Range,
            ),
            (
                "too-late",
                "2200 begins",
                "UTC",
                Time::LATEST.ms(),
                Failure::Range,
            ),
            (
                "zone",
                "a zone that nobody knows",
                "Mars/Olympus",
                0,
                Failure::Unknown,
            ),
        ] {
            let zone = zone.into();
            cases.refuse(
                name,
                &["model-1", "model-10"],
                about,
                Instant { zone, time },
                failure,
            );
        }
    }
}
