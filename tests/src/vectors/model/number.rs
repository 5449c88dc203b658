//! Written numbers.

use freehold_model::{DecimalError, Kind, UnitError, ValueError};
use serde::{Deserialize, Serialize};

use crate::vectors::{Big, Cases, Failure, Operation};

pub(super) struct NumberText;

#[derive(Serialize, Deserialize)]
pub(super) struct NumberInput {
    kind: String,
    exponent: i8,
    text: String,
}

#[derive(Serialize)]
pub(super) struct NumberOutput {
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
