use std::collections::BTreeMap;
use std::ops::{ControlFlow, RangeInclusive};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::Change;
use crate::{Batch, Key, Order, Store, StoreError};

/// A store in memory, for tests and for what need not outlive the process. Closing it forgets the rows.
pub struct MemoryStore {
    /// The rows, or nothing once closed.
    rows: Mutex<Option<Rows>>,
    max_size: u64,
}

type Rows = BTreeMap<Key, Arc<[u8]>>;

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_max_size(u64::MAX)
    }

    /// An empty store whose keys and values may take up to `max_size` bytes: a batch beyond that is [`StoreError::Full`].
    #[must_use]
    pub const fn with_max_size(max_size: u64) -> Self {
        Self {
            rows: Mutex::new(Some(Rows::new())),
            max_size,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Rows>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, read: impl FnOnce(&Rows) -> T) -> Result<T, StoreError> {
        self.lock().as_ref().map(read).ok_or(StoreError::Closed)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryStore {
    fn get(&self, key: Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(|rows| rows.get(&key).map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        range: RangeInclusive<Key>,
        order: Order,
        visit: &mut dyn FnMut(Key, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let (mut first, mut last) = range.into_inner();
        while first <= last {
            let row = self.with(|rows| edge(rows, first..=last, order))?;
            let Some((key, value)) = row else { break };
            if visit(key, &value).is_break() {
                break;
            }
            let Some(next) = key.next(order) else { break };
            match order {
                Order::Ascending => first = next,
                Order::Descending => last = next,
            }
        }
        Ok(())
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let changes = batch.checked()?;
        let mut guard = self.lock();
        let rows = guard.as_mut().ok_or(StoreError::Closed)?;
        if self.max_size == u64::MAX {
            apply(rows, changes);
            return Ok(());
        }
        let mut changed = rows.clone();
        apply(&mut changed, changes);
        if size(&changed) > self.max_size.max(size(rows)) {
            return Err(StoreError::Full);
        }
        *rows = changed;
        Ok(())
    }

    fn check(&self) -> Result<(), StoreError> {
        self.with(|_| ())
    }

    fn size(&self) -> Result<u64, StoreError> {
        self.with(size)
    }

    fn compact(&self) -> Result<(), StoreError> {
        self.check()
    }

    fn scrub(&self) -> Result<(), StoreError> {
        self.check()
    }

    fn close(&self) -> Result<(), StoreError> {
        *self.lock() = None;
        Ok(())
    }
}

/// The first row of `range` in `order`.
fn edge(rows: &Rows, range: RangeInclusive<Key>, order: Order) -> Option<(Key, Arc<[u8]>)> {
    let mut range = rows.range(range);
    let row = match order {
        Order::Ascending => range.next(),
        Order::Descending => range.next_back(),
    };
    row.map(|(key, value)| (*key, Arc::clone(value)))
}

fn apply(rows: &mut Rows, changes: &[Change]) {
    for change in changes {
        match change {
            Change::Put(key, value) => {
                rows.insert(*key, Arc::from(value.as_slice()));
            }
            Change::Delete(key) => {
                rows.remove(key);
            }
            Change::DeleteRange(range) if range.is_empty() => {}
            Change::DeleteRange(range) => {
                rows.extract_if(range.clone(), |_, _| true).for_each(drop);
            }
        }
    }
}

fn size(rows: &Rows) -> u64 {
    let bytes = rows.values().map(|value| size_of::<Key>() + value.len());
    bytes.sum::<usize>() as u64
}
