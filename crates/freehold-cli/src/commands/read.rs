//! `read` and `export`: raw readings.

use std::fs::File;
use std::io::BufWriter;

use freehold::model::{StreamSpec, Zone};
use freehold::{Reading, Time};

use super::{HOME, PLACE};
use crate::args::{Args, bad_value};
use crate::command::{Command, Group, Opt};
use crate::failure::Failure;
use crate::output::{Align, Out, pad};
use crate::query::Query;
use crate::records::{ReadingLine, unit};
use crate::session;

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
    details: "\
The columns of CSV are time, value, flags and duration; 'freehold import' takes the first two, and
'freehold record' takes the lines of jsonl whole.",
    example: "freehold export flat --stream use --format csv > use.csv",
    run: export,
};

fn read(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let query = Query::open(args)?;
    let (from, until) = session::range(args, query.zone())?;
    let found = query.read(from, until)?;
    found.note_not_yet(out);
    let (spec, zone) = (&found.spec, &found.zone);
    let unit = if spec.kind.value_kind().is_number() {
        unit(spec.kind.unit())
    } else {
        String::new()
    };
    for reading in &found.items {
        let line = ReadingLine::new(reading, spec, zone);
        if out.json() {
            out.object(&line)?;
        } else {
            let flags = line.flags.join(",");
            let text = format!(
                "{}  {} {unit}  {flags}",
                line.time,
                pad(&line.value(), 12, Align::Right)
            );
            out.line(text.trim_end())?;
        }
    }
    if found.items.is_empty() && !out.json() {
        out.note("no_readings", "no readings in this range", &[]);
    }
    Ok(())
}

fn export(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let format = args.need("format")?;
    if !matches!(format, "csv" | "jsonl") {
        return Err(bad_value("format", format, "either csv or jsonl"));
    }
    let home = session::home(args)?;
    let stream = home.stream(args.need("stream")?)?;
    let spec = stream.spec()?;
    let zone = Zone::new(&spec.zone).map_err(|_| Failure::from(freehold::Error::Damaged))?;
    let readings = stream.read(Time::EARLIEST, Time::LATEST)?;
    match args.optional_path("out") {
        None => written(&readings, &spec, &zone, format, out),
        Some(path) => {
            let file = File::create(path).map_err(|e| super::unwritable(path, &e))?;
            let mut out = Out::to(Box::new(BufWriter::new(file)), out.json());
            written(&readings, &spec, &zone, format, &mut out)?;
            out.flush()
        }
    }
}

fn written(
    readings: &[Reading],
    spec: &StreamSpec,
    zone: &Zone,
    format: &str,
    out: &mut Out,
) -> Result<(), Failure> {
    if format == "csv" {
        out.line("time,value,flags,duration")?;
    }
    for reading in readings {
        let line = ReadingLine::new(reading, spec, zone);
        if format == "csv" {
            let cells = [
                line.time.as_str(),
                &quoted(&line.value()),
                &line.flags.join(" "),
                line.duration.as_deref().unwrap_or(""),
            ];
            out.line(cells.join(","))?;
        } else {
            out.object(&line)?;
        }
    }
    Ok(())
}

/// A cell of CSV (RFC 4180).
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
