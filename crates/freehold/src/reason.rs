//! A stable number and name for each error that a caller can tell apart, in every language.

use freehold_consent::{ApproveError, BundleError, NotGranted, ProposeError, Refusal, WireError};
use freehold_crypto::{KeyStoreError, SignerError};
use freehold_model::StreamError;
use freehold_store::StoreError;
use freehold_sync::{Fault, SessionError};
use freehold_transport::{LinkError, PairError, RunError, TransportError};

use crate::Error;

macro_rules! reasons {
    ($($(#[$doc:meta])+ $variant:ident = $number:literal $name:literal,)+) => {
        /// Why something was not done, as all languages tell it: the number and the name of each stay what they are, and are not
        /// given again when one is no longer used. Others may come.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Reason {
            $($(#[$doc])+ $variant = $number,)+
        }

        impl Reason {
            /// All of them, by their numbers.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name, as the command line prints it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

reasons! {
    /// Nothing has this name or number, or there is no store.
    Missing = 101 "missing",
    /// Something has this name already.
    Exists = 102 "exists",
    /// More than one fits.
    Ambiguous = 103 "ambiguous",
    /// The stream does not keep this level.
    NoSuchLevel = 104 "no_such_level",
    /// A device cannot act for the household.
    NotAnAgent = 105 "not_an_agent",
    /// Another party of the household writes this stream.
    WrittenElsewhere = 106 "written_elsewhere",
    /// The description of a stream contradicts itself.
    BadStream = 107 "bad_stream",
    /// The facets of a stream do not go with its kind.
    BadFacets = 108 "bad_facets",
    /// What is asked for cannot be granted.
    NothingToGrant = 109 "nothing_to_grant",
    /// A name is empty, too long, or holds characters that it may not.
    BadName = 110 "bad_name",
    /// The text is no pairing offer.
    BadOffer = 111 "bad_offer",
    /// The passphrase does not open this store, or the person did not let its key be used.
    WrongPassphrase = 112 "wrong_passphrase",
    /// The key of the card is with a signer, and none was given, or one with another key.
    WrongSigner = 113 "wrong_signer",

    /// No consent covers this stream, level or facet.
    NotGranted = 201 "not_granted",
    /// The time is not wholly inside what was granted.
    OutsideWindow = 202 "outside_window",
    /// The consent may not be used yet.
    NotUsableYet = 203 "not_usable_yet",
    /// The consent has ended, or would have.
    Expired = 204 "expired",
    /// The consent was withdrawn.
    Revoked = 205 "revoked",
    /// The grant is another recipient's.
    WrongRecipient = 206 "wrong_recipient",
    /// Its owner erased it.
    Erased = 207 "erased",
    /// This party was removed from the household.
    Removed = 208 "removed",
    /// The proposal is not the one that was shown.
    ProposalDiffers = 209 "proposal_differs",
    /// Something else was granted since the proposal was shown.
    ProposalOutdated = 210 "proposal_outdated",
    /// Two devices were not paired.
    NotPaired = 211 "not_paired",
    /// The pairing offer was used, or tried too often.
    OfferUsedUp = 212 "offer_used_up",
    /// It is signed by a key that the household has replaced.
    KeyReplaced = 213 "key_replaced",

    /// The bytes are not what they should be.
    Malformed = 301 "malformed",
    /// Not one of Freehold's files.
    NotFreehold = 302 "not_freehold",
    /// A file of another type.
    WrongFile = 303 "wrong_file",
    /// Written by a later version.
    NewerFormat = 304 "newer_format",
    /// A signature does not verify.
    Signature = 305 "signature",
    /// A key bundle is not acceptable.
    BadBundle = 306 "bad_bundle",
    /// A revocation is not acceptable.
    BadRevocation = 307 "bad_revocation",
    /// A log is not acceptable.
    BadLog = 308 "bad_log",
    /// A reading does not fit the stream.
    BadReading = 309 "bad_reading",
    /// The time is before 1970 or too far in the future.
    BadTime = 310 "bad_time",

    /// Another process has the store open.
    Busy = 401 "busy",
    /// There is no room left.
    Full = 402 "full",
    /// The folder holds something else.
    NotAStore = 403 "not_a_store",
    /// What is stored does not open or decode.
    Damaged = 404 "damaged",
    /// The store is a copy from before something was erased.
    OlderThanKey = 405 "older_than_key",
    /// The store failed.
    Storage = 406 "storage",
    /// The key store failed, or cannot be had now.
    KeyStore = 407 "key_store",
    /// There is no key for this slot.
    NoKey = 408 "no_key",
    /// The operating system gave no randomness.
    NoRandomness = 409 "no_randomness",
    /// A key did not sign.
    NotSigned = 410 "not_signed",
    /// The signer cannot be reached now.
    SignerUnavailable = 411 "signer_unavailable",
    /// Whoever has the signer said no.
    SignerRefused = 412 "signer_refused",

    /// The peer was not reached.
    Unreachable = 501 "unreachable",
    /// A certificate on the way is not trusted.
    NotTrusted = 502 "not_trusted",
    /// A server on the way said no.
    RefusedOnTheWay = 503 "refused_on_the_way",
    /// Another key answers at this address.
    WrongPeer = 504 "wrong_peer",
    /// The peer has no room for more.
    PeerFull = 505 "peer_full",
    /// The peer does not admit this key.
    NotAdmitted = 506 "not_admitted",
    /// The peer cannot do it now.
    PeerBusy = 507 "peer_busy",
    /// The peer refuses what was sent.
    PeerRefused = 508 "peer_refused",
    /// The connection was lost.
    ConnectionLost = 509 "connection_lost",
    /// A session with the peer failed.
    SyncFailed = 510 "sync_failed",
    /// The other was taken in, and did not say that it is there.
    Unconfirmed = 511 "unconfirmed",
    /// The caller or a deadline ended it.
    Stopped = 512 "stopped",

    /// A fault of the library: tell its makers.
    Internal = 901 "internal",
}

impl Reason {
    /// The number by which C knows it.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }
}

impl Error {
    /// Why, in few words that every language has.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Refused(refusal) | Self::Bundle(BundleError::Refused(refusal)) => {
                refused(refusal)
            }
            Self::Bundle(BundleError::Succeeded) => Reason::KeyReplaced,
            Self::NoConsent => Reason::NotGranted,
            Self::Erased => Reason::Erased,
            Self::Propose(ProposeError::WhichStream { .. }) | Self::Ambiguous { .. } => {
                Reason::Ambiguous
            }
            Self::Propose(_) => Reason::NothingToGrant,
            Self::Approve(ApproveError::NotShown { .. }) => Reason::ProposalDiffers,
            Self::Approve(ApproveError::Outdated) => Reason::ProposalOutdated,
            Self::Approve(_) => Reason::Expired,
            Self::Missing(_) => Reason::Missing,
            Self::Exists(_) => Reason::Exists,
            Self::Level { .. } => Reason::NoSuchLevel,
            Self::NotAgent => Reason::NotAnAgent,
            Self::Elsewhere => Reason::WrittenElsewhere,
            Self::Removed => Reason::Removed,
            Self::Spec(StreamError::Facets) => Reason::BadFacets,
            Self::Spec(_) => Reason::BadStream,
            Self::Wire(wire) => unreadable(wire),
            Self::Verify(_) => Reason::Signature,
            Self::Bundle(_) => Reason::BadBundle,
            Self::Revocation(_) => Reason::BadRevocation,
            Self::Name(_) => Reason::BadName,
            Self::Grant(_) => Reason::Malformed,
            Self::Log(_) => Reason::BadLog,
            Self::Reading(_) | Self::Counter(_) => Reason::BadReading,
            Self::Time => Reason::BadTime,
            Self::Store(error) => stored(*error),
            Self::Damaged => Reason::Damaged,
            Self::OlderThanKey => Reason::OlderThanKey,
            Self::KeyStore(KeyStoreError::Refused) => Reason::WrongPassphrase,
            Self::KeyStore(_) => Reason::KeyStore,
            Self::NoKey => Reason::NoKey,
            Self::Entropy(_) => Reason::NoRandomness,
            Self::Sign(SignerError::Unavailable) => Reason::SignerUnavailable,
            Self::Sign(SignerError::Refused) => Reason::SignerRefused,
            Self::Sign(SignerError::Failed) => Reason::NotSigned,
            Self::WrongSigner => Reason::WrongSigner,
            Self::Pair(PairError::Text) => Reason::BadOffer,
            Self::Pair(PairError::Version) => Reason::NewerFormat,
            Self::Pair(PairError::Spent) => Reason::OfferUsedUp,
            Self::Pair(_) | Self::Declined => Reason::NotPaired,
            Self::Unconfirmed => Reason::Unconfirmed,
            Self::Sync(error) => unmet(error),
            Self::Summary(_)
            | Self::Facet(_)
            | Self::Chunk(_)
            | Self::TooManyParts
            | Self::Unsigned
            | Self::Envelope(_)
            | Self::Compose(_) => Reason::Internal,
        }
    }
}

fn refused(refusal: &Refusal) -> Reason {
    match refusal {
        Refusal::NotYet { .. } => Reason::NotUsableYet,
        Refusal::Expired { .. } => Reason::Expired,
        Refusal::Revoked { .. } => Reason::Revoked,
        Refusal::WrongRecipient { .. } => Reason::WrongRecipient,
        Refusal::NotGranted(NotGranted::Window { .. }) => Reason::OutsideWindow,
        Refusal::NotGranted(_) => Reason::NotGranted,
    }
}

fn unreadable(wire: &WireError) -> Reason {
    match wire {
        WireError::NotFreehold => Reason::NotFreehold,
        WireError::WrongFile { .. } => Reason::WrongFile,
        WireError::UnknownFile(_) | WireError::Version(_) => Reason::NewerFormat,
        _ => Reason::Malformed,
    }
}

fn stored(error: StoreError) -> Reason {
    match error {
        StoreError::Missing => Reason::Missing,
        StoreError::Busy => Reason::Busy,
        StoreError::Full => Reason::Full,
        StoreError::Newer { .. } => Reason::NewerFormat,
        StoreError::NotAStore => Reason::NotAStore,
        StoreError::Damaged => Reason::Damaged,
        _ => Reason::Storage,
    }
}

fn unmet(error: &RunError) -> Reason {
    match error {
        RunError::Stopped => Reason::Stopped,
        RunError::Transport(error) => match error {
            TransportError::Unreachable(_) | TransportError::Unknown => Reason::Unreachable,
            TransportError::Tls => Reason::NotTrusted,
            TransportError::Refused { .. } => Reason::RefusedOnTheWay,
            _ => Reason::ConnectionLost,
        },
        RunError::Link(LinkError::Channel(_)) => Reason::WrongPeer,
        RunError::Link(LinkError::Session(SessionError::Refused { fault, .. })) => match fault {
            Fault::Quota => Reason::PeerFull,
            Fault::Forbidden => Reason::NotAdmitted,
            fault if fault.is_retryable() => Reason::PeerBusy,
            _ => Reason::PeerRefused,
        },
        _ => Reason::SyncFailed,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_has_a_number_and_a_name_of_its_own() {
        let ascending = |pair: &[Reason]| matches!(pair, [one, two] if one.number() < two.number());
        assert!(Reason::ALL.windows(2).all(ascending));
        let names: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        let plain = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(names.into_iter().all(plain));
    }
}
