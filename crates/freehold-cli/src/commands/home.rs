//! `init`: a new home.

use freehold::Home;
use serde_json::json;

use super::HOME;
use crate::args::Args;
use crate::command::{Command, Group, Opt};
use crate::failure::Failure;
use crate::output::Out;
use crate::session;

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

fn init(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let (path, name) = (args.path("HOME")?, args.need("name")?);
    let keys = session::new_keys(path, out)?;
    let home = Home::create_with(path, name, keys, session::clock(args)?)?;
    let info = home.info()?;
    home.close()?;
    if out.json() {
        return out.object(&json!({"home": path.to_string_lossy(), "name": info.name, "fingerprint": info.household.fingerprint().to_string()}));
    }
    out.line(format_args!(
        "Made the home \"{}\" in {}.",
        info.name,
        path.display()
    ))?;
    out.line(format_args!(
        "Next: freehold device add {} --name meter --maker Acme --model M1",
        path.display()
    ))
}
