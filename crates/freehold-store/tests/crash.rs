//! A process that is killed at random moments, and what it had been promised.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use freehold_store::{Batch, Key, Order, SqliteStore, Store, StoreOptions};

const DIR: &str = "FREEHOLD_STORE_CRASH";
const ROUNDS: usize = 20;
/// Rows of one batch, and how many batches are kept: each batch deletes the one that many before.
const ROWS: u64 = 5;
const KEPT: u64 = 30;

#[test]
fn what_was_acknowledged_survives_being_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut reached = 0;
    for _ in 0..ROUNDS {
        let acknowledged = run_and_kill(dir.path(), Duration::from_micros(random() % 80_000));
        let found = verify(dir.path());
        let promised = acknowledged.unwrap_or(reached);
        assert!(found >= promised, "{found} found, {promised} promised");
        assert!(found >= reached);
        reached = found;
    }
    assert!(reached > 0);
}

/// Starts the writer, kills it `after` its first acknowledgement, and returns the last number it acknowledged.
fn run_and_kill(dir: &Path, after: Duration) -> Option<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "write", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let (started, start) = std::sync::mpsc::channel();
    let reader = thread::spawn(move || {
        let mut last = None;
        for line in output.lines().map_while(Result::ok) {
            if let Some(number) = line.strip_prefix("done ") {
                last = number
                    .strip_suffix('.')
                    .and_then(|n| n.parse().ok())
                    .or(last);
                let _ = started.send(());
            }
        }
        last
    });
    start.recv_timeout(Duration::from_secs(20)).unwrap();
    thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// Not a test: the process that is killed.
#[test]
#[ignore = "run by another test as a process of its own"]
fn write() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let store = open(Path::new(&dir));
    let last = store.get(counter()).unwrap();
    let mut number = last.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap()));
    let mut out = std::io::stdout();
    writeln!(out).unwrap();
    loop {
        number += 1;
        store.commit(&batch(number)).unwrap();
        writeln!(out, "done {number}.").unwrap();
        out.flush().unwrap();
    }
}

/// Checks that exactly the batches up to some number are there, each wholly, and returns that number.
fn verify(dir: &Path) -> u64 {
    let store = open(dir);
    store.check().unwrap();
    let last = store.get(counter()).unwrap().unwrap();
    let last = u64::from_be_bytes(last.try_into().unwrap());
    let mut found = BTreeMap::new();
    let mut visit = |key: Key, value: &[u8]| {
        found.insert(key.id(), value.to_vec());
        ControlFlow::Continue(())
    };
    store
        .scan(Key::all(1).unwrap(), Order::Ascending, &mut visit)
        .unwrap();
    let first = last.saturating_sub(KEPT) + 1;
    let expected: BTreeMap<u64, Vec<u8>> = (first..=last).flat_map(rows).collect();
    assert!(found == expected, "rows up to batch {last} are not whole");
    last
}

fn batch(number: u64) -> Batch {
    let mut batch = Batch::new();
    for (id, value) in rows(number) {
        batch.put(Key::new(1, id).unwrap(), value);
    }
    if let Some(old) = number.checked_sub(KEPT) {
        let first = Key::new(1, old * ROWS).unwrap();
        batch.delete_range(first..=Key::new(1, old * ROWS + ROWS - 1).unwrap());
    }
    batch.put(counter(), number.to_be_bytes());
    batch
}

fn rows(number: u64) -> impl Iterator<Item = (u64, Vec<u8>)> {
    (0..ROWS).map(move |row| {
        let len = usize::try_from((number * 7 + row) % 3000).unwrap();
        (
            number * ROWS + row,
            number.to_be_bytes().repeat(len / 8 + 1),
        )
    })
}

fn counter() -> Key {
    Key::new(0, 0).unwrap()
}

fn open(dir: &Path) -> SqliteStore {
    let options = StoreOptions {
        create: true,
        ..StoreOptions::default()
    };
    SqliteStore::open(dir, options).unwrap()
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
