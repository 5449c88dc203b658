//! Meetings with a relay over the network: what is new goes there, and comes from there.

use std::sync::{Arc, Mutex, PoisonError};

use freehold::{Error, consent::TokenId};

use crate::{
    Failure, FfiError, Home, Recipient, Relay, Stop, Transport, stop::stop_or_never, words::id,
};

/// What went from a home to a relay, and what came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, uniffi::Record)]
pub struct Uploaded {
    /// Stretches of logs that were sent: entries, letters, orders.
    pub stretches: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Letters that came: the relay's receipts, what recipients wrote, and others of the household.
    pub letters: u64,
    /// Entries that others of the household wrote, and that were not here before.
    pub entries: u64,
}

/// What came to a recipient.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, uniffi::Record)]
pub struct Received {
    /// Entries that were not there before.
    pub entries: u64,
    /// Pieces that were not there before.
    pub pieces: u64,
    /// Further keys.
    pub extensions: u64,
    /// Consents that were withdrawn; their copies and keys are gone.
    pub revocations: u64,
}

/// Hears of a home that follows a relay. It is called by the thread that follows.
#[uniffi::export(foreign)]
pub trait HomeListener: Send + Sync {
    /// What went and came since it was told before.
    ///
    /// # Errors
    /// What it throws ends the following, and comes to whoever follows.
    fn synced(&self, uploaded: Uploaded) -> Result<(), FfiError>;

    /// Why a meeting ended that did not end well. Where it can be, another is tried.
    ///
    /// # Errors
    /// As [`HomeListener::synced`].
    fn failed(&self, failure: Failure) -> Result<(), FfiError>;
}

/// Hears of a recipient that follows a relay. It is called by threads of the library, one for each consent, and several may call at once.
#[uniffi::export(foreign)]
pub trait RecipientListener: Send + Sync {
    /// What came under a consent since it was told before.
    ///
    /// # Errors
    /// What it throws ends the following, and comes to whoever follows.
    fn synced(&self, consent: String, received: Received) -> Result<(), FfiError>;

    /// Why a meeting under a consent ended that did not end well. Where it can be, another is tried.
    ///
    /// # Errors
    /// As [`RecipientListener::synced`].
    fn failed(&self, consent: String, failure: Failure) -> Result<(), FfiError>;
}

#[uniffi::export]
impl Home {
    /// Brings a relay what is new in the home, and takes what it has for it. Blocks until both are done or `stop` ends it: what is left
    /// goes with the next.
    ///
    /// # Errors
    /// `stopped`; the reasons from 501; what the store says.
    pub fn sync(&self, relay: &Relay, stop: Option<Arc<Stop>>) -> Result<Uploaded, FfiError> {
        let stop = stop_or_never(stop.as_ref());
        Ok(self.0.sync_until(&relay.0, &stop)?.into())
    }

    /// [`Home::sync`] over a transport that is connected to the relay. If it stays, it goes on with what is new until `stop`.
    ///
    /// # Errors
    /// As [`Home::sync`].
    pub fn sync_over(
        &self,
        relay: &Relay,
        transport: &Transport,
        stays: bool,
        stop: Option<Arc<Stop>>,
    ) -> Result<Uploaded, FfiError> {
        let (mut way, stop) = (transport.way(), stop_or_never(stop.as_ref()));
        let uploaded = self.0.sync_over(&relay.0, &mut **way, stays, &stop)?;
        Ok(uploaded.into())
    }

    /// Stays with a relay until `stop`: what is new in the home goes there at once, and comes from there as it is known, again and again
    /// when the relay is lost. A meeting that trying again does not help is the last: it is told, and the call returns.
    ///
    /// # Errors
    /// What the listener throws.
    pub fn follow(
        &self,
        relay: &Relay,
        stop: &Stop,
        listener: Arc<dyn HomeListener>,
    ) -> Result<(), FfiError> {
        let thrown = Thrown::default();
        self.0.follow(&relay.0, &stop.0, &|outcome| {
            thrown.tell(stop, || match outcome {
                Ok(uploaded) => listener.synced(uploaded.into()),
                Err(error) => listener.failed(Failure::from(&error)),
            });
        });
        thrown.come()
    }
}

#[uniffi::export]
impl Recipient {
    /// Fetches from a relay what is new under each consent. Blocks until all is here or `stop` ends it: what is left comes with the next.
    ///
    /// # Errors
    /// As [`Home::sync`].
    pub fn sync(&self, relay: &Relay, stop: Option<Arc<Stop>>) -> Result<Received, FfiError> {
        let stop = stop_or_never(stop.as_ref());
        Ok(self.0.sync_until(&relay.0, &stop)?.into())
    }

    /// Fetches what is new under one consent over a transport that is connected to the relay: each consent has a key of its own there. If
    /// it stays, it goes on with what is new until `stop`.
    ///
    /// # Errors
    /// As [`Home::sync`], and `not_granted`.
    pub fn sync_over(
        &self,
        relay: &Relay,
        consent: String,
        transport: &Transport,
        stays: bool,
        stop: Option<Arc<Stop>>,
    ) -> Result<Received, FfiError> {
        let (mut way, stop) = (transport.way(), stop_or_never(stop.as_ref()));
        let consent = id(&consent)?;
        let received = self
            .0
            .sync_over(&relay.0, consent, &mut **way, stays, &stop)?;
        Ok(received.into())
    }

    /// Fetches what is new under every consent until `stop`, also under those that are accepted meanwhile, again and again when the relay
    /// is lost.
    ///
    /// # Errors
    /// What the listener throws.
    pub fn follow(
        &self,
        relay: &Relay,
        stop: &Stop,
        listener: Arc<dyn RecipientListener>,
    ) -> Result<(), FfiError> {
        let thrown = Thrown::default();
        let heard = |consent: TokenId, outcome: Result<freehold::Received, Error>| {
            let consent = consent.to_string();
            thrown.tell(stop, || match outcome {
                Ok(received) => listener.synced(consent, received.into()),
                Err(error) => listener.failed(consent, Failure::from(&error)),
            });
        };
        self.0.follow(&relay.0, &stop.0, &heard);
        thrown.come()
    }
}

/// The first thing that a listener threw.
#[derive(Default)]
struct Thrown(Mutex<Option<FfiError>>);

impl Thrown {
    /// Tells a listener, unless one threw before.
    fn tell(&self, stop: &Stop, tell: impl FnOnce() -> Result<(), FfiError>) {
        let is_over = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some();
        if is_over {
            return;
        }
        if let Err(error) = tell() {
            let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(error);
            stop.0.stop();
        }
    }

    fn come(self) -> Result<(), FfiError> {
        let thrown = self.0.into_inner();
        thrown
            .unwrap_or_else(PoisonError::into_inner)
            .map_or(Ok(()), Err)
    }
}

impl From<freehold::Uploaded> for Uploaded {
    fn from(uploaded: freehold::Uploaded) -> Self {
        Self {
            stretches: uploaded.stretches,
            bytes: uploaded.bytes,
            letters: uploaded.letters,
            entries: uploaded.entries,
        }
    }
}

impl From<freehold::Received> for Received {
    fn from(received: freehold::Received) -> Self {
        Self {
            entries: received.entries,
            pieces: received.pieces,
            extensions: received.extensions,
            revocations: received.revocations,
        }
    }
}
