//! Bytes on the disk.

use freehold::Level::{Day, HalfHour, Raw};
use freehold::model::Sensitivity;
use freehold::{Facet, Facets, Reading};

use super::{Run, SQLCIPHER, count};
use crate::Outcome;
use crate::ingest::{self, Plan};
use crate::report::{Better, Report, Row};
use crate::sizes::Sizes;
use crate::workloads::heart_rate;

/// The batches of the tool's import.
const IMPORT: usize = 32_768;

const WHY: &str = "The table of its bytes says where they go. A kind that tells of behaviour is padded to one class: power by the \
    minute pays for that what the Padmé row saves.";

pub(super) fn stored(run: &Run, report: &mut Report) -> Outcome<()> {
    let minutes = Plan::new("active_power", &[Raw, HalfHour, Day]);
    let totals = Plan {
        facets: Some(Facets::of(Facet::Totals)),
        ..minutes.clone()
    };
    let padme = |plan: &Plan| Plan {
        sensitivity: Some(Sensitivity::Health),
        ..plan.clone()
    };
    let raw = Plan::new("heart_rate", &[Raw]);
    let (heart, power) = (&run.heart, &run.power);
    let cases = [
        ("heart rate, all facets", heart_rate(), heart, 3.3),
        ("heart rate, raw only", raw, heart, 2.0),
        (
            "power by the minute, all facets",
            minutes.clone(),
            power,
            6.0,
        ),
        (
            "power by the minute, totals only",
            totals.clone(),
            power,
            3.5,
        ),
        (
            "power by the minute, all facets, Padmé",
            padme(&minutes),
            power,
            6.0,
        ),
        (
            "power by the minute, totals only, Padmé",
            padme(&totals),
            power,
            3.5,
        ),
    ];
    let mut peers = Vec::new();
    for (file, series) in [(&run.heart_file, heart), (&run.power_file, power)] {
        let taken = run.peer.as_ref();
        let taken = taken.map(|peer| peer.ingest(run.place()?.path(), file, IMPORT));
        peers.push(taken.transpose()?.map(|taken| taken.file / count(series)));
    }
    for (name, plan, series, asked) in cases {
        let sizes = sizes(run, &plan, series)?;
        let readings = count(series);
        let peer = peers[usize::from(std::ptr::eq(series, power))];
        report.row(
            Row::new(
                format!("stored bytes a reading: {name}"),
                Better::Less,
                sizes.file as f64 / readings,
            )
            .beside(SQLCIPHER, peer)
            .asked(asked)
            .why(WHY),
        );
        let rows = sizes.rows.iter();
        let rows =
            rows.map(|(space, (rows, bytes))| (format!("{space}, {rows} rows"), *bytes as f64));
        let rest = (
            "keys, lengths and empty space of the file".into(),
            sizes.overhead() as f64,
        );
        let shares: Vec<(String, f64)> = rows
            .chain([rest])
            .map(|(what, bytes)| (what, bytes / readings))
            .collect();
        report.shares(&format!("Stored bytes: {name}"), "bytes a reading", &shares);
    }
    Ok(())
}

fn sizes(run: &Run, plan: &Plan, series: &[Vec<Reading>]) -> Outcome<Sizes> {
    let folder = run.place()?;
    let home = ingest::on_disk(folder.path())?;
    let streams = ingest::streams(&home, plan, series.len())?;
    ingest::record(&streams, series, IMPORT)?;
    drop(streams);
    home.close()?;
    Sizes::of(folder.path())
}
