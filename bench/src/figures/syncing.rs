//! Sync: what a relay is brought, and what it takes to find out what is new.

use std::hint::black_box;

use freehold::Level::{self, Raw};
use freehold::Reading;

use super::Run;
use crate::Outcome;
use crate::ingest::{self, Plan};
use crate::measure::{contest, least, time};
use crate::report::{Better, Report, Row};
use crate::syncing::{At, Copy, reconcile, session};

const ROUNDS: usize = 5;
const YEAR_MS: i64 = 365 * 86_400_000;
const MANY: [usize; 2] = [10_000, 100_000];
const NEGENTROPY: &str = "negentropy 0.5, vector storage";
const WHY: &str = "Both sides run on one core. More than half of the time is SHA-256 at the relay, which hashes every piece before it keeps it, \
    some three compressions for one of a hundred bytes; the channel's two ciphers take a thirtieth, copying a ninth. Reading and writing byte \
    strings one byte after the other took a third before it was done at once.";

pub(super) fn syncing(run: &Run, report: &mut Report) -> Outcome<()> {
    let year = year(run.power.first().ok_or("no series")?);
    for (name, levels) in [("raw", &[Raw][..]), ("all levels", &Level::ALL)] {
        first(name, levels, &year, report)?;
    }
    for logs in MANY {
        nothing_new(logs, report)?;
    }
    for (logs, differ) in [(MANY[0], 10), (MANY[1], 10), (MANY[1], 1000)] {
        compared(logs, differ, report)?;
    }
    Ok(())
}

/// The recording again and again until a year is full.
fn year(power: &[Reading]) -> Vec<Reading> {
    let [Some(first), Some(last)] = [power.first(), power.last()] else {
        return Vec::new();
    };
    // Whole days, so that the time of day stays.
    let span = (last.time.since_ms(first.time) / 86_400_000 + 1) * 86_400_000;
    let times = (0..=YEAR_MS / span).flat_map(|again| {
        power.iter().map(move |reading| {
            let ms = reading.time.ms() + again * span;
            Reading::new(freehold::Time::from_ms(ms), reading.value.clone())
        })
    });
    let until = first.time.ms() + YEAR_MS;
    times.filter(|reading| reading.time.ms() < until).collect()
}

/// A home's first meeting with a relay.
fn first(name: &str, levels: &[Level], year: &[Reading], report: &mut Report) -> Outcome<()> {
    let home = ingest::in_memory()?;
    let streams = ingest::streams(&home, &Plan::new("active_power", levels), 1)?;
    ingest::record(&streams, &[year.to_vec()], 1 << 16)?;
    let (mut bytes, mut stored, mut rounds) = (0.0, 0.0, Vec::new());
    for round in 0..ROUNDS {
        // Another relay each time: to this one the home has brought nothing.
        let mut at = At::new(u8::try_from(round).unwrap_or(0))?;
        let (took, met) = time(|| at.meet(&home, ingest::now()));
        (bytes, stored) = (met? as f64, at.stored()?);
        rounds.push(took.cpu);
    }
    let what = format!("first sync of a year of power by the minute, {name}");
    report.row(
        Row::new(format!("{what}, bytes"), Better::Less, bytes / stored)
            .beside("the stretches that the relay keeps", 1.0)
            .asked(1.05),
    );
    let megabytes = bytes / least(rounds) / 1e6;
    report.row(
        Row::new(format!("{what}, MB a second"), Better::More, megabytes)
            .beside("asked", 200.0)
            .asked(200.0)
            .why(WHY),
    );
    Ok(())
}

/// Two copies that met before and have nothing new.
fn nothing_new(logs: usize, report: &mut Report) -> Outcome<()> {
    let [one, two] = [1, 2].map(|epoch| Copy::new(epoch, logs, |_| false));
    let ids = [one.ids()?, two.ids()?];
    let mut pair = Copy::met([one, two]);
    let bytes = session(&mut pair)?;
    let (theirs, _) = reconcile([&ids[0], &ids[1]])?;
    let [own, other] = contest(
        ROUNDS,
        [&mut || drop(black_box(session(&mut pair))), &mut || {
            drop(black_box(reconcile([&ids[0], &ids[1]])))
        }],
    );
    let what = format!("nothing new in {logs} logs");
    report.row(
        Row::new(format!("{what}, bytes"), Better::Less, bytes as f64)
            .beside(NEGENTROPY, theirs as f64),
    );
    report.row(
        Row::new(format!("{what}, both sides, µs"), Better::Less, own * 1e6)
            .beside(NEGENTROPY, other * 1e6),
    );
    Ok(())
}

/// Two copies that never met, or lost what they knew of each other: each lacks some logs.
fn compared(logs: usize, differ: usize, report: &mut Report) -> Outcome<()> {
    let every = logs / differ;
    let lacks = |side: usize| move |no: usize| no % every == 0 && no / every % 2 == side;
    let pair = || [Copy::new(1, logs, lacks(0)), Copy::new(2, logs, lacks(1))];
    let [one, two] = pair();
    let ids = [one.ids()?, two.ids()?];
    let (mut bytes, mut seconds) = (0, Vec::new());
    let (mut theirs, mut others) = (0, Vec::new());
    for _ in 0..ROUNDS {
        let mut pair = pair();
        let (took, met) = time(|| session(&mut pair));
        bytes = met?;
        seconds.push(took.cpu);
        let (took, met) = time(|| reconcile([&ids[0], &ids[1]]));
        let (sent, found) = met?;
        if found != differ {
            return Err("negentropy found other differences".into());
        }
        theirs = sent;
        others.push(took.cpu);
    }
    let what = format!("{logs} logs compared, {differ} differ");
    report.row(
        Row::new(format!("{what}, bytes"), Better::Less, bytes as f64)
            .beside(NEGENTROPY, theirs as f64),
    );
    report.row(
        Row::new(
            format!("{what}, both sides, ms"),
            Better::Less,
            least(seconds) * 1e3,
        )
        .beside(NEGENTROPY, least(others) * 1e3),
    );
    Ok(())
}
