//! What a recipient and a home read from their stores.

use std::hint::black_box;

use freehold::Level::{Day, HalfHour, Hour};

use super::{Run, SQLCIPHER};
use crate::Outcome;
use crate::granting::Granted;
use crate::ingest;
use crate::instructions::Counted::{Own, Query};
use crate::measure::{contest, time};
use crate::parts::Opening;
use crate::report::{Better, Report, Row};
use crate::workloads::heart_rate;

/// Half hours of a day.
const DAY: usize = 48;
const ROUNDS: usize = 21;
const HALF_HOUR_MS: i64 = 1_800_000;
const DAY_MS: i64 = 86_400_000;

const WHY: &str = "A year sealed day by day is an entry with a header, a chain link and a row for each day, where an import at once \
    makes a few; keys and tags alone, which nothing can do without, are the row beside it.";

pub(super) fn opening(run: &Run, report: &mut Report) -> Outcome<()> {
    let place = run.place()?;
    if let Some(peer) = &run.peer {
        peer.ingest(place.path(), &run.home_file, usize::MAX)?;
    }
    let query = |ms| {
        let peer = run.peer.as_ref();
        peer.map(|peer| peer.query(place.path(), ms, 0, ROUNDS))
            .transpose()
    };
    let cases = [
        ("a year of days", Level::Days, query(DAY_MS)?),
        (
            "a year of half hours, totals",
            Level::HalfHours,
            query(HALF_HOUR_MS)?,
        ),
    ];
    for (how, batch) in [("imported at once", usize::MAX), ("sealed day by day", DAY)] {
        let folder = run.place()?;
        let granted = Granted::new(folder.path(), &run.home, batch)?;
        for (name, level, peer) in &cases {
            let slots = granted.open(level.level())?;
            let keys = Opening::new(slots)?;
            let [ours, keys] = contest(
                ROUNDS,
                [
                    &mut || drop(black_box(granted.open(level.level()))),
                    &mut || keys.open(),
                ],
            );
            let what = format!("{name} opened by a recipient, {how}, ms");
            let row = || Row::new(&what, Better::Less, ours * 1e3);
            let counted = (batch == usize::MAX).then_some(Own(level.workload()));
            report.row(
                row()
                    .beside("their keys and tags alone", keys * 1e3)
                    .asked(level.asked())
                    .why(WHY)
                    .counted(counted, counted.map(|_| Own("keys"))),
            );
            if let Some((_, peers)) = peer.filter(|(_, peers)| *peers != slots) {
                return Err(format!("{slots} slots, of the peer {peers}").into());
            }
            report.row(
                row()
                    .beside(
                        format!("{SQLCIPHER}, by the readings"),
                        peer.map(|(seconds, _)| seconds * 1e3),
                    )
                    .counted(counted, counted.map(|_| Query(level.ms()))),
            );
        }
    }
    by_the_home(run, report)
}

/// A dense stream: its summaries beside a pass over its rows.
fn by_the_home(run: &Run, report: &mut Report) -> Outcome<()> {
    let (folder, place) = (run.place()?, run.place()?);
    let home = ingest::on_disk(folder.path())?;
    let streams = ingest::streams(&home, &heart_rate(), run.heart.len())?;
    ingest::record(&streams, &run.heart, 1 << 15)?;
    let longest = (0..run.heart.len()).max_by_key(|n| run.heart[*n].len());
    let longest = longest.ok_or("no stream")?;
    let readings = &run.heart[longest];
    let (Some(first), Some(last)) = (readings.first(), readings.last()) else {
        return Err("no readings".into());
    };
    let (from, until) = (first.time.plus_ms(-DAY_MS), last.time.plus_ms(DAY_MS));
    let mut best = f64::INFINITY;
    let mut slots = 0;
    for _ in 0..ROUNDS {
        let (took, windows) = time(|| streams[longest].summaries(Hour, from, until));
        slots = windows?.len();
        best = best.min(took.cpu);
    }
    let peer = run.peer.as_ref().map(|peer| {
        peer.ingest(place.path(), &run.heart_file, usize::MAX)?;
        peer.query(place.path(), 3_600_000, longest, 5)
    });
    let peer = peer.transpose()?;
    if let Some((_, peers)) = peer.filter(|(_, peers)| *peers != slots) {
        return Err(format!("{slots} hours, of the peer {peers}").into());
    }
    let what = format!("heart rate by the hour, all facets, by the home, {slots} hours, ms");
    report.row(Row::new(what, Better::Less, best * 1e3).beside(
        format!("{SQLCIPHER}, by the readings"),
        peer.map(|(seconds, _)| seconds * 1e3),
    ));
    Ok(())
}

#[derive(Clone, Copy)]
enum Level {
    Days,
    HalfHours,
}

impl Level {
    fn level(self) -> freehold::Level {
        match self {
            Self::Days => Day,
            Self::HalfHours => HalfHour,
        }
    }

    fn workload(self) -> &'static str {
        match self {
            Self::Days => "open days",
            Self::HalfHours => "open half-hours",
        }
    }

    fn ms(self) -> i64 {
        match self {
            Self::Days => DAY_MS,
            Self::HalfHours => HALF_HOUR_MS,
        }
    }

    fn asked(self) -> f64 {
        match self {
            Self::Days => 1.0,
            Self::HalfHours => 20.0,
        }
    }
}
