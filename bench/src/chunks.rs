//! The chunk codec beside its peers: zstd, pco and Gorilla.
//!
//! Peers get every advantage that their own formats leave them: values divided by the greatest divisor of the whole series, times
//! from the start of the chunk, no check sums, and dictionaries trained per series for each size of chunk.

use std::hint::black_box;

use freehold_model::chunk::{Encoder, decode};
use freehold_model::{Reading, Time};
use zstd::bulk::{Compressor, Decompressor};

use crate::measure::contest;
use crate::{Outcome, gorilla};

/// The sizes of dictionary that are tried.
const DICTIONARIES: [usize; 4] = [512, 2048, 8192, 32_768];

/// The rows of one chunk, with values as they are and divided for the peers.
pub struct Chunk {
    start: Time,
    pub readings: Vec<Reading>,
    times: Vec<i64>,
    values: Vec<i64>,
    /// In the unit of the series' clock, as Gorilla's are in seconds.
    ticks: Vec<i64>,
    floats: Vec<f64>,
}

/// What divides all times and all values of a series.
#[derive(Clone, Copy)]
pub struct Units {
    tick_ms: i64,
    divisor: i64,
}

impl Units {
    /// Of rows of milliseconds and value.
    pub fn of(rows: &[(i64, i64)]) -> Self {
        let all = |number: fn(&(i64, i64)) -> i64| {
            let numbers = rows.iter().map(|row| number(row).unsigned_abs());
            numbers.fold(0, common).max(1) as i64
        };
        Self {
            // The start of a chunk is a whole hour.
            tick_ms: common(all(|row| row.0) as u64, 3_600_000) as i64,
            divisor: all(|row| row.1),
        }
    }
}

impl Chunk {
    /// A chunk that begins with the hour of its first row.
    pub fn new(
        rows: &[(i64, i64)],
        units: Units,
        reading: impl Fn((i64, i64)) -> Reading,
    ) -> Option<Self> {
        let first = rows.first()?.0;
        let start = first - first.rem_euclid(3_600_000);
        let times: Vec<i64> = rows.iter().map(|row| row.0 - start).collect();
        let values: Vec<i64> = rows.iter().map(|row| row.1 / units.divisor).collect();
        Some(Self {
            start: Time::from_ms(start),
            readings: rows.iter().map(|row| reading(*row)).collect(),
            ticks: times.iter().map(|time| time / units.tick_ms).collect(),
            floats: values.iter().map(|value| *value as f64).collect(),
            times,
            values,
        })
    }

    /// Ours.
    pub fn own(&self, encoder: &mut Encoder, out: &mut Vec<u8>) -> Outcome<()> {
        Ok(encoder.encode(self.start, &self.readings, out)?)
    }

    /// Decodes ours.
    pub fn open(&self, bytes: &[u8]) -> Outcome<Vec<Reading>> {
        Ok(decode(self.start, bytes, self.readings.len())?)
    }

    /// Steps of time and of values, each against the one before, as varints: what zstd compresses.
    pub fn varints(&self) -> Vec<u8> {
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

    /// Two columns by pco.
    pub fn pco(&self) -> Outcome<[Vec<u8>; 2]> {
        let config = pco::ChunkConfig::default();
        let times = pco::standalone::simple_compress(&self.times, &config)?;
        let values = pco::standalone::simple_compress(&self.values, &config)?;
        Ok([times, values])
    }

    /// By Gorilla, where it fits.
    pub fn gorilla(&self) -> Option<Vec<u8>> {
        gorilla::encode(&self.ticks, &self.floats).ok()
    }
}

/// Bytes of all chunks by each codec.
pub struct Sizes {
    pub readings: usize,
    pub varints: usize,
    pub zstd: usize,
    /// With the best dictionary, where one could be trained.
    pub dictionary: Option<usize>,
    pub pco: usize,
    /// Where all chunks fit the format.
    pub gorilla: Option<usize>,
    pub own: usize,
}

/// The sizes of `chunks`, with a dictionary.
pub fn sizes(chunks: &[Chunk], dictionary: Option<&[u8]>) -> Outcome<Sizes> {
    let varints: Vec<Vec<u8>> = chunks.iter().map(Chunk::varints).collect();
    let (mut pco, mut own, mut encoder) = (0, Vec::new(), Encoder::new());
    for chunk in chunks {
        pco += chunk.pco()?.iter().map(Vec::len).sum::<usize>();
        chunk.own(&mut encoder, &mut own)?;
    }
    let gorilla = chunks.iter().map(|chunk| Some(chunk.gorilla()?.len()));
    let with = |bytes| compressed(&varints, Compressor::with_dictionary(3, bytes)?);
    Ok(Sizes {
        readings: chunks.iter().map(|chunk| chunk.readings.len()).sum(),
        varints: varints.iter().map(Vec::len).sum(),
        zstd: compressed(&varints, Compressor::new(3)?)?,
        dictionary: dictionary.map(with).transpose()?,
        pco,
        gorilla: gorilla.sum(),
        own: own.len(),
    })
}

/// Of the dictionaries that can be trained from `learn`, the one that makes `chunks` smallest.
pub fn dictionary(learn: &[Chunk], chunks: &[Chunk]) -> Outcome<Option<Vec<u8>>> {
    let samples: Vec<Vec<u8>> = learn.iter().map(Chunk::varints).collect();
    let varints: Vec<Vec<u8>> = chunks.iter().map(Chunk::varints).collect();
    let mut best: Option<(usize, Vec<u8>)> = None;
    for length in DICTIONARIES {
        let Ok(bytes) = zstd::dict::from_samples(&samples, length) else {
            continue;
        };
        let size = compressed(&varints, Compressor::with_dictionary(3, &bytes)?)?;
        if best.as_ref().is_none_or(|(least, _)| size < *least) {
            best = Some((size, bytes));
        }
    }
    Ok(best.map(|(_, bytes)| bytes))
}

fn compressed(chunks: &[Vec<u8>], mut compressor: Compressor<'_>) -> Outcome<usize> {
    bare(&mut compressor)?;
    chunks
        .iter()
        .try_fold(0, |sum, chunk| Ok(sum + compressor.compress(chunk)?.len()))
}

/// Leaves out what a frame can do without.
fn bare(compressor: &mut Compressor<'_>) -> Outcome<()> {
    compressor.include_checksum(false)?;
    compressor.include_contentsize(false)?;
    Ok(compressor.include_dictid(false)?)
}

/// Ours, and the peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    Own,
    /// Of varints, with a dictionary.
    Zstd,
    Pco,
    Gorilla,
}

impl Codec {
    pub const ALL: [Self; 4] = [Self::Own, Self::Zstd, Self::Pco, Self::Gorilla];
}

/// Chunks with what each codec made of them.
pub struct Coded<'a> {
    chunks: &'a [Chunk],
    bytes: Vec<Vec<u8>>,
    /// Pco has two columns.
    columns: Vec<[Vec<u8>; 2]>,
    codec: Codec,
    encoder: Encoder,
    compressor: Compressor<'static>,
    decompressor: Decompressor<'static>,
}

impl<'a> Coded<'a> {
    /// Encodes all chunks; ours has to come back as it was.
    pub fn new(chunks: &'a [Chunk], codec: Codec, dictionary: &[u8]) -> Outcome<Self> {
        let mut compressor = Compressor::with_dictionary(3, dictionary)?;
        bare(&mut compressor)?;
        let mut coded = Self {
            chunks,
            bytes: Vec::new(),
            columns: Vec::new(),
            codec,
            encoder: Encoder::new(),
            compressor,
            decompressor: Decompressor::with_dictionary(dictionary)?,
        };
        for chunk in chunks {
            if codec == Codec::Pco {
                coded.columns.push(chunk.pco()?);
                continue;
            }
            let mut bytes = Vec::new();
            coded.encode_one(chunk, &mut bytes)?;
            if codec == Codec::Own && chunk.open(&bytes)? != chunk.readings {
                return Err("a chunk came back changed".into());
            }
            coded.bytes.push(bytes);
        }
        Ok(coded)
    }

    /// Encodes all chunks once more.
    pub fn encode(&mut self) {
        let mut out = Vec::new();
        for chunk in self.chunks {
            out.clear();
            let done = self.encode_one(chunk, &mut out);
            assert!(done.is_ok(), "{:?} failed", self.codec);
            black_box(&out);
        }
    }

    fn encode_one(&mut self, chunk: &Chunk, out: &mut Vec<u8>) -> Outcome<()> {
        match self.codec {
            Codec::Own => return chunk.own(&mut self.encoder, out),
            Codec::Zstd => *out = self.compressor.compress(&chunk.varints())?,
            Codec::Pco => drop(black_box(chunk.pco()?)),
            Codec::Gorilla => *out = chunk.gorilla().unwrap_or_default(),
        }
        Ok(())
    }

    /// Decodes all chunks.
    pub fn decode(&mut self) {
        for [times, values] in &self.columns {
            let times = pco::standalone::simple_decompress::<i64>(times);
            let values = pco::standalone::simple_decompress::<i64>(values);
            assert!(black_box(times).is_ok() && black_box(values).is_ok());
        }
        for (bytes, chunk) in self.bytes.iter().zip(self.chunks) {
            let count = chunk.readings.len();
            let whole = match self.codec {
                Codec::Own => black_box(chunk.open(bytes)).is_ok(),
                Codec::Gorilla => {
                    bytes.is_empty() || black_box(gorilla::decode(bytes, count)).is_some()
                }
                _ => {
                    let varints = self.decompressor.decompress(bytes, 20 * (count + 1));
                    varints.is_ok_and(|varints| black_box(sum(&varints)) > 0)
                }
            };
            assert!(whole, "{:?} failed", self.codec);
        }
    }
}

/// Seconds to encode and to decode all chunks by each codec, in the order of [`Codec::ALL`]; all take part in each round.
pub fn speeds(chunks: &[Chunk], dictionary: &[u8], rounds: usize) -> Outcome<[(f64, f64); 4]> {
    let all = Codec::ALL.map(|codec| Coded::new(chunks, codec, dictionary));
    let [own, zstd, pco, gorilla] = all;
    let (mut own, mut zstd, mut pco, mut gorilla) = (own?, zstd?, pco?, gorilla?);
    let encode = contest(
        rounds,
        [
            &mut || own.encode(),
            &mut || zstd.encode(),
            &mut || pco.encode(),
            &mut || gorilla.encode(),
        ],
    );
    let decode = contest(
        rounds,
        [
            &mut || own.decode(),
            &mut || zstd.decode(),
            &mut || pco.decode(),
            &mut || gorilla.decode(),
        ],
    );
    Ok(std::array::from_fn(|n| (encode[n], decode[n])))
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
