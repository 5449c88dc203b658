//! The other side: whoever asks for data, is granted it, and opens exactly that.

mod access;
mod consent;
mod holder;
mod intake;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use freehold_consent::{
    Card, Grant, Heirs, Keys, Name, Refusal, Request, Revocations, Role, State as ConsentState,
    StreamInfo, Token, TokenId, UnverifiedCard, UnverifiedGrant, Wishes,
};
use freehold_crypto::{
    Entropy, EntropyError, EnvelopeKey, KeyStore, KeyStoreKind, MemoryKeyStore, OsEntropy,
    PublicKey, Secret, Signer, SigningKey, Suite,
};
use freehold_model::{Level, Reading, Time};
use freehold_store::{Batch, MemoryStore, SqliteStore, Store, StoreOptions};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Clock, Error, Noun, SystemClock, Watch, Window,
    changes::Changes,
    home::number_of,
    logs::StoredLog,
    page::{page, windows_page},
    parcel::{Have, Parcel},
    reader::{self, Query},
    rows::{RECIPIENT, Rows, Space, all, claim, number_key},
    stream::SignedGenesis,
    vault::KeySource,
};

use access::{AllKeys, Grants};
use consent::Consent;
pub(crate) use consent::ConsentRow;
pub use holder::Holder;

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
    /// Where less was asked for than all: from when to ask for the rest.
    pub next: Option<Time>,
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

impl Received {
    pub(crate) fn add(&mut self, other: Self) {
        self.entries += other.entries;
        self.pieces += other.pieces;
        self.extensions += other.extensions;
        self.revocations += other.revocations;
    }
}

struct Inner {
    rows: Rows,
    card: Card,
    signer: Arc<dyn Signer>,
    envelope: EnvelopeKey,
    clock: Arc<dyn Clock>,
    key_store: KeyStoreKind,
    changes: Arc<Changes>,
    state: Mutex<State>,
}

struct State {
    entropy: Box<dyn Entropy + Send>,
    consents: BTreeMap<u32, Consent>,
    revocations: Revocations,
    logs: BTreeMap<u32, Log>,
    heirs: Heirs,
}

struct Log {
    stream: [u8; 16],
    stored: StoredLog,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct LogRow {
    genesis: SignedGenesis,
    /// The key of the household that signed it.
    household: PublicKey,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct About {
    #[zeroize(skip)]
    card: Vec<u8>,
    /// Empty where a signer has the key of the card.
    signing: Vec<u8>,
    envelope: [u8; 32],
}

impl About {
    fn keep(&self, rows: Rows, entropy: &mut dyn Entropy) -> Result<(), Error> {
        let mut batch = Batch::new();
        rows.put(&mut batch, recipient_key()?, self, entropy)?;
        Ok(rows.store().commit(&batch)?)
    }
}

impl LogRow {
    fn new(genesis: SignedGenesis, household: PublicKey) -> Self {
        Self { genesis, household }
    }
}

impl Recipient {
    /// Makes a recipient in the folder `path`, with new keys and a card that says `name` and `role`.
    ///
    /// # Errors
    /// [`Error::Exists`] when there is one, [`Error::Store`], [`Error::KeyStore`].
    pub fn create(
        path: impl AsRef<Path>,
        name: Name,
        role: Role,
        keys: impl KeyStore + 'static,
    ) -> Result<Self, Error> {
        Self::create_with(path, name, role, keys, Arc::new(SystemClock), None)
    }

    /// [`Recipient::create`] with a clock, and with a signer where the key of the card is to lie in hardware: requests and receipts of
    /// erasures are signed there, and whoever copies the store can make neither. It is called while something waits for it, by several
    /// threads, and may not use the recipient. What opens envelopes is a key in the store all the same.
    ///
    /// # Errors
    /// As [`Recipient::create`], and [`Error::Sign`] when the signer did not sign the card.
    pub fn create_with(
        path: impl AsRef<Path>,
        name: Name,
        role: Role,
        keys: impl KeyStore + 'static,
        clock: Arc<dyn Clock>,
        signer: Option<Arc<dyn Signer>>,
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
            signer,
            Box::new(OsEntropy::new()),
        )
    }

    /// Opens the recipient in the folder `path`.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::KeyStore`], [`Error::Damaged`], [`Error::Store`].
    pub fn open(path: impl AsRef<Path>, keys: impl KeyStore + 'static) -> Result<Self, Error> {
        Self::open_with(path, keys, Arc::new(SystemClock), None)
    }

    /// [`Recipient::open`] with a clock, and with the signer with which it was made.
    ///
    /// # Errors
    /// As [`Recipient::open`], and [`Error::WrongSigner`].
    pub fn open_with(
        path: impl AsRef<Path>,
        keys: impl KeyStore + 'static,
        clock: Arc<dyn Clock>,
        signer: Option<Arc<dyn Signer>>,
    ) -> Result<Self, Error> {
        let store = Arc::new(SqliteStore::open(path.as_ref(), StoreOptions::default())?);
        let entropy = Box::new(OsEntropy::new());
        Self::load(store, Arc::new(keys), clock, signer, entropy)
    }

    /// A recipient in memory, for tests.
    ///
    /// # Errors
    /// [`Error::KeyStore`], [`Error::Entropy`].
    pub fn in_memory(
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
            None,
            entropy,
        )
    }

    pub(crate) fn make(
        store: Arc<dyn Store>,
        name: Name,
        role: Role,
        keys: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        signer: Option<Arc<dyn Signer>>,
        mut entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, Error> {
        let key = claim(&*store, &*keys, &mut *entropy)?;
        let kept = match signer {
            Some(_) => None,
            None => Some(SigningKey::generate_ed25519(&mut *entropy)?),
        };
        let own = kept.as_ref().map(|key| key as &dyn Signer);
        let signing = signer.as_deref().or(own).ok_or(Error::WrongSigner)?;
        let envelope = EnvelopeKey::generate(&mut *entropy)?;
        let card = Card::draft(
            Suite::One,
            role,
            name,
            signing.public_key(),
            envelope.public_key().clone(),
        )?
        .sign(signing)?;
        let row = About {
            card: card.as_bytes().to_vec(),
            signing: kept
                .as_ref()
                .map_or_else(Vec::new, |key| key.to_secret_bytes().to_vec()),
            envelope: *envelope.seed().expose(),
        };
        row.keep(Rows::new(Arc::clone(&store), key), &mut *entropy)?;
        Self::load(store, keys, clock, signer, entropy)
    }

    /// Whoever has `card` and the envelope key of this seed, but not the key of the card: nobody believes what it signs.
    pub(crate) fn holding(
        card: &Card,
        seed: &Secret,
        clock: Arc<dyn Clock>,
        mut entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, Error> {
        let (store, keys) = (
            Arc::new(MemoryStore::new()),
            Arc::new(MemoryKeyStore::new()),
        );
        let key = claim(&*store, &*keys, &mut *entropy)?;
        let row = About {
            card: card.as_bytes().to_vec(),
            signing: SigningKey::generate_ed25519(&mut *entropy)?
                .to_secret_bytes()
                .to_vec(),
            envelope: *seed.expose(),
        };
        row.keep(Rows::new(Arc::clone(&store) as _, key), &mut *entropy)?;
        Self::load(store, keys, clock, None, entropy)
    }

    pub(crate) fn load(
        store: Arc<dyn Store>,
        keys: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        signer: Option<Arc<dyn Signer>>,
        entropy: Box<dyn Entropy + Send>,
    ) -> Result<Self, Error> {
        let about = recipient_key()?;
        if store.get(about)?.is_none() {
            return Err(Error::Missing(Noun::Recipient));
        }
        let key = keys.load()?.ok_or(Error::Missing(Noun::Recipient))?;
        let rows = Rows::new(store, key);
        let about: About = rows.get(about)?.ok_or(Error::Damaged)?;
        let card = UnverifiedCard::from_bytes(&about.card)?.verify()?;
        let signer: Arc<dyn Signer> = match signer {
            None if about.signing.is_empty() => return Err(Error::WrongSigner),
            None => Arc::new(SigningKey::from_secret_bytes(&about.signing)?),
            Some(signer) if signer.public_key() == *card.key() => signer,
            Some(_) => return Err(Error::WrongSigner),
        };
        let envelope = EnvelopeKey::from_seed(Secret::from_bytes(about.envelope))?;
        let mut state = State {
            entropy,
            consents: BTreeMap::new(),
            revocations: Revocations::new(),
            logs: BTreeMap::new(),
            heirs: rows
                .get(number_key(Space::About, HEIRS)?)?
                .unwrap_or_default(),
        };
        rows.each(all(Space::Consent)?, |key, row: ConsentRow| {
            let consent = Consent::load(row, &card, &envelope, &mut state.revocations)?;
            state.consents.insert(number_of(key), consent);
            Ok(())
        })?;
        let mut logs = Vec::new();
        rows.each(all(Space::Stream)?, |key, row: LogRow| {
            logs.push((number_of(key), row.genesis.verify(&[row.household])?));
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
                signer,
                envelope,
                clock,
                key_store: keys.kind(),
                changes: Arc::default(),
                state: Mutex::new(state),
            }),
        })
    }

    /// The card by which it is known.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.inner.card
    }

    /// Tells from now on when something comes or goes.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.inner.changes.watch()
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
    /// [`Error::Wire`] when the wishes break a bound; [`Error::Sign`] when the signer did not sign.
    pub fn request(&self, wishes: Wishes) -> Result<Request, Error> {
        let draft = Request::draft(&self.inner.card, wishes, &mut *self.inner.lock().entropy)?;
        // Nothing is held meanwhile: a signer may ask a person first.
        Ok(draft.sign(&*self.inner.signer)?)
    }

    /// Takes a grant: verifies it and opens the keys that it stands for.
    ///
    /// # Errors
    /// [`Error::Refused`] when it is for another recipient or revoked, [`Error::Bundle`] also when the household signs with another
    /// key now, [`Error::Verify`].
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
        let mut heirs = state.heirs.clone();
        for bundle in grant.bundles() {
            heirs = heirs.after(grant.token(), bundle)?;
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
        let mut batch = inner.consent_batch(&mut state, no, &row)?;
        inner.put_heirs(&mut state, &mut batch, &heirs)?;
        inner.commit(&batch)?;
        state.heirs = heirs;
        let newest = grant.bundles().last();
        let household = newest.map_or_else(Vec::new, |last| last.household(grant.token()));
        state.consents.insert(
            no,
            Consent {
                row,
                token: grant.token().clone(),
                keys: Some(keys),
                household,
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

    pub(crate) fn open_tokens(&self) -> Vec<TokenId> {
        let state = self.inner.lock();
        let open = state.consents.values().filter(|held| held.keys.is_some());
        open.map(|held| held.token.id()).collect()
    }

    /// What it has already and what it has erased, to be told to a home that is asked for a parcel.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub fn have(&self) -> Result<Have, Error> {
        let mut have = Have::default();
        for row in crate::erase::orders(&self.inner.rows)? {
            have.erased.push(row.news());
        }
        for consent in self.inner.lock().consents.values() {
            let id = consent.token.id();
            have.bundles.insert(
                id,
                // Those that were superseded do not come.
                consent.keys.as_ref().map_or(0, |keys| keys.seq() + 1),
            );
            have.entries.extend(
                consent
                    .row
                    .next
                    .iter()
                    .map(|(log, next)| ((id, *log), *next)),
            );
        }
        Ok(have)
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
        for (token, order) in &parcel.erasures {
            self.inner.erase(&mut state, *token, order)?;
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
        self.summaries_page(selector, level, (from, until), usize::MAX)
    }

    /// [`Recipient::summaries`], no more than `limit` of them and a time from when to ask for the rest.
    ///
    /// # Errors
    /// As [`Recipient::summaries`].
    pub fn summaries_page(
        &self,
        selector: &Selector,
        level: Level,
        (from, until): (Time, Time),
        limit: usize,
    ) -> Result<Opened<Window>, Error> {
        let read = |store: &dyn Store,
                    logs: &mut [&mut StoredLog],
                    access: &Grants<'_>,
                    keys: &mut dyn KeySource| {
            windows_page(level, (from, until), limit, |from, until| {
                let query = Query {
                    level,
                    facets: access.facets,
                    from,
                    until,
                };
                reader::windows(store, logs, &access.info.stream, query, keys)
            })
        };
        self.inner.with_access(selector, level, from, until, read)
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
        self.read_page(selector, (from, until), usize::MAX)
    }

    /// [`Recipient::read`], some `limit` of them and a time from when to ask for the rest.
    ///
    /// # Errors
    /// As [`Recipient::summaries`].
    pub fn read_page(
        &self,
        selector: &Selector,
        (from, until): (Time, Time),
        limit: usize,
    ) -> Result<Opened<Reading>, Error> {
        self.inner
            .with_access(selector, Level::Raw, from, until, |store, logs, _, keys| {
                page((from, until), limit, |from, until| {
                    reader::readings(store, logs, from, until, keys)
                })
            })
    }

    /// Draws randomness as the recipient does.
    pub(crate) fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        self.inner.lock().entropy.fill(bytes)
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

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits what those who watch want to know of.
    fn commit(&self, batch: &Batch) -> Result<(), Error> {
        self.rows.store().commit(batch)?;
        self.changes.add();
        Ok(())
    }

    /// Writes which keys are believed, if that has changed.
    fn put_heirs(&self, state: &mut State, batch: &mut Batch, heirs: &Heirs) -> Result<(), Error> {
        if state.heirs == *heirs {
            return Ok(());
        }
        let at = number_key(Space::About, HEIRS)?;
        self.rows.put(batch, at, heirs, &mut *state.entropy)
    }
}

fn stream_id(id: [u8; 16]) -> freehold_consent::StreamId {
    freehold_consent::StreamId(id)
}

/// The row of a recipient that says which keys it believes.
const HEIRS: u32 = 5;

fn recipient_key() -> Result<freehold_store::Key, Error> {
    number_key(Space::About, RECIPIENT)
}
