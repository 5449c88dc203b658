//! Where the key of a store lies.

use std::sync::Arc;

use freehold::{
    FileKeyStore,
    crypto::{self, KeyStoreKind, MemoryKeyStore, Secret},
};
use zeroize::Zeroizing;

/// Where the key that seals a store lies. One is for one store.
#[derive(uniffi::Object)]
pub struct KeyStore(pub(crate) Arc<dyn crypto::KeyStore>);

/// Why a key store of a program's own did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyStoreError {
    /// Locked, or its device is away.
    #[error("key store not available")]
    Unavailable,
    /// The person did not let the key be used.
    #[error("not allowed to use the key")]
    Refused,
    /// What it holds cannot be read.
    #[error("key store damaged")]
    Damaged,
    /// The counter would not go up.
    #[error("counter would go backwards")]
    Backwards,
    /// Reading or writing failed, or something else was thrown.
    #[error("key store failed")]
    Failed,
}

/// A key store of a program's own, such as one over the system's keychain. It is called by several threads at once, and may not use what
/// was given it. A key has 32 bytes; whoever implements this overwrites the copies that it was given or made.
#[uniffi::export(foreign)]
pub trait KeyStoreCalls: Send + Sync {
    /// The key; nothing when there is none yet.
    fn load(&self) -> Result<Option<Vec<u8>>, KeyStoreError>;

    /// Keeps a key beside the present one, in the place of one that was prepared before. Durable when it returns.
    fn prepare(&self, key: Vec<u8>) -> Result<(), KeyStoreError>;

    /// The key that was prepared; nothing when there is none.
    fn prepared(&self) -> Result<Option<Vec<u8>>, KeyStoreError>;

    /// Puts a key in the place of the present one, which is destroyed, and so is one that was prepared. Durable when it returns.
    fn replace(&self, key: Vec<u8>) -> Result<(), KeyStoreError>;

    /// The write counter; 0 at first.
    fn counter(&self) -> Result<u64, KeyStoreError>;

    /// Advances the write counter. It is called for every batch that seals something, so it must be quick and ask nobody. It has to
    /// outlive the process; after a loss of power it may be behind, never ahead.
    fn advance(&self, count: u64) -> Result<(), KeyStoreError>;
}

#[uniffi::export]
impl KeyStore {
    /// A key file of mode 0600 in the folder of the store. It is made with the store.
    #[uniffi::constructor]
    #[must_use]
    pub fn file(path: String) -> Arc<Self> {
        Arc::new(Self(Arc::new(FileKeyStore::beside(path))))
    }

    /// The same, the key wrapped under a passphrase.
    #[uniffi::constructor]
    #[must_use]
    pub fn passphrase(path: String, passphrase: String) -> Arc<Self> {
        let passphrase = Zeroizing::new(passphrase);
        let keys = FileKeyStore::with_passphrase(path, &passphrase);
        Arc::new(Self(Arc::new(keys)))
    }

    /// In memory, for tests and for stores in memory.
    #[uniffi::constructor]
    #[must_use]
    pub fn memory() -> Arc<Self> {
        Arc::new(Self(Arc::new(MemoryKeyStore::new())))
    }

    /// A key store of the program's own; `kind` says how surely it forgets a key.
    #[uniffi::constructor]
    #[must_use]
    pub fn over(calls: Arc<dyn KeyStoreCalls>, kind: KeyStoreKind) -> Arc<Self> {
        Arc::new(Self(Arc::new(Calls { calls, kind })))
    }
}

/// Whether the key file beside the store in `path` needs a passphrase; nothing when there is no such file.
#[uniffi::export]
#[must_use]
pub fn needs_passphrase(path: String) -> Option<bool> {
    FileKeyStore::needs_passphrase(path)
}

struct Calls {
    calls: Arc<dyn KeyStoreCalls>,
    kind: KeyStoreKind,
}

impl crypto::KeyStore for Calls {
    fn load(&self) -> Result<Option<Secret>, crypto::KeyStoreError> {
        secret(self.calls.load()?)
    }

    fn prepare(&self, key: &Secret) -> Result<(), crypto::KeyStoreError> {
        Ok(self.calls.prepare(key.expose().to_vec())?)
    }

    fn prepared(&self) -> Result<Option<Secret>, crypto::KeyStoreError> {
        secret(self.calls.prepared()?)
    }

    fn replace(&self, key: &Secret) -> Result<(), crypto::KeyStoreError> {
        Ok(self.calls.replace(key.expose().to_vec())?)
    }

    fn kind(&self) -> KeyStoreKind {
        self.kind
    }

    fn counter(&self) -> Result<u64, crypto::KeyStoreError> {
        Ok(self.calls.counter()?)
    }

    fn advance(&self, count: u64) -> Result<(), crypto::KeyStoreError> {
        Ok(self.calls.advance(count)?)
    }
}

/// Another length than a key's is damage.
fn secret(bytes: Option<Vec<u8>>) -> Result<Option<Secret>, crypto::KeyStoreError> {
    let Some(bytes) = bytes.map(Zeroizing::new) else {
        return Ok(None);
    };
    let key = <[u8; 32]>::try_from(&**bytes).map_err(|_| crypto::KeyStoreError::Damaged)?;
    Ok(Some(Secret::from_bytes(key)))
}

impl From<KeyStoreError> for crypto::KeyStoreError {
    fn from(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::Unavailable => Self::Unavailable,
            KeyStoreError::Refused => Self::Refused,
            KeyStoreError::Damaged => Self::Damaged,
            KeyStoreError::Backwards => Self::Backwards,
            KeyStoreError::Failed => Self::Failed,
        }
    }
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeyStoreError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}
