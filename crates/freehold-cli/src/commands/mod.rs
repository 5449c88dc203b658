//! The commands, in the order in which the overview lists them.

mod approve;
mod consents;
mod device;
mod home;
mod import;
mod inspect;
mod read;
mod recipient;
mod record;
mod request;
mod stream;
mod summaries;
mod sync;

use crate::args::{Command, Positional};

/// Every command of the tool.
pub(crate) const COMMANDS: &[&Command] = &[
    &home::INIT,
    &device::ADD,
    &device::LIST,
    &stream::ADD,
    &stream::LIST,
    &stream::KINDS,
    &import::IMPORT,
    &record::RECORD,
    &read::READ,
    &summaries::SUMMARIES,
    &read::EXPORT,
    &approve::APPROVE,
    &consents::CONSENTS,
    &consents::REVOKE,
    &sync::SYNC,
    &request::PURPOSES,
    &recipient::INIT,
    &request::REQUEST,
    &recipient::ACCEPT,
    &inspect::SHOW,
    &inspect::VERIFY,
    &inspect::INSPECT,
];

const HOME: Positional = Positional::new("HOME", "the home's folder");
const DIR: Positional = Positional::new("DIR", "the recipient's folder");
const PLACE: Positional = Positional::new("PLACE", "a home's folder or a recipient's");
