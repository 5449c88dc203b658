//! One batch in the making, and the counter that tells whether this store is the newest copy.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use freehold_crypto::{Entropy, KeyStore, KeyStoreKind};
use freehold_model::Time;
use freehold_store::{Batch, Store};

use crate::{
    Error,
    rows::{Rows, Space, number_key},
};

/// What one call changes: committed as a whole.
pub(crate) struct Tx<'a> {
    pub(crate) rows: &'a Rows,
    pub(crate) batch: Batch,
    pub(crate) entropy: &'a mut dyn Entropy,
    pub(crate) now: Time,
    counter: &'a Counter,
    seals: bool,
    scrubs: bool,
    wrote: bool,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(
        rows: &'a Rows,
        counter: &'a Counter,
        entropy: &'a mut dyn Entropy,
        now: Time,
    ) -> Self {
        Self {
            rows,
            batch: Batch::new(),
            entropy,
            now,
            counter,
            seals: false,
            scrubs: false,
            wrote: false,
        }
    }

    /// Says that the batch holds entries: the write counter goes up with it.
    pub(crate) fn seals(&mut self) {
        self.seals = true;
    }

    /// Says that the batch deletes keys: no copy of them stays behind in the store's files.
    pub(crate) fn scrubs(&mut self) {
        self.scrubs = true;
    }

    /// Whether anything was committed, or tried to be.
    pub(crate) fn wrote(&self) -> bool {
        self.wrote
    }

    /// Commits what was gathered, if anything.
    pub(crate) fn commit(&mut self) -> Result<(), Error> {
        let scrubs = std::mem::take(&mut self.scrubs);
        self.commit_batch()?;
        if scrubs {
            self.rows.store().scrub()?;
        }
        Ok(())
    }

    fn commit_batch(&mut self) -> Result<(), Error> {
        let mut batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        self.wrote = true;
        if !std::mem::take(&mut self.seals) {
            return Ok(self.rows.store().commit(&batch)?);
        }
        let count = self.counter.count(&mut batch)?;
        self.rows.store().commit(&batch)?;
        self.counter.advance(count)
    }

    /// The batch, for somebody else to commit, with a count for [`Counter::advance`] after that.
    pub(crate) fn counted(self) -> Result<(Batch, u64), Error> {
        let mut batch = self.batch;
        let count = self.counter.count(&mut batch)?;
        Ok((batch, count))
    }
}

/// Counts the batches that sealed something, in the store and in the key store.
///
/// The store is written first, so it may be ahead of the key store by what a crash cut off, but never behind: behind means
/// that it is an older copy.
pub(crate) struct Counter {
    keys: Arc<dyn KeyStore>,
    count: AtomicU64,
}

impl Counter {
    pub(crate) fn load(store: &dyn Store, keys: Arc<dyn KeyStore>) -> Result<Self, Error> {
        let count = match store.get(count_key()?)? {
            Some(row) => u64::from_be_bytes(row.try_into().map_err(|_| Error::Damaged)?),
            None => 0,
        };
        Ok(Self {
            keys,
            count: AtomicU64::new(count),
        })
    }

    pub(crate) fn kind(&self) -> KeyStoreKind {
        self.keys.kind()
    }

    /// Whether a newer copy of this store was written.
    pub(crate) fn is_stale(&self) -> Result<bool, Error> {
        Ok(self.count.load(Ordering::SeqCst) < self.keys.counter()?)
    }

    /// Takes the key store's count over, once nothing is sealed any more where the newer copy sealed.
    pub(crate) fn catch_up(&self, store: &dyn Store) -> Result<(), Error> {
        let count = self.keys.counter()?;
        let mut batch = Batch::new();
        batch.put(count_key()?, count.to_be_bytes());
        store.commit(&batch)?;
        self.count.store(count, Ordering::SeqCst);
        Ok(())
    }

    pub(crate) fn keys(&self) -> &dyn KeyStore {
        &*self.keys
    }

    /// Writes the next count to `batch`.
    fn count(&self, batch: &mut Batch) -> Result<u64, Error> {
        let count = self.count.load(Ordering::SeqCst) + 1;
        batch.put(count_key()?, count.to_be_bytes());
        Ok(count)
    }

    /// The store has this count.
    pub(crate) fn advance(&self, count: u64) -> Result<(), Error> {
        self.count.store(count, Ordering::SeqCst);
        Ok(self.keys.advance(count)?)
    }
}

fn count_key() -> Result<freehold_store::Key, Error> {
    number_key(Space::About, 1)
}
