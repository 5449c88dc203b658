//! Of `docs/spec/consent.md`.

mod access;
mod bundle;
mod bundles;
mod card;
mod choices;
mod grant;
pub(super) mod people;
mod proposal;
mod request;
mod revocation;
mod scope;
mod terms;
mod token;
mod token_fields;
mod token_scope;
mod token_values;
mod window;
mod words;

use freehold_consent::{BundleError, GrantError, NotRevoked, Refusal, VerifyError, WireError};

use super::{Entry, Failure, entry};

/// The operations of the page.
pub(super) fn operations() -> Vec<Entry> {
    vec![
        entry::<words::FileOf>(),
        entry::<words::Clean>(),
        entry::<words::Duration>(),
        entry::<window::Inside>(),
        entry::<window::Asked>(),
        entry::<card::Read>(),
        entry::<request::Read>(),
        entry::<token::Read>(),
        entry::<revocation::Verify>(),
        entry::<scope::Canonical>(),
        entry::<terms::Meet>(),
        entry::<access::Check>(),
        entry::<proposal::Propose>(),
        entry::<bundles::Open>(),
        entry::<grant::Open>(),
    ]
}

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        match error {
            WireError::TooLong { .. } => Self::Length,
            WireError::Malformed
            | WireError::NotFreehold
            | WireError::UnknownFile(_)
            | WireError::WrongFile { .. } => Self::Malformed,
            WireError::Trailing { .. } | WireError::NotCanonical => Self::NotCanonical,
            WireError::Version(_) => Self::Version,
        }
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Wire(error) => error.into(),
            VerifyError::Signature => Self::Signature,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(error: Refusal) -> Self {
        match error {
            Refusal::Revoked { .. } => Self::Revoked,
            Refusal::WrongRecipient { .. } => Self::Audience,
            Refusal::NotYet { .. } => Self::NotYet,
            Refusal::Expired { .. } => Self::Expired,
            Refusal::NotGranted(_) => Self::Beyond,
        }
    }
}

impl From<NotRevoked> for Failure {
    fn from(error: NotRevoked) -> Self {
        match error {
            NotRevoked::OtherToken => Self::OtherToken,
            NotRevoked::Verify(error) => error.into(),
        }
    }
}

impl From<BundleError> for Failure {
    fn from(error: BundleError) -> Self {
        match error {
            BundleError::Verify(error) => error.into(),
            BundleError::Succeeded => Self::Succeeded,
            BundleError::OtherToken => Self::OtherToken,
            BundleError::Refused(error) => error.into(),
            BundleError::JournalStale => Self::Stale,
            BundleError::Beyond => Self::Beyond,
            BundleError::Envelope(error) => error.into(),
            BundleError::Wire(error) => error.into(),
            BundleError::Cover(error) => error.into(),
            BundleError::Repeated { .. } => Self::Repeated,
        }
    }
}

impl From<GrantError> for Failure {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Verify(error) => error.into(),
            GrantError::Bundle(error) => error.into(),
            GrantError::WrongCard => Self::Audience,
            GrantError::Bundles(_) => Self::Malformed,
            GrantError::Wire(error) => error.into(),
        }
    }
}
