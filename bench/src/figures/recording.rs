//! Recording and sealing, in memory and durably.

use std::fs::File;
use std::io::Write as _;

use super::{Run, SQLCIPHER, count};
use crate::Outcome;
use crate::ingest;
use crate::instructions::Counted::{Ingest, Own};
use crate::measure::{self, Took, contest, least, time};
use crate::parts;
use crate::report::{Better, Report, Row};
use crate::workloads::heart_rate;

const MEMORY_ROUNDS: usize = 15;
const DURABLE_ROUNDS: usize = 9;
const BATCH: usize = 1000;

const WHY_MEMORY: &str = "The table of its parts says where the time goes. The largest is the chunk codec, whose bytes are \
    specified and whose sixteen lanes fill two registers of baseline x86-64 (`docs/codec.md`); keys, seals and hashes together take \
    about as much, nearly all of it in SHA-256: a summary piece costs some eleven compressions, four for its leaf, one for its key, \
    one of keystream and five for its tag. The aim would take the greater part of either away. Sealing each slot while its \
    readings are still at hand, instead of all at the end of a batch, was tried and makes no difference.";
const WHY_DURABLE: &str = "It is bound by the disk and the kernel: the bare `fdatasync` of as many bytes stands beside it, and what it \
    costs by the core alone is a row below. What is written is pages of 512 bytes, in the log with their checksums and once more \
    in the file. Most pages of a commit are of headers and bodies: logs stand one after the other in one tree, so that their new \
    rows go into its middle and SQLite moves the neighbours. Putting the rows of progress and counter side by side was tried and \
    saves a fiftieth of the bytes.";

pub(super) fn in_memory(run: &Run, report: &mut Report) -> Outcome<()> {
    let spec = heart_rate().spec(1)?;
    let plain = parts::plain(&spec, &run.heart)?;
    let (mut rounds, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..MEMORY_ROUNDS {
        let home = ingest::in_memory()?;
        let streams = ingest::streams(&home, &heart_rate(), run.heart.len())?;
        rounds.push(ingest::record(&streams, &run.heart, 1 << 16)?.cpu);
        bare.push(time(|| parts::bare(&plain)).0.cpu);
    }
    let million = count(&run.heart) / 1e6;
    let (best, bare) = (least(rounds), least(bare));
    report.row(
        Row::new(
            "record and seal in memory, million readings a second",
            Better::More,
            million / best,
        )
        .beside(
            "AES-256-GCM alone of the same pieces, a key each",
            million / bare,
        )
        .asked(8.0)
        .aim(12.0)
        .why(WHY_MEMORY)
        .counted(Own("record"), Own("bare")),
    );
    summing(run, report)?;
    let parts = parts::parts(&spec, &run.heart, MEMORY_ROUNDS)?;
    let share = |(what, seconds): &(&str, f64)| ((*what).into(), seconds * 1e3 / million);
    let mut shares: Vec<(String, f64)> = parts.iter().map(share).collect();
    let sum: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
    let rest = (best - sum).max(0.0) * 1e3 / million;
    shares.push(("the rest: checks, slots, entries, rows".into(), rest));
    report.shares(
        "Recording and sealing, by its parts",
        "ns a reading",
        &shares,
    );
    Ok(())
}

fn summing(run: &Run, report: &mut Report) -> Outcome<()> {
    let stream = freehold::model::Stream::new(heart_rate().spec(1)?)?;
    let numbers: Vec<i64> = run
        .heart
        .iter()
        .flatten()
        .filter_map(|reading| reading.value.number())
        .collect();
    let [ours, plain] = contest(
        MEMORY_ROUNDS,
        [
            &mut || drop(std::hint::black_box(parts::summaries(&stream, &run.heart))),
            &mut || {
                for numbers in numbers.chunks(180) {
                    let (least, most) = (numbers.iter().min(), numbers.iter().max());
                    std::hint::black_box((numbers.iter().sum::<i64>(), least, most));
                }
            },
        ],
    );
    let million = count(&run.heart) / 1e6;
    report.row(
        Row::new(
            "summing up for three levels, all facets, million readings a second",
            Better::More,
            million / ours,
        )
        .beside(
            "sum, least and greatest of numbers in a row",
            million / plain,
        )
        .counted(Own("summaries"), None),
    );
    Ok(())
}

pub(super) fn durable(run: &Run, report: &mut Report) -> Outcome<()> {
    let batches = run
        .heart
        .iter()
        .map(|readings| readings.len().div_ceil(BATCH));
    let batches: usize = batches.sum();
    let (mut rounds, mut floors, mut peers, mut written) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..DURABLE_ROUNDS {
        let folder = run.place()?;
        let home = ingest::on_disk(folder.path())?;
        let streams = ingest::streams(&home, &heart_rate(), run.heart.len())?;
        let before = measure::bytes_written();
        rounds.push(ingest::record(&streams, &run.heart, BATCH)?);
        written = measure::bytes_written() - before;
        floors.push(floor(run, batches, written as usize / batches)?);
        if let Some(peer) = &run.peer {
            peers.push(peer.ingest(run.place()?.path(), &run.heart_file, BATCH)?);
        }
    }
    let million = count(&run.heart) / 1e6;
    let of = |figure: fn(&Took) -> f64| least(rounds.iter().map(figure).collect());
    let peer = |figure: fn(&crate::sqlcipher::Ingested) -> f64| {
        (!peers.is_empty()).then(|| least(peers.iter().map(figure).collect()))
    };
    let (wall, core, floor) = (of(|took| took.wall), of(|took| took.cpu), least(floors));
    let what = "durable in batches of 1,000, million readings a second";
    report.row(
        Row::new(what, Better::More, million / wall)
            .beside("bare `fdatasync` of as many bytes", million / floor)
            .asked(2.0)
            .why(WHY_DURABLE),
    );
    report.row(
        Row::new(what, Better::More, million / wall)
            .beside(SQLCIPHER, peer(|took| took.wall).map(|wall| million / wall))
            .counted(Own("durable"), Ingest),
    );
    report.row(
        Row::new(
            "the same by the core, kernel included",
            Better::More,
            million / core,
        )
        .beside(SQLCIPHER, peer(|took| took.cpu).map(|cpu| million / cpu)),
    );
    report.row(
        Row::new(
            "bytes written for it, a reading",
            Better::Less,
            written as f64 / million / 1e6,
        )
        .beside(
            SQLCIPHER,
            peer(|took| took.written).map(|bytes| bytes / million / 1e6),
        ),
    );
    Ok(())
}

/// Seconds to append that many batches of bytes to a bare file, each made durable.
fn floor(run: &Run, batches: usize, bytes: usize) -> Outcome<f64> {
    let folder = run.place()?;
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
