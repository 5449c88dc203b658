//! The key stores that come with the library: a key file, and a passphrase.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use freehold_crypto::{
    KeyStore, KeyStoreError, KeyStoreKind, OsEntropy, PassphraseParams, ROW_OVERHEAD, RowKey,
    SECRET_LEN, Secret, Suite,
};
use freehold_model::wire;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A key in a file of mode 0600, as it is or wrapped under a passphrase (Argon2id, RFC 9106).
///
/// A replaced key is overwritten by a rename; a copy of the file that was made before still opens older copies of the store.
/// A key that is prepared lies in `store.next` beside it, until it is in place.
pub struct FileKeyStore {
    path: PathBuf,
    passphrase: Option<Zeroizing<Vec<u8>>>,
}

impl FileKeyStore {
    /// The key file `store.key` in the folder of the store.
    #[must_use]
    pub fn beside(store: impl AsRef<Path>) -> Self {
        Self {
            path: store.as_ref().join("store.key"),
            passphrase: None,
        }
    }

    /// The same file, its key wrapped under `passphrase`.
    #[must_use]
    pub fn with_passphrase(store: impl AsRef<Path>, passphrase: &str) -> Self {
        Self {
            passphrase: Some(Zeroizing::new(passphrase.as_bytes().to_vec())),
            ..Self::beside(store)
        }
    }

    /// Whether the key file beside `store` needs a passphrase; `None` when there is no such file.
    #[must_use]
    pub fn needs_passphrase(store: impl AsRef<Path>) -> Option<bool> {
        let keys = Self::beside(store);
        let file = Self::read(&keys.path).ok()??;
        Some(file.wrapped.is_some())
    }

    fn next(&self) -> PathBuf {
        self.path.with_extension("next")
    }

    fn write(&self, path: &Path, key: &Secret, counter: u64) -> Result<(), KeyStoreError> {
        let file = Zeroizing::new(wire::to_bytes(&self.wrap(key)?));
        let bytes = Zeroizing::new([MAGIC, &counter.to_be_bytes(), &file].concat());
        write_whole(path, &bytes).map_err(|_| KeyStoreError::Failed)
    }

    fn read(path: &Path) -> Result<Option<KeyFile>, KeyStoreError> {
        // A vector that grows leaves copies of the key behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_MAX + 1));
        match File::open(path) {
            Ok(file) => file
                .take(FILE_MAX as u64)
                .read_to_end(&mut bytes)
                .map_err(|_| KeyStoreError::Failed)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(_) => return Err(KeyStoreError::Failed),
        };
        let file = bytes
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.get(COUNTER_LEN..))
            .ok_or(KeyStoreError::Damaged)?;
        postcard::from_bytes(file)
            .map(Some)
            .map_err(|_| KeyStoreError::Damaged)
    }

    fn wrap(&self, key: &Secret) -> Result<KeyFile, KeyStoreError> {
        let Some(passphrase) = &self.passphrase else {
            return Ok(KeyFile {
                wrapped: None,
                key: key.expose().to_vec(),
            });
        };
        let mut entropy = OsEntropy::new();
        let params = PassphraseParams::generate(&mut entropy).map_err(|_| KeyStoreError::Failed)?;
        let wrapping = params
            .derive(passphrase)
            .map_err(|_| KeyStoreError::Failed)?;
        let mut sealed = Vec::with_capacity(SECRET_LEN + ROW_OVERHEAD);
        sealed.extend_from_slice(key.expose());
        RowKey::store(wrapping, Suite::Two)
            .seal(WRAP, &mut sealed, 0, &mut entropy)
            .map_err(|_| KeyStoreError::Failed)?;
        Ok(KeyFile {
            wrapped: Some(params),
            key: sealed,
        })
    }

    fn unwrap(&self, mut file: KeyFile) -> Result<Secret, KeyStoreError> {
        let plain = match (&file.wrapped, &self.passphrase) {
            (None, _) => file.key.as_slice(),
            (Some(_), None) => return Err(KeyStoreError::Refused),
            (Some(params), Some(passphrase)) => {
                let wrapping = params
                    .derive(passphrase)
                    .map_err(|_| KeyStoreError::Damaged)?;
                RowKey::store(wrapping, Suite::Two)
                    .open(WRAP, &mut file.key)
                    .map_err(|_| KeyStoreError::Refused)?
            }
        };
        Ok(Secret::from_bytes(
            plain.try_into().map_err(|_| KeyStoreError::Damaged)?,
        ))
    }
}

/// What stands in the file after [`MAGIC`] and the counter.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct KeyFile {
    #[zeroize(skip)]
    wrapped: Option<PassphraseParams>,
    key: Vec<u8>,
}

const MAGIC: &[u8] = b"FRHD\x40\x01";
const COUNTER_LEN: usize = 8;
const FILE_MAX: usize = 4096;
const WRAP: &[u8] = b"store.key";
impl KeyStore for FileKeyStore {
    fn load(&self) -> Result<Option<Secret>, KeyStoreError> {
        let file = Self::read(&self.path)?;
        file.map(|file| self.unwrap(file)).transpose()
    }

    fn prepare(&self, key: &Secret) -> Result<(), KeyStoreError> {
        self.write(&self.next(), key, 0)
    }

    fn prepared(&self) -> Result<Option<Secret>, KeyStoreError> {
        let file = Self::read(&self.next())?;
        file.map(|file| self.unwrap(file)).transpose()
    }

    fn replace(&self, key: &Secret) -> Result<(), KeyStoreError> {
        self.write(&self.path, key, self.counter()?)?;
        remove(&self.next()).map_err(|_| KeyStoreError::Failed)
    }

    fn kind(&self) -> KeyStoreKind {
        if self.passphrase.is_some() {
            KeyStoreKind::Passphrase
        } else {
            KeyStoreKind::File
        }
    }

    fn counter(&self) -> Result<u64, KeyStoreError> {
        let mut bytes = [0; COUNTER_LEN];
        match File::open(&self.path) {
            Ok(mut file) => {
                file.seek(SeekFrom::Start(MAGIC.len() as u64))
                    .map_err(|_| KeyStoreError::Failed)?;
                file.read_exact(&mut bytes)
                    .map_err(|_| KeyStoreError::Damaged)?;
                Ok(u64::from_be_bytes(bytes))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
            Err(_) => Err(KeyStoreError::Failed),
        }
    }

    fn advance(&self, count: u64) -> Result<(), KeyStoreError> {
        if count <= self.counter()? {
            return Err(KeyStoreError::Backwards);
        }
        let mut file = OpenOptions::new()
            .write(true)
            .open(&self.path)
            .map_err(|_| KeyStoreError::Failed)?;
        file.seek(SeekFrom::Start(MAGIC.len() as u64))
            .map_err(|_| KeyStoreError::Failed)?;
        file.write_all(&count.to_be_bytes())
            .map_err(|_| KeyStoreError::Failed)
    }
}

/// Replaces a file so that a reader finds the old or the new one, never half of one.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let _ = std::fs::remove_file(&beside);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    sync_folder(path)
}

/// Removes a file if it is there.
fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
