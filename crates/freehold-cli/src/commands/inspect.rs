//! `show`, `verify` and `inspect`.

use super::PLACE;
use crate::args::{Args, Command, Group, Positional};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const SHOW: Command = Command {
    name: "show",
    group: Group::Care,
    about: "explain any Freehold file in plain language",
    positionals: &[Positional::new("FILE", "a card, a request, a grant ..")],
    options: &[],
    details: "",
    example: "freehold show request.freehold",
    run: show,
};

pub(crate) const VERIFY: Command = Command {
    name: "verify",
    group: Group::Care,
    about: "check every chain, signature and piece",
    positionals: &[PLACE],
    options: &[],
    details: "",
    example: "freehold verify flat",
    run: verify,
};

pub(crate) const INSPECT: Command = Command {
    name: "inspect",
    group: Group::Care,
    about: "tell what lies in a folder and how much room it takes",
    positionals: &[PLACE],
    options: &[],
    details: "",
    example: "freehold inspect flat",
    run: inspect,
};

fn show(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}

fn verify(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}

fn inspect(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
