//! The commands, in the order in which the overview lists them.

mod approve;
mod consents;
mod device;
mod erase;
mod home;
mod import;
mod inspect;
mod kinds;
mod pair;
mod read;
mod receipts;
mod recipient;
mod record;
pub(crate) mod relay;
mod request;
mod show;
mod stream;
mod summaries;
mod sync;
mod transcript;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::command::{Command, Positional};
use crate::failure::Failure;
use crate::output::{Out, Table};

/// Every command of the tool.
pub(crate) const COMMANDS: &[&Command] = &[
    &home::INIT,
    &pair::PAIR,
    &pair::AGENTS,
    &pair::REMOVE,
    &device::ADD,
    &device::LIST,
    &stream::ADD,
    &stream::LIST,
    &kinds::KINDS,
    &import::IMPORT,
    &record::RECORD,
    &read::READ,
    &summaries::SUMMARIES,
    &read::EXPORT,
    &approve::APPROVE,
    &consents::CONSENTS,
    &consents::REVOKE,
    &erase::ERASE,
    &erase::ERASURES,
    &sync::SYNC,
    &receipts::RECEIPTS,
    &kinds::PURPOSES,
    &recipient::INIT,
    &request::REQUEST,
    &recipient::ACCEPT,
    &show::SHOW,
    &relay::RELAY,
    &inspect::VERIFY,
    &inspect::INSPECT,
];

const HOME: Positional = Positional::new("HOME", "the home's folder");
const DIR: Positional = Positional::new("DIR", "the recipient's folder");
const PLACE: Positional = Positional::new("PLACE", "a home's folder or a recipient's");

/// A list for people; `nothing` where it is empty. With `--json` its objects were written already.
fn print(out: &mut Out, table: &Table, nothing: &str) -> Result<(), Failure> {
    match (out.json(), table.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => out.line(nothing),
        (false, false) => out.table(table),
    }
}

/// The bytes of a Freehold file, which are few.
fn freehold_file(path: &Path) -> Result<Vec<u8>, Failure> {
    const MAX: u64 = 16 << 20;
    let unreadable = |e: std::io::Error| {
        Failure::input(
            "unreadable_file",
            format_args!("{} cannot be read: {e}", path.display()),
        )
        .field("file", path.to_string_lossy().as_ref())
    };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX {
        return Err(Failure::input(
            "malformed",
            format_args!("{} is no Freehold file: it is too long", path.display()),
        ));
    }
    Ok(bytes)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::storage(
        "unwritable_file",
        format_args!("{} cannot be written: {error}", path.display()),
    )
    .field("file", path.to_string_lossy().as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
