//! `approve`: from a request to a grant, by what the person saw.

use super::HOME;
use crate::args::{Args, Command, Group, Opt, Positional};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const APPROVE: Command = Command {
    name: "approve",
    group: Group::Consent,
    about: "see what a request would open, and grant it",
    positionals: &[HOME, Positional::new("REQUEST", "the request's file")],
    options: &[
        Opt::value("stream", "NAME", "the streams it may open").required().repeats(),
        Opt::value("out", "FILE", "where the grant is written").required(),
        Opt::value("data-until", "TIME", "grant data only before this time"),
        Opt::value("expires", "TIME", "when the consent ends"),
        Opt::value("lease", "DURATION", "how far ahead keys are handed out, such as P7D"),
        Opt::value("shown", "HASH", "approve only the proposal with this hash"),
        Opt::flag("yes", "do not ask"),
    ],
    details: "\
Prints the proposal: exactly what would be granted, and what can be worked out from it with everything
granted before. On a terminal it asks, unless --yes. An approval that nobody was asked for is recorded as
unattended. With --shown HASH a proposal that differs from the one with that hash is refused (exit 3).",
    example: "freehold approve flat request.freehold --stream use --out grant.freehold --lease P7D",
    run: approve,
};

fn approve(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
