//! Homes that take readings in.

use std::path::Path;
use std::sync::Arc;

use freehold::crypto::{MemoryKeyStore, OsEntropy};
use freehold::model::{Id, Kind, Sensitivity, StreamSpec};
use freehold::{Device, Facets, Home, Level, Levels, Reading, SetClock, Stream, Time};

use crate::Outcome;
use crate::measure::{Took, time};

/// How a stream is kept.
#[derive(Clone)]
pub struct Plan {
    pub kind: &'static str,
    pub levels: Vec<Level>,
    pub facets: Option<Facets>,
    /// Another class than the kind's, for the other way of padding.
    pub sensitivity: Option<Sensitivity>,
}

impl Plan {
    pub fn new(kind: &'static str, levels: &[Level]) -> Self {
        Self {
            kind,
            levels: levels.to_vec(),
            facets: None,
            sensitivity: None,
        }
    }

    /// Chunks of an hour.
    pub fn spec(&self, number: u8) -> Outcome<StreamSpec> {
        let kind = Kind::registered(self.kind).ok_or("kind")?;
        let levels = self
            .levels
            .iter()
            .fold(Levels::EMPTY, |levels, level| levels.with(*level));
        let spec = StreamSpec::new(Id::from_bytes([number; 16]), kind, "UTC")
            .levels(levels)
            .chunk_minutes(60);
        let facets = self.facets.unwrap_or(spec.facets);
        let sensitivity = self.sensitivity.unwrap_or(spec.sensitivity);
        Ok(StreamSpec {
            facets,
            sensitivity,
            ..spec
        })
    }
}

/// A home in memory.
pub fn in_memory() -> Outcome<Home> {
    let clock = Arc::new(SetClock::new(now()));
    Ok(Home::in_memory(
        "Home",
        MemoryKeyStore::new(),
        clock,
        Box::new(OsEntropy::new()),
    )?)
}

/// A home in the folder `path`.
pub fn on_disk(path: &Path) -> Outcome<Home> {
    Ok(Home::create_with(
        path,
        "Home",
        MemoryKeyStore::new(),
        Arc::new(SetClock::new(now())),
    )?)
}

/// One stream for each series.
pub fn streams(home: &Home, plan: &Plan, count: usize) -> Outcome<Vec<Stream>> {
    home.add_device(Device {
        name: "device".into(),
        maker: None,
        model: None,
    })?;
    let stream = |n: u8| Ok(home.add_stream("device", &format!("stream {n}"), plan.spec(n)?)?);
    (0..count as u8).map(stream).collect()
}

/// Records every series in batches of so many, and flushes.
pub fn record(streams: &[Stream], series: &[Vec<Reading>], batch: usize) -> Outcome<Took> {
    let (took, done) = time(|| -> Outcome<()> {
        for (stream, readings) in streams.iter().zip(series) {
            for batch in readings.chunks(batch) {
                stream.record(batch)?;
            }
            stream.flush()?;
        }
        Ok(())
    });
    done.map(|()| took)
}

/// Long after the recordings.
pub fn now() -> Time {
    Time::from_ms(1_767_225_600_000)
}
