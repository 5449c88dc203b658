//! `summaries`: what a level tells about each of its slots.

use super::PLACE;
use crate::args::{Args, Command, Group, Opt};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const SUMMARIES: Command = Command {
    name: "summaries",
    group: Group::Readings,
    about: "print summaries of a level, as a table or a plot",
    positionals: &[PLACE],
    options: &[
        Opt::value(
            "level",
            "LEVEL",
            "minute, quarter-hour, half-hour, hour, day or month",
        )
        .required(),
        Opt::value("from", "TIME", "the range's start").required(),
        Opt::value("until", "TIME", "the range's end, itself left out").required(),
        Opt::value("stream", "NAME", "the stream, where there are several"),
        Opt::value(
            "consent",
            "ID",
            "the consent, where a recipient holds several",
        ),
        Opt::value("plot", "FILE.svg", "draw them as well"),
    ],
    details: "\
Slots without readings are not printed. A range that is not wholly inside a consent's data window is
refused (exit 3). Slots past the lease's horizon come later: a note says from when.",
    example: "freehold summaries flat --stream use --level day --from 2013-01-01 --until 2014-01-01 --plot day.svg",
    run: summaries,
};

fn summaries(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
