//! Written times.

use freehold_model::Fold;
use serde::{Deserialize, Serialize};

use super::{of_zone, zone};
use crate::vectors::{Cases, Failure, Operation};

pub(super) struct TimeText;

#[derive(Serialize, Deserialize)]
pub(super) struct TimeInput {
    zone: String,
    text: String,
    later: bool,
}

#[derive(Serialize)]
pub(super) struct TimeOutput {
    time: i64,
}

impl Operation for TimeText {
    const NAME: &'static str = "model/time";
    const ABOUT: &'static str = "The instant that a written time means.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("zone", "IANA zone of the stream"),
        ("text", "what is written"),
        (
            "later",
            "whether the later instant is meant when the clock showed the time twice",
        ),
        ("time", "ms"),
    ];
    type Input = TimeInput;
    type Output = TimeOutput;

    fn run(input: TimeInput) -> Result<TimeOutput, Failure> {
        let fold = if input.later {
            Fold::Later
        } else {
            Fold::Earlier
        };
        let time = zone(&input.zone)?.parse(&input.text, fold);
        Ok(TimeOutput {
            time: time.map_err(of_zone)?.ms(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |zone: &str, text: &str, later| TimeInput {
            zone: zone.into(),
            text: text.into(),
            later,
        };
        for (name, rules, about, zone, text, later) in [
            (
                "date",
                &["model-5"][..],
                "the first instant of a civil day",
                "Europe/London",
                "2013-07-01",
                false,
            ),
            (
                "minutes",
                &["model-5"],
                "civil time of the zone, an hour ahead of UTC",
                "Europe/London",
                "2013-07-01T00:30",
                false,
            ),
            (
                "space",
                &["model-5"],
                "a space for the T",
                "Europe/London",
                "2013-07-01 00:30:00",
                false,
            ),
            (
                "milliseconds",
                &["model-5"],
                "three places",
                "UTC",
                "2013-01-01T00:30:00.250",
                false,
            ),
            (
                "one-place",
                &["model-5"],
                "a fraction of one place, after a comma",
                "UTC",
                "2013-01-01T00:30:00,2",
                false,
            ),
            (
                "zeros",
                &["model-5"],
                "more places than milliseconds have, but zeros",
                "UTC",
                "2013-01-01T00:30:00.2500000",
                false,
            ),
            (
                "space-before-offset",
                &["model-5"],
                "a space before the offset, small letters",
                "UTC",
                "1970-01-01t00:00:01 z",
                false,
            ),
            (
                "utc",
                &["model-5"],
                "Z, in whichever zone",
                "Asia/Kathmandu",
                "1970-01-01T00:00:01Z",
                false,
            ),
            (
                "offset",
                &["model-5"],
                "an offset with a colon",
                "UTC",
                "1970-01-01T05:45:00+05:45",
                false,
            ),
            (
                "offset-without-colon",
                &["model-5"],
                "an offset without",
                "UTC",
                "1970-01-01T05:45:00+0545",
                false,
            ),
            (
                "offset-of-hours",
                &["model-5"],
                "an offset of hours alone",
                "UTC",
                "1970-01-01T05:00+05",
                false,
            ),
            (
                "gap",
                &["model-4"],
                "01:30 was skipped: 02:30 of summer time, which is 01:30 of UTC",
                "Europe/London",
                "2013-03-31T01:30",
                false,
            ),
            (
                "fold-earlier",
                &["model-4"],
                "01:30 came twice: the first, of summer time",
                "Europe/London",
                "2013-10-27T01:30",
                false,
            ),
            (
                "fold-later",
                &["model-4"],
                "01:30 came twice: the second, of winter time",
                "Europe/London",
                "2013-10-27T01:30",
                true,
            ),
            (
                "fold-with-offset",
                &["model-4", "model-5"],
                "with an offset there is nothing to choose",
                "Europe/London",
                "2013-10-27T01:30+01:00",
                true,
            ),
            (
                "skipped-date",
                &["model-5"],
                "Apia had no 30 December 2011: the first instant after it",
                "Pacific/Apia",
                "2011-12-30",
                false,
            ),
            (
                "midnight-skipped",
                &["model-5"],
                "Beirut's clock skipped 00:00 to 01:00 on 31 March 2013: its day began at 01:00",
                "Asia/Beirut",
                "2013-03-31",
                false,
            ),
            (
                "earliest",
                &["model-1"],
                "the first instant of a reading",
                "UTC",
                "1900-01-01",
                false,
            ),
        ] {
            cases.accept(name, rules, about, input(zone, text, later));
        }
        for (name, about, text) in [
            ("none", "no text", ""),
            ("words", "words", "yesterday"),
            ("slashes", "slashes", "2013/01/01"),
            ("day-first", "day before month", "01-01-2013"),
            ("short-year", "a year of two digits", "13-01-01"),
            ("month-13", "a month that is none", "2013-13-01"),
            ("30-february", "a day that is none", "2013-02-30"),
            ("29-february", "2013 was no leap year", "2013-02-29"),
            ("hour-24", "hour 24", "2013-01-01T24:00"),
            ("minute-60", "minute 60", "2013-01-01T00:60"),
            ("second-60", "a leap second", "2012-06-30T23:59:60Z"),
            ("hours-alone", "no minutes", "2013-01-01T00"),
            (
                "microseconds",
                "finer than a millisecond",
                "2013-01-01T00:00:00.000250",
            ),
            (
                "zone-name",
                "a zone's name",
                "2013-01-01T00:00[Europe/London]",
            ),
            ("after", "something after the time", "2013-01-01T00:00Z."),
            (
                "date-with-offset",
                "a date with an offset",
                "2013-01-01+01:00",
            ),
            (
                "offset-of-100-hours",
                "an offset of three digits",
                "2013-01-01T00:00+100",
            ),
        ] {
            cases.refuse(
                name,
                &["model-5"],
                about,
                input("UTC", text, false),
                Failure::Malformed,
            );
        }
        for (name, rules, about, zone, text, failure) in [
            (
                "zone",
                &["model-5"],
                "a zone that nobody knows",
                "Europe/Atlantis",
                "2013-01-01",
                Failure::Unknown,
            ),
            (
                "too-early",
                &["model-1"],
                "the last of 1899",
                "UTC",
                "1899-12-31T23:59:59.999",
                Failure::Range,
            ),
            (
                "too-late",
                &["model-1"],
                "the first of 2200",
                "UTC",
                "2200-01-01",
                Failure::Range,
            ),
            (
                "too-late-by-offset",
                &["model-1"],
                "2199 on the clock, 2200 in UTC",
                "UTC",
                "2199-12-31T23:30-01:00",
                Failure::Range,
            ),
        ] {
            cases.refuse(name, rules, about, input(zone, text, false), failure);
        }
    }
}
