//! `record`: readings from JSON lines.

use super::HOME;
use crate::args::{Args, Command, Group, Opt};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const RECORD: Command = Command {
    name: "record",
    group: Group::Readings,
    about: "record readings from JSON lines on standard input",
    positionals: &[HOME],
    options: &[Opt::value("stream", "NAME", "the stream that takes them").required()],
    details: "\
A line is {\"time\": TIME, \"value\": VALUE} with, as needed, \"flags\" (a list) and \"duration\" (\"30m\").
A value is a number in the kind's unit, a text with its unit (\"0.412 kW.h\"), true or false, the name of a
state, or null for an absent reading. What is acknowledged is on the disk.",
    example: "echo '{\"time\": \"2013-01-01T00:00:00Z\", \"value\": \"0.412 kW.h\"}' | freehold record flat --stream use",
    run: record,
};

fn record(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
