//! Both stores beside an ordered map, through random batches, scans and reopenings.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use freehold_store::{Batch, Key, MemoryStore, Order, SqliteStore, Store, StoreOptions};
use proptest::collection::vec;
use proptest::prelude::*;

type Model = BTreeMap<Key, Vec<u8>>;

#[derive(Debug, Clone)]
enum Change {
    Put(Key, Vec<u8>),
    Delete(Key),
    DeleteRange(Key, Key),
}

#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<Change>),
    Scan(Key, Key, bool, usize),
    Reopen,
    Compact,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_store_is_an_ordered_map(steps in vec(step(), 1..24)) {
        let dir = scratch();
        let memory = MemoryStore::new();
        let mut sqlite = open(dir.path());
        let mut model = Model::new();
        for step in steps {
            match step {
                Step::Commit(changes) => {
                    let batch = batch(&changes);
                    memory.commit(&batch).unwrap();
                    sqlite.commit(&batch).unwrap();
                    changes.iter().for_each(|change| apply(&mut model, change));
                }
                Step::Scan(a, b, up, most) => {
                    let (first, last) = (a.min(b), a.max(b));
                    let expected: Vec<(Key, Vec<u8>)> = {
                        let rows = model.range(first..=last).map(|(key, value)| (*key, value.clone()));
                        if up { rows.take(most).collect() } else { rows.rev().take(most).collect() }
                    };
                    let order = if up { Order::Ascending } else { Order::Descending };
                    prop_assert_eq!(&scan(&memory, first, last, order, most), &expected);
                    prop_assert_eq!(&scan(&sqlite, first, last, order, most), &expected);
                }
                Step::Reopen => {
                    drop(sqlite);
                    sqlite = open(dir.path());
                }
                Step::Compact => sqlite.compact().unwrap(),
            }
        }
        drop(sqlite);
        let sqlite = open(dir.path());
        let (first, last) = (key(0, 0), key(Key::MAX_SPACE, Key::MAX_ID));
        let rows: Vec<(Key, Vec<u8>)> = model.into_iter().collect();
        prop_assert_eq!(&scan(&sqlite, first, last, Order::Ascending, usize::MAX), &rows);
        prop_assert_eq!(&scan(&memory, first, last, Order::Ascending, usize::MAX), &rows);
        sqlite.check().unwrap();
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => vec(change(), 0..12).prop_map(Step::Commit),
        3 => (any_key(), any_key(), any::<bool>(), 1..40_usize)
            .prop_map(|(a, b, up, most)| Step::Scan(a, b, up, most)),
        1 => Just(Step::Reopen),
        1 => Just(Step::Compact),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (any_key(), value()).prop_map(|(key, value)| Change::Put(key, value)),
        2 => any_key().prop_map(Change::Delete),
        1 => (any_key(), any_key()).prop_map(|(a, b)| Change::DeleteRange(a, b)),
    ]
}

fn any_key() -> impl Strategy<Value = Key> {
    let space = prop_oneof![0..4_u8, Just(Key::MAX_SPACE)];
    let id = prop_oneof![4 => 0..20_u64, 1 => Just(Key::MAX_ID)];
    (space, id).prop_map(|(space, id)| key(space, id))
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let len = prop_oneof![0..40_usize, 400..1200_usize, 4000..9000_usize];
    (any::<u8>(), len).prop_map(|(byte, len)| vec![byte; len])
}

fn key(space: u8, id: u64) -> Key {
    Key::new(space, id).unwrap()
}

fn open(dir: &Path) -> SqliteStore {
    let options = StoreOptions {
        create: true,
        ..StoreOptions::default()
    };
    SqliteStore::open(dir, options).unwrap()
}

fn batch(changes: &[Change]) -> Batch {
    let mut batch = Batch::new();
    for change in changes {
        match change.clone() {
            Change::Put(key, value) => batch.put(key, value),
            Change::Delete(key) => batch.delete(key),
            Change::DeleteRange(first, last) => batch.delete_range(first..=last),
        };
    }
    batch
}

fn apply(model: &mut Model, change: &Change) {
    match change {
        Change::Put(key, value) => drop(model.insert(*key, value.clone())),
        Change::Delete(key) => drop(model.remove(key)),
        Change::DeleteRange(first, last) => model.retain(|key, _| key < first || key > last),
    }
}

fn scan(
    store: &dyn Store,
    first: Key,
    last: Key,
    order: Order,
    most: usize,
) -> Vec<(Key, Vec<u8>)> {
    let mut rows = Vec::new();
    let mut visit = |key, value: &[u8]| {
        rows.push((key, value.to_vec()));
        match rows.len() == most {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    store.scan(first..=last, order, &mut visit).unwrap();
    rows
}

/// A directory in memory where the system has one: what is tested here does not hang on the disk.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}
