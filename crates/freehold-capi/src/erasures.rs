//! Lists of erasures: who had a copy, and who has confirmed that it is gone.

use freehold::{Erasure, Time};

use crate::{
    guard::{Fault, Grows, fill, free, give, hand, lent},
    home::FhHome,
    proposal::id,
    status::FhStatus,
    streams::at,
    text::{FhId, FhStr},
};

/// Every erasure that was done, oldest first. A list stays as it was made.
pub struct FhErasures(Vec<Erasure>);

/// An erasure that was done.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhErasure {
    /// `sizeof(FhErasure)`.
    pub struct_size: usize,
    /// The stream's name. It lasts as long as the list.
    pub stream: FhStr,
    /// What was erased begins here.
    pub from_ms: i64,
    /// It ends here.
    pub until_ms: i64,
    /// When it was done.
    pub at_ms: i64,
    /// How many had a copy or keys, recipients first and then the household's own: `fh_erasures_confirmation`.
    pub confirmations: usize,
}

/// Whether somebody has deleted its copy.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhConfirmation {
    /// `sizeof(FhConfirmation)`.
    pub struct_size: usize,
    /// The consent under which a recipient had it; zeros for a party of the household.
    pub consent: FhId,
    /// What it is called. It lasts as long as the list.
    pub name: FhStr,
    /// When it signed that its copy is deleted; 0 as long as it has not.
    pub at_ms: i64,
    /// Whether it is an agent or a device of the household.
    pub is_party: bool,
    /// 0.
    pub reserved: [u8; 7],
}

/// Every erasure that was done, with who had keys to it and who has confirmed that its copy is deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_erasures(
    home: *const FhHome,
    out: *mut *mut FhErasures,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhErasures(lent(home)?.0.erasures()?))) }
}

/// How many there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_erasures_count(
    erasures: *const FhErasures,
    count: *mut usize,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(count, || Ok(lent(erasures)?.0.len())) }
}

/// The erasure with this place in the list, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_erasures_get(
    erasures: *const FhErasures,
    place: usize,
    out: *mut FhErasure,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        fill(out, || {
            let erasure = at(&lent(erasures)?.0, place)?;
            Ok(FhErasure {
                struct_size: size_of::<FhErasure>(),
                stream: FhStr::of(&erasure.stream),
                from_ms: erasure.span.start.ms(),
                until_ms: erasure.span.end.ms(),
                at_ms: erasure.at.ms(),
                confirmations: erasure.recipients.len() + erasure.parties.len(),
            })
        })
    }
}

/// Whether somebody has deleted its copy of what the erasure with this place took away; `who` counts from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_erasures_confirmation(
    erasures: *const FhErasures,
    place: usize,
    who: usize,
    out: *mut FhConfirmation,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { fill(out, || confirmation(at(&lent(erasures)?.0, place)?, who)) }
}

/// Frees a list, and the texts in it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_erasures_free(erasures: *mut FhErasures) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(erasures) }
}

fn confirmation(erasure: &Erasure, who: usize) -> Result<FhConfirmation, Fault> {
    let (consent, name, when, is_party) = match erasure.recipients.get(who) {
        Some(one) => (one.consent.0, &one.recipient, one.at, false),
        None => {
            let one = at(&erasure.parties, who - erasure.recipients.len())?;
            ([0; 32], &one.party.name, one.at, true)
        }
    };
    Ok(FhConfirmation {
        struct_size: size_of::<FhConfirmation>(),
        consent: id(consent),
        name: FhStr::of(name),
        at_ms: when.map_or(0, Time::ms),
        is_party,
        reserved: [0; 7],
    })
}

// SAFETY: it is.
unsafe impl Grows for FhErasure {
    const NAME: &'static str = "FhErasure";
}

// SAFETY: it is.
unsafe impl Grows for FhConfirmation {
    const NAME: &'static str = "FhConfirmation";
}
