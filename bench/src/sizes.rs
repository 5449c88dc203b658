//! Where the bytes of a store go.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use freehold_store::{Key, Order, SqliteStore, Store, StoreOptions};

use crate::Outcome;

/// Bytes and rows by kind of row, and the file.
pub struct Sizes {
    pub rows: BTreeMap<&'static str, (u64, u64)>,
    pub file: u64,
}

impl Sizes {
    /// Reads a closed store.
    pub fn of(folder: &Path) -> Outcome<Self> {
        let mut file = 0;
        for entry in fs::read_dir(folder)? {
            file += entry?.metadata()?.len();
        }
        let store = SqliteStore::open(folder, StoreOptions::default())?;
        let mut rows: BTreeMap<_, (u64, u64)> = BTreeMap::new();
        let all = Key::new(0, 0)?..=Key::new(Key::MAX_SPACE, Key::MAX_ID)?;
        store.scan(all, Order::Ascending, &mut |key, row| {
            let (count, bytes) = rows.entry(name(key.space())).or_default();
            *count += 1;
            *bytes += row.len() as u64;
            ControlFlow::Continue(())
        })?;
        Ok(Self { rows, file })
    }

    /// What the file has beyond its rows: keys, lengths, pages and what they leave empty.
    pub fn overhead(&self) -> u64 {
        self.file - self.rows.values().map(|(_, bytes)| bytes).sum::<u64>()
    }
}

fn name(space: u8) -> &'static str {
    match space {
        5 => "vault",
        6 => "headers",
        7 => "bodies",
        8 => "checkpoints",
        9 => "journal",
        10 => "running",
        _ => "descriptions",
    }
}
