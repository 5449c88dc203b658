//! `recipient init` and `accept`.

use freehold::Recipient;
use freehold::consent::{Name, Role, UnverifiedGrant};
use serde_json::json;

use super::DIR;
use crate::args::{Args, bad_value};
use crate::command::{Command, Group, Opt, Positional};
use crate::failure::Failure;
use crate::output::Out;
use crate::session;

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
The card (DIR/card.freehold) holds the recipient's public keys and what it calls itself. Whoever is asked
for data sees the fingerprint of that card: tell it to them by another way.",
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

fn init(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let path = args.path("DIR")?;
    let name = args
        .parsed("name", Name::new)?
        .ok_or_else(|| args.missing("name"))?;
    let role = args.need("role")?;
    let role = Role::from_name(role).ok_or_else(|| {
        bad_value(
            "role",
            role,
            "either controller, joint-controller or processor",
        )
    })?;
    let keys = session::new_keys(path, out)?;
    let recipient = Recipient::create_with(path, name, role, keys, session::clock(args)?, None)?;
    let file = path.join("card.freehold");
    let card = recipient.card();
    std::fs::write(&file, card.to_file()).map_err(|e| super::unwritable(&file, &e))?;
    let (name, fingerprint, id) = (
        card.name().to_string(),
        card.fingerprint().to_string(),
        card.id().to_string(),
    );
    recipient.close()?;
    if out.json() {
        return out.object(&json!({"card": id, "name": name, "role": role.name(), "fingerprint": fingerprint, "file": file.to_string_lossy()}));
    }
    out.line(format_args!(
        "Made the recipient \"{name}\" ({}) in {}.",
        role.name(),
        path.display()
    ))?;
    out.line(format_args!("Card:        {}", file.display()))?;
    out.line(format_args!("Fingerprint: {fingerprint}"))
}

fn accept(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let file = super::freehold_file(args.path("GRANT")?)?;
    let recipient = session::recipient(args)?;
    let grant = UnverifiedGrant::from_file(&file)
        .map_err(freehold::Error::from)?
        .verify()
        .map_err(freehold::Error::from)?;
    let consent = recipient.accept(&grant)?;
    let held = recipient
        .consents()
        .into_iter()
        .find(|held| held.token.id() == consent);
    let streams: Vec<String> = held
        .iter()
        .flat_map(|held| &held.streams)
        .map(|info| info.label.to_string())
        .collect();
    recipient.close()?;
    if out.json() {
        return out.object(&json!({"consent": consent.to_string(), "streams": streams}));
    }
    out.line(format_args!(
        "Accepted the consent {} for {}.",
        consent.short(),
        streams.join(", ")
    ))?;
    out.line("The data come with the next 'freehold sync'.")
}
