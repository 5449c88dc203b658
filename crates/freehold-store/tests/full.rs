//! A full store and a full disk: an error that loses nothing, and a store that works on once there is room.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::path::Path;

use freehold_store::{Batch, Key, MemoryStore, SqliteStore, Store, StoreError, StoreOptions};

const DIR: &str = "FREEHOLD_STORE_SMALL_DISK";

#[test]
fn the_largest_size_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        create: true,
        max_size: Some(200_000),
    };
    let store = SqliteStore::open(dir.path(), options).unwrap();
    let rows = fill(&store, 0);
    assert!(rows > 100);
    holds(&store, rows);
    store.close().unwrap();

    let store = SqliteStore::open(dir.path(), options).unwrap();
    assert!(store.size().unwrap() <= 200_000);
    holds(&store, rows);
    assert_eq!(store.commit(&row(rows)), Err(StoreError::Full));
    make_room(&store);
    let more = fill(&store, rows);
    assert!(more > rows);
    store.check().unwrap();
}

#[test]
fn memory_has_a_largest_size_too() {
    let store = MemoryStore::with_max_size(200_000);
    let rows = fill(&store, 0);
    holds(&store, rows);
    make_room(&store);
    assert!(fill(&store, rows) > rows);
}

/// Runs [`on_a_small_disk`] in a mount namespace of its own, with a file system of 1 MiB.
#[test]
fn a_full_disk_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=1m none \"$1\" || exit 99; exec \"$2\" --ignored --exact on_a_small_disk";
    let child = std::process::Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", mount, "sh"])
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap())
        .env(DIR, dir.path())
        .output();
    match child {
        Ok(output) if output.status.success() => {}
        Ok(output) if !String::from_utf8_lossy(&output.stdout).contains("running 1 test") => {
            eprintln!("skipped: no mount namespace to make a small disk in");
        }
        Err(_) => eprintln!("skipped: no unshare on this system"),
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stdout)),
    }
}

/// Not a test by itself: needs the small disk of the test above.
#[test]
#[ignore = "run by another test on a disk of its own"]
fn on_a_small_disk() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let ballast = Path::new(&dir).join("ballast");
    std::fs::write(&ballast, vec![1; 300_000]).unwrap();
    let home = Path::new(&dir).join("home");
    let options = StoreOptions {
        create: true,
        ..StoreOptions::default()
    };
    let store = SqliteStore::open(&home, options).unwrap();
    let rows = fill(&store, 0);
    assert!(rows > 100);
    holds(&store, rows);
    assert_eq!(store.commit(&row(rows)), Err(StoreError::Full));
    // There may be no room to empty the log into the file: then it stays beside it.
    let _ = store.close();

    let store = SqliteStore::open(&home, options).unwrap();
    holds(&store, rows);
    let before = fill(&store, rows);
    std::fs::remove_file(&ballast).unwrap();
    let after = fill(&store, before);
    assert!(after > before);
    holds(&store, after);
    store.check().unwrap();
    let _ = store.close();
    holds(&SqliteStore::open(&home, options).unwrap(), after);
}

/// Commits rows from `from` on until the store is full; returns the first that did not go in.
fn fill(store: &dyn Store, from: u64) -> u64 {
    for id in from.. {
        match store.commit(&row(id)) {
            Ok(()) => {}
            Err(StoreError::Full) => return id,
            Err(error) => panic!("{error:?}"),
        }
    }
    unreachable!("ids do not end")
}

fn row(id: u64) -> Batch {
    let mut batch = Batch::new();
    batch.put(Key::new(1, id).unwrap(), value(id));
    batch
}

fn value(id: u64) -> Vec<u8> {
    vec![u8::try_from(id % 251).unwrap(); 900]
}

fn holds(store: &dyn Store, rows: u64) {
    for id in 0..rows {
        let found = store.get(Key::new(1, id).unwrap()).unwrap();
        assert_eq!(found, Some(value(id)));
    }
    assert_eq!(store.get(Key::new(1, rows).unwrap()).unwrap(), None);
}

fn make_room(store: &dyn Store) {
    let mut batch = Batch::new();
    batch.delete_range(Key::new(1, 0).unwrap()..=Key::new(1, 50).unwrap());
    store.commit(&batch).unwrap();
}
