//! What a store holds, for people who look after it, and whether it is sound.

use freehold::Level;

use crate::{FfiError, Home, KeyStoreKind, Recipient};

/// A store.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Inspection {
    /// Bytes that it takes up.
    pub size: u64,
    /// How surely a replaced store key is gone.
    pub key_store: KeyStoreKind,
    /// Its logs.
    pub logs: Vec<LogInspection>,
}

/// A log in a store.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LogInspection {
    /// What the owner calls the stream.
    pub stream: String,
    /// The level.
    pub level: Level,
    /// Counts the logs of this level of this stream.
    pub incarnation: u32,
    /// Entries.
    pub entries: u64,
    /// Slots, each part counted.
    pub slots: u64,
    /// Pieces that are held.
    pub pieces: u64,
    /// Bytes of headers.
    pub header_bytes: u64,
    /// Bytes of bodies.
    pub body_bytes: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Bytes of checkpoints.
    pub checkpoint_bytes: u64,
}

/// What was looked at, all of it sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Verification {
    /// Logs whose chain and checkpoints verify.
    pub logs: u64,
    /// Entries of these logs.
    pub entries: u64,
    /// Pieces that are held, whose hashes verify.
    pub pieces: u64,
    /// Of these, the pieces that open with the keys that are held.
    pub opened: u64,
}

#[uniffi::export]
impl Home {
    /// What the store holds.
    ///
    /// # Errors
    /// What the store says.
    pub fn inspect(&self) -> Result<Inspection, FfiError> {
        Ok(self.0.inspect()?.into())
    }

    /// Reads and checks everything: the store's structure, every chain and checkpoint, every piece's hash, and that every piece opens
    /// unless its keys were erased.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self) -> Result<Verification, FfiError> {
        Ok(self.0.verify()?.into())
    }
}

#[uniffi::export]
impl Recipient {
    /// What the store holds.
    ///
    /// # Errors
    /// What the store says.
    pub fn inspect(&self) -> Result<Inspection, FfiError> {
        Ok(self.0.inspect()?.into())
    }

    /// Reads and checks everything: the store's structure, every chain and checkpoint, every piece's hash, and which pieces open.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self) -> Result<Verification, FfiError> {
        Ok(self.0.verify()?.into())
    }
}

impl From<freehold::Inspection> for Inspection {
    fn from(inspection: freehold::Inspection) -> Self {
        let log = |log: freehold::LogInspection| LogInspection {
            stream: log.stream,
            level: log.level,
            incarnation: log.incarnation,
            entries: log.count.entries,
            slots: log.count.slots,
            pieces: log.count.pieces,
            header_bytes: log.count.header_bytes,
            body_bytes: log.count.body_bytes,
            checkpoints: log.count.checkpoints,
            checkpoint_bytes: log.count.checkpoint_bytes,
        };
        Self {
            size: inspection.size,
            key_store: inspection.key_store,
            logs: inspection.logs.into_iter().map(log).collect(),
        }
    }
}

impl From<freehold::Verification> for Verification {
    fn from(done: freehold::Verification) -> Self {
        Self {
            logs: done.logs,
            entries: done.entries,
            pieces: done.pieces,
            opened: done.opened,
        }
    }
}
