//! Meetings: what is new goes to a relay, and comes from there.

use freehold::{Received, testing};

use crate::{
    guard::{Grows, lent, tell},
    home::FhHome,
    recipient::FhRecipient,
    status::FhStatus,
};

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

/// Hands a recipient what a home in the same process owes it, without a relay: for tests. `out` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_testing_sync(
    home: *const FhHome,
    recipient: *const FhRecipient,
    out: *mut FhReceived,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        tell(out, || {
            let (home, recipient) = (&lent(home)?.0, &lent(recipient)?.0);
            Ok(testing::sync(home, recipient)?.into())
        })
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
unsafe impl Grows for FhReceived {
    const NAME: &'static str = "FhReceived";
}
