//! Flags.

use freehold_model::Flags;
use serde::{Deserialize, Serialize};

use crate::vectors::{Cases, Failure, Operation};

pub(super) struct FlagNames;

#[derive(Serialize, Deserialize)]
pub(super) struct FlagsInput {
    flags: u16,
}

#[derive(Serialize)]
pub(super) struct FlagsOutput {
    names: Vec<&'static str>,
}

impl Operation for FlagNames {
    const NAME: &'static str = "model/flags";
    const ABOUT: &'static str = "What flags say.";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("flags", "as a number of 16 bits"),
        (
            "names",
            "below_range, above_range, estimated, corrected, manual, clock_unsure, implausible, in this order, and one of absent, absent_not_measured, absent_error, absent_withheld, absent_not_applicable",
        ),
    ];
    type Input = FlagsInput;
    type Output = FlagsOutput;

    fn run(input: FlagsInput) -> Result<FlagsOutput, Failure> {
        let flags = Flags::from_bits(input.flags).ok_or(Failure::Malformed)?;
        Ok(FlagsOutput {
            names: flags.names().collect(),
        })
    }

    fn cases(cases: &mut Cases<'_, Self>) {
        for (name, about, flags) in [
            ("none", "nothing to say", 0),
            (
                "all",
                "all seven, and an absence that is not applicable",
                0x04ff,
            ),
            ("low", "below range", 0x0001),
            ("absent", "absent for an unknown reason", 0x0080),
            (
                "withheld",
                "absent because it was withheld, entered by hand",
                0x0390,
            ),
        ] {
            cases.accept(name, &["model-17"], about, FlagsInput { flags });
        }
        for (name, about, flags) in [
            ("bit-11", "a bit that has no meaning", 0x0800),
            ("bit-15", "the highest bit", 0x8000),
            (
                "reason-5",
                "absent for a reason that there is none of",
                0x0580,
            ),
            ("reason-7", "absent for the last number of a reason", 0x0780),
            ("reason-alone", "a reason without an absence", 0x0100),
            ("reason-4-alone", "not applicable, but not absent", 0x0400),
        ] {
            cases.refuse(
                name,
                &["model-17"],
                about,
                FlagsInput { flags },
                Failure::Malformed,
            );
        }
    }
}
