//! The chunk codec beside its peers on all series: the tables of `docs/codec.md`.
//!
//! A dictionary learns from the first half of each series, as the tables of the codec did, so all columns count the second half
//! only. `cargo run --release --bin codec FOLDER [NAME]`.

#[path = "../series.rs"]
mod series;

use std::collections::BTreeMap;
use std::path::PathBuf;

use freehold_bench::Outcome;
use freehold_bench::chunks::{Chunk, Units, dictionary, sizes, speeds};
use series::Series;

const SIZES: [usize; 3] = [60, 375, 1024];
/// The series that are timed when none is named.
const SPEEDS: [&str; 5] = [
    "glucose 5 min",
    "heart rate 5 s",
    "meter 30 min",
    "power 1 min",
    "room motion",
];
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
        println!("\n### {size} readings a chunk\n");
        println!(
            "| series | varint | Gorilla | zstd 3 | zstd 3 + dictionary | pco 8 | Freehold | to the best peer |"
        );
        println!("|---|---:|---:|---:|---:|---:|---:|---:|");
        for (name, group) in &names {
            println!("{}", row_of_sizes(name, group, size)?);
        }
    }
    println!("\n## Speed\n");
    println!("| series | readings a chunk | varint + zstd 3 | pco 8 | Gorilla | Freehold |");
    println!("|---|---:|---:|---:|---:|---:|");
    let timed = |name: &&str| only.is_some() || SPEEDS.contains(name);
    for (name, group) in names.iter().filter(|(name, _)| timed(name)) {
        for size in SIZES {
            println!("{}", row_of_speeds(name, group, size)?);
        }
    }
    Ok(())
}

/// The chunks of the first half and of the second half of some series.
fn halves(group: &[&Series], size: usize) -> [Vec<Chunk>; 2] {
    let mut halves = [Vec::new(), Vec::new()];
    for series in group {
        let units = Units::of(&series.rows);
        let (first, second) = series.rows.split_at(series.rows.len() / 2);
        for (half, rows) in halves.iter_mut().zip([first, second]) {
            let chunks = rows.chunks(size);
            half.extend(
                chunks.filter_map(|rows| Chunk::new(rows, units, |row| series.reading(row))),
            );
        }
    }
    halves
}

fn row_of_sizes(name: &str, group: &[&Series], size: usize) -> Outcome<String> {
    let [first, second] = halves(group, size);
    let dictionary = dictionary(&first, &second)?;
    let sizes = sizes(&second, dictionary.as_deref())?;
    let per = |bytes: usize| bytes as f64 / sizes.readings as f64;
    let some =
        |bytes: Option<usize>| bytes.map_or("–".into(), |bytes| format!("{:.3}", per(bytes)));
    let peers = [
        Some(sizes.zstd),
        sizes.dictionary,
        Some(sizes.pco),
        sizes.gorilla,
    ];
    let best = peers.into_iter().flatten().min().unwrap_or(sizes.zstd);
    Ok(format!(
        "| {name} | {:.3} | {} | {:.3} | {} | {:.3} | **{:.3}** | {:.2} |",
        per(sizes.varints),
        some(sizes.gorilla),
        per(sizes.zstd),
        some(sizes.dictionary),
        per(sizes.pco),
        per(sizes.own),
        sizes.own as f64 / best as f64,
    ))
}

fn row_of_speeds(name: &str, group: &[&Series], size: usize) -> Outcome<String> {
    let [first, second] = halves(group, size);
    let mut chunks: Vec<Chunk> = first.into_iter().chain(second).collect();
    chunks.truncate((TIMED / size).max(1));
    let readings: usize = chunks.iter().map(|chunk| chunk.readings.len()).sum();
    let [own, zstd, pco, gorilla] = speeds(&chunks, &[], ROUNDS)?.map(|(encode, decode)| {
        let million = |seconds: f64| readings as f64 / seconds / 1e6;
        format!("{:.1} / {:.0}", million(encode), million(decode))
    });
    Ok(format!(
        "| {name} | {size} | {zstd} | {pco} | {gorilla} | **{own}** |"
    ))
}
