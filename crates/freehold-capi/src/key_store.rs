//! Where the key of a store lies.

use std::{ffi::c_void, sync::Arc};

use freehold::{
    FileKeyStore,
    crypto::{KeyStore, KeyStoreError, KeyStoreKind, MemoryKeyStore, Secret},
};
use zeroize::Zeroizing;

use crate::{
    erase::FhKeyStoreKind,
    guard::{Fault, Grows, free, hand, known},
    status::FhStatus,
    text::FhStr,
    userdata::{FhDrop, Userdata},
};

/// Where the key that seals a store lies. One is for one store.
pub struct FhKeyStore(pub(crate) Arc<dyn KeyStore>);

/// What a key store of a program's own answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum FhKeyStoreAnswer {
    /// Done.
    Done = 0,
    /// Locked, or its device is away.
    Unavailable = 1,
    /// The person did not let the key be used.
    Refused = 2,
    /// What it holds cannot be read.
    Damaged = 3,
    /// The counter would not go up.
    Backwards = 4,
    /// Reading or writing failed.
    Failed = 5,
}

/// How many bytes a store's key has.
pub const FH_KEY_BYTES: usize = 32;

/// A key store of a program's own, such as one over the system's keychain. Set it to zeros, then every field. Each function is given
/// `userdata` first, answers an `FhKeyStoreAnswer`, may be called by several threads at once, and may not call back with what was given
/// this key store. Nothing may be thrown through it. A key has `FH_KEY_BYTES` bytes.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FhKeyStoreCalls {
    /// `sizeof(FhKeyStoreCalls)`.
    pub struct_size: usize,
    /// What the functions are given; or NULL.
    pub userdata: *mut c_void,
    /// Called once nobody uses `userdata` any more; or NULL.
    pub drop: FhDrop,
    /// Writes the key, and sets `found` to true; to false when there is none yet.
    pub load:
        Option<unsafe extern "C" fn(userdata: *mut c_void, key: *mut u8, found: *mut bool) -> i32>,
    /// Keeps a key beside the present one, in the place of one that was prepared before. Durable when it returns.
    pub prepare: Option<unsafe extern "C" fn(userdata: *mut c_void, key: *const u8) -> i32>,
    /// Writes the key that was prepared, and sets `found` to true; to false when there is none.
    pub prepared:
        Option<unsafe extern "C" fn(userdata: *mut c_void, key: *mut u8, found: *mut bool) -> i32>,
    /// Puts a key in the place of the present one, which is destroyed, and so is one that was prepared. Durable when it returns.
    pub replace: Option<unsafe extern "C" fn(userdata: *mut c_void, key: *const u8) -> i32>,
    /// Writes the write counter; 0 at first.
    pub counter: Option<unsafe extern "C" fn(userdata: *mut c_void, count: *mut u64) -> i32>,
    /// Advances the write counter. It is called for every batch that seals something, so it must be quick and ask nobody. It has to
    /// outlive the process; after a loss of power it may be behind, never ahead.
    pub advance: Option<unsafe extern "C" fn(userdata: *mut c_void, count: u64) -> i32>,
    /// How surely a replaced key is gone, an `FhKeyStoreKind`.
    pub kind: u8,
    /// 0.
    pub reserved: [u8; 7],
}

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

/// A key store of the program's own. When this fails, `drop` is not called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_key_store_calls(
    calls: *const FhKeyStoreCalls,
    out: *mut *mut FhKeyStore,
) -> FhStatus {
    // SAFETY: the caller keeps to the header.
    unsafe { hand(out, || Ok(FhKeyStore(Arc::new(Calls::of(known(calls)?)?)))) }
}

/// Frees a key store. Homes and recipients that were given it keep it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fh_key_store_free(key_store: *mut FhKeyStore) {
    // SAFETY: the caller keeps to the header.
    unsafe { free(key_store) }
}

type Get = unsafe extern "C" fn(*mut c_void, *mut u8, *mut bool) -> i32;
type Put = unsafe extern "C" fn(*mut c_void, *const u8) -> i32;

/// The functions of a program.
struct Calls {
    userdata: Userdata,
    load: Get,
    prepare: Put,
    prepared: Get,
    replace: Put,
    counter: unsafe extern "C" fn(*mut c_void, *mut u64) -> i32,
    advance: unsafe extern "C" fn(*mut c_void, u64) -> i32,
    kind: KeyStoreKind,
}

impl Calls {
    fn of(calls: &FhKeyStoreCalls) -> Result<Self, Fault> {
        if calls.reserved != [0; 7] {
            return Err(Fault::argument("reserved of FhKeyStoreCalls"));
        }
        let kind = kinds(calls.kind)?;
        let all = || {
            Some(Self {
                load: calls.load?,
                prepare: calls.prepare?,
                prepared: calls.prepared?,
                replace: calls.replace?,
                counter: calls.counter?,
                advance: calls.advance?,
                kind,
                // Last: what is made before and not used is dropped.
                userdata: Userdata::new(calls.userdata, calls.drop),
            })
        };
        all().ok_or_else(Fault::null)
    }

    fn get(&self, get: Get) -> Result<Option<Secret>, KeyStoreError> {
        let (mut key, mut found) = (Zeroizing::new([0; FH_KEY_BYTES]), false);
        // SAFETY: the caller gave this function for it, and there is room for what it may write.
        answered(unsafe { get(self.userdata.get(), key.as_mut_ptr(), &raw mut found) })?;
        Ok(found.then(|| Secret::from_bytes(*key)))
    }

    fn put(&self, put: Put, key: &Secret) -> Result<(), KeyStoreError> {
        // SAFETY: the caller gave this function for it.
        answered(unsafe { put(self.userdata.get(), key.expose().as_ptr()) })
    }
}

impl KeyStore for Calls {
    fn load(&self) -> Result<Option<Secret>, KeyStoreError> {
        self.get(self.load)
    }

    fn prepare(&self, key: &Secret) -> Result<(), KeyStoreError> {
        self.put(self.prepare, key)
    }

    fn prepared(&self) -> Result<Option<Secret>, KeyStoreError> {
        self.get(self.prepared)
    }

    fn replace(&self, key: &Secret) -> Result<(), KeyStoreError> {
        self.put(self.replace, key)
    }

    fn kind(&self) -> KeyStoreKind {
        self.kind
    }

    fn counter(&self) -> Result<u64, KeyStoreError> {
        let mut count = 0;
        // SAFETY: the caller gave this function for it.
        answered(unsafe { (self.counter)(self.userdata.get(), &raw mut count) })?;
        Ok(count)
    }

    fn advance(&self, count: u64) -> Result<(), KeyStoreError> {
        // SAFETY: the caller gave this function for it.
        answered(unsafe { (self.advance)(self.userdata.get(), count) })
    }
}

/// What is no answer is a failure.
fn answered(answer: i32) -> Result<(), KeyStoreError> {
    Err(match answer {
        0 => return Ok(()),
        1 => KeyStoreError::Unavailable,
        2 => KeyStoreError::Refused,
        3 => KeyStoreError::Damaged,
        4 => KeyStoreError::Backwards,
        _ => KeyStoreError::Failed,
    })
}

fn kinds(number: u8) -> Result<KeyStoreKind, Fault> {
    Ok(match number {
        0 => KeyStoreKind::HardwareDeletion,
        1 => KeyStoreKind::File,
        2 => KeyStoreKind::Passphrase,
        3 => KeyStoreKind::Memory,
        _ => return Err(Fault::argument(format!("{number} is no kind of key store"))),
    })
}

const _: () = assert!(FhKeyStoreKind::Memory as u8 == 3 && FhKeyStoreAnswer::Failed as i32 == 5);

// SAFETY: it is.
unsafe impl Grows for FhKeyStoreCalls {
    const NAME: &'static str = "FhKeyStoreCalls";
}
