//! What a program brings itself: a clock, key stores, signers, a transport.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use freehold::{
    SetClock, Time,
    crypto::{
        KeyStore, KeyStoreError, KeyStoreKind, PublicKey, Secret, Signature, Signer, SignerError,
        SigningKey, Statement,
    },
    transport::{Transport, TransportError},
};

/// A clock of the program's, which says what the scenario's does.
pub(super) struct Clock(pub(super) Arc<SetClock>);

/// Whether what a program brought can be used.
#[derive(Default)]
pub(super) struct Presence(AtomicU8);

/// A key store, the same again for what is opened again.
#[derive(Clone)]
pub(super) struct Keys(Arc<dyn KeyStore>, Arc<Presence>);

/// A key in what stands for hardware.
pub(super) struct Hardware(SigningKey, Arc<Presence>);

/// Passes on what the library's transport does.
pub(super) struct Pipe(pub(super) Box<dyn Transport>);

impl freehold::Clock for Clock {
    fn now(&self) -> Time {
        self.0.now()
    }
}

impl Presence {
    /// `there`, `away` or `refusing`.
    pub(super) fn set(&self, word: &str) {
        let words = ["there", "away", "refusing"];
        let place = words.iter().position(|one| *one == word).unwrap();
        self.0
            .store(u8::try_from(place).unwrap(), Ordering::Relaxed);
    }

    fn asked<E>(&self, away: E, refuses: E) -> Result<(), E> {
        match self.0.load(Ordering::Relaxed) {
            0 => Ok(()),
            1 => Err(away),
            _ => Err(refuses),
        }
    }
}

impl Keys {
    pub(super) fn new(keys: impl KeyStore + 'static, presence: Arc<Presence>) -> Self {
        Self(Arc::new(keys), presence)
    }

    fn there(&self) -> Result<&dyn KeyStore, KeyStoreError> {
        let presence = &self.1;
        presence.asked(KeyStoreError::Unavailable, KeyStoreError::Refused)?;
        Ok(&*self.0)
    }
}

impl KeyStore for Keys {
    fn load(&self) -> Result<Option<Secret>, KeyStoreError> {
        self.there()?.load()
    }

    fn prepare(&self, key: &Secret) -> Result<(), KeyStoreError> {
        self.there()?.prepare(key)
    }

    fn prepared(&self) -> Result<Option<Secret>, KeyStoreError> {
        self.there()?.prepared()
    }

    fn replace(&self, key: &Secret) -> Result<(), KeyStoreError> {
        self.there()?.replace(key)
    }

    fn kind(&self) -> KeyStoreKind {
        self.0.kind()
    }

    fn counter(&self) -> Result<u64, KeyStoreError> {
        self.there()?.counter()
    }

    fn advance(&self, count: u64) -> Result<(), KeyStoreError> {
        self.there()?.advance(count)
    }
}

impl Hardware {
    pub(super) fn new(presence: Arc<Presence>) -> Self {
        Self(SigningKey::generate_p256().unwrap(), presence)
    }
}

impl Signer for Hardware {
    fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }

    fn sign_statement(&self, statement: &Statement) -> Result<Signature, SignerError> {
        self.1
            .asked(SignerError::Unavailable, SignerError::Refused)?;
        self.0.sign_statement(statement)
    }
}

impl Transport for Pipe {
    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.0.send(bytes)
    }

    fn receive(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, TransportError> {
        self.0.receive(buffer, wait)
    }
}
