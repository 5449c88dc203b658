//! The tool's import of many homes.

use std::fs::File;
use std::hint::black_box;
use std::io::Read as _;

use flate2::read::GzDecoder;

use super::Run;
use crate::measure::time;
use crate::report::{Better, Report, Row};
use crate::{Outcome, import};

const WHY: &str = "It includes unpacking, parsing, sealing and the disk.";

pub(super) fn importing(run: &Run, report: &mut Report) -> Outcome<()> {
    let Some(tool) = import::tool() else {
        println!(
            "no tool: build it with `cargo build --release -p freehold-cli`, or name it in FREEHOLD_TOOL"
        );
        return Ok(());
    };
    let mut text = String::new();
    let (unpacking, unpacked) = time(|| -> Outcome<()> {
        GzDecoder::new(File::open(run.recordings.homes())?).read_to_string(&mut text)?;
        for line in text.lines() {
            for field in line.split(',') {
                black_box(field.parse::<f64>().is_ok());
            }
        }
        Ok(())
    });
    unpacked?;
    let folder = run.place()?;
    let homes = folder.path().join("street");
    let (seconds, memory) = import::split(&tool, &run.recordings.homes(), &homes)?;
    report.row(
        Row::new("import of all homes by the tool, s", Better::Less, seconds)
            .beside(
                "unpacking the file and parsing its numbers alone",
                unpacking.wall,
            )
            .asked(10.0)
            .why(WHY),
    );
    report.row(
        Row::new("its peak memory, MiB", Better::Less, memory)
            .beside("the file unpacked", text.len() as f64 / f64::from(1 << 20))
            .asked(95.0)
            .why(WHY),
    );
    Ok(())
}
