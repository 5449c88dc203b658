//! A store on disk that remembers what it held, and what a thief finds in its files.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeSet, HashSet},
    ops::{ControlFlow, RangeInclusive},
    path::Path,
    process::Command,
    sync::{Mutex, MutexGuard},
};

use freehold_store::{Batch, Key, Order, SqliteStore, Store, StoreError, StoreOptions};

/// A row as it stood in the store.
pub type Row = (Key, Vec<u8>);

/// A [`SqliteStore`] that remembers every version of the rows that hold keys for good: the home's own, and those of its vault.
pub struct Witness {
    store: SqliteStore,
    scrubs: bool,
    seen: Mutex<BTreeSet<Row>>,
}

/// The spaces of these rows.
const ABOUT: u8 = 1;
const VAULT: u8 = 5;
/// Bytes of a row in one place that count as found: enough of a row is a node.
const FRAGMENT: usize = 32;

impl Witness {
    /// A store in this folder. One that does not scrub leaves in its files what a log leaves there.
    #[must_use]
    pub fn open(dir: &Path, scrubs: bool) -> Self {
        let options = StoreOptions {
            create: true,
            ..StoreOptions::default()
        };
        Self {
            store: SqliteStore::open(dir, options).unwrap(),
            scrubs,
            seen: Mutex::default(),
        }
    }

    /// The rows of the vault as they are.
    #[must_use]
    pub fn vault(&self) -> BTreeSet<Row> {
        self.rows(VAULT)
    }

    /// Every row of the vault as it once was, and is no more.
    #[must_use]
    pub fn replaced(&self) -> BTreeSet<Row> {
        let here: BTreeSet<Row> = [ABOUT, VAULT]
            .iter()
            .flat_map(|space| self.rows(*space))
            .collect();
        self.seen().difference(&here).cloned().collect()
    }

    /// Those rows of which a copy of the store's folder still has a part.
    #[must_use]
    pub fn left_in(&self, folder: &Path) -> BTreeSet<Row> {
        let mut windows = HashSet::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            windows.extend(bytes.windows(FRAGMENT).map(<[u8]>::to_vec));
        }
        let left = |(_, row): &Row| {
            row.chunks_exact(FRAGMENT)
                .any(|part| windows.contains(part))
        };
        self.replaced().into_iter().filter(left).collect()
    }

    fn rows(&self, space: u8) -> BTreeSet<Row> {
        let mut rows = BTreeSet::new();
        let all = Key::all(space).unwrap();
        let scanned = self.store.scan(all, Order::Ascending, &mut |key, row| {
            rows.insert((key, row.to_vec()));
            ControlFlow::Continue(())
        });
        scanned.unwrap();
        rows
    }

    fn seen(&self) -> MutexGuard<'_, BTreeSet<Row>> {
        self.seen.lock().unwrap()
    }
}

/// Whether a row is of the vault.
#[must_use]
pub fn is_of_vault((key, _): &Row) -> bool {
    key.space() == VAULT
}

/// Copies a folder as somebody does who has it in hands: another process, as the store's file is open in this one.
pub fn steal(from: &Path, to: &Path) {
    let mut copy = Command::new("cp");
    let status = copy.arg("-r").arg(from.join(".")).arg(to).status().unwrap();
    assert!(status.success());
}

impl Store for Witness {
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
        self.store.commit(batch)?;
        for space in [ABOUT, VAULT] {
            self.seen().extend(self.rows(space));
        }
        Ok(())
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
        if self.scrubs {
            self.store.scrub()?;
        }
        Ok(())
    }

    fn close(&self) -> Result<(), StoreError> {
        self.store.close()
    }
}
