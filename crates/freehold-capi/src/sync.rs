//! Meetings with a relay over the network: what is new goes there, and comes from there.

use std::ffi::c_void;

use freehold::{Error, Received, Uploaded, consent::TokenId};

use crate::{
    guard::{Fault, Grows, call, lent, tell, told},
    home::FhHome,
    proposal::id,
    recipient::FhRecipient,
    relay::FhRelay,
    status::FhStatus,
    stop::{FhStop, stop_or_never},
    text::FhId,
    transport::FhTransport,
    userdata::Userdata,
};

/// What went from a home to a relay, and what came.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhUploaded {
    /// `sizeof(FhUploaded)`.
    pub struct_size: usize,
    /// Stretches of logs that were sent: entries, letters, orders.
    pub stretches: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Letters that came: the relay's receipts, what recipients wrote, and others of the household.
    pub letters: u64,
    /// Entries that others of the household wrote, and that were not here before.
    pub entries: u64,
}

/// What came to a recipient.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct FhReceived {
    /// `sizeof(FhReceived)`.
    pub struct_size: usize,
    /// Entries that were not there before.
    pub entries: u64,
    /// Pieces that were not there before.
    pub pieces: u64,
    /// Further keys.
    pub extensions: u64,
    /// Consents that were withdrawn; their copies and keys are gone.
    pub revocations: u64,
}

/// Hears what a home that follows a relay has sent and got, or why a meeting ended that did not end well: then `uploaded` is NULL, and
/// the text of the error is the thread's last. It is called by the thread that follows. Nothing may be thrown through it.
pub type FhHomeHeard = Option<
    unsafe extern "C" fn(userdata: *mut c_void, status: FhStatus, uploaded: *const FhUploaded),
>;

/// Hears what came to a recipient that follows a relay under a consent, or why a meeting ended that did not end well: then `received` is
/// NULL, and the text of the error is the thread's last. It is called by threads of the library, one for each consent, and several may
/// call at once. Nothing may be thrown through it.
pub type FhRecipientHeard = Option<
    unsafe extern "C" fn(
        userdata: *mut c_void,
        consent: *const FhId,
        status: FhStatus,
        received: *const FhReceived,
    ),
>;

/// Brings a relay what is new in a home, and takes what it has for it. Blocks until both are done or `stop` ends it: then the status is
/// `FH_STATUS_STOPPED`, and what is left goes with the next. `stop` may be NULL for never, and `out` too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_sync(
    home: *const FhHome,
    relay: *const FhRelay,
    stop: *const FhStop,
    out: *mut FhUploaded,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        tell(out, || {
            let (home, relay) = (&lent(home)?.0, &lent(relay)?.0);
            Ok(home.sync_until(relay, &stop_or_never(stop))?.into())
        })
    }
}

/// Fetches from a relay what is new under each consent of a recipient; `stop` and `out` as for `fh_home_sync`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_sync(
    recipient: *const FhRecipient,
    relay: *const FhRelay,
    stop: *const FhStop,
    out: *mut FhReceived,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        tell(out, || {
            let (recipient, relay) = (&lent(recipient)?.0, &lent(relay)?.0);
            Ok(recipient.sync_until(relay, &stop_or_never(stop))?.into())
        })
    }
}

/// `fh_home_sync` over a transport that leads to the relay. If it `stays`, it goes on with what is new until `stop`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_sync_over(
    home: *const FhHome,
    relay: *const FhRelay,
    transport: *const FhTransport,
    stays: bool,
    stop: *const FhStop,
    out: *mut FhUploaded,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        tell(out, || {
            let (home, relay, mut way) = (&lent(home)?.0, &lent(relay)?.0, lent(transport)?.way());
            let met = home.sync_over(relay, &mut **way, stays, &stop_or_never(stop));
            Ok(met?.into())
        })
    }
}

/// `fh_recipient_sync` under one consent, over a transport that leads to the relay. If it `stays`, it goes on with what is new until `stop`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_sync_over(
    recipient: *const FhRecipient,
    relay: *const FhRelay,
    consent: *const FhId,
    transport: *const FhTransport,
    stays: bool,
    stop: *const FhStop,
    out: *mut FhReceived,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        tell(out, || {
            let (recipient, relay) = (&lent(recipient)?.0, &lent(relay)?.0);
            let (consent, mut way) = (TokenId(lent(consent)?.bytes), lent(transport)?.way());
            let stop = stop_or_never(stop);
            let met = recipient.sync_over(relay, consent, &mut **way, stays, &stop);
            Ok(met?.into())
        })
    }
}

/// Stays with a relay until `stop`: what is new in a home goes there at once, and comes from there as it is known, again and again when
/// the relay is lost. `heard` may be NULL. A meeting that trying again does not help is the last, and the call waits for `stop` no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_home_follow(
    home: *const FhHome,
    relay: *const FhRelay,
    stop: *const FhStop,
    userdata: *mut c_void,
    heard: FhHomeHeard,
) -> FhStatus {
    let told_to = Userdata::lent(userdata);
    call(|| {
        // SAFETY: the caller keeps to the header.
        let (home, relay, stop) = unsafe { (lent(home)?, lent(relay)?, lent(stop)?) };
        let tell = |outcome: Result<Uploaded, Error>| {
            let Some(heard) = heard else { return };
            let (status, uploaded) = halves(outcome);
            // SAFETY: the caller gave this function for it.
            unsafe { heard(told_to.get(), status, pointer(uploaded.as_ref())) }
        };
        home.0.follow(&relay.0, &stop.0, &tell);
        Ok(())
    })
}

/// Fetches what is new under every consent of a recipient until `stop`, also under those that are accepted meanwhile, again and again
/// when the relay is lost. `heard` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_recipient_follow(
    recipient: *const FhRecipient,
    relay: *const FhRelay,
    stop: *const FhStop,
    userdata: *mut c_void,
    heard: FhRecipientHeard,
) -> FhStatus {
    let told_to = Userdata::lent(userdata);
    call(|| {
        // SAFETY: the caller keeps to the header.
        let (recipient, relay, stop) = unsafe { (lent(recipient)?, lent(relay)?, lent(stop)?) };
        let tell = |consent: TokenId, outcome: Result<Received, Error>| {
            let Some(heard) = heard else { return };
            let (status, received) = halves(outcome);
            let consent = id(consent.0);
            // SAFETY: the caller gave this function for it.
            unsafe {
                heard(
                    told_to.get(),
                    &raw const consent,
                    status,
                    pointer(received.as_ref()),
                );
            }
        };
        recipient.0.follow(&relay.0, &stop.0, &tell);
        Ok(())
    })
}

fn halves<T, F: From<T>>(outcome: Result<T, Error>) -> (FhStatus, Option<F>) {
    match outcome {
        Ok(came) => (FhStatus::Ok, Some(came.into())),
        Err(error) => (told(Fault::from(error)), None),
    }
}

fn pointer<T>(value: Option<&T>) -> *const T {
    value.map_or(std::ptr::null(), std::ptr::from_ref)
}

impl From<Uploaded> for FhUploaded {
    fn from(uploaded: Uploaded) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            stretches: uploaded.stretches,
            bytes: uploaded.bytes,
            letters: uploaded.letters,
            entries: uploaded.entries,
        }
    }
}

impl From<Received> for FhReceived {
    fn from(received: Received) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            entries: received.entries,
            pieces: received.pieces,
            extensions: received.extensions,
            revocations: received.revocations,
        }
    }
}

// SAFETY: it is.
unsafe impl Grows for FhUploaded {
    const NAME: &'static str = "FhUploaded";
}

// SAFETY: it is.
unsafe impl Grows for FhReceived {
    const NAME: &'static str = "FhReceived";
}
