//! A home and a recipient in memory that are the same for the same seed: for a maker's own tests.

use std::sync::Arc;

use freehold::{
    consent::Name,
    crypto::{MemoryKeyStore, SeededEntropy},
    testing::{self, HardwareKey, recipient_of},
};

use crate::{Clock, FfiError, Home, Received, Recipient, Role, clock::clock_or_system};

#[uniffi::export]
impl Home {
    /// A home in memory for tests: everything is the same for the same seed. Nothing in it is secret.
    ///
    /// # Errors
    /// `bad_name`.
    #[uniffi::constructor]
    pub fn seeded(name: String, seed: u64, clock: Arc<Clock>) -> Result<Arc<Self>, FfiError> {
        let clock = clock_or_system(Some(&clock));
        let entropy = Box::new(SeededEntropy::new(seed));
        let home = freehold::Home::in_memory(&name, MemoryKeyStore::new(), clock, entropy)?;
        Ok(Arc::new(Self(home)))
    }

    /// Hands a recipient what this home owes it, without a relay, and takes back what it has erased: for tests.
    ///
    /// # Errors
    /// What either side says.
    pub fn carry_to(&self, recipient: &Recipient) -> Result<Received, FfiError> {
        Ok(testing::sync(&self.0, &recipient.0)?.into())
    }
}

#[uniffi::export]
impl Recipient {
    /// A recipient in memory for tests, as [`Home::seeded`].
    ///
    /// # Errors
    /// `bad_name`.
    #[uniffi::constructor]
    pub fn seeded(
        name: String,
        role: Role,
        seed: u64,
        clock: Arc<Clock>,
    ) -> Result<Arc<Self>, FfiError> {
        let clock = clock_or_system(Some(&clock));
        let (name, keys) = (Name::new(&name)?, MemoryKeyStore::new());
        let entropy = Box::new(SeededEntropy::new(seed));
        let made = freehold::Recipient::in_memory(name, role, keys, clock, entropy)?;
        Ok(Arc::new(Self(made)))
    }

    /// Whoever a grant was sealed to, in memory for tests, such as those with Freehold's vectors: `seed` is that of its envelope key. It has
    /// not accepted the grant yet, and it has no key of its card, so nobody believes what it signs.
    ///
    /// # Errors
    /// What is wrong with the grant; [`FfiError::Argument`] for a seed of another length than 32 bytes.
    #[uniffi::constructor]
    pub fn of_grant(grant: &[u8], seed: &[u8], clock: Arc<Clock>) -> Result<Arc<Self>, FfiError> {
        let clock = clock_or_system(Some(&clock));
        let seed = <[u8; 32]>::try_from(seed).map_err(|_| FfiError::argument("not 32 bytes"))?;
        Ok(Arc::new(Self(recipient_of(grant, seed, clock)?)))
    }
}

/// A P-256 key in software, in the place of one in hardware: for tests.
#[derive(uniffi::Object)]
pub struct TestingKey(HardwareKey);

#[uniffi::export]
impl TestingKey {
    /// A fresh one.
    ///
    /// # Errors
    /// That there is no randomness.
    #[uniffi::constructor]
    pub fn new() -> Result<Arc<Self>, FfiError> {
        Ok(Arc::new(Self(HardwareKey::new()?)))
    }

    /// The public key, as [`Signer::over`](crate::Signer::over) takes it.
    #[must_use]
    pub fn point(&self) -> Vec<u8> {
        self.0.point().to_vec()
    }

    /// Signs, as [`SignerCalls::sign`](crate::SignerCalls::sign) is to.
    ///
    /// # Errors
    /// [`FfiError::Argument`] for a message of another length than 32 bytes.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, FfiError> {
        let message = <[u8; 32]>::try_from(message);
        let message = message.map_err(|_| FfiError::argument("not 32 bytes"))?;
        Ok(self.0.sign(message)?.to_vec())
    }
}
