//! Windows, and what a line of a request means in a zone.

use freehold_consent::{Ask, KindName, Window};
use freehold_model::{Facet, Facets, Level, Levels, Time, Zone};
use serde::{Deserialize, Serialize};

use crate::vectors::{Cases, Failure, Operation, model::at};

pub(super) struct Inside;

#[derive(Serialize, Deserialize)]
pub(super) struct InsideInput {
    from: i64,
    until: i64,
}

#[derive(Serialize)]
pub(super) struct InsideOutput {
    first: i64,
    minutes: i64,
}

impl Operation for Inside {
    const NAME: &'static str = "consent/window";
    const ABOUT: &'static str = "The window within two times.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("from", "ms"),
        ("until", "ms"),
        ("first", "the first minute since 1970"),
        ("minutes", "how many"),
    ];
    type Input = InsideInput;
    type Output = InsideOutput;

    fn run(input: InsideInput) -> Result<InsideOutput, Failure> {
        let (from, until) = (Time::from_ms(input.from), Time::from_ms(input.until));
        let window = Window::inside(from, until).ok_or(Failure::Range)?;
        Ok(InsideOutput {
            first: window.from().ms() / 60_000,
            minutes: (window.until().ms() - window.from().ms()) / 60_000,
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let last = i64::from(i32::MAX) * 60_000;
        for (name, about, from, until) in [
            ("whole", "two whole minutes", 0, 120_000),
            (
                "inwards",
                "from a millisecond after a minute to one before another",
                1,
                179_999,
            ),
            (
                "before-1970",
                "before 1970, too, the beginning moves up and the end down",
                -150_000,
                -30_000,
            ),
            ("last-minute", "up to minute 2^31 - 1", 0, last),
        ] {
            cases.accept(name, &["consent-8"], about, InsideInput { from, until });
        }
        for (name, about, from, until) in [
            (
                "nothing-whole",
                "two minutes less two milliseconds that hold no whole one",
                1,
                119_999,
            ),
            ("empty", "an end at the beginning", 60_000, 60_000),
            ("backwards", "an end before the beginning", 120_000, 0),
            ("too-late", "up to minute 2^31", 0, last + 60_000),
            ("too-early", "from before minute -2^31", -last - 120_000, 0),
        ] {
            cases.refuse(
                name,
                &["consent-8"],
                about,
                InsideInput { from, until },
                Failure::Range,
            );
        }
    }
}

pub(super) struct Asked;

#[derive(Serialize, Deserialize)]
pub(super) struct AskedInput {
    zone: String,
    stream_clock: bool,
    first: i64,
    last: Option<i64>,
}

#[derive(Serialize)]
pub(super) struct AskedOutput {
    from: i64,
    until: Option<i64>,
}

impl Operation for Asked {
    const NAME: &'static str = "consent/asked";
    const ABOUT: &'static str = "What the times of a request's line mean for a stream.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("zone", "IANA zone of the stream"),
        ("stream_clock", "whether the line's clock is the stream's"),
        ("first", "minute"),
        ("last", "minute, or null"),
        ("from", "ms"),
        ("until", "ms, or null"),
    ];
    type Input = AskedInput;
    type Output = AskedOutput;

    fn run(input: AskedInput) -> Result<AskedOutput, Failure> {
        let zone = Zone::new(&input.zone).map_err(|_| Failure::Unknown)?;
        let kind = KindName::new("air_temperature").map_err(|_| Failure::Malformed)?;
        let minute = |minute: i64| Time::from_ms(minute * 60_000);
        let (first, last) = (minute(input.first), input.last.map(minute));
        let ask = Ask::new(
            kind,
            Levels::of(Level::Day),
            Facets::of(Facet::Totals),
            first,
            last,
        );
        let ask = ask.map_err(|_| Failure::Range)?;
        let ask = if input.stream_clock {
            ask.by_the_streams_clock()
        } else {
            ask
        };
        let (from, until) = ask.instants(&zone);
        Ok(AskedOutput {
            from: from.ms(),
            until: until.map(Time::ms),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let minute = |text: &str| at(text) / 60_000;
        let input = |zone: &str, stream_clock, first: &str, last: Option<&str>| AskedInput {
            zone: zone.into(),
            stream_clock,
            first: minute(first),
            last: last.map(minute),
        };
        for (name, about, stream_clock, first, last) in [
            (
                "utc",
                "instants, whatever the zone",
                false,
                "2024-06-01T00:00Z",
                Some("2024-07-01T00:00Z"),
            ),
            (
                "civil",
                "June on the clock of London begins an hour earlier",
                true,
                "2024-06-01T00:00Z",
                Some("2024-07-01T00:00Z"),
            ),
            ("open", "without an end", true, "2024-06-01T00:00Z", None),
            (
                "fold",
                "01:30 comes twice: from the later one, or until the earlier one",
                true,
                "2013-10-27T01:30Z",
                None,
            ),
            (
                "fold-until",
                "as an end the earlier one",
                true,
                "2013-10-01T00:00Z",
                Some("2013-10-27T01:30Z"),
            ),
            (
                "gap",
                "01:30 is skipped: 02:30",
                true,
                "2013-03-31T01:30Z",
                None,
            ),
        ] {
            cases.accept(
                name,
                &["consent-28"],
                about,
                input("Europe/London", stream_clock, first, last),
            );
        }
        for (name, about, zone, last, failure) in [
            (
                "backwards",
                "an end before the beginning",
                "Europe/London",
                "2024-05-01T00:00Z",
                Failure::Range,
            ),
            (
                "empty",
                "an end at the beginning",
                "Europe/London",
                "2024-06-01T00:00Z",
                Failure::Range,
            ),
            (
                "zone",
                "a zone that nobody knows",
                "Europe/Londn",
                "2024-07-01T00:00Z",
                Failure::Unknown,
            ),
        ] {
            cases.refuse(
                name,
                &["consent-28", "consent-7"],
                about,
                input(zone, true, "2024-06-01T00:00Z", Some(last)),
                failure,
            );
        }
    }
}
