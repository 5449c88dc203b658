//! A home, a recipient and a clock in memory, for a maker's own tests.

use std::sync::Arc;

use freehold_consent::{Name, Role};
use freehold_crypto::{MemoryKeyStore, SeededEntropy};

use crate::{Error, Home, Recipient, SetClock, Time};

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
    pub async fn new(seed: u64, now: Time) -> Result<Self, Error> {
        let clock = Arc::new(SetClock::new(now));
        let home = Home::in_memory(
            "Home",
            MemoryKeyStore::new(),
            clock.clone(),
            Box::new(SeededEntropy::new(seed)),
        )
        .await?;
        let name = Name::new("Recipient").map_err(|_| Error::Damaged)?;
        let entropy = Box::new(SeededEntropy::new(seed ^ u64::MAX));
        let recipient = Recipient::in_memory(
            name,
            Role::Controller,
            MemoryKeyStore::new(),
            clock.clone(),
            entropy,
        )
        .await?;
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

/// Hands a recipient what it is owed by a home in the same process.
///
/// # Errors
/// As [`Home::parcel`] and [`Recipient::receive`].
pub fn sync(home: &Home, recipient: &Recipient) -> Result<crate::Received, Error> {
    recipient.receive(&home.parcel(recipient.card(), &recipient.have())?)
}
