//! `stream add` and `streams`.

use freehold::Stream;
use freehold::crypto::{Entropy, OsEntropy};
use freehold::model::{
    Facets, Id, Kind, Levels, Sensitivity, StreamSpec, ValueKind, VendorKind, Zone,
};
use serde_json::json;

use super::HOME;
use crate::args::{Args, bad_value};
use crate::civil::MINUTE;
use crate::command::{Command, Group, Opt};
use crate::duration;
use crate::failure::Failure;
use crate::output::{Align, Out, Table};
use crate::session;
use crate::spelling::did_you_mean;

pub(crate) const ADD: Command = Command {
    name: "stream add",
    group: Group::Home,
    about: "add a stream: one quantity of one device",
    positionals: &[HOME],
    options: &[
        Opt::value("device", "NAME", "the device it comes from").required(),
        Opt::value("name", "NAME", "what you call it").required(),
        Opt::value("writer", "NAME", "a device of the household, as 'agents' calls it, that writes it (default: this one)"),
        Opt::value("kind", "KIND", "what is measured; see 'freehold kinds'").required(),
        Opt::value("levels", "LEVEL,...", "the resolutions it keeps").required().repeats(),
        Opt::value("zone", "ZONE", "the IANA time zone of its days, such as Europe/London").required(),
        Opt::value("facets", "FACET,...", "what summaries tell (default: all that the kind can have)").repeats(),
        Opt::value("chunk", "DURATION", "the length of a raw slot, at most a day (default: a day)"),
        Opt::value("every", "DURATION", "how often readings come; raw slots then hold about 1,000"),
        Opt::value("late", "DURATION", "how long a slot waits for late readings after its end (default: not)"),
        Opt::value("values", "VALUES", "of a maker's own kind: gauge, counter, interval, bool, enum, text .."),
        Opt::value("unit", "UNIT", "of a maker's own kind: its UCUM unit"),
        Opt::value("exponent", "N", "of a maker's own kind: values are whole multiples of 10^N"),
        Opt::value("states", "STATE,...", "of a maker's own kind: the states of an enum").repeats(),
        Opt::value("sensitivity", "CLASS", "of a maker's own kind (default: the strictest)"),
    ],
    details: "\
Levels: raw, minute, quarter-hour, half-hour, hour, day, month. Each is sealed with keys of its own, so it
can be granted alone. Facets: totals (count, sum, mean, deviation), extremes (min, max, first, last),
distribution (a histogram, or the share of each state), index (where a counter stands).",
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

/// The same description for a further stream.
pub(crate) fn another(spec: &StreamSpec) -> Result<StreamSpec, Failure> {
    Ok(StreamSpec {
        id: new_id()?,
        ..spec.clone()
    })
}

fn add(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let home = session::home(args)?;
    let name = args.need("name")?;
    let (thing, spec) = (args.need("device")?, spec(args)?);
    let stream = match args.text("writer")? {
        Some(writer) => home.add_stream_for(writer, thing, name, spec)?,
        None => home.add_stream(thing, name, spec)?,
    };
    let (spec, device) = (stream.spec()?, stream.device());
    home.close()?;
    if out.json() {
        return out.object(&described(name, &device, &spec));
    }
    out.line(format_args!(
        "Added the stream \"{name}\": {} in {}, kept as {}.",
        spec.kind.name(),
        spec.kind.unit(),
        spec.levels
    ))
}

fn list(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let home = session::home(args)?;
    let columns = [
        "stream", "device", "kind", "unit", "levels", "facets", "chunk", "zone",
    ];
    let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
    for stream in home.streams() {
        let (name, device, spec) = (Stream::name(&stream), stream.device(), stream.spec()?);
        if out.json() {
            out.object(&described(&name, &device, &spec))?;
        } else {
            let chunk = duration::format(i64::from(spec.chunk_minutes) * MINUTE);
            let (levels, facets) = (spec.levels.to_string(), spec.facets.to_string());
            table.row([
                name,
                device,
                spec.kind.name().to_owned(),
                spec.kind.unit().to_owned(),
                levels,
                facets,
                chunk,
                spec.zone,
            ]);
        }
    }
    super::print(
        out,
        &table,
        "no streams yet; 'freehold stream add' adds one",
    )
}

fn described(name: &str, device: &str, spec: &StreamSpec) -> serde_json::Value {
    json!({
        "stream": name,
        "device": device,
        "id": spec.id.to_string(),
        "kind": spec.kind.name(),
        "unit": spec.kind.unit(),
        "exponent": spec.exponent,
        "levels": spec.levels.iter().map(|level| level.name()).collect::<Vec<_>>(),
        "facets": spec.facets.iter().map(|facet| facet.name()).collect::<Vec<_>>(),
        "chunk_minutes": spec.chunk_minutes,
        "zone": spec.zone,
    })
}

fn spec(args: &Args) -> Result<StreamSpec, Failure> {
    let zone = zone(args)?;
    let mut spec =
        StreamSpec::new(new_id()?, &kind(args)?, zone.name()).levels(levels(args, "levels")?);
    if let Some(facets) = facets(args)? {
        let can = spec.kind.facets();
        if !facets.is_subset(can) {
            let hint = format!(
                "{} can have {}",
                spec.kind.name(),
                if can.is_empty() {
                    "none".to_owned()
                } else {
                    can.to_string()
                }
            );
            return Err(bad_value(
                "facets",
                &facets.to_string(),
                "not all of them mean something for this kind",
            )
            .hint(hint));
        }
        spec = spec.facets(facets);
    }
    if let Some(every) = args.parsed("every", duration::parse)? {
        spec = spec.every_ms(u32::try_from(every).unwrap_or(u32::MAX));
    }
    if let Some(chunk) = args.parsed("chunk", duration::parse)? {
        let minutes = u16::try_from(chunk / MINUTE)
            .ok()
            .filter(|minutes| i64::from(*minutes) * MINUTE == chunk);
        let wrong = || {
            bad_value(
                "chunk",
                &duration::format(chunk),
                "whole minutes, at most a day",
            )
        };
        spec = spec.chunk_minutes(minutes.ok_or_else(wrong)?);
    }
    if let Some(late) = args.parsed("late", duration::parse)? {
        spec.late_ms = u32::try_from(late).unwrap_or(u32::MAX);
    }
    Ok(spec)
}

/// The zone of `--zone`.
pub(crate) fn zone(args: &Args) -> Result<Zone, Failure> {
    let name = args.text("zone")?.unwrap_or("UTC");
    Zone::new(name).map_err(|_| {
        bad_value("zone", name, "no such time zone")
            .hint("use an IANA name such as Europe/London, or UTC")
    })
}

/// The levels of an option.
pub(crate) fn levels(args: &Args, option: &str) -> Result<Levels, Failure> {
    let known = "raw, minute, quarter-hour, half-hour, hour, day and month";
    let level = |text: &str| {
        text.parse().map_err(|_| {
            bad_value(option, text, "no such level").hint(format_args!("there are {known}"))
        })
    };
    args.list(option)?.into_iter().map(level).collect()
}

/// The facets of `--facets`, if it is given.
pub(crate) fn facets(args: &Args) -> Result<Option<Facets>, Failure> {
    let known = "there are totals, extremes, distribution and index";
    let facet = |text: &str| {
        text.parse()
            .map_err(|_| bad_value("facets", text, "no such facet").hint(known))
    };
    let facets: Facets = args
        .list("facets")?
        .into_iter()
        .map(facet)
        .collect::<Result<_, _>>()?;
    Ok(Some(facets).filter(|facets| !facets.is_empty()))
}

/// A kind of the registry by its name.
pub(crate) fn unknown_kind(option: &str, name: &str) -> Failure {
    let near = did_you_mean(
        name,
        freehold::model::kinds::ALL.iter().map(|kind| kind.name()),
    );
    bad_value(option, name, "no such kind")
        .hint(near.unwrap_or_else(|| "'freehold kinds' lists them".to_owned()))
}

fn kind(args: &Args) -> Result<Kind, Failure> {
    let name = args.need("kind")?;
    if !name.contains(':') {
        return Kind::registered(name)
            .cloned()
            .ok_or_else(|| unknown_kind("kind", name));
    }
    let values = args
        .parsed("values", str::parse::<ValueKind>)?
        .ok_or_else(|| {
            args.missing("values")
                .hint("a maker's own kind says what its values are")
        })?;
    let mut kind = VendorKind::new(name, values);
    kind.states = args
        .list("states")?
        .into_iter()
        .map(str::to_owned)
        .collect();
    if let Some(unit) = args.text("unit")? {
        unit.clone_into(&mut kind.unit);
    }
    if let Some(exponent) = args.parsed("exponent", str::parse::<i8>)? {
        kind.exponent = exponent;
    }
    if let Some(class) = args.parsed("sensitivity", str::parse::<Sensitivity>)? {
        kind.sensitivity = class;
    }
    Kind::vendor(kind).map_err(|e| bad_value("kind", name, e))
}

fn new_id() -> Result<Id, Failure> {
    let mut bytes = [0; 16];
    OsEntropy::new()
        .fill(&mut bytes)
        .map_err(freehold::Error::from)?;
    Ok(Id::from_bytes(bytes))
}
