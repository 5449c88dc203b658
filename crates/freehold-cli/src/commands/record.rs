//! `record`: readings from JSON lines.

use std::io::{BufReader, Stdin, stdin};

use freehold::Recorded;
use serde_json::json;

use super::HOME;
use crate::args::Args;
use crate::clock::Folds;
use crate::command::{Command, Group, Opt};
use crate::failure::Failure;
use crate::json_lines::Lines;
use crate::output::{Out, grouped};
use crate::readings::Maker;
use crate::session;

pub(crate) const RECORD: Command = Command {
    name: "record",
    group: Group::Readings,
    about: "record readings from JSON lines on standard input",
    positionals: &[HOME],
    options: &[Opt::value("stream", "NAME", "the stream that takes them").required()],
    details: "\
A line is {\"time\": TIME, \"value\": VALUE} with, as needed, \"flags\" (a list) and \"duration\" (\"30m\").
A value is a number in the kind's unit, a text with its unit (\"0.412 kW.h\"), true or false, the name of a
state, or null for an absent reading. Lines are recorded as they come; what is recorded is on the disk.",
    example: "echo '{\"time\": \"2013-01-01T00:00:00Z\", \"value\": \"0.412 kW.h\"}' | freehold record flat --stream use",
    run: record,
};

/// The most readings of one batch.
const BATCH: usize = 4_096;

fn record(args: &Args, out: &mut Out) -> Result<(), Failure> {
    let home = session::home(args)?;
    let stream = home.stream(args.need("stream")?)?;
    let mut maker = Maker::new(stream.spec()?, None)?;
    let mut folds = Folds::default();
    let mut lines = Lines::new(BufReader::with_capacity(1 << 16, stdin()));
    let mut recorded = Recorded::default();
    let outcome = loop {
        let (batch, end) = batch(&mut lines, &mut maker, &mut folds);
        recorded += stream.record(&batch)?;
        match end {
            End::Pause => {}
            End::Input => break Ok(()),
            End::Failed(failure) => {
                break Err(failure.field("recorded", recorded.new + recorded.corrected));
            }
        }
    };
    stream.flush()?;
    home.close()?;
    outcome?;
    if out.json() {
        return out.object(&json!({
            "readings": maker.made.readings,
            "new": recorded.new,
            "duplicates": recorded.duplicates,
            "corrected": recorded.corrected,
            "late": recorded.late,
            "kept": recorded.kept,
            "dropped": recorded.dropped,
            "rounded": maker.made.rounded,
        }));
    }
    let Recorded {
        new,
        duplicates,
        corrected,
        kept,
        dropped,
        ..
    } = recorded;
    out.line(format_args!(
        "Recorded {} readings; {} were known already, {} correct others.",
        grouped(new + corrected),
        grouped(duplicates),
        grouped(corrected)
    ))?;
    if kept > 0 {
        out.line(format_args!(
            "Kept for the household: {} for slots that this device has no key of.",
            grouped(kept)
        ))?;
    }
    if dropped == 0 {
        return Ok(());
    }
    out.line(format_args!(
        "Not kept: {} for slots that were erased, or sealed without a raw level.",
        grouped(dropped)
    ))
}

/// Why a batch ended.
enum End {
    /// It is full, or no further line has come yet.
    Pause,
    Input,
    Failed(Failure),
}

/// As many readings as are there already, so that a slow sensor's line is not kept waiting for the next.
fn batch(
    lines: &mut Lines<BufReader<Stdin>>,
    maker: &mut Maker,
    folds: &mut Folds,
) -> (Vec<freehold::Reading>, End) {
    let mut batch = Vec::new();
    loop {
        match lines
            .next()
            .and_then(|line| line.map(|line| maker.line(folds, &line)).transpose())
        {
            Ok(Some(reading)) => batch.push(reading),
            Ok(None) => return (batch, End::Input),
            Err(failure) => return (batch, End::Failed(failure)),
        }
        if batch.len() == BATCH || !lines.get_ref().buffer().contains(&b'\n') {
            return (batch, End::Pause);
        }
    }
}
