//! Of `docs/spec/log.md`.

mod body;
mod chain;
mod checkpoint;
pub(super) mod example;
mod genesis;
mod header;
pub(super) mod object;
mod open;
mod verify;

use freehold_crypto::{PublicKey, Signature};
use freehold_sync::{Genesis, LogError};
use serde::{Deserialize, Serialize};

use super::{Entry, Failure, Hex, entry};

/// The operations of the page.
pub(super) fn operations() -> Vec<Entry> {
    vec![
        entry::<genesis::Read>(),
        entry::<header::Read>(),
        entry::<body::Read>(),
        entry::<body::Drop>(),
        entry::<chain::Chain>(),
        entry::<checkpoint::Read>(),
        entry::<verify::Verify>(),
        entry::<open::Open>(),
    ]
}

/// Where a log starts, and who vouches for it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Start {
    genesis: Hex,
    genesis_signature: Hex,
    household: Hex,
}

pub(super) const GENESIS: (&str, &str) = ("genesis", "the genesis's bytes");
pub(super) const GENESIS_SIGNATURE: (&str, &str) =
    ("genesis_signature", "the household's signature over it");
pub(super) const HOUSEHOLD: (&str, &str) = ("household", "the household's key, encoded");

impl Start {
    pub(super) fn verify(&self) -> Result<Genesis, Failure> {
        let household = PublicKey::from_bytes(&self.household.0)?;
        let signature = self.genesis_signature.array().ok_or(Failure::Length)?;
        let signature = Signature::from_bytes(&signature);
        Ok(Genesis::verify(&self.genesis.0, &signature, &household)?)
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Malformed => Self::Malformed,
            LogError::NotCanonical => Self::NotCanonical,
            LogError::TooLarge { .. } => Self::Length,
            LogError::Version { .. } => Self::Version,
            LogError::Slots => Self::Slots,
            LogError::Sequence { .. } => Self::Sequence,
            LogError::Chain => Self::Chain,
            LogError::Body => Self::Body,
            LogError::Signature => Self::Signature,
            LogError::OtherLog => Self::OtherLog,
            LogError::Absent => Self::Absent,
            LogError::Sealed => Self::Commitment,
            other => unreachable!("no reader's: {other}"),
        }
    }
}
