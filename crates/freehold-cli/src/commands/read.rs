//! `read` and `export`: raw readings.

use super::{HOME, PLACE};
use crate::args::{Args, Command, Group, Opt};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const READ: Command = Command {
    name: "read",
    group: Group::Readings,
    about: "print raw readings",
    positionals: &[PLACE],
    options: &[
        Opt::value("from", "TIME", "the range's start").required(),
        Opt::value("until", "TIME", "the range's end, itself left out").required(),
        Opt::value("stream", "NAME", "the stream, where there are several"),
        Opt::value(
            "consent",
            "ID",
            "the consent, where a recipient holds several",
        ),
    ],
    details: "\
A recipient reads raw only where raw was granted; otherwise the answer is a refusal (exit 3). Times
without an offset are read in the stream's zone.",
    example: "freehold read flat --stream use --from 2013-01-01 --until 2013-02-01",
    run: read,
};

pub(crate) const EXPORT: Command = Command {
    name: "export",
    group: Group::Readings,
    about: "write every reading of a stream as CSV or JSON lines",
    positionals: &[HOME],
    options: &[
        Opt::value("stream", "NAME", "the stream").required(),
        Opt::value("format", "csv|jsonl", "the form").required(),
        Opt::value("out", "FILE", "where to (default: standard output)"),
    ],
    details: "",
    example: "freehold export flat --stream use --format csv > use.csv",
    run: export,
};

fn read(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}

fn export(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
