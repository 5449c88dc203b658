//! Signed objects: a version byte, a canonical payload, and 64 bytes of signature over both.

use freehold_crypto::{
    Domain, PublicKey, Signature, SignatureError, Signer, SignerError, Statement,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::wire::{self, OBJECT_BYTES_MAX, WireError};

/// The version of every signed object that this crate writes, and the only one it reads.
pub const VERSION: u8 = 1;

const SIGNATURE_LEN: usize = 64;

/// Why an object that was read may not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It does not decode.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The signature is not that of the key it names.
    #[error("signature does not verify")]
    Signature,
}

/// Why an object was not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The signer made no signature.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The signer holds another key than the object names.
    #[error("signed with another key")]
    WrongKey,
    /// The object breaks a bound and would not be read back.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// A complete object that lacks only its signature.
///
/// [`Draft::sign`] completes it.
#[derive(Debug)]
pub struct Draft<T> {
    domain: Domain,
    key: PublicKey,
    body: Vec<u8>,
    open: fn(&[u8], &PublicKey) -> Result<T, VerifyError>,
}

impl<T> Draft<T> {
    pub(crate) fn new<P: Serialize>(
        domain: Domain,
        key: PublicKey,
        payload: &P,
        open: fn(&[u8], &PublicKey) -> Result<T, VerifyError>,
    ) -> Result<Self, WireError> {
        let mut body = vec![VERSION];
        body.extend_from_slice(&wire::encode(payload));
        let len = body.len() + SIGNATURE_LEN;
        if len > OBJECT_BYTES_MAX {
            return Err(WireError::TooLong {
                len,
                max: OBJECT_BYTES_MAX,
            });
        }
        Ok(Self {
            domain,
            key,
            body,
            open,
        })
    }

    /// The key that has to sign.
    #[must_use]
    pub const fn key(&self) -> PublicKey {
        self.key
    }

    /// What has to be signed.
    #[must_use]
    pub fn statement(&self) -> Statement {
        Statement::new(self.domain, &self.body)
    }

    /// Signs, in software or in hardware.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(self, signer: &dyn Signer) -> Result<T, SignError> {
        if signer.public_key() != self.key {
            return Err(SignError::WrongKey);
        }
        let signature = signer.sign_statement(&self.statement())?;
        self.attach(&signature)
    }

    /// Attaches a signature that was made elsewhere. The result is read back and verified, so what leaves here is
    /// what others will accept.
    ///
    /// # Errors
    /// [`SignError::WrongKey`] for a signature that does not verify, [`SignError::Wire`].
    pub fn attach(mut self, signature: &Signature) -> Result<T, SignError> {
        self.body.extend_from_slice(&signature.to_bytes());
        (self.open)(&self.body, &self.key).map_err(|error| match error {
            VerifyError::Wire(error) => SignError::Wire(error),
            VerifyError::Signature => SignError::WrongKey,
        })
    }
}

/// Decodes the payload of a signed object, without judging its signature.
pub(crate) fn decode<P: Serialize + DeserializeOwned>(
    bytes: &[u8],
    max: usize,
) -> Result<P, WireError> {
    if bytes.len() > max {
        return Err(WireError::TooLong {
            len: bytes.len(),
            max,
        });
    }
    let (body, _) = split(bytes)?;
    match body {
        [VERSION, payload @ ..] => wire::decode(payload, max),
        [version, ..] => Err(WireError::Version(*version)),
        [] => Err(WireError::Malformed),
    }
}

/// Checks the signature of a signed object and gives the digest of its body.
pub(crate) fn verify(
    domain: Domain,
    key: &PublicKey,
    bytes: &[u8],
) -> Result<[u8; 32], VerifyError> {
    let (body, signature) = split(bytes)?;
    let statement = Statement::new(domain, body);
    key.verify_statement(&statement, &Signature::from_bytes(signature))
        .map_err(|SignatureError| VerifyError::Signature)?;
    Ok(*statement.bytes())
}

fn split(bytes: &[u8]) -> Result<(&[u8], &[u8; SIGNATURE_LEN]), WireError> {
    bytes.split_last_chunk().ok_or(WireError::Malformed)
}
