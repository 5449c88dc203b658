//! Withdrawing a consent.

use std::collections::BTreeMap;

use freehold_crypto::{Domain, Entropy, EntropyError, PublicKey};
use freehold_model::Time;
use serde::{Deserialize, Serialize};

use crate::id::TokenId;
use crate::signed::{self, Draft, VerifyError};
use crate::token::Token;
use crate::wire::{FileType, WireError};

/// A revocation on the wire, at most this many bytes.
pub const REVOCATION_BYTES_MAX: usize = 512;

/// A verified statement that a consent is withdrawn, signed by whoever granted it. It cannot be taken back: to consent
/// again is a new token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    payload: Payload,
    bytes: Vec<u8>,
}

/// A revocation as it was read, before its signature was checked.
#[derive(Clone, Debug)]
pub struct UnverifiedRevocation {
    payload: Payload,
    bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Payload {
    token: TokenId,
    at: Time,
    grantor: PublicKey,
    nonce: [u8; 16],
}

/// Why a revocation was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevocationError {
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// Does not encode.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// Why a revocation that was read says nothing about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRevoked {
    /// It names another token, or another grantor than the token's.
    #[error("revocation of another consent")]
    OtherToken,
    /// Its signature does not verify.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

impl Revocation {
    /// A revocation of `token` at `now`, to be signed with the key that granted it.
    ///
    /// # Errors
    /// [`RevocationError`].
    pub fn draft(
        token: &Token,
        now: Time,
        entropy: &mut dyn Entropy,
    ) -> Result<Draft<Self>, RevocationError> {
        let mut nonce = [0; 16];
        entropy.fill(&mut nonce)?;
        let payload = Payload {
            token: token.id(),
            at: now,
            grantor: *token.grantor(),
            nonce,
        };
        let open = |bytes: &[u8], _: &PublicKey| {
            UnverifiedRevocation::from_bytes(bytes)?.verify_signature()
        };
        Ok(Draft::new(
            Domain::Revocation,
            payload.grantor,
            &payload,
            open,
        )?)
    }

    /// The consent that is withdrawn.
    #[must_use]
    pub const fn token(&self) -> TokenId {
        self.payload.token
    }

    /// When it was withdrawn, by the clock of whoever did.
    #[must_use]
    pub const fn at(&self) -> Time {
        self.payload.at
    }

    /// The signed bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The revocation as a file.
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        FileType::Revocation.wrap(&self.bytes)
    }
}

impl UnverifiedRevocation {
    /// Decodes the signed bytes of a revocation.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let payload = signed::decode(bytes, REVOCATION_BYTES_MAX)?;
        Ok(Self {
            payload,
            bytes: bytes.to_vec(),
        })
    }

    /// Decodes a revocation file.
    ///
    /// # Errors
    /// [`WireError`].
    pub fn from_file(file: &[u8]) -> Result<Self, WireError> {
        Self::from_bytes(FileType::Revocation.unwrap_file(file)?)
    }

    /// The consent that it claims to withdraw, to look the token up.
    #[must_use]
    pub const fn token(&self) -> TokenId {
        self.payload.token
    }

    /// Checks that it withdraws `token` and that the token's grantor signed it.
    ///
    /// # Errors
    /// [`NotRevoked`].
    pub fn verify(self, token: &Token) -> Result<Revocation, NotRevoked> {
        if self.payload.token != token.id() || self.payload.grantor != *token.grantor() {
            return Err(NotRevoked::OtherToken);
        }
        Ok(self.verify_signature()?)
    }

    fn verify_signature(self) -> Result<Revocation, VerifyError> {
        signed::verify(Domain::Revocation, &self.payload.grantor, &self.bytes)?;
        Ok(Revocation {
            payload: self.payload,
            bytes: self.bytes,
        })
    }
}

/// The withdrawals that somebody knows of.
#[derive(Clone, Debug, Default)]
pub struct Revocations(BTreeMap<TokenId, Time>);

impl Revocations {
    /// Knows of none.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns of one. The earliest time stays; nothing is ever forgotten.
    pub fn add(&mut self, revocation: &Revocation) {
        let new = revocation.at();
        let at = self.0.entry(revocation.token()).or_insert(new);
        *at = new.min(*at);
    }

    /// When a consent was withdrawn, if it was. A revocation counts from the moment it is known, whatever its time.
    #[must_use]
    pub fn get(&self, token: TokenId) -> Option<Time> {
        self.0.get(&token).copied()
    }
}
