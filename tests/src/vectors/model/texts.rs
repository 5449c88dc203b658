//! Times, numbers and names as people write them.

use freehold_model::{DecimalError, Fold, Kind, UnitError, ValueError};
use serde::{Deserialize, Serialize};

use super::{of_zone, zone};
use crate::vectors::{Big, Cases, Entry, Failure, Operation, entry};

pub(super) fn operations() -> Vec<Entry> {
    vec![entry::<TimeText>(), entry::<NumberText>()]
}

struct TimeText;

#[derive(Serialize, Deserialize)]
struct TimeInput {
    zone: String,
    text: String,
    later: bool,
}

#[derive(Serialize)]
struct TimeOutput {
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

struct NumberText;

#[derive(Serialize, Deserialize)]
struct NumberInput {
    kind: String,
    exponent: i8,
    text: String,
}

#[derive(Serialize)]
struct NumberOutput {
    number: Big<i64>,
    exact: bool,
}

impl Operation for NumberText {
    const NAME: &'static str = "model/number";
    const ABOUT: &'static str = "The number that a text with or without a unit means.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("kind", "a kind of the registry"),
        ("exponent", "of the stream"),
        (
            "text",
            "a number, and after a space its unit; without one, the kind's",
        ),
        ("number", "in multiples of 10^exponent of the kind's unit"),
        ("exact", "whether nothing was rounded"),
    ];
    type Input = NumberInput;
    type Output = NumberOutput;

    fn run(input: NumberInput) -> Result<NumberOutput, Failure> {
        let kind = Kind::registered(&input.kind).ok_or(Failure::Unknown)?;
        let parsed = kind
            .parse_at(&input.text, input.exponent)
            .map_err(of_value)?;
        kind.check(&parsed.value).map_err(of_value)?;
        let number = parsed.value.number().ok_or(Failure::Kind)?;
        Ok(NumberOutput {
            number: Big(number),
            exact: parsed.exact,
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        let input = |(kind, exponent, text): (&str, i8, &str)| NumberInput {
            kind: kind.into(),
            exponent,
            text: text.into(),
        };
        for (name, about, of) in [
            (
                "own-unit",
                "in the kind's unit, W.h",
                ("energy_interval", -3, "0.412"),
            ),
            (
                "kilo",
                "0.412 kW.h are 412,000 thousandths of a W.h",
                ("energy_interval", -3, "0.412 kW.h"),
            ),
            (
                "plain-kilo",
                "kWh, which is not UCUM",
                ("energy_interval", -3, "0.412 kWh"),
            ),
            (
                "half-to-even-down",
                "0.025 lies between 2 and 3 hundredths: to 2, which is even",
                ("air_temperature", -2, "0.025"),
            ),
            (
                "half-to-even-up",
                "0.035 lies between 3 and 4 hundredths: to 4, which is even",
                ("air_temperature", -2, "0.035"),
            ),
            ("half-negative", "-0.025", ("air_temperature", -2, "-0.025")),
            (
                "just-above-half",
                "0.0250001",
                ("air_temperature", -2, "0.0250001"),
            ),
            (
                "fahrenheit",
                "212 degrees Fahrenheit are 100 Celsius",
                ("air_temperature", -2, "212 [degF]"),
            ),
            (
                "fahrenheit-rounded",
                "100 are 37.777...",
                ("air_temperature", -2, "100 °F"),
            ),
            ("kelvin", "0 K", ("air_temperature", -2, "0 K")),
            (
                "joule",
                "3,600 J are 1 Wh",
                ("energy_interval", -3, "3600 J"),
            ),
            (
                "joule-rounded",
                "2 J are 0.5555... thousandths of a W.h",
                ("energy_interval", -3, "2 J"),
            ),
            (
                "power-of-ten",
                "digits with a power of ten",
                ("energy_interval", -3, "4.12e2"),
            ),
            (
                "point-first",
                "nothing before the point",
                ("energy_interval", -3, ".5"),
            ),
            ("plus", "a sign", ("energy_interval", -3, "+1")),
            (
                "greatest",
                "2^53 - 1",
                ("energy_interval", 0, "9007199254740991"),
            ),
            (
                "tiny",
                "rounded to nothing",
                ("energy_interval", -3, "1e-300"),
            ),
        ] {
            cases.accept(name, &["model-15"], about, input(of));
        }
        for (name, about, of, failure) in [
            (
                "no-digits",
                "no digit",
                ("energy_interval", -3, "."),
                Failure::Malformed,
            ),
            (
                "two-points",
                "two points",
                ("energy_interval", -3, "1.2.3"),
                Failure::Malformed,
            ),
            (
                "comma",
                "a comma",
                ("energy_interval", -3, "1,5"),
                Failure::Malformed,
            ),
            (
                "hexadecimal",
                "hexadecimal",
                ("energy_interval", -3, "0x10"),
                Failure::Malformed,
            ),
            (
                "nan",
                "not a number",
                ("energy_interval", -3, "NaN"),
                Failure::Malformed,
            ),
            (
                "infinity",
                "infinity",
                ("energy_interval", -3, "inf"),
                Failure::Malformed,
            ),
            (
                "full-width",
                "digits of another script",
                ("energy_interval", -3, "１"),
                Failure::Malformed,
            ),
            (
                "over-53-bits",
                "2^53",
                ("energy_interval", 0, "9007199254740992"),
                Failure::Range,
            ),
            (
                "over-64-bits",
                "2^63",
                ("energy_interval", 0, "9223372036854775808"),
                Failure::Range,
            ),
            (
                "huge",
                "a power of ten that no number has",
                ("energy_interval", -3, "1e300"),
                Failure::Range,
            ),
            (
                "unknown-unit",
                "a unit that nobody knows",
                ("energy_interval", -3, "1 furlong"),
                Failure::Unknown,
            ),
            (
                "other-quantity",
                "power for energy",
                ("energy_interval", -3, "1 kW"),
                Failure::Unit,
            ),
            (
                "length-for-temperature",
                "metres for degrees",
                ("air_temperature", -2, "1 m"),
                Failure::Unit,
            ),
            (
                "unknown-kind",
                "a kind that the registry does not have",
                ("energy", 0, "1"),
                Failure::Unknown,
            ),
        ] {
            let rule = if name.starts_with("over-53") {
                "model-16"
            } else {
                "model-15"
            };
            cases.refuse(name, &[rule], about, input(of), failure);
        }
    }
}

pub(super) fn of_value(error: ValueError) -> Failure {
    match error {
        ValueError::Unit(error) => of_unit(error),
        ValueError::NotABool | ValueError::NotAPoint => Failure::Malformed,
        ValueError::UnknownState => Failure::Unknown,
        ValueError::WrongKind => Failure::Kind,
        ValueError::OutOfRange => Failure::Range,
        ValueError::TooLong => Failure::Length,
    }
}

fn of_unit(error: UnitError) -> Failure {
    match error {
        UnitError::Unknown => Failure::Unknown,
        UnitError::Incompatible => Failure::Unit,
        UnitError::OutOfRange | UnitError::Number(DecimalError::Overflow) => Failure::Range,
        UnitError::Number(DecimalError::NotANumber) => Failure::Malformed,
    }
}
