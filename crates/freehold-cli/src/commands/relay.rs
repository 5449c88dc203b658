//! `relay`: the relay as a command of the tool. Its flags are its own.

use std::ffi::OsString;

use crate::args::Args;
use crate::command::{Command, Group};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const RELAY: Command = Command {
    name: "relay",
    group: Group::Care,
    about: "run a relay: it carries and keeps what it cannot read",
    positionals: &[],
    options: &[],
    details: "\
It prints 'listening ADDR#KEY' when it is ready: that is what 'freehold sync --relay' takes. Its flags are
those of the program freehold-relay; 'freehold relay --help' lists them.",
    example: "freehold relay",
    run: flags,
};

/// Runs the relay with its own flags, and gives its exit code.
pub(crate) fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    freehold_relay::run(args, &mut std::io::stdout(), &mut std::io::stderr())
}

fn flags(_: &Args, out: &mut Out) -> Result<(), Failure> {
    out.line(freehold_relay::help().trim_end())
}
