//! `init`: a new home.

use super::HOME;
use crate::args::{Args, Command, Group, Opt};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const INIT: Command = Command {
    name: "init",
    group: Group::Home,
    about: "make a home: the store and the keys of one household",
    positionals: &[HOME],
    options: &[Opt::value("name", "NAME", "what the household is called").required()],
    details: "\
The folder holds everything, encrypted. Its key comes from the passphrase in FREEHOLD_PASSPHRASE, or from
a prompt on a terminal. Without a passphrase the key lies in a file beside the store that only you can
read: whoever copies the folder then has both.",
    example: "freehold init flat --name \"Flat 4\"",
    run: init,
};

fn init(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
