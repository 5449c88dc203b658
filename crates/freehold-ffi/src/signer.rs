//! Keys that sign in hardware.

use std::sync::Arc;

use freehold::crypto::{self, PublicKey, Signature, Statement};

use crate::FfiError;

/// A signing key of a program's own: P-256, as phones' secure elements have it.
#[derive(uniffi::Object)]
pub struct Signer(Arc<Calls>);

/// Why a signer made no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum SignerError {
    /// The key cannot be reached at present: locked, or its device is away.
    #[error("signing key not available")]
    Unavailable,
    /// The person said no.
    #[error("signing refused")]
    Refused,
    /// The signer tried and failed, or something else was thrown.
    #[error("signing failed")]
    Failed,
}

/// Whoever has a P-256 key. It is called while something waits for it, by several threads at once, and may not use what was given it.
#[uniffi::export(foreign)]
pub trait SignerCalls: Send + Sync {
    /// Signs a message: ECDSA on P-256 with SHA-256, r and s of 32 bytes each, big-endian.
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, SignerError>;
}

#[uniffi::export]
impl Signer {
    /// A signer with this public key: an uncompressed point of 65 bytes (ANSI X9.63).
    ///
    /// # Errors
    /// [`FfiError::Argument`] for what is no such point.
    #[uniffi::constructor]
    pub fn over(calls: Arc<dyn SignerCalls>, public_key: &[u8]) -> Result<Arc<Self>, FfiError> {
        let public_key = PublicKey::from_p256(public_key)
            .map_err(|_| FfiError::argument("no public key of P-256"))?;
        Ok(Arc::new(Self(Arc::new(Calls { calls, public_key }))))
    }
}

pub(crate) fn signer_or_none(signer: Option<&Arc<Signer>>) -> Option<Arc<dyn crypto::Signer>> {
    signer.map(|signer| signer.0.clone() as Arc<dyn crypto::Signer>)
}

struct Calls {
    calls: Arc<dyn SignerCalls>,
    public_key: PublicKey,
}

impl crypto::Signer for Calls {
    fn public_key(&self) -> PublicKey {
        self.public_key
    }

    fn sign_statement(&self, statement: &Statement) -> Result<Signature, crypto::SignerError> {
        let signed = self.calls.sign(statement.bytes().to_vec())?;
        let halves = <[u8; 64]>::try_from(signed).map_err(|_| crypto::SignerError::Failed)?;
        Ok(Signature::from_p256(&halves))
    }
}

impl From<SignerError> for crypto::SignerError {
    fn from(error: SignerError) -> Self {
        match error {
            SignerError::Unavailable => Self::Unavailable,
            SignerError::Refused => Self::Refused,
            SignerError::Failed => Self::Failed,
        }
    }
}

impl From<uniffi::UnexpectedUniFFICallbackError> for SignerError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}
