//! `consents` and `revoke`.

use super::HOME;
use crate::args::{Args, Command, Group, Positional};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const CONSENTS: Command = Command {
    name: "consents",
    group: Group::Consent,
    about: "list what a home has granted, and to whom",
    positionals: &[HOME],
    options: &[],
    details: "",
    example: "freehold consents flat",
    run: consents,
};

pub(crate) const REVOKE: Command = Command {
    name: "revoke",
    group: Group::Consent,
    about: "end a consent: no further keys, new keys for what comes",
    positionals: &[HOME, Positional::new("CONSENT", "the consent's id, or its beginning")],
    options: &[],
    details: "\
At best nothing from later than one lease opens, never anything from later than two. What was read before
cannot be taken back.",
    example: "freehold revoke flat 3f9ac2",
    run: revoke,
};

fn consents(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}

fn revoke(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
