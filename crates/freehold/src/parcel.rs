//! What a home hands to a recipient, and what the recipient says it has.

use std::collections::BTreeMap;

use freehold_consent::{FileType, TokenId, WireError};
use freehold_crypto::LogId;
use freehold_model::wire;
use serde::{Deserialize, Serialize};

use crate::{Error, erase::ErasureNews, stream::SignedGenesis};

/// Everything that a recipient is owed at one moment. Nothing in it is believed before it is verified.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    pub(crate) revocations: Vec<Vec<u8>>,
    pub(crate) extensions: Vec<Vec<u8>>,
    pub(crate) logs: Vec<LogParcel>,
    /// Signed orders to erase, each with the consent that it is heard under.
    pub(crate) erasures: Vec<(TokenId, Vec<u8>)>,
}

/// A stretch of a log, from its genesis or a checkpoint to a checkpoint, with what one consent covers of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogParcel {
    pub(crate) token: TokenId,
    pub(crate) genesis: SignedGenesis,
    pub(crate) from: Option<Vec<u8>>,
    /// Headers and bodies.
    pub(crate) entries: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) checkpoint: Vec<u8>,
}

/// How far a recipient has what its consents cover, and what it has erased.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Have {
    pub(crate) bundles: BTreeMap<TokenId, u32>,
    pub(crate) entries: BTreeMap<(TokenId, LogId), u64>,
    /// What it has erased, by its receipts.
    pub(crate) erased: Vec<ErasureNews>,
}

impl Parcel {
    /// As a file.
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        FileType::Parcel.wrap(&wire::to_bytes(self))
    }

    /// Reads what [`to_file`](Self::to_file) wrote.
    ///
    /// # Errors
    /// [`Error::Wire`].
    pub fn from_file(file: &[u8]) -> Result<Self, Error> {
        let bytes = FileType::Parcel.unwrap_file(file)?;
        Ok(wire::from_bytes(bytes, PARCEL_MAX).map_err(WireError::from)?)
    }
}

impl Have {
    /// As a file.
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        FileType::Have.wrap(&wire::to_bytes(self))
    }

    /// Reads what [`to_file`](Self::to_file) wrote.
    ///
    /// # Errors
    /// [`Error::Wire`].
    pub fn from_file(file: &[u8]) -> Result<Self, Error> {
        let bytes = FileType::Have.unwrap_file(file)?;
        Ok(wire::from_bytes(bytes, PARCEL_MAX).map_err(WireError::from)?)
    }

    /// How many bundles of a consent it has.
    pub(crate) fn bundles(&self, token: TokenId) -> usize {
        self.bundles.get(&token).map_or(0, |count| *count as usize)
    }

    /// The first entry of a log that it may lack.
    pub(crate) fn entries(&self, token: TokenId, log: LogId) -> u64 {
        self.entries.get(&(token, log)).copied().unwrap_or_default()
    }
}

/// The most bytes of a file.
const PARCEL_MAX: usize = 1 << 30;
