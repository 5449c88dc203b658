use std::fs;
use std::io;
use std::ops::{ControlFlow, RangeInclusive};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};

use crate::error::from_sqlite;
use crate::page::Page;
use crate::store::Change;
use crate::{Batch, Key, Order, Store, StoreError};

/// The name of the store's file within its directory.
///
/// While a store is open, nothing else in the process may open this file: closing any handle to it would let go of the lock
/// that keeps other processes out.
pub const FILE_NAME: &str = "store.db";

/// How to open a [`SqliteStore`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreOptions {
    /// Make the directory and an empty store if there is none.
    pub create: bool,
    /// The largest size of the file in bytes; a batch that needs more is [`StoreError::Full`]. The log of recent commits beside
    /// the file, usually about 1 MiB and gone after [`close`](Store::close), is not counted.
    pub max_size: Option<u64>,
}

/// The embedded store: one SQLite file, [`FILE_NAME`], in a directory. It belongs to one process at a time.
pub struct SqliteStore {
    /// The connection, or nothing once closed.
    connection: Mutex<Option<Connection>>,
    path: PathBuf,
}

impl SqliteStore {
    /// Opens the store in the directory `dir`, and recovers every acknowledged commit if it was not closed.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Busy`], [`StoreError::NotAStore`], [`StoreError::Newer`], [`StoreError::Damaged`],
    /// [`StoreError::Full`] or [`StoreError::Io`].
    pub fn open(dir: impl AsRef<Path>, options: StoreOptions) -> Result<Self, StoreError> {
        let path = dir.as_ref().join(FILE_NAME);
        if options.create {
            create_file(dir.as_ref(), &path)?;
        }
        let connection = connect(&path, options)?;
        Ok(Self {
            connection: Mutex::new(Some(connection)),
            path,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Connection>> {
        // A panic elsewhere leaves no half-done change behind: a transaction that is dropped rolls back.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(
        &self,
        act: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut guard = self.lock();
        let connection = guard.as_mut().ok_or(StoreError::Closed)?;
        act(connection).map_err(from_sqlite)
    }
}

impl Store for SqliteStore {
    fn get(&self, key: Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(|connection| {
            let mut select = connection.prepare_cached("SELECT value FROM row WHERE key = ?1")?;
            select
                .query_row([key.to_i64()], |row| row.get(0))
                .optional()
        })
    }

    fn scan(
        &self,
        range: RangeInclusive<Key>,
        order: Order,
        visit: &mut dyn FnMut(Key, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let (mut first, mut last) = range.into_inner();
        let mut page = Page::default();
        while first <= last {
            self.with(|connection| page.fill(connection, first..=last, order))?;
            if page.show(visit).is_break() {
                break;
            }
            let Some(next) = page.next(order) else {
                break;
            };
            match order {
                Order::Ascending => first = next,
                Order::Descending => last = next,
            }
        }
        Ok(())
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let changes = batch.checked()?;
        self.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for change in changes {
                apply(&transaction, change)?;
            }
            transaction.commit()
        })
    }

    fn check(&self) -> Result<(), StoreError> {
        let verdict: String = self.with(|connection| {
            connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        })?;
        if verdict == "ok" {
            Ok(())
        } else {
            Err(StoreError::Damaged)
        }
    }

    fn size(&self) -> Result<u64, StoreError> {
        self.with(|_| Ok(()))?;
        let log = fs::metadata(log_path(&self.path)).map_or(0, |log| log.len());
        Ok(fs::metadata(&self.path)?.len() + log)
    }

    fn compact(&self) -> Result<(), StoreError> {
        self.with(|connection| connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"))
    }

    fn scrub(&self) -> Result<(), StoreError> {
        // `secure_delete` overwrites in the file; the log still has the pages of before.
        self.with(|connection| {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        })
    }

    fn close(&self) -> Result<(), StoreError> {
        let Some(connection) = self.lock().take() else {
            return Ok(());
        };
        let tidied = tidy(&connection).map_err(from_sqlite);
        let closed = connection.close().map_err(|(_, error)| from_sqlite(error));
        tidied.and(closed)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // Whatever fails here, the commits are durable and the next opening recovers them.
        let _ = self.close();
    }
}

/// Marks the file as ours: "FrHd".
const APPLICATION_ID: i32 = 0x4672_4864;

/// The format version of the file: the table below, and what its rows mean to the layers above.
const FORMAT: u32 = 1;

/// The smallest page SQLite has. Rows of some kilobytes fill chains of pages with little slack, and a commit rewrites few bytes
/// (`docs/store.md` has the measurement).
const PAGE_SIZE: u64 = 512;

/// Recent commits gather in a log of 1 MiB (2048 pages) before they are copied into the file; a longer log, after a large
/// batch, is cut to 4 MiB. Up to 2 MiB of pages are kept in memory. `cell_size_check` finds damage before it is believed.
const SETTINGS: &str = "
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA secure_delete = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA cache_size = -2048;
    PRAGMA wal_autocheckpoint = 2048;
    PRAGMA journal_size_limit = 4194304;
    PRAGMA page_size = 512;
";

/// Makes the directory and an empty file, readable by its owner alone.
fn create_file(dir: &Path, path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        return Ok(());
    }
    if log_path(path).exists() {
        // A log without its file: creating a store here would throw the log away.
        return Err(StoreError::Damaged);
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    builder.create(dir)?;
    match options.open(path) {
        Ok(_) => {}
        // Another process was faster; the lock decides who goes on.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.into()),
    }
    sync_names(dir)
}

/// Makes the names within `dir`, and its own, durable. Only Unix lets a program open a directory for that.
fn sync_names(dir: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        let dir = fs::canonicalize(dir)?;
        fs::File::open(&dir)?.sync_all()?;
        if let Some(parent) = dir.parent() {
            fs::File::open(parent)?.sync_all()?;
        }
    }
    Ok(())
}

/// The log of recent commits beside the file.
fn log_path(path: &Path) -> PathBuf {
    path.with_file_name(format!("{FILE_NAME}-wal"))
}

/// Connects to the file at `path`, takes it for this process and makes sure that it is a store that this build knows.
fn connect(path: &Path, options: StoreOptions) -> Result<Connection, StoreError> {
    let file = fs::metadata(path)?;
    if !file.is_file() {
        return Err(StoreError::NotAStore);
    }
    let fresh = file.len() == 0;
    let closed = !log_path(path).exists();
    if fresh && !(options.create && closed) {
        return Err(StoreError::Damaged);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(from_sqlite)?;
    prepare(&connection, fresh, options.max_size)?;
    if connection.is_readonly("main").map_err(from_sqlite)? {
        return Err(StoreError::Io(io::ErrorKind::PermissionDenied));
    }
    if closed && !file.len().is_multiple_of(PAGE_SIZE) {
        // Cut within its last page. With a log that is where a crash met the copying, and the log makes it good.
        return Err(StoreError::Damaged);
    }
    Ok(connection)
}

fn prepare(connection: &Connection, fresh: bool, max_size: Option<u64>) -> Result<(), StoreError> {
    let set_up = || -> rusqlite::Result<()> {
        connection.busy_timeout(Duration::ZERO)?;
        connection.execute_batch(SETTINGS)?;
        if fresh {
            initialise(connection)?;
        }
        Ok(())
    };
    set_up().map_err(from_sqlite)?;
    recognise(connection)?;
    // Taking up the log locks the file for good.
    let mode: String = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(from_sqlite)?;
    if mode != "wal" {
        return Err(StoreError::Io(io::ErrorKind::Unsupported));
    }
    if let Some(bytes) = max_size {
        let pages = i64::try_from(bytes / PAGE_SIZE).unwrap_or(i64::MAX);
        connection
            .query_row(
                &format!("PRAGMA max_page_count = {}", pages.clamp(1, 0xffff_fffe)),
                [],
                |_| Ok(()),
            )
            .map_err(from_sqlite)?;
    }
    Ok(())
}

/// Writes mark, version and table in one transaction, so that a file is empty or a whole store.
fn initialise(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "BEGIN EXCLUSIVE;
         PRAGMA application_id = {APPLICATION_ID};
         PRAGMA user_version = {FORMAT};
         CREATE TABLE IF NOT EXISTS row (key INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;
         COMMIT"
    ))
}

fn recognise(connection: &Connection) -> Result<(), StoreError> {
    let number = |pragma| connection.query_row(pragma, [], |row| row.get::<_, i32>(0));
    if number("PRAGMA application_id").map_err(from_sqlite)? != APPLICATION_ID {
        return Err(StoreError::NotAStore);
    }
    let found = number("PRAGMA user_version")
        .map_err(from_sqlite)?
        .cast_unsigned();
    match found {
        0 => Err(StoreError::Damaged),
        FORMAT => Ok(()),
        _ => Err(StoreError::Newer {
            found,
            known: FORMAT,
        }),
    }
}

fn apply(connection: &Connection, change: &Change) -> rusqlite::Result<()> {
    match change {
        Change::Put(key, value) => connection
            .prepare_cached("INSERT OR REPLACE INTO row (key, value) VALUES (?1, ?2)")?
            .execute((key.to_i64(), value))?,
        Change::Delete(key) => connection
            .prepare_cached("DELETE FROM row WHERE key = ?1")?
            .execute([key.to_i64()])?,
        Change::DeleteRange(range) => connection
            .prepare_cached("DELETE FROM row WHERE key BETWEEN ?1 AND ?2")?
            .execute([range.start().to_i64(), range.end().to_i64()])?,
    };
    Ok(())
}

/// Compacts the file if that pays, and empties the log into it.
fn tidy(connection: &Connection) -> rusqlite::Result<()> {
    connection.flush_prepared_statement_cache();
    let number = |pragma| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let pages = number("PRAGMA page_count")?;
    let free = number("PRAGMA freelist_count")?;
    // Compacting writes the whole file: a small one (4 MiB) for a sixteenth of its size, a large one for a quarter.
    let share = if pages <= 8192 { 16 } else { 4 };
    if free > pages / share {
        // There may be no room for the copy; the file is as good without.
        let _ = connection.execute_batch("VACUUM");
    }
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_commit_is_made_durable_by_the_settings() {
        let dir = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            create: true,
            max_size: None,
        };
        let store = SqliteStore::open(dir.path(), options).unwrap();
        let setting = |name| {
            let pragma = format!("PRAGMA {name}");
            store.with(|c| c.query_row(&pragma, [], |row| row.get::<_, i64>(0)))
        };
        // 2 is FULL: the log is synchronised at each commit, not at each copying alone.
        assert_eq!(setting("synchronous"), Ok(2));
        assert_eq!(setting("fullfsync"), Ok(1));
        assert_eq!(setting("checkpoint_fullfsync"), Ok(1));
        assert_eq!(setting("secure_delete"), Ok(1));
        assert_eq!(setting("page_size"), Ok(512));
    }
}
