//! The owner's side: a household's devices, streams, keys and consents in one store.

use std::{
    collections::{BTreeMap, HashMap},
    ops::ControlFlow,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, atomic::AtomicBool},
};

use freehold_consent::Name;
use freehold_crypto::{
    Entropy, EntropyError, KeyStore, KeyStoreKind, OsEntropy, PublicKey, SigningKey,
};
use freehold_model::{Id, Kind, Reading, Stream as StreamModel, StreamSpec, Time};
use freehold_store::{Batch, MemoryStore, Order, SqliteStore, Store, StoreError, StoreOptions};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Clock, Error, Noun, Page, Recorded, SystemClock, Watch, Window,
    changes::Changes,
    consents::Consents,
    erase::settle,
    household::{HouseholdKeys, News, Party, PartyKeys, PartyRole, PartyRow},
    logs::StoredLog,
    page::{page, windows_page},
    post::last_met,
    reader,
    rows::{HOME, Rows, SEALED, Space, all, claim, number_key},
    sealer::Sealer,
    stream::{LogRecord, StreamRecord},
    turn::Turns,
    tx::{Counter, Tx},
    vault::Vault,
    writer::StreamWriter,
};

/// A household's store, opened by an agent that holds its keys. Cloning gives another handle to the same home.
#[derive(Clone)]
pub struct Home {
    inner: Arc<Inner>,
}

/// A device as its owner describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// What the owner calls it; unique in the home.
    pub name: String,
    /// Who made it, if that is known.
    pub maker: Option<String>,
    /// Which model it is, if that is known.
    pub model: Option<String>,
}

/// A stream of a home: to record into and to read from.
#[derive(Clone)]
pub struct Stream {
    home: Home,
    no: u32,
}

/// What a home is and when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeInfo {
    /// What its owner calls it.
    pub name: String,
    /// Whether this is an agent's or a device's.
    pub role: PartyRole,
    /// The key that signs its consents now: it is replaced when an agent is removed.
    pub household: PublicKey,
    /// When it was made.
    pub created: Time,
    /// How surely a replaced store key is gone.
    pub key_store: KeyStoreKind,
    /// Bytes of the store.
    pub size: u64,
}

pub(crate) struct Inner {
    pub(crate) rows: Rows,
    about: RwLock<Arc<About>>,
    pub(crate) counter: Counter,
    /// Whether the store's key is being replaced.
    pub(crate) rekeying: AtomicBool,
    clock: Arc<dyn Clock>,
    /// So that who looks again knows whether there is something new.
    changes: Arc<Changes>,
    state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) entropy: Box<dyn Entropy + Send>,
    pub(crate) devices: BTreeMap<u32, Device>,
    pub(crate) streams: BTreeMap<u32, StreamRecord>,
    pub(crate) writers: HashMap<u32, StreamWriter>,
    pub(crate) consents: Consents,
    /// The agents and devices of the household, this one included, by their numbers.
    pub(crate) parties: BTreeMap<u8, PartyRow>,
    /// What there is to tell other agents.
    pub(crate) news: News,
    /// When a relay was last met to the end: everything was heard that others had left there.
    pub(crate) met: Option<Time>,
    /// The meetings with relays that are under way.
    pub(crate) turns: Turns,
}

/// The row that says what a store is, and which party of the household has it.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct About {
    pub(crate) name: String,
    #[zeroize(skip)]
    pub(crate) created: Time,
    /// The number of this party.
    pub(crate) index: u8,
    pub(crate) party: PartyKeys,
    pub(crate) household: HouseholdKeys,
    /// Of each relay, which letter with keys this device has read last.
    #[zeroize(skip)]
    pub(crate) heard: Vec<([u8; 32], u32)>,
}

impl Home {
    /// Makes a home in the folder `path`. A key is made if `keys` has none. `name` is also what this agent is called in the household.
    ///
    /// # Errors
    /// [`Error::Exists`] when there is a home or a recipient, [`Error::Name`], [`Error::Store`], [`Error::KeyStore`].
    pub fn create(
        path: impl AsRef<Path>,
        name: &str,
        keys: impl KeyStore + 'static,
    ) -> Result<Self, Error> {
        Self::create_with(path, name, keys, Arc::new(SystemClock))
    }

    /// [`Home::create`] with a clock.
    ///
    /// # Errors
    /// As [`Home::create`].
    pub fn create_with(
        path: impl AsRef<Path>,
        name: &str,
        keys: impl KeyStore + 'static,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let store = Arc::new(SqliteStore::open(
            path.as_ref(),
            StoreOptions {
                create: true,
                ..StoreOptions::default()
            },
        )?);
        Self::make(
            store,
            name,
            Arc::new(keys),
            clock,
            Box::new(OsEntropy::new()),
        )
    }

    /// Opens the home in the folder `path`.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none, [`Error::KeyStore`] when the key cannot be had, [`Error::Damaged`] when it is
    /// not this store's key, [`Error::Store`].
    pub fn open(path: impl AsRef<Path>, keys: impl KeyStore + 'static) -> Result<Self, Error> {
        Self::open_with(path, keys, Arc::new(SystemClock))
    }

    /// [`Home::open`] with a clock.
    ///
    /// # Errors
    /// As [`Home::open`].
    pub fn open_with(
        path: impl AsRef<Path>,
        keys: impl KeyStore + 'static,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let store = Arc::new(SqliteStore::open(path.as_ref(), StoreOptions::default())?);
        Self::load(store, Arc::new(keys), clock, Box::new(OsEntropy::new()))
    }

    /// A home in memory: for tests and for streams that need not outlive the process.
    ///
    /// # Errors
    /// [`Error::KeyStore`], [`Error::Entropy`].
    pub fn in_memory(
        name: &str,
        keys: impl KeyStore + 'static,
        clock: Arc<dyn Clock>,
        entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, Error> {
        Self::make(
            Arc::new(MemoryStore::new()),
            name,
            Arc::new(keys),
            clock,
            entropy,
        )
    }

    pub(crate) fn make(
        store: Arc<dyn Store>,
        name: &str,
        keys: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        mut entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, Error> {
        let household = HouseholdKeys::random(&mut *entropy)?;
        let party = PartyKeys::random(&mut *entropy)?;
        let about = About {
            name: name.to_owned(),
            created: clock.now(),
            index: 0,
            party,
            household,
            heard: Vec::new(),
        };
        let first = PartyRow {
            index: 0,
            card: about.party.card(PartyRole::Agent, Name::new(name)?)?,
            host: 0,
            since: about.created,
            removed: None,
            renewed: None,
        };
        Self::found(store, &about, &[first], keys, clock, entropy)
    }

    /// Makes the store of a party: what it is, and with whom.
    fn found(
        store: Arc<dyn Store>,
        about: &About,
        parties: &[PartyRow],
        keys: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, Error> {
        let home = Self::prepare(store, about, parties, keys, clock, entropy)?;
        home.settle_down()?;
        Ok(home)
    }

    /// The home of a party, with everything in its store but what makes that a home: until [`Home::settle_down`] it is nobody's, and
    /// another try begins from nothing.
    pub(crate) fn prepare(
        store: Arc<dyn Store>,
        about: &About,
        parties: &[PartyRow],
        keys: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        mut entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, Error> {
        let key = claim(&*store, &*keys, &mut *entropy)?;
        let rows = Rows::new(Arc::clone(&store), key);
        let mut batch = Batch::new();
        // What is left of a try that was cut off.
        for space in SEALED {
            batch.delete_range(all(space)?);
        }
        batch.put(number_key(Space::About, UNFINISHED)?, [1]);
        for party in parties {
            let at = number_key(Space::Party, u32::from(party.index))?;
            rows.put(&mut batch, at, party, &mut *entropy)?;
        }
        store.commit(&batch)?;
        let counter = Counter::load(&*store, keys)?;
        Self::with(rows, about.clone(), counter, clock, entropy)
    }

    /// Writes what makes the store a home.
    pub(crate) fn settle_down(&self) -> Result<(), Error> {
        let inner = self.inner();
        let mut state = inner.lock();
        let mut batch = Batch::new();
        let (at, about) = (number_key(Space::About, HOME)?, inner.about());
        inner
            .rows
            .put(&mut batch, at, &*about, &mut *state.entropy)?;
        batch.delete(number_key(Space::About, UNFINISHED)?);
        Ok(inner.rows.store().commit(&batch)?)
    }

    pub(crate) fn load(
        store: Arc<dyn Store>,
        keys: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, Error> {
        let about = number_key(Space::About, HOME)?;
        if store.get(about)?.is_none() {
            return Err(if lacks_itself(&*store)? {
                Error::Damaged
            } else {
                Error::Missing(Noun::Home)
            });
        }
        let key = keys.load()?.ok_or(Error::Missing(Noun::Home))?;
        let counter = Counter::load(&*store, Arc::clone(&keys))?;
        let rows = settle(Rows::new(Arc::clone(&store), key), &counter)?;
        let about: About = rows.get(about)?.ok_or(Error::Damaged)?;
        let stale = counter.is_stale()?;
        let home = Self::with(rows, about, counter, clock, entropy)?;
        if stale {
            log::warn!("the store is older than its key store says: other logs begin");
            home.start_again()?;
        }
        // Where the key store cannot, it is tried again.
        let _ = home.renew_key();
        Ok(home)
    }

    fn with(
        rows: Rows,
        about: About,
        counter: Counter,
        clock: Arc<dyn Clock>,
        entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, Error> {
        let state = State::load(&rows, entropy)?;
        log::debug!("a home of {} streams is open", state.streams.len());
        Ok(Self {
            inner: Arc::new(Inner {
                rows,
                about: RwLock::new(Arc::new(about)),
                counter,
                rekeying: AtomicBool::new(false),
                clock,
                changes: Arc::default(),
                state: Mutex::new(state),
            }),
        })
    }

    /// What the home is.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub fn info(&self) -> Result<HomeInfo, Error> {
        let about = self.inner.about();
        Ok(HomeInfo {
            name: about.name.clone(),
            role: about.household.role(),
            household: about.household.key()?,
            created: about.created,
            key_store: self.inner.counter.kind(),
            size: self.inner.rows.store().size()?,
        })
    }

    /// Tells from now on when something changes.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.inner.changes.watch()
    }

    /// The time by the home's clock.
    #[must_use]
    pub fn now(&self) -> Time {
        self.inner.clock.now()
    }

    /// Adds a device.
    ///
    /// # Errors
    /// [`Error::Exists`] when one has this name.
    pub fn add_device(&self, device: Device) -> Result<(), Error> {
        let mut state = self.inner.lock();
        if state
            .devices
            .values()
            .any(|other| other.name == device.name)
        {
            return Err(Error::Exists(Noun::Device));
        }
        let no = state.devices.keys().max().map_or(1, |no| no + 1);
        let mut batch = Batch::new();
        self.inner.rows.put(
            &mut batch,
            number_key(Space::Device, no)?,
            &device,
            &mut *state.entropy,
        )?;
        self.inner.rows.store().commit(&batch)?;
        state.devices.insert(no, device);
        Ok(())
    }

    /// The agents and devices of the household, this one included, in the order in which they came.
    #[must_use]
    pub fn parties(&self) -> Vec<Party> {
        let own = self.inner.about().index;
        let state = self.inner.lock();
        state.parties.values().map(|row| row.party(own)).collect()
    }

    /// The devices, in the order in which they were added.
    #[must_use]
    pub fn devices(&self) -> Vec<Device> {
        self.inner.lock().devices.values().cloned().collect()
    }

    /// The description of a new stream of a kind, with an id of its own and its civil time in an IANA zone. It has no level
    /// yet; choose them, then [`Home::add_stream`].
    ///
    /// # Errors
    /// [`Error::Entropy`].
    pub fn stream_spec(&self, kind: &Kind, zone: &str) -> Result<StreamSpec, Error> {
        let mut id = [0; 16];
        self.inner.lock().entropy.fill(&mut id)?;
        Ok(StreamSpec::new(Id::from_bytes(id), kind, zone))
    }

    /// Adds a stream of the device called `device`. `spec` is a [`StreamSpec`] for the kind.
    ///
    /// # Errors
    /// [`Error::Missing`] without that device, [`Error::Exists`] when a stream has this name, [`Error::Spec`].
    pub fn add_stream(&self, device: &str, name: &str, spec: StreamSpec) -> Result<Stream, Error> {
        self.add_stream_of(None, device, name, spec)
    }

    /// Adds a stream that a device of the household writes, by the name that it has among [`Home::parties`]. It begins when both have
    /// met a relay.
    ///
    /// # Errors
    /// As [`Home::add_stream`], and [`Error::Missing`] when no device of the household has that name.
    pub fn add_stream_for(
        &self,
        writer: &str,
        device: &str,
        name: &str,
        spec: StreamSpec,
    ) -> Result<Stream, Error> {
        self.add_stream_of(Some(writer), device, name, spec)
    }

    fn add_stream_of(
        &self,
        writer: Option<&str>,
        device: &str,
        name: &str,
        spec: StreamSpec,
    ) -> Result<Stream, Error> {
        StreamModel::new(spec.clone())?;
        let mut state = self.inner.lock();
        let state = &mut *state;
        let writer = match writer {
            Some(name) => {
                let mut parties = state.parties.values();
                let found = parties.find(|row| {
                    row.is_live() && !row.is_agent() && row.card.name().as_str() == name
                });
                Some(found.cloned().ok_or(Error::Missing(Noun::Party))?)
            }
            None => None,
        };
        let device = state
            .devices
            .iter()
            .find(|(_, other)| other.name == device)
            .map(|(no, _)| *no)
            .ok_or(Error::Missing(Noun::Device))?;
        if state.streams.values().any(|other| other.name == name) {
            return Err(Error::Exists(Noun::Stream));
        }
        let household = self.inner.signing_key()?;
        let no = state.streams.keys().max().map_or(1, |no| no + 1);
        let first_log = state.next_log();
        let mut record = StreamRecord {
            put: 0,
            no,
            device,
            name: name.to_owned(),
            spec,
            generation: 0,
            writer: writer
                .as_ref()
                .map_or_else(|| self.inner.about().index, |row| row.index),
            logs: Vec::new(),
        };
        for (no, level) in (first_log..).zip(record.spec.levels.iter()) {
            let (spec, entropy) = (&record.spec, &mut *state.entropy);
            let log = match &writer {
                Some(row) => {
                    let key = *row.card.key();
                    LogRecord::start_for(no, spec, level, (0, None), key, &household, entropy)?
                }
                None => LogRecord::start(no, spec, level, 0, None, &household, entropy)?,
            };
            record.logs.push(log);
        }
        self.inner.save_stream(state, record)?;
        Ok(Stream {
            home: self.clone(),
            no,
        })
    }

    /// The streams, in the order in which they were added.
    #[must_use]
    pub fn streams(&self) -> Vec<Stream> {
        self.inner
            .lock()
            .streams
            .keys()
            .map(|no| Stream {
                home: self.clone(),
                no: *no,
            })
            .collect()
    }

    /// The stream called `name`.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn stream(&self, name: &str) -> Result<Stream, Error> {
        let state = self.inner.lock();
        let no = state
            .streams
            .values()
            .find(|stream| stream.name == name)
            .map(|stream| stream.no);
        no.map(|no| Stream {
            home: self.clone(),
            no,
        })
        .ok_or(Error::Missing(Noun::Stream))
    }

    /// Seals what has ended, signs every log, and leaves the store tidy. Dropping the home loses nothing either.
    ///
    /// # Errors
    /// [`Error::Store`] and what [`Stream::flush`] says.
    pub fn close(self) -> Result<(), Error> {
        let numbers: Vec<u32> = self.inner.lock().writers.keys().copied().collect();
        for no in numbers {
            self.inner.write(no, |writer, tx| writer.flush(tx))?;
        }
        self.inner.rows.store().close()?;
        log::debug!("a home is closed");
        Ok(())
    }

    /// Draws randomness as the home does.
    pub(crate) fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        self.inner.lock().entropy.fill(bytes)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Every log with the name of its stream.
    pub(crate) fn stored_logs(&self) -> Result<Vec<(String, StoredLog)>, Error> {
        let household = self.inner.household()?;
        let state = self.inner.lock();
        let logs = state
            .streams
            .values()
            .flat_map(|stream| stream.logs.iter().map(|log| (stream.name.clone(), log)));
        let load = |(name, log): (String, &LogRecord)| {
            Ok((
                name,
                StoredLog::load(
                    self.inner.rows.store(),
                    log.no,
                    log.genesis.verify(&household)?,
                )?,
            ))
        };
        logs.map(load).collect()
    }

    /// Starts new logs and a new generation for every stream: this store may be an older copy, and what the newer one sealed
    /// must not be sealed again differently.
    fn start_again(&self) -> Result<(), Error> {
        let about = self.inner.about();
        // A device makes neither logs nor keys: one that is an older copy has to be taken in anew.
        let household = about.household.signing().map_err(|_| Error::OlderThanKey)?;
        let mut state = self.inner.lock();
        let state = &mut *state;
        let records: Vec<StreamRecord> = state.streams.values().cloned().collect();
        for mut record in records {
            let before = Sealer::load(&self.inner.rows, &record, &about)?.predecessors();
            let numbered = (state.next_log()..).zip(before);
            for (log, (level, predecessor, incarnation)) in numbered {
                record.logs.push(LogRecord::start(
                    log,
                    &record.spec,
                    level,
                    incarnation + 1,
                    Some(predecessor),
                    &household,
                    &mut *state.entropy,
                )?);
            }
            record.generation = Vault::after_all(&self.inner.rows, record.no, record.generation)?;
            self.inner.save_stream(state, record)?;
        }
        self.inner.counter.catch_up(self.inner.rows.store())
    }
}

impl Stream {
    /// What its owner calls it.
    #[must_use]
    pub fn name(&self) -> String {
        self.row().map(|record| record.name).unwrap_or_default()
    }

    /// The name of its device.
    #[must_use]
    pub fn device(&self) -> String {
        let state = self.home.inner.lock();
        let device = state
            .streams
            .get(&self.no)
            .and_then(|record| state.devices.get(&record.device));
        device.map(|device| device.name.clone()).unwrap_or_default()
    }

    /// Its description.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn spec(&self) -> Result<StreamSpec, Error> {
        self.row().map(|record| record.spec)
    }

    /// Records readings in any order. They are durable when this returns; slots that have ended, by the clock and by the
    /// readings, are sealed.
    ///
    /// # Errors
    /// [`Error::Elsewhere`] when another party writes it. [`Error::Reading`] when one does not fit the stream, [`Error::Time`] before 2 January 1970; nothing is recorded then.
    /// [`Error::Store`]: nothing that was
    /// acknowledged before is lost, and the same readings may be recorded again.
    pub fn record(&self, readings: &[Reading]) -> Result<Recorded, Error> {
        if readings.iter().any(|reading| reading.time < FIRST) {
            return Err(Error::Time);
        }
        let row = self.row()?;
        if row.writer != self.home.inner.about().index {
            return Err(Error::Elsewhere);
        }
        if !row.is_own() {
            let inner = self.home.inner();
            inner.lock().begin_logs(inner, self.no)?;
        }
        self.home
            .inner
            .write(self.no, |writer, tx| writer.record(tx, readings))
    }

    /// Seals every slot that has ended by the clock and signs the logs.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn flush(&self) -> Result<(), Error> {
        self.home.inner.write(self.no, StreamWriter::flush)
    }

    /// The readings in `[from, until)`, in order of time; of those that correct each other, all.
    ///
    /// # Errors
    /// [`Error::Level`] when the stream keeps no raw level.
    pub fn read(&self, from: Time, until: Time) -> Result<Vec<Reading>, Error> {
        Ok(self.read_page((from, until), usize::MAX)?.items)
    }

    /// [`Stream::read`], some `limit` of them and a time from when to ask for the rest.
    ///
    /// # Errors
    /// As [`Stream::read`].
    pub fn read_page(
        &self,
        (from, until): (Time, Time),
        limit: usize,
    ) -> Result<Page<Reading>, Error> {
        self.home.inner.look(self.no, |writer, tx| {
            page((from, until), limit, |from, until| {
                reader::owner_readings(writer, tx, from, until)
            })
        })
    }

    /// The summaries of the slots of `level` that lie wholly in `[from, until)` and have readings.
    ///
    /// # Errors
    /// [`Error::Level`] when the stream does not keep that level.
    pub fn summaries(
        &self,
        level: freehold_model::Level,
        from: Time,
        until: Time,
    ) -> Result<Vec<Window>, Error> {
        Ok(self.summaries_page(level, (from, until), usize::MAX)?.items)
    }

    /// [`Stream::summaries`], no more than `limit` of them and a time from when to ask for the rest.
    ///
    /// # Errors
    /// As [`Stream::summaries`].
    pub fn summaries_page(
        &self,
        level: freehold_model::Level,
        (from, until): (Time, Time),
        limit: usize,
    ) -> Result<Page<Window>, Error> {
        self.home.inner.look(self.no, |writer, tx| {
            windows_page(level, (from, until), limit, |from, until| {
                reader::owner_windows(writer, tx, level, from, until)
            })
        })
    }

    pub(crate) fn no(&self) -> u32 {
        self.no
    }

    fn row(&self) -> Result<StreamRecord, Error> {
        self.home
            .inner
            .lock()
            .streams
            .get(&self.no)
            .cloned()
            .ok_or(Error::Missing(Noun::Stream))
    }
}

impl Inner {
    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    /// What this store is.
    pub(crate) fn about(&self) -> Arc<About> {
        Arc::clone(&self.about.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes on as what was committed.
    pub(crate) fn set_about(&self, about: About) {
        *self.about.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(about);
    }

    /// The key that signs in the household's name.
    ///
    /// # Errors
    /// [`Error::NotAgent`] on a device.
    pub(crate) fn signing_key(&self) -> Result<SigningKey, Error> {
        self.about().household.signing()
    }

    /// The keys that sign or signed in the household's name, the present one first.
    pub(crate) fn household(&self) -> Result<Vec<PublicKey>, Error> {
        self.about().household.keys()
    }

    /// How much was changed since the home was opened.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.count()
    }

    /// Something was changed that others may want to know.
    pub(crate) fn changed(&self) {
        self.changes.add();
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in another thread leaves rows behind that are whole; writers that were in the middle are gone.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lends a stream's writer to `act`. After an error it is read again from the store.
    pub(crate) fn write<T>(
        &self,
        no: u32,
        act: impl FnOnce(&mut StreamWriter, &mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut state = self.lock();
        self.write_in(&mut state, no, act)
    }

    pub(crate) fn write_in<T>(
        &self,
        state: &mut State,
        no: u32,
        act: impl FnOnce(&mut StreamWriter, &mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut writer = self.writer(state, no)?;
        let mut tx = Tx::new(
            &self.rows,
            &self.counter,
            &mut *state.entropy,
            self.clock.now(),
        );
        let outcome = act(&mut writer, &mut tx);
        if tx.wrote() {
            self.changed();
        }
        let outcome = outcome.map_err(Error::of_stored)?;
        state.writers.insert(no, writer);
        Ok(outcome)
    }

    /// Lends a stream's writer to `act` to read, with everything signed. Where there is no room for the signature, what is read is
    /// the same, and the writer is read again afterwards: to read takes no room.
    pub(crate) fn look<T>(
        &self,
        no: u32,
        act: impl FnOnce(&mut StreamWriter, &mut Tx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut state = self.lock();
        let state = &mut *state;
        let mut writer = self.writer(state, no)?;
        let now = self.clock.now();
        let mut tx = Tx::new(&self.rows, &self.counter, &mut *state.entropy, now);
        let signed = match writer.sign(&mut tx) {
            Err(Error::Store(StoreError::Full)) => false,
            outcome => outcome.map(|()| true)?,
        };
        let outcome = act(&mut writer, &mut tx).map_err(Error::of_stored)?;
        if signed {
            state.writers.insert(no, writer);
        }
        Ok(outcome)
    }

    /// Takes a stream's writer out, or reads it from the store.
    fn writer(&self, state: &mut State, no: u32) -> Result<StreamWriter, Error> {
        if let Some(writer) = state.writers.remove(&no) {
            return Ok(writer);
        }
        let record = state.streams.get(&no).ok_or(Error::Missing(Noun::Stream))?;
        let sealer = Sealer::load(&self.rows, record, &self.about())?;
        StreamWriter::load(&self.rows, sealer)
    }

    /// Writes a stream's record; its writer is read again.
    pub(crate) fn save_stream(&self, state: &mut State, record: StreamRecord) -> Result<(), Error> {
        let mut batch = Batch::new();
        self.rows.put(
            &mut batch,
            number_key(Space::Stream, record.no)?,
            &record,
            &mut *state.entropy,
        )?;
        self.rows.store().commit(&batch)?;
        state.replace_stream(record);
        self.changed();
        Ok(())
    }
}

impl State {
    fn load(rows: &Rows, entropy: Box<dyn Entropy + Send>) -> Result<Self, Error> {
        let mut state = Self {
            entropy,
            devices: BTreeMap::new(),
            streams: BTreeMap::new(),
            writers: HashMap::new(),
            consents: Consents::default(),
            parties: BTreeMap::new(),
            news: News::default(),
            met: None,
            turns: Turns::default(),
        };
        state.reload(rows)?;
        Ok(state)
    }

    /// Reads everything again from the store: what others of the household did was written there.
    pub(crate) fn reload(&mut self, rows: &Rows) -> Result<(), Error> {
        let (mut devices, mut streams) = (BTreeMap::new(), BTreeMap::new());
        rows.each(all(Space::Device)?, |key, device: Device| {
            devices.insert(number_of(key), device);
            Ok(())
        })?;
        rows.each(all(Space::Stream)?, |key, stream: StreamRecord| {
            streams.insert(number_of(key), stream);
            Ok(())
        })?;
        let mut parties = BTreeMap::new();
        rows.each(all(Space::Party)?, |_, row: PartyRow| {
            parties.insert(row.index, row);
            Ok(())
        })?;
        self.consents = Consents::load(rows)?;
        self.news = News::load(rows)?;
        self.met = last_met(rows)?;
        self.writers.clear();
        (self.devices, self.streams, self.parties) = (devices, streams, parties);
        Ok(())
    }

    /// Takes a changed record in; the stream's writer is read again.
    pub(crate) fn replace_stream(&mut self, record: StreamRecord) {
        self.writers.remove(&record.no);
        self.streams.insert(record.no, record);
    }

    /// Starts logs of this agent's own in a stream, one for each level, after all that there are.
    pub(crate) fn start_logs(
        &mut self,
        inner: &Inner,
        record: &mut StreamRecord,
    ) -> Result<(), Error> {
        let (household, key) = (inner.household()?, inner.signing_key()?);
        let mut incarnation = 0;
        for log in &record.logs {
            incarnation = incarnation.max(log.genesis.verify(&household)?.incarnation + 1);
        }
        for (log, level) in (self.next_log()..).zip(record.spec.levels.iter()) {
            let entropy = &mut *self.entropy;
            let log = LogRecord::start(log, &record.spec, level, incarnation, None, &key, entropy)?;
            record.add_log(log, &household)?;
        }
        Ok(())
    }

    pub(crate) fn next_log(&self) -> u32 {
        let logs = self.streams.values().flat_map(|stream| &stream.logs);
        logs.map(|log| log.no).max().map_or(1, |no| no + 1)
    }
}

/// The row of a store that is being made a home: nothing is in it.
const UNFINISHED: u32 = 4;

/// Whether a store has a household's parties, and nothing that says whose it is: damage, unless it was never finished.
fn lacks_itself(store: &dyn Store) -> Result<bool, Error> {
    let unfinished = store.get(number_key(Space::About, UNFINISHED)?)?.is_some();
    let mut parties = false;
    store.scan(all(Space::Party)?, Order::Ascending, &mut |_, _| {
        parties = true;
        ControlFlow::Break(())
    })?;
    Ok(parties && !unfinished)
}

/// Headers count minutes from 1970 in UTC; a day later it is 1970 in every zone.
const FIRST: Time = Time::from_ms(24 * 3_600_000);

/// The number in the key of a numbered row.
pub(crate) fn number_of(key: freehold_store::Key) -> u32 {
    u32::try_from(key.id()).unwrap_or(u32::MAX)
}
