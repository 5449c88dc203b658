//! The chunk codec beside its peers, on two series in chunks of an hour.

use freehold::Reading;

use super::Run;
use crate::Outcome;
use crate::chunks::{Chunk, Codec, Units, dictionary, sizes, speeds};
use crate::instructions::Counted::Own;
use crate::report::{Better, Report, Row};
use crate::workloads::number;

const ROUNDS: usize = 15;
/// Readings that are timed at most.
const TIMED: usize = 20_000;

pub(super) fn coding(run: &Run, report: &mut Report) -> Outcome<()> {
    let heart = run.heart.iter().max_by_key(|readings| readings.len());
    let power = run.power.first();
    for (name, readings, size) in [
        ("heart rate", heart, 375),
        ("power by the minute", power, 60),
    ] {
        series(name, readings.ok_or("no series")?, size, report)?;
    }
    Ok(())
}

fn series(name: &str, readings: &[Reading], size: usize, report: &mut Report) -> Outcome<()> {
    let rows: Vec<(i64, i64)> = readings
        .iter()
        .map(|reading| (reading.time.ms(), reading.value.number().unwrap_or(0)))
        .collect();
    let units = Units::of(&rows);
    let chunks = |rows: &[(i64, i64)]| -> Vec<Chunk> {
        let chunks = rows.chunks(size);
        chunks
            .filter_map(|rows| Chunk::new(rows, units, number))
            .collect()
    };
    let (learn, rest) = rows.split_at(rows.len() / 2);
    let (learn, mut rest) = (chunks(learn), chunks(rest));
    let dictionary = dictionary(&learn, &rest)?.unwrap_or_default();
    let sizes = sizes(&rest, Some(&dictionary))?;
    let per = |bytes: usize| bytes as f64 / sizes.readings as f64;
    let what = format!("chunk of {size}, {name}");
    let row = || {
        Row::new(
            format!("{what}, bytes a reading"),
            Better::Less,
            per(sizes.own),
        )
    };
    report.row(row().beside(
        name_of(Codec::Zstd),
        per(sizes.dictionary.unwrap_or(sizes.zstd)),
    ));
    report.row(row().beside(name_of(Codec::Pco), per(sizes.pco)));
    report.row(row().beside(name_of(Codec::Gorilla), sizes.gorilla.map(per)));
    rest.truncate((TIMED / size).max(1));
    let count: usize = rest.iter().map(|chunk| chunk.readings.len()).sum();
    let million = |seconds: f64| count as f64 / seconds / 1e6;
    let speeds = speeds(&rest, &dictionary, ROUNDS)?;
    let counted = |word: &'static str| (name == "heart rate").then_some(Own(word));
    let [(own_in, own_out), ..] = speeds;
    for (codec, (encode, decode)) in Codec::ALL.into_iter().zip(speeds).skip(1) {
        let [count_in, count_out] = workloads(codec);
        report.row(
            Row::new(
                format!("{what}, encoding, million readings a second"),
                Better::More,
                million(own_in),
            )
            .beside(name_of(codec), million(encode))
            .counted(counted("encode own"), counted(count_in)),
        );
        report.row(
            Row::new(
                format!("{what}, decoding, million readings a second"),
                Better::More,
                million(own_out),
            )
            .beside(name_of(codec), million(decode))
            .counted(counted("decode own"), counted(count_out)),
        );
    }
    Ok(())
}

fn name_of(codec: Codec) -> &'static str {
    match codec {
        Codec::Own => "Freehold",
        Codec::Zstd => "steps as varints, zstd 3 with a dictionary",
        Codec::Pco => "pco 8",
        Codec::Gorilla => "Gorilla",
    }
}

fn workloads(codec: Codec) -> [&'static str; 2] {
    match codec {
        Codec::Own => ["encode own", "decode own"],
        Codec::Zstd => ["encode zstd", "decode zstd"],
        Codec::Pco => ["encode pco", "decode pco"],
        Codec::Gorilla => ["encode gorilla", "decode gorilla"],
    }
}
