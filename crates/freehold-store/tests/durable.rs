//! What a commit leaves on the disk, and what a deletion does not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::Command;

use freehold_store::{Batch, FILE_NAME, Key, SqliteStore, Store, StoreOptions};

const DIR: &str = "FREEHOLD_STORE_TRACED";
const COMMITS: u64 = 100;
const CREATE: StoreOptions = StoreOptions {
    create: true,
    max_size: None,
};

/// Counts the calls by which [`traced`] makes its commits durable, where a tracer is installed.
#[test]
fn every_commit_waits_for_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let trace = dir.path().join("trace");
    let traced = Command::new("strace")
        .args(["-f", "-e", "trace=fsync,fdatasync", "-o"])
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "traced"])
        .env(DIR, dir.path().join("home"))
        .output();
    let calls = fs::read_to_string(trace).unwrap_or_default();
    if !traced.is_ok_and(|output| output.status.success()) || calls.is_empty() {
        eprintln!("skipped: no system calls can be traced here");
        return;
    }
    let synced = calls.lines().filter(|call| call.contains("sync(")).count();
    assert!(synced as u64 >= COMMITS, "{synced} of {COMMITS}");
}

/// Not a test by itself: what the test above looks at.
#[test]
#[ignore = "run by another test under a tracer"]
fn traced() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let store = SqliteStore::open(dir, CREATE).unwrap();
    for id in 0..COMMITS {
        store
            .commit(Batch::new().put(Key::new(1, id).unwrap(), *b"reading"))
            .unwrap();
    }
}

#[test]
fn deleted_bytes_are_gone_from_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path(), CREATE).unwrap();
    let key = |id| Key::new(1, id).unwrap();
    let secret = b"sealed once, erased now";
    for id in 0..20 {
        store
            .commit(Batch::new().put(key(id), secret.repeat(40)))
            .unwrap();
    }
    store
        .commit(Batch::new().delete_range(key(3)..=key(19)).delete(key(0)))
        .unwrap();
    store
        .commit(Batch::new().put(key(1), *b"").put(key(2), *b""))
        .unwrap();
    store.close().unwrap();
    let file = fs::read(dir.path().join(FILE_NAME)).unwrap();
    assert!(!file.windows(secret.len()).any(|bytes| bytes == secret));
}
