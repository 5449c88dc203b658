//! The other side: whoever asks for data, is granted it, and opens exactly that.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use freehold_consent::{
    Access, Card, Grant, Keys, Name, NotGranted, Permit, Refusal, Request, Revocations, Role,
    State as ConsentState, StreamInfo, Token, TokenId, TreeId, UnverifiedBundle, UnverifiedCard,
    UnverifiedGrant, UnverifiedRevocation, UnverifiedToken, Wishes,
};
use freehold_crypto::{
    Domain, Entropy, EnvelopeKey, KeyStore, KeyStoreKind, Leaf, LogId, OsEntropy, Secret,
    SigningKey, Suite, digest,
};
use freehold_model::{Facet, Facets, Level, Reading, Time, wire};
use freehold_store::{Batch, MemoryStore, SqliteStore, Store, StoreOptions};
use freehold_sync::{Genesis, UnverifiedCheckpoint, UnverifiedEntry, verify};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Clock, Error, Noun, SystemClock, Window,
    home::number_of,
    logs::StoredLog,
    parcel::{Have, LogParcel, Parcel},
    reader::{self, Query},
    rows::{RECIPIENT, Rows, Space, all, claim, log_rows, number_key},
    stream::SignedGenesis,
    vault::{KeyPlace, KeySource, SlotKeys, whole},
};

/// A recipient's store: its card and keys, the consents that it was given, and its copy of what they cover.
#[derive(Clone)]
pub struct Recipient {
    inner: Arc<Inner>,
}

/// A consent that a recipient holds.
#[derive(Debug, Clone)]
pub struct Held {
    /// The signed token.
    pub token: Token,
    /// The streams, as their owner describes them; empty once it was withdrawn.
    pub streams: Vec<StreamInfo>,
    /// How it stands now.
    pub state: ConsentState,
    /// Up to when the keys reach.
    pub lease_until: Time,
}

/// Which of a recipient's consents and streams is meant. Empty: the only one there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// The consent.
    pub consent: Option<TokenId>,
    /// The stream, as its owner calls it.
    pub stream: Option<String>,
}

/// What was opened under a consent.
#[derive(Debug, Clone)]
pub struct Opened<T> {
    /// The consent.
    pub consent: TokenId,
    /// The stream.
    pub stream: StreamInfo,
    /// What was asked for.
    pub items: Vec<T>,
    /// Set when what was asked for goes on after the keys end: not yet, until the lease is extended.
    pub not_yet: Option<Time>,
}

/// What a parcel brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Entries that were not there before.
    pub entries: u64,
    /// Pieces that were not there before.
    pub pieces: u64,
    /// Extensions of leases.
    pub extensions: u64,
    /// Consents that were withdrawn; their copies and keys are gone.
    pub revocations: u64,
}

struct Inner {
    rows: Rows,
    card: Card,
    signing: SigningKey,
    envelope: EnvelopeKey,
    clock: Arc<dyn Clock>,
    key_store: KeyStoreKind,
    state: Mutex<State>,
}

struct State {
    entropy: Box<dyn Entropy + Send>,
    consents: BTreeMap<u32, Consent>,
    revocations: Revocations,
    logs: BTreeMap<u32, Log>,
}

struct Consent {
    row: ConsentRow,
    token: Token,
    keys: Option<Keys>,
}

/// A consent in the store. Bundles are kept sealed as they came; they go when the consent is withdrawn.
#[derive(Clone, Serialize, Deserialize)]
struct ConsentRow {
    token: Vec<u8>,
    bundles: Vec<Vec<u8>>,
    revocation: Option<Vec<u8>>,
    next: BTreeMap<LogId, u64>,
}

struct Log {
    stream: [u8; 16],
    stored: StoredLog,
}

#[derive(Serialize, Deserialize)]
struct LogRow {
    genesis: SignedGenesis,
    household: freehold_crypto::PublicKey,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct About {
    #[zeroize(skip)]
    card: Vec<u8>,
    signing: Vec<u8>,
    envelope: [u8; 32],
}

impl Recipient {
    /// Makes a recipient in the folder `path`, with new keys and a card that says `name` and `role`.
    ///
    /// # Errors
    /// [`Error::Exists`] when there is one, [`Error::Store`], [`Error::KeyStore`].
    pub async fn create(
        path: impl AsRef<Path>,
        name: Name,
        role: Role,
        keys: impl KeyStore + 'static,
    ) -> Result<Self, Error> {
        Self::create_with(path, name, role, keys, Arc::new(SystemClock)).await
    }

    /// [`Recipient::create`] with a clock.
    ///
    /// # Errors
    /// As [`Recipient::create`].
    pub async fn create_with(
        path: impl AsRef<Path>,
        name: Name,
        role: Role,
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
            role,
            Arc::new(keys),
            clock,
            Box::new(OsEntropy::new()),
        )
        .await
    }

    /// Opens the recipient in the folder `path`.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::KeyStore`], [`Error::Damaged`], [`Error::Store`].
    pub async fn open(
        path: impl AsRef<Path>,
        keys: impl KeyStore + 'static,
    ) -> Result<Self, Error> {
        Self::open_with(path, keys, Arc::new(SystemClock)).await
    }

    /// [`Recipient::open`] with a clock.
    ///
    /// # Errors
    /// As [`Recipient::open`].
    pub async fn open_with(
        path: impl AsRef<Path>,
        keys: impl KeyStore + 'static,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let store = Arc::new(SqliteStore::open(path.as_ref(), StoreOptions::default())?);
        Self::load(store, Arc::new(keys), clock, Box::new(OsEntropy::new())).await
    }

    /// A recipient in memory, for tests.
    ///
    /// # Errors
    /// [`Error::KeyStore`], [`Error::Entropy`].
    pub async fn in_memory(
        name: Name,
        role: Role,
        keys: impl KeyStore + 'static,
        clock: Arc<dyn Clock>,
        entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, Error> {
        Self::make(
            Arc::new(MemoryStore::new()),
            name,
            role,
            Arc::new(keys),
            clock,
            entropy,
        )
        .await
    }

    pub(crate) async fn make(
        store: Arc<dyn Store>,
        name: Name,
        role: Role,
        keys: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        mut entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, Error> {
        let about = recipient_key()?;
        let key = claim(&*store, &*keys, &mut *entropy).await?;
        let signing = SigningKey::generate_ed25519(&mut *entropy)?;
        let envelope = EnvelopeKey::generate(&mut *entropy)?;
        let card = Card::draft(
            Suite::One,
            role,
            name,
            signing.public_key(),
            envelope.public_key().clone(),
        )?
        .sign(&signing)?;
        let row = About {
            card: card.as_bytes().to_vec(),
            signing: signing.to_secret_bytes().to_vec(),
            envelope: *envelope.seed().expose(),
        };
        let mut batch = Batch::new();
        Rows::new(Arc::clone(&store), key).put(&mut batch, about, &row, &mut *entropy)?;
        store.commit(&batch)?;
        Self::load(store, keys, clock, entropy).await
    }

    pub(crate) async fn load(
        store: Arc<dyn Store>,
        keys: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, Error> {
        let about = recipient_key()?;
        if store.get(about)?.is_none() {
            return Err(Error::Missing(Noun::Recipient));
        }
        let key = keys.load().await?.ok_or(Error::Missing(Noun::Recipient))?;
        let rows = Rows::new(store, key);
        let about: About = rows.get(about)?.ok_or(Error::Damaged)?;
        let card = UnverifiedCard::from_bytes(&about.card)?.verify()?;
        let signing = SigningKey::from_secret_bytes(&about.signing)?;
        let envelope = EnvelopeKey::from_seed(Secret::from_bytes(about.envelope))?;
        let mut state = State {
            entropy,
            consents: BTreeMap::new(),
            revocations: Revocations::new(),
            logs: BTreeMap::new(),
        };
        rows.each(all(Space::Consent)?, |key, row: ConsentRow| {
            let consent = Consent::load(row, &card, &envelope, &mut state.revocations)?;
            state.consents.insert(number_of(key), consent);
            Ok(())
        })?;
        let mut logs = Vec::new();
        rows.each(all(Space::Stream)?, |key, row: LogRow| {
            logs.push((number_of(key), row.genesis.verify(&row.household)?));
            Ok(())
        })?;
        for (no, genesis) in logs {
            state.logs.insert(
                no,
                Log {
                    stream: genesis.stream,
                    stored: StoredLog::load(rows.store(), no, genesis)?,
                },
            );
        }
        Ok(Self {
            inner: Arc::new(Inner {
                rows,
                card,
                signing,
                envelope,
                clock,
                key_store: keys.kind(),
                state: Mutex::new(state),
            }),
        })
    }

    /// The card by which it is known.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.inner.card
    }

    /// The time by its clock.
    #[must_use]
    pub fn now(&self) -> Time {
        self.inner.clock.now()
    }

    /// Bytes of the store.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn size(&self) -> Result<u64, Error> {
        Ok(self.inner.rows.store().size()?)
    }

    /// Makes a signed request.
    ///
    /// # Errors
    /// [`Error::Wire`] when the wishes break a bound.
    pub fn request(&self, wishes: Wishes) -> Result<Request, Error> {
        let mut state = self.inner.lock();
        Ok(Request::make(
            &self.inner.card,
            wishes,
            &self.inner.signing,
            &mut *state.entropy,
        )?)
    }

    /// Takes a grant: verifies it and opens the keys that it stands for.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is for another recipient or revoked, [`Error::Bundle`], [`Error::Verify`].
    pub fn accept(&self, grant: &Grant) -> Result<TokenId, Error> {
        let inner = &self.inner;
        let id = grant.token().id();
        if grant.token().recipient() != inner.card.id() {
            return Err(Refusal::WrongRecipient {
                granted_to: grant.token().recipient(),
            }
            .into());
        }
        let mut state = inner.lock();
        if let Some(at) = state.revocations.get(id) {
            return Err(Refusal::Revoked { at }.into());
        }
        if state
            .consents
            .values()
            .any(|consent| consent.token.id() == id)
        {
            return Ok(id);
        }
        let keys = grant.open(&inner.card, &inner.envelope)?;
        let row = ConsentRow {
            token: grant.token().as_bytes().to_vec(),
            bundles: grant
                .bundles()
                .iter()
                .map(|bundle| bundle.as_bytes().to_vec())
                .collect(),
            revocation: None,
            next: BTreeMap::new(),
        };
        let no = state.consents.keys().max().map_or(1, |no| no + 1);
        inner.save(&mut state, no, &row)?;
        state.consents.insert(
            no,
            Consent {
                row,
                token: grant.token().clone(),
                keys: Some(keys),
            },
        );
        Ok(id)
    }

    /// [`Recipient::accept`] for a grant file.
    ///
    /// # Errors
    /// As [`Recipient::accept`], and [`Error::Wire`].
    pub fn accept_file(&self, file: &[u8]) -> Result<TokenId, Error> {
        self.accept(&UnverifiedGrant::from_file(file)?.verify()?)
    }

    /// The consents that it was given, oldest first.
    #[must_use]
    pub fn consents(&self) -> Vec<Held> {
        let now = self.now();
        let state = self.inner.lock();
        let held = |consent: &Consent| Held {
            token: consent.token.clone(),
            streams: consent
                .keys
                .iter()
                .flat_map(Keys::streams)
                .cloned()
                .collect(),
            state: consent.state(now, &state.revocations),
            lease_until: consent.keys.as_ref().map_or(now, Keys::horizon),
        };
        state.consents.values().map(held).collect()
    }

    /// What it has already, to be told to a home that is asked for a parcel.
    #[must_use]
    pub fn have(&self) -> Have {
        let mut have = Have::default();
        for consent in self.inner.lock().consents.values() {
            let id = consent.token.id();
            have.bundles.insert(
                id,
                u32::try_from(consent.row.bundles.len()).unwrap_or(u32::MAX),
            );
            have.entries.extend(
                consent
                    .row
                    .next
                    .iter()
                    .map(|(log, next)| ((id, *log), *next)),
            );
        }
        have
    }

    /// Takes a parcel in: verifies everything, keeps what is new, and deletes what was withdrawn.
    ///
    /// # Errors
    /// [`Error::Bundle`], [`Error::Revocation`], [`Error::Log`]; what was taken before the error stays.
    pub fn receive(&self, parcel: &Parcel) -> Result<Received, Error> {
        let mut state = self.inner.lock();
        let mut received = Received::default();
        for revocation in &parcel.revocations {
            self.inner.withdraw(&mut state, revocation, &mut received)?;
        }
        for extension in &parcel.extensions {
            self.inner.extend(&mut state, extension, &mut received)?;
        }
        for log in &parcel.logs {
            self.inner.take_log(&mut state, log, &mut received)?;
        }
        Ok(received)
    }

    /// The summaries of the slots of `level` that lie wholly in `[from, until)` and have readings, with the facets that were
    /// granted.
    ///
    /// # Errors
    /// [`Error::Refused`] and [`Error::NoConsent`] when it was not granted, [`Error::Ambiguous`] when several consents fit.
    pub fn summaries(
        &self,
        selector: &Selector,
        level: Level,
        from: Time,
        until: Time,
    ) -> Result<Opened<Window>, Error> {
        self.inner
            .with_access(selector, level, from, until, |store, logs, access, keys| {
                let query = Query {
                    level,
                    facets: access.facets,
                    from,
                    until,
                };
                reader::windows(store, logs, &access.info.stream, query, keys)
            })
    }

    /// The readings in `[from, until)`, where raw was granted.
    ///
    /// # Errors
    /// As [`Recipient::summaries`].
    pub fn read(
        &self,
        selector: &Selector,
        from: Time,
        until: Time,
    ) -> Result<Opened<Reading>, Error> {
        self.inner
            .with_access(selector, Level::Raw, from, until, |store, logs, _, keys| {
                reader::readings(store, logs, from, until, keys)
            })
    }

    /// How surely a replaced store key is gone.
    pub(crate) fn key_store(&self) -> KeyStoreKind {
        self.inner.key_store
    }

    pub(crate) fn check_store(&self) -> Result<(), Error> {
        Ok(self.inner.rows.store().check()?)
    }

    /// Shows every log with its stream's name and the keys that are held for it.
    pub(crate) fn each_log(
        &self,
        mut visit: impl FnMut(
            String,
            &mut StoredLog,
            &dyn Store,
            &mut dyn KeySource,
        ) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut state = self.inner.lock();
        let state = &mut *state;
        for log in state.logs.values_mut() {
            let stream = stream_id(log.stream);
            let info = state
                .consents
                .values()
                .filter_map(|consent| consent.keys.as_ref()?.stream(stream))
                .next();
            let name = info.map_or_else(String::new, |info| info.label.as_str().to_owned());
            let mut keys = AllKeys {
                consents: &state.consents,
                stream,
                card: self.inner.card.id(),
                now: self.inner.clock.now(),
                revocations: &state.revocations,
            };
            visit(name, &mut log.stored, self.inner.rows.store(), &mut keys)
                .map_err(Error::of_stored)?;
        }
        Ok(())
    }

    /// Leaves the store tidy. Dropping the recipient loses nothing either.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn close(self) -> Result<(), Error> {
        Ok(self.inner.rows.store().close()?)
    }
}

/// What a permit gives for one query.
struct Grants<'a> {
    permit: Permit<'a>,
    keys: &'a Keys,
    info: StreamInfo,
    facets: Facets,
}

/// Keys of one stream, found by place.
struct OpenKeys<'a, 'b> {
    access: &'a Grants<'b>,
    found: BTreeMap<KeyPlace, Option<SlotKeys>>,
}

impl KeySource for OpenKeys<'_, '_> {
    fn leaf(&mut self, at: KeyPlace, start: Time) -> Option<Leaf> {
        let access = self.access;
        let keys = self.found.entry(at).or_insert_with(|| {
            let tree = TreeId {
                stream: access.info.id,
                level: at.level,
                facet: at.facet,
                epoch: at.epoch,
                generation: at.generation,
            };
            access
                .keys
                .cover(&access.permit, &tree)
                .map(|cover| SlotKeys::new(at, whole(cover)))
        });
        keys.as_mut()?.leaf(start)
    }
}

/// Keys of one stream from whichever usable consent gives them.
struct AllKeys<'a> {
    consents: &'a BTreeMap<u32, Consent>,
    stream: freehold_consent::StreamId,
    card: freehold_consent::CardId,
    now: Time,
    revocations: &'a Revocations,
}

impl KeySource for AllKeys<'_> {
    fn leaf(&mut self, at: KeyPlace, start: Time) -> Option<Leaf> {
        let tree = TreeId {
            stream: self.stream,
            level: at.level,
            facet: at.facet,
            epoch: at.epoch,
            generation: at.generation,
        };
        self.consents.values().find_map(|consent| {
            let permit = consent
                .token
                .permit(self.now, self.card, self.revocations)
                .ok()?;
            SlotKeys::new(at, whole(consent.keys.as_ref()?.cover(&permit, &tree)?)).leaf(start)
        })
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, state: &mut State, no: u32, row: &ConsentRow) -> Result<(), Error> {
        let mut batch = Batch::new();
        self.rows.put(
            &mut batch,
            number_key(Space::Consent, no)?,
            row,
            &mut *state.entropy,
        )?;
        Ok(self.rows.store().commit(&batch)?)
    }

    fn with_access<T>(
        &self,
        selector: &Selector,
        level: Level,
        from: Time,
        until: Time,
        act: impl FnOnce(
            &dyn Store,
            &mut [&mut StoredLog],
            &Grants<'_>,
            &mut dyn KeySource,
        ) -> Result<Vec<T>, Error>,
    ) -> Result<Opened<T>, Error> {
        let mut state = self.lock();
        let state = &mut *state;
        let consent = select(
            &state.consents,
            &state.revocations,
            selector,
            level,
            self.clock.now(),
            self.card.id(),
        )?;
        let permit = consent
            .token
            .permit(self.clock.now(), self.card.id(), &state.revocations)?;
        let keys = consent.keys.as_ref().ok_or(Error::NoConsent)?;
        let info = pick_stream(keys, selector, consent, level)?;
        let facets = permitted(&permit, &info, level, from, until)?;
        let access = Grants {
            permit,
            keys,
            info,
            facets,
        };
        let mut logs: Vec<&mut StoredLog> = state
            .logs
            .values_mut()
            .filter(|log| log.stream == access.info.id.0 && log.stored.genesis.level == level)
            .map(|log| &mut log.stored)
            .collect();
        logs.sort_by_key(|log| log.genesis.incarnation);
        let items = act(
            self.rows.store(),
            &mut logs,
            &access,
            &mut OpenKeys {
                access: &access,
                found: BTreeMap::new(),
            },
        )
        .map_err(Error::of_stored)?;
        let horizon = keys.horizon();
        Ok(Opened {
            consent: consent.token.id(),
            not_yet: (horizon < until).then_some(horizon),
            items,
            stream: access.info,
        })
    }

    /// Marks a consent as withdrawn; its keys go, and every copy that no other consent covers.
    fn withdraw(
        &self,
        state: &mut State,
        revocation: &[u8],
        received: &mut Received,
    ) -> Result<(), Error> {
        let unverified = UnverifiedRevocation::from_bytes(revocation)?;
        let id = unverified.token();
        let Some((no, consent)) = state
            .consents
            .iter_mut()
            .find(|(_, consent)| consent.token.id() == id)
        else {
            return Ok(());
        };
        if consent.row.revocation.is_some() {
            return Ok(());
        }
        let verified = unverified.verify(&consent.token)?;
        consent.row = ConsentRow {
            revocation: Some(revocation.to_vec()),
            bundles: Vec::new(),
            next: BTreeMap::new(),
            ..consent.row.clone()
        };
        consent.keys = None;
        let (no, row) = (*no, consent.row.clone());
        let streams = consent.token.terms().scope.streams();
        state.revocations.add(&verified);
        let mut batch = Batch::new();
        self.rows.put(
            &mut batch,
            number_key(Space::Consent, no)?,
            &row,
            &mut *state.entropy,
        )?;
        for stream in streams {
            self.prune(state, stream.0, &mut batch)?;
        }
        self.rows.store().commit(&batch)?;
        received.revocations += 1;
        Ok(())
    }

    /// Deletes the copies of a stream that no consent covers any more.
    fn prune(&self, state: &mut State, stream: [u8; 16], batch: &mut Batch) -> Result<(), Error> {
        let consents: Vec<&Token> = state
            .consents
            .values()
            .filter(|consent| consent.keys.is_some())
            .map(|consent| &consent.token)
            .collect();
        let mut gone = Vec::new();
        for (no, log) in state
            .logs
            .iter_mut()
            .filter(|(_, log)| log.stream == stream)
        {
            let level = log.stored.genesis.level;
            let covers = |token: &&&Token| {
                token.terms().scope.lines().iter().any(|line| {
                    line.streams.contains(&stream_id(stream)) && line.levels.contains(level)
                })
            };
            let left: Vec<&Token> = consents.iter().filter(covers).copied().collect();
            if left.is_empty() {
                batch.delete(number_key(Space::Stream, *no)?);
                for space in [Space::Header, Space::Body, Space::Checkpoint] {
                    batch.delete_range(log_rows(space, *no)?);
                }
                gone.push(*no);
            } else {
                log.stored
                    .keep_only(self.rows.store(), batch, &|slot, facet| {
                        left.iter().any(|token| {
                            token
                                .terms()
                                .scope
                                .windows(stream_id(stream), level, facet)
                                .iter()
                                .any(|window| window.covers(slot.start, slot.end))
                        })
                    })?;
            }
        }
        for no in gone {
            state.logs.remove(&no);
        }
        Ok(())
    }

    /// Takes a further bundle of a consent that is held.
    fn extend(
        &self,
        state: &mut State,
        extension: &[u8],
        received: &mut Received,
    ) -> Result<(), Error> {
        let unverified = UnverifiedBundle::from_bytes(extension)?;
        let id = unverified.token();
        let Some((no, consent)) = state
            .consents
            .iter_mut()
            .find(|(_, consent)| consent.token.id() == id)
        else {
            return Ok(());
        };
        let Some(keys) = &mut consent.keys else {
            return Ok(());
        };
        let bundle = unverified.verify(&consent.token)?;
        if bundle.header().seq <= keys.seq() {
            return Ok(());
        }
        keys.extend(bundle.open(&consent.token, &self.card, &self.envelope)?)?;
        consent.row.bundles.push(extension.to_vec());
        let (no, row) = (*no, consent.row.clone());
        self.save(state, no, &row)?;
        received.extensions += 1;
        Ok(())
    }

    /// Takes a stretch of a log that a consent covers.
    fn take_log(
        &self,
        state: &mut State,
        parcel: &LogParcel,
        received: &mut Received,
    ) -> Result<(), Error> {
        let Some((household, genesis)) = state.genesis_of(&parcel.genesis) else {
            return Err(Error::NoConsent);
        };
        let from = match &parcel.from {
            Some(checkpoint) => {
                Some(UnverifiedCheckpoint::from_bytes(checkpoint)?.verify(&genesis)?)
            }
            None => None,
        };
        let checkpoint = UnverifiedCheckpoint::from_bytes(&parcel.checkpoint)?.verify(&genesis)?;
        let entries = parcel
            .entries
            .iter()
            .map(|(header, body)| UnverifiedEntry::from_bytes(header, body))
            .collect::<Result<_, _>>()?;
        let start = from
            .as_ref()
            .map_or_else(|| genesis.start(), freehold_sync::Checkpoint::position);
        let entries = verify(&genesis, start, entries, &checkpoint)?;
        let mut batch = Batch::new();
        let no = self.log_no(state, &mut batch, &parcel.genesis, &genesis, household)?;
        let log = state.logs.get_mut(&no).ok_or(Error::Damaged)?;
        for entry in &entries {
            log.stored
                .merge_entry(self.rows.store(), &mut batch, entry, received)?;
        }
        for checkpoint in from.iter().chain([&checkpoint]) {
            log.stored.put_checkpoint(&mut batch, checkpoint)?;
        }
        log.stored.forget();
        let mut rows = Vec::new();
        for (no, consent) in &mut state.consents {
            // Another consent's share of the same entries comes in a parcel of its own.
            if consent.token.id() == parcel.token && consent.covers(&genesis) {
                consent
                    .row
                    .next
                    .insert(genesis.log, checkpoint.position().seq);
                rows.push((*no, consent.row.clone()));
            }
        }
        for (no, row) in rows {
            self.rows.put(
                &mut batch,
                number_key(Space::Consent, no)?,
                &row,
                &mut *state.entropy,
            )?;
        }
        Ok(self.rows.store().commit(&batch)?)
    }

    /// The number of a log in this store; a new one is noted in `batch`.
    fn log_no(
        &self,
        state: &mut State,
        batch: &mut Batch,
        signed: &SignedGenesis,
        genesis: &Genesis,
        household: freehold_crypto::PublicKey,
    ) -> Result<u32, Error> {
        if let Some((no, _)) = state
            .logs
            .iter()
            .find(|(_, log)| log.stored.genesis.log == genesis.log)
        {
            return Ok(*no);
        }
        let no = state.logs.keys().max().map_or(1, |no| no + 1);
        let row = LogRow {
            genesis: signed.clone(),
            household,
        };
        self.rows.put(
            batch,
            number_key(Space::Stream, no)?,
            &row,
            &mut *state.entropy,
        )?;
        let stored = StoredLog::load(self.rows.store(), no, genesis.clone())?;
        state.logs.insert(
            no,
            Log {
                stream: genesis.stream,
                stored,
            },
        );
        Ok(no)
    }
}

impl State {
    /// The genesis, if a live consent's household signed it and its bundle names the log.
    fn genesis_of(&self, signed: &SignedGenesis) -> Option<(freehold_crypto::PublicKey, Genesis)> {
        self.consents.values().find_map(|consent| {
            let genesis = signed.verify(consent.token.grantor()).ok()?;
            consent
                .covers(&genesis)
                .then(|| (*consent.token.grantor(), genesis))
        })
    }
}

impl Consent {
    fn load(
        row: ConsentRow,
        card: &Card,
        envelope: &EnvelopeKey,
        revocations: &mut Revocations,
    ) -> Result<Self, Error> {
        let token = UnverifiedToken::from_bytes(&row.token)?.verify()?;
        if let Some(revocation) = &row.revocation {
            revocations.add(&UnverifiedRevocation::from_bytes(revocation)?.verify(&token)?);
            return Ok(Self {
                row,
                token,
                keys: None,
            });
        }
        let mut keys: Option<Keys> = None;
        for bundle in &row.bundles {
            let bundle = UnverifiedBundle::from_bytes(bundle)?
                .verify(&token)?
                .open(&token, card, envelope)?;
            match &mut keys {
                Some(keys) => keys.extend(bundle)?,
                None => keys = Some(Keys::new(bundle)),
            }
        }
        Ok(Self { row, token, keys })
    }

    fn state(&self, now: Time, revocations: &Revocations) -> ConsentState {
        let usable = self.token.terms().usable;
        match revocations.get(self.token.id()) {
            Some(at) => ConsentState::Revoked { at },
            None if now < usable.from() => ConsentState::NotYet {
                from: usable.from(),
            },
            None if now < usable.until() => ConsentState::Live {
                until: usable.until(),
            },
            None => ConsentState::Expired { at: usable.until() },
        }
    }

    /// Whether the consent's bundles name this log, with this writer and this description of its stream.
    fn covers(&self, genesis: &Genesis) -> bool {
        let Some(keys) = &self.keys else { return false };
        keys.stream(stream_id(genesis.stream)).is_some_and(|info| {
            let named = info.logs.iter().any(|log| {
                log.log == genesis.log && log.writer == genesis.writer && log.level == genesis.level
            });
            named && digest(Domain::Spec, &[&wire::to_bytes(info.stream.spec())]) == genesis.spec
        })
    }

    fn grants(&self, level: Level) -> bool {
        self.token
            .terms()
            .scope
            .lines()
            .iter()
            .any(|line| line.levels.contains(level))
    }
}

/// The consent that is meant.
fn select<'a>(
    consents: &'a BTreeMap<u32, Consent>,
    revocations: &Revocations,
    selector: &Selector,
    level: Level,
    now: Time,
    card: freehold_consent::CardId,
) -> Result<&'a Consent, Error> {
    let by_id = |consent: &&Consent| selector.consent.is_none_or(|id| consent.token.id() == id);
    let by_name = |consent: &&Consent| {
        let named = |keys: &Keys| {
            selector
                .stream
                .as_ref()
                .is_none_or(|name| keys.streams().any(|info| info.label.as_str() == name))
        };
        consent.keys.as_ref().is_none_or(named)
    };
    let fitting: Vec<&Consent> = consents.values().filter(by_id).filter(by_name).collect();
    let usable: Vec<&Consent> = fitting
        .iter()
        .filter(|consent| {
            consent.grants(level) && consent.token.permit(now, card, revocations).is_ok()
        })
        .copied()
        .collect();
    match (usable.as_slice(), fitting.as_slice()) {
        ([one], _) => Ok(one),
        ([], []) => Err(Error::NoConsent),
        // None is usable: the newest one says why.
        ([], [.., newest]) => Ok(newest),
        (several, _) => Err(Error::Ambiguous {
            noun: Noun::Consent,
            found: several.len(),
        }),
    }
}

fn pick_stream(
    keys: &Keys,
    selector: &Selector,
    consent: &Consent,
    level: Level,
) -> Result<StreamInfo, Error> {
    let lines = consent.token.terms().scope.lines();
    let granted = |info: &&StreamInfo| {
        lines
            .iter()
            .any(|line| line.levels.contains(level) && line.streams.contains(&info.id))
    };
    let named: Vec<&StreamInfo> = keys
        .streams()
        .filter(|info| {
            selector
                .stream
                .as_ref()
                .is_none_or(|name| info.label.as_str() == name)
        })
        .collect();
    let fitting: Vec<&StreamInfo> = named.iter().filter(|info| granted(info)).copied().collect();
    match (fitting.as_slice(), named.as_slice()) {
        ([one], _) => Ok((*one).clone()),
        ([], [first, ..]) => Ok((*first).clone()),
        ([], []) => Err(Error::NoConsent),
        (several, _) => Err(Error::Ambiguous {
            noun: Noun::Stream,
            found: several.len(),
        }),
    }
}

/// The facets that may be opened in the whole range; an error says why there is none.
fn permitted(
    permit: &Permit<'_>,
    info: &StreamInfo,
    level: Level,
    from: Time,
    until: Time,
) -> Result<Facets, Error> {
    let mut facets = Facets::EMPTY;
    let mut why = None;
    for facet in Facet::ALL {
        match permit.check(&Access {
            stream: info.id,
            level,
            facet,
            from,
            until,
        }) {
            Ok(()) => facets = facets.with(facet),
            // That the window is too short says more than that a facet is missing.
            Err(refusal)
                if why.is_none()
                    || !matches!(refusal, Refusal::NotGranted(NotGranted::Facet { .. })) =>
            {
                why = Some(refusal)
            }
            Err(_) => {}
        }
    }
    match why {
        Some(refusal) if facets.is_empty() => Err(refusal.into()),
        _ => Ok(facets),
    }
}

fn stream_id(id: [u8; 16]) -> freehold_consent::StreamId {
    freehold_consent::StreamId(id)
}

fn recipient_key() -> Result<freehold_store::Key, Error> {
    number_key(Space::About, RECIPIENT)
}
