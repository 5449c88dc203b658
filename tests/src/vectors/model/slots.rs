//! Time cut into slots.

use serde::{Deserialize, Serialize};

use super::{at, calendar, level, times};
use crate::vectors::{Cases, Failure, Operation};

pub(super) struct Slots;

#[derive(Serialize, Deserialize)]
pub(super) struct Window {
    pub(super) zone: String,
    pub(super) chunk_minutes: u16,
    pub(super) level: String,
    pub(super) from: i64,
    pub(super) until: i64,
}

impl Window {
    /// Of a level of a stream whose chunks last a day, between two times of UTC as people write them.
    pub(super) fn new(zone: &str, level: &str, from: &str, until: &str) -> Self {
        Self {
            zone: zone.into(),
            chunk_minutes: 1440,
            level: level.into(),
            from: at(from),
            until: at(until),
        }
    }

    pub(super) fn chunks(self, chunk_minutes: u16) -> Self {
        Self {
            chunk_minutes,
            ..self
        }
    }
}

#[derive(Serialize)]
pub(super) struct SlotsOutput {
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
