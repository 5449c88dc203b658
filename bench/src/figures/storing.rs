//! The embedded store beside others on the writer's workload; `docs/store.md` has more of it.

use std::process::Command;

use super::Run;
use crate::measure::least;
use crate::report::{Better, Report, Row};
use crate::{Outcome, beside};

const ROUNDS: usize = 3;
const CONTENDERS: [&str; 4] = ["freehold-store", "append", "redb", "fjall"];

/// Places of figures in the lines of the program `store`.
const COMMIT: usize = 0;
const MIDDLE_SIZE: usize = 1;

pub(super) fn storing(run: &Run, report: &mut Report) -> Outcome<()> {
    let mut commits = CONTENDERS.map(|_| Vec::new());
    let mut sizes = CONTENDERS.map(|_| f64::NAN);
    for round in 0..ROUNDS {
        for (n, contender) in CONTENDERS.into_iter().enumerate() {
            commits[n].push(figure(run, "append", contender, COMMIT)?);
            // Sizes are the same in every round, and a bare file has none.
            if round == 0 && contender != "append" {
                sizes[n] = figure(run, "sizes", contender, MIDDLE_SIZE)?;
            }
        }
    }
    let [ours, bare, redb, fjall] = commits.map(least);
    let row = || {
        Row::new(
            "store: a durable commit of some 2 kB, µs",
            Better::Less,
            ours,
        )
    };
    report.row(row().beside("bare file, `fdatasync`", bare));
    report.row(row().beside("redb", redb));
    report.row(row().beside("fjall", fjall));
    let [ours, _, redb, fjall] = sizes;
    let row = || Row::new("store: file of 2.6 MB by its live rows", Better::Less, ours);
    report.row(row().beside("redb", redb));
    report.row(row().beside("fjall", fjall));
    Ok(())
}

/// One figure of a contender in a process of its own.
fn figure(run: &Run, job: &str, contender: &str, column: usize) -> Outcome<f64> {
    let folder = run.place()?;
    let output = Command::new(beside("store"))
        .args([job, contender])
        .arg(folder.path())
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let line = String::from_utf8(output.stdout)?;
    let figure = line.split_whitespace().nth(column).ok_or("no figure")?;
    Ok(figure.parse()?)
}
