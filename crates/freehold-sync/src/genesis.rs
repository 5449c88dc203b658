use freehold_crypto::{Domain, LogId, PublicKey, Signature, Suite, digest};
use freehold_model::{Facet, Level, wire};
use serde::{Deserialize, Serialize};

use crate::{LogError, Position, header::FACETS_MAX};

/// What a log is: the first link of its chain. Whoever verifies the log must hold it, signed by the household.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Genesis {
    version: u8,
    /// The suite of every piece in the log.
    pub suite: Suite,
    /// The log's random id.
    pub log: LogId,
    /// The stream that the log holds a level of.
    pub stream: [u8; 16],
    /// SHA-256 over the stream's description: kind, exponent, zone, chunk length, facets, histogram edges.
    pub spec: [u8; 32],
    /// The level.
    pub level: Level,
    /// The facets of each slot, in the order of the pieces.
    pub facets: Vec<Facet>,
    /// Counts the logs of this level of this stream; a later one replaces what an earlier one says of a slot.
    pub incarnation: u32,
    /// The key that signs the log's checkpoints.
    pub writer: PublicKey,
    /// Where the log before this one was last known to stand.
    pub predecessor: Option<Predecessor>,
}

/// The last place in an earlier log that its successor knew of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predecessor {
    /// The earlier log.
    pub log: LogId,
    /// How many entries it had.
    pub seq: u64,
    /// Its chain after these.
    pub chain: [u8; 32],
}

const GENESIS_VERSION: u8 = 1;
const GENESIS_MAX: usize = 512;

impl Genesis {
    /// A genesis of the version that this library writes; its id, stream and writer are the caller's.
    #[expect(
        clippy::too_many_arguments,
        reason = "a plain record, built in one place"
    )]
    #[must_use]
    pub fn new(
        suite: Suite,
        log: LogId,
        stream: [u8; 16],
        spec: [u8; 32],
        level: Level,
        facets: Vec<Facet>,
        incarnation: u32,
        writer: PublicKey,
        predecessor: Option<Predecessor>,
    ) -> Self {
        Self {
            version: GENESIS_VERSION,
            suite,
            log,
            stream,
            spec,
            level,
            facets,
            incarnation,
            writer,
            predecessor,
        }
    }

    /// Decodes a genesis and verifies that `household` signed it.
    ///
    /// # Errors
    /// [`LogError::Malformed`], [`LogError::NotCanonical`], [`LogError::Version`], [`LogError::TooLarge`] or
    /// [`LogError::Signature`].
    pub fn verify(
        bytes: &[u8],
        signature: &Signature,
        household: &PublicKey,
    ) -> Result<Self, LogError> {
        match bytes.first() {
            Some(&GENESIS_VERSION) => {}
            Some(&found) => return Err(LogError::Version { found }),
            None => return Err(LogError::Malformed),
        }
        let genesis: Self = wire::from_bytes(bytes, GENESIS_MAX)?;
        genesis.check_facets()?;
        household
            .verify(Domain::Genesis, bytes, signature)
            .map_err(|_| LogError::Signature)?;
        Ok(genesis)
    }

    /// The canonical encoding: what the household signs in [`Domain::Genesis`].
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::to_bytes(self)
    }

    fn check_facets(&self) -> Result<(), LogError> {
        let ordered = self
            .facets
            .windows(2)
            .all(|pair| pair.first() < pair.last());
        let chunks = self.facets.first() == Some(&Facet::Readings);
        if self.facets.len() > FACETS_MAX {
            Err(LogError::TooLarge { bound: FACETS_MAX })
        } else if !ordered {
            Err(LogError::NotCanonical)
        } else if self.facets.is_empty() || chunks != (self.level == Level::Raw) {
            Err(LogError::Malformed)
        } else {
            Ok(())
        }
    }

    /// The start of the chain.
    #[must_use]
    pub fn start(&self) -> Position {
        Position {
            seq: 0,
            chain: digest(Domain::Genesis, &[&self.to_bytes()]),
        }
    }
}
