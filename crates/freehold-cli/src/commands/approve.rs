//! `approve`: from a request to a grant, by what the person saw.

use freehold::consent::{
    Choices, Grant, Proposal, Request, ShownHash, StreamId, UnverifiedRequest, explain_finding,
};
use freehold::model::Zone;
use freehold::{Error, Home};
use serde_json::json;

use super::HOME;
use super::request::{retention, span};
use crate::args::Args;
use crate::command::{Command, Group, Opt, Positional};
use crate::failure::Failure;
use crate::output::Out;
use crate::{passphrase, session};

pub(crate) const APPROVE: Command = Command {
    name: "approve",
    group: Group::Consent,
    about: "see what a request would open, and grant it",
    positionals: &[HOME, Positional::new("REQUEST", "the request's file")],
    options: &[
        Opt::value("out", "FILE", "where the grant is written").required(),
        Opt::value("stream", "NAME,...", "the streams it may open").repeats(),
        Opt::value("data-from", "TIME", "grant data only from this time on"),
        Opt::value("data-until", "TIME", "grant data only before this time"),
        Opt::value("level", "LEVEL,...", "grant only these of the levels that are asked for").repeats(),
        Opt::value("facets", "FACET,...", "grant only these of the facets that are asked for").repeats(),
        Opt::value("expires", "TIME", "when the consent ends (default: what is asked, or a year)"),
        Opt::value("lease", "DURATION", "how far ahead keys are handed out (default: P7D)"),
        Opt::value("retention", "DURATION", "how long the data may be kept, if less than is asked"),
        Opt::value("shown", "HASH", "approve only the proposal with this hash"),
        Opt::flag("yes", "do not ask"),
    ],
    details: "\
Prints the proposal: exactly what would be granted, and what can be worked out from it with everything
granted before. On a terminal it asks, unless --yes. Elsewhere nothing is granted without --yes or --shown:
the proposal and its hash are printed, and the exit code is 3. A grant that nobody was asked for here is
recorded as unattended. With --shown HASH a proposal that differs from the one with that hash is refused.",
    example: "freehold approve flat request.freehold --stream use --out grant.freehold --lease P7D",
    run: approve,
};

fn approve(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let file = super::freehold_file(args.path("REQUEST")?)?;
    let request = UnverifiedRequest::from_file(&file)
        .map_err(Error::from)?
        .verify()
        .map_err(Error::from)?;
    let home = session::home(args)?;
    let proposal = proposal(&home, &request, args)?;
    if !out.json() {
        out.line(proposal.explain().trim_end())?;
        out.line(format_args!("\nProposal {}", proposal.shown()))?;
        out.flush()?;
    }
    let (shown, attended) = decided(args, &proposal)?;
    let grant = home.approve(&proposal, shown, attended)?;
    let path = args.path("out")?;
    let bytes = grant.to_file().map_err(Error::from)?;
    std::fs::write(path, bytes).map_err(|e| super::unwritable(path, &e))?;
    granted(&home, &proposal, &grant, args, out)?;
    Ok(home.close()?)
}

fn proposal(home: &Home, request: &Request, args: &Args) -> Result<Proposal, Failure> {
    let mut streams = Vec::new();
    for name in args.list("stream")? {
        streams.push(home.stream(name)?.spec()?);
    }
    let zone = streams
        .first()
        .map_or_else(|| Ok(Zone::utc()), |spec| Zone::new(&spec.zone))
        .map_err(|_| Error::Damaged)?;
    let time = |name| args.parsed(name, |text| session::time(text, &zone));
    let levels = super::stream::levels(args, "level")?;
    let ids: Vec<StreamId> = streams.iter().map(|spec| spec.id.into()).collect();
    let choices = Choices {
        streams: Some(ids).filter(|ids| !ids.is_empty()),
        levels: Some(levels).filter(|levels| !levels.is_empty()),
        facets: super::stream::facets(args)?,
        data_from: time("data-from")?,
        data_until: time("data-until")?,
        expires: time("expires")?,
        lease: args.parsed("lease", span)?,
        retention: args.text("retention")?.map(retention).transpose()?,
        purposes: None,
    };
    Ok(home.propose(request, &choices)?)
}

/// Which proposal was agreed to, and whether a person said so here and now.
fn decided(args: &Args, proposal: &Proposal) -> Result<(ShownHash, bool), Failure> {
    let named = args.parsed("shown", str::parse::<ShownHash>)?;
    let shown = named.unwrap_or_else(|| proposal.shown());
    if args.flag("yes") {
        return Ok((shown, false));
    }
    match (passphrase::confirm("Grant this?")?, named) {
        (Some(true), _) => Ok((shown, true)),
        (Some(false), _) => Err(declined("nothing was granted", proposal)),
        (None, Some(_)) => Ok((shown, false)),
        (None, None) => Err(
            declined("nobody was there to ask, so nothing was granted", proposal).hint(
                format_args!(
                    "--shown {} approves exactly this proposal, --yes whatever it is",
                    proposal.shown()
                ),
            ),
        ),
    }
}

fn declined(what: &str, proposal: &Proposal) -> Failure {
    Failure::refused("not_approved", what)
        .field("shown", proposal.shown().to_string())
        .field("proposal", proposal.explain())
}

fn granted(
    home: &Home,
    proposal: &Proposal,
    grant: &Grant,
    args: &Args,
    out: &mut Out,
) -> Result<(), Failure> {
    let token = grant.token();
    let consents = home.consents();
    let consent = consents
        .iter()
        .find(|consent| consent.token.id() == token.id());
    let nodes = consent.map_or(0, |consent| consent.nodes);
    let zone = proposal
        .streams()
        .first()
        .map_or_else(Zone::utc, |info| info.stream.calendar().zone().clone());
    let lease_until = consent
        .map(|consent| zone.format(consent.lease_until))
        .unwrap_or_default();
    let path = args.path("out")?;
    if out.json() {
        let findings = proposal
            .closure()
            .findings()
            .iter()
            .map(|finding| explain_finding(finding, proposal.streams()));
        return out.object(&json!({
            "consent": token.id().to_string(),
            "shown": proposal.shown().to_string(),
            "attended": token.attended(),
            "expires": zone.format(token.terms().usable.until()),
            "lease_until": lease_until,
            "nodes": nodes,
            "out": path.to_string_lossy(),
            "proposal": proposal.explain(),
            "findings": findings.collect::<Vec<_>>(),
        }));
    }
    let how = if token.attended() {
        "You were asked."
    } else {
        "Nobody was asked: it is recorded as unattended."
    };
    out.line(format_args!("\nGranted. {how}"))?;
    out.line(format_args!("Consent {}", token.id()))?;
    out.line(format_args!(
        "Its keys are {nodes} nodes, up to {lease_until}; the grant is in {}.",
        path.display()
    ))
}
