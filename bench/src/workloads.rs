//! Small fixed workloads for counting instructions: each runs `n` times over and says how much work that was.

use std::path::Path;

use freehold::Level::{Day, HalfHour, Hour, QuarterHour, Raw};
use freehold::{Level, Reading};

use crate::chunks::{Chunk, Codec, Coded, Units, dictionary};
use crate::granting::Granted;
use crate::ingest::{self, Plan};
use crate::tokens::{Bare, Biscuits, Jwt, Own};
use crate::{Outcome, parts, sqlcipher};

/// The heart-rate stream of all figures.
pub fn heart_rate() -> Plan {
    Plan::new("heart_rate", &[Raw, QuarterHour, Hour, Day])
}

/// Readings of one step.
const STEP: usize = 10_000;
/// Half hours of the home.
const HALF_HOURS: usize = 48 * 60;

/// Runs a workload: how many readings, tokens or slots it was.
pub fn run(name: &str, n: usize, heart: &Path, home: &Path) -> Outcome<usize> {
    let readings = |count: usize| -> Outcome<Vec<Vec<Reading>>> {
        let longest = sqlcipher::read(heart)?.into_iter().max_by_key(Vec::len);
        let mut readings = longest.ok_or("no readings")?;
        readings.truncate(count);
        Ok(vec![readings])
    };
    let (word, of) = name.split_once(' ').unwrap_or((name, ""));
    match word {
        "record" => {
            let series = readings(n * STEP)?;
            let home = ingest::in_memory()?;
            let streams = ingest::streams(&home, &heart_rate(), 1)?;
            ingest::record(&streams, &series, 1 << 16)?;
            Ok(series[0].len())
        }
        "durable" => {
            let series = readings(n * STEP)?;
            let folder = tempfile::tempdir()?;
            let home = ingest::on_disk(folder.path())?;
            let streams = ingest::streams(&home, &heart_rate(), 1)?;
            ingest::record(&streams, &series, 1000)?;
            Ok(series[0].len())
        }
        "summaries" => {
            let series = readings(STEP)?;
            let stream = freehold::model::Stream::new(heart_rate().spec(1)?)?;
            repeat(n, series[0].len(), || {
                parts::summaries(&stream, &series).map(drop)
            })
        }
        "bare" => {
            let series = readings(STEP)?;
            let plain = parts::plain(&heart_rate().spec(1)?, &series)?;
            repeat(n, series[0].len(), || {
                parts::bare(&plain);
                Ok(())
            })
        }
        "open" => {
            let level = if of == "days" { Day } else { HalfHour };
            open(level, n, home)
        }
        "keys" => {
            let opening = parts::Opening::new(HALF_HOURS)?;
            repeat(n, HALF_HOURS, || {
                opening.open();
                Ok(())
            })
        }
        "encode" | "decode" => {
            let series = readings(STEP)?;
            code(word == "encode", of, &series[0], n)
        }
        _ => token(name, n),
    }
}

fn open(level: Level, n: usize, home: &Path) -> Outcome<usize> {
    let mut year = sqlcipher::read(home)?.swap_remove(0);
    year.truncate(HALF_HOURS);
    let folder = tempfile::tempdir()?;
    let granted = Granted::new(folder.path(), &year, usize::MAX)?;
    // Signatures are verified the first time.
    granted.open(level)?;
    let mut slots = 0;
    for _ in 0..n {
        slots += granted.open(level)?;
    }
    Ok(slots)
}

fn code(encode: bool, codec: &str, readings: &[Reading], n: usize) -> Outcome<usize> {
    let codec = *Codec::ALL
        .iter()
        .find(|known| format!("{known:?}").eq_ignore_ascii_case(codec))
        .ok_or("no such codec")?;
    let rows: Vec<(i64, i64)> = readings
        .iter()
        .map(|reading| (reading.time.ms(), reading.value.number().unwrap_or(0)))
        .collect();
    let units = Units::of(&rows);
    let chunks: Vec<Chunk> = rows
        .chunks(375)
        .filter_map(|rows| Chunk::new(rows, units, number))
        .collect();
    let dictionary = dictionary(&chunks, &chunks)?.unwrap_or_default();
    let mut coded = Coded::new(&chunks, codec, &dictionary)?;
    repeat(n, readings.len(), || {
        if encode {
            coded.encode();
        } else {
            coded.decode();
        }
        Ok(())
    })
}

/// A reading of a number.
pub fn number((time, number): (i64, i64)) -> Reading {
    Reading::new(
        freehold::Time::from_ms(time),
        freehold::Value::Number(number),
    )
}

fn token(name: &str, n: usize) -> Outcome<usize> {
    let (mut own, biscuit, jwt, bare) = (Own::new()?, Biscuits::new()?, Jwt::new()?, Bare::new()?);
    // The first of each sets things up that are kept.
    own.use_cold()?;
    biscuit.use_cold()?;
    jwt.use_cold()?;
    let mut act: Box<dyn FnMut() -> Outcome<()>> = match name {
        "mint own" => Box::new(move || own.mint().map(drop)),
        "mint biscuit" => Box::new(move || biscuit.mint().map(drop)),
        "mint jwt" => Box::new(move || jwt.mint().map(drop)),
        "use own" => Box::new(move || own.use_cold()),
        "use biscuit" => Box::new(move || biscuit.use_cold()),
        "use jwt" => Box::new(move || jwt.use_cold()),
        "seen own" => Box::new(move || own.use_seen()),
        "seen biscuit" => Box::new(move || biscuit.use_seen()),
        "narrow biscuit" => Box::new(move || biscuit.narrow().map(drop)),
        "verify own" => Box::new(move || own.verify().map(drop)),
        "verify bare" => Box::new(move || {
            bare.verify();
            Ok(())
        }),
        "sign bare" => Box::new(move || {
            bare.sign();
            Ok(())
        }),
        _ => return Err(format!("no workload {name}").into()),
    };
    // Setting up makes random keys, whose work differs by some thousands of instructions.
    let times = if name == "seen own" { 5_000 } else { 10 };
    repeat(n * times, 1, &mut act)
}

fn repeat(n: usize, work: usize, mut act: impl FnMut() -> Outcome<()>) -> Outcome<usize> {
    (0..n).try_for_each(|_| act())?;
    Ok(n * work)
}
