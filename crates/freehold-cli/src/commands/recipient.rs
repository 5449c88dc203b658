//! `recipient init` and `accept`.

use super::DIR;
use crate::args::{Args, Command, Group, Opt, Positional};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const INIT: Command = Command {
    name: "recipient init",
    group: Group::Recipient,
    about: "make a recipient: its keys and its card",
    positionals: &[DIR],
    options: &[
        Opt::value("name", "NAME", "what the recipient is called").required(),
        Opt::value("role", "ROLE", "controller, joint-controller or processor").required(),
    ],
    details: "\
The card (DIR/card.freehold) holds the recipient's public keys and what it calls itself.",
    example: "freehold recipient init gp --name Surgery --role controller",
    run: init,
};

pub(crate) const ACCEPT: Command = Command {
    name: "accept",
    group: Group::Recipient,
    about: "take in a grant that was made for this recipient",
    positionals: &[DIR, Positional::new("GRANT", "the grant's file")],
    options: &[],
    details: "A grant made for somebody else is refused (exit 3).",
    example: "freehold accept gp grant.freehold",
    run: accept,
};

fn init(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}

fn accept(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
