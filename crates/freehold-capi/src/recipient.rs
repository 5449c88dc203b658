//! A recipient: whoever asks, is granted, and opens exactly that.

use freehold::{
    Recipient, Selector,
    consent::{Name, Role, TokenId},
    crypto::OsEntropy,
};

use crate::{
    clock::{FhClock, clock_or_system},
    guard::{Fault, call, free, give, hand, known, lent},
    key_store::FhKeyStore,
    proposal::id,
    reading::FhReadings,
    request::FhWishes,
    signer::{FhSigner, signer_or_none},
    status::FhStatus,
    stream::{most, span},
    text::{FhBuffer, FhBytes, FhId, FhStr},
    watch::FhWatch,
    window::{FhWindows, level},
};

/// A recipient's store: its card and keys, the consents that it was given, and its copy of what they cover.
pub struct FhRecipient(pub(crate) Recipient);

/// As what a recipient acts (GDPR, Articles 4, 26 and 28).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FhRole {
    /// Decides alone what the data is used for.
    Controller = 0,
    /// Decides it together with others.
    JointController = 1,
    /// Works for one that decides.
    Processor = 2,
}

/// Makes a recipient in the folder `path`, with new keys and a card that says `name` and `role`, an `FhRole`. `clock` may be NULL. With a
/// `signer`, which may be NULL, the key of the card is the signer's: requests and receipts of erasures are signed there, and whoever
/// copies the store can make neither.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_create(
    path: FhStr,
    name: FhStr,
    role_number: u8,
    key_store: *const FhKeyStore,
    clock: *const FhClock,
    signer: *const FhSigner,
    out: *mut *mut FhRecipient,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (path, name, role) = (path.text()?, Name::new(name.text()?)?, role(role_number)?);
            let (keys, clock) = (lent(key_store)?.0.clone(), clock_or_system(clock));
            let signer = signer_or_none(signer);
            let made = Recipient::create_with(path, name, role, keys, clock, signer)?;
            Ok(FhRecipient(made))
        })
    }
}

/// Opens the recipient in the folder `path`, with the `signer` with which it was made. `clock` and `signer` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_open(
    path: FhStr,
    key_store: *const FhKeyStore,
    clock: *const FhClock,
    signer: *const FhSigner,
    out: *mut *mut FhRecipient,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (path, keys) = (path.text()?, lent(key_store)?.0.clone());
            let (clock, signer) = (clock_or_system(clock), signer_or_none(signer));
            let opened = Recipient::open_with(path, keys, clock, signer)?;
            Ok(FhRecipient(opened))
        })
    }
}

/// A recipient in memory, for tests. `clock` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_in_memory(
    name: FhStr,
    role_number: u8,
    key_store: *const FhKeyStore,
    clock: *const FhClock,
    out: *mut *mut FhRecipient,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (name, role) = (Name::new(name.text()?)?, role(role_number)?);
            let (keys, clock) = (lent(key_store)?.0.clone(), clock_or_system(clock));
            let entropy = Box::new(OsEntropy::new());
            let made = Recipient::in_memory(name, role, keys, clock, entropy)?;
            Ok(FhRecipient(made))
        })
    }
}

/// Leaves the store tidy. The handle is still to be freed. Freeing alone loses nothing either.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_close(recipient: *const FhRecipient) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    call(|| Ok(unsafe { lent(recipient) }?.0.clone().close()?))
}

/// Frees a recipient.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_free(recipient: *mut FhRecipient) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(recipient) }
}

/// The time by the recipient's clock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_now(
    recipient: *const FhRecipient,
    now_ms: *mut i64,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { give(now_ms, || Ok(lent(recipient)?.0.now().ms())) }
}

/// Tells from now on when something comes or goes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_watch(
    recipient: *const FhRecipient,
    out: *mut *mut FhWatch,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhWatch(lent(recipient)?.0.watch()))) }
}

/// The fingerprint of the card by which it is known: a person compares it with the one in a proposal's text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_fingerprint(
    recipient: *const FhRecipient,
    out: *mut *mut FhBuffer,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let fingerprint = lent(recipient)?.0.card().fingerprint();
            Ok(FhBuffer::of(fingerprint.to_string()))
        })
    }
}

/// Makes a signed request, as a file for a household.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_request(
    recipient: *const FhRecipient,
    wishes: *const FhWishes,
    request: *mut *mut FhBuffer,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(request, || {
            let (recipient, wishes) = (&lent(recipient)?.0, known(wishes)?.read()?);
            Ok(FhBuffer::of(recipient.request(wishes)?.to_file()))
        })
    }
}

/// Takes a grant in, and gives the consent's id. A grant may be taken in again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_accept(
    recipient: *const FhRecipient,
    grant: FhBytes,
    consent: *mut FhId,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        give(consent, || {
            Ok(id(lent(recipient)?.0.accept_file(grant.bytes()?)?.0))
        })
    }
}

/// The readings from `from_ms` until before `until_ms`, where raw was granted, as `fh_stream_read` gives them. `consent` may be NULL and
/// `stream` empty where only one fits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_read(
    recipient: *const FhRecipient,
    consent: *const FhId,
    stream: FhStr,
    from_ms: i64,
    until_ms: i64,
    limit: usize,
    out: *mut *mut FhReadings,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (recipient, selector) = (&lent(recipient)?.0, selector(consent, stream)?);
            let opened = recipient.read_page(&selector, span(from_ms, until_ms), most(limit))?;
            Ok(opened.into())
        })
    }
}

/// The summaries of the slots of a level, with the facets that were granted, as `fh_stream_summaries` gives them. `consent` may be NULL
/// and `stream` empty where only one fits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_summaries(
    recipient: *const FhRecipient,
    consent: *const FhId,
    stream: FhStr,
    level_number: u8,
    from_ms: i64,
    until_ms: i64,
    limit: usize,
    out: *mut *mut FhWindows,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let (recipient, selector) = (&lent(recipient)?.0, selector(consent, stream)?);
            let (level, span) = (level(level_number)?, span(from_ms, until_ms));
            let opened = recipient.summaries_page(&selector, level, span, most(limit))?;
            Ok(opened.into())
        })
    }
}

/// # Safety
/// The id is NULL or there, and so is the text.
unsafe fn selector(consent: *const FhId, stream: FhStr) -> Result<Selector, Fault> {
    // SAFETY: the caller says so.
    unsafe {
        Ok(Selector {
            consent: consent.as_ref().map(|id| TokenId(id.bytes)),
            stream: stream.some()?.map(str::to_owned),
        })
    }
}

fn role(number: u8) -> Result<Role, Fault> {
    match number {
        0 => Ok(Role::Controller),
        1 => Ok(Role::JointController),
        2 => Ok(Role::Processor),
        _ => Err(Fault::argument(format!("{number} is no role"))),
    }
}
