//! Storage in one file beside the relay.
//!
//! Rows by space and id; an id is made of the numbers of mailbox (24 bits), log (32 bits), party or change (32 bits) and first entry
//! (24 bits). Two spaces find mailboxes and holders by 56 bits of a hash of their key; a row lists all whose hashes agree.

use core::ops::ControlFlow;
use std::collections::{BTreeMap, btree_map::Entry};
use std::path::Path;

use freehold_crypto::{Domain, PublicKey, digest};
use freehold_model::wire;
use freehold_store::{Batch, Key, Order, SqliteStore, Store, StoreError, StoreOptions};
use freehold_sync::{Cursor, Knock, MailboxTag, STRETCH_MAX};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Erased, Head, Index, Kept, Lineage, Log, Numbers, Opened, Party, Row, Storage, StorageError,
    Write,
};

/// A relay's storage in a [`SqliteStore`].
pub struct Embedded {
    store: SqliteStore,
}

impl Embedded {
    /// Opens the store in a directory, or makes one.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, StorageError> {
        let options = StoreOptions {
            create: true,
            max_size: None,
        };
        let store = SqliteStore::open(dir, options)?;
        Ok(Self { store })
    }

    fn get<T: Serialize + DeserializeOwned>(&self, key: Key) -> Result<Option<T>, StorageError> {
        self.store.get(key)?.map(|bytes| decode(&bytes)).transpose()
    }

    /// All rows of a mailbox in a space.
    fn rows<T: Serialize + DeserializeOwned>(
        &self,
        space: u8,
        mailbox: u32,
    ) -> Result<Vec<(u32, T)>, StorageError> {
        let mut rows = Vec::new();
        let mut damaged = false;
        let range = pair(space, mailbox, 0)?..=pair(space, mailbox, u32::MAX)?;
        self.store
            .scan(range, Order::Ascending, &mut |key, bytes| {
                match decode(bytes) {
                    Ok(row) => rows.push((low(key), row)),
                    Err(_) => damaged = true,
                }
                ControlFlow::Continue(())
            })?;
        if damaged {
            return Err(StorageError::Damaged);
        }
        Ok(rows)
    }

    fn changes(
        &self,
        range: core::ops::RangeInclusive<Key>,
        order: Order,
        visit: &mut dyn FnMut(u64, Row) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        let mut damaged = false;
        self.store.scan(range, order, &mut |key, bytes| {
            if let Ok(row) = decode(bytes) {
                return visit(u64::from(low(key)), row);
            }
            damaged = true;
            ControlFlow::Break(())
        })?;
        if damaged {
            return Err(StorageError::Damaged);
        }
        Ok(())
    }

    fn last(&self, range: core::ops::RangeInclusive<Key>) -> Result<Option<Key>, StorageError> {
        let mut last = None;
        self.store.scan(range, Order::Descending, &mut |key, _| {
            last = Some(key);
            ControlFlow::Break(())
        })?;
        Ok(last)
    }

    /// Adds a place to those found under a hash.
    fn name(&self, names: &mut Names, key: Key, place: (u32, u32)) -> Result<(), StorageError> {
        let places = match names.entry(key) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(free) => free.insert(self.get(key)?.unwrap_or_default()),
        };
        if !places.contains(&place) {
            places.push(place);
        }
        Ok(())
    }

    fn write(
        &self,
        batch: &mut Batch,
        names: &mut Names,
        write: &Write,
    ) -> Result<(), StorageError> {
        match write {
            Write::Lineage(lineage) => {
                batch.put(Key::new(LINEAGE, 0)?, wire::to_bytes(lineage));
            }
            Write::Mailbox(mailbox, opened) => {
                let key = Key::new(MAILBOX, u64::from(*mailbox))?;
                batch.put(key, wire::to_bytes(opened));
                self.name(
                    names,
                    by_hash(BY_TAG, &Knock::tag(&opened.id))?,
                    (*mailbox, 0),
                )?;
            }
            Write::Party(mailbox, party, row) => {
                batch.put(pair(PARTY, *mailbox, *party)?, wire::to_bytes(row));
                if let Party::Holder(holder) = row {
                    let key = by_hash(BY_FETCH, &holder.capability.fetch)?;
                    self.name(names, key, (*mailbox, *party))?;
                }
            }
            Write::Seen(mailbox, party, seen) => {
                batch.put(pair(SEEN, *mailbox, *party)?, wire::to_bytes(seen));
            }
            Write::Log(mailbox, log, row) => {
                batch.put(pair(LOG, *mailbox, *log)?, wire::to_bytes(row));
                // Beside the mailbox's number, so that the last log is found.
                let key = Key::new(LAST_LOG, u64::from(*log))?;
                batch.put(key, wire::to_bytes(mailbox));
            }
            Write::Head(mailbox, log, head) => {
                batch.put(pair(HEAD, *mailbox, *log)?, wire::to_bytes(head));
            }
            Write::Stretch(log, index, bytes) => {
                let from = index.from.seq;
                batch.put(entry(INDEX, *log, from)?, wire::to_bytes(index));
                batch.put(entry(STRETCH, *log, from)?, bytes.clone());
            }
            Write::Change(mailbox, at, row) => {
                let at = u32::try_from(*at).map_err(|_| StoreError::KeyRange)?;
                batch.put(pair(CHANGE, *mailbox, at)?, wire::to_bytes(row));
            }
            Write::Erased(mailbox, no, row) => {
                batch.put(pair(ERASED, *mailbox, *no)?, wire::to_bytes(row));
            }
        }
        Ok(())
    }
}

impl Storage for Embedded {
    fn find_mailboxes(&self, tag: &MailboxTag) -> Result<Vec<(u32, PublicKey)>, StorageError> {
        let places: Option<Vec<(u32, u32)>> = self.get(by_hash(BY_TAG, tag)?)?;
        let mut found = Vec::new();
        for (mailbox, _) in places.unwrap_or_default() {
            let row: Option<Opened> = self.get(Key::new(MAILBOX, u64::from(mailbox))?)?;
            let id = row.map(|row| row.id);
            found.extend(
                id.filter(|id| Knock::tag(id) == *tag)
                    .map(|id| (mailbox, id)),
            );
        }
        Ok(found)
    }

    fn find_holder(&self, fetch: &[u8; 32]) -> Result<Option<(u32, u32)>, StorageError> {
        let places: Option<Vec<(u32, u32)>> = self.get(by_hash(BY_FETCH, fetch)?)?;
        for (mailbox, party) in places.unwrap_or_default() {
            let row: Option<Party> = self.get(pair(PARTY, mailbox, party)?)?;
            if matches!(row, Some(Party::Holder(holder)) if holder.capability.fetch == *fetch) {
                return Ok(Some((mailbox, party)));
            }
        }
        Ok(None)
    }

    fn numbers(&self) -> Result<Numbers, StorageError> {
        let mut numbers = Numbers::default();
        self.store
            .scan(Key::all(MAILBOX)?, Order::Ascending, &mut |key, _| {
                numbers.mailbox = low(key);
                numbers.mailboxes += 1;
                ControlFlow::Continue(())
            })?;
        numbers.log = self.last(Key::all(LAST_LOG)?)?.map_or(0, low);
        Ok(numbers)
    }

    fn lineage(&self) -> Result<Option<Lineage>, StorageError> {
        self.get(Key::new(LINEAGE, 0)?)
    }

    fn mailbox(&self, mailbox: u32) -> Result<Option<Kept>, StorageError> {
        let Some(opened) = self.get(Key::new(MAILBOX, u64::from(mailbox))?)? else {
            return Ok(None);
        };
        let seen: Vec<(u32, Cursor)> = self.rows(SEEN, mailbox)?;
        let heads: Vec<(u32, Head)> = self.rows(HEAD, mailbox)?;
        let parties = self.rows::<Party>(PARTY, mailbox)?.into_iter();
        let logs = self.rows::<Log>(LOG, mailbox)?.into_iter();
        let changes = pair(CHANGE, mailbox, 0)?..=pair(CHANGE, mailbox, u32::MAX)?;
        let erased: Vec<(u32, Erased)> = self.rows(ERASED, mailbox)?;
        Ok(Some(Kept {
            opened,
            parties: parties
                .map(|(no, party)| (no, party, of(&seen, no).unwrap_or_default()))
                .collect(),
            logs: logs
                .filter_map(|(no, log)| Some((no, log, of(&heads, no)?)))
                .collect(),
            erased,
            journal: self.last(changes)?.map_or(0, |key| u64::from(low(key))),
        }))
    }

    fn changes_after(
        &self,
        mailbox: u32,
        after: u64,
        visit: &mut dyn FnMut(u64, Row) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        let Some(first) = u32::try_from(after).ok().and_then(|at| at.checked_add(1)) else {
            return Ok(());
        };
        let range = pair(CHANGE, mailbox, first)?..=pair(CHANGE, mailbox, u32::MAX)?;
        self.changes(range, Order::Ascending, visit)
    }

    fn changes_before(
        &self,
        mailbox: u32,
        until: u64,
        visit: &mut dyn FnMut(u64, Row) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        let last = u32::try_from(until).unwrap_or(u32::MAX);
        let range = pair(CHANGE, mailbox, 0)?..=pair(CHANGE, mailbox, last)?;
        self.changes(range, Order::Descending, visit)
    }

    fn stretches(
        &self,
        log: u32,
        from: u64,
        visit: &mut dyn FnMut(Index) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        if from > ENTRY_MAX {
            return Ok(());
        }
        let holds = self.last(entry(INDEX, log, 0)?..=entry(INDEX, log, from)?)?;
        let first = holds.map_or_else(|| entry(INDEX, log, from), Ok)?;
        let mut damaged = false;
        let range = first..=entry(INDEX, log, ENTRY_MAX)?;
        self.store.scan(
            range,
            Order::Ascending,
            &mut |_, bytes| match decode::<Index>(bytes) {
                Ok(index) if index.to.seq <= from => ControlFlow::Continue(()),
                Ok(index) => visit(index),
                Err(_) => {
                    damaged = true;
                    ControlFlow::Break(())
                }
            },
        )?;
        if damaged {
            return Err(StorageError::Damaged);
        }
        Ok(())
    }

    fn stretch(&self, log: u32, from: u64) -> Result<Option<Vec<u8>>, StorageError> {
        if from > ENTRY_MAX {
            return Ok(None);
        }
        Ok(self.store.get(entry(STRETCH, log, from)?)?)
    }

    fn commit(&mut self, writes: &[Write]) -> Result<(), StorageError> {
        let mut batch = Batch::new();
        let mut names = Names::new();
        for write in writes {
            self.write(&mut batch, &mut names, write)?;
        }
        for (key, places) in names {
            batch.put(key, wire::to_bytes(&places));
        }
        Ok(self.store.commit(&batch)?)
    }

    fn size(&self) -> Result<u64, StorageError> {
        Ok(self.store.size()?)
    }
}

/// What is found under each hash.
type Names = BTreeMap<Key, Vec<(u32, u32)>>;

const LINEAGE: u8 = 1;
const MAILBOX: u8 = 2;
const BY_TAG: u8 = 3;
const BY_FETCH: u8 = 4;
const PARTY: u8 = 5;
const SEEN: u8 = 6;
const LOG: u8 = 7;
const LAST_LOG: u8 = 8;
const HEAD: u8 = 9;
const INDEX: u8 = 10;
const STRETCH: u8 = 11;
const CHANGE: u8 = 12;
const ERASED: u8 = 13;

/// The last entry of a log that has a key.
pub(crate) const ENTRY_MAX: u64 = (1 << 24) - 1;

fn pair(space: u8, mailbox: u32, no: u32) -> Result<Key, StoreError> {
    Key::new(space, u64::from(mailbox) << 32 | u64::from(no))
}

fn entry(space: u8, log: u32, from: u64) -> Result<Key, StoreError> {
    if from > ENTRY_MAX {
        return Err(StoreError::KeyRange);
    }
    Key::new(space, u64::from(log) << 24 | from)
}

fn by_hash(space: u8, key: &[u8]) -> Result<Key, StoreError> {
    let mut first = [0; 8];
    first[1..].copy_from_slice(&digest(Domain::Name, &[key])[..7]);
    Key::new(space, u64::from_be_bytes(first))
}

/// The lower 32 bits of an id.
fn low(key: Key) -> u32 {
    let [_, _, _, _, low @ ..] = key.id().to_be_bytes();
    u32::from_be_bytes(low)
}

fn of<T: Copy>(rows: &[(u32, T)], no: u32) -> Option<T> {
    let at = rows.binary_search_by_key(&no, |row| row.0).ok()?;
    rows.get(at).map(|row| row.1)
}

fn decode<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, StorageError> {
    wire::from_bytes(bytes, STRETCH_MAX).map_err(|_| StorageError::Damaged)
}
