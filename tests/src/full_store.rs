//! A store that has no room at a moment that the test chooses.

use std::{
    ops::{ControlFlow, RangeInclusive},
    sync::atomic::{AtomicI64, Ordering},
};

use freehold_store::{Batch, Key, MemoryStore, Order, Store, StoreError};

/// A [`MemoryStore`] that is full for one commit.
pub struct FullStore {
    store: MemoryStore,
    /// Commits until the one that fails; it counts on below zero.
    left: AtomicI64,
}

impl FullStore {
    /// An empty store whose commit number `at`, counted from zero, fails; those after it do not.
    pub fn new(at: i64) -> Self {
        Self {
            store: MemoryStore::new(),
            left: AtomicI64::new(at),
        }
    }

    /// Another commit fails: the one after so many.
    pub fn fail_at(&self, at: i64) {
        self.left.store(at, Ordering::SeqCst);
    }

    /// Whether the commit that fails has come.
    pub fn was_full(&self) -> bool {
        self.left.load(Ordering::SeqCst) < 0
    }
}

impl Store for FullStore {
    fn get(&self, key: Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.get(key)
    }

    fn scan(
        &self,
        range: RangeInclusive<Key>,
        order: Order,
        visit: &mut dyn FnMut(Key, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.store.scan(range, order, visit)
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            0 => Err(StoreError::Full),
            _ => self.store.commit(batch),
        }
    }

    fn check(&self) -> Result<(), StoreError> {
        self.store.check()
    }

    fn size(&self) -> Result<u64, StoreError> {
        self.store.size()
    }

    fn compact(&self) -> Result<(), StoreError> {
        self.store.compact()
    }

    fn scrub(&self) -> Result<(), StoreError> {
        self.store.scrub()
    }

    fn close(&self) -> Result<(), StoreError> {
        self.store.close()
    }
}
