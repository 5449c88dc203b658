//! What opening says about a path: no store, another's file, a newer format, a store in use.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use freehold_store::{Batch, FILE_NAME, Key, SqliteStore, Store, StoreError, StoreOptions};

const CREATE: StoreOptions = StoreOptions {
    create: true,
    max_size: None,
};
const EXISTING: StoreOptions = StoreOptions {
    create: false,
    max_size: None,
};
const DIR: &str = "FREEHOLD_STORE_HOLD";

#[test]
fn no_store_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(error(dir.path(), EXISTING), StoreError::Missing);
    assert_eq!(
        error(&dir.path().join("none"), EXISTING),
        StoreError::Missing
    );
}

#[test]
fn one_private_file_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("deep/home");
    let store = SqliteStore::open(&home, CREATE).unwrap();
    store.commit(&one_row()).unwrap();
    store.close().unwrap();
    let names: Vec<_> = fs::read_dir(&home)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, [FILE_NAME]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&home.join(FILE_NAME)), 0o600);
        assert_eq!(mode(&home), 0o700);
    }
}

#[test]
fn the_log_of_commits_is_private_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path(), CREATE).unwrap();
    store.commit(&one_row()).unwrap();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let file = entry.unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        let _ = file;
    }
}

#[test]
fn an_interrupted_creation_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(FILE_NAME), b"").unwrap();
    assert_eq!(error(dir.path(), EXISTING), StoreError::Damaged);
    let store = SqliteStore::open(dir.path(), CREATE).unwrap();
    store.commit(&one_row()).unwrap();
}

#[test]
fn a_log_without_its_file_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(format!("{FILE_NAME}-wal")), b"rows").unwrap();
    assert_eq!(error(dir.path(), CREATE), StoreError::Damaged);
    fs::write(dir.path().join(FILE_NAME), b"").unwrap();
    assert_eq!(error(dir.path(), CREATE), StoreError::Damaged);
}

#[test]
fn other_files_are_not_stores_and_stay_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    let text = vec![b'x'; 4096];
    fs::write(&path, &text).unwrap();
    assert_eq!(error(dir.path(), CREATE), StoreError::NotAStore);
    assert_eq!(fs::read(&path).unwrap(), text);

    fs::remove_file(&path).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE row (x)").unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    assert_eq!(error(dir.path(), CREATE), StoreError::NotAStore);
    assert_eq!(fs::read(&path).unwrap(), before);

    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(error(dir.path(), CREATE), StoreError::NotAStore);
}

#[test]
fn a_newer_format_is_named() {
    let dir = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(dir.path(), CREATE).unwrap());
    let file = rusqlite::Connection::open(dir.path().join(FILE_NAME)).unwrap();
    file.pragma_update(None, "user_version", 9).unwrap();
    drop(file);
    let newer = StoreError::Newer { found: 9, known: 1 };
    assert_eq!(error(dir.path(), EXISTING), newer);
}

#[test]
fn a_second_handle_is_busy_until_the_first_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    let first = SqliteStore::open(dir.path(), CREATE).unwrap();
    assert_eq!(error(dir.path(), EXISTING), StoreError::Busy);
    assert_eq!(error(dir.path(), CREATE), StoreError::Busy);
    first.commit(&one_row()).unwrap();
    first.close().unwrap();
    let second = SqliteStore::open(dir.path(), EXISTING).unwrap();
    assert!(second.get(Key::new(1, 1).unwrap()).unwrap().is_some());
}

#[test]
fn a_second_process_is_busy_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "hold", "--nocapture"])
        .env(DIR, dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("held")));
    assert_eq!(error(dir.path(), EXISTING), StoreError::Busy);
    assert_eq!(error(dir.path(), CREATE), StoreError::Busy);
    child.kill().unwrap();
    child.wait().unwrap();
    let store = SqliteStore::open(dir.path(), EXISTING).unwrap();
    assert!(store.get(Key::new(1, 1).unwrap()).unwrap().is_some());
}

/// Not a test: the process that holds the store of the test above.
#[test]
#[ignore = "run by another test as a process of its own"]
fn hold() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let store = SqliteStore::open(dir, CREATE).unwrap();
    store.commit(&one_row()).unwrap();
    println!("held");
    // Waits to be killed, or for the parent to go.
    let _ = std::io::stdin().read_line(&mut String::new());
}

fn one_row() -> Batch {
    let mut batch = Batch::new();
    batch.put(Key::new(1, 1).unwrap(), *b"row");
    batch
}

fn error(dir: &Path, options: StoreOptions) -> StoreError {
    match SqliteStore::open(dir, options) {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}
