//! What relays say that they did: who fetched what.

use freehold::{Receipt, ReceiptEvent, consent::TokenId};

use crate::{
    guard::{Grows, fill, free, give, hand, lent},
    home::FhHome,
    proposal::id,
    status::FhStatus,
    streams::at,
    text::{FhId, FhStr},
};

/// What a receipt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FhReceiptEvent {
    /// Something that this version has no name for.
    Other = 0,
    /// Somebody fetched sealed data.
    Fetched = 1,
    /// Somebody fetched letters: keys, or that a consent was withdrawn.
    Letters = 2,
    /// The relay carried an order of this home out.
    Done = 3,
}

/// Some receipts, oldest first. A list stays as it was made.
pub struct FhReceipts(Vec<Receipt>);

/// What a relay says that it did, signed by it.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhReceipt {
    /// `sizeof(FhReceipt)`.
    pub struct_size: usize,
    /// The relay's key.
    pub relay: FhId,
    /// Under which consent something was fetched, otherwise zeros.
    pub consent: FhId,
    /// Of which stream data was fetched. It lasts as long as the list.
    pub stream: FhStr,
    /// When, by the relay's clock.
    pub at_ms: i64,
    /// The first slot's start of data that was fetched.
    pub from_ms: i64,
    /// The last slot's end.
    pub until_ms: i64,
    /// How many entries or letters were fetched.
    pub count: u64,
    /// What it is for, an `FhReceiptEvent`.
    pub event: u8,
    /// At which level data was fetched.
    pub level: u8,
    /// 0.
    pub reserved: [u8; 6],
}

/// Every receipt that relays have sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_receipts(
    home: *const FhHome,
    out: *mut *mut FhReceipts,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhReceipts(lent(home)?.0.receipts()?))) }
}

/// How many there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_receipts_count(
    receipts: *const FhReceipts,
    count: *mut usize,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(count, || Ok(lent(receipts)?.0.len())) }
}

/// The receipt with this place in the list, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_receipts_get(
    receipts: *const FhReceipts,
    place: usize,
    out: *mut FhReceipt,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { fill(out, || Ok(at(&lent(receipts)?.0, place)?.into())) }
}

/// Frees a list, and the texts in it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_receipts_free(receipts: *mut FhReceipts) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(receipts) }
}

impl From<&Receipt> for FhReceipt {
    fn from(receipt: &Receipt) -> Self {
        let about = |event: FhReceiptEvent, consent: Option<&TokenId>, count: u64| Self {
            struct_size: size_of::<Self>(),
            relay: id(receipt.relay.0),
            consent: id(consent.map_or([0; 32], |consent| consent.0)),
            stream: FhStr::of(""),
            at_ms: receipt.at.ms(),
            from_ms: 0,
            until_ms: 0,
            count,
            event: event as u8,
            level: 0,
            reserved: [0; 6],
        };
        match &receipt.event {
            ReceiptEvent::Fetched {
                consent,
                stream,
                level,
                slots,
                entries,
            } => Self {
                stream: FhStr::of(stream),
                from_ms: slots.start.ms(),
                until_ms: slots.end.ms(),
                level: level.number(),
                ..about(FhReceiptEvent::Fetched, Some(consent), *entries)
            },
            ReceiptEvent::Letters { consent, letters } => {
                about(FhReceiptEvent::Letters, Some(consent), *letters)
            }
            ReceiptEvent::Done => about(FhReceiptEvent::Done, None, 0),
            _ => about(FhReceiptEvent::Other, None, 0),
        }
    }
}

// SAFETY: it is.
unsafe impl Grows for FhReceipt {
    const NAME: &'static str = "FhReceipt";
}
