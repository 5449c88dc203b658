//! Keys that sign: an app's hardware key behind [`Signer`], or a [`SigningKey`] in software.

use core::fmt;

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::hash::{Digest, Domain};
use crate::secret::Secret;
use crate::sign::{KeyError, PublicKey, Signature, Statement};

/// Whoever can sign: a software key, or an app's hardware key.
pub trait Signer: Send + Sync {
    /// The key under which its signatures verify.
    fn public_key(&self) -> PublicKey;

    /// Signs a statement. A P-256 signer builds the result with [`Signature::from_p256`].
    ///
    /// # Errors
    /// [`SignerError`] when no signature was made.
    fn sign_statement(&self, statement: &Statement) -> Result<Signature, SignerError>;
}

/// A signing key in software.
pub struct SigningKey {
    pair: Pair,
    /// The secret form in which it is kept: the seed or the PKCS#8 document.
    kept: Zeroizing<Vec<u8>>,
    public: PublicKey,
}

impl SigningKey {
    /// A fresh Ed25519 key.
    ///
    /// # Errors
    /// [`EntropyError`] when the source fails.
    pub fn generate_ed25519(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        Secret::random(entropy).and_then(|seed| Self::from_seed(&seed).map_err(|_| EntropyError))
    }

    /// A fresh P-256 key. `ring` draws it from the operating system, as it draws the nonces of
    /// P-256 signatures; so neither can be repeated from a seed.
    ///
    /// # Errors
    /// [`EntropyError`] when the operating system has no randomness.
    pub fn generate_p256() -> Result<Self, EntropyError> {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
            .map_err(|_| EntropyError)?;
        Self::from_pkcs8(document.as_ref()).map_err(|_| EntropyError)
    }

    /// The Ed25519 key of a 32-byte seed (RFC 8032, section 5.1.5).
    ///
    /// # Errors
    /// [`KeyError::Malformed`], which no seed causes.
    pub fn from_seed(seed: &Secret) -> Result<Self, KeyError> {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(|_| KeyError::Malformed)?;
        let public = pair
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| KeyError::Malformed)?;
        Ok(Self {
            pair: Pair::Ed25519(pair),
            kept: Zeroizing::new(seed.expose().to_vec()),
            public: PublicKey::Ed25519(public),
        })
    }

    /// The key's secret form, for sealing it: the algorithm's number, then the seed or the PKCS#8
    /// document.
    #[must_use]
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(1 + self.kept.len()));
        bytes.push(self.public.algorithm() as u8);
        bytes.extend_from_slice(&self.kept);
        bytes
    }

    /// Reads what [`to_secret_bytes`](Self::to_secret_bytes) wrote.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        match bytes {
            [0, seed @ ..] => {
                let seed = seed.try_into().map_err(|_| KeyError::Length)?;
                Self::from_seed(&Secret::from_bytes(seed))
            }
            [1, document @ ..] => Self::from_pkcs8(document),
            [] => Err(KeyError::Length),
            _ => Err(KeyError::Algorithm),
        }
    }

    /// The public half.
    #[must_use]
    pub const fn public_key(&self) -> PublicKey {
        self.public
    }

    /// Signs `message` under `domain`.
    ///
    /// # Errors
    /// [`SignerError::Failed`] when the operating system has no randomness for a P-256 signature;
    /// Ed25519 always signs.
    pub fn sign(&self, domain: Domain, message: &[u8]) -> Result<Signature, SignerError> {
        self.sign_bytes(Statement::new(domain, message).bytes())
    }

    fn sign_bytes(&self, bytes: &Digest) -> Result<Signature, SignerError> {
        let signed = match &self.pair {
            Pair::Ed25519(pair) => pair.sign(bytes),
            Pair::P256(pair) => pair
                .sign(&SystemRandom::new(), bytes)
                .map_err(|_| SignerError::Failed)?,
        };
        let raw = signed
            .as_ref()
            .try_into()
            .map_err(|_| SignerError::Failed)?;
        Ok(match self.pair {
            Pair::Ed25519(_) => Signature::from_bytes(raw),
            Pair::P256(_) => Signature::from_p256(raw),
        })
    }

    fn from_pkcs8(document: &[u8]) -> Result<Self, KeyError> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document, &random)
            .map_err(|_| KeyError::Malformed)?;
        let public = PublicKey::from_p256(pair.public_key().as_ref())?;
        Ok(Self {
            pair: Pair::P256(Box::new(pair)),
            kept: Zeroizing::new(document.to_vec()),
            public,
        })
    }
}
impl Signer for SigningKey {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn sign_statement(&self, statement: &Statement) -> Result<Signature, SignerError> {
        self.sign_bytes(statement.bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// Why a signer made no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignerError {
    /// The key cannot be reached at present: locked, or its device is away.
    #[error("signing key not available")]
    Unavailable,
    /// The person said no.
    #[error("signing refused")]
    Refused,
    /// The signer tried and failed.
    #[error("signing failed")]
    Failed,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(Box<EcdsaKeyPair>),
}
