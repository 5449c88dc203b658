//! `sync`: what a grant covers, from a home to its recipient.

use freehold::Recipient;
use serde_json::json;

use super::HOME;
use crate::args::Args;
use crate::command::{Command, Group, Opt};
use crate::failure::Failure;
use crate::output::{Out, grouped};
use crate::session;

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

fn sync(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let home = session::home(args)?;
    let recipient = peer(args)?;
    for stream in home.streams() {
        stream.flush()?;
    }
    let parcel = home.parcel(recipient.card(), &recipient.have())?;
    let received = recipient.receive(&parcel)?;
    let name = recipient.card().name().to_string();
    recipient.close()?;
    home.close()?;
    if out.json() {
        return out.object(&json!({
            "recipient": name,
            "entries": received.entries,
            "pieces": received.pieces,
            "extensions": received.extensions,
            "revocations": received.revocations,
        }));
    }
    out.line(format_args!(
        "{name} received {} pieces in {} entries.",
        grouped(received.pieces),
        grouped(received.entries)
    ))?;
    if received.extensions > 0 {
        out.line(format_args!(
            "{} leases were extended.",
            received.extensions
        ))?;
    }
    if received.revocations > 0 {
        out.line(format_args!(
            "{} consents were revoked: their copies and keys are gone.",
            received.revocations
        ))?;
    }
    Ok(())
}

/// The other side. That it is not there, or busy, is not this home's fault.
fn peer(args: &Args) -> Result<Recipient, Failure> {
    let path = args.path("with")?;
    session::open_recipient(path, session::clock(args)?).map_err(|failure| match failure.kind() {
        "missing" | "busy" => Failure::unreachable(
            "unreachable",
            format_args!("the recipient in {} cannot be reached", path.display()),
        )
        .hint(failure.message())
        .field("folder", path.to_string_lossy().as_ref()),
        _ => failure,
    })
}
