//! Where the key that seals the store lives: an app's, or one of this project's.

use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

use crate::secret::Secret;

/// Keeps the store's key and its write counter.
///
/// The counter tells whether a store is the newest copy: whoever commits advances it, and a store
/// that finds another count than its own was restored or cloned, and starts new logs.
pub trait KeyStore: Send + Sync {
    /// The key, or `None` when there is none yet.
    ///
    /// # Errors
    /// [`KeyStoreError`].
    fn load(&self) -> Result<Option<Secret>, KeyStoreError>;

    /// Keeps `key` beside the present one, in the place of one that was prepared before. Durable when it returns.
    ///
    /// Between this and [`replace`](Self::replace) the store is sealed again under it, in one commit: whatever is cut off
    /// then, one of the two keys opens the store.
    ///
    /// # Errors
    /// [`KeyStoreError`]; the present key is still there.
    fn prepare(&self, key: &Secret) -> Result<(), KeyStoreError>;

    /// The key that was prepared, until one is put in place.
    ///
    /// # Errors
    /// [`KeyStoreError`].
    fn prepared(&self) -> Result<Option<Secret>, KeyStoreError>;

    /// Puts `key` in the place of the old one; the old one and one that was prepared are destroyed. Durable when it returns.
    ///
    /// # Errors
    /// [`KeyStoreError`]; both keys are then still there, or `key` is in place.
    fn replace(&self, key: &Secret) -> Result<(), KeyStoreError>;

    /// How surely a replaced key is gone.
    fn kind(&self) -> KeyStoreKind;

    /// The write counter; 0 at first.
    ///
    /// # Errors
    /// [`KeyStoreError`].
    fn counter(&self) -> Result<u64, KeyStoreError>;

    /// Advances the write counter to `count`, after the store has it. It is called for every batch that seals something, so
    /// it must be quick and ask nobody. It has to outlive the process; after a loss of power it may be behind, never ahead.
    ///
    /// # Errors
    /// [`KeyStoreError::Backwards`] when `count` is not above the present one.
    fn advance(&self, count: u64) -> Result<(), KeyStoreError>;
}

/// A key store that others have as well.
impl<K: KeyStore + ?Sized> KeyStore for Arc<K> {
    fn load(&self) -> Result<Option<Secret>, KeyStoreError> {
        (**self).load()
    }

    fn prepare(&self, key: &Secret) -> Result<(), KeyStoreError> {
        (**self).prepare(key)
    }

    fn prepared(&self) -> Result<Option<Secret>, KeyStoreError> {
        (**self).prepared()
    }

    fn replace(&self, key: &Secret) -> Result<(), KeyStoreError> {
        (**self).replace(key)
    }

    fn kind(&self) -> KeyStoreKind {
        (**self).kind()
    }

    fn counter(&self) -> Result<u64, KeyStoreError> {
        (**self).counter()
    }

    fn advance(&self, count: u64) -> Result<(), KeyStoreError> {
        (**self).advance(count)
    }
}

/// How surely a key is gone once it was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStoreKind {
    /// Hardware destroys it: old copies of the store open nothing.
    HardwareDeletion,
    /// A file is overwritten; an older copy of it may lie elsewhere.
    File,
    /// Wrapped under a passphrase; who knows it and kept an older file can go back.
    Passphrase,
    /// In memory only, for tests.
    Memory,
}

/// Why a key store did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyStoreError {
    /// Locked, or its device is away.
    #[error("key store not available")]
    Unavailable,
    /// The passphrase or the person's consent to use the key is wrong or missing.
    #[error("key store refused")]
    Refused,
    /// What it holds cannot be read.
    #[error("key store damaged")]
    Damaged,
    /// The counter would not go up.
    #[error("write counter would go backwards")]
    Backwards,
    /// Reading or writing failed.
    #[error("key store failed")]
    Failed,
}

/// A key store in memory, for tests and for stores in memory.
#[derive(Debug, Default)]
pub struct MemoryKeyStore(Mutex<Kept>);

impl MemoryKeyStore {
    /// An empty key store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}
impl KeyStore for MemoryKeyStore {
    fn load(&self) -> Result<Option<Secret>, KeyStoreError> {
        Ok(self.kept().key.as_ref().map(Secret::duplicate))
    }

    fn prepare(&self, key: &Secret) -> Result<(), KeyStoreError> {
        self.kept().next = Some(key.duplicate());
        Ok(())
    }

    fn prepared(&self) -> Result<Option<Secret>, KeyStoreError> {
        Ok(self.kept().next.as_ref().map(Secret::duplicate))
    }

    fn replace(&self, key: &Secret) -> Result<(), KeyStoreError> {
        let mut kept = self.kept();
        (kept.key, kept.next) = (Some(key.duplicate()), None);
        Ok(())
    }

    fn kind(&self) -> KeyStoreKind {
        KeyStoreKind::Memory
    }

    fn counter(&self) -> Result<u64, KeyStoreError> {
        Ok(self.kept().count)
    }

    fn advance(&self, count: u64) -> Result<(), KeyStoreError> {
        let mut kept = self.kept();
        if count <= kept.count {
            return Err(KeyStoreError::Backwards);
        }
        kept.count = count;
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Kept {
    key: Option<Secret>,
    next: Option<Secret>,
    count: u64,
}

impl MemoryKeyStore {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // The fields are replaced whole, so a panic elsewhere leaves them consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
