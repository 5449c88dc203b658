//! Erasure: what it takes away, and who knew it already.

use freehold::{ErasureReport, Trace, crypto::KeyStoreKind};

use crate::{
    guard::{Grows, fill, free, give, hand, lent},
    home::FhHome,
    proposal::id,
    status::FhStatus,
    stream::{FhStream, span},
    streams::at,
    text::{FhId, FhStr},
};

/// How surely a replaced key is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FhKeyStoreKind {
    /// Hardware destroys it.
    HardwareDeletion = 0,
    /// A file is overwritten; an older copy of it may lie elsewhere.
    File = 1,
    /// Wrapped under a passphrase; who knows it and kept an older file can go back.
    Passphrase = 2,
    /// In memory only.
    Memory = 3,
}

/// What an erasure takes away, and what it cannot.
pub struct FhErasureReport(ErasureReport);

/// The whole of an erasure.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhErased {
    /// `sizeof(FhErased)`.
    pub struct_size: usize,
    /// What is erased begins here: with the first raw slot that overlaps what was asked for.
    pub from_ms: i64,
    /// It ends here.
    pub until_ms: i64,
    /// Readings that were not sealed yet and go with it.
    pub unsealed: u64,
    /// How many levels lose slots: `fh_erasure_report_level`.
    pub levels: usize,
    /// How many hold keys to some of it already, which cannot be taken back: `fh_erasure_report_holder`.
    pub holders: usize,
    /// How much still tells of the erased time: `fh_erasure_report_trace`.
    pub traces: usize,
    /// How surely the store's old key is gone, and with it what older copies of the store hold: an `FhKeyStoreKind`.
    pub key_store: u8,
    /// 0.
    pub reserved: [u8; 7],
}

/// The slots of one level that go.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhErasedLevel {
    /// `sizeof(FhErasedLevel)`.
    pub struct_size: usize,
    /// The first slot's start.
    pub from_ms: i64,
    /// The last slot's end.
    pub until_ms: i64,
    /// Sealed slots of which something is held.
    pub slots: u64,
    /// The level.
    pub level: u8,
    /// 0.
    pub reserved: [u8; 7],
}

/// Keys that were handed out for slots that are erased.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhKeyHolder {
    /// `sizeof(FhKeyHolder)`.
    pub struct_size: usize,
    /// The consent.
    pub consent: FhId,
    /// What its recipient calls itself. It lasts as long as the report.
    pub recipient: FhStr,
    /// The first slot's start.
    pub from_ms: i64,
    /// The last slot's end.
    pub until_ms: i64,
    /// How many sealed slots.
    pub slots: u64,
    /// The level.
    pub level: u8,
    /// The set of facets.
    pub facets: u8,
    /// 0.
    pub reserved: [u8; 6],
}

/// What still tells of an erased time.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhTrace {
    /// `sizeof(FhTrace)`.
    pub struct_size: usize,
    /// Who has read slots of the level `coarse` that reach beyond what is erased, and reads those of the level `fine` beside it: the
    /// difference is what they come to within. It lasts as long as the report; empty if `is_index`.
    pub recipient: FhStr,
    /// The level of the slots that reach beyond.
    pub coarse: u8,
    /// The level of those that stay.
    pub fine: u8,
    /// Whether it is a counter, whose values before and after tell what was counted in between.
    pub is_index: bool,
    /// 0.
    pub reserved: [u8; 5],
}

/// What `fh_home_erase` would erase, and who has the keys to it already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_erasable(
    home: *const FhHome,
    stream: *const FhStream,
    from_ms: i64,
    until_ms: i64,
    out: *mut *mut FhErasureReport,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (from, until) = span(from_ms, until_ms);
            let report = lent(home)?.0.erasable(&lent(stream)?.0, from, until)?;
            Ok(FhErasureReport(report))
        })
    }
}

/// Erases a stream from `from_ms` until before `until_ms`: every raw slot that overlaps it, and every slot of another level that overlaps
/// one of these. Readings that come later for an erased slot are dropped. What was read before, and keys that were handed out, cannot be
/// taken back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_erase(
    home: *const FhHome,
    stream: *const FhStream,
    from_ms: i64,
    until_ms: i64,
    out: *mut *mut FhErasureReport,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (from, until) = span(from_ms, until_ms);
            let report = lent(home)?.0.erase(&lent(stream)?.0, from, until)?;
            Ok(FhErasureReport(report))
        })
    }
}

/// Replaces the store's key if something was erased that another agent erased first: to be called after a meeting with a relay. Gives
/// whether it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_renew_key(home: *const FhHome, renewed: *mut bool) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(renewed, || Ok(lent(home)?.0.renew_key()?)) }
}

/// The whole of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_erasure_report_erased(
    report: *const FhErasureReport,
    out: *mut FhErased,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { fill(out, || Ok(erased(&lent(report)?.0))) }
}

/// A level that loses slots, from 0, finest first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_erasure_report_level(
    report: *const FhErasureReport,
    place: usize,
    out: *mut FhErasedLevel,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        fill(out, || {
            let level = at(&lent(report)?.0.levels, place)?;
            Ok(FhErasedLevel {
                struct_size: size_of::<FhErasedLevel>(),
                from_ms: level.span.start.ms(),
                until_ms: level.span.end.ms(),
                slots: level.slots,
                level: level.level.number(),
                reserved: [0; 7],
            })
        })
    }
}

/// Somebody who has keys already, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_erasure_report_holder(
    report: *const FhErasureReport,
    place: usize,
    out: *mut FhKeyHolder,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        fill(out, || {
            let holder = at(&lent(report)?.0.holders, place)?;
            Ok(FhKeyHolder {
                struct_size: size_of::<FhKeyHolder>(),
                consent: id(holder.consent.0),
                recipient: FhStr::of(&holder.recipient),
                from_ms: holder.span.start.ms(),
                until_ms: holder.span.end.ms(),
                slots: holder.slots,
                level: holder.level.number(),
                facets: holder.facets.bits(),
                reserved: [0; 6],
            })
        })
    }
}

/// Something that still tells of it, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_erasure_report_trace(
    report: *const FhErasureReport,
    place: usize,
    out: *mut FhTrace,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { fill(out, || Ok(trace(at(&lent(report)?.0.traces, place)?))) }
}

/// Frees a report, and the texts in it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_erasure_report_free(report: *mut FhErasureReport) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(report) }
}

fn erased(report: &ErasureReport) -> FhErased {
    let key_store = match report.key_store {
        KeyStoreKind::HardwareDeletion => FhKeyStoreKind::HardwareDeletion,
        KeyStoreKind::File => FhKeyStoreKind::File,
        KeyStoreKind::Passphrase => FhKeyStoreKind::Passphrase,
        KeyStoreKind::Memory => FhKeyStoreKind::Memory,
    };
    FhErased {
        struct_size: size_of::<FhErased>(),
        from_ms: report.span.start.ms(),
        until_ms: report.span.end.ms(),
        unsealed: report.unsealed,
        levels: report.levels.len(),
        holders: report.holders.len(),
        traces: report.traces.len(),
        key_store: key_store as u8,
        reserved: [0; 7],
    }
}

fn trace(trace: &Trace) -> FhTrace {
    let (recipient, coarse, fine, is_index) = match trace {
        Trace::Difference {
            recipient,
            coarse,
            fine,
        } => (recipient.as_str(), coarse.number(), fine.number(), false),
        Trace::Index => ("", 0, 0, true),
    };
    FhTrace {
        struct_size: size_of::<FhTrace>(),
        recipient: FhStr::of(recipient),
        coarse,
        fine,
        is_index,
        reserved: [0; 5],
    }
}

// SAFETY: it is.
unsafe impl Grows for FhErased {
    const NAME: &'static str = "FhErased";
}

// SAFETY: it is.
unsafe impl Grows for FhErasedLevel {
    const NAME: &'static str = "FhErasedLevel";
}

// SAFETY: it is.
unsafe impl Grows for FhKeyHolder {
    const NAME: &'static str = "FhKeyHolder";
}

// SAFETY: it is.
unsafe impl Grows for FhTrace {
    const NAME: &'static str = "FhTrace";
}
