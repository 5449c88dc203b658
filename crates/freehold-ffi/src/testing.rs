//! A home and a recipient in memory that are the same for the same seed: for a maker's own tests.

use std::sync::Arc;

use freehold::{
    consent::Name,
    crypto::{MemoryKeyStore, SeededEntropy},
    testing,
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
}
