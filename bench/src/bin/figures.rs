//! Every figure that Freehold is held to, in one run: `cargo run --release --bin figures [--write FILE] [PART ..]`, where the
//! parts are memory, durable, size, opening, consent and import. `FREEHOLD_DATA` names the folder of the full recordings.

use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;

use freehold::Level::{Day, HalfHour, Hour, QuarterHour, Raw};
use freehold::model::Sensitivity;
use freehold::{Facet, Facets, Reading};
use freehold_bench::granting::Granted;
use freehold_bench::ingest::{self, Plan};
use freehold_bench::measure::{self, Took, least, median, time};
use freehold_bench::recordings::Recordings;
use freehold_bench::report::Report;
use freehold_bench::sizes::Sizes;
use freehold_bench::{Outcome, import, parts};

const PARTS: [(&str, Part); 6] = [
    ("memory", memory),
    ("durable", durable),
    ("size", size),
    ("opening", opening),
    ("consent", consent),
    ("import", import_homes),
];

type Part = fn(&Recordings, &mut Report) -> Outcome<()>;

fn main() -> Outcome<()> {
    let mut arguments = env::args().skip(1);
    let (mut chosen, mut page) = (Vec::new(), None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--write" => page = arguments.next().map(PathBuf::from),
            _ => chosen.push(argument),
        }
    }
    let recordings = Recordings::find();
    let introduction = introduction(&recordings);
    let mut report = Report::default();
    for (name, part) in PARTS {
        if chosen.is_empty() || chosen.iter().any(|other| other == name) {
            part(&recordings, &mut report)?;
        }
    }
    if let Some(page) = page {
        report.section("What the figures say", include_str!("../notes.md"));
        fs::write(page, report.page(&introduction))?;
    }
    Ok(())
}

fn introduction(recordings: &Recordings) -> String {
    let which = if recordings.full {
        "the full recordings"
    } else {
        "the extracts in `tests/data`"
    };
    format!(
        "Made by one run of `cargo run --release --bin figures` in `bench/` from {which}. The machine: {}; its load when the run began: {:.1}. It is shared with \
         other work, so that a figure is best read beside the one that was taken next to it. Figures are medians. \
         Durable recording and the import are by the wall; everything else is the time that a thread had a core. Recording in \
         memory and its parts are the best of {MEMORY_ROUNDS} rounds.",
        measure::machine(),
        measure::load().unwrap_or(f64::NAN)
    )
}

const MEMORY_ROUNDS: usize = 15;
const DURABLE_ROUNDS: usize = 9;
const BATCH: usize = 1000;
/// The batches of the tool's import.
const IMPORT: usize = 32_768;
/// Half hours of a day.
const DAY: usize = 48;

fn heart_rate() -> Plan {
    Plan::new("heart_rate", &[Raw, QuarterHour, Hour, Day])
}

fn count(series: &[Vec<Reading>]) -> f64 {
    series.iter().map(Vec::len).sum::<usize>() as f64
}

fn middle(rounds: &[Took], of: impl Fn(&Took) -> f64) -> f64 {
    median(rounds.iter().map(of).collect())
}

fn memory(recordings: &Recordings, report: &mut Report) -> Outcome<()> {
    let series = recordings.heart_rate()?;
    let mut rounds = Vec::new();
    for _ in 0..MEMORY_ROUNDS {
        let home = ingest::in_memory()?;
        let streams = ingest::streams(&home, &heart_rate(), series.len())?;
        rounds.push(ingest::record(&streams, &series, 1 << 16)?);
    }
    let million = count(&series) / 1e6;
    let (best, wall) = (
        least(rounds.iter().map(|took| took.cpu).collect()),
        middle(&rounds, |took| took.wall),
    );
    let parts = parts::parts(&heart_rate().spec(1)?, &series, MEMORY_ROUNDS)?;
    let limit: f64 = parts.seconds.iter().map(|(_, seconds)| seconds).sum();
    report.figure(
        "record and seal in memory, million readings a second",
        format!("{:.1}", million / best),
        "8, aim 12",
        format!(
            "{:.1} by the wall; its parts one by one {:.1}; bare AES-256-GCM of the same pieces, a key each, {:.0}",
            million / wall,
            million / limit,
            million / parts.bare
        ),
    );
    let share = |(what, seconds): &(&str, f64)| ((*what).into(), seconds * 1e3 / million);
    let mut shares: Vec<(String, f64)> = parts.seconds.iter().map(share).collect();
    shares.push((
        "the rest: checks, slots, entries, rows".into(),
        (best - limit) * 1e3 / million,
    ));
    report.shares(
        "Recording and sealing, by its parts",
        "ns a reading",
        &shares,
    );
    Ok(())
}

fn durable(recordings: &Recordings, report: &mut Report) -> Outcome<()> {
    let series = recordings.heart_rate()?;
    let batches: usize = series
        .iter()
        .map(|readings| readings.len().div_ceil(BATCH))
        .sum();
    let (mut rounds, mut floors, mut written) = (Vec::new(), Vec::new(), 0);
    for _ in 0..DURABLE_ROUNDS {
        let folder = tempfile::tempdir()?;
        let home = ingest::on_disk(folder.path())?;
        let streams = ingest::streams(&home, &heart_rate(), series.len())?;
        let before = measure::bytes_written();
        rounds.push(ingest::record(&streams, &series, BATCH)?);
        written = measure::bytes_written() - before;
        floors.push(floor(batches, written as usize / batches)?);
    }
    let million = count(&series) / 1e6;
    let (wall, core) = (
        middle(&rounds, |took| took.wall),
        middle(&rounds, |took| took.cpu),
    );
    report.figure(
        "durable in batches of 1,000, million readings a second",
        format!("{:.2} ({})", million / wall, range(million, rounds.iter().map(|took| took.wall))),
        "2",
        format!(
            "raw fdatasync of the same {} bytes a batch {:.2} ({}), so {:.2} times that; {:.1} by the core; {:.1} bytes written a reading",
            written as usize / batches,
            million / median(floors.clone()),
            range(million, floors.iter().copied()),
            median(floors) / wall,
            million / core,
            written as f64 / million / 1e6,
        ),
    );
    Ok(())
}

/// The least and the greatest speed of some rounds.
fn range(million: f64, seconds: impl Iterator<Item = f64>) -> String {
    let (least, greatest) = seconds.fold((f64::INFINITY, 0.0_f64), |(least, greatest), seconds| {
        (
            least.min(million / seconds),
            greatest.max(million / seconds),
        )
    });
    format!("{least:.2}–{greatest:.2}")
}

/// Seconds to append that many batches of bytes to a bare file, each made durable.
fn floor(batches: usize, bytes: usize) -> Outcome<f64> {
    let folder = tempfile::tempdir()?;
    let mut file = File::create(folder.path().join("bare"))?;
    let batch = vec![0x5a; bytes];
    let (took, done) = time(|| -> Outcome<()> {
        for _ in 0..batches {
            file.write_all(&batch)?;
            file.sync_data()?;
        }
        Ok(())
    });
    done.map(|()| took.wall)
}

fn size(recordings: &Recordings, report: &mut Report) -> Outcome<()> {
    let (heart, power) = (recordings.heart_rate()?, recordings.power()?);
    let minutes = Plan::new("active_power", &[Raw, HalfHour, Day]);
    let totals = Plan {
        facets: Some(Facets::of(Facet::Totals)),
        ..minutes.clone()
    };
    let padme = |plan: &Plan| Plan {
        sensitivity: Some(Sensitivity::Health),
        ..plan.clone()
    };
    let cases = [
        ("heart rate, all facets", heart_rate(), &heart, "3.3"),
        (
            "heart rate, raw only",
            Plan::new("heart_rate", &[Raw]),
            &heart,
            "2.0",
        ),
        (
            "power by the minute, all facets",
            minutes.clone(),
            &power,
            "6.0",
        ),
        (
            "power by the minute, totals only",
            totals.clone(),
            &power,
            "3.5",
        ),
        (
            "power by the minute, all facets, Padmé",
            padme(&minutes),
            &power,
            "6.0",
        ),
        (
            "power by the minute, totals only, Padmé",
            padme(&totals),
            &power,
            "3.5",
        ),
    ];
    for (name, plan, series, asked) in cases {
        let folder = tempfile::tempdir()?;
        let home = ingest::on_disk(folder.path())?;
        let streams = ingest::streams(&home, &plan, series.len())?;
        ingest::record(&streams, series, IMPORT)?;
        drop(streams);
        home.close()?;
        let sizes = Sizes::of(folder.path())?;
        let readings = count(series);
        report.figure(
            &format!("stored bytes a reading: {name}"),
            format!("{:.2}", sizes.file as f64 / readings),
            asked,
            format!("plain time and value 16; {:.0} readings", readings),
        );
        let mut shares: Vec<(String, f64)> = sizes
            .rows
            .iter()
            .map(|(space, (rows, bytes))| {
                (format!("{space}, {rows} rows"), *bytes as f64 / readings)
            })
            .collect();
        shares.push((
            "keys, lengths and empty space of the file".into(),
            sizes.overhead() as f64 / readings,
        ));
        report.shares(&format!("Stored bytes: {name}"), "bytes a reading", &shares);
    }
    Ok(())
}

fn opening(recordings: &Recordings, report: &mut Report) -> Outcome<()> {
    let cases = [
        ("a year of days", Day, "1"),
        ("a year of half hours, totals", HalfHour, "20"),
    ];
    for (how, batch) in [("imported at once", usize::MAX), ("sealed day by day", DAY)] {
        let folder = tempfile::tempdir()?;
        let granted = Granted::new(folder.path(), &recordings.home()?, batch)?;
        for (name, level, asked) in cases {
            let (seconds, slots) = granted.opening(level, 31)?;
            report.figure(
                &format!("{name} opened by a recipient, {how}, ms"),
                format!("{:.2}", seconds * 1e3),
                asked,
                format!(
                    "{slots} slots, {:.2} µs each; their keys and tags alone {:.2}",
                    seconds * 1e6 / slots as f64,
                    parts::opening(slots)? * 1e3
                ),
            );
        }
    }
    Ok(())
}

fn consent(recordings: &Recordings, report: &mut Report) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let granted = Granted::new(folder.path(), &recordings.home()?, DAY)?;
    report.figure(
        "token of one link and one stream, bytes",
        granted.token.as_bytes().len().to_string(),
        "224",
        "keys, hashes, nonce, stream and signature alone are 192".into(),
    );
    let (verify, bare, again) = granted.verifying(41)?;
    report.figure(
        "verifying a token / a bare Ed25519 verification",
        format!("{:.2}", verify / bare),
        "1.15",
        format!("{:.1} µs beside {:.1} µs of ring", verify * 1e6, bare * 1e6),
    );
    report.figure(
        "a token seen before, µs",
        format!("{:.2}", again * 1e6),
        "1",
        "its bytes are looked up".into(),
    );
    let (approve, accept) = granted.granting(21)?;
    report.figure(
        "creating a grant, ms",
        format!("{:.2}", approve * 1e3),
        "2",
        "proposal, signature, X-Wing envelope".into(),
    );
    report.figure(
        "accepting a grant, ms",
        format!("{:.2}", accept * 1e3),
        "2",
        "both signatures, X-Wing, and its row".into(),
    );
    Ok(())
}

fn import_homes(recordings: &Recordings, report: &mut Report) -> Outcome<()> {
    let Some(tool) = import::tool() else {
        println!(
            "no tool: build it with `cargo build --release -p freehold-cli`, or name it in FREEHOLD_TOOL"
        );
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let (seconds, memory) =
        import::split(&tool, &recordings.homes(), &folder.path().join("street"))?;
    report.figure(
        "import --split of all homes, s",
        format!("{seconds:.1}"),
        "10",
        "by the tool, file included".into(),
    );
    report.figure(
        "its peak memory, MiB",
        format!("{memory:.0}"),
        "95 (100 MB)",
        "by the system's account".into(),
    );
    Ok(())
}
