//! The key file: what it holds, whom it refuses, how its counter moves.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::{os::unix::fs::PermissionsExt, path::PathBuf};

use freehold::{
    FileKeyStore,
    crypto::{KeyStore, KeyStoreError, KeyStoreKind, Secret},
};

fn folder(name: &str) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("freehold-keystore-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_key_file_keeps_its_key_and_counter_for_its_owner_alone() {
    let folder = folder("plain");
    let keys = FileKeyStore::beside(&folder);
    assert!(keys.load().unwrap().is_none());
    assert_eq!(FileKeyStore::needs_passphrase(&folder), None);
    let key = Secret::from_bytes([7; 32]);
    keys.replace(&key).unwrap();
    assert_eq!(keys.load().unwrap().unwrap().expose(), key.expose());
    assert_eq!(keys.kind(), KeyStoreKind::File);
    let mode = std::fs::metadata(folder.join("store.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    assert_eq!(keys.counter(), Ok(0));
    keys.advance(5).unwrap();
    assert_eq!(keys.advance(5), Err(KeyStoreError::Backwards));
    assert_eq!(keys.advance(4), Err(KeyStoreError::Backwards));
    keys.replace(&Secret::from_bytes([8; 32])).unwrap();
    assert_eq!(
        keys.counter(),
        Ok(5),
        "a new key does not make the store older"
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_passphrase_wraps_the_key() {
    let folder = folder("wrapped");
    let keys = FileKeyStore::with_passphrase(&folder, "correct horse");
    let key = Secret::from_bytes([9; 32]);
    keys.replace(&key).unwrap();
    assert_eq!(FileKeyStore::needs_passphrase(&folder), Some(true));
    assert_eq!(keys.load().unwrap().unwrap().expose(), key.expose());
    assert_eq!(
        FileKeyStore::beside(&folder).load(),
        Err(KeyStoreError::Refused)
    );
    assert_eq!(
        FileKeyStore::with_passphrase(&folder, "wrong").load(),
        Err(KeyStoreError::Refused)
    );
    let file = std::fs::read(folder.join("store.key")).unwrap();
    assert!(
        !file.windows(32).any(|window| window == key.expose()),
        "the key stands in the file"
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_damaged_key_file_is_told_apart_from_none() {
    let folder = folder("damaged");
    let keys = FileKeyStore::beside(&folder);
    keys.replace(&Secret::from_bytes([1; 32])).unwrap();
    let file = std::fs::read(folder.join("store.key")).unwrap();
    for len in 0..file.len() {
        std::fs::write(folder.join("store.key"), &file[..len]).unwrap();
        assert_eq!(
            keys.load().map(|_| ()),
            Err(KeyStoreError::Damaged),
            "{len} bytes"
        );
    }
    std::fs::remove_dir_all(folder).unwrap();
}
