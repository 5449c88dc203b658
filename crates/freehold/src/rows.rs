//! The rows of a home's or a recipient's store, and how they are sealed.
//!
//! | space | id | value |
//! |---|---|---|
//! | About | 0 | what the store is, its keys: sealed |
//! | Device | number | sealed |
//! | Stream | number | description, logs, writer keys: sealed |
//! | Progress | stream | how far each log goes: sealed |
//! | Vault | stream, epoch, generation | root or covers: sealed |
//! | Header, Body, Checkpoint | log, entry | as the log has them |
//! | Journal | stream, number | readings of an open slot, sealed under the slot's key |
//! | Running | stream, level, slot | a summary that is not sealed yet, sealed under the slot's key |
//! | Consent | number | what was handed out under a consent, or held: sealed |
//! | Event | number | grants and withdrawals, append-only: sealed |
//! | Peer | number | a relay, and what was told to it and heard from it: sealed |
//! | Change | peer, number | the journal for a peer: what of which log |
//! | Letter | peer and log, number | letters and orders, as they travel |
//! | Erased | number | an erasure: its signed order, and who was told: sealed |
//! | Stray | stream (on an agent: device), number | readings for which a device had no key, sealed to the household: sealed |
//! | Tail | stream, number | what a log had that a relay has another history of, until it is sealed anew: sealed |
//! | Party | number | an agent or device of the household: its card: sealed |
//! | Household | number | what there is to tell other agents, by name: sealed |
//!
//! Sealed without more words means: under the store's key, bound to the row's place.

use std::ops::{ControlFlow, RangeInclusive};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use freehold_crypto::{Entropy, KeyStore, ROW_OVERHEAD, RowKey, Secret, Suite};
use freehold_model::{Epoch, Level, Time, wire};
use freehold_store::{Batch, Key, Order, Store};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{Error, Noun};

/// What kind of row it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Space {
    About = 1,
    Device = 2,
    Stream = 3,
    Progress = 4,
    Vault = 5,
    Header = 6,
    Body = 7,
    Checkpoint = 8,
    Journal = 9,
    Running = 10,
    Consent = 11,
    Event = 12,
    Peer = 13,
    Change = 14,
    Letter = 15,
    Erased = 16,
    Party = 17,
    Household = 18,
    Stray = 19,
    Tail = 20,
}

/// The spaces of a home's store whose rows are all sealed under the store's key; in About the home's own row is, too.
pub(crate) const SEALED: [Space; 12] = [
    Space::Device,
    Space::Stream,
    Space::Progress,
    Space::Vault,
    Space::Consent,
    Space::Event,
    Space::Peer,
    Space::Erased,
    Space::Party,
    Space::Household,
    Space::Stray,
    Space::Tail,
];

/// A store and the key of its sealed rows.
pub(crate) struct Rows {
    store: Arc<dyn Store>,
    key: RwLock<StoreKey>,
}

/// The store's key: as it is kept, and as it seals.
struct StoreKey {
    secret: Secret,
    seals: RowKey,
}

impl Rows {
    pub(crate) fn new(store: Arc<dyn Store>, key: Secret) -> Self {
        let key = RwLock::new(StoreKey::new(key));
        Self { store, key }
    }

    /// The same store under another key.
    pub(crate) fn under(&self, key: &Secret) -> Self {
        Self::new(Arc::clone(&self.store), key.duplicate())
    }

    /// A copy of the key, for the key store.
    pub(crate) fn secret(&self) -> Secret {
        self.key().secret.duplicate()
    }

    /// Adds every row of a home that is sealed under this key to `batch`, sealed under that of `fresh`.
    pub(crate) fn reseal(
        &self,
        fresh: &Self,
        batch: &mut Batch,
        entropy: &mut dyn Entropy,
    ) -> Result<(), Error> {
        let home = number_key(Space::About, HOME)?;
        let ranges = SEALED.into_iter().map(all).chain([Ok(home..=home)]);
        for range in ranges {
            let mut outcome = Ok(());
            let held = self.key();
            self.store.scan(range?, Order::Ascending, &mut |key, row| {
                outcome = held
                    .open(key, row.to_vec())
                    .and_then(|plain| fresh.put_plain(batch, key, &plain, entropy));
                if outcome.is_ok() {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
            outcome?;
        }
        Ok(())
    }

    /// Commits a batch that has every row sealed under `key`, and goes on under it. Nobody reads in between.
    pub(crate) fn exchange(&self, key: &Secret, batch: &Batch) -> Result<(), Error> {
        let mut held = self.key.write().unwrap_or_else(PoisonError::into_inner);
        self.store.commit(batch)?;
        *held = StoreKey::new(key.duplicate());
        Ok(())
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Reads a sealed row.
    pub(crate) fn get<T: DeserializeOwned>(&self, key: Key) -> Result<Option<T>, Error> {
        let held = self.key();
        self.store
            .get(key)?
            .map(|row| decoded(&held.open(key, row)?))
            .transpose()
    }

    /// Adds a sealed row to `batch`.
    pub(crate) fn put<T: Serialize>(
        &self,
        batch: &mut Batch,
        key: Key,
        value: &T,
        entropy: &mut dyn Entropy,
    ) -> Result<(), Error> {
        let mut row = Zeroizing::new(wire::to_bytes_with_room(value, ROW_OVERHEAD));
        let held = self.key();
        held.seals.seal(&context(key), &mut row, 0, entropy)?;
        batch.put(key, std::mem::take(&mut *row));
        Ok(())
    }

    fn put_plain(
        &self,
        batch: &mut Batch,
        key: Key,
        plain: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Result<(), Error> {
        let mut row = Zeroizing::new(Vec::with_capacity(plain.len() + ROW_OVERHEAD));
        row.extend_from_slice(plain);
        let held = self.key();
        held.seals.seal(&context(key), &mut row, 0, entropy)?;
        batch.put(key, std::mem::take(&mut *row));
        Ok(())
    }

    /// Reads all sealed rows of a range, in order.
    pub(crate) fn each<T: DeserializeOwned>(
        &self,
        range: RangeInclusive<Key>,
        mut visit: impl FnMut(Key, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut outcome = Ok(());
        let held = self.key();
        self.store.scan(range, Order::Ascending, &mut |key, row| {
            outcome = held
                .open(key, row.to_vec())
                .and_then(|plain| visit(key, decoded(&plain)?));
            if outcome.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        outcome
    }

    /// Shows rows as they stand in the store.
    pub(crate) fn raw(
        &self,
        range: RangeInclusive<Key>,
        mut visit: impl FnMut(Key, &[u8]),
    ) -> Result<(), Error> {
        self.store.scan(range, Order::Ascending, &mut |key, row| {
            visit(key, row);
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    /// What is in a row, if it opens.
    #[cfg(test)]
    pub(crate) fn plain(&self, key: Key, row: Vec<u8>) -> Option<Zeroizing<Vec<u8>>> {
        self.key().open(key, row).ok()
    }

    fn key(&self) -> RwLockReadGuard<'_, StoreKey> {
        self.key.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoreKey {
    fn new(secret: Secret) -> Self {
        Self {
            seals: RowKey::store(secret.duplicate(), Suite::One),
            secret,
        }
    }

    fn open(&self, key: Key, row: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut row = Zeroizing::new(row);
        let opened = self.seals.open(&context(key), &mut row);
        let len = opened.map_err(|_| Error::Damaged)?.len();
        row.truncate(len);
        Ok(row)
    }
}

fn decoded<T: DeserializeOwned>(plain: &[u8]) -> Result<T, Error> {
    postcard::from_bytes(plain).map_err(|_| Error::Damaged)
}

/// Where a home and a recipient say what the store is.
pub(crate) const HOME: u32 = 0;
pub(crate) const RECIPIENT: u32 = 2;

/// # Errors
/// [`Error::Exists`] when the store is somebody's.
pub(crate) fn is_free(store: &dyn Store) -> Result<(), Error> {
    for (about, noun) in [(HOME, Noun::Home), (RECIPIENT, Noun::Recipient)] {
        if store.get(number_key(Space::About, about)?)?.is_some() {
            return Err(Error::Exists(noun));
        }
    }
    Ok(())
}

/// The key for a store that is nobody's yet; one is made if `keys` has none.
pub(crate) fn claim(
    store: &dyn Store,
    keys: &dyn KeyStore,
    entropy: &mut (dyn Entropy + Send),
) -> Result<Secret, Error> {
    is_free(store)?;
    if let Some(key) = keys.load()? {
        return Ok(key);
    }
    let key = Secret::random(entropy)?;
    keys.replace(&key)?;
    Ok(key)
}

/// A row opens only at the place that it was sealed for.
fn context(key: Key) -> [u8; 9] {
    let mut context = [0; 9];
    let (space, id) = context.split_at_mut(1);
    space.copy_from_slice(&[key.space()]);
    id.copy_from_slice(&key.id().to_be_bytes());
    context
}

/// The row of something that is numbered.
pub(crate) fn number_key(space: Space, number: u32) -> Result<Key, Error> {
    Ok(Key::new(space as u8, u64::from(number))?)
}

/// All rows of a space.
pub(crate) fn all(space: Space) -> Result<RangeInclusive<Key>, Error> {
    Ok(Key::all(space as u8)?)
}

/// A row that belongs to a log or a stream: 24 bits for its number, 32 for the row.
pub(crate) fn log_key(space: Space, no: u32, seq: u64) -> Result<Key, Error> {
    if seq > u64::from(u32::MAX) {
        return Err(Error::Store(freehold_store::StoreError::KeyRange));
    }
    Ok(Key::new(space as u8, u64::from(no) << 32 | seq)?)
}

/// The number of the row within its log or stream.
pub(crate) fn log_seq(key: Key) -> u64 {
    key.id() & u64::from(u32::MAX)
}

/// The number of the log or the stream whose row it is.
pub(crate) fn log_of(key: Key) -> u32 {
    u32::try_from(key.id() >> 32).unwrap_or(u32::MAX)
}

/// All rows of a log or a stream.
pub(crate) fn log_rows(space: Space, no: u32) -> Result<RangeInclusive<Key>, Error> {
    Ok(log_key(space, no, 0)?..=log_key(space, no, u64::from(u32::MAX))?)
}

/// The row of a root.
pub(crate) fn vault_key(stream: u32, epoch: Epoch, generation: u32) -> Result<Key, Error> {
    match (u16::try_from(epoch.number()), u16::try_from(generation)) {
        (Ok(epoch), Ok(generation)) => log_key(
            Space::Vault,
            stream,
            u64::from(epoch) << 16 | u64::from(generation),
        ),
        _ => Err(Error::Time),
    }
}

/// The epoch and generation of a root's row.
pub(crate) fn vault_place(key: Key) -> (Epoch, u32) {
    let place = log_seq(key);
    (
        Epoch::from_number(i32::try_from(place >> 16).unwrap_or_default()),
        u32::try_from(place & 0xffff).unwrap_or_default(),
    )
}

/// The row of a running summary: level and start in minutes.
pub(crate) fn running_key(stream: u32, level: Level, start: Time) -> Result<Key, Error> {
    let minutes = u64::try_from(start.ms() / 60_000).map_err(|_| Error::Time)?;
    if minutes >> 29 != 0 {
        return Err(Error::Time);
    }
    log_key(
        Space::Running,
        stream,
        u64::from(level.number()) << 29 | minutes,
    )
}

/// The level and start of a running summary's row.
pub(crate) fn running_place(key: Key) -> Option<(Level, Time)> {
    let place = log_seq(key);
    let level = Level::from_number(u8::try_from(place >> 29).ok()?)?;
    let minutes = i64::try_from(place & ((1 << 29) - 1)).ok()?;
    Some((level, Time::from_ms(minutes * 60_000)))
}
