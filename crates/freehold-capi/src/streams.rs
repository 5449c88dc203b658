//! Lists of streams: a home's, or those that a consent names.

use freehold::{
    Home, Level, Levels,
    consent::{Scope, StreamInfo},
    model::StreamSpec,
};

use crate::{
    guard::{Fault, Grows, fill, free, give, lent},
    status::FhStatus,
    text::FhStr,
};

/// Some streams. A list stays as it was made.
pub struct FhStreams(Vec<Row>);

struct Row {
    name: String,
    device: String,
    kind: String,
    unit: String,
    zone: String,
    exponent: i8,
    levels: u8,
    facets: u8,
}

/// A stream of a list. The texts last as long as the list.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhStreamInfo {
    /// `sizeof(FhStreamInfo)`.
    pub struct_size: usize,
    /// What its owner calls it.
    pub name: FhStr,
    /// The name of its device; empty at a recipient, which is not told.
    pub device: FhStr,
    /// What it measures.
    pub kind: FhStr,
    /// The unit of its numbers in UCUM; empty if it has none.
    pub unit: FhStr,
    /// The IANA zone whose civil time cuts its slots.
    pub zone: FhStr,
    /// The power of ten of its numbers.
    pub exponent: i8,
    /// The set of levels that it keeps; of a consent those that it opens.
    pub levels: u8,
    /// The set of facets that its summaries have; of a consent those that it opens.
    pub facets: u8,
    /// 0.
    pub reserved: [u8; 5],
}

/// How many there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_streams_count(
    streams: *const FhStreams,
    count: *mut usize,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(count, || Ok(lent(streams)?.0.len())) }
}

/// The stream with this place in the list, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_streams_get(
    streams: *const FhStreams,
    place: usize,
    out: *mut FhStreamInfo,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { fill(out, || Ok(at(&lent(streams)?.0, place)?.info())) }
}

/// Frees a list, and the texts in it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_streams_free(streams: *mut FhStreams) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(streams) }
}

/// An element of a list.
pub(crate) fn at<T>(list: &[T], place: usize) -> Result<&T, Fault> {
    let beyond = || Fault::argument(format!("place {place} in a list of {}", list.len()));
    list.get(place).ok_or_else(beyond)
}

impl FhStreams {
    pub(crate) fn of_home(home: &Home) -> Result<Self, Fault> {
        let row = |stream: freehold::Stream| {
            let spec = stream.spec()?;
            Ok(Row {
                device: stream.device(),
                levels: spec.levels.bits(),
                facets: spec.facets.bits(),
                ..Row::of(stream.name(), &spec)
            })
        };
        let rows = home.streams().into_iter().map(row);
        Ok(Self(rows.collect::<Result<_, Fault>>()?))
    }

    /// Those that a consent names, with what it opens of each.
    pub(crate) fn granted(scope: &Scope, streams: &[StreamInfo]) -> Self {
        let row = |info: &StreamInfo| {
            let facets = |level| scope.facets(info.id, level);
            let open = Level::ALL
                .into_iter()
                .filter(|level| !facets(*level).is_empty());
            let levels: Levels = open.collect();
            let all = levels
                .iter()
                .fold(0, |all, level| all | facets(level).bits());
            Row {
                levels: levels.bits(),
                facets: all,
                ..Row::of(info.label.to_string(), info.stream.spec())
            }
        };
        Self(streams.iter().map(row).collect())
    }
}

impl Row {
    fn of(name: String, spec: &StreamSpec) -> Self {
        Self {
            name,
            device: String::new(),
            kind: spec.kind.name().to_owned(),
            unit: spec.kind.unit().to_owned(),
            zone: spec.zone.clone(),
            exponent: spec.exponent,
            levels: 0,
            facets: 0,
        }
    }

    fn info(&self) -> FhStreamInfo {
        FhStreamInfo {
            struct_size: size_of::<FhStreamInfo>(),
            name: FhStr::of(&self.name),
            device: FhStr::of(&self.device),
            kind: FhStr::of(&self.kind),
            unit: FhStr::of(&self.unit),
            zone: FhStr::of(&self.zone),
            exponent: self.exponent,
            levels: self.levels,
            facets: self.facets,
            reserved: [0; 5],
        }
    }
}

// SAFETY: it is.
unsafe impl Grows for FhStreamInfo {
    const NAME: &'static str = "FhStreamInfo";
}
