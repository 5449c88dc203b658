//! A home, a recipient and a clock in memory, for a maker's own tests.

use std::sync::Arc;

use freehold_consent::{Name, Role, UnverifiedGrant};
use freehold_crypto::{
    Entropy, KeyStore, MemoryKeyStore, OsEntropy, PublicKey, Secret, SeededEntropy, Signer as _,
    SigningKey, Statement,
};
use freehold_model::Slot;
use freehold_store::{Batch, Key, MemoryStore, Store};
use freehold_sync::{Entry, Genesis};

use freehold_transport::{Offer, Transport};

use crate::{
    Clock, Error, Home, Newcomer, Recipient, SetClock, Time,
    home::State,
    logs::StoredLog,
    post::{Peer, PeerRow, PostKind},
    rows::{HOME, RECIPIENT, Rows, Space, all, number_key},
    vault::{KeyPlace, KeySource as _, Vault},
};

/// A household and a recipient that share a clock. Everything is the same for the same seed.
pub struct Bench {
    /// The clock of both.
    pub clock: Arc<SetClock>,
    /// The household.
    pub home: Home,
    /// The recipient.
    pub recipient: Recipient,
}

impl Bench {
    /// Sets both up at `now`.
    ///
    /// # Errors
    /// As [`Home::in_memory`] and [`Recipient::in_memory`].
    pub fn new(seed: u64, now: Time) -> Result<Self, Error> {
        let clock = Arc::new(SetClock::new(now));
        let home = Home::in_memory(
            "Home",
            MemoryKeyStore::new(),
            clock.clone(),
            Box::new(SeededEntropy::new(seed)),
        )?;
        let name = Name::new("Recipient").map_err(|_| Error::Damaged)?;
        let entropy = Box::new(SeededEntropy::new(seed ^ u64::MAX));
        let recipient = Recipient::in_memory(
            name,
            Role::Controller,
            MemoryKeyStore::new(),
            clock.clone(),
            entropy,
        )?;
        Ok(Self {
            clock,
            home,
            recipient,
        })
    }

    /// Hands the recipient what it is owed.
    ///
    /// # Errors
    /// As [`Home::parcel`] and [`Recipient::receive`].
    pub fn sync(&self) -> Result<crate::Received, Error> {
        sync(&self.home, &self.recipient)
    }
}

/// The home in `store`, or a new one called `name` if the store is nobody's: for a store that fails, or that a test looks into.
///
/// # Errors
/// As [`Home::open`] and [`Home::create`].
pub fn home_in(
    store: Arc<dyn Store>,
    name: &str,
    keys: Arc<dyn KeyStore>,
    clock: Arc<dyn Clock>,
    entropy: Box<dyn Entropy + Send>,
) -> Result<Home, Error> {
    if store.get(number_key(Space::About, HOME)?)?.is_some() {
        Home::load(store, keys, clock, entropy)
    } else {
        Home::make(store, name, keys, clock, entropy)
    }
}

/// The recipient in `store`, or a new one with this name and role, as [`home_in`].
///
/// # Errors
/// As [`Recipient::open`] and [`Recipient::create`].
pub fn recipient_in(
    store: Arc<dyn Store>,
    (name, role): (Name, Role),
    keys: Arc<dyn KeyStore>,
    clock: Arc<dyn Clock>,
    entropy: Box<dyn Entropy + Send>,
) -> Result<Recipient, Error> {
    if store.get(number_key(Space::About, RECIPIENT)?)?.is_some() {
        Recipient::load(store, keys, clock, None, entropy)
    } else {
        Recipient::make(store, name, role, keys, clock, None, entropy)
    }
}

/// Whoever a grant was sealed to, in memory: `seed` is that of its envelope key (X-Wing's secret key), as the vectors give it. It has not
/// accepted the grant yet, and as the key of its card is not there, nobody believes what it signs.
///
/// # Errors
/// As [`Recipient::accept_file`], for a grant that does not verify.
pub fn recipient_of(
    grant: &[u8],
    seed: [u8; 32],
    clock: Arc<dyn Clock>,
) -> Result<Recipient, Error> {
    let grant = UnverifiedGrant::from_file(grant)?.verify()?;
    let entropy = Box::new(OsEntropy::new());
    Recipient::holding(grant.card(), &Secret::from_bytes(seed), clock, entropy)
}

/// [`Home::join`] into a store, as [`home_in`].
///
/// # Errors
/// As [`Home::join`].
pub fn join_in(
    (store, keys): (Arc<dyn Store>, Arc<dyn KeyStore>),
    clock: Arc<dyn Clock>,
    entropy: Box<dyn Entropy + Send>,
    offer: &Offer,
    newcomer: Newcomer,
    transport: &mut dyn Transport,
    agrees: &mut dyn FnMut(&str) -> bool,
) -> Result<Home, Error> {
    let with = (store, keys, clock, entropy);
    Home::join_in(with, offer, newcomer, transport, agrees)
}

/// A P-256 key in software, in the place of one in hardware.
#[derive(Debug)]
pub struct HardwareKey(SigningKey);

impl HardwareKey {
    /// A fresh one.
    ///
    /// # Errors
    /// [`Error::Entropy`].
    pub fn new() -> Result<Self, Error> {
        Ok(Self(SigningKey::generate_p256()?))
    }

    /// The public key: an uncompressed point of 65 bytes (SEC 1, section 2.3.3).
    #[must_use]
    pub fn point(&self) -> [u8; 65] {
        let mut point = [4; 65];
        if let PublicKey::P256 { x, y } = self.0.public_key() {
            point[1..33].copy_from_slice(&x);
            point[33..].copy_from_slice(&y);
        }
        point
    }

    /// Signs as hardware does: ECDSA with SHA-256, r and s of 32 bytes each.
    ///
    /// # Errors
    /// [`Error::Sign`].
    pub fn sign(&self, message: [u8; 32]) -> Result<[u8; 64], Error> {
        let signature = self.0.sign_statement(&Statement::from_bytes(message))?;
        Ok(signature.to_bytes())
    }
}

/// Hands a recipient what it is owed by a home in the same process.
///
/// # Errors
/// As [`Home::parcel`] and [`Recipient::receive`].
pub fn sync(home: &Home, recipient: &Recipient) -> Result<crate::Received, Error> {
    let received = recipient.receive(&home.parcel(recipient.card(), &recipient.have()?)?)?;
    home.hear_receipts(&recipient.have()?)?;
    Ok(received)
}

/// A log as it lies in a store, pieces still sealed: what somebody has who copied the store.
pub struct CopiedLog {
    /// What the owner calls the stream.
    pub stream: String,
    /// The first link of the log's chain.
    pub genesis: Genesis,
    /// The entries, verified, in the order of their time.
    pub entries: Vec<Entry>,
}

/// Copies every log of a home.
///
/// # Errors
/// [`Error::Store`], [`Error::Log`].
pub fn logs_of_home(home: &Home) -> Result<Vec<CopiedLog>, Error> {
    for stream in home.streams() {
        home.inner()
            .write(stream.no(), |writer, tx| writer.sign(tx))?;
    }
    let logs = home.stored_logs()?.into_iter();
    logs.map(|(stream, mut log)| copy(stream, &mut log, home.inner().rows.store()))
        .collect()
}

/// How many pieces of copied logs open under any key that a home holds: each piece of which slot it is.
///
/// # Errors
/// [`Error::Store`].
pub fn opened_by_home(home: &Home, logs: &[CopiedLog]) -> Result<Vec<Slot>, Error> {
    let inner = home.inner();
    opened_by(&inner.lock(), &inner.rows, logs)
}

/// [`opened_by_home`] by one who has a row of the home's store as it once was, and its key, and nothing else.
///
/// # Errors
/// [`Error::Store`], [`Error::Damaged`] when the row is not of this home's vault.
pub fn opened_by_row(
    home: &Home,
    (key, row): &(Key, Vec<u8>),
    logs: &[CopiedLog],
) -> Result<Vec<Slot>, Error> {
    let inner = home.inner();
    let store = MemoryStore::new();
    let mut batch = Batch::new();
    batch.put(*key, row.clone());
    store.commit(&batch)?;
    let rows = Rows::new(Arc::new(store), inner.rows.secret());
    opened_by(&inner.lock(), &rows, logs)
}

fn opened_by(state: &State, rows: &Rows, logs: &[CopiedLog]) -> Result<Vec<Slot>, Error> {
    let (mut opened, mut buffer) = (Vec::new(), Vec::new());
    for log in logs {
        let Some(record) = state.stream_of(log.genesis.stream) else {
            continue;
        };
        let mut vault = Vault::load(rows, record.no)?;
        for entry in &log.entries {
            for piece in entry.pieces() {
                let place = KeyPlace::of(entry, log.genesis.level, piece.facet);
                let leaf = vault.leaf(place, piece.slot.start);
                if leaf.is_some_and(|leaf| piece.open(&leaf, &mut buffer).is_ok()) {
                    opened.push(piece.slot);
                }
            }
        }
    }
    Ok(opened)
}

/// How many letters a party has written to the one with this number, through all relays.
///
/// # Errors
/// [`Error::Store`], [`Error::Damaged`].
pub fn letters_to(home: &Home, party: u8) -> Result<u64, Error> {
    let inner = home.inner();
    let own = inner.about().index;
    let mut relays = Vec::new();
    inner.rows.each(all(Space::Peer)?, |_, row: PeerRow| {
        relays.push(row.relay);
        Ok(())
    })?;
    let mut count = 0;
    let mut state = inner.lock();
    for relay in relays {
        let peer = Peer::load(&inner.rows, relay, None, &mut *state.entropy)?;
        let posts = (0..).map_while(|post| Some((post, peer.kind(post)?)));
        let to = posts.filter(|(_, kind)| *kind == PostKind::Between(own, party));
        count += to.map(|(post, _)| peer.next_letter(post)).sum::<u64>();
    }
    Ok(count)
}

/// Copies every log of a recipient, as far as it has it.
///
/// # Errors
/// [`Error::Store`], [`Error::Log`].
pub fn logs_of_recipient(recipient: &Recipient) -> Result<Vec<CopiedLog>, Error> {
    let mut logs = Vec::new();
    recipient.each_log(|stream, log, store, _| {
        logs.push(copy(stream, log, store)?);
        Ok(())
    })?;
    Ok(logs)
}

fn copy(stream: String, log: &mut StoredLog, store: &dyn Store) -> Result<CopiedLog, Error> {
    let mut entries = Vec::new();
    let all = log.overlapping(Time::EARLIEST, Time::LATEST);
    log.entries(store, &all, |entry| {
        entries.push(entry.clone());
        Ok(())
    })?;
    Ok(CopiedLog {
        stream,
        genesis: log.genesis.clone(),
        entries,
    })
}
