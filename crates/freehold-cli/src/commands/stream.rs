//! `stream add`, `streams` and `kinds`.

use super::HOME;
use crate::args::{Args, Command, Group, Opt};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const ADD: Command = Command {
    name: "stream add",
    group: Group::Home,
    about: "add a stream: one quantity of one device",
    positionals: &[HOME],
    options: &[
        Opt::value("device", "NAME", "the device it comes from").required(),
        Opt::value("name", "NAME", "what you call it").required(),
        Opt::value("kind", "KIND", "what is measured; see 'freehold kinds'").required(),
        Opt::value("levels", "LEVEL,...", "the resolutions it keeps").required(),
        Opt::value("zone", "ZONE", "the IANA time zone of its days, such as Europe/London").required(),
        Opt::value("facets", "FACET,...", "what summaries tell: totals, extremes, distribution (default: all)"),
        Opt::value("chunk", "DURATION", "the length of a raw slot (default: about 1,000 readings, at most a day)"),
    ],
    details: "\
Levels: raw, minute, quarter-hour, half-hour, hour, day, month. Each is sealed with keys of its own, so it
can be granted alone. Facets: totals (count, sum, mean, deviation), extremes (min, max, first, last),
distribution (a histogram, or the share of each state).",
    example: "\
freehold stream add flat --device meter --name use --kind energy_interval \\
    --levels raw,half-hour,day,month --facets totals,extremes --zone Europe/London",
    run: add,
};

pub(crate) const LIST: Command = Command {
    name: "streams",
    group: Group::Home,
    about: "list a home's streams",
    positionals: &[HOME],
    options: &[],
    details: "",
    example: "freehold streams flat",
    run: list,
};

pub(crate) const KINDS: Command = Command {
    name: "kinds",
    group: Group::Home,
    about: "list the quantity kinds that a stream can have",
    positionals: &[],
    options: &[],
    details: "\
Values are fixed-point in the kind's unit. A maker's own kind is spelled maker:kind.",
    example: "freehold kinds",
    run: kinds,
};

fn add(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}

fn list(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}

fn kinds(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
