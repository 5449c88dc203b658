//! `request`: what a recipient asks for.

use freehold::consent::{
    Ask, Conditions, KindName, LegalBasis, Purpose, Retention, Set, Span, Wishes, Words,
};
use freehold::model::{Facets, Kind};
use freehold::{Level, Time};
use serde_json::json;

use super::DIR;
use super::stream::{facets, levels, unknown_kind, zone};
use crate::args::{Args, bad_value};
use crate::command::{Command, Group, Opt};
use crate::duration;
use crate::failure::Failure;
use crate::output::Out;
use crate::session;
use crate::spelling::did_you_mean;

pub(crate) const REQUEST: Command = Command {
    name: "request",
    group: Group::Recipient,
    about: "write a signed request for a household to consider",
    positionals: &[DIR],
    options: &[
        Opt::value(
            "kind",
            "KIND,...",
            "what is asked for; see 'freehold kinds'",
        )
        .required()
        .repeats(),
        Opt::value("level", "LEVEL,...", "at which resolutions")
            .required()
            .repeats(),
        Opt::value("from", "TIME", "data from this time on").required(),
        Opt::value(
            "purpose",
            "PURPOSE,...",
            "what for; see 'freehold purposes'",
        )
        .required()
        .repeats(),
        Opt::value(
            "retention",
            "DURATION",
            "how long the data are kept, in days, such as P30D",
        )
        .required(),
        Opt::value("out", "FILE", "where the request is written").required(),
        Opt::value(
            "until",
            "TIME",
            "data before this time (default: for as long as the consent lasts)",
        ),
        Opt::value(
            "facets",
            "FACET,...",
            "which facets of summaries (not for raw)",
        )
        .repeats(),
        Opt::value(
            "zone",
            "ZONE",
            "the zone of times without an offset (default: each stream's own)",
        ),
        Opt::value(
            "lease",
            "DURATION",
            "how far ahead it would like keys (default: the person's choice)",
        ),
        Opt::value(
            "basis",
            "BASIS",
            "the legal basis; see 'freehold purposes' (default: consent)",
        ),
        Opt::value("words", "TEXT", "why it asks, in its own words"),
    ],
    details: "",
    example: "\
freehold request gp --kind energy_interval --level day --facets totals --from 2013-01-01 \\
    --until 2014-01-01 --purpose dpv:ServiceProvision --retention P30D --out request.freehold",
    run: request,
};

fn request(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let wishes = wishes(args)?;
    let recipient = session::recipient(args)?;
    let request = recipient.request(wishes)?;
    let path = args.path("out")?;
    std::fs::write(path, request.to_file()).map_err(|e| super::unwritable(path, &e))?;
    recipient.close()?;
    if out.json() {
        return out
            .object(&json!({"request": request.id().to_string(), "out": path.to_string_lossy()}));
    }
    out.line(format_args!(
        "Wrote the request {} to {}.",
        request.id().short(),
        path.display()
    ))?;
    out.line(format_args!(
        "'freehold show {}' says what it asks for.",
        path.display()
    ))
}

fn wishes(args: &Args) -> Result<Wishes, Failure> {
    let purposes = args
        .list("purpose")?
        .into_iter()
        .map(purpose)
        .collect::<Result<Vec<_>, _>>()?;
    let basis = args
        .parsed("basis", str::parse::<LegalBasis>)?
        .unwrap_or(LegalBasis::CONSENT);
    let retention = args
        .text("retention")?
        .map_or(Ok(None), |text| retention(text).map(Some))?;
    Ok(Wishes {
        asks: asks(args)?,
        purposes: Set::new(purposes).ok_or_else(|| {
            bad_value(
                "purpose",
                args.need("purpose").unwrap_or(""),
                "between 1 and 16 purposes",
            )
        })?,
        basis,
        retention: retention.ok_or_else(|| args.missing("retention"))?,
        duration: None,
        lease: args.parsed("lease", span)?,
        conditions: Conditions::default(),
        words: args.parsed("words", Words::new)?,
    })
}

fn asks(args: &Args) -> Result<Vec<Ask>, Failure> {
    let zone = zone(args)?;
    let time = |name| args.parsed(name, |text| session::time(text, &zone));
    // Without an offset or a zone it is each stream's own clock that is meant, which the recipient need not know.
    let is_civil = |name| {
        args.text(name)
            .map(|text| text.is_none_or(session::is_civil))
    };
    let by_the_streams_clock =
        args.text("zone")?.is_none() && is_civil("from")? && is_civil("until")?;
    let from = time("from")?.ok_or_else(|| args.missing("from"))?;
    let (until, levels) = (time("until")?, levels(args, "level")?);
    let facets = facets(args)?;
    if levels.iter().all(|level| level == Level::Raw) && facets.is_some() {
        return Err(Failure::usage("bad_option", "raw has no facets")
            .hint("leave --facets out")
            .field("option", "facets"));
    }
    if levels.iter().any(|level| level != Level::Raw) && facets.is_none() {
        return Err(args
            .missing("facets")
            .hint("summaries are granted by facet, such as --facets totals,extremes"));
    }
    let ask = |kind: &str| {
        let ask = ask(kind, levels, facets.unwrap_or(Facets::EMPTY), from, until)?;
        Ok(if by_the_streams_clock {
            ask.by_the_streams_clock()
        } else {
            ask
        })
    };
    args.list("kind")?.into_iter().map(ask).collect()
}

fn ask(
    kind: &str,
    levels: freehold::Levels,
    facets: Facets,
    from: Time,
    until: Option<Time>,
) -> Result<Ask, Failure> {
    if !kind.contains(':') && Kind::registered(kind).is_none() {
        return Err(unknown_kind("kind", kind));
    }
    let name = KindName::new(kind).map_err(|e| bad_value("kind", kind, e))?;
    Ask::new(name, levels, facets, from, until).map_err(|e| Failure::usage("bad_option", e))
}

fn purpose(text: &str) -> Result<Purpose, Failure> {
    text.parse().map_err(|_| {
        let near = did_you_mean(text, Purpose::all().map(Purpose::term));
        bad_value("purpose", text, "no such purpose")
            .hint(near.unwrap_or_else(|| "'freehold purposes' lists them".to_owned()))
    })
}

/// A length of time in whole minutes: an ISO 8601 duration, or `7d` and the like.
pub(crate) fn span(text: &str) -> Result<Span, &'static str> {
    let own = || {
        duration::parse(text)
            .ok()
            .and_then(|ms| u32::try_from(ms / 60_000).ok())
            .and_then(Span::from_minutes)
    };
    text.parse()
        .ok()
        .or_else(own)
        .ok_or("no duration; write it like P7D, PT12H or 7d")
}

/// Whole days.
pub(crate) fn retention(text: &str) -> Result<Retention, Failure> {
    let span = span(text).map_err(|why| bad_value("retention", text, why))?;
    Retention::from_span(span).ok_or_else(|| bad_value("retention", text, "at most 65,535 days"))
}
