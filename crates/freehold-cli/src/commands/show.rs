//! `show`: any Freehold file in plain language.

use freehold::{Explained, explain};
use serde_json::json;

use super::stream::zone;
use crate::args::Args;
use crate::command::{Command, Group, Opt, Positional};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const SHOW: Command = Command {
    name: "show",
    group: Group::Care,
    about: "explain any Freehold file in plain language",
    positionals: &[Positional::new(
        "FILE",
        "a card, a request, a grant, a revocation ..",
    )],
    options: &[Opt::value(
        "zone",
        "ZONE",
        "the zone in which times are told (default: UTC)",
    )],
    details: "The file's signatures are checked first; one that does not verify is not explained (exit 4).",
    example: "freehold show request.freehold",
    run: show,
};

fn show(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let file = super::freehold_file(args.path("FILE")?)?;
    let Explained { kind, id, text } = explain(&file, &zone(args)?)?;
    if out.json() {
        return out.object(
            &json!({"type": kind.to_string(), "id": id.map(|id| super::hex(&id)), "text": text}),
        );
    }
    out.line(text.trim_end())
}
