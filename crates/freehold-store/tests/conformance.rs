//! What every store must do, run on each implementation.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::ops::ControlFlow;

use freehold_store::{
    Batch, Key, MAX_VALUE, MemoryStore, Order, SqliteStore, Store, StoreError, StoreOptions,
};

type Outcome = Result<(), StoreError>;

macro_rules! conformance {
    ($($law:ident),* $(,)?) => {
        mod memory {
            $(#[test] fn $law() { super::$law(&super::MemoryStore::new()).unwrap(); })*
        }
        mod sqlite {
            $(#[test] fn $law() {
                let dir = tempfile::tempdir().unwrap();
                super::$law(&super::sqlite(dir.path()).unwrap()).unwrap();
            })*
        }
    };
}

conformance!(
    a_row_is_read_back,
    the_later_change_of_a_batch_wins,
    ranges_are_deleted_with_both_ends,
    scans_go_both_ways_and_stop,
    the_ends_of_the_key_space_are_reached,
    a_visitor_may_use_the_store,
    values_of_all_sizes,
    a_value_too_large_changes_nothing,
    an_empty_batch_and_an_empty_range,
    threads_share_a_store,
    size_falls_after_compaction,
    a_closed_store_says_so,
);

fn sqlite(dir: &std::path::Path) -> Result<SqliteStore, StoreError> {
    let options = StoreOptions {
        create: true,
        ..StoreOptions::default()
    };
    SqliteStore::open(dir, options)
}

fn a_row_is_read_back(store: &dyn Store) -> Outcome {
    let key = Key::new(3, 7)?;
    assert_eq!(store.get(key)?, None);
    store.commit(Batch::new().put(key, *b"one"))?;
    assert_eq!(store.get(key)?.as_deref(), Some(&b"one"[..]));
    store.commit(Batch::new().put(key, *b"two"))?;
    assert_eq!(store.get(key)?.as_deref(), Some(&b"two"[..]));
    store.commit(Batch::new().delete(key).delete(Key::new(3, 8)?))?;
    assert_eq!(store.get(key)?, None);
    store.check()
}

fn the_later_change_of_a_batch_wins(store: &dyn Store) -> Outcome {
    let key = Key::new(0, 1)?;
    store.commit(
        Batch::new()
            .put(key, *b"a")
            .delete_range(Key::all(0)?)
            .put(key, *b"b")
            .put(Key::new(0, 2)?, *b"c")
            .delete(Key::new(0, 2)?),
    )?;
    assert_eq!(rows(store, 0, Order::Ascending)?, [(1, b"b".to_vec())]);
    Ok(())
}

fn ranges_are_deleted_with_both_ends(store: &dyn Store) -> Outcome {
    fill(store, 1, 0..10)?;
    fill(store, 2, 0..1)?;
    store.commit(Batch::new().delete_range(Key::new(1, 3)?..=Key::new(1, 6)?))?;
    assert_eq!(ids(store, 1, Order::Ascending)?, [0, 1, 2, 7, 8, 9]);
    store.commit(Batch::new().delete_range(Key::all(1)?))?;
    assert!(ids(store, 1, Order::Ascending)?.is_empty());
    assert_eq!(ids(store, 2, Order::Ascending)?, [0]);
    Ok(())
}

fn scans_go_both_ways_and_stop(store: &dyn Store) -> Outcome {
    fill(store, 1, 0..3000)?;
    let mut up: Vec<u64> = (0..3000).collect();
    assert_eq!(ids(store, 1, Order::Ascending)?, up);
    up.reverse();
    assert_eq!(ids(store, 1, Order::Descending)?, up);
    let mut seen = Vec::new();
    store.scan(
        Key::new(1, 10)?..=Key::new(1, 2000)?,
        Order::Descending,
        &mut |key, _| {
            seen.push(key.id());
            match seen.len() {
                3 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        },
    )?;
    assert_eq!(seen, [2000, 1999, 1998]);
    Ok(())
}

fn the_ends_of_the_key_space_are_reached(store: &dyn Store) -> Outcome {
    let first = Key::new(0, 0)?;
    let last = Key::new(Key::MAX_SPACE, Key::MAX_ID)?;
    store.commit(Batch::new().put(first, *b"").put(last, *b"z"))?;
    for order in [Order::Ascending, Order::Descending] {
        let mut seen = Vec::new();
        store.scan(first..=last, order, &mut |key, _| {
            seen.push((key.space(), key.id()));
            ControlFlow::Continue(())
        })?;
        seen.sort_unstable();
        assert_eq!(seen, [(0, 0), (127, Key::MAX_ID)]);
    }
    assert_eq!(Key::new(128, 0), Err(StoreError::KeyRange));
    assert_eq!(Key::new(0, Key::MAX_ID + 1), Err(StoreError::KeyRange));
    assert_eq!(Key::all(255), Err(StoreError::KeyRange));
    Ok(())
}

fn a_visitor_may_use_the_store(store: &dyn Store) -> Outcome {
    fill(store, 1, 0..500)?;
    let mut failed = None;
    store.scan(Key::all(1)?, Order::Ascending, &mut |key, value| {
        let moved = Key::new(2, key.id())
            .and_then(|to| store.commit(Batch::new().put(to, value).delete(key)))
            .and_then(|()| store.get(key));
        match moved {
            Ok(None) => ControlFlow::Continue(()),
            other => {
                failed = Some(other);
                ControlFlow::Break(())
            }
        }
    })?;
    assert_eq!(failed, None);
    assert_eq!(ids(store, 1, Order::Ascending)?.len(), 0);
    assert_eq!(ids(store, 2, Order::Ascending)?.len(), 500);
    Ok(())
}

fn values_of_all_sizes(store: &dyn Store) -> Outcome {
    let sizes = [
        0, 1, 38, 39, 476, 477, 478, 508, 511, 512, 513, 4096, 70_000, 3_000_000,
    ];
    for size in sizes {
        store.commit(Batch::new().put(Key::new(1, size as u64)?, vec![0xa5; size]))?;
    }
    for (id, value) in rows(store, 1, Order::Descending)? {
        assert_eq!(value.len() as u64, id);
        assert!(value.iter().all(|&byte| byte == 0xa5));
    }
    store.check()
}

fn a_value_too_large_changes_nothing(store: &dyn Store) -> Outcome {
    let mut batch = Batch::new();
    batch
        .put(Key::new(1, 1)?, *b"small")
        .put(Key::new(1, 2)?, vec![0; MAX_VALUE + 1]);
    let len = MAX_VALUE + 1;
    assert_eq!(store.commit(&batch), Err(StoreError::TooLarge { len }));
    assert_eq!(store.get(Key::new(1, 1)?)?, None);
    Ok(())
}

fn an_empty_batch_and_an_empty_range(store: &dyn Store) -> Outcome {
    assert!(Batch::new().is_empty());
    store.commit(&Batch::new())?;
    fill(store, 1, 0..3)?;
    let backwards = Key::new(1, 2)?..=Key::new(1, 0)?;
    store.commit(Batch::new().delete_range(backwards.clone()))?;
    store.scan(backwards, Order::Ascending, &mut |_, _| {
        unreachable!("an empty range has no rows")
    })?;
    assert_eq!(ids(store, 1, Order::Ascending)?, [0, 1, 2]);
    Ok(())
}

fn threads_share_a_store(store: &dyn Store) -> Outcome {
    std::thread::scope(|scope| {
        for space in 0..4 {
            scope.spawn(move || {
                for id in 0..25 {
                    fill(store, space, id..id + 1).unwrap();
                }
            });
        }
    });
    for space in 0..4 {
        assert_eq!(ids(store, space, Order::Ascending)?.len(), 25);
    }
    Ok(())
}

fn size_falls_after_compaction(store: &dyn Store) -> Outcome {
    fill(store, 1, 0..2000)?;
    store.compact()?;
    let full = store.size()?;
    store.commit(Batch::new().delete_range(Key::new(1, 100)?..=Key::new(1, 1999)?))?;
    store.compact()?;
    assert!(store.size()? < full / 8);
    assert_eq!(ids(store, 1, Order::Ascending)?.len(), 100);
    store.check()
}

fn a_closed_store_says_so(store: &dyn Store) -> Outcome {
    let key = Key::new(1, 1)?;
    fill(store, 1, 0..3)?;
    store.close()?;
    store.close()?;
    let closed = StoreError::Closed;
    assert_eq!(store.get(key), Err(closed));
    assert_eq!(store.commit(&Batch::new()), Err(closed));
    assert_eq!(store.check(), Err(closed));
    assert_eq!(store.size(), Err(closed));
    assert_eq!(store.compact(), Err(closed));
    let mut visit = |_, _: &[u8]| ControlFlow::Continue(());
    let scanned = store.scan(Key::all(1)?, Order::Ascending, &mut visit);
    assert_eq!(scanned, Err(closed));
    Ok(())
}

fn fill(store: &dyn Store, space: u8, ids: std::ops::Range<u64>) -> Outcome {
    let mut batch = Batch::new();
    for id in ids {
        let len = usize::try_from(id % 700).unwrap_or_default();
        batch.put(Key::new(space, id)?, vec![space; len]);
    }
    store.commit(&batch)
}

fn ids(store: &dyn Store, space: u8, order: Order) -> Result<Vec<u64>, StoreError> {
    Ok(rows(store, space, order)?
        .into_iter()
        .map(|(id, _)| id)
        .collect())
}

fn rows(store: &dyn Store, space: u8, order: Order) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let mut rows = Vec::new();
    store.scan(Key::all(space)?, order, &mut |key, value| {
        rows.push((key.id(), value.to_vec()));
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}
