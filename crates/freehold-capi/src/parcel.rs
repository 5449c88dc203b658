//! What is carried from a home to a recipient as files, where no relay is met.

use freehold::{Have, Parcel, consent::UnverifiedCard};

use crate::{
    guard::{call, hand, lent, tell},
    home::FhHome,
    recipient::FhRecipient,
    status::FhStatus,
    sync::FhReceived,
    text::{FhBuffer, FhBytes},
};

/// What a recipient is owed now, as a file for it. `card` is what `fh_recipient_card` gives, and `have` what `fh_recipient_have` does: the
/// receipts in it for what was erased are heard.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_parcel(
    home: *const FhHome,
    card: FhBytes,
    have: FhBytes,
    out: *mut *mut FhBuffer,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let card = UnverifiedCard::from_file(card.bytes()?)?.verify()?;
            let have = Have::from_file(have.bytes()?)?;
            let parcel = lent(home)?.0.parcel(&card, &have)?;
            Ok(FhBuffer::of(parcel.to_file()))
        })
    }
}

/// Hears from what a recipient has that it deleted what was erased.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_hear_receipts(home: *const FhHome, have: FhBytes) -> FhStatus {
    call(|| {
        // SAFETY: the caller keeps to the header.
        let (home, have) = unsafe { (lent(home)?, have.bytes()?) };
        Ok(home.0.hear_receipts(&Have::from_file(have)?)?)
    })
}

/// The card by which a recipient is known, as a file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_card(
    recipient: *const FhRecipient,
    out: *mut *mut FhBuffer,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            Ok(FhBuffer::of(lent(recipient)?.0.card().to_file()))
        })
    }
}

/// What a recipient has, as a file for a home that is asked for a parcel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_have(
    recipient: *const FhRecipient,
    out: *mut *mut FhBuffer,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            Ok(FhBuffer::of(lent(recipient)?.0.have()?.to_file()))
        })
    }
}

/// Takes a parcel in: verifies everything, keeps what is new, and deletes what was withdrawn and erased. What was taken before an error
/// stays. `out` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_receive(
    recipient: *const FhRecipient,
    parcel: FhBytes,
    out: *mut FhReceived,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        tell(out, || {
            let parcel = Parcel::from_file(parcel.bytes()?)?;
            Ok(lent(recipient)?.0.receive(&parcel)?.into())
        })
    }
}
