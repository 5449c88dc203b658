//! `import`: readings from a CSV file.

use super::HOME;
use crate::args::{Args, Command, Group, Opt, Positional};
use crate::failure::Failure;
use crate::output::Out;

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

fn import(_args: &Args, _out: &mut Out) -> Result<(), Failure> {
    Ok(())
}
