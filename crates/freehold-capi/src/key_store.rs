//! Where the key of a store lies.

use std::sync::Arc;

use freehold::{
    FileKeyStore,
    crypto::{KeyStore, MemoryKeyStore},
};

use crate::{
    guard::{free, hand},
    status::FhStatus,
    text::FhStr,
};

/// Where the key that seals a store lies. One is for one store.
pub struct FhKeyStore(pub(crate) Arc<dyn KeyStore>);

/// A key file of mode 0600 in the folder of the store. It is made with the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_key_store_file(path: FhStr, out: *mut *mut FhKeyStore) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            Ok(FhKeyStore(Arc::new(FileKeyStore::beside(path.text()?))))
        })
    }
}

/// The same, the key wrapped under a passphrase.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_key_store_passphrase(
    path: FhStr,
    passphrase: FhStr,
    out: *mut *mut FhKeyStore,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe {
        hand(out, || {
            let keys = FileKeyStore::with_passphrase(path.text()?, passphrase.text()?);
            Ok(FhKeyStore(Arc::new(keys)))
        })
    }
}

/// A key store in memory, for tests and for stores in memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_key_store_memory(out: *mut *mut FhKeyStore) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhKeyStore(Arc::new(MemoryKeyStore::new())))) }
}

/// Frees a key store. Homes and recipients that were given it keep it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_key_store_free(key_store: *mut FhKeyStore) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(key_store) }
}
