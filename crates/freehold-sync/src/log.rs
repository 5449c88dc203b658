use freehold_crypto::{Domain, SigningKey, digest};
use freehold_model::{Epoch, Time};
use serde::{Deserialize, Serialize};

use crate::{Checkpoint, Entry, EntryBuilder, Genesis, LogError, UnverifiedEntry};

/// The most entries between two checkpoints.
pub const ENTRIES_BETWEEN_CHECKPOINTS: u64 = 64;

/// A place in a log: how many entries lie before it, and the chain over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The number of entries before this place.
    pub seq: u64,
    /// `H_n = SHA-256(domain, H_{n-1}, header)`; `H_0` is the hash of the genesis.
    pub chain: [u8; 32],
}

impl Position {
    /// The place after an entry with this header.
    #[must_use]
    pub(crate) fn after(&self, header: &[u8]) -> Self {
        Self {
            seq: self.seq + 1,
            chain: digest(Domain::Chain, &[&self.chain, header]),
        }
    }
}

/// Verifies `entries` as the part of a log between `from` and `checkpoint`.
///
/// `from` is the log's [`Genesis::start`] or the position of a checkpoint that was verified. Every entry's place, chain and
/// body are checked; nothing is opened.
///
/// # Errors
/// [`LogError::Sequence`], [`LogError::Chain`], [`LogError::Body`] or [`LogError::Malformed`]; no entry is returned then.
pub fn verify(
    genesis: &Genesis,
    from: Position,
    entries: Vec<UnverifiedEntry>,
    checkpoint: &Checkpoint,
) -> Result<Vec<Entry>, LogError> {
    let mut position = from;
    for entry in &entries {
        if entry.header().seq != position.seq {
            return Err(LogError::Sequence {
                expected: position.seq,
                found: entry.header().seq,
            });
        }
        position = position.after(entry.header_bytes());
    }
    let end = checkpoint.position();
    if position.seq != end.seq {
        return Err(LogError::Sequence {
            expected: end.seq,
            found: position.seq,
        });
    }
    if position.chain != end.chain {
        return Err(LogError::Chain);
    }
    entries
        .into_iter()
        .map(|entry| entry.verified(genesis))
        .collect()
}

/// The one writer of a log. It holds no keys of slots; these come with each entry.
#[derive(Debug)]
pub struct LogWriter {
    genesis: Genesis,
    position: Position,
    signed: u64,
}

impl LogWriter {
    /// A writer of a new log.
    #[must_use]
    pub fn new(genesis: Genesis) -> Self {
        let position = genesis.start();
        Self {
            genesis,
            position,
            signed: 0,
        }
    }

    /// A writer that goes on at `position`, of which `signed` entries lie before the last checkpoint.
    #[must_use]
    pub fn resume(genesis: Genesis, position: Position, signed: u64) -> Self {
        Self {
            genesis,
            position,
            signed,
        }
    }

    /// The log's genesis.
    #[must_use]
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// How far the log goes.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// How many entries the last checkpoint covers.
    #[must_use]
    pub fn signed(&self) -> u64 {
        self.signed
    }

    /// A builder for the next entry, under the roots of (`epoch`, `generation`).
    #[must_use]
    pub fn entry(&self, epoch: Epoch, generation: u32) -> EntryBuilder<'_> {
        EntryBuilder::new(&self.genesis, self.position.seq, epoch, generation)
    }

    /// Takes a sealed entry into the log.
    ///
    /// # Errors
    /// [`LogError::Sequence`] when another entry came first; seal it again.
    pub fn append(&mut self, entry: &Entry) -> Result<(), LogError> {
        if entry.header().seq != self.position.seq {
            return Err(LogError::Sequence {
                expected: self.position.seq,
                found: entry.header().seq,
            });
        }
        self.position = self.position.after(&entry.header().to_bytes());
        Ok(())
    }

    /// Whether a checkpoint is due before the next entry.
    #[must_use]
    pub fn checkpoint_due(&self) -> bool {
        self.position.seq - self.signed >= ENTRIES_BETWEEN_CHECKPOINTS
    }

    /// Signs what stands, if anything came since the last checkpoint.
    ///
    /// # Errors
    /// [`LogError::Signature`] when the key does not sign.
    pub fn checkpoint(
        &mut self,
        key: &SigningKey,
        now: Time,
    ) -> Result<Option<Checkpoint>, LogError> {
        if self.position.seq == self.signed {
            return Ok(None);
        }
        let checkpoint = Checkpoint::sign(&self.genesis, self.position, now, key)
            .map_err(|_| LogError::Signature)?;
        self.signed = self.position.seq;
        Ok(Some(checkpoint))
    }
}
