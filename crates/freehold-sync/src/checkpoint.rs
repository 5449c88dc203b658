use freehold_crypto::{Domain, LogId, Signature, SignerError, SigningKey};
use freehold_model::{Time, wire};
use serde::{Deserialize, Serialize};

use crate::{Genesis, LogError, Position};

/// A writer's signed word on how far its log goes: verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    body: Signed,
    signature: Signature,
}

/// A checkpoint as it came: to be verified against the log's [`Genesis`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnverifiedCheckpoint {
    body: Signed,
    signature: Signature,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Signed {
    version: u8,
    log: LogId,
    position: Position,
    time: Time,
}

const CHECKPOINT_VERSION: u8 = 1;
const CHECKPOINT_MAX: usize = 256;

impl Checkpoint {
    /// Signs `position` of the log as of `time`.
    pub(crate) fn sign(
        genesis: &Genesis,
        position: Position,
        time: Time,
        key: &SigningKey,
    ) -> Result<Self, SignerError> {
        let body = Signed {
            version: CHECKPOINT_VERSION,
            log: genesis.log,
            position,
            time,
        };
        let signature = key.sign(Domain::Checkpoint, &wire::to_bytes(&body))?;
        Ok(Self { body, signature })
    }

    /// How far the log goes.
    #[must_use]
    pub fn position(&self) -> Position {
        self.body.position
    }

    /// When the writer signed, by its own clock.
    #[must_use]
    pub fn time(&self) -> Time {
        self.body.time
    }

    /// The writer's signature, under the time at which it was made: what a peer needs that knows log and place.
    #[must_use]
    pub fn signed(&self) -> SignedAt {
        SignedAt {
            time: self.body.time,
            signature: self.signature,
        }
    }

    /// The canonical encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::to_bytes(&UnverifiedCheckpoint {
            body: self.body.clone(),
            signature: self.signature,
        })
    }
}

/// A checkpoint without its log and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedAt {
    /// When the writer signed, by its own clock.
    pub time: Time,
    /// Its signature over log, place and time.
    pub signature: Signature,
}

impl UnverifiedCheckpoint {
    /// The checkpoint of a log at a place.
    #[must_use]
    pub fn at(log: LogId, position: Position, signed: SignedAt) -> Self {
        Self {
            body: Signed {
                version: CHECKPOINT_VERSION,
                log,
                position,
                time: signed.time,
            },
            signature: signed.signature,
        }
    }

    /// Decodes a checkpoint.
    ///
    /// # Errors
    /// [`LogError::Malformed`], [`LogError::NotCanonical`], [`LogError::TooLarge`] or [`LogError::Version`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LogError> {
        match bytes.first() {
            Some(&CHECKPOINT_VERSION) => Ok(wire::from_bytes(bytes, CHECKPOINT_MAX)?),
            Some(&found) => Err(LogError::Version { found }),
            None => Err(LogError::Malformed),
        }
    }

    /// How far the log goes, if this is to be believed.
    #[must_use]
    pub fn position(&self) -> Position {
        self.body.position
    }

    /// The signature, if this is to be believed.
    #[must_use]
    pub fn signed(&self) -> SignedAt {
        SignedAt {
            time: self.body.time,
            signature: self.signature,
        }
    }

    /// Whether this is the very checkpoint that was verified before, signature and all.
    #[must_use]
    pub fn is(&self, verified: &Checkpoint) -> bool {
        self.body == verified.body && self.signature == verified.signature
    }

    /// Verifies that the log's writer signed it.
    ///
    /// # Errors
    /// [`LogError::OtherLog`] or [`LogError::Signature`].
    pub fn verify(self, genesis: &Genesis) -> Result<Checkpoint, LogError> {
        if self.body.log != genesis.log {
            return Err(LogError::OtherLog);
        }
        genesis
            .writer
            .verify(
                Domain::Checkpoint,
                &wire::to_bytes(&self.body),
                &self.signature,
            )
            .map_err(|_| LogError::Signature)?;
        Ok(Checkpoint {
            body: self.body,
            signature: self.signature,
        })
    }
}
