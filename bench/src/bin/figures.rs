//! Every figure that Freehold is held to, in one run: `figures [--write FILE] [PART ..]`. Usually run by `cargo xtask bench`, which
//! builds what it needs. `FREEHOLD_DATA` names the folder of the full recordings.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use freehold::Time;
use freehold::model::Zone;
use freehold_bench::figures::{PARTS, Run};
use freehold_bench::instructions::{self, Counted, Counts};
use freehold_bench::report::{Report, fill};
use freehold_bench::{Outcome, measure};

fn main() -> Outcome<()> {
    let mut arguments = env::args().skip(1);
    let (mut chosen, mut page) = (Vec::new(), None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--write" => page = arguments.next().map(PathBuf::from),
            _ => chosen.push(argument),
        }
    }
    if let Some(part) = chosen
        .iter()
        .find(|part| PARTS.iter().all(|(name, _)| name != part))
    {
        return Err(format!("no part {part}").into());
    }
    let load = measure::load();
    let run = Run::new()?;
    let mut report = Report::default();
    for (name, part) in PARTS {
        if chosen.is_empty() || chosen.iter().any(|other| other == name) {
            println!("\n== {name}");
            part(&run, &mut report)?;
        }
    }
    let counts = counts(&run, &report)?;
    println!("\n{}\n{}", report.table(&counts), report.short_of_it());
    match page {
        Some(page) => write(&page, &run, &report, &counts, load),
        None => Ok(()),
    }
}

/// Counts instructions where valgrind is installed.
fn counts(run: &Run, report: &Report) -> Outcome<Counts> {
    println!("\n== instructions");
    if !instructions::is_there() {
        println!(
            "valgrind is not installed (Debian: `apt install valgrind`); instructions are not counted"
        );
        return Ok(Counts::new());
    }
    let peer = run.peer.is_some();
    let workloads = report
        .workloads()
        .filter(|counted| peer || matches!(counted, Counted::Own(_)));
    instructions::count(workloads, &run.inputs())
}

fn write(
    page: &Path,
    run: &Run,
    report: &Report,
    counts: &Counts,
    load: Option<f64>,
) -> Outcome<()> {
    let ran = |ran: bool, what: &'static str| if ran { what } else { "did not run" };
    let parts: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
    let whole = ran(run.recordings.full, "the full ones");
    let texts = [
        ("date", today()),
        (
            "commit",
            env::var("FREEHOLD_BENCH_COMMIT").unwrap_or_else(|_| "not known".into()),
        ),
        ("machine", measure::machine()),
        (
            "load",
            load.map_or("not known".into(), |load| format!("{load:.1}")),
        ),
        (
            "recordings",
            if run.recordings.full {
                whole
            } else {
                "the extracts in `tests/data`"
            }
            .into(),
        ),
        (
            "valgrind",
            ran(!counts.is_empty(), "counted by valgrind").into(),
        ),
        (
            "sqlcipher",
            ran(run.peer.is_some(), "in a process of its own").into(),
        ),
        ("parts", parts.join(", ")),
        ("table", report.table(counts)),
        ("short", report.short_of_it()),
        ("sections", report.sections().trim_start().trim_end().into()),
    ];
    let texts = texts.each_ref().map(|(name, text)| (*name, text.as_str()));
    Ok(fs::write(page, fill(include_str!("../page.md"), &texts))?)
}

/// The day in UTC.
fn today() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let ms = now.map_or(0, |now| now.as_millis() as i64);
    let now = Zone::utc().format(Time::from_ms(ms));
    now.chars().take(10).collect()
}
