//! `request` and `purposes`: what a recipient asks for.

use super::DIR;
use crate::args::{Args, Command, Group, Opt};
use crate::failure::Failure;
use crate::output::Out;

pub(crate) const REQUEST: Command = Command {
    name: "request",
    group: Group::Recipient,
    about: "write a signed request for a household to consider",
    positionals: &[DIR],
    options: &[
        Opt::value("kind", "KIND", "what is asked for; see 'freehold kinds'").required(),
        Opt::value("level", "LEVEL,...", "at which resolutions").required(),
        Opt::value("from", "TIME", "data from this time on").required(),
        Opt::value("until", "TIME", "data before this time").required(),
        Opt::value(
            "purpose",
            "PURPOSE,...",
            "what for; see 'freehold purposes'",
        )
        .required(),
        Opt::value(
            "retention",
            "DURATION",
            "how long the data are kept, such as P30D",
        )
        .required(),
        Opt::value("out", "FILE", "where the request is written").required(),
        Opt::value(
            "facets",
            "FACET,...",
            "which facets of summaries (not for raw)",
        ),
    ],
    details: "",
    example: "\
freehold request gp --kind energy_interval --level day --facets totals --from 2013-01-01 \\
    --until 2014-01-01 --purpose dpv:ServiceProvision --retention P30D --out request.freehold",
    run: request,
};

pub(crate) const PURPOSES: Command = Command {
    name: "purposes",
    group: Group::Consent,
    about: "list the purposes that a request can name (W3C DPV)",
    positionals: &[],
    options: &[],
    details: "",
    example: "freehold purposes",
    run: purposes,
};

fn request(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}

fn purposes(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
