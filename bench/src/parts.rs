//! The parts of recording and sealing, each alone on the same readings.

use std::hint::black_box;

use freehold::crypto::{
    Cover, Domain, EntryContext, LogId, OsEntropy, Padding, PieceKey, PiecePlace, Root, Salt,
    SaltHedge, Suite, Walker, digest,
};
use freehold::model::{ChunkEncoder, Slot, Stream, StreamSpec, Summary};
use freehold::{Facet, Level, Reading, Time};
use freehold_store::{Batch, Key, MemoryStore, Store};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};

use crate::Outcome;
use crate::measure::time;

/// Seconds of each part, the least of all rounds, for all `series`, which are streams of `spec`.
pub fn parts(
    spec: &StreamSpec,
    series: &[Vec<Reading>],
    rounds: usize,
) -> Outcome<Vec<(&'static str, f64)>> {
    let mut parts = round(spec, series)?;
    for _ in 1..rounds {
        for ((_, least), (_, seconds)) in parts.iter_mut().zip(round(spec, series)?) {
            *least = least.min(seconds);
        }
    }
    Ok(parts)
}

/// So many half-hours of totals in a row, to derive their keys and to open them: what a recipient cannot do without.
pub struct Opening {
    context: EntryContext,
    tree: Cover,
    pieces: Vec<Vec<u8>>,
}

impl Opening {
    /// Seals the pieces.
    pub fn new(slots: usize) -> Outcome<Self> {
        let (log, salt) = (LogId([1; 16]), Salt([2; 16]));
        let mut opening = Self {
            context: EntryContext::new(Suite::One, log, 0, Level::HalfHour, 0, 0, salt),
            tree: Root::random(&mut OsEntropy::new())?.tree(Level::HalfHour, Facet::Totals),
            pieces: Vec::new(),
        };
        let mut pieces = Vec::new();
        let mut walker = opening.tree.walker();
        for n in 0..slots {
            let mut piece = vec![0; 17];
            let key = opening.key(&mut walker, n).ok_or("leaf")?;
            key.seal_small(&mut piece, 0)?;
            pieces.push(piece);
        }
        drop(walker);
        opening.pieces = pieces;
        Ok(opening)
    }

    /// Derives all keys and opens all pieces.
    pub fn open(&self) {
        let mut walker = self.tree.walker();
        for (n, piece) in self.pieces.iter().enumerate() {
            let mut buffer = [0; 33];
            buffer.copy_from_slice(piece);
            let opened = self
                .key(&mut walker, n)
                .map(|key| key.open_small(&mut buffer).is_ok());
            assert_eq!(black_box(opened), Some(true));
        }
    }

    fn key(&self, walker: &mut Walker<&Cover>, n: usize) -> Option<PieceKey> {
        let start = Time::from_ms(n as i64 * 1_800_000);
        let slot = PiecePlace {
            start,
            end: start.plus_ms(1_800_000),
            facet: Facet::Totals,
            part: 0,
        };
        let leaf = walker.leaf((2 * n % (1 << 13)) as u32)?;
        Some(PieceKey::derive(&leaf, &self.context, &slot))
    }
}

/// The plain pieces of all slots of some series.
pub fn plain(spec: &StreamSpec, series: &[Vec<Reading>]) -> Outcome<Vec<Plain>> {
    let stream = Stream::new(spec.clone())?;
    let mut plain = chunks(&stream, series)?;
    plain.extend(summaries(&stream, series)?);
    Ok(plain)
}

/// Seals pieces with AES-256-GCM alone, a key each.
pub fn bare(plain: &[Plain]) {
    for slot in plain {
        for (_, piece) in &slot.pieces {
            black_box(bare_aead(&mut piece.clone()));
        }
    }
}

/// A slot's plain pieces.
pub struct Plain {
    level: Level,
    slot: Slot,
    pieces: Vec<(Facet, Vec<u8>)>,
}

fn round(spec: &StreamSpec, series: &[Vec<Reading>]) -> Outcome<Vec<(&'static str, f64)>> {
    let stream = Stream::new(spec.clone())?;
    let (copying, ()) = time(|| {
        for (_, readings) in slots(&stream, Level::Raw, series) {
            drop(black_box(readings.to_vec()));
        }
    });
    let (coding, chunks) = time(|| chunks(&stream, series));
    let (summing, summaries) = time(|| summaries(&stream, series));
    let mut plain = chunks?;
    plain.extend(summaries?);
    let (deriving, leaves) = time(|| leaves(&stream, &plain));
    let leaves = leaves?;
    let log = LogId([1; 16]);
    let (salting, ()) = time(|| {
        for (entry, leaves) in plain.chunks(ENTRY).zip(leaves.chunks(ENTRY)) {
            let mut hedge = SaltHedge::new();
            for (slot, leaves) in entry.iter().zip(leaves) {
                for ((facet, piece), leaf) in slot.pieces.iter().zip(leaves) {
                    hedge.piece(leaf, &place(slot, *facet), piece);
                }
            }
            let _ = black_box(hedge.salt(log, 0, &mut OsEntropy::new()));
        }
    });
    let (sealing, bodies) = time(|| {
        let context = EntryContext::new(Suite::One, log, 0, Level::Raw, 0, 0, Salt([2; 16]));
        let mut bodies = Vec::new();
        for (slot, leaves) in plain.iter().zip(&leaves) {
            for ((facet, piece), leaf) in slot.pieces.iter().zip(leaves) {
                let mut body = Vec::with_capacity(piece.len() + 48);
                body.extend_from_slice(piece);
                let key = PieceKey::derive(leaf, &context, &place(slot, *facet));
                let _ = match slot.level {
                    Level::Raw => key.seal_large(&mut body, 0, Padding::Padme),
                    _ => key.seal_small(&mut body, 0),
                };
                bodies.push(body);
            }
        }
        bodies
    });
    let (hashing, ()) = time(|| {
        for entry in bodies.chunks(3 * ENTRY) {
            let hashes: Vec<u8> = entry
                .iter()
                .flat_map(|piece| digest(Domain::Piece, &[piece]))
                .collect();
            black_box(digest(Domain::Body, &[&hashes]));
        }
    });
    let (storing, stored) = time(|| -> Outcome<()> {
        let store = MemoryStore::new();
        let mut batch = Batch::new();
        for (n, entry) in (0..).zip(bodies.chunks(3 * ENTRY)) {
            batch.put(Key::new(7, n)?, entry.concat());
            batch.put(Key::new(6, n)?, vec![0; 90]);
        }
        Ok(store.commit(&batch)?)
    });
    stored?;
    Ok(vec![
        ("copying the readings into open slots", copying.cpu),
        ("chunk codec", coding.cpu),
        ("summaries and their facets", summing.cpu),
        ("leaves of the key trees", deriving.cpu),
        ("salts, hedged by keys and plaintexts", salting.cpu),
        ("sealing", sealing.cpu),
        ("hashes of pieces and bodies", hashing.cpu),
        ("store in memory", storing.cpu),
    ])
}

/// A key, and one sealing with it.
fn bare_aead(piece: &mut [u8]) -> Option<Tag> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).ok()?);
    key.seal_in_place_separate_tag(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), piece)
        .ok()
}

/// Slots in an entry.
const ENTRY: usize = 128;

fn place(slot: &Plain, facet: Facet) -> PiecePlace {
    PiecePlace {
        start: slot.slot.start,
        end: slot.slot.end,
        facet,
        part: 0,
    }
}

fn chunks(stream: &Stream, series: &[Vec<Reading>]) -> Outcome<Vec<Plain>> {
    let mut encoder = ChunkEncoder::new();
    let mut all = Vec::new();
    for (slot, readings) in slots(stream, Level::Raw, series) {
        let mut chunk = Vec::new();
        encoder.encode(slot.start, readings, &mut chunk)?;
        all.push(Plain {
            level: Level::Raw,
            slot,
            pieces: vec![(Facet::Readings, chunk)],
        });
    }
    Ok(all)
}

/// Sums readings up for all levels above raw.
pub fn summaries(stream: &Stream, series: &[Vec<Reading>]) -> Outcome<Vec<Plain>> {
    let levels: Vec<Level> = stream.spec().levels.without(Level::Raw).iter().collect();
    let mut all = Vec::new();
    let mut running: Vec<Option<(Slot, Summary)>> = vec![None; levels.len()];
    let mut summarizer = stream.summarizer();
    let mut numbers = Vec::new();
    let Some(finest) = levels.first() else {
        return Ok(all);
    };
    let mut close = |level: Level, (slot, summary): (Slot, Summary)| -> Outcome<()> {
        let facets = stream.spec().facets.iter();
        let pieces = facets.map(|facet| Ok((facet, stream.layout(level).encode(&summary, facet)?)));
        all.push(Plain {
            level,
            slot,
            pieces: pieces.collect::<Outcome<_>>()?,
        });
        Ok(())
    };
    for (slot, readings) in slots(stream, *finest, series) {
        numbers.clear();
        numbers.extend(readings.iter().filter_map(|reading| reading.value.number()));
        summarizer.push_numbers(&numbers)?;
        let summary = summarizer.finish();
        for (level, running) in levels.iter().zip(&mut running) {
            match running {
                Some((open, sum)) if open.contains(slot.start) => sum.merge(&summary)?,
                _ => {
                    let next = (stream.calendar().slot(*level, slot.start), summary.clone());
                    running
                        .replace(next)
                        .map_or(Ok(()), |ended| close(*level, ended))?;
                }
            }
        }
    }
    for (level, running) in levels.iter().zip(running) {
        running.map_or(Ok(()), |ended| close(*level, ended))?;
    }
    Ok(all)
}

fn leaves(stream: &Stream, plain: &[Plain]) -> Outcome<Vec<Vec<freehold::crypto::Leaf>>> {
    let root = Root::random(&mut OsEntropy::new())?;
    let mut trees = std::collections::HashMap::new();
    let mut all = Vec::new();
    for slot in plain {
        let index = stream
            .calendar()
            .epoch(slot.slot.start)
            .index(slot.level, slot.slot.start)
            .ok_or("index")?;
        let mut own = Vec::new();
        for (facet, _) in &slot.pieces {
            let tree = trees
                .entry((slot.level, *facet))
                .or_insert_with(|| Walker::new(root.tree(slot.level, *facet)));
            own.push(tree.leaf(index).ok_or("leaf")?);
        }
        all.push(own);
    }
    Ok(all)
}

/// Readings by slot.
fn slots<'a>(
    stream: &'a Stream,
    level: Level,
    series: &'a [Vec<Reading>],
) -> impl Iterator<Item = (Slot, &'a [Reading])> {
    series.iter().flat_map(move |readings| {
        let mut rest = readings.as_slice();
        std::iter::from_fn(move || {
            let slot = stream.calendar().slot(level, rest.first()?.time);
            let count = rest
                .iter()
                .take_while(|reading| slot.contains(reading.time))
                .count();
            let (taken, after) = rest.split_at(count);
            rest = after;
            Some((slot, taken))
        })
    })
}
