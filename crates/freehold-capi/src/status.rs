//! How a call ended: 0, a number below 100 for a call that was made wrongly, or the number of a reason.

use std::ffi::{CStr, c_char};

use freehold::Reason;

/// How a call ended. A number stays what it is, and is not given again when one is no longer used; others may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum FhStatus {
    /// Done.
    Ok = 0,
    /// A pointer is NULL that may not be.
    NullPointer = 1,
    /// A text is not UTF-8.
    NotUtf8 = 2,
    /// A number stands for nothing, or a structure has no or a wrong `struct_size`.
    BadArgument = 3,
    /// The library failed in the middle. What it was called for is undone or was not begun; tell its makers.
    Panic = 4,
    /// Nothing has this name or number, or there is no store.
    Missing = 101,
    /// Something has this name already.
    Exists = 102,
    /// More than one fits.
    Ambiguous = 103,
    /// The stream does not keep this level.
    NoSuchLevel = 104,
    /// A device cannot act for the household.
    NotAnAgent = 105,
    /// Another party of the household writes this stream.
    WrittenElsewhere = 106,
    /// The description of a stream contradicts itself.
    BadStream = 107,
    /// The facets of a stream do not go with its kind.
    BadFacets = 108,
    /// What is asked for cannot be granted.
    NothingToGrant = 109,
    /// A name is empty, too long, or holds characters that it may not.
    BadName = 110,
    /// The text is no pairing offer.
    BadOffer = 111,
    /// The passphrase does not open this store, or the person did not let its key be used.
    WrongPassphrase = 112,
    /// The key of the card is with a signer, and none was given, or one with another key.
    WrongSigner = 113,
    /// No consent covers this stream, level or facet.
    NotGranted = 201,
    /// The time is not wholly inside what was granted.
    OutsideWindow = 202,
    /// The consent may not be used yet.
    NotUsableYet = 203,
    /// The consent has ended, or would have.
    Expired = 204,
    /// The consent was withdrawn.
    Revoked = 205,
    /// The grant is another recipient's.
    WrongRecipient = 206,
    /// Its owner erased it.
    Erased = 207,
    /// This party was removed from the household.
    Removed = 208,
    /// The proposal is not the one that was shown.
    ProposalDiffers = 209,
    /// Something else was granted since the proposal was shown.
    ProposalOutdated = 210,
    /// Two devices were not paired.
    NotPaired = 211,
    /// The pairing offer was used, or tried too often.
    OfferUsedUp = 212,
    /// It is signed by a key that the household has replaced.
    KeyReplaced = 213,
    /// The bytes are not what they should be.
    Malformed = 301,
    /// Not one of Freehold's files.
    NotFreehold = 302,
    /// A file of another type.
    WrongFile = 303,
    /// Written by a later version.
    NewerFormat = 304,
    /// A signature does not verify.
    Signature = 305,
    /// A key bundle is not acceptable.
    BadBundle = 306,
    /// A revocation is not acceptable.
    BadRevocation = 307,
    /// A log is not acceptable.
    BadLog = 308,
    /// A reading does not fit the stream.
    BadReading = 309,
    /// The time is before 1970 or too far in the future.
    BadTime = 310,
    /// Another process has the store open.
    Busy = 401,
    /// There is no room left.
    Full = 402,
    /// The folder holds something else.
    NotAStore = 403,
    /// What is stored does not open or decode.
    Damaged = 404,
    /// The store is a copy from before something was erased.
    OlderThanKey = 405,
    /// The store failed.
    Storage = 406,
    /// The key store failed, or cannot be had now.
    KeyStore = 407,
    /// There is no key for this slot.
    NoKey = 408,
    /// The operating system gave no randomness.
    NoRandomness = 409,
    /// A key did not sign.
    NotSigned = 410,
    /// The signer cannot be reached now.
    SignerUnavailable = 411,
    /// Whoever has the signer said no.
    SignerRefused = 412,
    /// The peer was not reached.
    Unreachable = 501,
    /// A certificate on the way is not trusted.
    NotTrusted = 502,
    /// A server on the way said no.
    RefusedOnTheWay = 503,
    /// Another key answers at this address.
    WrongPeer = 504,
    /// The peer has no room for more.
    PeerFull = 505,
    /// The peer does not admit this key.
    NotAdmitted = 506,
    /// The peer cannot do it now.
    PeerBusy = 507,
    /// The peer refuses what was sent.
    PeerRefused = 508,
    /// The connection was lost.
    ConnectionLost = 509,
    /// A session with the peer failed.
    SyncFailed = 510,
    /// The other was taken in, and did not say that it is there.
    Unconfirmed = 511,
    /// The caller or a deadline ended it.
    Stopped = 512,
    /// A fault of the library: tell its makers.
    Internal = 901,
}

impl FhStatus {
    const ALL: &[Self] = &[
        Self::Ok,
        Self::NullPointer,
        Self::NotUtf8,
        Self::BadArgument,
        Self::Panic,
        Self::Missing,
        Self::Exists,
        Self::Ambiguous,
        Self::NoSuchLevel,
        Self::NotAnAgent,
        Self::WrittenElsewhere,
        Self::BadStream,
        Self::BadFacets,
        Self::NothingToGrant,
        Self::BadName,
        Self::BadOffer,
        Self::WrongPassphrase,
        Self::WrongSigner,
        Self::NotGranted,
        Self::OutsideWindow,
        Self::NotUsableYet,
        Self::Expired,
        Self::Revoked,
        Self::WrongRecipient,
        Self::Erased,
        Self::Removed,
        Self::ProposalDiffers,
        Self::ProposalOutdated,
        Self::NotPaired,
        Self::OfferUsedUp,
        Self::KeyReplaced,
        Self::Malformed,
        Self::NotFreehold,
        Self::WrongFile,
        Self::NewerFormat,
        Self::Signature,
        Self::BadBundle,
        Self::BadRevocation,
        Self::BadLog,
        Self::BadReading,
        Self::BadTime,
        Self::Busy,
        Self::Full,
        Self::NotAStore,
        Self::Damaged,
        Self::OlderThanKey,
        Self::Storage,
        Self::KeyStore,
        Self::NoKey,
        Self::NoRandomness,
        Self::NotSigned,
        Self::SignerUnavailable,
        Self::SignerRefused,
        Self::Unreachable,
        Self::NotTrusted,
        Self::RefusedOnTheWay,
        Self::WrongPeer,
        Self::PeerFull,
        Self::NotAdmitted,
        Self::PeerBusy,
        Self::PeerRefused,
        Self::ConnectionLost,
        Self::SyncFailed,
        Self::Unconfirmed,
        Self::Stopped,
        Self::Internal,
    ];

    /// That of a reason. One that this version does not know is a fault of it.
    pub(crate) fn of(reason: Reason) -> Self {
        let number = i32::from(reason.number());
        Self::numbered(number).unwrap_or(Self::Internal)
    }

    fn numbered(number: i32) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|status| *status as i32 == number)
    }

    const fn name(self) -> &'static CStr {
        match self {
            Self::Ok => c"ok",
            Self::NullPointer => c"null_pointer",
            Self::NotUtf8 => c"not_utf8",
            Self::BadArgument => c"bad_argument",
            Self::Panic => c"panic",
            Self::Missing => c"missing",
            Self::Exists => c"exists",
            Self::Ambiguous => c"ambiguous",
            Self::NoSuchLevel => c"no_such_level",
            Self::NotAnAgent => c"not_an_agent",
            Self::WrittenElsewhere => c"written_elsewhere",
            Self::BadStream => c"bad_stream",
            Self::BadFacets => c"bad_facets",
            Self::NothingToGrant => c"nothing_to_grant",
            Self::BadName => c"bad_name",
            Self::BadOffer => c"bad_offer",
            Self::WrongPassphrase => c"wrong_passphrase",
            Self::WrongSigner => c"wrong_signer",
            Self::NotGranted => c"not_granted",
            Self::OutsideWindow => c"outside_window",
            Self::NotUsableYet => c"not_usable_yet",
            Self::Expired => c"expired",
            Self::Revoked => c"revoked",
            Self::WrongRecipient => c"wrong_recipient",
            Self::Erased => c"erased",
            Self::Removed => c"removed",
            Self::ProposalDiffers => c"proposal_differs",
            Self::ProposalOutdated => c"proposal_outdated",
            Self::NotPaired => c"not_paired",
            Self::OfferUsedUp => c"offer_used_up",
            Self::KeyReplaced => c"key_replaced",
            Self::Malformed => c"malformed",
            Self::NotFreehold => c"not_freehold",
            Self::WrongFile => c"wrong_file",
            Self::NewerFormat => c"newer_format",
            Self::Signature => c"signature",
            Self::BadBundle => c"bad_bundle",
            Self::BadRevocation => c"bad_revocation",
            Self::BadLog => c"bad_log",
            Self::BadReading => c"bad_reading",
            Self::BadTime => c"bad_time",
            Self::Busy => c"busy",
            Self::Full => c"full",
            Self::NotAStore => c"not_a_store",
            Self::Damaged => c"damaged",
            Self::OlderThanKey => c"older_than_key",
            Self::Storage => c"storage",
            Self::KeyStore => c"key_store",
            Self::NoKey => c"no_key",
            Self::NoRandomness => c"no_randomness",
            Self::NotSigned => c"not_signed",
            Self::SignerUnavailable => c"signer_unavailable",
            Self::SignerRefused => c"signer_refused",
            Self::Unreachable => c"unreachable",
            Self::NotTrusted => c"not_trusted",
            Self::RefusedOnTheWay => c"refused_on_the_way",
            Self::WrongPeer => c"wrong_peer",
            Self::PeerFull => c"peer_full",
            Self::NotAdmitted => c"not_admitted",
            Self::PeerBusy => c"peer_busy",
            Self::PeerRefused => c"peer_refused",
            Self::ConnectionLost => c"connection_lost",
            Self::SyncFailed => c"sync_failed",
            Self::Unconfirmed => c"unconfirmed",
            Self::Stopped => c"stopped",
            Self::Internal => c"internal",
        }
    }
}

/// The name of a status: the same in every language and on the command line, such as `not_granted`; `unknown` for a number that is
/// none. It lasts as long as the library.
#[unsafe(no_mangle)]
pub extern "C" fn fh_status_name(status: i32) -> *const c_char {
    FhStatus::numbered(status)
        .map_or(c"unknown", FhStatus::name)
        .as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_status() {
        for reason in Reason::ALL {
            let status = FhStatus::of(*reason);
            assert_eq!(status as i32, i32::from(reason.number()));
            assert_eq!(status.name().to_str(), Ok(reason.name()));
        }
        let usage = FhStatus::ALL
            .iter()
            .filter(|status| (**status as i32) < 100);
        assert_eq!(FhStatus::ALL.len(), Reason::ALL.len() + usage.count());
    }
}
