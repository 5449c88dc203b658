//! The chunk codec beside its peers, in one run: bytes a reading and readings a second, on real series.
//!
//! Peers get every advantage that their own formats leave them: values divided by the greatest divisor of the whole series, times
//! from the start of the chunk, no check sums, and dictionaries trained per series for each size of chunk. A dictionary learns
//! from the first half of each series, as the tables of the codec did, so all columns count the second half only; the first half
//! has its own row of sums. `cargo run --release --bin codec FOLDER [NAME]`.

#[path = "../series.rs"]
mod series;

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use freehold_model::chunk::{Encoder, decode};
use freehold_model::{Reading, Time};
use series::Series;
use zstd::bulk::{Compressor, Decompressor};

type Outcome<T> = Result<T, Box<dyn Error>>;

const SIZES: [usize; 3] = [60, 375, 1024];
const DICTIONARIES: [usize; 4] = [512, 2048, 8192, 32_768];
/// Rounds of the timings, of which the fastest counts.
const ROUNDS: usize = 100;
/// Readings that are timed at most.
const TIMED: usize = 20_000;

fn main() -> Outcome<()> {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().ok_or("which folder?")?);
    let only = args.next();
    let all = series::load(&folder)?;
    let mut names: BTreeMap<&str, Vec<&Series>> = BTreeMap::new();
    for series in &all {
        if only
            .as_deref()
            .is_none_or(|only| series.name.contains(only))
        {
            names.entry(series.name).or_default().push(series);
        }
    }
    for size in SIZES {
        println!(
            "\n{size} readings a chunk, bytes a reading over the second half of each series\n"
        );
        println!(
            "| series | readings | varint | zstd 3 | zstd 3 + dictionary | pco 8 | Freehold | to the best peer |"
        );
        println!("|---|---:|---:|---:|---:|---:|---:|---:|");
        for (name, group) in &names {
            println!("{}", sizes(name, group, size)?);
        }
    }
    println!("\nMillion readings a second on one core\n");
    println!("| series, readings a chunk | varint + zstd 3 | pco 8 | Freehold | to zstd |");
    println!("|---|---:|---:|---:|---:|");
    for (name, group) in &names {
        for size in SIZES {
            println!("{}", speeds(name, group, size)?);
        }
    }
    Ok(())
}

/// The rows of one chunk, with values as they are and divided for the peers.
struct Chunk {
    start: i64,
    readings: Vec<Reading>,
    times: Vec<i64>,
    values: Vec<i64>,
}

impl Chunk {
    /// Steps of time and of values, each against the one before, as varints.
    fn varints(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.times.len() * 4);
        varint(&mut out, self.times.len() as u64);
        let (mut last, mut last_step) = (0, 0);
        for time in &self.times {
            let step = time - last;
            varint(&mut out, zigzag(step - last_step));
            (last, last_step) = (*time, step);
        }
        let mut last = 0;
        for value in &self.values {
            varint(&mut out, zigzag(value - last));
            last = *value;
        }
        out
    }

    fn pco(&self) -> Outcome<[Vec<u8>; 2]> {
        let config = pco::ChunkConfig::default();
        let times = pco::standalone::simple_compress(&self.times, &config)?;
        Ok([
            times,
            pco::standalone::simple_compress(&self.values, &config)?,
        ])
    }
}

/// The chunks of the first half and of the second half of some series.
fn halves(group: &[&Series], size: usize) -> [Vec<Chunk>; 2] {
    let mut halves = [Vec::new(), Vec::new()];
    for series in group {
        let divisor = series
            .rows
            .iter()
            .fold(0, |divisor, row| common(divisor, row.1.unsigned_abs()));
        let divisor = divisor.max(1) as i64;
        let middle = series.rows.len() / 2;
        for (half, rows) in [&series.rows[..middle], &series.rows[middle..]]
            .into_iter()
            .enumerate()
        {
            halves[half].extend(rows.chunks(size).map(|rows| {
                let start = series::start_of(rows);
                Chunk {
                    start,
                    readings: rows.iter().map(|row| series.reading(*row)).collect(),
                    times: rows.iter().map(|row| row.0 - start).collect(),
                    values: rows.iter().map(|row| row.1 / divisor).collect(),
                }
            }));
        }
    }
    halves
}

fn sizes(name: &str, group: &[&Series], size: usize) -> Outcome<String> {
    let [first, second] = halves(group, size);
    let learn: Vec<Vec<u8>> = first.iter().map(Chunk::varints).collect();
    let varints: Vec<Vec<u8>> = second.iter().map(Chunk::varints).collect();
    let mut dictionary = usize::MAX;
    for length in DICTIONARIES {
        if let Ok(bytes) = zstd::dict::from_samples(&learn, length) {
            dictionary = dictionary.min(compressed(
                &varints,
                Compressor::with_dictionary(3, &bytes)?,
            )?);
        }
    }
    let plain = compressed(&varints, Compressor::new(3)?)?;
    let (mut pco, mut own) = (0, Vec::new());
    let mut encoder = Encoder::new();
    for chunk in &second {
        pco += chunk.pco()?.iter().map(Vec::len).sum::<usize>();
        encoder.encode(Time::from_ms(chunk.start), &chunk.readings, &mut own)?;
    }
    let readings: usize = second.iter().map(|chunk| chunk.readings.len()).sum();
    let per = |bytes: usize| bytes as f64 / readings as f64;
    let best = plain.min(dictionary).min(pco);
    let dictionary = if dictionary == usize::MAX {
        "–".into()
    } else {
        format!("{:.3}", per(dictionary))
    };
    Ok(format!(
        "| {name} | {readings} | {:.3} | {:.3} | {dictionary} | {:.3} | **{:.3}** | {:.2} |",
        per(varints.iter().map(Vec::len).sum()),
        per(plain),
        per(pco),
        per(own.len()),
        own.len() as f64 / best as f64,
    ))
}

fn compressed(chunks: &[Vec<u8>], mut compressor: Compressor<'_>) -> Outcome<usize> {
    compressor.include_checksum(false)?;
    compressor.include_contentsize(false)?;
    compressor.include_dictid(false)?;
    chunks
        .iter()
        .try_fold(0, |sum, chunk| Ok(sum + compressor.compress(chunk)?.len()))
}

fn speeds(name: &str, group: &[&Series], size: usize) -> Outcome<String> {
    let [first, second] = halves(group, size);
    let mut chunks: Vec<Chunk> = first.into_iter().chain(second).collect();
    chunks.truncate((TIMED / size).max(1));
    let readings: usize = chunks.iter().map(|chunk| chunk.readings.len()).sum();
    let mut compressor = Compressor::new(3)?;
    let zstd: Vec<Vec<u8>> = chunks
        .iter()
        .map(|chunk| compressor.compress(&chunk.varints()))
        .collect::<Result<_, _>>()?;
    let pco: Vec<[Vec<u8>; 2]> = chunks.iter().map(Chunk::pco).collect::<Result<_, _>>()?;
    let mut encoder = Encoder::new();
    let mut own = Vec::new();
    for chunk in &chunks {
        let mut out = Vec::new();
        encoder.encode(Time::from_ms(chunk.start), &chunk.readings, &mut out)?;
        if decode(Time::from_ms(chunk.start), &out, size)? != chunk.readings {
            return Err("a chunk came back changed".into());
        }
        own.push(out);
    }
    let mut best = [Duration::MAX; 6];
    let mut decompressor = Decompressor::new()?;
    let mut out = Vec::new();
    for _ in 0..ROUNDS {
        let times = [
            time(&chunks, |chunk| {
                compressor.compress(&chunk.varints()).is_ok()
            }),
            time(&zstd, |bytes| {
                decompressor
                    .decompress(bytes, size * 20)
                    .is_ok_and(|bytes| sum(&bytes) > 0)
            }),
            time(&chunks, |chunk| chunk.pco().is_ok()),
            time(&pco, |[times, values]| {
                let times = pco::standalone::simple_decompress::<i64>(times);
                times.is_ok() && pco::standalone::simple_decompress::<i64>(values).is_ok()
            }),
            time(&chunks, |chunk| {
                out.clear();
                encoder
                    .encode(Time::from_ms(chunk.start), &chunk.readings, &mut out)
                    .is_ok()
            }),
            time(chunks.iter().zip(&own), |(chunk, bytes)| {
                black_box(decode(Time::from_ms(chunk.start), bytes, size)).is_ok()
            }),
        ];
        for (best, time) in best.iter_mut().zip(times) {
            *best = time.min(*best);
        }
    }
    let [zstd_in, zstd_out, pco_in, pco_out, own_in, own_out] =
        best.map(|time| readings as f64 / time.as_secs_f64() / 1e6);
    Ok(format!(
        "| {name}, {size} | {zstd_in:.0} / {zstd_out:.0} | {pco_in:.1} / {pco_out:.0} | **{own_in:.0} / {own_out:.0}** | {:.2} / {:.2} |",
        own_in / zstd_in,
        own_out / zstd_out,
    ))
}

fn time<T>(items: impl IntoIterator<Item = T>, mut work: impl FnMut(T) -> bool) -> Duration {
    let begin = Instant::now();
    for item in items {
        assert!(black_box(work(item)), "a codec failed");
    }
    begin.elapsed()
}

/// Reads every varint, as a peer's reader would.
fn sum(bytes: &[u8]) -> u64 {
    let (mut sum, mut number, mut shift) = (1_u64, 0, 0);
    for byte in bytes {
        number |= u64::from(byte & 127) << shift;
        shift += 7;
        if *byte < 128 {
            sum = sum.wrapping_add(number) | 1;
            (number, shift) = (0, 0);
        }
    }
    sum
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 128 {
        out.push(number as u8 | 128);
        number >>= 7;
    }
    out.push(number as u8);
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn common(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common(b, a % b) }
}
