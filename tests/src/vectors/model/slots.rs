//! Time cut into slots.

use freehold_model::{Epoch, Time};
use serde::{Deserialize, Serialize};

use super::{at, calendar, level, times};
use crate::vectors::{Cases, Entry, Failure, Operation, entry};

pub(super) fn operations() -> Vec<Entry> {
    vec![
        entry::<Slots>(),
        entry::<EpochOf>(),
        entry::<Leaf>(),
        entry::<Leaves>(),
    ]
}

struct Slots;

#[derive(Serialize, Deserialize)]
struct Window {
    zone: String,
    chunk_minutes: u16,
    level: String,
    from: i64,
    until: i64,
}

impl Window {
    /// Of a level of a stream whose chunks last a day, between two times of UTC as people write them.
    fn new(zone: &str, level: &str, from: &str, until: &str) -> Self {
        Self {
            zone: zone.into(),
            chunk_minutes: 1440,
            level: level.into(),
            from: at(from),
            until: at(until),
        }
    }

    fn chunks(self, chunk_minutes: u16) -> Self {
        Self {
            chunk_minutes,
            ..self
        }
    }
}

#[derive(Serialize)]
struct SlotsOutput {
    slots: Vec<(i64, i64)>,
}

impl Operation for Slots {
    const NAME: &'static str = "model/slots";
    const ABOUT: &'static str = "The slots of a level that lie wholly in a window.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("zone", "IANA zone of the stream"),
        ("chunk_minutes", "length of a raw slot"),
        (
            "level",
            "raw, minute, quarter-hour, half-hour, hour, day or month",
        ),
        ("from", "the window begins, ms"),
        ("until", "and ends before, ms"),
        ("slots", "start and end of each, ms, in order"),
    ];
    type Input = Window;
    type Output = SlotsOutput;

    fn run(input: Window) -> Result<SlotsOutput, Failure> {
        let calendar = calendar(&input.zone, input.chunk_minutes)?;
        let (from, until) = times(input.from, input.until);
        let slots = calendar.slots(level(&input.level)?, from, until);
        Ok(SlotsOutput {
            slots: slots.map(|slot| (slot.start.ms(), slot.end.ms())).collect(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let spring = |level| {
            Window::new(
                "Europe/London",
                level,
                "2013-03-30T12:00Z",
                "2013-04-01T12:00Z",
            )
        };
        for (name, rules, about, input) in [
            (
                "day-of-23-hours",
                &["model-8", "model-12"][..],
                "London's clock skips 01:00 to 02:00 on 31 March 2013; the halves of days at both ends are left out",
                spring("day"),
            ),
            (
                "hours-of-23",
                &["model-8"],
                "the hours around that change: none is 01:00",
                Window::new(
                    "Europe/London",
                    "hour",
                    "2013-03-30T23:00Z",
                    "2013-03-31T03:00Z",
                ),
            ),
            (
                "day-of-25-hours",
                &["model-8"],
                "London's clock shows 01:00 to 02:00 twice on 27 October 2013",
                Window::new(
                    "Europe/London",
                    "day",
                    "2013-10-25T23:00Z",
                    "2013-10-29T00:00Z",
                ),
            ),
            (
                "hour-twice",
                &["model-8"],
                "01:00 comes twice, as two hours",
                Window::new(
                    "Europe/London",
                    "hour",
                    "2013-10-26T23:00Z",
                    "2013-10-27T03:00Z",
                ),
            ),
            (
                "lord-howe-back",
                &["model-7", "model-8"],
                "Lord Howe goes from +11 to +10:30 at 2013-04-06T15:00Z, back from 02:00 to 01:30: an hour on the clock is cut there",
                Window::new(
                    "Australia/Lord_Howe",
                    "hour",
                    "2013-04-06T13:00Z",
                    "2013-04-06T17:00Z",
                ),
            ),
            (
                "lord-howe-day",
                &["model-8"],
                "that day has 24.5 hours",
                Window::new(
                    "Australia/Lord_Howe",
                    "day",
                    "2013-04-06T12:00Z",
                    "2013-04-07T14:00Z",
                ),
            ),
            (
                "kathmandu-hours",
                &["model-8"],
                "an offset of +05:45: hours begin at a quarter past in UTC",
                Window::new(
                    "Asia/Kathmandu",
                    "hour",
                    "2020-01-01T00:00Z",
                    "2020-01-01T03:00Z",
                ),
            ),
            (
                "kathmandu-half-hours",
                &["model-8"],
                "its half hours",
                Window::new(
                    "Asia/Kathmandu",
                    "half-hour",
                    "2020-01-01T00:00Z",
                    "2020-01-01T02:00Z",
                ),
            ),
            (
                "skipped-date",
                &["model-8"],
                "Apia's clock never showed 30 December 2011: that date has no slot",
                Window::new(
                    "Pacific/Apia",
                    "day",
                    "2011-12-28T10:00Z",
                    "2012-01-01T10:00Z",
                ),
            ),
            (
                "casey",
                &["model-7"],
                "Casey goes from +08 to +11 at 2020-10-03T16:01Z, a minute after a quarter hour: the slots are cut at 16:15",
                Window::new(
                    "Antarctica/Casey",
                    "hour",
                    "2020-10-03T14:00Z",
                    "2020-10-03T19:00Z",
                ),
            ),
            (
                "local-mean-time",
                &["model-7"],
                "Monrovia was behind UTC by 44 minutes and 30 seconds until 1972-01-07T00:44:30Z: the slots have it as 45 minutes, until 00:45",
                Window::new(
                    "Africa/Monrovia",
                    "day",
                    "1972-01-05T00:00Z",
                    "1972-01-09T12:00Z",
                ),
            ),
            (
                "month-of-february",
                &["model-8"],
                "a leap year's",
                Window::new(
                    "Europe/London",
                    "month",
                    "2024-02-01T00:00Z",
                    "2024-03-01T00:00Z",
                ),
            ),
            (
                "quarter-hours",
                &["model-8", "model-9", "model-12"],
                "multiples in UTC, whatever the zone; a window that begins and ends within two of them has the two between",
                Window::new(
                    "Asia/Kathmandu",
                    "quarter-hour",
                    "2020-01-01T00:01Z",
                    "2020-01-01T00:46Z",
                ),
            ),
            (
                "minutes",
                &["model-8"],
                "a window that ends a second before its third minute does",
                Window::new(
                    "Europe/London",
                    "minute",
                    "2020-01-01T00:00Z",
                    "2020-01-01T00:02:59Z",
                ),
            ),
            (
                "raw-cut",
                &["model-8", "model-6"],
                "chunks of seven hours: the fourth of a day ends with the day",
                Window::new(
                    "Europe/London",
                    "raw",
                    "2020-01-01T00:00Z",
                    "2020-01-02T07:00Z",
                )
                .chunks(420),
            ),
            (
                "raw-on-a-long-day",
                &["model-8"],
                "chunks of eight hours on a day of 25: the fourth has one",
                Window::new(
                    "Europe/London",
                    "raw",
                    "2013-10-26T23:00Z",
                    "2013-10-28T00:00Z",
                )
                .chunks(480),
            ),
            (
                "nothing-whole",
                &["model-12"],
                "a window that is longer than an hour and holds none",
                Window::new(
                    "Europe/London",
                    "hour",
                    "2020-01-01T00:30Z",
                    "2020-01-01T01:59Z",
                ),
            ),
            (
                "empty",
                &["model-12"],
                "a window that ends where it begins",
                Window::new(
                    "Europe/London",
                    "minute",
                    "2020-01-01T00:00Z",
                    "2020-01-01T00:00Z",
                ),
            ),
        ] {
            cases.accept(name, rules, about, input);
        }
        for (name, rules, about, input, failure) in [
            (
                "zone",
                &["model-7"][..],
                "a zone that nobody knows",
                Window {
                    zone: "Europe/Londn".into(),
                    ..spring("day")
                },
                Failure::Unknown,
            ),
            (
                "level",
                &["model-8"],
                "there are no weeks",
                spring("week"),
                Failure::Unknown,
            ),
            (
                "chunk-of-nothing",
                &["model-6"],
                "chunks of no minute",
                spring("raw").chunks(0),
                Failure::Range,
            ),
            (
                "chunk-over-a-day",
                &["model-6"],
                "chunks of 1,441 minutes",
                spring("raw").chunks(1441),
                Failure::Range,
            ),
        ] {
            cases.refuse(name, rules, about, input, failure);
        }
    }
}

struct EpochOf;

#[derive(Serialize, Deserialize)]
struct Instant {
    zone: String,
    time: i64,
}

#[derive(Serialize)]
struct EpochOutput {
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

struct Leaf;

#[derive(Serialize, Deserialize)]
struct LeafInput {
    epoch: i32,
    level: String,
    start: i64,
}

#[derive(Serialize)]
struct LeafOutput {
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

struct Leaves;

#[derive(Serialize)]
struct LeavesOutput {
    epochs: Vec<EpochLeaves>,
}

#[derive(Serialize)]
struct EpochLeaves {
    epoch: i32,
    from: u32,
    until: u32,
}

impl Operation for Leaves {
    const NAME: &'static str = "model/leaves";
    const ABOUT: &'static str = "The leaves that a window covers, epoch by epoch.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("zone", "IANA zone of the stream"),
        ("chunk_minutes", "length of a raw slot"),
        ("level", "name of the level"),
        ("from", "the window begins, ms"),
        ("until", "and ends before, ms"),
        (
            "epochs",
            "each `epoch` with slots in the window, ascending: leaves `from` up to but without `until`",
        ),
    ];
    type Input = Window;
    type Output = LeavesOutput;

    fn run(input: Window) -> Result<LeavesOutput, Failure> {
        let calendar = calendar(&input.zone, input.chunk_minutes)?;
        let level = level(&input.level)?;
        let (from, until) = times(input.from, input.until);
        let last = calendar.epoch(until).number();
        let epochs = (calendar.epoch(from).number()..=last).filter_map(|number| {
            let epoch = Epoch::from_number(number);
            let leaves = calendar.index_span(level, epoch, from, until)?;
            Some(EpochLeaves {
                epoch: number,
                from: leaves.start,
                until: leaves.end,
            })
        });
        Ok(LeavesOutput {
            epochs: epochs.collect(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let london = |level, from, until| Window::new("Europe/London", level, from, until);
        for (name, about, input) in [
            (
                "an-hour",
                "from its leaf to the one before the next hour's: four quarter hours",
                london("hour", "2013-03-10T12:00Z", "2013-03-10T13:00Z"),
            ),
            (
                "inwards",
                "half hours at both ends of the window go",
                london("half-hour", "2013-03-10T12:01Z", "2013-03-10T13:59Z"),
            ),
            (
                "a-whole-epoch",
                "January and February are a whole tree",
                london("day", "2013-01-01T00:00Z", "2013-03-01T00:00Z"),
            ),
            (
                "from-the-first",
                "with the epoch's first slot: from leaf 0",
                london("day", "2013-01-01T00:00Z", "2013-01-03T00:00Z"),
            ),
            (
                "to-the-last",
                "with the epoch's last slot: to the tree's end",
                london("minute", "2013-02-28T23:58Z", "2013-03-01T00:00Z"),
            ),
            (
                "three-epochs",
                "the end of one, all of one, the beginning of one",
                london("month", "2012-12-01T00:00Z", "2013-03-31T23:00Z"),
            ),
            (
                "short-day",
                "a day of 23 hours covers its own 92 quarter hours",
                london("day", "2013-03-31T00:00Z", "2013-03-31T23:00Z"),
            ),
            (
                "raw",
                "chunks of two hours",
                london("raw", "2013-03-10T01:00Z", "2013-03-10T07:00Z").chunks(120),
            ),
            (
                "in-its-zone",
                "Auckland's 1 January 2014 begins on 31 December in UTC, before leaf 96",
                Window::new(
                    "Pacific/Auckland",
                    "day",
                    "2013-12-30T11:00Z",
                    "2014-01-02T11:00Z",
                ),
            ),
            (
                "nothing",
                "no whole day",
                london("day", "2013-03-10T00:01Z", "2013-03-11T23:59Z"),
            ),
        ] {
            cases.accept(name, &["model-11", "model-12"], about, input);
        }
    }
}
