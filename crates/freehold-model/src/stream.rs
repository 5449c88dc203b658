//! Streams: one quantity of one device.

use crate::decimal::ten_to;
use crate::id::Id;
use crate::kind::{self, EXPONENT_MAX, EXPONENT_MIN, Kind, Sensitivity, ValueKind};
use crate::layout::Layout;
use crate::level::{Facet, Facets, Level, Levels};
use crate::reading::Reading;
use crate::slot::{CHUNK_MINUTES_MAX, Calendar, ChunkLengthError};
use crate::summary::{Bins, Summarizer};
use crate::value::{Parsed, ValueError};
use crate::zone::{Zone, ZoneError};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The longest late window in milliseconds: 31 days.
pub const LATE_MS_MAX: u32 = 31 * 24 * 3_600_000;

/// What a stream is, as its logs and every grant state it. Decoded, it is only a claim: [`Stream::new`] checks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamSpec {
    /// Its identifier.
    pub id: Id,
    /// What it measures.
    pub kind: Kind,
    /// Its numbers are integers × 10^exponent; the kind's exponent or a finer one.
    pub exponent: i8,
    /// The IANA zone whose civil time cuts its slots.
    pub zone: String,
    /// The length of a raw slot, 1..=1440 minutes.
    pub chunk_minutes: u16,
    /// The levels that are kept; at least one.
    pub levels: Levels,
    /// The facets that summaries have; those of the kind or fewer.
    pub facets: Facets,
    /// The inner edges of the distribution at the stream's exponent.
    pub edges: Vec<i64>,
    /// How much it tells about a person; the kind's class or a stricter one.
    pub sensitivity: Sensitivity,
    /// How long after its end a slot still waits for late readings, up to [`LATE_MS_MAX`]; 0 by default. **[model-19]**
    pub late_ms: u32,
    /// When readings come.
    pub sampling: Sampling,
}

/// When the readings of a stream come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sampling {
    /// Nothing is known about it.
    #[default]
    Unknown,
    /// About every so many milliseconds.
    Every(u32),
    /// When the value changes.
    OnChange,
}

impl StreamSpec {
    /// A stream of a kind with the kind's exponent, edges, facets and sensitivity, chunks of a day, and no level yet.
    pub fn new(id: Id, kind: &Kind, zone: &str) -> Self {
        Self {
            id,
            exponent: kind.exponent(),
            zone: zone.into(),
            chunk_minutes: CHUNK_MINUTES_MAX,
            levels: Levels::EMPTY,
            facets: kind.facets(),
            edges: kind.edges().to_vec(),
            sensitivity: kind.sensitivity(),
            late_ms: 0,
            sampling: Sampling::Unknown,
            kind: kind.clone(),
        }
    }

    /// The same stream with these levels.
    #[must_use]
    pub fn levels(self, levels: impl Into<Levels>) -> Self {
        Self {
            levels: levels.into(),
            ..self
        }
    }

    /// The same stream with these facets.
    #[must_use]
    pub fn facets(self, facets: impl Into<Facets>) -> Self {
        Self {
            facets: facets.into(),
            ..self
        }
    }

    /// The same stream with raw slots of so many minutes.
    #[must_use]
    pub fn chunk_minutes(self, chunk_minutes: u16) -> Self {
        Self {
            chunk_minutes,
            ..self
        }
    }

    /// The same stream with this exponent, and the kind's edges at it.
    ///
    /// # Errors
    /// [`StreamError::Exponent`] for one coarser than the kind's, or too fine.
    pub fn exponent(self, exponent: i8) -> Result<Self, StreamError> {
        let finer = finer(&self.kind, exponent)?;
        let edges: Option<Vec<i64>> = self
            .kind
            .edges()
            .iter()
            .map(|edge| edge.checked_mul(finer))
            .collect();
        Ok(Self {
            exponent,
            edges: edges.ok_or(StreamError::Exponent)?,
            ..self
        })
    }

    /// The same stream with readings about every `interval_ms`, and chunks of about 1,000 of them: the longest of 1, 5, 10, 15
    /// and 30 minutes and 1, 2, 4, 6, 12 and 24 hours that holds no more, but at least a minute.
    #[must_use]
    pub fn every_ms(self, interval_ms: u32) -> Self {
        let minutes = u64::from(interval_ms) * READINGS_PER_CHUNK / 60_000;
        let chunk = CHUNKS
            .into_iter()
            .rev()
            .find(|&chunk| u64::from(chunk) <= minutes)
            .unwrap_or(1);
        Self {
            sampling: Sampling::Every(interval_ms),
            chunk_minutes: chunk,
            ..self
        }
    }

    /// The facets of a level: readings of raw, summaries of every other. **[model-23]**
    pub const fn facets_of(&self, level: Level) -> Facets {
        if matches!(level, Level::Raw) {
            Facets::of(Facet::Readings)
        } else {
            self.facets
        }
    }

    /// The least and the greatest plausible number at the stream's exponent.
    pub fn range(&self) -> (i64, i64) {
        let (min, max) = self.kind.range();
        let finer = finer(&self.kind, self.exponent).unwrap_or(1);
        (min.saturating_mul(finer), max.saturating_mul(finer))
    }

    /// How its values fall into bins.
    pub fn bins(&self) -> Bins {
        match self.kind.value_kind() {
            ValueKind::Bool | ValueKind::Enum => Bins::States(self.kind.states().len()),
            kind if kind.is_number() && !self.edges.is_empty() => Bins::Edges(self.edges.clone()),
            _ => Bins::None,
        }
    }
}

/// A stream whose declaration was checked, with its calendar and the layouts of its facets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    spec: StreamSpec,
    calendar: Calendar,
    layouts: [Layout; 7],
}

impl Stream {
    /// Checks a declaration. **[model-18]**
    ///
    /// # Errors
    /// [`StreamError`] names the first field that breaks a rule of [`StreamSpec`].
    pub fn new(spec: StreamSpec) -> Result<Self, StreamError> {
        let zone = Zone::new(&spec.zone)?;
        Self::in_zone(spec, zone)
    }

    /// The same with a zone at hand, so that many streams share it.
    ///
    /// # Errors
    /// As [`Stream::new`]; [`StreamError::Zone`] also when it is not the declared zone.
    pub fn in_zone(spec: StreamSpec, zone: Zone) -> Result<Self, StreamError> {
        if zone.name() != spec.zone {
            return Err(StreamError::Zone(ZoneError::UnknownZone));
        }
        let calendar = Calendar::new(zone, spec.chunk_minutes)?;
        finer(&spec.kind, spec.exponent)?;
        if spec.levels.is_empty() {
            return Err(StreamError::Levels);
        }
        let summarized = !spec.levels.without(Level::Raw).is_empty();
        if !spec.facets.is_subset(spec.kind.facets()) || summarized && spec.facets.is_empty() {
            return Err(StreamError::Facets);
        }
        if !kind::are_edges(&spec.edges) || spec.edges.is_empty() != spec.kind.edges().is_empty() {
            return Err(StreamError::Edges);
        }
        if spec.sensitivity < spec.kind.sensitivity() {
            return Err(StreamError::Sensitivity);
        }
        if spec.late_ms > LATE_MS_MAX {
            return Err(StreamError::Late);
        }
        let layouts = Level::ALL.map(|level| Layout::new(&spec, level));
        Ok(Self {
            spec,
            calendar,
            layouts,
        })
    }

    /// Its declaration.
    pub const fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    /// Its identifier.
    pub const fn id(&self) -> Id {
        self.spec.id
    }

    /// What it measures.
    pub const fn kind(&self) -> &Kind {
        &self.spec.kind
    }

    /// Its slots.
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Reads a value with or without a unit, at the stream's exponent.
    ///
    /// # Errors
    /// As [`Kind::parse`].
    pub fn parse(&self, text: &str) -> Result<Parsed, ValueError> {
        self.spec.kind.parse_at(text, self.spec.exponent)
    }

    /// Writes a value without its unit.
    pub fn format(&self, reading: &Reading) -> String {
        self.spec.kind.format_at(&reading.value, self.spec.exponent)
    }

    /// Whether a reading may be recorded. **[model-3]**
    ///
    /// # Errors
    /// [`ReadingError`].
    pub fn check(&self, reading: &Reading) -> Result<(), ReadingError> {
        if !reading.time.is_supported() {
            return Err(ReadingError::Time);
        }
        self.spec.kind.check(&reading.value)?;
        match self
            .finest_summary()
            .filter(|(_, length)| *length < i64::from(reading.duration_ms))
        {
            Some((level, _)) => Err(ReadingError::Duration(level)),
            None => Ok(()),
        }
    }

    /// Whether a value lies within what is plausible for its kind; whoever records may flag it, and keeps it either way.
    pub fn is_plausible(&self, reading: &Reading) -> bool {
        let (min, max) = self.spec.range();
        reading
            .value
            .number()
            .is_none_or(|number| (min..=max).contains(&number))
    }

    /// How the facets of a level are written.
    pub const fn layout(&self, level: Level) -> &Layout {
        &self.layouts[level.number() as usize]
    }

    /// A summarizer for its slots.
    pub fn summarizer(&self) -> Summarizer {
        Summarizer::new(self.spec.facets, self.spec.bins())
    }

    /// The finest level of summaries with the length of its slots.
    fn finest_summary(&self) -> Option<(Level, i64)> {
        self.spec
            .levels
            .iter()
            .find_map(|level| Some((level, level.nominal_ms()?)))
    }
}

/// Which field of a stream's declaration breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The exponent is coarser than the kind's or too fine.
    #[error("exponent of the stream")]
    Exponent,
    /// The zone is not known.
    #[error("zone of the stream")]
    Zone(ZoneError),
    /// The chunk length.
    #[error(transparent)]
    ChunkLength(#[from] ChunkLengthError),
    /// No level is kept.
    #[error("levels of the stream")]
    Levels,
    /// A facet that the kind cannot have, or summaries without any.
    #[error("facets of the stream")]
    Facets,
    /// The edges of the distribution.
    #[error("edges of the stream")]
    Edges,
    /// A milder class than the kind's.
    #[error("sensitivity of the stream")]
    Sensitivity,
    /// The late window.
    #[error("late window of the stream")]
    Late,
}

impl From<ZoneError> for StreamError {
    fn from(error: ZoneError) -> Self {
        Self::Zone(error)
    }
}

/// Why a reading is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadingError {
    /// Its time is outside the supported range.
    #[error("time out of range")]
    Time,
    /// Its value is none of the kind.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// Its interval is longer than the slots of this level.
    #[error("interval longer than a slot: {0}")]
    Duration(Level),
}

const READINGS_PER_CHUNK: u64 = 1000;
const CHUNKS: [u16; 11] = [1, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440];

/// How many units of a stream's exponent make one of the kind's.
fn finer(kind: &Kind, exponent: i8) -> Result<i64, StreamError> {
    let places = kind
        .exponent()
        .checked_sub(exponent)
        .and_then(|places| u32::try_from(places).ok());
    let factor = places
        .and_then(ten_to)
        .and_then(|factor| i64::try_from(factor).ok());
    factor
        .filter(|_| (EXPONENT_MIN..=EXPONENT_MAX).contains(&exponent))
        .ok_or(StreamError::Exponent)
}

#[cfg(test)]
mod tests;
