use std::io;

/// Why the store could not do what was asked, told by what the caller can do about it.
///
/// Carries no stored bytes and no paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process, or another handle of this one, has the store open. Try again when it is done.
    #[error("store is in use")]
    Busy,
    /// No room: the disk, the quota or [`StoreOptions::max_size`](crate::StoreOptions::max_size) is exhausted.
    /// The batch was not applied, everything acknowledged is still there, and the store works on once there is room.
    #[error("store is full")]
    Full,
    /// The file's structure is broken. Restore a copy, or replicate from a peer.
    #[error("store is damaged")]
    Damaged,
    /// The file was written in a newer format than this build knows. Update the software.
    #[error("store has format {found}, this build knows {known}")]
    Newer {
        /// The file's format version.
        found: u32,
        /// The newest format version that this build reads.
        known: u32,
    },
    /// The file is something else. Nothing was changed in it.
    #[error("not a store")]
    NotAStore,
    /// There is no store at this path, and none was to be created.
    #[error("no store")]
    Missing,
    /// [`Store::close`](crate::Store::close) was called before. Open the store again.
    #[error("store is closed")]
    Closed,
    /// A space of 128 or above, or an id of more than 56 bits.
    #[error("key out of range")]
    KeyRange,
    /// A value longer than [`MAX_VALUE`](crate::MAX_VALUE). The batch was not applied.
    #[error("value of {len} bytes is too large")]
    TooLarge {
        /// The value's length in bytes.
        len: usize,
    },
    /// The operating system refused. After a commit that failed so, reopening shows the batch wholly or not at all.
    #[error("input or output failed")]
    Io(io::ErrorKind),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full,
            io::ErrorKind::NotFound => Self::Missing,
            kind => Self::Io(kind),
        }
    }
}

/// The one place where SQLite's codes get their meaning.
pub(crate) fn from_sqlite(error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode as Code;

    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        // A row or a setting of another shape than this build writes.
        return StoreError::Damaged;
    };
    match failure.code {
        Code::DatabaseBusy | Code::DatabaseLocked => StoreError::Busy,
        Code::DiskFull => StoreError::Full,
        Code::NotADatabase => StoreError::NotAStore,
        Code::CannotOpen | Code::PermissionDenied | Code::ReadOnly => {
            StoreError::Io(io::ErrorKind::PermissionDenied)
        }
        Code::OutOfMemory => StoreError::Io(io::ErrorKind::OutOfMemory),
        Code::SystemIoFailure => match failure.extended_code {
            IOERR_SHORT_READ | IOERR_DATA | IOERR_CORRUPTFS => StoreError::Damaged,
            IOERR_NOMEM => StoreError::Io(io::ErrorKind::OutOfMemory),
            _ => StoreError::Io(io::ErrorKind::Other),
        },
        // Corruption, and what only corruption can cause here: a table that is not there, a constraint that does not hold.
        _ => StoreError::Damaged,
    }
}

// SQLite's extended codes of failed input (sqlite3.h).
const IOERR_SHORT_READ: i32 = 10 | 2 << 8;
const IOERR_NOMEM: i32 = 10 | 12 << 8;
const IOERR_DATA: i32 = 10 | 32 << 8;
const IOERR_CORRUPTFS: i32 = 10 | 33 << 8;
