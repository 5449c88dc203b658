//! A key file of any origin gives a key or an error, never work that nobody agreed to.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use freehold::FileKeyStore;
use freehold::crypto::{KeyStore, KeyStoreError};
use freehold_fuzz::within;
use libfuzzer_sys::fuzz_target;

/// In memory where the system has such a folder.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let base = if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    };
    let folder = base.join(format!("freehold-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
});

fuzz_target!(init: { LazyLock::force(&FOLDER); }, |bytes: &[u8]| within(bytes, || {
    std::fs::write(FOLDER.join("store.key"), bytes).expect("a file");
    let store = FileKeyStore::beside(&*FOLDER);
    let loaded = store.load();
    match FileKeyStore::needs_passphrase(&*FOLDER) {
        Some(true) => assert_eq!(loaded, Err(KeyStoreError::Refused)),
        Some(false) => assert!(matches!(loaded, Ok(Some(_)) | Err(KeyStoreError::Damaged))),
        None => assert_eq!(loaded, Err(KeyStoreError::Damaged)),
    }
    let counter = store.counter();
    if loaded.is_ok() {
        assert!(counter.is_ok());
    }
}));
