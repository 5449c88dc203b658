//! `device add` and `devices`.

use super::HOME;
use crate::args::{Args, Command, Group, Opt};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const ADD: Command = Command {
    name: "device add",
    group: Group::Home,
    about: "add a device to a home",
    positionals: &[HOME],
    options: &[
        Opt::value("name", "NAME", "what you call it").required(),
        Opt::value("maker", "MAKER", "who made it"),
        Opt::value("model", "MODEL", "its model"),
    ],
    details: "",
    example: "freehold device add flat --name meter --maker Acme --model M1",
    run: add,
};

pub(crate) const LIST: Command = Command {
    name: "devices",
    group: Group::Home,
    about: "list a home's devices",
    positionals: &[HOME],
    options: &[],
    details: "",
    example: "freehold devices flat",
    run: list,
};

fn add(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}

fn list(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
