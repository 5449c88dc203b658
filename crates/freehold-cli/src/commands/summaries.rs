//! `summaries`: what a level tells about each of its slots.

use std::path::Path;

use freehold::model::Statistic;
use freehold::{Level, Window};

use super::PLACE;
use crate::args::{Args, bad_value};
use crate::clock::Clock;
use crate::command::{Command, Group, Opt};
use crate::failure::Failure;
use crate::output::{Align, Out, Table, trimmed};
use crate::plot::{Marks, Plot, Point};
use crate::query::{Found, Query};
use crate::records::{SummaryLine, label, unit};
use crate::session;
use crate::spark;

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

/// The width of the bars in a table.
const BAR: usize = 24;

fn summaries(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let level = level(args)?;
    let query = Query::open(args)?;
    let (from, until) = session::range(args, query.zone())?;
    let found = query.summaries(level, from, until)?;
    let lines: Vec<SummaryLine> = found
        .items
        .iter()
        .map(|window| line(window, &found))
        .collect();
    if let Some(path) = args.optional_path("plot") {
        let plot = plot(&found, &lines, level);
        let svg = plot.svg(&mut Clock::new(&found.zone));
        std::fs::write(path, svg).map_err(|e| super::unwritable(path, &e))?;
    }
    if out.json() {
        lines.iter().try_for_each(|line| out.object(line))?;
    } else {
        print(&found, &lines, level, args.optional_path("plot"), out)?;
    }
    found.note_not_yet(out);
    Ok(())
}

fn level(args: &Args) -> Result<Level, Failure> {
    let text = args.need("level")?;
    match text.parse() {
        Ok(Level::Raw) => Err(bad_value("level", text, "raw has no summaries")
            .hint("'freehold read' prints readings")),
        Ok(level) => Ok(level),
        Err(_) => Err(bad_value("level", text, "no such level")
            .hint("there are minute, quarter-hour, half-hour, hour, day and month")),
    }
}

fn line(window: &Window, found: &Found<Window>) -> SummaryLine {
    let consent = found.consent.map(|id| id.to_string());
    SummaryLine {
        consent,
        ..SummaryLine::new(window, &found.spec, &found.zone)
    }
}

fn print(
    found: &Found<Window>,
    lines: &[SummaryLine],
    level: Level,
    plot: Option<&Path>,
    out: &mut Out,
) -> Result<(), Failure> {
    let kind = &found.spec.kind;
    let unit = match unit(kind.unit()) {
        unit if unit.is_empty() || !kind.value_kind().is_number() => String::new(),
        unit => format!(" in {unit}"),
    };
    if lines.is_empty() {
        return out.line(format_args!(
            "No {level} of \"{}\" in this range has readings.",
            found.name
        ));
    }
    out.heading(format_args!(
        "{} ({}{unit}), by {level}, {}",
        found.name,
        kind.name(),
        found.zone.name()
    ))?;
    let columns = columns(lines);
    let mut heads = vec![("start", Align::Left)];
    heads.extend(columns.iter().map(|(name, _)| (*name, Align::Right)));
    heads.push(("", Align::Left));
    let mut table = Table::new(&heads);
    let drawn: Vec<Option<f64>> = lines.iter().map(SummaryLine::drawn).collect();
    let mut cells: Vec<Vec<String>> = Vec::with_capacity(heads.len());
    cells.push(
        found
            .items
            .iter()
            .map(|window| label(window.slot.start, level, &found.zone))
            .collect(),
    );
    for (_, show) in &columns {
        let mut column: Vec<String> = lines.iter().map(show).collect();
        trimmed(&mut column);
        cells.push(column);
    }
    cells.push(bars(&drawn));
    for row in 0..lines.len() {
        table.push(
            &cells
                .iter_mut()
                .map(|column| std::mem::take(&mut column[row]))
                .collect::<Vec<_>>(),
        );
    }
    out.table(&table)?;
    if lines.len() > BAR {
        out.line(format_args!(
            "\n{}",
            spark::sparkline(&spark::fitted(&drawn, 80))
        ))?;
    }
    match plot {
        Some(path) => out.line(format_args!("\nDrawn in {}.", path.display())),
        None => Ok(()),
    }
}

/// A bar for each value; none where any lies below zero.
fn bars(drawn: &[Option<f64>]) -> Vec<String> {
    let greatest = drawn.iter().flatten().copied().fold(0.0, f64::max);
    let above = drawn.iter().flatten().all(|value| *value >= 0.0);
    let bar = |value: &Option<f64>| {
        value
            .filter(|_| above)
            .map_or_else(String::new, |value| spark::bar(value, greatest, BAR))
    };
    drawn.iter().map(bar).collect()
}

type Column = (&'static str, fn(&SummaryLine) -> String);

/// The columns in which any line has something.
fn columns(lines: &[SummaryLine]) -> Vec<Column> {
    let all: [Column; 10] = [
        ("count", |line| {
            line.count.map(crate::output::grouped).unwrap_or_default()
        }),
        ("sum", |line| line.sum.clone().unwrap_or_default()),
        ("mean", |line| line.shown(&line.mean)),
        ("stddev", |line| line.shown(&line.stddev)),
        ("min", |line| line.min.clone().unwrap_or_default()),
        ("max", |line| line.max.clone().unwrap_or_default()),
        ("first", |line| line.first.clone().unwrap_or_default()),
        ("last", |line| line.last.clone().unwrap_or_default()),
        ("index", |line| line.index.clone().unwrap_or_default()),
        ("distribution", |line| {
            line.distribution
                .as_ref()
                .map(crate::records::Distribution::sparkline)
                .unwrap_or_default()
        }),
    ];
    all.into_iter()
        .filter(|(_, show)| lines.iter().any(|line| !show(line).is_empty()))
        .collect()
}

fn plot(found: &Found<Window>, lines: &[SummaryLine], level: Level) -> Plot {
    let kind = &found.spec.kind;
    let sums = kind.allows(Statistic::Sum);
    let point = |(window, line): (&Window, &SummaryLine)| {
        let band = line.band().filter(|_| !sums);
        Some(Point {
            start: window.slot.start.ms(),
            end: window.slot.end.ms(),
            value: line.drawn()?,
            band,
        })
    };
    let what = match (
        sums,
        lines
            .iter()
            .any(|line| line.mean.is_some() || line.min.is_some()),
    ) {
        (true, _) => "sum",
        (false, true) => "mean",
        (false, false) => "readings",
    };
    Plot {
        title: found.name.clone(),
        what: format!("{} {what}", adjective(level)),
        unit: if what == "readings" {
            String::new()
        } else {
            unit(kind.unit())
        },
        marks: if what == "mean" {
            Marks::Line
        } else {
            Marks::Bars
        },
        points: found.items.iter().zip(lines).filter_map(point).collect(),
    }
}

fn adjective(level: Level) -> &'static str {
    match level {
        Level::Raw => "raw",
        Level::Minute => "minute",
        Level::QuarterHour => "quarter-hourly",
        Level::HalfHour => "half-hourly",
        Level::Hour => "hourly",
        Level::Day => "daily",
        Level::Month => "monthly",
    }
}
