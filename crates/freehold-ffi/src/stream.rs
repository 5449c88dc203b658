//! A stream of a home: to record into and to read from.

use std::sync::Arc;

use freehold::{Level, Time, consent::Scope, model};

use crate::{
    FfiError, Scale, ValueKind,
    page::{self, most, readings_to_bytes, windows_to_bytes},
    words::{facets, levels},
};

/// A stream of a home. It keeps its home's store open until it is freed.
#[derive(uniffi::Object)]
pub struct Stream(pub(crate) freehold::Stream);

/// The description of a new stream.
#[derive(Debug, Clone, uniffi::Record)]
pub struct StreamSpec {
    /// What it measures: the name of a kind in Freehold's registry, such as `air_temperature`.
    pub kind: String,
    /// The IANA zone whose civil time cuts its slots, such as `Europe/Paris`.
    pub zone: String,
    /// The levels that are kept.
    pub levels: Vec<Level>,
    /// The facets that summaries have; none for those of the kind.
    #[uniffi(default = [])]
    pub facets: Vec<freehold::Facet>,
    /// The length of a raw slot in minutes, 1 to 1440; none for one that goes with `interval_ms`, or for a day.
    #[uniffi(default = None)]
    pub chunk_minutes: Option<u16>,
    /// About how often a reading comes; none if that is not known.
    #[uniffi(default = None)]
    pub interval_ms: Option<u32>,
    /// How much finer numbers are than the kind's: by so many powers of ten.
    #[uniffi(default = 0)]
    pub finer: u8,
}

/// What a stream is.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct StreamInfo {
    /// What its owner calls it.
    pub name: String,
    /// The name of its device; none at a recipient, which is not told.
    pub device: Option<String>,
    /// What it measures.
    pub kind: String,
    /// What its values are.
    pub value_kind: ValueKind,
    /// How its numbers add up.
    pub scale: Scale,
    /// The unit of its numbers in UCUM; `1` where there is none.
    pub unit: String,
    /// The power of ten of its numbers.
    pub exponent: i8,
    /// The IANA zone whose civil time cuts its slots.
    pub zone: String,
    /// The levels that it keeps; of a consent those that it opens.
    pub levels: Vec<Level>,
    /// The facets that its summaries have; of a consent those that it opens.
    pub facets: Vec<freehold::Facet>,
    /// The inner edges of its distributions, in its numbers.
    pub edges: Vec<i64>,
}

/// What came of readings that were recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Recorded {
    /// Readings that are new.
    pub added: u64,
    /// Readings that were there already: same instant, same value.
    pub duplicates: u64,
    /// Readings whose instant was there with another value. Both stay; the later one counts.
    pub corrected: u64,
    /// Of the new and the corrected: those for slots that were sealed before.
    pub late: u64,
    /// Readings for which this device has no key: the household's agents put them in.
    pub kept: u64,
    /// Readings that are not kept: for a slot that was erased, or that cannot be told from duplicates.
    pub dropped: u64,
}

#[uniffi::export]
impl Stream {
    /// What it is.
    ///
    /// # Errors
    /// `missing`.
    pub fn info(&self) -> Result<StreamInfo, FfiError> {
        StreamInfo::of_home(&self.0)
    }

    /// Records a page of readings in any order. They are durable when this returns.
    ///
    /// # Errors
    /// `bad_reading`, `bad_time`: nothing is recorded then. `written_elsewhere`; what the store says.
    pub fn record(&self, readings: &[u8]) -> Result<Recorded, FfiError> {
        let recorded = self.0.record(&page::batch(readings)?)?;
        Ok(Recorded {
            added: recorded.new,
            duplicates: recorded.duplicates,
            corrected: recorded.corrected,
            late: recorded.late,
            kept: recorded.kept,
            dropped: recorded.dropped,
        })
    }

    /// Seals every slot that has ended by the clock, and signs the logs.
    ///
    /// # Errors
    /// What the store says.
    pub fn flush(&self) -> Result<(), FfiError> {
        Ok(self.0.flush()?)
    }

    /// A page of the readings from `from_ms` until before `until_ms`, in order of time; some `limit` of them, more where readings of one
    /// time correct each other. With 0, as many as a page has.
    ///
    /// # Errors
    /// `no_such_level` when the stream keeps no raw level.
    pub fn read(&self, from_ms: i64, until_ms: i64, limit: u32) -> Result<Vec<u8>, FfiError> {
        let rows = self.0.read_page(span(from_ms, until_ms), most(limit))?;
        readings_to_bytes(&rows.into())
    }

    /// A page of the summaries of a level's slots that lie wholly in the time and have readings, no more than `limit` of them.
    ///
    /// # Errors
    /// `no_such_level` when the stream does not keep it.
    pub fn summaries(
        &self,
        level: Level,
        from_ms: i64,
        until_ms: i64,
        limit: u32,
    ) -> Result<Vec<u8>, FfiError> {
        let span = span(from_ms, until_ms);
        let rows = self.0.summaries_page(level, span, most(limit))?;
        windows_to_bytes(&rows.into())
    }
}

pub(crate) const fn span(from_ms: i64, until_ms: i64) -> (Time, Time) {
    (Time::from_ms(from_ms), Time::from_ms(until_ms))
}

pub(crate) fn stream(stream: freehold::Stream) -> Arc<Stream> {
    Arc::new(Stream(stream))
}

impl StreamSpec {
    pub(crate) fn read(self, home: &freehold::Home) -> Result<model::StreamSpec, FfiError> {
        let kind = crate::kind::registered(&self.kind)?;
        let finer = i8::try_from(self.finer).map_err(|_| FfiError::argument("finer"))?;
        let mut spec = home
            .stream_spec(kind, &self.zone)?
            .levels(levels(self.levels));
        if !self.facets.is_empty() {
            spec = spec.facets(facets(self.facets));
        }
        if let Some(interval_ms) = self.interval_ms {
            spec = spec.every_ms(interval_ms);
        }
        if let Some(minutes) = self.chunk_minutes {
            spec = spec.chunk_minutes(minutes);
        }
        if finer != 0 {
            spec = spec.exponent(kind.exponent().saturating_sub(finer))?;
        }
        Ok(spec)
    }
}

impl StreamInfo {
    pub(crate) fn of_home(stream: &freehold::Stream) -> Result<Self, FfiError> {
        let spec = stream.spec()?;
        Ok(Self {
            device: Some(stream.device()),
            levels: spec.levels.iter().collect(),
            facets: spec.facets.iter().collect(),
            ..Self::of(stream.name(), &spec)
        })
    }

    /// A stream that a consent names, with what it opens of it.
    pub(crate) fn granted(scope: &Scope, info: &freehold::consent::StreamInfo) -> Self {
        let opened = |level: &Level| scope.facets(info.id, *level);
        let levels: Vec<Level> = Level::ALL
            .into_iter()
            .filter(|level| !opened(level).is_empty())
            .collect();
        let facets = freehold::Facet::ALL.into_iter();
        let facets = facets.filter(|facet| levels.iter().any(|it| opened(it).contains(*facet)));
        Self {
            facets: facets.collect(),
            levels,
            ..Self::of(info.label.to_string(), info.stream.spec())
        }
    }

    fn of(name: String, spec: &model::StreamSpec) -> Self {
        Self {
            name,
            device: None,
            kind: spec.kind.name().to_owned(),
            value_kind: spec.kind.value_kind(),
            scale: spec.kind.scale(),
            unit: spec.kind.unit().to_owned(),
            exponent: spec.exponent,
            zone: spec.zone.clone(),
            levels: Vec::new(),
            facets: Vec::new(),
            edges: spec.edges.clone(),
        }
    }
}
