use freehold_consent::{
    ApproveError, BundleError, ComposeError, GrantError, HistoryError, NotRevoked, ProposeError,
    Refusal, RequestError, RevocationError, SignError, TextError, VerifyError, WireError,
};
use freehold_crypto::{
    EntropyError, EnvelopeError, KeyError, KeyStoreError, SealError, SignerError,
};
use freehold_model::{
    ChunkError, CounterError, FacetError, Levels, ReadingError, StreamError, SummaryError,
};
use freehold_store::StoreError;
use freehold_sync::LogError;
use freehold_transport::{PairError, RunError};
use thiserror::Error;

/// Why something was not done. [`Error::class`] says what the caller can do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The consent does not allow it, or not now.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no consent for this.
    #[error("no consent covers this")]
    NoConsent,
    /// The owner erased it.
    #[error("erased by its owner")]
    Erased,
    /// What is asked for cannot be granted.
    #[error(transparent)]
    Propose(#[from] ProposeError),
    /// The approval does not fit what was shown, or comes too late.
    #[error(transparent)]
    Approve(#[from] ApproveError),

    /// Nothing has this name or number.
    #[error("no such {0}")]
    Missing(Noun),
    /// Something has this name already.
    #[error("{0} exists already")]
    Exists(Noun),
    /// More than one fits; say which.
    #[error("{found} {noun}s fit")]
    Ambiguous {
        /// What there is more than one of.
        noun: Noun,
        /// How many.
        found: usize,
    },
    /// The stream does not keep this level.
    #[error("the stream keeps no such level")]
    Level {
        /// What it keeps.
        kept: Levels,
    },
    /// This is a device's store: it has no key that grants, withdraws, erases or removes.
    #[error("a device cannot act for the household")]
    NotAgent,
    /// Another party of the household writes this stream.
    #[error("another writes this stream")]
    Elsewhere,
    /// This party was removed from the household.
    #[error("removed from the household")]
    Removed,
    /// The description of a stream contradicts itself.
    #[error(transparent)]
    Spec(#[from] StreamError),

    /// The bytes are not what they should be.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A signature does not verify, or the object is malformed.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A key bundle is not acceptable.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A revocation is not acceptable.
    #[error(transparent)]
    Revocation(#[from] NotRevoked),
    /// A name is empty, too long, or holds control characters.
    #[error(transparent)]
    Name(#[from] TextError),
    /// A grant does not hold together.
    #[error(transparent)]
    Grant(GrantError),
    /// A log is not acceptable.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A summary cannot hold the numbers.
    #[error(transparent)]
    Summary(#[from] SummaryError),
    /// A reading does not fit the stream.
    #[error(transparent)]
    Reading(#[from] ReadingError),
    /// A counter below zero.
    #[error(transparent)]
    Counter(#[from] CounterError),
    /// A facet does not encode or decode.
    #[error(transparent)]
    Facet(#[from] FacetError),
    /// A chunk does not encode or decode.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// The time is before 1970 or too far in the future for a slot.
    #[error("time out of range")]
    Time,
    /// A slot was sealed in parts too often.
    #[error("too many parts")]
    TooManyParts,

    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored does not open or decode: damaged, or changed by somebody.
    #[error("stored data damaged")]
    Damaged,
    /// A copy of the store from before something was erased: its key is gone.
    #[error("store older than its key")]
    OlderThanKey,
    /// The key store cannot do it.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// No key for this slot.
    #[error("no key for this slot")]
    NoKey,
    /// Entries that no checkpoint covers yet.
    #[error("entries without a checkpoint")]
    Unsigned,
    /// The operating system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// A signing key did not sign.
    #[error(transparent)]
    Sign(SignerError),
    /// The key of the card is with a signer, and none was given, or one with another key.
    #[error("not the signer of this card")]
    WrongSigner,
    /// An envelope was not made.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A key bundle was not made.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// Two devices were not paired.
    #[error(transparent)]
    Pair(#[from] PairError),
    /// One of both was not agreed to: the screens did not show the same, or another kind of party was expected.
    #[error("not agreed to")]
    Declined,
    /// The other was taken in, and did not say that it is there: it may be or not.
    #[error("taken in, but the other did not confirm it")]
    Unconfirmed,
    /// A meeting with a peer did not come to its end.
    #[error(transparent)]
    Sync(#[from] RunError),
}

/// What a name or a number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Noun {
    /// A home.
    Home,
    /// A recipient.
    Recipient,
    /// A device.
    Device,
    /// A stream.
    Stream,
    /// A quantity kind.
    Kind,
    /// A consent.
    Consent,
    /// An agent or a device of a household.
    Party,
}

impl std::fmt::Display for Noun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Home => "home",
            Self::Recipient => "recipient",
            Self::Device => "device",
            Self::Stream => "stream",
            Self::Kind => "kind",
            Self::Consent => "consent",
            Self::Party => "agent or device",
        })
    }
}

/// What a caller can do about an [`enum@Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Ask for something else: a name, a level, a number.
    Usage,
    /// Respect it: the person has not agreed, or not to this.
    Refused,
    /// Get better input.
    Input,
    /// Mend the storage, or free it.
    Storage,
    /// Look for the peer, or try again later.
    Peer,
}

impl Error {
    /// The same error of what this store itself holds: there, what does not verify or decode is damage.
    pub(crate) fn of_stored(self) -> Self {
        match self {
            Self::Log(_) | Self::Chunk(_) => Self::Damaged,
            other => other,
        }
    }

    /// What the caller can do.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Refused(_)
            | Self::NoConsent
            | Self::Erased
            | Self::Removed
            | Self::Declined
            | Self::Approve(_) => Class::Refused,
            Self::Bundle(BundleError::Refused(_) | BundleError::Succeeded) => Class::Refused,
            Self::Missing(_)
            | Self::Exists(_)
            | Self::Ambiguous { .. }
            | Self::Level { .. }
            | Self::Spec(_)
            | Self::NotAgent
            | Self::Elsewhere
            | Self::WrongSigner
            | Self::Propose(_) => Class::Usage,
            Self::Wire(_)
            | Self::Verify(_)
            | Self::Bundle(_)
            | Self::Revocation(_)
            | Self::Log(_)
            | Self::Summary(_)
            | Self::Chunk(_)
            | Self::Reading(_)
            | Self::Counter(_)
            | Self::Facet(_)
            | Self::Name(_)
            | Self::Grant(_)
            | Self::Time
            | Self::TooManyParts
            | Self::Compose(_) => Class::Input,
            Self::Store(_)
            | Self::Damaged
            | Self::OlderThanKey
            | Self::KeyStore(_)
            | Self::NoKey
            | Self::Unsigned
            | Self::Entropy(_)
            | Self::Sign(_)
            | Self::Envelope(_) => Class::Storage,
            Self::Sync(_) | Self::Pair(_) | Self::Unconfirmed => Class::Peer,
        }
    }
}

impl From<SignerError> for Error {
    fn from(error: SignerError) -> Self {
        Self::Sign(error)
    }
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Entropy(entropy) => Self::Entropy(entropy),
            SealError::Length => Self::Log(LogError::TooLarge { bound: 1 << 20 }),
        }
    }
}

impl From<KeyError> for Error {
    fn from(_: KeyError) -> Self {
        Self::Damaged
    }
}

impl From<SignError> for Error {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Wire(wire) => Self::Wire(wire),
            SignError::Signer(error) => Self::Sign(error),
            SignError::WrongKey => Self::Sign(SignerError::Failed),
        }
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Sign(sign) => sign.into(),
            RequestError::Wire(wire) => Self::Wire(wire),
            RequestError::Entropy(entropy) => Self::Entropy(entropy),
            RequestError::Lines(_) => Self::Wire(WireError::Malformed),
        }
    }
}

impl From<RevocationError> for Error {
    fn from(error: RevocationError) -> Self {
        match error {
            RevocationError::Wire(wire) => Self::Wire(wire),
            RevocationError::Entropy(entropy) => Self::Entropy(entropy),
        }
    }
}

impl From<GrantError> for Error {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Wire(wire) => Self::Wire(wire),
            GrantError::Verify(verify) => Self::Verify(verify),
            GrantError::Bundle(BundleError::Refused(refusal)) => Self::Refused(refusal),
            GrantError::Bundle(bundle) => Self::Bundle(bundle),
            other => Self::Grant(other),
        }
    }
}

impl From<HistoryError> for Error {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::Unknown(_) => Self::Missing(Noun::Consent),
            _ => Self::Exists(Noun::Consent),
        }
    }
}
