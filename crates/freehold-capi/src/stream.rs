//! A stream: to record into and to read from.

use freehold::{Reading, Recorded, Stream, Time};

use crate::{
    guard::{Fault, call, free, give, hand, lent, list},
    reading::{FhReading, FhReadings},
    status::FhStatus,
    window::{FhWindows, level},
};

/// A stream of a home.
pub struct FhStream(pub(crate) Stream);

/// What came of readings that were recorded.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhRecorded {
    /// New ones.
    pub added: u64,
    /// Those that were there already: same instant, same value.
    pub duplicates: u64,
    /// Those whose instant was there with another value. Both stay; the later one counts.
    pub corrected: u64,
    /// Of the new and the corrected: those for slots that were sealed before.
    pub late: u64,
    /// Those for which this device has no key: they are sealed to the household, whose agents put them in.
    pub kept: u64,
    /// Those that are not kept: their slot was erased, or sealed before in a stream without a raw level.
    pub dropped: u64,
}

/// Frees a stream; the stream itself stays in the home.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_stream_free(stream: *mut FhStream) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(stream) }
}

/// Records `count` readings in any order. They are durable when this returns. If one does not fit the stream, none is recorded. `out` may
/// be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_stream_record(
    stream: *const FhStream,
    readings: *const FhReading,
    count: usize,
    out: *mut FhRecorded,
) -> FhStatus {
    call(|| {
        // SAFETY: the caller keeps to the header.
        let (stream, rows) = unsafe { (lent(stream)?, list(readings, count)?) };
        // SAFETY: as above; each row's texts are there.
        let read = |row: &FhReading| unsafe { row.reading() };
        let readings: Vec<Reading> = rows.iter().map(read).collect::<Result<_, Fault>>()?;
        let recorded = stream.0.record(&readings)?;
        // SAFETY: it is NULL or may be written.
        if let Some(out) = unsafe { out.as_mut() } {
            *out = recorded.into();
        }
        Ok(())
    })
}

/// Seals every slot that has ended by the clock, and signs the logs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_stream_flush(stream: *const FhStream) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    call(|| Ok(unsafe { lent(stream) }?.0.flush()?))
}

/// The power of ten of its numbers: a number `n` is `n` times ten to this.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_stream_exponent(
    stream: *const FhStream,
    exponent: *mut i8,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(exponent, || Ok(lent(stream)?.0.spec()?.exponent)) }
}

/// The readings from `from_ms` until before `until_ms`, about `limit` of them at most and one at least; 0 for all. Of those that correct
/// each other, all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_stream_read(
    stream: *const FhStream,
    from_ms: i64,
    until_ms: i64,
    limit: usize,
    out: *mut *mut FhReadings,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let page = lent(stream)?
                .0
                .read_page(span(from_ms, until_ms), most(limit))?;
            Ok(page.into())
        })
    }
}

/// The summaries of the slots of a level (`FH_LEVEL_...`) that lie wholly from `from_ms` until `until_ms` and have readings, `limit` of
/// them at most; 0 for all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_stream_summaries(
    stream: *const FhStream,
    level_number: u8,
    from_ms: i64,
    until_ms: i64,
    limit: usize,
    out: *mut *mut FhWindows,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (level, span) = (level(level_number)?, span(from_ms, until_ms));
            let page = lent(stream)?.0.summaries_page(level, span, most(limit))?;
            Ok(page.into())
        })
    }
}

pub(crate) const fn span(from_ms: i64, until_ms: i64) -> (Time, Time) {
    (Time::from_ms(from_ms), Time::from_ms(until_ms))
}

pub(crate) const fn most(limit: usize) -> usize {
    if limit == 0 { usize::MAX } else { limit }
}

impl From<Recorded> for FhRecorded {
    fn from(recorded: Recorded) -> Self {
        Self {
            added: recorded.new,
            duplicates: recorded.duplicates,
            corrected: recorded.corrected,
            late: recorded.late,
            kept: recorded.kept,
            dropped: recorded.dropped,
        }
    }
}
