//! Torn and broken files: a torn log is cut to the last whole commit, anything else is a typed error.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::Path;

use freehold_store::{Batch, FILE_NAME, Key, Order, SqliteStore, Store, StoreError, StoreOptions};

/// Rows of one batch; each has one more than the batch's number in every byte.
const ROWS: u64 = 3;
const BATCHES: u64 = 40;
/// Where the header has the version of the way of writing.
const WRITE_VERSION: usize = 18;
const LENGTHS: [usize; 3] = [20, 700, 2500];

#[test]
fn a_cut_file_is_damaged() {
    let whole = closed_file();
    let dir = scratch();
    for len in (1..whole.len()).step_by(389).chain([whole.len() - 1]) {
        fs::write(dir.path().join(FILE_NAME), &whole[..len]).unwrap();
        match open(dir.path()).map(drop) {
            Err(StoreError::Damaged | StoreError::NotAStore) => {}
            other => panic!("{other:?} at {len}"),
        }
    }
}

#[test]
fn a_flipped_byte_is_a_typed_error_or_a_changed_value() {
    let whole = closed_file();
    let dir = scratch();
    let mut found = 0;
    for at in (0..100).chain((100..whole.len()).step_by(193)) {
        let mut file = whole.clone();
        file[at] ^= 0xff;
        fs::write(dir.path().join(FILE_NAME), &file).unwrap();
        for error in use_all(dir.path()) {
            found += 1;
            let typed = match error {
                StoreError::Damaged | StoreError::NotAStore | StoreError::Newer { .. } => true,
                // A header that names an unknown way of writing makes the file one to read only.
                StoreError::Io(ErrorKind::PermissionDenied) => at == WRITE_VERSION,
                _ => false,
            };
            assert!(typed, "{error:?} at {at}");
        }
        let _ = fs::remove_file(log(dir.path()));
    }
    assert!(found > 50);
}

#[test]
fn a_zeroed_page_is_found_unless_it_was_free() {
    let whole = closed_file();
    let dir = scratch();
    let mut unseen = 0_i64;
    for page in 1..whole.len() / 512 {
        let mut file = whole.clone();
        file[page * 512..][..512].fill(0);
        fs::write(dir.path().join(FILE_NAME), &file).unwrap();
        unseen += i64::from(batches(dir.path()) == Ok(BATCHES));
        let _ = fs::remove_file(log(dir.path()));
    }
    fs::write(dir.path().join(FILE_NAME), &whole).unwrap();
    let file = rusqlite::Connection::open(dir.path().join(FILE_NAME)).unwrap();
    let free = file.query_row("PRAGMA freelist_count", [], |row| row.get(0));
    assert!(unseen <= free.unwrap());
}

#[test]
fn a_cut_log_holds_every_commit_before_the_cut() {
    let (file, log_bytes, ends) = open_files();
    let dir = scratch();
    for len in (0..log_bytes.len()).step_by(211).chain(ends.clone()) {
        fs::write(dir.path().join(FILE_NAME), &file).unwrap();
        fs::write(log(dir.path()), &log_bytes[..len]).unwrap();
        let acknowledged = ends.iter().filter(|&&end| end <= len).count() as u64;
        assert_eq!(batches(dir.path()), Ok(acknowledged), "cut at {len}");
    }
}

#[test]
fn a_flipped_byte_in_the_log_cuts_it_there() {
    let (file, log_bytes, ends) = open_files();
    let dir = scratch();
    for at in (0..32).chain((32..log_bytes.len()).step_by(307)) {
        let mut torn = log_bytes.clone();
        torn[at] ^= 0x10;
        fs::write(dir.path().join(FILE_NAME), &file).unwrap();
        fs::write(log(dir.path()), &torn).unwrap();
        let before = ends.iter().filter(|&&end| end <= at).count() as u64;
        assert_eq!(batches(dir.path()), Ok(before), "flipped at {at}");
    }
}

#[test]
fn garbage_behind_the_log_is_ignored() {
    let (file, mut log_bytes, _) = open_files();
    let dir = scratch();
    log_bytes.extend([0x5a; 5000]);
    fs::write(dir.path().join(FILE_NAME), &file).unwrap();
    fs::write(log(dir.path()), &log_bytes).unwrap();
    assert_eq!(batches(dir.path()), Ok(BATCHES));
}

/// The bytes of a store that was closed.
fn closed_file() -> Vec<u8> {
    let dir = scratch();
    let store = open(dir.path()).unwrap();
    for number in 0..BATCHES {
        store.commit(&batch(number)).unwrap();
    }
    store.close().unwrap();
    fs::read(dir.path().join(FILE_NAME)).unwrap()
}

/// The bytes of a store that was left open, of its log, and the log's length after each commit.
fn open_files() -> (Vec<u8>, Vec<u8>, Vec<usize>) {
    let dir = scratch();
    let store = open(dir.path()).unwrap();
    let mut ends = Vec::new();
    for number in 0..BATCHES {
        store.commit(&batch(number)).unwrap();
        ends.push(fs::read(log(dir.path())).unwrap().len());
    }
    let file = fs::read(dir.path().join(FILE_NAME)).unwrap();
    (file, fs::read(log(dir.path())).unwrap(), ends)
}

fn batch(number: u64) -> Batch {
    let mut batch = Batch::new();
    for (row, len) in (0..ROWS).zip(LENGTHS) {
        let byte = u8::try_from(number + 1).unwrap();
        batch.put(Key::new(1, number * ROWS + row).unwrap(), vec![byte; len]);
    }
    batch
}

/// How many batches the store holds, if they are the first ones, each is whole, and the structure is sound.
fn batches(dir: &Path) -> Result<u64, StoreError> {
    let store = open(dir)?;
    let mut rows = 0;
    let mut sound = true;
    store.scan(Key::all(1)?, Order::Ascending, &mut |key, value| {
        let row = usize::try_from(rows % ROWS).unwrap();
        let whole = value.len() == LENGTHS[row];
        sound &=
            key.id() == rows && whole && value.iter().all(|&b| u64::from(b) == rows / ROWS + 1);
        rows += 1;
        ControlFlow::Continue(())
    })?;
    store.check()?;
    match sound && rows % ROWS == 0 {
        true => Ok(rows / ROWS),
        false => Err(StoreError::Damaged),
    }
}

/// Uses everything that a store has, and gathers the errors.
fn use_all(dir: &Path) -> Vec<StoreError> {
    let store = match open(dir) {
        Ok(store) => store,
        Err(error) => return vec![error],
    };
    let mut visit = |_, _: &[u8]| ControlFlow::Continue(());
    let mut change = batch(BATCHES);
    change.delete_range(Key::new(1, 0).unwrap()..=Key::new(1, 50).unwrap());
    [
        store.scan(Key::all(1).unwrap(), Order::Ascending, &mut visit),
        store.scan(Key::all(1).unwrap(), Order::Descending, &mut visit),
        store.get(Key::new(1, 60).unwrap()).map(drop),
        store.check(),
        store.commit(&change),
        store.compact(),
        store.close(),
    ]
    .into_iter()
    .filter_map(Result::err)
    .collect()
}

fn open(dir: &Path) -> Result<SqliteStore, StoreError> {
    let options = StoreOptions {
        create: true,
        ..StoreOptions::default()
    };
    SqliteStore::open(dir, options)
}

fn log(dir: &Path) -> std::path::PathBuf {
    dir.join(format!("{FILE_NAME}-wal"))
}

/// A directory in memory where the system has one: what is tested here does not hang on the disk.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}
