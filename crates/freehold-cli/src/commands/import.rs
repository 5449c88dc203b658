//! `import`: readings from a CSV file.

use std::collections::HashMap;

use freehold::model::StreamSpec;
use freehold::{Error, Home, Noun, Reading, Recorded, Stream};
use serde_json::json;

use super::HOME;
use super::stream::another;
use crate::args::{Args, bad_value};
use crate::clock::Folds;
use crate::columns::bad_cell;
use crate::command::{Command, Group, Opt, Positional};
use crate::csv_import::{Cell, Next, Rows, Wanted};
use crate::duration;
use crate::failure::Failure;
use crate::output::{Align, Out, Progress, grouped, pad};
use crate::readings::{Maker, Unfit};
use crate::session;
use crate::time_format::TimeFormat;

pub(crate) const IMPORT: Command = Command {
    name: "import",
    group: Group::Readings,
    about: "bring in readings from a CSV file",
    positionals: &[HOME, Positional::new("FILE", "a CSV file, plain or gzip; - is standard input")],
    options: &[
        Opt::value("time", "COLUMN[,COLUMN]", "the time's column, or a date's and a time's").required(),
        Opt::value("value", "COLUMN", "the value's column").required(),
        Opt::value("stream", "NAME", "the stream that takes the readings"),
        Opt::value("split", "COLUMN", "one stream for each value of this column, in one pass"),
        Opt::value("like", "NAME", "the stream whose settings the new ones of --split take"),
        Opt::value("time-format", "FORMAT", "such as '%d/%m/%Y %H:%M:%S' (default: ISO 8601)"),
        Opt::value("unit", "UNIT", "the unit in the file, converted to the kind's (default: the kind's)"),
        Opt::value("where", "COLUMN=VALUE", "only rows with this value").repeats(),
        Opt::value("stamp", "start|end", "whether times stand at an interval's start or end (default: start)"),
        Opt::value("duration", "DURATION", "the length of each reading's interval, such as 30m"),
        Opt::value("below", "TEXT", "the text that means below the sensor's range"),
        Opt::value("above", "TEXT", "the text that means above the sensor's range"),
        Opt::value("on-error", "stop|skip", "what to do with a row that makes no sense (default: stop)"),
    ],
    details: "\
Times without an offset are read in the stream's zone. A time that the clock skipped in spring moves
forward by the gap; of an hour that comes twice in autumn the earlier is meant first, then the later when
the file repeats. Blank values are counted and make no reading. Importing a file again adds nothing.",
    example: "\
freehold import flat meter.csv.gz --stream use --time when --value kwh --unit kW.h --duration 30m
freehold import flat cgm.csv --stream glucose --time Date,Time --value mg_dl --where person=P01 --below Low
freehold import flat homes.csv.gz --split household --like use --time when --value kwh --unit kW.h",
    run: import,
};

/// Readings are recorded in batches of this many, so that memory is bounded and batches are worth their commit.
const BATCH: usize = 32_768;
/// With more readings than this in batches that are not full yet, all of them are recorded.
const WAITING_MAX: usize = 8 * BATCH;

fn import(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let wanted = wanted(args)?;
    let skip = one_of(args, "on-error", ["stop", "skip"])? == "skip";
    let home = session::home(args)?;
    let mut intake = Intake::new(&home, args)?;
    let mut rows = Rows::open(args.path("FILE")?, wanted)?;
    let outcome = run(&mut rows, &mut intake, skip, out.json());
    let closed = intake.finish();
    home.close()?;
    outcome.map_err(|failure| {
        failure.field("recorded", intake.recorded.new + intake.recorded.corrected)
    })?;
    closed?;
    intake.counts.left_out = rows.filtered();
    intake.report(out)
}

fn run(rows: &mut Rows, intake: &mut Intake, skip: bool, json: bool) -> Result<(), Failure> {
    let mut progress = Progress::new("rows", json);
    let value = rows.value_column().to_owned();
    loop {
        match rows.next()? {
            Next::End => return Ok(()),
            Next::Blank => intake.counts.blank += 1,
            Next::Row(row) => {
                let line = row.line;
                let target = intake.target(row.key)?;
                match intake
                    .maker
                    .cell(&mut intake.targets[target].folds, row.written, row.cell)
                {
                    Ok(reading) => intake.take(target, reading)?,
                    Err(_) if skip => intake.counts.skipped += 1,
                    Err(unfit) => return Err(stopped(unfit_cell(line, &value, unfit, row.cell))),
                }
            }
            Next::Bad(_) if skip => intake.counts.skipped += 1,
            Next::Bad(failure) => return Err(stopped(failure)),
        }
        intake.counts.rows += 1;
        if intake.counts.rows.is_multiple_of(4_096) {
            progress.at(intake.counts.rows);
        }
    }
}

/// A text without digits is no measurement, so it may stand in a message.
fn unfit_cell(line: u64, column: &str, unfit: Unfit, cell: Cell<'_>) -> Failure {
    match cell {
        Cell::Text(text)
            if unfit != Unfit::Time && !text.contains(|c: char| c.is_ascii_digit()) =>
        {
            let text: String = text.chars().take(40).collect();
            bad_cell(line, column, format_args!("'{text}': {unfit}"))
                .hint(format_args!("if it stands for a value outside the sensor's range, say so with --below '{text}' or --above '{text}'"))
        }
        _ => bad_cell(line, column, unfit),
    }
}

fn stopped(failure: Failure) -> Failure {
    failure.or_hint("what came before is recorded; mend the row and import again, or leave such rows out with --on-error skip")
}

/// Where readings go, and what became of them.
struct Intake {
    home: Home,
    maker: Maker,
    /// The description that new streams take, with its device; `None` where one stream takes everything.
    like: Option<(String, StreamSpec)>,
    targets: Vec<Target>,
    names: HashMap<String, usize>,
    /// The stream of the row before, which is mostly that of the next.
    last: (String, usize),
    waiting: usize,
    counts: Counts,
    recorded: Recorded,
}

struct Target {
    stream: Stream,
    folds: Folds,
    batch: Vec<Reading>,
}

#[derive(Default)]
struct Counts {
    rows: u64,
    blank: u64,
    skipped: u64,
    left_out: u64,
    made: u64,
}

impl Intake {
    fn new(home: &Home, args: &Args) -> Result<Self, Failure> {
        let (like, targets, spec) = match (
            args.text("stream")?,
            args.text("split")?,
            args.text("like")?,
        ) {
            (Some(name), None, None) => {
                let stream = home.stream(name)?;
                let spec = stream.spec()?;
                (None, vec![Target::new(stream)], spec)
            }
            (None, Some(_), Some(like)) => {
                let stream = home.stream(like)?;
                let spec = stream.spec()?;
                (Some((stream.device(), spec.clone())), Vec::new(), spec)
            }
            (None, Some(_), None) => {
                return Err(args
                    .missing("like")
                    .hint("new streams take the settings of the one that --like names"));
            }
            (None, None, _) => {
                return Err(args.missing("stream").hint(
                    "or give --split COLUMN --like NAME for one stream per value of a column",
                ));
            }
            (Some(_), ..) => {
                return Err(Failure::usage(
                    "bad_option",
                    "--stream goes with neither --split nor --like",
                ));
            }
        };
        let mut maker = Maker::new(spec, args.text("unit")?)?;
        maker.at_end = one_of(args, "stamp", ["start", "end"])? == "end";
        if let Some(ms) = args.parsed("duration", duration::parse)? {
            maker.duration_ms = u32::try_from(ms)
                .map_err(|_| bad_value("duration", &duration::format(ms), "too long"))?;
        }
        if maker.at_end && maker.duration_ms == 0 {
            return Err(args
                .missing("duration")
                .hint("times at an interval's end need its length"));
        }
        let (names, last) = (HashMap::new(), (String::new(), 0));
        let (counts, recorded) = (Counts::default(), Recorded::default());
        Ok(Self {
            home: home.clone(),
            maker,
            like,
            targets,
            names,
            last,
            waiting: 0,
            counts,
            recorded,
        })
    }

    /// The place of the stream that a split column's value names; made like the model if there is none.
    fn target(&mut self, key: &str) -> Result<usize, Failure> {
        let Some((device, spec)) = &self.like else {
            return Ok(0);
        };
        if !self.targets.is_empty() && self.last.0 == key {
            return Ok(self.last.1);
        }
        let at = match self.names.get(key) {
            Some(at) => *at,
            None => {
                let stream = match self.home.stream(key) {
                    Err(Error::Missing(Noun::Stream)) => {
                        self.home.add_stream(device, key, another(spec)?)?
                    }
                    found => found?,
                };
                self.targets.push(Target::new(stream));
                self.names.insert(key.to_owned(), self.targets.len() - 1);
                self.targets.len() - 1
            }
        };
        self.last = (key.to_owned(), at);
        Ok(at)
    }

    fn take(&mut self, target: usize, reading: Reading) -> Result<(), Failure> {
        let batch = &mut self.targets[target].batch;
        batch.push(reading);
        self.waiting += 1;
        if batch.len() == BATCH {
            self.record(target)?;
        }
        if self.waiting >= WAITING_MAX {
            (0..self.targets.len()).try_for_each(|target| self.record(target))?;
        }
        Ok(())
    }

    fn record(&mut self, target: usize) -> Result<(), Failure> {
        let target = &mut self.targets[target];
        if !target.batch.is_empty() {
            self.waiting -= target.batch.len();
            let batch = std::mem::take(&mut target.batch);
            self.recorded += target.stream.record(&batch)?;
            self.counts.made += batch.len() as u64;
            target.batch = batch;
            target.batch.clear();
        }
        Ok(())
    }

    /// Records what waits and closes every slot that has ended.
    fn finish(&mut self) -> Result<(), Failure> {
        (0..self.targets.len()).try_for_each(|target| {
            self.record(target)?;
            Ok(self.targets[target].stream.flush()?)
        })
    }

    fn report(&self, out: &mut Out) -> Result<(), Failure> {
        let (counts, made, recorded) = (&self.counts, &self.maker.made, &self.recorded);
        let lines = [
            ("rows", "rows", counts.rows),
            ("left_out", "rows left out by --where", counts.left_out),
            ("blank", "blank values, which make no reading", counts.blank),
            (
                "skipped",
                "rows that made no sense, skipped",
                counts.skipped,
            ),
            ("readings", "readings", counts.made),
            ("new", "new", recorded.new),
            ("duplicates", "known already, dropped", recorded.duplicates),
            (
                "corrected",
                "corrections of a known time, kept beside it",
                recorded.corrected,
            ),
            ("late", "for slots that were sealed before", recorded.late),
            (
                "kept",
                "for slots without a key here, kept for the household",
                recorded.kept,
            ),
            (
                "dropped",
                "for slots erased, or sealed without raw, dropped",
                recorded.dropped,
            ),
            ("below", "below the sensor's range", made.below),
            ("above", "above the sensor's range", made.above),
            ("rounded", "rounded to the stream's step", made.rounded),
            (
                "moved",
                "at times that the clock skipped, moved forward",
                made.skipped,
            ),
        ];
        if out.json() {
            let mut object = json!({"streams": self.targets.iter().map(|target| target.stream.name()).collect::<Vec<_>>()});
            for (name, _, count) in lines {
                object[name] = count.into();
            }
            return out.object(&object);
        }
        let streams = match self.targets.as_slice() {
            [only] => format!("the stream \"{}\"", only.stream.name()),
            several => format!("{} streams", several.len()),
        };
        out.line(format_args!("Imported into {streams}:"))?;
        lines.iter().try_for_each(|(_, words, count)| {
            out.line(format_args!(
                "{}  {words}",
                pad(&grouped(*count), 12, Align::Right)
            ))
        })
    }
}

impl Target {
    fn new(stream: Stream) -> Self {
        Self {
            stream,
            folds: Folds::default(),
            batch: Vec::with_capacity(256),
        }
    }
}

fn wanted(args: &Args) -> Result<Wanted, Failure> {
    let time: Vec<String> = args.list("time")?.into_iter().map(str::to_owned).collect();
    if !(1..=2).contains(&time.len()) {
        return Err(bad_value(
            "time",
            args.need("time")?,
            "one column, or two joined by a comma",
        ));
    }
    let format = args
        .text("time-format")?
        .map_or(Ok(TimeFormat::Iso), TimeFormat::pattern)?;
    let filter = |text: &str| match text.split_once('=') {
        Some((column, value)) => Ok((column.to_owned(), value.to_owned())),
        None => Err(bad_value("where", text, "write it as column=value")),
    };
    let text = |name| args.text(name).map(|text| text.map(str::to_owned));
    Ok(Wanted {
        time,
        format,
        value: args.need("value")?.to_owned(),
        filters: args
            .all("where")?
            .into_iter()
            .map(filter)
            .collect::<Result<_, _>>()?,
        split: text("split")?,
        below: text("below")?,
        above: text("above")?,
    })
}

/// One of two words; the first where the option is not given.
fn one_of(args: &Args, option: &str, words: [&'static str; 2]) -> Result<&'static str, Failure> {
    let Some(text) = args.text(option)? else {
        return Ok(words[0]);
    };
    let known = words.into_iter().find(|word| *word == text);
    known.ok_or_else(|| {
        bad_value(
            option,
            text,
            format_args!("either {} or {}", words[0], words[1]),
        )
    })
}
