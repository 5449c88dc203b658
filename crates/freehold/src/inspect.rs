//! What a store holds, for people who look after it, and whether it is sound.

use freehold_consent::StreamId;
use freehold_crypto::{KeyStoreKind, LogId};
use freehold_model::{Level, Time};

use crate::{
    Error, Home, Recipient,
    logs::{LogCount, StoredLog},
    vault::{KeyPlace, KeySource},
};

/// A log in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogInspection {
    /// What the owner calls the stream; for a recipient what the bundle says.
    pub stream: String,
    /// The stream.
    pub id: StreamId,
    /// The level.
    pub level: Level,
    /// Counts the logs of this level of this stream.
    pub incarnation: u32,
    /// The log's id.
    pub log: LogId,
    /// What is stored of it.
    pub count: LogCount,
}

/// A store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Bytes that the store takes up.
    pub size: u64,
    /// How surely a replaced store key is gone.
    pub key_store: KeyStoreKind,
    /// Its logs.
    pub logs: Vec<LogInspection>,
}

/// What [`Home::verify`] or [`Recipient::verify`] looked at, all of it sound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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

impl Home {
    /// What the home's store holds.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub fn inspect(&self) -> Result<Inspection, Error> {
        let info = self.info()?;
        let mut logs = Vec::new();
        for (name, stored) in self.stored_logs()? {
            logs.push(inspected(name, &stored, self.inner().rows.store())?);
        }
        Ok(Inspection {
            size: info.size,
            key_store: info.key_store,
            logs,
        })
    }

    /// Reads and checks everything: the store's structure, every chain and checkpoint, every piece's hash, and that every piece
    /// opens unless its keys were erased.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self) -> Result<Verification, Error> {
        let store = self.inner().rows.store();
        store.check()?;
        let mut done = Verification::default();
        for stream in self.streams() {
            self.inner().write(stream.no(), |writer, tx| {
                writer.sign(tx)?;
                for level in writer.sealer.stream.spec().levels.iter() {
                    let (_, logs, vault) = writer.sealer.reading(level);
                    for log in logs {
                        verify_log(log, tx.rows.store(), level, vault, &mut done)?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(done)
    }
}

impl Recipient {
    /// What the recipient's store holds.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub fn inspect(&self) -> Result<Inspection, Error> {
        let mut logs = Vec::new();
        let size = self.size()?;
        self.each_log(|name, stored, store, _| {
            logs.push(inspected(name, stored, store)?);
            Ok(())
        })?;
        Ok(Inspection {
            size,
            key_store: self.key_store(),
            logs,
        })
    }

    /// Reads and checks everything: the store's structure, every chain and checkpoint, every piece's hash, and which pieces open.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self) -> Result<Verification, Error> {
        let mut done = Verification::default();
        self.check_store()?;
        self.each_log(|_, stored, store, keys| {
            let level = stored.genesis.level;
            verify_log(stored, store, level, keys, &mut done)
        })?;
        Ok(done)
    }
}

fn inspected(
    stream: String,
    stored: &StoredLog,
    store: &dyn freehold_store::Store,
) -> Result<LogInspection, Error> {
    let genesis = stored.genesis.clone();
    Ok(LogInspection {
        stream,
        id: StreamId(genesis.stream),
        level: genesis.level,
        incarnation: genesis.incarnation,
        log: genesis.log,
        count: stored.count(store)?,
    })
}

fn verify_log(
    log: &mut StoredLog,
    store: &dyn freehold_store::Store,
    level: Level,
    keys: &mut dyn KeySource,
    done: &mut Verification,
) -> Result<(), Error> {
    let seqs = log.overlapping(Time::from_ms(0), Time::LATEST);
    let mut buffer = Vec::new();
    log.entries(store, &seqs, |entry| {
        done.entries += 1;
        for piece in entry
            .pieces()
            .filter(|piece| entry.body().piece(piece.number()).is_some())
        {
            done.pieces += 1;
            if let Some(leaf) = keys.leaf(KeyPlace::of(entry, level, piece.facet), piece.slot.start)
            {
                piece.open(&leaf, &mut buffer)?;
                done.opened += 1;
            }
        }
        Ok(())
    })?;
    done.logs += 1;
    Ok(())
}
